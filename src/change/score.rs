//! The spectral score: how far every pixel moved against the noise of what did not change.
//!
//! Two distances see the same differences through different eyes. The length of the change vector in no-change standard
//! deviations of each band,
//!
//! d = sqrt( sum over bands of ( (before - gain * after - offset) / residual_sd )^2 )  (W. Malila 1980; scaled as in A. Singh 1989),
//!
//! is steady on strong change; the IR-MAD distance z (A. Nielsen 2007, eq. 9) weighs the combinations of bands that the dates agree
//! in, and so finds weak change that has its own colour. The score is their geometric mean sqrt(d z): a field in another shade is far in
//! one of them only. On generated counties it finds more with fewer false blobs, on Taizhou it keeps kappa. Where the two do not agree
//! over the scene ([`Radiometry::agreement`]), IR-MAD has settled on something else than the background and d stands alone.
//!
//! # Misregistration
//! Where a residual shift of up to `reach` pixels stays, the score is the smallest over all offsets within reach, taken both ways, and
//! then the larger of the two: an edge that moved finds itself again, a new object finds nothing.
//! Source: L. Bruzzone, R. Cossu 2003, "An adaptive approach to reducing registration noise effects in unsupervised change
//! detection", IEEE TGRS 41(11), in its simplest form.

use crate::normalise::Radiometry;
use crate::raster::{Pixels, Quality};
use ndarray::{Array2, Array3, Axis, Zip};
use serde::Serialize;

/// What the score is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// d alone.
    ChangeVector,
    /// sqrt(d z).
    Fused,
}

/// Joint quality of both dates.
pub fn joint_quality(before: &Pixels, after: &Pixels) -> Array2<Quality> {
    Zip::from(&before.quality).and(&after.quality).map_collect(|a, b| a.worse(*b))
}

/// Both dates in units in which a difference is a distance: first the bands over their noise, then, if asked for, the variates.
fn projected(before: &Pixels, after: &Pixels, radiometry: &Radiometry, of: Distance) -> (Array3<f32>, Array3<f32>) {
    let (bands, rows, cols) = before.bands.dim();
    let variates = if of == Distance::Fused { radiometry.variates.offset.len() } else { 0 };
    let shape = (bands + variates, rows, cols);
    let (mut b, mut a) = (Array3::<f32>::zeros(shape), Array3::<f32>::zeros(shape));
    for (k, r) in radiometry.bands.iter().enumerate() {
        let scale = (1.0 / r.residual_sd) as f32;
        // Both are taken from one middle value first, which keeps the digits of large numbers.
        let (middle, gain, offset) = (r.before.mean as f32, r.gain as f32, (r.offset - r.before.mean) as f32);
        Zip::from(b.index_axis_mut(Axis(0), k))
            .and(before.bands.index_axis(Axis(0), k))
            .for_each(|o, v| *o = (v - middle) * scale);
        Zip::from(a.index_axis_mut(Axis(0), k))
            .and(after.bands.index_axis(Axis(0), k))
            .for_each(|o, v| *o = (gain * v + offset) * scale);
    }
    let v = &radiometry.variates;
    for k in 0..variates {
        let middle_b: f64 = v.before[k].iter().zip(&radiometry.bands).map(|(w, r)| w * r.before.mean).sum();
        let middle_a = v.offset[k] + middle_b;
        combine(&before.bands, &v.before[k], -middle_b, b.index_axis_mut(Axis(0), bands + k));
        combine(&after.bands, &v.after[k], -middle_a, a.index_axis_mut(Axis(0), bands + k));
    }
    (b, a)
}

/// A combination of bands plus a constant.
fn combine(bands: &Array3<f32>, weights: &[f64], constant: f64, mut out: ndarray::ArrayViewMut2<f32>) {
    out.fill(constant as f32);
    for (band, weight) in bands.axis_iter(Axis(0)).zip(weights) {
        let weight = *weight as f32;
        Zip::from(&mut out).and(band).for_each(|o, v| *o += weight * v);
    }
}

/// Score per pixel, not smoothed.
///
/// # Shapes
/// `(band, rows, cols)` at both dates, `(rows, cols)` out; exact from `reach` pixels inside the array on.
/// # Units
/// No-change standard deviations, >= 0.
/// # Nodata
/// 0 where either date is not valid ([`joint_quality`]).
pub fn score(before: &Pixels, after: &Pixels, radiometry: &Radiometry, of: Distance, reach: usize) -> Array2<f32> {
    let quality = joint_quality(before, after);
    let (b, a) = projected(before, after, radiometry, of);
    let bands = radiometry.bands.len();
    let mut out = if reach == 0 {
        distance(&b, &a, bands, (0, 0))
    } else {
        let valid = |q: &Array2<Quality>| q.mapv(|q| q.is_valid());
        let (vb, va) = (valid(&before.quality), valid(&after.quality));
        let there = nearest(&b, &a, bands, &va, reach);
        let back = nearest(&a, &b, bands, &vb, reach);
        Zip::from(&there).and(&back).map_collect(|x, y| x.max(*y))
    };
    Zip::from(&mut out).and(&quality).for_each(|s, q| *s *= f32::from(u8::from(q.is_valid())));
    out
}

/// Smallest distance of every pixel of `here` to the valid pixels of `there` within reach.
fn nearest(here: &Array3<f32>, there: &Array3<f32>, bands: usize, valid: &Array2<bool>, reach: usize) -> Array2<f32> {
    let r = reach as i64;
    let (rows, cols) = valid.dim();
    let mut best = Array2::from_elem((rows, cols), f32::INFINITY);
    for dr in -r..=r {
        for dc in -r..=r {
            let d = distance(here, there, bands, (dr, dc));
            Zip::indexed(&mut best).and(&d).for_each(|(i, j), best, d| {
                let (p, q) = (i as i64 + dr, j as i64 + dc);
                let inside = p >= 0 && q >= 0 && p < rows as i64 && q < cols as i64;
                if inside && valid[(p as usize, q as usize)] {
                    *best = best.min(*d);
                }
            });
        }
    }
    best.mapv_inplace(|v| if v.is_finite() { v } else { 0.0 });
    best
}

/// Distance of `here` at a pixel and `there` at the pixel `(rows, cols)` further on, 0 beyond the array: over the first `bands` planes,
/// or its geometric mean with that over the others where there are any.
fn distance(here: &Array3<f32>, there: &Array3<f32>, bands: usize, (dr, dc): (i64, i64)) -> Array2<f32> {
    let (planes, rows, cols) = here.dim();
    let mut sums = [Array2::<f32>::zeros((rows, cols)), Array2::<f32>::zeros((rows, cols))];
    let span = |d: i64, n: usize| ((-d).max(0) as usize, (n as i64 - d.max(0)).max(0) as usize);
    let ((top, bottom), (left, right)) = (span(dr, rows), span(dc, cols));
    if bottom > top && right > left {
        let moved = |at: usize, d: i64| (at as i64 + d) as usize;
        for k in 0..planes {
            let part = ndarray::s![k, top..bottom, left..right];
            let other = ndarray::s![k, moved(top, dr)..moved(bottom, dr), moved(left, dc)..moved(right, dc)];
            Zip::from(sums[usize::from(k >= bands)].slice_mut(ndarray::s![top..bottom, left..right]))
                .and(here.slice(part))
                .and(there.slice(other))
                .for_each(|s, x, y| *s += (x - y) * (x - y));
        }
    }
    let [vector, variates] = sums;
    if planes == bands {
        return vector.mapv(f32::sqrt);
    }
    Zip::from(&vector).and(&variates).map_collect(|d, z| (d * z).sqrt().sqrt())
}
