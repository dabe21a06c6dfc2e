//! Iteratively re-weighted multivariate alteration detection.
//!
//! Canonical correlation analysis finds the pairs of band combinations of the two dates that agree best; the differences of
//! the pairs (MAD variates), each over its own variance, sum to a chi-square distance. Pixels far out are changed; weighting
//! every pixel by the chance that an unchanged one would be as far out, and repeating, leaves the no-change background.
//!
//! # Source
//! A. Nielsen 2007, "The regularized iteratively reweighted MAD method for change detection in multi- and hyperspectral data",
//! IEEE TIP 16(2), eqs. 1-9.

use super::sums::{WeightedSums, sum};
use super::survival::Survival;
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

/// One of [`Variates`].
struct Variate<'a> {
    before: &'a [f64],
    after: &'a [f64],
    offset: f64,
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

    fn each(&self) -> impl Iterator<Item = Variate<'_>> {
        let weights = self.before.iter().zip(&self.after);
        weights.zip(&self.offset).map(|((before, after), offset)| Variate { before, after, offset: *offset })
    }

    /// Chi-square distance of every sampled pixel.
    pub(super) fn chi_squares(&self, sample: &PairSample) -> Vec<f64> {
        let mut squares = vec![0.0; sample.len()];
        let mut one = [0.0f64; BLOCK];
        for (block, squares) in squares.chunks_mut(BLOCK).enumerate() {
            let (from, to) = (block * BLOCK, block * BLOCK + squares.len());
            for v in self.each() {
                one.fill(v.offset);
                let bands = sample.before.iter().zip(&sample.after).zip(v.before.iter().zip(v.after));
                for ((b, a), (wb, wa)) in bands {
                    let pixels = b[from..to].iter().zip(&a[from..to]);
                    one.iter_mut().zip(pixels).for_each(|(o, (b, a))| *o += wb * b - wa * a);
                }
                squares.iter_mut().zip(&one).for_each(|(s, o)| *s += o * o);
            }
        }
        squares
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

/// Pixels of a block.
const BLOCK: usize = 64;

/// The sample about its means, in single precision (whole numbers stay whole): `[block][band of both dates][pixel]`, the last block
/// filled up with zeros.
struct Centred {
    middle: Vec<f64>,
    blocks: Vec<[f32; BLOCK]>,
}

impl Centred {
    fn of(all: &[&[f64]]) -> Centred {
        let (dims, n) = (all.len(), all[0].len());
        let middle: Vec<f64> = all.iter().map(|v| (sum([v], |[x]| x) / n.max(1) as f64).round()).collect();
        let mut blocks = vec![[0.0f32; BLOCK]; n.div_ceil(BLOCK) * dims];
        for (k, (values, m)) in all.iter().zip(&middle).enumerate() {
            for (b, part) in values.chunks(BLOCK).enumerate() {
                blocks[b * dims + k].iter_mut().zip(part).for_each(|(to, v)| *to = (v - m) as f32);
            }
        }
        Centred { middle, blocks }
    }
}

/// Mean, about the middle of the sample, and covariance; `None` of too few pixels.
fn moments(sums: &WeightedSums, dims: usize) -> Option<Moments> {
    let total = sums.total();
    if total.is_nan() || total <= dims as f64 {
        return None;
    }
    let (mean, mut covariance) = sums.moments();
    let ridge = RIDGE * (covariance.trace() / dims as f64).max(f64::MIN_POSITIVE);
    (0..dims).for_each(|i| covariance[(i, i)] += ridge);
    Some(Moments { mean, covariance })
}

struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

/// No-change probability of every pixel by `variates` about the middle (1 without any), and the sums weighted with it.
fn weigh(centred: &Centred, variates: Option<&Variates>, survival: &Survival, weights: &mut [f64]) -> WeightedSums {
    let dims = centred.middle.len();
    let mut sums = WeightedSums::new(dims);
    let mut values = vec![[0.0f64; BLOCK]; dims];
    for (block, weights) in centred.blocks.chunks_exact(dims).zip(weights.chunks_mut(BLOCK)) {
        for (to, from) in values.iter_mut().zip(block) {
            (0..BLOCK).for_each(|l| to[l] = f64::from(from[l]));
        }
        let mut roots = [0.0f64; BLOCK];
        for v in variates.iter().flat_map(|v| v.each()) {
            let mut one = [v.offset; BLOCK];
            for ((b, a), (wb, wa)) in
                values[..dims / 2].iter().zip(&values[dims / 2..]).zip(v.before.iter().zip(v.after))
            {
                (0..BLOCK).for_each(|l| one[l] += wb * b[l] - wa * a[l]);
            }
            (0..BLOCK).for_each(|l| roots[l] += one[l] * one[l]);
        }
        (0..BLOCK).for_each(|l| roots[l] = roots[l].sqrt());
        let mut these = [0.0f64; BLOCK];
        for (l, weight) in weights.iter_mut().enumerate() {
            *weight = survival.of_root(roots[l]);
            these[l] = *weight;
        }
        sums.add(&these, &values);
    }
    sums
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

/// Runs the iteration on a sample; `None` when there are fewer pixels than unknowns.
///
/// # Cost
/// Iterations x pixels x bands^2; 400,000 pixels of four bands take about 8 ms an iteration.
pub fn irmad(sample: &PairSample, params: &NormaliseParams) -> Option<Irmad> {
    let bands = sample.before.len();
    let all: Vec<&[f64]> = sample.before.iter().chain(&sample.after).map(Vec::as_slice).collect();
    if sample.is_empty() {
        return None;
    }
    let centred = Centred::of(&all);
    let survival = Survival::new(bands);
    let mut weights = vec![1.0; sample.len()];
    let mut sums = weigh(&centred, None, &survival, &mut weights);
    let mut last: Option<Irmad> = None;
    for iteration in 1..=params.max_iterations.max(1) {
        // Weights that leave too few pixels to go on with end the iteration where it is.
        let step = moments(&sums, 2 * bands).and_then(|m| Some((canonical(&m.covariance, bands)?, m.mean)));
        let Some((c, mean)) = step else { break };
        sums = weigh(&centred, Some(&Variates::of(&c, &mean)), &survival, &mut weights);
        let mean = DVector::from_fn(2 * bands, |k, _| mean[k] + centred.middle[k]);
        let variates = Variates::of(&c, &mean);
        let correlations = c.correlations;
        let moved = last.as_ref().map_or(f64::INFINITY, |l| {
            l.correlations.iter().zip(&correlations).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        });
        let converged = moved < params.tolerance;
        last = Some(Irmad { correlations, weights: Vec::new(), iterations: iteration, converged, variates });
        if converged {
            break;
        }
    }
    last.map(|l| Irmad { weights, ..l })
}
