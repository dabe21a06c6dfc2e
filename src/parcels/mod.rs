//! Parcels: connected patches of one kind of change, measured.
//!
//! In: labelled runs and the rings traced around them. Out: kind and confidence of each, its measures and ellipsoidal area; and whether it is
//! divided.

mod among;
mod area;
mod division;
mod fragments;
mod kind;
mod parcel;
mod portrait;
mod shape;

pub use among::{among_columns, among_others, median};
pub use area::{densified, ellipsoidal_area_m2, interior_point, mu};
pub use division::{Judged, cut_out, is_part};
pub use fragments::{Piece, gap_px, sites};
pub use kind::Kind;
pub use parcel::{Decision, Evidence, ParcelParams, decide};
pub use portrait::{OUTCOMES, Outcome, ParcelForest, PixelSums, new_works, parcel_codes, parcel_columns};
pub use shape::{LinearLimits, ShapeMeasures, shape_measures};
