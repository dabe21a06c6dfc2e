//! Alignment: bringing the files of both dates onto one working grid.
//!
//! In: the grids of all files (metadata only). Out: a [`Plan`] saying how each file feeds the working grid, then pixels
//! resampled once (warp and measured shift combined), then the residual shift.

mod nearest;
mod params;
mod pixel_map;
mod plan;
mod resample;
mod shift;

pub use nearest::nearest;
pub use params::AlignParams;
pub use pixel_map::PixelMap;
pub use plan::{AlignError, Date, Feed, FileGrid, Mover, Plan, plan};
pub use resample::{resample, source_window};
pub use shift::{Shift, TieTile, global_shift, tie_shift};

#[cfg(test)]
mod tests;
