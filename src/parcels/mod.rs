//! Parcels: connected patches of one kind of change, measured.
//!
//! In: labelled runs and the rings traced around them. Out: [`Parcel`]s with kind, classes, score and ellipsoidal area.

mod kind;

pub use kind::Kind;
