//! Sums over a sample, in a fixed order that lets one instruction serve several pixels.

use nalgebra::{DMatrix, DVector};

/// Running sums.
const SUMS: usize = 8;

/// Sum of `of` over the rows of columns of one length.
#[inline(always)]
pub(super) fn sum<const N: usize>(columns: [&[f64]; N], of: impl Fn([f64; N]) -> f64) -> f64 {
    let parts = columns.map(|c| c.as_chunks::<SUMS>());
    let mut sums = [0.0f64; SUMS];
    let chunks = parts.iter().map(|p| p.0.len()).min().unwrap_or(0);
    let chunked = parts.map(|p| &p.0[..chunks]);
    for k in 0..chunks {
        let rows = chunked.map(|c| &c[k]);
        for l in 0..SUMS {
            sums[l] += of(rows.map(|r| r[l]));
        }
    }
    let rest = parts.iter().map(|p| p.1.len()).min().unwrap_or(0);
    sums.iter().sum::<f64>() + (0..rest).map(|i| of(parts.map(|p| p.1[i]))).sum::<f64>()
}

/// Weighted sums over blocks of `N` pixels, a multiple of [`SUMS`]: of the weights, of each value, and of the products of values
/// `[i][j <= i]`.
pub(crate) struct WeightedSums {
    dims: usize,
    sums: Vec<[f64; SUMS]>,
}

fn fold(sum: &mut [f64; SUMS], lanes: &[f64]) {
    for part in lanes.as_chunks::<SUMS>().0 {
        (0..SUMS).for_each(|l| sum[l] += part[l]);
    }
}

impl WeightedSums {
    /// Of nothing yet.
    pub(crate) fn new(dims: usize) -> WeightedSums {
        WeightedSums { dims, sums: vec![[0.0; SUMS]; 1 + dims + dims * (dims + 1) / 2] }
    }

    /// Adds a block: a weight per pixel, and each value of every pixel.
    #[inline(always)]
    pub(crate) fn add<const N: usize>(&mut self, weights: &[f64; N], values: &[[f64; N]]) {
        let (first, products) = self.sums.split_at_mut(1 + values.len());
        fold(&mut first[0], weights);
        let mut products = products.iter_mut();
        let mut weighted = [0.0f64; N];
        for (i, v) in values.iter().enumerate() {
            (0..N).for_each(|l| weighted[l] = weights[l] * v[l]);
            fold(&mut first[1 + i], &weighted);
            for (other, sum) in values[..=i].iter().zip(&mut products) {
                let (w, o) = (weighted.as_chunks::<SUMS>().0, other.as_chunks::<SUMS>().0);
                for (w, o) in w.iter().zip(o) {
                    (0..SUMS).for_each(|l| sum[l] += w[l] * o[l]);
                }
            }
        }
    }

    fn sum(&self, k: usize) -> f64 {
        self.sums[k].iter().sum()
    }

    /// Sum of the weights.
    pub(crate) fn total(&self) -> f64 {
        self.sum(0)
    }

    /// Weighted mean and covariance; not numbers without weight.
    pub(crate) fn moments(&self) -> (DVector<f64>, DMatrix<f64>) {
        let (dims, total) = (self.dims, self.total());
        let mean = DVector::from_fn(dims, |i, _| self.sum(1 + i) / total);
        let mut covariance = DMatrix::zeros(dims, dims);
        let mut at = 1 + dims;
        for i in 0..dims {
            for j in 0..=i {
                let value = self.sum(at) / total - mean[i] * mean[j];
                (covariance[(i, j)], covariance[(j, i)]) = (value, value);
                at += 1;
            }
        }
        (mean, covariance)
    }
}
