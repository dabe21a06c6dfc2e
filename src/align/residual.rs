//! What misregistration is left at a place, after whatever was corrected.
//!
//! Every tie tile measured on the corrected pair is a sample of the residual. At a place it is the length of
//!
//! ```text
//! residual^2 = |m|^2 + s^2 + u^2 * max(0, distance / reach - 1)
//! ```
//!
//! with `m` the weighted mean of the residual vectors around (Gaussian of the distance, spread `reach`), `s` their scatter
//! about it (drawn towards the scatter of the whole image by one tile's weight), `u` the scatter of the whole image, and
//! `distance` that to the nearest tile: where no tile could be measured, the residual is less known the further one goes.
//! The scatter holds the tiles' own measurement error (0.05 px on Landsat), so the value is an upper estimate rather than a
//! lower one.

use super::model::strength_weight;
use super::robust::quantile;
use super::{ShiftField, TiePlan, TieTile};
use serde::Serialize;

/// Nodes per axis at which the formula is computed; in between it is interpolated, so that it can be asked per pixel.
const NODES: usize = 33;
/// Scatter that a single tile is credited with, pixels.
const LEAST_SCATTER_PX: f64 = 0.05;

/// Residual misregistration over the working grid.
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualField {
    step: (f64, f64),
    values: Vec<f64>,
    size: (f64, f64),
}

/// The residual in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResidualSummary {
    /// Median over the working grid, pixels.
    pub median_px: f64,
    /// 90 % of the working grid have at most this, pixels.
    pub p90_px: f64,
    /// Greatest, pixels.
    pub max_px: f64,
    /// By ninths of the working grid, three rows of three from the top left, pixels (mean of the ninth).
    pub ninths_px: [[f64; 3]; 3],
}

impl ResidualField {
    /// From the shift measured on the corrected pair; `None` where it is not resolved, which is not "no residual".
    pub fn of(left: &ShiftField, plan: &TiePlan, rows: usize, cols: usize) -> Option<ResidualField> {
        let ties: Vec<TieTile> = left.ties.iter().filter(|t| t.used).copied().collect();
        if !left.global.resolved || ties.is_empty() {
            return None;
        }
        let reach = plan.spacing_px.max(plan.side as f64 / 2.0);
        let scatter = scatter(&ties);
        let size = (rows as f64, cols as f64);
        let step = (size.0 / (NODES - 1) as f64, size.1 / (NODES - 1) as f64);
        let place = |k: usize| ((k / NODES) as f64 * step.0, (k % NODES) as f64 * step.1);
        let values = (0..NODES * NODES).map(|k| residual(&ties, place(k), reach, scatter)).collect();
        Some(ResidualField { step, values, size })
    }

    /// Residual at a position of the working grid, pixels. Positions beyond the grid have that of its border.
    ///
    /// # Cost
    /// Four look-ups, whatever the number of tie tiles.
    pub fn at(&self, row: f64, col: f64) -> f64 {
        let axis = |at: f64, step: f64| {
            let t = (at / step).clamp(0.0, (NODES - 1) as f64);
            let first = (t.floor() as usize).min(NODES - 2);
            (first, t - first as f64)
        };
        let ((i, u), (j, v)) = (axis(row, self.step.0), axis(col, self.step.1));
        let node = |a: usize, b: usize| self.values[(i + a) * NODES + j + b];
        (1.0 - u) * ((1.0 - v) * node(0, 0) + v * node(0, 1)) + u * ((1.0 - v) * node(1, 0) + v * node(1, 1))
    }

    /// The greatest residual of some places; `None` of no place.
    pub fn worst(&self, places: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
        places.map(|(row, col)| self.at(row, col)).reduce(f64::max)
    }

    /// The residual in figures.
    pub fn summary(&self) -> ResidualSummary {
        let mut all = self.values.clone();
        // Ninths by their own sample, so that each has the same number of places.
        let ninth = |k: usize, l: usize| {
            const SIDE: usize = 8;
            let at = |k: usize, i: usize, size: f64| (k as f64 + (i as f64 + 0.5) / SIDE as f64) * size / 3.0;
            let sum: f64 =
                (0..SIDE * SIDE).map(|n| self.at(at(k, n / SIDE, self.size.0), at(l, n % SIDE, self.size.1))).sum();
            sum / (SIDE * SIDE) as f64
        };
        ResidualSummary {
            median_px: quantile(&mut all, 0.5),
            p90_px: quantile(&mut all, 0.9),
            max_px: quantile(&mut all, 1.0),
            ninths_px: std::array::from_fn(|k| std::array::from_fn(|l| ninth(k, l))),
        }
    }
}

/// Weighted scatter of the tiles about their common mean, pixels.
fn scatter(ties: &[TieTile]) -> f64 {
    let total: f64 = ties.iter().map(strength_weight).sum::<f64>().max(1e-12);
    let mean = |of: fn(&TieTile) -> f64| ties.iter().map(|t| of(t) * strength_weight(t)).sum::<f64>() / total;
    let (r, c) = (mean(|t| t.d_row), mean(|t| t.d_col));
    let off = |t: &TieTile| strength_weight(t) * ((t.d_row - r).powi(2) + (t.d_col - c).powi(2));
    (ties.iter().map(off).sum::<f64>() / total).sqrt().max(LEAST_SCATTER_PX)
}

fn residual(ties: &[TieTile], (row, col): (f64, f64), reach: f64, scatter: f64) -> f64 {
    let squared = |t: &TieTile| (t.row - row).powi(2) + (t.col - col).powi(2);
    let nearest = ties.iter().map(squared).fold(f64::INFINITY, f64::min);
    // Measured from the nearest tile, so that far away from all of them the weights do not vanish together.
    let weights: Vec<f64> =
        ties.iter().map(|t| strength_weight(t) * (-(squared(t) - nearest) / (2.0 * reach * reach)).exp()).collect();
    let total: f64 = weights.iter().sum::<f64>().max(1e-12);
    let mean = |of: fn(&TieTile) -> f64| ties.iter().zip(&weights).map(|(t, w)| of(t) * w).sum::<f64>() / total;
    let (r, c) = (mean(|t| t.d_row), mean(|t| t.d_col));
    let off = |t: &TieTile| (t.d_row - r).powi(2) + (t.d_col - c).powi(2);
    let local: f64 = ties.iter().zip(&weights).map(|(t, w)| w * off(t)).sum();
    let one = weights.iter().copied().fold(0.0, f64::max);
    let spread = (local + one * scatter * scatter) / (total + one);
    let far = (nearest.sqrt() / reach - 1.0).max(0.0);
    (r * r + c * c + spread + scatter * scatter * far).sqrt()
}

/// Residuals up to this are as good as none, pixels: they are not corrected either (`align.leave-alone-px`).
const HARMLESS_PX: f64 = 0.25;

/// Part of a finding's confidence that misregistration leaves.
///
/// ```text
/// width / (width + max(0, residual - 0.25))
/// ```
///
/// Ground that is off by `residual` pixels changes a rim that wide along every edge; against a parcel of the mean width
/// `width` (pixels) the rim weighs as much as the parcel when both are alike, and half the confidence is left.
pub fn trust(residual_px: f64, width_px: f64) -> f64 {
    let width = width_px.max(1.0);
    width / (width + (residual_px - HARMLESS_PX).max(0.0))
}
