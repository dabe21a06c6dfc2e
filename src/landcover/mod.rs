//! Land cover, by a forest or by documented rules, both with a yardstick from the scene itself.
//!
//! In: aligned pixels of one date. Out: a [`Class`] per pixel, and the group of change that a pair of classes makes.
//!
//! Concrete, earthwork and rubble overlap dry soil in any absolute spectrum, but within one date they stand apart from that
//! date's own fields. So the rules first learn what natural ground looks like at that date ([`Reference`]: a mixture of
//! Gaussians over smooth ground), then call works whatever is far from all of it, then name the works by their colour and
//! brightness relative to that date's bare soil.
//!
//! Where a forest fits bands and ground sampling distance, [`Features`] say of every pixel where it stands among the date's own ground and
//! what lies around it, at both dates; [`cover()`] asks the forest for its class, [`cores()`] are where works stand out within a parcel, and
//! [`Witness`] sums up what a whole parcel is decided on.

mod card;
mod class;
mod commonness;
mod core;
mod cover;
mod features;
pub mod forest;
mod group;
mod lattice;
pub mod learn;
mod mean;
mod mix;
mod mixture;
mod model;
mod natural;
mod params;
mod pattern;
mod rank;
mod reference;
mod rules;
mod survey;
mod transition;
mod witness;

pub use card::{CardFacts, card, confusion_table};
pub use class::Class;
pub use core::{CORE_HALO, cores};
pub use cover::{Columns, column_names, cover, pixel_shares, score_code};
pub use features::{FEATURE_HALO, Features, Plane, feature_names};
pub use group::{ChangeGroup, majority};
pub use mix::classes_by_mix;
pub use model::{LandModel, MODEL_SCHEMA, ModelError};
pub use params::{Extent, LandcoverParams};
pub use pattern::pattern_codes;
pub use reference::{Reference, ReferenceSample};
pub use rules::{Classified, classify};
pub use survey::{SURVEY, SurveyGround, ground_of};
pub use transition::Transitions;
pub use witness::{RIM, Sight, Summed, Witness, witness_names};

#[cfg(test)]
mod tests;
