//! Iteratively re-weighted multivariate alteration detection.
//!
//! Canonical correlation analysis finds the pairs of band combinations of the two dates that agree best; the differences of
//! the pairs (MAD variates), each over its own variance, sum to a chi-square distance. Pixels far out are changed; weighting
//! every pixel by the chance that an unchanged one would be as far out, and repeating, leaves the no-change background.
//!
//! # Source
//! A. Nielsen 2007, "The regularized iteratively reweighted MAD method for change detection in multi- and hyperspectral data",
//! IEEE TIP 16(2), eqs. 1-9.

use super::{NormaliseParams, PairSample};
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use serde::Serialize;

/// Result of the iteration.
#[derive(Clone, Debug)]
pub struct Irmad {
    /// Canonical correlations at stop, ascending.
    pub correlations: Vec<f64>,
    /// No-change probability per sampled pixel, 0-1.
    pub weights: Vec<f64>,
    /// Iterations made.
    pub iterations: usize,
    /// `true` when the correlations had settled.
    pub converged: bool,
    /// What the last iteration measures a pixel with.
    pub variates: Variates,
}

/// The MAD variates as linear maps: variate `k` of a pixel is `before[k] . b - after[k] . a + offset[k]`, of unit variance where
/// nothing changed; their length is the IR-MAD distance (square root of the chi-square variable).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variates {
    /// Weights of the earlier image's bands, one row per variate.
    pub before: Vec<Vec<f64>>,
    /// Weights of the later image's bands.
    pub after: Vec<Vec<f64>>,
    /// Constants.
    pub offset: Vec<f64>,
}

impl Variates {
    fn of(c: &Canonical, means: &DVector<f64>) -> Variates {
        let bands = c.correlations.len();
        let (mut before, mut after, mut offset) = (Vec::new(), Vec::new(), Vec::new());
        for (k, correlation) in c.correlations.iter().enumerate() {
            let scale = 1.0 / (2.0 * (1.0 - correlation)).max(LEAST_VARIANCE).sqrt();
            let row = |m: &DMatrix<f64>| (0..bands).map(|i| m[(i, k)] * scale).collect::<Vec<f64>>();
            let (b, a) = (row(&c.before), row(&c.after));
            let at_mean = |w: &[f64], from: usize| w.iter().enumerate().map(|(i, w)| w * means[from + i]).sum::<f64>();
            offset.push(at_mean(&a, bands) - at_mean(&b, 0));
            before.push(b);
            after.push(a);
        }
        Variates { before, after, offset }
    }

    /// Chi-square distance of a pixel: the sum of its squared variates.
    ///
    /// # Shapes
    /// `pixel` holds the bands of the earlier date, then those of the later one.
    pub fn chi_square(&self, pixel: &[f64]) -> f64 {
        let (b, a) = pixel.split_at(pixel.len() / 2);
        let dot = |w: &[f64], v: &[f64]| w.iter().zip(v).map(|(w, v)| w * v).sum::<f64>();
        let variates = self.before.iter().zip(&self.after).zip(&self.offset);
        variates.map(|((wb, wa), o)| (dot(wb, b) - dot(wa, a) + o).powi(2)).sum()
    }
}

/// Share of the mean variance added to every variance: keeps constant or collinear bands solvable without moving others.
const RIDGE: f64 = 1e-10;
/// Least variance of a MAD variate of unit-variance partners; reached only when the images are copies.
const LEAST_VARIANCE: f64 = 1e-9;

struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

fn moments(all: &[&[f64]], weights: &[f64]) -> Option<Moments> {
    let dims = all.len();
    let total: f64 = weights.iter().sum();
    if total <= dims as f64 {
        return None;
    }
    let mean = DVector::from_iterator(
        dims,
        all.iter().map(|v| v.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() / total),
    );
    let mut covariance = DMatrix::zeros(dims, dims);
    for i in 0..dims {
        for j in 0..=i {
            let (mi, mj) = (mean[i], mean[j]);
            let sum: f64 = all[i].iter().zip(all[j]).zip(weights).map(|((x, y), w)| w * (x - mi) * (y - mj)).sum();
            covariance[(i, j)] = sum / total;
            covariance[(j, i)] = sum / total;
        }
    }
    let ridge = RIDGE * (covariance.trace() / dims as f64).max(f64::MIN_POSITIVE);
    (0..dims).for_each(|i| covariance[(i, i)] += ridge);
    Some(Moments { mean, covariance })
}

/// Canonical vectors of both sides (columns) and correlations, ascending.
struct Canonical {
    before: DMatrix<f64>,
    after: DMatrix<f64>,
    correlations: Vec<f64>,
}

fn canonical(covariance: &DMatrix<f64>, bands: usize) -> Option<Canonical> {
    let sxx = covariance.view((0, 0), (bands, bands)).into_owned();
    let syy = covariance.view((bands, bands), (bands, bands)).into_owned();
    let sxy = covariance.view((0, bands), (bands, bands)).into_owned();
    let lower = sxx.cholesky()?.l();
    let syy_solved = syy.clone().cholesky()?.solve(&sxy.transpose());
    let half = lower.solve_lower_triangular(&sxy)?;
    let right = lower.solve_lower_triangular(&syy_solved.transpose())?;
    let product = &half * right.transpose();
    let symmetric = (&product + product.transpose()) * 0.5;
    let eigen = SymmetricEigen::new(symmetric);
    let mut order: Vec<usize> = (0..bands).collect();
    order.sort_by(|&i, &j| eigen.eigenvalues[i].total_cmp(&eigen.eigenvalues[j]));
    let (mut before, mut after) = (DMatrix::zeros(bands, bands), DMatrix::zeros(bands, bands));
    let mut correlations = Vec::with_capacity(bands);
    for (k, &i) in order.iter().enumerate() {
        let a = lower.transpose().solve_upper_triangular(&eigen.eigenvectors.column(i).into_owned())?;
        let b = &syy_solved * &a;
        let size = (b.transpose() * &syy * &b)[(0, 0)].max(0.0).sqrt();
        correlations.push(eigen.eigenvalues[i].clamp(0.0, 1.0).sqrt());
        before.set_column(k, &a);
        after.set_column(k, &(if size > 0.0 { b / size } else { b }));
    }
    Some(Canonical { before, after, correlations })
}

/// Chance that a chi-square variable with `degrees` degrees of freedom exceeds `x`.
///
/// Q(1) = erfc(sqrt(x/2)), Q(2) = exp(-x/2), Q(k+2) = Q(k) + (x/2)^(k/2) exp(-x/2) / Gamma(k/2 + 1)
/// (Abramowitz and Stegun 1964, 26.4.4-5).
pub(super) fn chi_square_survival(x: f64, degrees: usize) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let half = x / 2.0;
    let (mut k, mut q, mut term) = if degrees.is_multiple_of(2) {
        (2, (-half).exp(), half * (-half).exp())
    } else {
        (1, libm::erfc(half.sqrt()), (2.0 * x / std::f64::consts::PI).sqrt() * (-half).exp())
    };
    while k < degrees {
        q += term;
        k += 2;
        term *= half / (k as f64 / 2.0);
    }
    q.min(1.0)
}

/// Runs the iteration on a sample; `None` when there are fewer pixels than unknowns.
///
/// # Cost
/// Iterations x pixels x bands^2; 400,000 pixels of four bands take about 0.05 s an iteration.
pub fn irmad(sample: &PairSample, params: &NormaliseParams) -> Option<Irmad> {
    let bands = sample.before.len();
    let all: Vec<&[f64]> = sample.before.iter().chain(&sample.after).map(Vec::as_slice).collect();
    let mut weights = vec![1.0; sample.len()];
    let mut last: Option<Irmad> = None;
    for iteration in 1..=params.max_iterations.max(1) {
        // Weights that leave too few pixels to go on with end the iteration where it is.
        let step = moments(&all, &weights).and_then(|m| Some((canonical(&m.covariance, bands)?, m.mean)));
        let Some((c, mean)) = step else { break };
        let variates = Variates::of(&c, &mean);
        let mut pixel = vec![0.0; 2 * bands];
        for (n, weight) in weights.iter_mut().enumerate() {
            pixel.iter_mut().zip(&all).for_each(|(p, v)| *p = v[n]);
            *weight = chi_square_survival(variates.chi_square(&pixel), bands);
        }
        let correlations = c.correlations;
        let moved = last.as_ref().map_or(f64::INFINITY, |l| {
            l.correlations.iter().zip(&correlations).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        });
        let converged = moved < params.tolerance;
        last = Some(Irmad { correlations, weights: weights.clone(), iterations: iteration, converged, variates });
        if converged {
            break;
        }
    }
    last
}
