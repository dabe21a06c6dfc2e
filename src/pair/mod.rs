//! The pair: which bands of the two dates are compared, and whether they can be.
//!
//! In: what `io` knows of the files of both dates. Out: a [`BandPlan`] naming the bands to read of each, in one order.

mod bands;

pub use bands::{BandPlan, ImageBands, PairError, match_bands, parse_band_names};

#[cfg(test)]
mod tests;
