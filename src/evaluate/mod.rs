//! Accuracy against labels.
//!
//! In: a change mask with its score, the change parcels, and truth as labelled pixels or as polygons. Out: an
//! [`EvaluationResult`] with pixel, ranking and parcel figures. Everything but `files` is pure; partial results are
//! integers and merge in any order.
//!
//! Two rules keep the figures honest: an unlabelled pixel is never counted, and a labelled pixel that was not judged
//! (255) is scored as unchanged, so that not judging buys nothing.

mod blobs;
mod confusion;
mod files;
mod labels;
mod open;
mod parcels;
mod pixels;
mod ranking;
mod result;
mod truth;

pub use blobs::{BlobScores, Objects, components, score_blobs};
pub use confusion::Confusion;
pub use files::{EvaluateInput, evaluate};
pub use labels::{Labels, read_labels};
pub use open::EvaluateError;
pub use parcels::{EvalPolygon, KindRecall, ParcelScores, SizeRecall, score_parcels};
pub use pixels::{CHANGED, NOT_JUDGED, PixelCounts, UNCHANGED, UNLABELLED, count_tile};
pub use ranking::ScoreHistogram;
pub use result::{EvaluationResult, PrevalencePrecision};

#[cfg(test)]
mod tests;
