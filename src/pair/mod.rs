//! The pair: which bands of the two dates are compared, and whether they can be.
//!
//! In: what `io` knows of the files of both dates. Out: a [`BandPlan`] naming the bands to read of each, in one order; and how far
//! apart their seasons are.

mod bands;
mod season;

pub use bands::{BandPlan, ImageBands, PairError, match_bands, parse_band_names};
pub use season::{SEASON_DAYS, day_number, season_days, season_trust};

#[cfg(test)]
mod tests;
