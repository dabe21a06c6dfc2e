//! The structural score, for fine images without infrared: colour, pattern and edges over the size of a house.
//!
//! Single pixels of sub-metre red-green-blue images say next to nothing: light, season and lean move them all. Three things said over
//! the neighbourhood of a house say more:
//!
//! - c, the mean length of the difference of both dates' z-scores: another colour;
//! - 1 - r, with r the correlation of brightness: another pattern, whatever the light;
//! - g, the absolute log-ratio of the mean edge strength: something with edges came or went.
//!
//! score = c * sqrt(1 - r) * (2 + g)
//!
//! The 2 lets edges raise a score threefold at most in practice, never make one out of nothing.
//!
//! # Source
//! Correlation of neighbourhoods: J. Im, J. Jensen 2005, "A change detection model based on neighborhood correlation image
//! analysis", RSE 99(3). Measured against z-scored change vectors in `benches/RESULTS-tiles.md`.

use super::boxes::{box_radius, box_sum};
use crate::normalise::{Moments, Radiometry};
use crate::raster::{Pixels, Quality};
use ndarray::{Array2, Axis, Zip};

/// Weight of an unchanged edge strength against its log-ratio. Doubling it leaves out half of what edges add.
const EDGE_BASE: f64 = 2.0;
/// Added to variances of brightness (z-scores squared): under it a neighbourhood is plain and its pattern is noise.
const PLAIN_VARIANCE: f64 = 0.002;
/// Added to mean edge strengths (z-score per pixel), for the same reason.
const PLAIN_EDGE: f64 = 0.02;
/// z-scores beyond this are cut: a glint is not more changed than a roof.
const MOST_Z: f64 = 8.0;
/// Fixed point of what is averaged: sums of integers are exact in any order, so no tile changes a bit.
const UNIT: f64 = 1_048_576.0;
/// Pixels around a tile that the score needs: two boxes and the edge filter.
pub(super) fn halo_px(spread_px: f64) -> usize {
    2 * box_radius(spread_px) + 1
}

/// Twice box-summed values over twice box-summed weights: a mean over the neighbourhood, valid pixels only.
struct Neighbourhood {
    radius: usize,
    weights: Array2<f64>,
}

impl Neighbourhood {
    fn mean(&self, values: &Array2<f64>) -> Array2<f64> {
        let fixed = values.mapv(|v| (v * UNIT).round());
        let sums = box_sum(&box_sum(&fixed, self.radius), self.radius);
        Zip::from(&sums).and(&self.weights).map_collect(|s, w| if *w > 0.0 { s / (w * UNIT) } else { 0.0 })
    }
}

fn z(value: f32, m: &Moments) -> f64 {
    if m.sd > 0.0 { ((f64::from(value) - m.mean) / m.sd).clamp(-MOST_Z, MOST_Z) } else { 0.0 }
}

/// Edge strength (I. Sobel's operator, a z-score per pixel) where the whole 3 x 3 neighbourhood is valid, else 0.
fn edges(brightness: &Array2<f64>, valid: &Array2<f64>) -> Array2<f64> {
    let (rows, cols) = brightness.dim();
    Array2::from_shape_fn((rows, cols), |(i, j)| {
        if i == 0 || j == 0 || i + 1 >= rows || j + 1 >= cols {
            return 0.0;
        }
        let around = |a: &Array2<f64>, f: fn(f64, f64) -> f64, start: f64| {
            (i - 1..=i + 1).flat_map(|r| (j - 1..=j + 1).map(move |c| (r, c))).fold(start, |s, p| f(s, a[p]))
        };
        if around(valid, f64::min, 1.0) == 0.0 {
            return 0.0;
        }
        let v = |dr: usize, dc: usize| brightness[(i + dr - 1, j + dc - 1)];
        let gx = v(0, 2) + 2.0 * v(1, 2) + v(2, 2) - v(0, 0) - 2.0 * v(1, 0) - v(2, 0);
        let gy = v(2, 0) + 2.0 * v(2, 1) + v(2, 2) - v(0, 0) - 2.0 * v(0, 1) - v(0, 2);
        (gx * gx + gy * gy).sqrt() / 8.0
    })
}

/// Score per pixel, already smooth.
///
/// # Shapes
/// `(band, rows, cols)` at both dates, `(rows, cols)` out; exact from [`halo_px`] inside the array on.
/// # Units
/// None; 0 where nothing differs, 2 to 6 on changed ground.
/// # Nodata
/// 0 where either date is not valid; means are over valid pixels.
/// # Cost
/// About ten box means, whatever their size.
pub(super) fn score(before: &Pixels, after: &Pixels, radiometry: &Radiometry, spread_px: f64) -> Array2<f32> {
    let quality = super::joint_quality(before, after);
    let valid = quality.mapv(|q| if q == Quality::Valid { 1.0 } else { 0.0 });
    let radius = box_radius(spread_px);
    let near = Neighbourhood { radius, weights: box_sum(&box_sum(&valid, radius), radius) };
    let n = radiometry.bands.len().max(1) as f64;
    let (mut colour, mut bright_b, mut bright_a) =
        (Array2::<f64>::zeros(valid.dim()), Array2::<f64>::zeros(valid.dim()), Array2::<f64>::zeros(valid.dim()));
    for (k, r) in radiometry.bands.iter().enumerate() {
        let planes = Zip::from(before.bands.index_axis(Axis(0), k)).and(after.bands.index_axis(Axis(0), k));
        planes.and(&mut colour).and(&mut bright_b).and(&mut bright_a).for_each(|b, a, c, bb, ba| {
            let (b, a) = (z(*b, &r.before), z(*a, &r.after));
            *c += (b - a) * (b - a);
            *bb += b / n;
            *ba += a / n;
        });
    }
    colour.mapv_inplace(f64::sqrt);
    for plane in [&mut colour, &mut bright_b, &mut bright_a] {
        *plane *= &valid;
    }
    let colour = near.mean(&colour);
    let (mean_b, mean_a) = (near.mean(&bright_b), near.mean(&bright_a));
    let (square_b, square_a) = (near.mean(&(&bright_b * &bright_b)), near.mean(&(&bright_a * &bright_a)));
    let product = near.mean(&(&bright_b * &bright_a));
    let (edge_b, edge_a) = (near.mean(&edges(&bright_b, &valid)), near.mean(&edges(&bright_a, &valid)));
    Array2::from_shape_fn(valid.dim(), |p| {
        if valid[p] == 0.0 {
            return 0.0;
        }
        let variance = |square: f64, mean: f64| (square - mean * mean).max(0.0) + PLAIN_VARIANCE;
        let (vb, va) = (variance(square_b[p], mean_b[p]), variance(square_a[p], mean_a[p]));
        let unlike = (1.0 - (product[p] - mean_b[p] * mean_a[p]) / (vb * va).sqrt()).clamp(0.0, 2.0);
        let edge = ((edge_b[p] + PLAIN_EDGE) / (edge_a[p] + PLAIN_EDGE)).ln().abs();
        (colour[p] * unlike.sqrt() * (EDGE_BASE + edge)) as f32
    })
}
