//! Counting labelled pixels, and turning truth polygons into them.

use super::{Confusion, ScoreHistogram};
use crate::grid::{Affine, Window};
use geo::{BoundingRect, MultiPolygon};
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

/// Truth polygons on the pixel grid, ready to be drawn tile by tile: a pixel belongs to a polygon that its centre lies in.
pub struct PixelPolygons {
    shapes: Vec<PixelShape>,
}

struct PixelShape {
    /// Edges `(row, col) -> (row, col)`, not level.
    edges: Vec<[f64; 4]>,
    rows: (f64, f64),
    cols: (f64, f64),
}

impl PixelPolygons {
    /// Polygons in map coordinates laid on a grid.
    pub fn new<'a>(shapes: impl IntoIterator<Item = &'a MultiPolygon<f64>>, affine: &Affine) -> PixelPolygons {
        let shapes = shapes.into_iter().filter_map(|shape| {
            shape.bounding_rect()?;
            let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
            let mut on_grid = PixelShape { edges: Vec::new(), rows: (f64::MAX, f64::MIN), cols: (f64::MAX, f64::MIN) };
            for line in rings.flat_map(|ring| ring.lines()) {
                let a = affine.to_pixel(line.start.x, line.start.y);
                let b = affine.to_pixel(line.end.x, line.end.y);
                on_grid.rows = (on_grid.rows.0.min(a.0), on_grid.rows.1.max(a.0));
                on_grid.cols = (on_grid.cols.0.min(a.1), on_grid.cols.1.max(a.1));
                if a.0 != b.0 {
                    on_grid.edges.push([a.0, a.1, b.0, b.1]);
                }
            }
            Some(on_grid)
        });
        PixelPolygons { shapes: shapes.collect() }
    }

    /// The truth of a window: changed inside a polygon, unchanged everywhere else.
    ///
    /// # Cost
    /// Edges of the polygons that reach into the window x rows they span.
    pub fn truth(&self, window: Window) -> Array2<u8> {
        let mut out = Array2::from_elem((window.rows, window.cols), UNCHANGED);
        let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); window.rows];
        for shape in &self.shapes {
            let apart = shape.rows.1 < window.row as f64
                || shape.rows.0 > window.row_end() as f64
                || shape.cols.1 < window.col as f64
                || shape.cols.0 > window.col_end() as f64;
            if apart {
                continue;
            }
            for &[r1, c1, r2, c2] in &shape.edges {
                let (top, bottom) = (r1.min(r2), r1.max(r2));
                // Rows whose centre line lies in [top, bottom): an end shared by two edges counts once.
                let first = ((top - 0.5).ceil() as i64 - window.row).max(0);
                let last = ((bottom - 0.5).ceil() as i64 - window.row).min(window.rows as i64);
                for i in first..last {
                    let centre = (i + window.row) as f64 + 0.5;
                    crossings[i as usize].push(c1 + (c2 - c1) * (centre - r1) / (r2 - r1));
                }
            }
            for (i, row) in crossings.iter_mut().enumerate() {
                row.sort_unstable_by(f64::total_cmp);
                for pair in row.chunks_exact(2) {
                    let column = |x: f64| {
                        ((x - 0.5).ceil() as i64).saturating_sub(window.col).clamp(0, window.cols as i64) as usize
                    };
                    (column(pair[0])..column(pair[1])).for_each(|j| out[(i, j)] = CHANGED);
                }
                row.clear();
            }
        }
        out
    }
}
