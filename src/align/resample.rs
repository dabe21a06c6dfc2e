//! One resampling: cubic convolution at the mapped position, widened where the source is finer than the working grid.
//!
//! # Nodata
//! A pixel whose nearest four source pixels are all valid but whose wider neighbourhood is not is interpolated linearly from
//! the four; a pixel with one of the four missing takes that one's reason. Nothing is ever mixed from missing pixels.

use super::Feed;
use super::kernel::Source;
use super::straight::straight;
use super::warp::warp;
use crate::grid::Window;
use crate::raster::Pixels;

/// The window of a file that [`resample`] needs for a working window; `None` when the file does not reach it.
pub fn source_window(feed: &Feed, rows: usize, cols: usize, target: Window) -> Option<Window> {
    let mut lo = (f64::INFINITY, f64::INFINITY);
    let mut hi = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    // The map is smooth and nearly affine over a tile: its border decides the extent; 16 steps a side follow any bend.
    for k in 0..=16 {
        let (u, v) = (k as f64 / 16.0 * target.rows as f64, k as f64 / 16.0 * target.cols as f64);
        let (r0, c0) = (target.row as f64, target.col as f64);
        for (row, col) in
            [(r0 + u, c0), (r0 + u, target.col_end() as f64), (r0, c0 + v), (target.row_end() as f64, c0 + v)]
        {
            let (r, c) = feed.map.at(row, col);
            if r.is_finite() && c.is_finite() {
                lo = (lo.0.min(r), lo.1.min(c));
                hi = (hi.0.max(r), hi.1.max(c));
            }
        }
    }
    if !lo.0.is_finite() {
        return None;
    }
    let margin = (2.0 * feed.shrink.0 + 2.0, 2.0 * feed.shrink.1 + 2.0);
    let clamp = |v: f64, most: usize| v.clamp(0.0, most as f64) as i64;
    let (top, left) = (clamp((lo.0 - margin.0).floor(), rows), clamp((lo.1 - margin.1).floor(), cols));
    let (bottom, right) = (clamp((hi.0 + margin.0).ceil(), rows), clamp((hi.1 + margin.1).ceil(), cols));
    (bottom > top && right > left).then(|| Window {
        row: top,
        col: left,
        rows: (bottom - top) as usize,
        cols: (right - left) as usize,
    })
}

/// Resamples `source` (pixels of `from`, file coordinates) onto the working window `target`.
///
/// # Shapes
/// In `(band, from.rows, from.cols)`, out `(band, target.rows, target.cols)`.
pub fn resample(source: &Pixels, from: Window, feed: &Feed, target: Window) -> Pixels {
    let source = Source::new(source, from);
    match feed.straight {
        Some(map) => straight(&source, map, feed.shrink, target),
        None => warp(&source, feed, target),
    }
}
