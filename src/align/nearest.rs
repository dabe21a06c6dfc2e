//! Nearest-neighbour sampling: for codes, which must never be mixed, and for statistics that average many pixels anyway.

use super::{Feed, PixelMap, Straight};
use crate::grid::Window;
use crate::raster::{Pixels, Quality, wide_fn};
use ndarray::s;

wide_fn!(fn positions(map: &PixelMap, row: f64, col: f64, rows: &mut [f64], cols: &mut [f64]) = PixelMap::at_row);

/// Picks, for every pixel of the working window `target`, the pixel of `source` (pixels of `from`, file coordinates) that its
/// centre falls on; outside of `from` the quality is [`Quality::Outside`].
///
/// # Shapes
/// In `(band, from.rows, from.cols)`, out `(band, target.rows, target.cols)`.
pub fn nearest(source: &Pixels, from: Window, feed: &Feed, target: Window) -> Pixels {
    let bands = source.bands.dim().0;
    let mut out = Pixels::unseen(bands, target.rows, target.cols, Quality::Outside);
    if let Some(map) = feed.straight.filter(Straight::is_shift) {
        let offset = |origin: f64| (origin + 0.5).floor() as i64;
        let there = Window {
            row: target.row + offset(map.rows.0),
            col: target.col + offset(map.cols.0),
            rows: target.rows,
            cols: target.cols,
        };
        let Some(common) = there.intersect(&from) else { return out };
        let cut = |w: Window| {
            let (i, j) = ((common.row - w.row) as usize, (common.col - w.col) as usize);
            (i..i + common.rows, j..j + common.cols)
        };
        let ((ti, tj), (fi, fj)) = (cut(there), cut(from));
        let taken = source.bands.slice(s![.., fi.clone(), fj.clone()]);
        out.bands.slice_mut(s![.., ti.clone(), tj.clone()]).assign(&taken);
        out.quality.slice_mut(s![ti, tj]).assign(&source.quality.slice(s![fi, fj]));
        return out;
    }
    let (mut rows, mut cols) = (vec![0.0; target.cols], vec![0.0; target.cols]);
    let mut found: Vec<(usize, usize, usize)> = Vec::with_capacity(target.cols);
    for i in 0..target.rows {
        let (row, col) = ((target.row + i as i64) as f64 + 0.5, target.col as f64 + 0.5);
        positions(&feed.map, row, col, &mut rows, &mut cols);
        found.clear();
        for (j, (r, c)) in rows.iter().zip(&cols).enumerate() {
            let (r, c) = (r - from.row as f64, c - from.col as f64);
            // Nothing is inside when either is not a number.
            if r >= 0.0 && c >= 0.0 && r < from.rows as f64 && c < from.cols as f64 {
                found.push((j, r as usize, c as usize));
            }
        }
        for (j, r, c) in &found {
            out.quality[(i, *j)] = source.quality[(*r, *c)];
        }
        for k in 0..bands {
            for (j, r, c) in &found {
                out.bands[(k, i, *j)] = source.bands[(k, *r, *c)];
            }
        }
    }
    out
}
