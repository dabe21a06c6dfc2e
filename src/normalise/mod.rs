//! Normalisation: making the later image comparable with the earlier one without being told what did not change.
//!
//! In: a fixed sample of pixels seen at both dates. Out: a [`Radiometry`] per band: gain and offset of the later image onto
//! the earlier one, the spread of what did not change, and the [`Veil`] of haze that had to be taken off first, if any.
//!
//! The result of IR-MAD is a probability of no change per sampled pixel; the result of the regression is a line per band.

mod irmad;
mod no_change;
mod params;
mod sample;
mod sums;
mod survival;
mod veil;

pub use irmad::{Irmad, Variates, irmad};
pub use no_change::{BandRadiometry, Moments, NormaliseError, Radiometry, fit};
pub use params::NormaliseParams;
pub use sample::PairSample;
pub(crate) use sums::WeightedSums;
pub use veil::{HazeField, Veil};

#[cfg(test)]
mod tests;
