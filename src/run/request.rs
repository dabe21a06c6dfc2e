//! What a scan is asked for.

use super::inputs::VectorInputs;
use crate::config::Pipeline;
use crate::report::Lang;
use std::path::PathBuf;

/// A scan: inputs, parameters, where to write.
#[derive(Clone, Debug)]
pub struct ScanRequest {
    /// Files of the earlier date.
    pub before: Vec<PathBuf>,
    /// Files of the later date.
    pub after: Vec<PathBuf>,
    /// Mask rasters of the earlier date.
    pub before_mask: Vec<PathBuf>,
    /// Mask rasters of the later date.
    pub after_mask: Vec<PathBuf>,
    /// Output folder.
    pub out: PathBuf,
    /// List and layers.
    pub vectors: VectorInputs,
    /// Parameters.
    pub pipeline: Pipeline,
    /// `--bands`.
    pub bands: Option<String>,
    /// Date of the earlier image, `YYYY-MM-DD`, over the files' own.
    pub before_date: Option<String>,
    /// Date of the later image.
    pub after_date: Option<String>,
    /// Worker threads; 0 = one per processor.
    pub threads: usize,
    /// Side of a working tile, pixels.
    pub tile: usize,
    /// Memory promise, bytes.
    pub max_memory: u64,
    /// Language of documents.
    pub lang: Lang,
    /// Heading of the report; blank for a general one.
    pub title: String,
}

impl ScanRequest {
    /// A scan of a pair with everything else left as it is: no list, no layers, default parameters, every processor.
    pub fn new(before: Vec<PathBuf>, after: Vec<PathBuf>, out: PathBuf) -> ScanRequest {
        ScanRequest {
            before,
            after,
            before_mask: Vec::new(),
            after_mask: Vec::new(),
            out,
            vectors: VectorInputs::default(),
            pipeline: Pipeline::default(),
            bands: None,
            before_date: None,
            after_date: None,
            threads: 0,
            tile: 512,
            max_memory: 4 << 30,
            lang: Lang::Zh,
            title: String::new(),
        }
    }
}

/// What the SHA-256 of an image covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hash {
    /// The whole file.
    Full,
    /// Its header and the blocks that were read; the whole file where GDAL reads it.
    #[default]
    Used,
}

/// A verification of the list's patches.
#[derive(Clone, Debug)]
pub struct VerifyRequest {
    /// As for a scan; the list is needed, and nothing but its patches is looked at.
    pub of: ScanRequest,
    /// Files of a date before both: what stood then is what a demolition is measured by.
    pub first: Vec<PathBuf>,
    /// Date of the first image, over the files' own.
    pub first_date: Option<String>,
    /// Folder of an earlier run whose open cases are looked at again.
    pub previous: Option<PathBuf>,
    /// What the images' SHA-256 cover.
    pub hash: Hash,
}
