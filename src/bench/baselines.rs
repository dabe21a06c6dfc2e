//! What most scripts do, to stand beside ours in the same table.
//!
//! In: a pair on one grid, as the files say it lies, without correcting any shift. Out: a score per pixel and a mask.

use crate::change::joint_quality;
use crate::grid::{Window, sample_stride};
use crate::normalise::{Moments, NormaliseParams, PairSample, irmad};
use crate::raster::Pixels;
use ndarray::{Array2, Zip};

/// Bins of Otsu's histogram.
const BINS: usize = 512;

/// Score of a baseline: 0 and not valid where either date was not seen.
pub struct BaselineScore {
    /// Score, larger is more changed.
    pub score: Array2<f32>,
    /// Seen at both dates.
    pub valid: Array2<bool>,
}

fn valid(before: &Pixels, after: &Pixels) -> Array2<bool> {
    joint_quality(before, after).mapv(|q| q.is_valid())
}

/// Change vector length after bringing every band of each date to mean 0 and standard deviation 1 over the valid pixels.
pub fn cva_z_score(before: &Pixels, after: &Pixels) -> BaselineScore {
    let valid = valid(before, after);
    let mut squares = Array2::<f64>::zeros(valid.dim());
    for k in 0..before.bands.dim().0 {
        let planes = [before, after].map(|p| p.bands.index_axis(ndarray::Axis(0), k));
        let [b, a] = planes.map(|plane| {
            let seen: Vec<f64> = plane.iter().zip(&valid).filter(|(_, ok)| **ok).map(|(v, _)| f64::from(*v)).collect();
            let Moments { mean, sd } = Moments::of(&seen);
            (mean, if sd > 0.0 { sd } else { 1.0 })
        });
        Zip::from(&mut squares).and(&planes[0]).and(&planes[1]).for_each(|s, x, y| {
            let d = (f64::from(*x) - b.0) / b.1 - (f64::from(*y) - a.0) / a.1;
            *s += d * d;
        });
    }
    let score = Zip::from(&squares).and(&valid).map_collect(|s, ok| if *ok { s.sqrt() as f32 } else { 0.0 });
    BaselineScore { score, valid }
}

/// Square root of the chi-square distance of IR-MAD at convergence; `None` when there are fewer pixels than unknowns.
///
/// The iteration runs on at most `params.max_sample_px` pixels on a regular grid, the distance is taken of all.
pub fn irmad_distance(before: &Pixels, after: &Pixels, params: &NormaliseParams) -> Option<BaselineScore> {
    let valid = valid(before, after);
    let (rows, cols) = valid.dim();
    let bands = before.bands.dim().0;
    let stride = sample_stride(rows * cols, params.max_sample_px);
    let mut sample = PairSample::new(bands);
    let whole = Window { row: 0, col: 0, rows, cols };
    sample.add_tile(whole, before, after, stride);
    let variates = irmad(&sample, params)?.variates;
    let mut pixel = vec![0.0; 2 * bands];
    let score = Array2::from_shape_fn((rows, cols), |(i, j)| {
        if !valid[(i, j)] {
            return 0.0;
        }
        for k in 0..bands {
            pixel[k] = f64::from(before.bands[(k, i, j)]);
            pixel[bands + k] = f64::from(after.bands[(k, i, j)]);
        }
        variates.chi_square(&pixel).sqrt() as f32
    });
    Some(BaselineScore { score, valid })
}

/// The edge between two of 512 bins that parts their counts into the two classes farthest apart; values above it are changed.
/// `None` without values that differ.
///
/// # Source
/// N. Otsu 1979, "A threshold selection method from gray-level histograms", IEEE Transactions on SMC 9(1).
pub fn otsu(values: &[f32]) -> Option<f64> {
    let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    if !(low < high && (high - low).is_finite()) {
        return None;
    }
    let (low, width) = (f64::from(low), (f64::from(high) - f64::from(low)) / BINS as f64);
    let mut counts = [0u64; BINS];
    for v in values {
        counts[(((f64::from(*v) - low) / width) as usize).min(BINS - 1)] += 1;
    }
    let centre = |k: usize| low + (k as f64 + 0.5) * width;
    let total = values.len() as f64;
    let sum: f64 = counts.iter().enumerate().map(|(k, c)| *c as f64 * centre(k)).sum();
    let (mut n, mut part, mut best) = (0.0, 0.0, (f64::MIN, 0.0));
    for (k, c) in counts.iter().enumerate().take(BINS - 1) {
        n += *c as f64;
        part += *c as f64 * centre(k);
        if n == 0.0 || n == total {
            continue;
        }
        let between = n * (total - n) * (part / n - (sum - part) / (total - n)).powi(2);
        if between > best.0 {
            best = (between, low + (k as f64 + 1.0) * width);
        }
    }
    Some(best.1)
}

impl BaselineScore {
    /// The change map of Otsu's threshold: 0 unchanged, 1 changed, 255 not seen.
    pub fn change(&self) -> Array2<u8> {
        let values: Vec<f32> = self.score.iter().zip(&self.valid).filter(|(_, ok)| **ok).map(|(v, _)| *v).collect();
        let limit = otsu(&values).unwrap_or(f64::INFINITY);
        Zip::from(&self.score).and(&self.valid).map_collect(|v, ok| match ok {
            true => u8::from(f64::from(*v) > limit),
            false => crate::evaluate::NOT_JUDGED,
        })
    }

    /// The score in 65,535 steps, for ranking.
    pub fn steps(&self) -> Array2<u16> {
        let most = self.score.iter().fold(0.0f32, |m, v| m.max(*v)).max(f32::MIN_POSITIVE);
        let last = f64::from(u16::MAX - 1);
        self.score.mapv(|v| (f64::from(v) / f64::from(most) * last).round() as u16)
    }
}
