//! Resampling of the bench's own: what is under test must not make its own stress.

use crate::raster::{Pixels, Quality};

/// Keys' cubic convolution kernel with a = -0.5 (R. Keys 1981, "Cubic convolution interpolation", eq. 15).
fn keys(x: f64) -> f64 {
    let x = x.abs();
    match x {
        x if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        x if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
        _ => 0.0,
    }
}

/// A new image of `rows` x `cols` pixels; `at(row, col)` is the place in `from`, `(row, col)` from its corner, that a new
/// pixel's centre sees, `None` for nowhere.
///
/// # Nodata
/// Taps beyond the edge repeat the edge; a pixel with a tap that is not valid is not valid.
pub fn cubic(from: &Pixels, rows: usize, cols: usize, at: impl Fn(usize, usize) -> Option<(f64, f64)>) -> Pixels {
    let (bands, high, wide) = from.bands.dim();
    let mut out = Pixels::unseen(bands, rows, cols, Quality::Outside);
    for row in 0..rows {
        for col in 0..cols {
            let Some((r, c)) = at(row, col) else { continue };
            if !(r >= 0.0 && c >= 0.0 && r < high as f64 && c < wide as f64) {
                continue;
            }
            let (r, c) = (r - 0.5, c - 0.5);
            let (r0, c0) = (r.floor(), c.floor());
            let weights = |x: f64, x0: f64| [-1.0, 0.0, 1.0, 2.0].map(|k| keys(x - (x0 + k)));
            let (down, across) = (weights(r, r0), weights(c, c0));
            let clamped = |x: f64, k: usize, most: usize| (x as i64 - 1 + k as i64).clamp(0, most as i64 - 1) as usize;
            let taps: [(usize, usize, f64); 16] = std::array::from_fn(|n| {
                let (i, j) = (n / 4, n % 4);
                (clamped(r0, i, high), clamped(c0, j, wide), down[i] * across[j])
            });
            let taken = || taps.iter().filter(|t| t.2 != 0.0);
            if let Some(t) = taken().find(|t| !from.quality[(t.0, t.1)].is_valid()) {
                out.quality[(row, col)] = from.quality[(t.0, t.1)];
                continue;
            }
            out.quality[(row, col)] = Quality::Valid;
            for k in 0..bands {
                let sum: f64 = taken().map(|t| t.2 * f64::from(from.bands[(k, t.0, t.1)])).sum();
                out.bands[(k, row, col)] = sum as f32;
            }
        }
    }
    out
}

/// The image moved by `(rows, cols)` pixels: what was at `(r, c)` is at `(r + rows, c + cols)`.
pub fn shifted(from: &Pixels, rows: f64, cols: f64) -> Pixels {
    let (high, wide) = from.shape();
    cubic(from, high, wide, |r, c| Some((r as f64 + 0.5 - rows, c as f64 + 0.5 - cols)))
}

/// The image in pixels `factor` times as wide, each the area-weighted mean of the valid ground under it; a last row or
/// column that would not be whole is left out.
///
/// # Nodata
/// Not valid where less than half of the ground under a pixel is.
pub fn averaged(from: &Pixels, factor: f64) -> Pixels {
    let (bands, high, wide) = from.bands.dim();
    let (rows, cols) = ((high as f64 / factor + 1e-9) as usize, (wide as f64 / factor + 1e-9) as usize);
    let mut out = Pixels::unseen(bands, rows, cols, Quality::Nodata);
    // Pixels of the source under a new one in one direction, with the part of each.
    let under = |n: usize, most: usize| -> Vec<(usize, f64)> {
        let (a, b) = (n as f64 * factor, (n as f64 + 1.0) * factor);
        let pixels = a as usize..(b.ceil() as usize).min(most);
        pixels.map(|p| (p, (b.min(p as f64 + 1.0) - a.max(p as f64)).max(0.0))).collect()
    };
    for row in 0..rows {
        let down = under(row, high);
        for col in 0..cols {
            let across = under(col, wide);
            let mut sums = vec![0.0; bands];
            let mut seen = 0.0;
            for (r, a) in &down {
                for (c, b) in across.iter().filter(|(c, _)| from.quality[(*r, *c)].is_valid()) {
                    seen += a * b;
                    sums.iter_mut().enumerate().for_each(|(k, s)| *s += a * b * f64::from(from.bands[(k, *r, *c)]));
                }
            }
            if seen >= 0.5 * factor * factor {
                out.quality[(row, col)] = Quality::Valid;
                sums.iter().enumerate().for_each(|(k, s)| out.bands[(k, row, col)] = (s / seen) as f32);
            }
        }
    }
    out
}
