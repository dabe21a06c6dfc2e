//! What can be set about alignment.

use serde::{Deserialize, Serialize};

/// Alignment parameters (`[align]` of a pipeline file).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AlignParams {
    /// Least overlap of the two dates, percent of the working grid; less is refused.
    pub min_overlap_percent: f64,
    /// Measured shifts up to this many pixels are left alone: resampling costs more than they do (Taizhou, K .986 at 0 and
    /// .982 after one resampling).
    pub leave_alone_px: f64,
    /// Largest shift that is searched for, pixels.
    pub max_shift_px: f64,
    /// Side of a tie tile, pixels; a power of two.
    pub tie_tile_px: usize,
    /// Most tie tiles measured.
    pub max_tie_tiles: usize,
}

impl Default for AlignParams {
    fn default() -> Self {
        AlignParams {
            min_overlap_percent: 1.0,
            leave_alone_px: 0.25,
            max_shift_px: 16.0,
            tie_tile_px: 256,
            max_tie_tiles: 36,
        }
    }
}
