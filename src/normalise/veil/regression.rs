//! Robust regression of one date on the other: much of a scene may have changed.
//!
//! # Source
//! A. Beaton, J. Tukey 1974, "The fitting of power series, meaning polynomials", Technometrics 16(2) (biweight); P. Holland,
//! R. Welsch 1977, "Robust regression using iteratively reweighted least-squares", Communications in Statistics A6(9).

use crate::align::biweight;
use nalgebra::{DMatrix, DVector};

/// Weights: Huber's while the fit settles, then the biweight.
const HUBER_STEPS: usize = 8;
const STEPS: usize = 25;
const HUBER: f64 = 1.5;
const BIWEIGHT: f64 = 4.685;
/// Standard deviation of a Gaussian over its median absolute deviation.
const FROM_MAD: f64 = 1.4826;

/// Pixels taken together.
const BLOCK: usize = 64;
const SUMS: usize = 8;
type Lanes = [f64; BLOCK];

/// Robust regression on `columns`: coefficients and spread (scaled median absolute deviation); `None` where the columns do not
/// determine it.
pub(super) fn robust_regression<const K: usize>(columns: [&[f64]; K], target: &[f64]) -> Option<([f64; K], f64)> {
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
