//! Haze that thickens across the scene.
//!
//! One line per band cannot carry an image with a veil that grows from one side to the other onto a clear one: what it leaves is
//! a slope of false differences that grows with the veil. A veil of opacity t turns the ground's value v into (1 - t) v + t w (w the
//! colour of the haze), so with t rising evenly over the scene both gain and offset of a band rise evenly. That is fitted by
//! robust regression, because much of the scene may have changed:
//!
//! before = (o0 + ox x + oy y) + (g0 + gx x + gy y) after,   x, y from -1 to 1 over the scene.
//!
//! The fit is used only where it is beyond doubt: what a pair without haze has of such slopes (other crops in the north than in the
//! south, a flood on one side) is no veil, and taking it out would take changes with it. A veil narrows the spread of the differences
//! a lot, and the differences rise with it from part to part of the scene; of a change that covers one side, a plane explains three
//! quarters of that at most.
//!
//! # Source
//! A. Beaton, J. Tukey 1974, "The fitting of power series, meaning polynomials", Technometrics 16(2) (biweight); P. Holland,
//! R. Welsch 1977, "Robust regression using iteratively reweighted least-squares", Communications in Statistics A6(9).

use super::{Moments, NormaliseParams, PairSample};
use crate::align::biweight;
use crate::grid::Window;
use crate::raster::Pixels;
use nalgebra::{DMatrix, DVector};
use ndarray::Axis;
use serde::Serialize;

/// Sampled pixels that the surfaces are fitted on; more are thinned evenly.
const MOST_PIXELS: usize = 60_000;
/// The scene is cut into so many parts each way, and the differences of each must follow the plane.
const PARTS: usize = 6;
/// Parts with fewer pixels say nothing, and fewer such parts nothing of the scene.
const LEAST_PIXELS: usize = 30;
const LEAST_PARTS: usize = 12;
/// Least share of the parts' variance that the plane explains in the band that shows the veil. Measured: .74 to .96 under haze.
const LEAST_EXPLAINED: f64 = 0.8;
/// Weights: Huber's while the fit settles, then the biweight.
const HUBER_STEPS: usize = 8;
const STEPS: usize = 25;
const HUBER: f64 = 1.5;
const BIWEIGHT: f64 = 4.685;
/// Standard deviation of a Gaussian over its median absolute deviation.
const FROM_MAD: f64 = 1.4826;

/// A plane over the scene: at its middle, and what it rises towards the last column and the last row.
type Plane = [f64; 3];

/// What brings a later image with a slanting veil back to one even radiometry: `gain * after + offset`, both planes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Veil {
    /// Row and column of the scene's middle, and half its height and width, pixels of the working grid.
    middle: [f64; 2],
    half: [f64; 2],
    /// Per band.
    gain: Vec<Plane>,
    /// Per band, units of the later image.
    offset: Vec<Plane>,
    /// Robust spread of the differences with the planes over that without, in the band that shows the veil best.
    pub spread_ratio: f64,
}

/// Pixels taken together.
const BLOCK: usize = 64;
const SUMS: usize = 8;
type Lanes = [f64; BLOCK];

/// Robust regression on `columns`: coefficients and spread (scaled median absolute deviation); `None` where the columns do not
/// determine it.
fn robust_regression<const K: usize>(columns: [&[f64]; K], target: &[f64]) -> Option<([f64; K], f64)> {
    let n = target.len();
    let mut weights = vec![1.0; n];
    let mut sizes = vec![0.0; n];
    let mut middle = Middle::default();
    let mut result = None;
    for step in 0..STEPS {
        let solved = weighted_least_squares(columns, target, &weights)?;
        for (b, sizes) in sizes.chunks_mut(BLOCK).enumerate() {
            let from = b * BLOCK;
            let to = from + sizes.len();
            sizes.copy_from_slice(&target[from..to]);
            for (column, k) in columns.iter().zip(&solved) {
                sizes.iter_mut().zip(&column[from..to]).for_each(|(s, c)| *s -= c * k);
            }
            sizes.iter_mut().for_each(|s| *s = s.abs());
        }
        let spread = FROM_MAD * middle.of(&sizes);
        if spread.is_nan() || spread <= 0.0 {
            return None;
        }
        weights.iter_mut().zip(&sizes).for_each(|(w, size)| {
            let u = size / spread;
            *w = if step < HUBER_STEPS { (HUBER / u).min(1.0) } else { biweight(u, BIWEIGHT) };
        });
        result = Some((solved, spread));
    }
    result
}

/// Solution of the weighted normal equations; sums in a fixed order.
fn weighted_least_squares<const K: usize>(columns: [&[f64]; K], target: &[f64], weights: &[f64]) -> Option<[f64; K]> {
    let mut normal = [[[0.0f64; SUMS]; K]; K];
    let mut right = [[0.0f64; SUMS]; K];
    let mut values: [Lanes; K] = [[0.0; BLOCK]; K];
    let add = |sum: &mut [f64; SUMS], a: &Lanes, b: &Lanes| {
        for (a, b) in a.as_chunks::<SUMS>().0.iter().zip(b.as_chunks::<SUMS>().0) {
            (0..SUMS).for_each(|l| sum[l] += a[l] * b[l]);
        }
    };
    for (b, weights) in weights.chunks(BLOCK).enumerate() {
        let (from, to) = (b * BLOCK, b * BLOCK + weights.len());
        // Beyond the last pixel all is 0.
        let filled = |part: &[f64]| {
            let mut lanes = [0.0; BLOCK];
            lanes[..part.len()].copy_from_slice(part);
            lanes
        };
        values.iter_mut().zip(&columns).for_each(|(v, c)| *v = filled(&c[from..to]));
        let (wanted, weights) = (filled(&target[from..to]), filled(weights));
        for i in 0..K {
            let mut weighted = [0.0f64; BLOCK];
            (0..BLOCK).for_each(|l| weighted[l] = weights[l] * values[i][l]);
            (0..=i).for_each(|j| add(&mut normal[i][j], &weighted, &values[j]));
            add(&mut right[i], &weighted, &wanted);
        }
    }
    let total = |sums: &[f64; SUMS]| sums.iter().sum::<f64>();
    let normal = DMatrix::from_fn(K, K, |i, j| total(&normal[i.max(j)][i.min(j)]));
    let right = DVector::from_fn(K, |i, _| total(&right[i]));
    let solved = normal.cholesky()?.solve(&right);
    Some(std::array::from_fn(|k| solved[k]))
}

/// The upper median of values that move little from one time to the next: only those near the last one are put in order.
#[derive(Default)]
struct Middle {
    last: f64,
    near: Vec<f64>,
}

impl Middle {
    fn of(&mut self, values: &[f64]) -> f64 {
        let rank = values.len() / 2;
        let (low, high) = (self.last * 0.8, self.last * 1.25);
        let below = values.iter().map(|v| u32::from(*v < low)).sum::<u32>() as usize;
        self.near.clear();
        self.near.extend(values.iter().filter(|v| **v >= low && **v < high));
        let within = rank.checked_sub(below).filter(|r| *r < self.near.len());
        let at = within.unwrap_or_else(|| {
            self.near.clear();
            self.near.extend(values);
            rank
        });
        let (_, median, _) = self.near.select_nth_unstable_by(at, f64::total_cmp);
        self.last = *median;
        *median
    }
}

/// Share of the variance of the parts' median differences that a plane explains; `None` where too few parts are seen.
fn explained(differences: &[f64], x: &[f64], y: &[f64]) -> Option<f64> {
    let part = |v: f64| (((v + 1.0) / 2.0 * PARTS as f64).max(0.0) as usize).min(PARTS - 1);
    let mut parts = vec![Vec::new(); PARTS * PARTS];
    for (n, d) in differences.iter().enumerate() {
        parts[part(y[n]) * PARTS + part(x[n])].push(*d);
    }
    let middle = |k: usize| (2 * k + 1) as f64 / PARTS as f64 - 1.0;
    let medians = parts.iter_mut().enumerate().filter(|(_, p)| p.len() >= LEAST_PIXELS).map(|(k, p)| {
        let half = p.len() / 2;
        (middle(k % PARTS), middle(k / PARTS), *p.select_nth_unstable_by(half, f64::total_cmp).1)
    });
    let medians: Vec<(f64, f64, f64)> = medians.collect();
    if medians.len() < LEAST_PARTS {
        return None;
    }
    let columns = DMatrix::from_fn(medians.len(), 3, |i, j| [1.0, medians[i].0, medians[i].1][j]);
    let target = DVector::from_iterator(medians.len(), medians.iter().map(|m| m.2));
    let plane = (columns.transpose() * &columns).cholesky()?.solve(&(columns.transpose() * &target));
    let total = target.add_scalar(-target.mean()).norm_squared();
    let rest = (&target - columns * plane).norm_squared();
    (total > 0.0).then(|| 1.0 - rest / total)
}

/// One band at the thinned pixels.
struct Thinned {
    target: Vec<f64>,
    /// The later image's values in its standard deviations about its mean.
    unit: Vec<f64>,
    moments: Moments,
}

impl Thinned {
    fn of(chosen: &[usize], before: &[f64], after: &[f64]) -> Thinned {
        let pick = |values: &[f64]| chosen.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let mut unit = pick(after);
        let moments = Moments::of(&unit);
        let sd = moments.sd.max(f64::MIN_POSITIVE);
        unit.iter_mut().for_each(|v| *v = (*v - moments.mean) / sd);
        Thinned { target: pick(before), unit, moments }
    }
}

impl Veil {
    /// The veil of a pair; `None` where there is none that is beyond doubt.
    pub fn find(sample: &PairSample, params: &NormaliseParams) -> Option<Veil> {
        let step = sample.len().div_ceil(MOST_PIXELS).max(1);
        let chosen: Vec<usize> = (0..sample.len()).step_by(step).collect();
        let extent = |of: fn(&[u32; 2]) -> u32| {
            let values = sample.at.iter().map(of);
            let (low, high) = (f64::from(values.clone().min()?), f64::from(values.max()?));
            Some(((low + high) / 2.0, ((high - low) / 2.0).max(1.0)))
        };
        let ((row, height), (col, width)) = (extent(|p| p[0])?, extent(|p| p[1])?);
        let place = |i: &usize| {
            let [r, c] = sample.at[*i];
            ((f64::from(c) - col) / width, (f64::from(r) - row) / height)
        };
        let (x, y): (Vec<f64>, Vec<f64>) = chosen.iter().map(place).unzip();
        let mut out = Veil {
            middle: [row, col],
            half: [height, width],
            gain: Vec::new(),
            offset: Vec::new(),
            spread_ratio: f64::INFINITY,
        };
        let bands: Vec<Thinned> =
            sample.before.iter().zip(&sample.after).map(|(b, a)| Thinned::of(&chosen, b, a)).collect();
        let one = vec![1.0; chosen.len()];
        let mut even = Vec::new();
        for band in &bands {
            let (e, spread) = robust_regression([&one, &band.unit], &band.target)?;
            let left: Vec<f64> = band.target.iter().zip(&band.unit).map(|(t, u)| t - e[0] - e[1] * u).collect();
            even.push((spread, explained(&left, &x, &y).is_some_and(|share| share >= LEAST_EXPLAINED)));
        }
        // Without a band that shows a veil there is none, whatever slants.
        if even.iter().all(|(_, shows)| !shows) {
            return None;
        }
        for (band, (even, shows)) in bands.iter().zip(even) {
            let times = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f64>>();
            let (ux, uy) = (times(&band.unit, &x), times(&band.unit, &y));
            let (k, slanting) = robust_regression([&one, &x, &y, &band.unit, &ux, &uy], &band.target)?;
            if shows {
                out.spread_ratio = out.spread_ratio.min(slanting / even);
            }
            // Relative to the middle, in units of the later image: gain 1 and offset 0 there.
            let gain = [1.0, k[4] / k[3], k[5] / k[3]];
            let rise = |j: usize| k[j] * band.moments.sd / k[3] - band.moments.mean * gain[j];
            out.offset.push([0.0, rise(1), rise(2)]);
            out.gain.push(gain);
        }
        let sound = out.gain.iter().chain(&out.offset).flatten().all(|v| v.is_finite());
        // A veil hides at most part of the ground everywhere: gains stay positive.
        let positive = out.gain.iter().all(|g| g[1].abs() + g[2].abs() < 1.0);
        (sound && positive && out.spread_ratio <= params.veil_max_spread_ratio).then_some(out)
    }

    /// Takes the veil off the later image's sample.
    pub(super) fn lift_sample(&self, sample: &mut PairSample) {
        for (k, values) in sample.after.iter_mut().enumerate() {
            for (v, [row, col]) in values.iter_mut().zip(&sample.at) {
                *v = self.even(k, f64::from(*row), f64::from(*col), *v);
            }
        }
    }

    /// Value `value` of band `k` at a place of the working grid, without the veil.
    fn even(&self, k: usize, row: f64, col: f64, value: f64) -> f64 {
        let (x, y) = ((col - self.middle[1]) / self.half[1], (row - self.middle[0]) / self.half[0]);
        let at = |plane: &Plane| plane[0] + plane[1] * x + plane[2] * y;
        at(&self.gain[k]) * value + at(&self.offset[k])
    }

    /// Takes the veil off the later image in a window of the working grid.
    pub fn lift(&self, window: Window, after: &mut Pixels) {
        for (k, mut band) in after.bands.axis_iter_mut(Axis(0)).enumerate() {
            for ((i, j), v) in band.indexed_iter_mut() {
                let (row, col) = ((window.row + i as i64) as f64, (window.col + j as i64) as f64);
                *v = self.even(k, row, col, f64::from(*v)) as f32;
            }
        }
    }
}
