//! How far a spectrum is from all natural ground of its date.

use super::features::octaves;
use super::mean::MeanRow;
use super::reference::Reference;
use crate::raster::{MOST_BANDS, stretches, wide_fn};
use ndarray::{ArrayView1, ArrayViewMut1};

/// Pixels whose distance is computed at once.
pub(super) const LANES: usize = 16;
pub(super) type Lanes = [f32; LANES];

wide_fn!(fn distances_3(natural: &NaturalGround, values: &[Lanes]) -> Lanes = NaturalGround::distance::<3>);
wide_fn!(fn distances_4(natural: &NaturalGround, values: &[Lanes]) -> Lanes = NaturalGround::distance::<4>);
wide_fn!(fn distances_many(natural: &NaturalGround, values: &[Lanes]) -> Lanes = NaturalGround::distance::<MOST_BANDS>);

/// Distances from natural ground; compiled for the usual numbers of bands.
pub(super) fn distances(natural: &NaturalGround, values: &[Lanes]) -> Lanes {
    match values.len() {
        3 => distances_3(natural, values),
        4 => distances_4(natural, values),
        _ => distances_many(natural, values),
    }
}

/// Natural ground laid out for many pixels at once.
pub(super) struct NaturalGround {
    /// Per Gaussian the mean, and the rows of the lower triangle that whitens.
    gaussians: Vec<(Vec<f32>, Vec<f32>)>,
}

impl NaturalGround {
    pub(super) fn new(reference: &Reference) -> NaturalGround {
        let single = |(mean, white): (&nalgebra::DVector<f64>, &nalgebra::DMatrix<f64>)| {
            let n = mean.len();
            let lower = (0..n).flat_map(|i| (0..=i).map(move |j| white[(i, j)] as f32)).collect();
            (mean.iter().map(|v| *v as f32).collect(), lower)
        };
        NaturalGround { gaussians: reference.gaussians().map(single).collect() }
    }

    /// Distance from the nearest natural ground, in that ground's standard deviations (Mahalanobis 1936).
    #[inline(always)]
    fn distance<const MOST: usize>(&self, values: &[Lanes]) -> Lanes {
        let mut nearest = [f32::INFINITY; LANES];
        let mut d = [[0.0f32; LANES]; MOST];
        for (mean, white) in &self.gaussians {
            let mut sum = [0.0f32; LANES];
            let mut weights = white.iter();
            for (i, m) in mean.iter().enumerate().take(MOST) {
                for l in 0..LANES {
                    d[i][l] = values[i][l] - m;
                }
                let mut z = [0.0f32; LANES];
                for (d, w) in d[..=i].iter().zip(weights.by_ref()) {
                    for l in 0..LANES {
                        z[l] += w * d[l];
                    }
                }
                for l in 0..LANES {
                    sum[l] += z[l] * z[l];
                }
            }
            for l in 0..LANES {
                nearest[l] = if sum[l] < nearest[l] { sum[l] } else { nearest[l] };
            }
        }
        nearest.map(f32::sqrt)
    }

    /// Distances of the wanted pixels of a row as codes: twelfths of a 512th of an octave over one standard deviation.
    pub(super) fn codes(&self, means: &MeanRow, wanted: ArrayView1<bool>, mut out: ArrayViewMut1<u8>) {
        let Some(wanted) = wanted.to_slice() else { return };
        let mut values = vec![[0.0f32; LANES]; means.bands()];
        stretches(wanted, false, |start, end| {
            for first in (start..end).step_by(LANES) {
                let count = LANES.min(end - first);
                for (k, lanes) in values.iter_mut().enumerate() {
                    (0..count).for_each(|l| lanes[l] = means.at(k, first + l));
                }
                let found = distances(self, &values);
                (0..count).for_each(|l| out[first + l] = (octaves(1.0 + found[l]) / 12).clamp(0, 255) as u8);
            }
        });
    }
}
