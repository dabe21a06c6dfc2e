//! Self-guided filter: averages noise, keeps edges.
//!
//! In every box the output is a line of the guide, a*I + b with a = var / (var + eps): flat boxes are averaged, boxes with an edge
//! are kept. The guide is the score over its standard deviation, so eps is in squared standard deviations.
//!
//! # Source
//! K. He, J. Sun, X. Tang 2013, "Guided image filtering", IEEE TPAMI 35(6), eqs. 5-8.

use crate::raster::Quality;
use ndarray::Array2;

/// Sums over a `(2r+1)^2` box, clipped at the border of the array.
fn box_sum(values: &Array2<f64>, radius: usize) -> Array2<f64> {
    let (rows, cols) = values.dim();
    let mut along = Array2::<f64>::zeros((rows, cols));
    for i in 0..rows {
        for j in 0..cols {
            let (lo, hi) = (j.saturating_sub(radius), (j + radius + 1).min(cols));
            along[(i, j)] = (lo..hi).map(|c| values[(i, c)]).sum();
        }
    }
    let mut out = Array2::<f64>::zeros((rows, cols));
    for i in 0..rows {
        let (lo, hi) = (i.saturating_sub(radius), (i + radius + 1).min(rows));
        for r in lo..hi {
            for j in 0..cols {
                out[(i, j)] += along[(r, j)];
            }
        }
    }
    out
}

/// Filters `score` with itself as guide; only valid pixels count. Exact for pixels at least `2 * radius` inside the array, where
/// every box lies wholly inside; the caller gives that halo (the image's own border has invalid pixels beyond it).
///
/// # Units
/// `score_sd` is the standard deviation of the score over the scene; `eps` in squared standard deviations.
/// # Nodata
/// 0 where not valid.
pub fn guided_filter(
    score: &Array2<f32>,
    quality: &Array2<Quality>,
    radius: usize,
    eps: f64,
    score_sd: f64,
) -> Array2<f32> {
    if radius == 0 || score_sd <= 0.0 {
        return score.clone();
    }
    let valid = quality.mapv(|q| if q.is_valid() { 1.0 } else { 0.0 });
    let s = score.mapv(f64::from);
    let count = box_sum(&valid, radius);
    let mean = box_sum(&s, radius) / count.mapv(|c| c.max(1.0));
    let square = box_sum(&(&s * &s), radius) / count.mapv(|c| c.max(1.0));
    let eps = eps * score_sd * score_sd;
    let mut a = (&square - &(&mean * &mean)).mapv(|v| v.max(0.0));
    a.mapv_inplace(|v| v / (v + eps));
    let mut b = &mean * &a.mapv(|v| 1.0 - v);
    a *= &valid;
    b *= &valid;
    let mean_a = box_sum(&a, radius) / count.mapv(|c| c.max(1.0));
    let mean_b = box_sum(&b, radius) / count.mapv(|c| c.max(1.0));
    Array2::from_shape_fn(score.dim(), |p| {
        if quality[p].is_valid() { (mean_a[p] * s[p] + mean_b[p]).max(0.0) as f32 } else { 0.0 }
    })
}
