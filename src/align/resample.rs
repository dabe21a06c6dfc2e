//! One resampling: cubic convolution at the mapped position, widened where the source is finer than the working grid.
//!
//! # Nodata
//! A pixel whose nearest four source pixels are all valid but whose wider neighbourhood is not is interpolated linearly from
//! the four; a pixel with one of the four missing takes that one's reason. Nothing is ever mixed from missing pixels.
//!
//! # Source
//! R. Keys 1981, "Cubic convolution interpolation for digital image processing", eq. 15 with a = -1/2.

use super::Feed;
use crate::grid::Window;
use crate::raster::{Pixels, Quality};
use ndarray::Array3;

/// Keys' kernel.
fn cubic(t: f64) -> f64 {
    let t = t.abs();
    if t < 1.0 {
        (1.5 * t - 2.5) * t * t + 1.0
    } else if t < 2.0 {
        ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    } else {
        0.0
    }
}

/// Most taps per axis: 4 at unit scale, 4 x 8 at the largest shrink accepted, and rounding.
const MOST_TAPS: usize = 40;

/// Kernel weights of one axis: first source index and normalised weights.
struct Taps {
    first: i64,
    count: usize,
    weights: [f64; MOST_TAPS],
}

fn taps(position: f64, shrink: f64) -> Taps {
    // Corner convention: the centre of source pixel i is at i + 0.5.
    let centre = position - 0.5;
    let reach = 2.0 * shrink;
    let first = (centre - reach).floor() as i64 + 1;
    let last = (centre + reach).ceil() as i64 - 1;
    let count = ((last - first + 1).max(1) as usize).min(MOST_TAPS);
    let mut weights = [0.0; MOST_TAPS];
    let mut sum = 0.0;
    for (k, w) in weights.iter_mut().take(count).enumerate() {
        *w = cubic((first + k as i64) as f64 / shrink - centre / shrink);
        sum += *w;
    }
    weights.iter_mut().take(count).for_each(|w| *w /= sum);
    Taps { first, count, weights }
}

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
    let bands = source.bands.dim().0;
    let mut out = Pixels::unseen(bands, target.rows, target.cols, Quality::Outside);
    let quality_at = |r: i64, c: i64| -> Quality {
        let (i, j) = (r - from.row, c - from.col);
        if i < 0 || j < 0 || i >= from.rows as i64 || j >= from.cols as i64 {
            Quality::Outside
        } else {
            source.quality[(i as usize, j as usize)]
        }
    };
    for i in 0..target.rows {
        for j in 0..target.cols {
            let (r, c) = feed.map.at((target.row + i as i64) as f64 + 0.5, (target.col + j as i64) as f64 + 0.5);
            if !r.is_finite() || !c.is_finite() {
                continue;
            }
            let quality = nearest_four(r, c, quality_at);
            out.quality[(i, j)] = quality;
            if quality != Quality::Valid {
                continue;
            }
            let (tr, tc) = (taps(r, feed.shrink.0), taps(c, feed.shrink.1));
            if all_valid(&tr, &tc, &quality_at) {
                weigh(&source.bands, from, &tr, &tc, &mut out.bands, (i, j));
            } else {
                let (tr, tc) = (linear(r), linear(c));
                weigh(&source.bands, from, &tr, &tc, &mut out.bands, (i, j));
            }
        }
    }
    out
}

/// The worst quality of the four pixels around a position; pixels that carry no weight do not count.
fn nearest_four(r: f64, c: f64, quality_at: impl Fn(i64, i64) -> Quality) -> Quality {
    let (tr, tc) = (linear(r), linear(c));
    let mut worst = Quality::Valid;
    for a in 0..2 {
        for b in 0..2 {
            if tr.weights[a] * tc.weights[b] > 1e-6 {
                worst = worst.worse(quality_at(tr.first + a as i64, tc.first + b as i64));
            }
        }
    }
    worst
}

fn linear(position: f64) -> Taps {
    let centre = position - 0.5;
    let first = centre.floor();
    let mut weights = [0.0; MOST_TAPS];
    (weights[0], weights[1]) = (1.0 - (centre - first), centre - first);
    Taps { first: first as i64, count: 2, weights }
}

fn all_valid(tr: &Taps, tc: &Taps, quality_at: &impl Fn(i64, i64) -> Quality) -> bool {
    (0..tr.count).all(|a| (0..tc.count).all(|b| quality_at(tr.first + a as i64, tc.first + b as i64).is_valid()))
}

fn weigh(bands: &Array3<f32>, from: Window, tr: &Taps, tc: &Taps, out: &mut Array3<f32>, at: (usize, usize)) {
    let (rows, cols) = (from.rows as i64, from.cols as i64);
    for k in 0..bands.dim().0 {
        let mut sum = 0.0f64;
        for (a, wr) in tr.weights.iter().take(tr.count).enumerate() {
            let i = tr.first + a as i64 - from.row;
            if *wr == 0.0 || i < 0 || i >= rows {
                continue;
            }
            let mut line = 0.0f64;
            for (b, wc) in tc.weights.iter().take(tc.count).enumerate() {
                let j = tc.first + b as i64 - from.col;
                if *wc != 0.0 && j >= 0 && j < cols {
                    line += wc * bands[(k, i as usize, j as usize)] as f64;
                }
            }
            sum += wr * line;
        }
        out[(k, at.0, at.1)] = sum as f32;
    }
}
