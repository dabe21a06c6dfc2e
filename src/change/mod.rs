//! Change: how far every pixel moved against the noise of the pair, and where that is a change.
//!
//! In: aligned pixels of both dates and the pair's radiometry. Out: a smooth score per pixel, one threshold for the pair, and a
//! cleaned mask.
//!
//! The result of the [`Detector`] is a distance: spectral (smoothed by the guided filter, which keeps edges) or, for fine images without
//! infrared, structural; the result of the threshold is a mask; the result of cleaning is a mask without specks and pinholes.
//! Whether what stood somewhere still stands there is told by the edges that stayed
//! ([`persistence`]), and which part of it by edges and pattern around every pixel ([`standing`]).
//! Blobs that are nowhere strong are dropped where the whole image is known ([`crate::vectorise::Components`]).

mod boxes;
mod clean;
mod detector;
mod guided;
mod histogram;
mod params;
pub mod persistence;
mod score;
pub mod standing;
mod structure;
mod threshold;

pub use boxes::inner;
pub use clean::{clean, remove_small};
pub use detector::{Detector, Method};
pub use guided::guided_filter;
pub use histogram::ScoreHistogram;
pub use params::ChangeParams;
pub use score::{Distance, joint_quality, score};
pub use threshold::{Threshold, find_threshold};

#[cfg(test)]
mod tests;
