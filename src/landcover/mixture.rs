//! A mixture of Gaussians with full covariances, fitted by expectation maximisation.
//!
//! Deterministic: the start is k-means from equal slices along the first principal axis; sums run in a fixed order, over blocks of
//! samples that lie beside each other band by band, so that one instruction serves several samples.
//!
//! # Source
//! A. Dempster, N. Laird, D. Rubin 1977, "Maximum likelihood from incomplete data via the EM algorithm".

use crate::normalise::WeightedSums;
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
/// A block whose samples all have a share of a Gaussian under `exp` of this adds nothing to it.
const NEGLIGIBLE: f64 = -32.0;

/// Samples of a block.
const BLOCK: usize = 32;
type Lanes = [f64; BLOCK];

/// Samples as `[block][band][sample]`; the last block is filled up with zeros.
struct Blocks {
    dims: usize,
    len: usize,
    lanes: Vec<Lanes>,
}

impl Blocks {
    fn of(values: &[Vec<f64>], order: &[usize]) -> Blocks {
        let dims = values.len();
        let mut lanes = vec![[0.0; BLOCK]; order.len().div_ceil(BLOCK) * dims];
        for (n, &i) in order.iter().enumerate() {
            values.iter().enumerate().for_each(|(k, v)| lanes[n / BLOCK * dims + k][n % BLOCK] = v[i]);
        }
        Blocks { dims, len: order.len(), lanes }
    }

    /// Every block, and how many samples are in it.
    fn each(&self) -> impl Iterator<Item = (&[Lanes], usize)> {
        let used = |b: usize| BLOCK.min(self.len - b * BLOCK);
        self.lanes.chunks_exact(self.dims).enumerate().map(move |(b, lanes)| (lanes, used(b)))
    }
}

/// Fits `k` Gaussians to samples `[band][sample]`; `floor` is added to every variance. Empty for too few samples.
pub fn fit(values: &[Vec<f64>], k: usize, floor: f64) -> Vec<Component> {
    let (dims, len) = (values.len(), values.first().map_or(0, Vec::len));
    if dims == 0 || len < 8 * dims {
        return Vec::new();
    }
    let k = k.min(len / (8 * dims)).max(1);
    let of = start(values, k, floor);
    let members = |c: usize| (0..len).filter(|&i| of[i] == c).collect::<Vec<usize>>();
    let mut components: Vec<Component> = (0..k).filter_map(|c| gaussian(values, &members(c), floor)).collect();
    // Neighbours in one block, so that most blocks are out of reach of most Gaussians.
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by_key(|&i| of[i]);
    let blocks = Blocks::of(values, &order);
    let mut last = f64::NEG_INFINITY;
    for _ in 0..EM_ITERATIONS {
        let (next, likelihood) = em_step(&blocks, &components, floor);
        components = next;
        if likelihood - last < EM_TOLERANCE {
            break;
        }
        last = likelihood;
    }
    components
}

/// The Gaussian of some of the samples; `None` of too few.
fn gaussian(values: &[Vec<f64>], members: &[usize], floor: f64) -> Option<Component> {
    let (dims, n) = (values.len(), members.len() as f64);
    if members.len() < dims {
        return None;
    }
    let mean = DVector::from_fn(dims, |k, _| members.iter().map(|&i| values[k][i]).sum::<f64>() / n);
    let mut covariance = DMatrix::zeros(dims, dims);
    for i in 0..dims {
        for j in 0..=i {
            let product = |&m: &usize| (values[i][m] - mean[i]) * (values[j][m] - mean[j]);
            let sum = members.iter().map(product).sum::<f64>() / n;
            (covariance[(i, j)], covariance[(j, i)]) = (sum, sum);
        }
        covariance[(i, i)] += floor;
    }
    Some(Component { weight: n / values[0].len() as f64, mean, covariance })
}

/// The cluster of each sample.
fn start(values: &[Vec<f64>], k: usize, floor: f64) -> Vec<usize> {
    let len = values[0].len();
    let everything: Vec<usize> = (0..len).collect();
    let Some(all) = gaussian(values, &everything, floor) else { return vec![0; len] };
    let eigen = SymmetricEigen::new(all.covariance.clone());
    let axis = eigen.eigenvectors.column(eigen.eigenvalues.imax()).into_owned();
    let along = |i: usize| values.iter().zip(axis.iter()).map(|(v, a)| v[i] * a).sum::<f64>();
    let mut order: Vec<(f64, usize)> = (0..len).map(|i| (along(i), i)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut of = vec![0usize; len];
    for (rank, (_, i)) in order.iter().enumerate() {
        of[*i] = rank * k / len;
    }
    // k-means in units of the whole sample's spread, so that no band outweighs another.
    let scale: Vec<f64> = all.covariance.diagonal().iter().map(|v| 1.0 / v.sqrt()).collect();
    let blocks = Blocks::of(values, &everything);
    for _ in 0..KMEANS_ITERATIONS {
        let mut counts = vec![0usize; k];
        of.iter().for_each(|&c| counts[c] += 1);
        let mut centres = vec![vec![0.0; values.len()]; k];
        for (band, values) in values.iter().enumerate() {
            values.iter().zip(&of).for_each(|(v, &c)| centres[c][band] += v);
        }
        for (centre, n) in centres.iter_mut().zip(&counts) {
            centre.iter_mut().zip(all.mean.iter()).for_each(|(c, m)| *c = if *n > 0 { *c / *n as f64 } else { *m });
        }
        for ((block, used), of) in blocks.each().zip(of.chunks_mut(BLOCK)) {
            let (mut least, mut nearest) = ([f64::INFINITY; BLOCK], [0.0f64; BLOCK]);
            for (c, centre) in centres.iter().enumerate() {
                let mut distance = [0.0f64; BLOCK];
                for ((x, m), s) in block.iter().zip(centre).zip(&scale) {
                    for l in 0..BLOCK {
                        let d = (x[l] - m) * s;
                        distance[l] += d * d;
                    }
                }
                for l in 0..BLOCK {
                    let nearer = distance[l] < least[l];
                    nearest[l] = if nearer { c as f64 } else { nearest[l] };
                    least[l] = if nearer { distance[l] } else { least[l] };
                }
            }
            of.iter_mut().zip(&nearest[..used]).for_each(|(o, c)| *o = *c as usize);
        }
    }
    of
}

/// One Gaussian ready for evaluation: mean, rows of the inverse of the covariance's lower Cholesky factor, log of weight over
/// normaliser.
struct Prepared {
    mean: Vec<f64>,
    whitening: Vec<Vec<f64>>,
    log_scale: f64,
}

impl Prepared {
    fn of(c: &Component) -> Option<Prepared> {
        let lower = c.covariance.clone().cholesky()?.l();
        let log_det: f64 = lower.diagonal().iter().map(|v| v.ln()).sum();
        let inverse = lower.try_inverse()?;
        let row = |i: usize| (0..=i).map(|j| inverse[(i, j)]).collect();
        let whitening = (0..c.mean.len()).map(row).collect();
        Some(Prepared { mean: c.mean.iter().copied().collect(), whitening, log_scale: c.weight.ln() - log_det })
    }

    /// The samples of a block from the mean.
    fn apart(&self, block: &[Lanes], apart: &mut [Lanes]) {
        for ((d, x), m) in apart.iter_mut().zip(block).zip(&self.mean) {
            (0..BLOCK).for_each(|l| d[l] = x[l] - m);
        }
    }

    /// Logarithm of the density, but for what all Gaussians have in common.
    fn log_density(&self, apart: &[Lanes]) -> Lanes {
        let mut squares = [0.0f64; BLOCK];
        for row in &self.whitening {
            let mut z = [0.0f64; BLOCK];
            for (w, d) in row.iter().zip(apart) {
                (0..BLOCK).for_each(|l| z[l] += w * d[l]);
            }
            (0..BLOCK).for_each(|l| squares[l] += z[l] * z[l]);
        }
        squares.map(|s| self.log_scale - 0.5 * s)
    }
}

/// The Gaussian of weighted sums about the mean it had before; `None` of too few samples.
fn component(sums: &WeightedSums, about: &[f64], samples: usize, floor: f64) -> Option<Component> {
    let (dims, total) = (about.len(), sums.total());
    if total < dims as f64 {
        return None;
    }
    let (moved, mut covariance) = sums.moments();
    (0..dims).for_each(|i| covariance[(i, i)] += floor);
    let mean = DVector::from_fn(dims, |i, _| about[i] + moved[i]);
    Some(Component { weight: total / samples as f64, mean, covariance })
}

fn em_step(blocks: &Blocks, components: &[Component], floor: f64) -> (Vec<Component>, f64) {
    let prepared: Vec<Prepared> = components.iter().filter_map(Prepared::of).collect();
    let mut sums: Vec<WeightedSums> = prepared.iter().map(|_| WeightedSums::new(blocks.dims)).collect();
    let mut shares = vec![[0.0f64; BLOCK]; prepared.len()];
    let mut apart = vec![[0.0f64; BLOCK]; blocks.dims];
    let mut likelihood = 0.0;
    for (block, used) in blocks.each() {
        let mut top = [f64::NEG_INFINITY; BLOCK];
        for (share, p) in shares.iter_mut().zip(&prepared) {
            p.apart(block, &mut apart);
            *share = p.log_density(&apart);
            (0..BLOCK).for_each(|l| top[l] = if share[l] > top[l] { share[l] } else { top[l] });
        }
        let mut sum = [0.0f64; BLOCK];
        for share in &mut shares {
            let mut most = f64::NEG_INFINITY;
            for l in 0..BLOCK {
                share[l] -= top[l];
                most = if share[l] > most { share[l] } else { most };
            }
            if most < NEGLIGIBLE {
                share.fill(0.0);
                continue;
            }
            for l in 0..BLOCK {
                share[l] = exp(share[l]);
                sum[l] += share[l];
            }
        }
        let mut part = [0.0f64; BLOCK];
        (0..used).for_each(|l| part[l] = 1.0 / sum[l]);
        for ((share, p), sums) in shares.iter_mut().zip(&prepared).zip(&mut sums) {
            if share.iter().all(|s| *s == 0.0) {
                continue;
            }
            (0..BLOCK).for_each(|l| share[l] *= part[l]);
            p.apart(block, &mut apart);
            sums.add(share, &apart);
        }
        likelihood += (0..used).map(|l| top[l] + sum[l].ln()).sum::<f64>();
    }
    let next = sums.iter().zip(&prepared).filter_map(|(s, p)| component(s, &p.mean, blocks.len, floor)).collect();
    (next, likelihood / blocks.len as f64)
}

/// `exp` of numbers up to 0, to a unit in the last place or two; without branches, so that it is done for several at once.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    /// 1.5 x 2^52: adding it rounds to a whole number, which then stands in the last bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = if x > -700.0 { x } else { -700.0 };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    // Taylor's series to the 12th power: |r| is at most ln 2 / 2.
    let mut sum = 1.0 / 479_001_600.0;
    for over in [39_916_800.0, 3_628_800.0, 362_880.0, 40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0f64] {
        sum = sum * r + 1.0 / over;
    }
    sum * f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits()))
}
