//! A mixture of Gaussians with full covariances, fitted by expectation maximisation.
//!
//! Deterministic: the start is k-means from equal slices along the first principal axis; sums run in sample order.
//!
//! # Source
//! A. Dempster, N. Laird, D. Rubin 1977, "Maximum likelihood from incomplete data via the EM algorithm".

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// One Gaussian.
#[derive(Clone, Debug)]
pub struct Component {
    /// Share of the sample, 0-1.
    pub weight: f64,
    /// Mean.
    pub mean: DVector<f64>,
    /// Covariance.
    pub covariance: DMatrix<f64>,
}

/// Iterations of k-means and of EM; both settle in fewer on image data.
const KMEANS_ITERATIONS: usize = 12;
const EM_ITERATIONS: usize = 40;
/// EM stops when the mean log-likelihood gains less than this.
const EM_TOLERANCE: f64 = 1e-4;

/// Fits `k` Gaussians to `samples` (each of one length); `floor` is added to every variance. Empty for too few samples.
pub fn fit(samples: &[DVector<f64>], k: usize, floor: f64) -> Vec<Component> {
    let Some(dims) = samples.first().map(|s| s.len()) else { return Vec::new() };
    let k = k.min(samples.len() / (8 * dims)).max(1);
    if samples.len() < 8 * dims {
        return Vec::new();
    }
    let mut components = start(samples, k, floor);
    let mut last = f64::NEG_INFINITY;
    for _ in 0..EM_ITERATIONS {
        let (next, likelihood) = em_step(samples, &components, floor);
        components = next;
        if likelihood - last < EM_TOLERANCE {
            break;
        }
        last = likelihood;
    }
    components
}

fn weighted(samples: &[DVector<f64>], weights: &[f64], floor: f64) -> Option<Component> {
    let dims = samples[0].len();
    let total: f64 = weights.iter().sum();
    if total < dims as f64 {
        return None;
    }
    let mut mean = DVector::zeros(dims);
    for (s, w) in samples.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
        mean.axpy(*w / total, s, 1.0);
    }
    let mut covariance = DMatrix::zeros(dims, dims);
    for (s, w) in samples.iter().zip(weights).filter(|(_, w)| **w > 1e-9) {
        let d = s - &mean;
        covariance.ger(*w / total, &d, &d, 1.0);
    }
    (0..dims).for_each(|i| covariance[(i, i)] += floor);
    Some(Component { weight: total / samples.len() as f64, mean, covariance })
}

fn start(samples: &[DVector<f64>], k: usize, floor: f64) -> Vec<Component> {
    let ones = vec![1.0; samples.len()];
    let Some(all) = weighted(samples, &ones, floor) else { return Vec::new() };
    let eigen = SymmetricEigen::new(all.covariance.clone());
    let axis = eigen.eigenvectors.column(eigen.eigenvalues.imax()).into_owned();
    let mut order: Vec<(f64, usize)> = samples.iter().enumerate().map(|(i, s)| (s.dot(&axis), i)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut of = vec![0usize; samples.len()];
    for (rank, (_, i)) in order.iter().enumerate() {
        of[*i] = rank * k / samples.len();
    }
    // k-means in units of the whole sample's spread, so that no band outweighs another.
    let scale = all.covariance.diagonal().map(|v| 1.0 / v.sqrt());
    for _ in 0..KMEANS_ITERATIONS {
        let mut centres = vec![(DVector::zeros(scale.len()), 0usize); k];
        for (s, &c) in samples.iter().zip(&of) {
            centres[c].0 += s;
            centres[c].1 += 1;
        }
        let centres: Vec<DVector<f64>> =
            centres.into_iter().map(|(sum, n)| if n > 0 { sum / n as f64 } else { all.mean.clone() }).collect();
        for (s, c) in samples.iter().zip(of.iter_mut()) {
            let distance = |m: &DVector<f64>| (s - m).component_mul(&scale).norm_squared();
            let nearest = (0..k).min_by(|&a, &b| distance(&centres[a]).total_cmp(&distance(&centres[b])));
            *c = nearest.unwrap_or(0);
        }
    }
    let share = |c: usize| -> Vec<f64> { of.iter().map(|&o| if o == c { 1.0 } else { 0.0 }).collect() };
    (0..k).filter_map(|c| weighted(samples, &share(c), floor)).collect()
}

/// One Gaussian ready for evaluation: mean, lower Cholesky factor of the covariance, log of weight over normaliser.
struct Prepared {
    mean: DVector<f64>,
    lower: DMatrix<f64>,
    log_scale: f64,
}

fn em_step(samples: &[DVector<f64>], components: &[Component], floor: f64) -> (Vec<Component>, f64) {
    let prepared: Vec<Prepared> = components
        .iter()
        .filter_map(|c| {
            let lower = c.covariance.clone().cholesky()?.unpack();
            let log_det: f64 = lower.diagonal().iter().map(|v| v.ln()).sum();
            Some(Prepared { mean: c.mean.clone(), lower, log_scale: c.weight.ln() - log_det })
        })
        .collect();
    let mut shares = vec![vec![0.0; samples.len()]; prepared.len()];
    let mut likelihood = 0.0;
    for (i, s) in samples.iter().enumerate() {
        let mut top = f64::NEG_INFINITY;
        for (k, p) in prepared.iter().enumerate() {
            let d = s - &p.mean;
            let z = p.lower.solve_lower_triangular(&d).map_or(f64::INFINITY, |z| z.norm_squared());
            shares[k][i] = p.log_scale - 0.5 * z;
            top = top.max(shares[k][i]);
        }
        let sum: f64 = shares.iter().map(|v| (v[i] - top).exp()).sum();
        shares.iter_mut().for_each(|v| v[i] = (v[i] - top).exp() / sum);
        likelihood += top + sum.ln();
    }
    let next = shares.iter().filter_map(|w| weighted(samples, w, floor)).collect();
    (next, likelihood / samples.len() as f64)
}
