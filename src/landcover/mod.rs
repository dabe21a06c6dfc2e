//! Land cover by documented spectral rules that take their yardstick from the scene itself.
//!
//! In: aligned pixels of one date. Out: a [`Class`] per pixel, and the group of change that a pair of classes makes.
//!
//! Concrete, earthwork and rubble overlap dry soil in any absolute spectrum, but within one date they stand apart from that
//! date's own fields. So the rules first learn what natural ground looks like at that date ([`Reference`]: a mixture of
//! Gaussians over smooth ground), then call works whatever is far from all of it, then name the works by their colour and
//! brightness relative to that date's bare soil.

mod class;
mod group;
mod mixture;
mod params;
mod reference;
mod rules;

pub use class::Class;
pub use group::{ChangeGroup, majority};
pub use params::LandcoverParams;
pub use reference::{Reference, ReferenceSample};
pub use rules::{Classified, classify};

#[cfg(test)]
mod tests;
