//! Minimum-error threshold.
//!
//! The histogram is taken as two Gaussian classes; the threshold minimises
//! J(t) = 1 + 2 (P1 ln s1 + P2 ln s2) - 2 (P1 ln P1 + P2 ln P2).
//!
//! # Source
//! J. Kittler, J. Illingworth 1986, "Minimum error thresholding", Pattern Recognition 19(1), eq. 15.

use super::{ChangeParams, ScoreHistogram};
use serde::Serialize;

/// The pair's threshold, and whether it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// Scores from here on are changed.
    pub score: f64,
    /// Distance of the two class means over their pooled spread; under 2 the classes are one hump.
    pub separability: f64,
    /// Share of the sampled scene above the threshold, percent.
    pub above_percent: f64,
    /// `true` when no believable threshold exists: then nothing is flagged and the report says so.
    pub refused: bool,
}

/// Finds the threshold of a score histogram.
pub fn kittler_illingworth(histogram: &ScoreHistogram, params: &ChangeParams) -> Threshold {
    let top = histogram.percentile(params.clip_percentile).max(1e-6);
    let bins = params.histogram_bins.max(8);
    let counts = histogram.rebinned(bins, top);
    let total: f64 = counts.iter().map(|&c| c as f64).sum();
    let value = |k: usize| (k as f64 + 0.5) * top / bins as f64;
    let (mut n1, mut sum1, mut sq1) = (0.0, 0.0, 0.0);
    let (sum, sq): (f64, f64) = counts
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |(s, q), (k, &c)| (s + c as f64 * value(k), q + c as f64 * value(k) * value(k)));
    let least = params.min_class_percent / 100.0;
    // Variance of a bin itself: a class of one bin is that wide, not a point.
    let least_variance = (top / bins as f64).powi(2) / 12.0;
    let mut best: Option<(f64, usize, f64)> = None;
    for (k, &c) in counts.iter().enumerate().take(bins - 1) {
        n1 += c as f64;
        sum1 += c as f64 * value(k);
        sq1 += c as f64 * value(k) * value(k);
        let (p1, p2) = (n1 / total, 1.0 - n1 / total);
        if p1 < least || p2 < least {
            continue;
        }
        let n2 = total - n1;
        let (m1, m2) = (sum1 / n1, (sum - sum1) / n2);
        let v1 = (sq1 / n1 - m1 * m1).max(least_variance);
        let v2 = ((sq - sq1) / n2 - m2 * m2).max(least_variance);
        let j = 1.0 + p1 * v1.ln() + p2 * v2.ln() - 2.0 * (p1 * p1.ln() + p2 * p2.ln());
        if best.is_none_or(|b| j < b.0) {
            let separability = (m2 - m1) / (p1 * v1 + p2 * v2).sqrt();
            best = Some((j, k, separability));
        }
    }
    match best {
        Some((_, k, separability)) => {
            let score = (k as f64 + 1.0) * top / bins as f64;
            let above_percent = histogram.above_percent(score);
            let refused = above_percent > params.max_changed_percent;
            Threshold { score, separability, above_percent, refused }
        }
        None => Threshold { score: top, separability: 0.0, above_percent: 0.0, refused: true },
    }
}
