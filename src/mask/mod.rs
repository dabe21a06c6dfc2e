//! Masks: what of an image shows cloud, shadow or a saturated sensor instead of the ground.
//!
//! In: pixels of both dates on the working grid. Out: for every cell of a few pixels whether it is cloud or shadow at either
//! date; masked pixels are *cannot judge* for every later stage, never unchanged.
//!
//! A bright white area is a cloud only against the other date (a roof stays, a cloud does not), only when blue rises most
//! (bare ground and sand redden), only when large, and, unless the date is known to have clouds, only with soft edges. Dark
//! ground is shadow only where the clouds of the same date throw it.

mod cells;
mod local;
mod model;
mod morphology;
mod over;
mod params;
mod survey;

pub use cells::{Cells, DARK, SATURATED, STRONG, VALID, WEAK, cell_px, measure};
pub use local::{FARTHEST, NEAREST, Shape, clouds, saturated, shadows, with_margin, with_slack};
pub use model::{DateSky, PairSky, SAMPLE_PX, SkyBand, SkyBands, SkySample, fit};
pub use over::{AROUND_M, patch_cell_px, sky_over};
pub use params::{Codes, MaskParams, Scheme};
pub use survey::{BlockSurvey, Survey, Weather, coarse_cells, survey_block};

#[cfg(test)]
mod tests;
