//! The methods that stand in the table, behind one call.

use super::baselines::{BaselineScore, cva_z_score, irmad_distance};
use crate::config::Pipeline;
use crate::error::Error;
use crate::evaluate::NOT_JUDGED;
use crate::grid::Grid;
use crate::normalise::NormaliseParams;
use crate::raster::Pixels;
use crate::run::{AlignedPair, Pool, Progress, detect};
use ndarray::Array2;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A way to tell change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The pipeline under test.
    Tuban,
    /// Nothing ever changes.
    AllUnchanged,
    /// Change vectors of standardised bands, Otsu's threshold.
    CvaZOtsu,
    /// IR-MAD's distance, Otsu's threshold.
    IrmadOtsu,
}

impl Method {
    /// Name in tables and files.
    pub fn code(self) -> &'static str {
        match self {
            Method::Tuban => "tuban",
            Method::AllUnchanged => "all-unchanged",
            Method::CvaZOtsu => "cva-z-otsu",
            Method::IrmadOtsu => "irmad-otsu",
        }
    }

    /// The methods of a bench with or without baselines.
    pub fn all(baselines: bool) -> &'static [Method] {
        if baselines {
            &[Method::Tuban, Method::AllUnchanged, Method::CvaZOtsu, Method::IrmadOtsu]
        } else {
            &[Method::Tuban]
        }
    }
}

/// What a method says of a pair.
pub struct Answer {
    /// Whose.
    pub method: Method,
    /// Grid of the answer.
    pub grid: Grid,
    /// 0 unchanged, 1 changed, 255 not judged.
    pub change: Array2<u8>,
    /// Score, larger is more changed; anything where not judged.
    pub score: Array2<u16>,
    /// The pipeline found no believable threshold.
    pub refused: bool,
}

/// The pair as the baselines see it: on the working grid, as the files say it lies.
pub struct AsItLies {
    /// Working grid.
    pub grid: Grid,
    /// Earlier date.
    pub before: Pixels,
    /// Later date.
    pub after: Pixels,
    /// Bands shown as red, green, blue.
    pub shown: [usize; 3],
}

/// Reads a pair without measuring or correcting anything.
pub fn as_it_lies(before: &Path, after: &Path, pipeline: &Pipeline) -> Result<AsItLies, Error> {
    let pair = AlignedPair::open(&[before.to_path_buf()], &[after.to_path_buf()], None, &pipeline.align)?;
    let grid = pair.grid().clone();
    let (before, after) = pair.read_given(grid.full());
    Ok(AsItLies { before, after, shown: crate::run::shown_bands(pair.bands()), grid })
}

/// Runs the pipeline on a pair of files.
pub fn ours(before: &Path, after: &Path, pipeline: &Pipeline, pool: &Pool) -> Result<Answer, Error> {
    let file = |p: &Path| -> Vec<PathBuf> { vec![p.to_path_buf()] };
    let found = detect(&file(before), &file(after), pipeline, pool, &Progress::Silent)?;
    let crate::run::Detection { grid, change, score, refused } = found;
    Ok(Answer { method: Method::Tuban, grid, change, score, refused })
}

/// Runs a baseline; `None` for a method that is none, or where it cannot be computed.
pub fn baseline(method: Method, pair: &AsItLies) -> Option<Answer> {
    let of = |found: BaselineScore| {
        let (change, score) = (found.change(), found.steps());
        Answer { method, grid: pair.grid.clone(), change, score, refused: false }
    };
    match method {
        Method::Tuban => None,
        Method::AllUnchanged => {
            let mut found = cva_z_score(&pair.before, &pair.after);
            found.score.fill(0.0);
            let change = found.valid.mapv(|ok| if ok { 0 } else { NOT_JUDGED });
            Some(Answer { change, ..of(found) })
        }
        Method::CvaZOtsu => Some(of(cva_z_score(&pair.before, &pair.after))),
        // The textbook's parameters, not the pipeline's: a baseline stands still.
        Method::IrmadOtsu => irmad_distance(&pair.before, &pair.after, &NormaliseParams::default()).map(of),
    }
}

/// The answers of all methods, in their order.
pub fn answers(
    methods: &[Method],
    before: &Path,
    after: &Path,
    pipeline: &Pipeline,
    pool: &Pool,
) -> Result<Vec<Answer>, Error> {
    let mut out = Vec::new();
    let mut lies = None;
    for &method in methods {
        if method == Method::Tuban {
            out.push(ours(before, after, pipeline, pool)?);
            continue;
        }
        let pair = match lies.take() {
            Some(pair) => pair,
            None => as_it_lies(before, after, pipeline)?,
        };
        out.extend(baseline(method, &pair));
        lies = Some(pair);
    }
    Ok(out)
}
