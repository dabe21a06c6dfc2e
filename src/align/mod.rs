//! Alignment: bringing the files of both dates onto one working grid.
//!
//! In: the grids of all files (metadata only). Out: a [`Plan`] saying how each file feeds the working grid, then pixels
//! resampled once (warp and measured shift combined), then the residual shift, place by place.
//!
//! ```text
//! plan -> tie_plan -> measure_tie (each tile) -> Stack + fit_field -> ShiftField -> PixelMap::displaced -> resample
//!                                                                      measured again -> ResidualField
//! ```

mod displacement;
mod field;
mod kernel;
mod model;
mod nearest;
mod params;
mod pixel_map;
mod plan;
mod resample;
mod residual;
mod robust;
mod spectrum;
mod stack;
mod straight;
mod tie;
mod tie_plan;
mod warp;

pub use displacement::Displacement;
pub use field::{ModelScore, Shift, ShiftField, fit_field};
pub use model::ModelKind;
pub use nearest::nearest;
pub use params::AlignParams;
pub use pixel_map::{PixelMap, Straight};
pub use plan::{AlignError, Date, Feed, FileGrid, Mover, Plan, plan};
pub use resample::{resample, source_window};
pub use residual::{ResidualField, ResidualSummary, trust};
pub(crate) use robust::biweight;
pub use stack::{CommonShift, MatchEvidence, Stack};
pub use tie::{TieMeasure, TieTile, measure_tie, search_reach};
pub use tie_plan::{TiePlan, tie_plan, tie_plan_in};

#[cfg(test)]
mod tests;
