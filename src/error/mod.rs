//! Every error of the library under one roof, with its exit code.

use crate::config::ConfigError;
use crate::crosscheck::list::ListError;
use crate::evaluate::EvaluateError;
use crate::io::WriteError;
use crate::io::source::ImageError;
use crate::io::vector::VectorError;
use crate::normalise::NormaliseError;
use crate::pair::PairError;
use crate::sample::SampleError;

/// What a command can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Arguments that do not fit; exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Pipeline file; exit code 3.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An image; exit code 4.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Bands that do not match; exit code 4, or 2 for a malformed `--bands`.
    #[error(transparent)]
    Pair(#[from] PairError),
    /// Grids that do not match; exit code 4.
    #[error(transparent)]
    Align(#[from] crate::align::AlignError),
    /// No common pixels; exit code 4.
    #[error(transparent)]
    Normalise(#[from] NormaliseError),
    /// A list or layer; exit code 4.
    #[error(transparent)]
    Vector(#[from] VectorError),
    /// The list's fields; exit code 4.
    #[error("{path}: {source}")]
    List {
        /// File.
        path: String,
        /// What is wrong.
        source: ListError,
    },
    /// A background layer of points or lines; exit code 4.
    #[error("{path}: none of its {rows} rows has a polygon; give a polygon layer")]
    NoPolygons {
        /// File.
        path: String,
        /// Rows read.
        rows: usize,
    },
    /// Evaluation; exit code 4.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// Too much of the input is damaged; exit code 4.
    #[error(
        "{percent:.1} % of the image pixels cannot be read ({files}); at most {most:.0} % may be damaged: fetch the files again"
    )]
    Damaged {
        /// Damaged part, percent.
        percent: f64,
        /// Files concerned.
        files: String,
        /// Most accepted, percent.
        most: f64,
    },
    /// Labels to train with; exit code 4.
    #[error("labels {path}: {found}; {repair}")]
    Labels {
        /// File.
        path: String,
        /// What was found.
        found: String,
        /// What to do.
        repair: String,
    },
    /// A land-cover model; exit code 5.
    #[error(transparent)]
    Model(#[from] crate::landcover::ModelError),
    /// The sample county.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// Disk full, no permission; exit code 6.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A layer that cannot be written; exit code 6.
    #[error(transparent)]
    Layer(#[from] crate::io::vector_out::OutError),
    /// The output folder; exit code 6.
    #[error("{path}: {found}; {repair}")]
    Output {
        /// Folder.
        path: String,
        /// What was found.
        found: String,
        /// What to do.
        repair: String,
    },
    /// The memory promise would break; exit code 7.
    #[error(
        "the scan needs about {needed_mib} MiB but --max-memory allows {allowed_mib} MiB; raise it, or use fewer --threads or a smaller --tile"
    )]
    Memory {
        /// Predicted peak, MiB.
        needed_mib: u64,
        /// Promise, MiB.
        allowed_mib: u64,
    },
    /// The memory promise would break in a bench; exit code 7.
    #[error(
        "the bench needs about {needed_mib} MiB, most of it for {tile}, but --max-memory allows {allowed_mib} MiB; raise it, use fewer --threads, or give smaller tiles"
    )]
    BenchMemory {
        /// Largest tile.
        tile: String,
        /// Predicted peak, MiB.
        needed_mib: u64,
        /// Promise, MiB.
        allowed_mib: u64,
    },
    /// A folder of sample tiles that holds none or cannot be read; exit code 4.
    #[error("{path}: {found}; {repair}")]
    Samples {
        /// Folder.
        path: String,
        /// What was found.
        found: String,
        /// What to do.
        repair: &'static str,
    },
    /// A mistake of ours; exit code 1.
    #[error("internal fault: {0}; please report it with the command line")]
    Bug(String),
}

impl Error {
    /// Exit code of the contract.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Pair(PairError::BandName { .. } | PairError::BandTwice { .. }) => 2,
            Error::Vector(VectorError::UnknownEncoding { .. }) => 2,
            Error::Config(_) => 3,
            Error::Sample(SampleError::Parameter { .. } | SampleError::NotEmpty { .. }) => 2,
            Error::Sample(_) | Error::Write(_) | Error::Layer(_) | Error::Output { .. } => 6,
            Error::Memory { .. } | Error::BenchMemory { .. } => 7,
            Error::Model(_) => 5,
            Error::Bug(_) => 1,
            _ => 4,
        }
    }
}
