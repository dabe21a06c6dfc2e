//! Nearest-neighbour sampling: for codes, which must never be mixed, and for statistics that average many pixels anyway.

use super::Feed;
use crate::grid::Window;
use crate::raster::{Pixels, Quality};

/// Picks, for every pixel of the working window `target`, the pixel of `source` (pixels of `from`, file coordinates) that its
/// centre falls on; outside of `from` the quality is [`Quality::Outside`].
///
/// # Shapes
/// In `(band, from.rows, from.cols)`, out `(band, target.rows, target.cols)`.
pub fn nearest(source: &Pixels, from: Window, feed: &Feed, target: Window) -> Pixels {
    let bands = source.bands.dim().0;
    let mut out = Pixels::unseen(bands, target.rows, target.cols, Quality::Outside);
    for i in 0..target.rows {
        for j in 0..target.cols {
            let (r, c) = feed.map.at((target.row + i as i64) as f64 + 0.5, (target.col + j as i64) as f64 + 0.5);
            if !r.is_finite() || !c.is_finite() {
                continue;
            }
            let (r, c) = (r.floor() as i64 - from.row, c.floor() as i64 - from.col);
            if r < 0 || c < 0 || r >= from.rows as i64 || c >= from.cols as i64 {
                continue;
            }
            let at = (r as usize, c as usize);
            out.quality[(i, j)] = source.quality[at];
            for k in 0..bands {
                out.bands[(k, i, j)] = source.bands[(k, at.0, at.1)];
            }
        }
    }
    out
}
