//! Counting labelled pixels, and turning truth polygons into them.

use super::{Confusion, ScoreHistogram};
use crate::grid::Window;
use crate::vectorise::PixelPolygons;
use ndarray::{Array2, ArrayView2};

/// The code of a pixel of `change.tif` that could not be judged.
pub const NOT_JUDGED: u8 = 255;
/// Truth codes.
pub const UNLABELLED: u8 = 0;
/// Labelled as unchanged.
pub const UNCHANGED: u8 = 1;
/// Labelled as changed.
pub const CHANGED: u8 = 2;

/// What is counted over the image; parts merge in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PixelCounts {
    /// Labelled pixels by truth and answer.
    pub confusion: Confusion,
    /// Labelled pixels by truth and score; `None` without a score.
    pub scores: Option<ScoreHistogram>,
    /// Labelled pixels that were judged.
    pub judged_labels: u64,
    /// All pixels that were judged, labelled or not.
    pub judged: u64,
}

impl PixelCounts {
    /// Counts of nothing yet.
    pub fn new(with_score: bool) -> PixelCounts {
        PixelCounts { scores: with_score.then(ScoreHistogram::default), ..Default::default() }
    }

    /// Adds the counts of another part of the image.
    pub fn merge(&mut self, other: &PixelCounts) {
        self.confusion.merge(&other.confusion);
        self.judged_labels += other.judged_labels;
        self.judged += other.judged;
        if let (Some(mine), Some(theirs)) = (&mut self.scores, &other.scores) {
            mine.merge(theirs);
        }
    }

    /// Labelled pixels that were judged, percent; `None` without labels.
    pub fn judged_percent(&self) -> Option<f64> {
        let labels = self.confusion.total();
        (labels > 0).then(|| self.judged_labels as f64 * 100.0 / labels as f64)
    }
}

/// Counts one tile.
///
/// # Shapes
/// `change` (0, 1, 255), `truth` (0 unlabelled, 1 unchanged, 2 changed) and `score` cover the same window.
///
/// # Nodata
/// Unlabelled pixels are never counted. A labelled pixel that was not judged counts as called unchanged, with the lowest
/// score.
pub fn count_tile(
    counts: &mut PixelCounts,
    change: ArrayView2<u8>,
    truth: ArrayView2<u8>,
    score: Option<ArrayView2<u16>>,
) {
    for ((row, col), &answer) in change.indexed_iter() {
        let judged = answer != NOT_JUDGED;
        counts.judged += u64::from(judged);
        let truly_changed = match truth[(row, col)] {
            UNCHANGED => false,
            CHANGED => true,
            _ => continue,
        };
        counts.confusion.add(truly_changed, answer == 1);
        counts.judged_labels += u64::from(judged);
        if let (Some(scores), Some(score)) = (&mut counts.scores, &score) {
            scores.add(truly_changed, if judged { score[(row, col)] } else { 0 });
        }
    }
}

/// The truth of a window: changed inside a polygon, unchanged everywhere else.
pub fn drawn_truth(polygons: &PixelPolygons, window: Window) -> Array2<u8> {
    let mut out = Array2::from_elem((window.rows, window.cols), UNCHANGED);
    polygons.spans(window, |_, row, cols| cols.for_each(|col| out[(row, col)] = CHANGED));
    out
}
