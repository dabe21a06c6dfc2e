//! Change: how far every pixel moved against the noise of the pair, and where that is a change.
//!
//! In: aligned pixels of both dates and the pair's radiometry. Out: a score per pixel (no-change standard deviations, smoothed),
//! one threshold for the pair, and a cleaned mask.
//!
//! The result of the score is a distance; the result of the guided filter is the same distance with its noise averaged and its
//! edges kept; the result of the threshold is a mask; the result of cleaning is a mask without specks and pinholes.

mod clean;
mod guided;
mod histogram;
mod kittler;
mod params;
mod score;

pub use clean::{clean, remove_small};
pub use guided::guided_filter;
pub use histogram::ScoreHistogram;
pub use kittler::{Threshold, kittler_illingworth};
pub use params::ChangeParams;
pub use score::score;

#[cfg(test)]
mod tests;
