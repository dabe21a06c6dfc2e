//! Holding parcels and image evidence against the list, the claims and the layers.
//!
//! In: parcels, list rows, layer polygons, per-patch evidence. Out: [`Candidate`]s and [`PatchFinding`]s.
//! All wording is a lead: adverse Chinese terms begin with 疑似.

mod candidates;
mod codes;
mod evidence;
mod overlay;
mod params;
mod patches;
mod followup;
mod index;
pub mod layers;
pub mod list;
mod records;
mod shared_area;
mod towns;
mod verdict;

pub use candidates::{Footing, ListView, Parcel, candidate, row_name};
pub use codes::{Claim, Finding, FollowUp, ListStatus, StateAfter, Verdict};
pub use evidence::PatchEvidence;
pub use followup::{FollowUpFinding, Matched, PreviousCase, follow_up};
pub use index::ShapeIndex;
pub use layers::{Layer, LayerFeature, LayerKind, is_cropland};
pub use list::{List, ListHints, join_claims, read_list};
pub use overlay::Layers;
pub use params::CrosscheckParams;
pub use patches::{PatchMeasures, PatchRun, patch_finding};
pub use records::{Candidate, ListRow, NotJudged, PatchFigures, PatchFinding, TownTotals, TownTransition};
pub use towns::{town_totals, town_transitions};
pub use verdict::{Judgement, PatchContext, judge};

#[cfg(test)]
mod tests;
