//! What can be set about alignment.

use serde::{Deserialize, Serialize};

/// Alignment parameters (`[align]` of a pipeline file).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AlignParams {
    /// Least overlap of the two dates, percent of the working grid; less is refused.
    pub min_overlap_percent: f64,
    /// Measured shifts up to this many pixels are left alone where pixels could otherwise be copied: resampling costs more
    /// than they do. On Taizhou shifted 0.1 to 0.3 px in four directions, left alone and corrected agree at about 0.27 px
    /// (K .981 to .984 either way; below 0.2 px left alone is .002 to .005 better, at 0.4 px .003 worse).
    pub leave_alone_px: f64,
    /// Largest shift that is searched for, pixels.
    pub max_shift_px: f64,
    /// Side of a tie tile, pixels; a power of two. Images of less than two of them across are measured with smaller ones.
    pub tie_tile_px: usize,
    /// Most tie tiles measured, whatever the size of the images.
    pub max_tie_tiles: usize,
}

impl Default for AlignParams {
    fn default() -> Self {
        AlignParams {
            min_overlap_percent: 1.0,
            leave_alone_px: 0.25,
            max_shift_px: 16.0,
            tie_tile_px: 256,
            max_tie_tiles: 100,
        }
    }
}
