//! The pair's threshold: minimum error, adjusted where that is known to go wrong.
//!
//! Minimum-error thresholding takes the score as two Gaussian classes, each with its own spread. Where the unchanged ground is one
//! hump with a tail (one land cover dominates, the season did little) that is within a hair of the best threshold. Where it is
//! several humps (orchards and roofs move more than bare soil) or the changes are few, the second class is better spent on the
//! tail of the unchanged, and the threshold falls into it. The remedy is a second opinion that cannot do that, two classes of one
//! common spread, on scales where the unchanged is nearly symmetric (cube root and logarithm; the lower of the two answers). It is
//! followed as far as it separates the classes better: not at all below a gain of `separation-gain-from`, wholly from
//! `separation-gain-full` on. It can only raise the threshold.
//!
//! A score that means the same on every pair (the structural one, made of z-scores) has a threshold that is usual. What a pair's
//! histogram says is met half way then, on a logarithmic scale: a small tile says little, and of a pair in which nothing changed the
//! histogram only shows noise, a hundred times below anything a person would call a change.
//!
//! # Source
//! J. Kittler, J. Illingworth 1986, "Minimum error thresholding", Pattern Recognition 19(1), eq. 15:
//! J(t) = 1 + 2 (P1 ln s1 + P2 ln s2) - 2 (P1 ln P1 + P2 ln P2).
//! T. Kurita, N. Otsu, N. Abdelmalek 1992, "Maximum likelihood thresholding based on population mixture models", Pattern
//! Recognition 25(10): the same with one variance, J(t) = ln sw^2 - 2 (P1 ln P1 + P2 ln P2).

use super::{ChangeParams, ScoreHistogram};
use serde::Serialize;

/// The pair's threshold, and whether it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// Scores from here on are changed.
    pub score: f64,
    /// The minimum-error threshold it was made from.
    pub minimum_error: f64,
    /// Distance of the two class means over their pooled spread; under 2 the classes are one hump.
    pub separability: f64,
    /// Share of the sampled scene above the threshold, percent.
    pub above_percent: f64,
    /// `true` when no believable threshold exists: then nothing is flagged and the report says so.
    pub refused: bool,
}

/// Finds the threshold of a score histogram; `usual` is that of other pairs, for a score that means the same on all.
pub fn find_threshold(histogram: &ScoreHistogram, usual: Option<f64>, params: &ChangeParams) -> Threshold {
    let top = histogram.percentile(params.clip_percentile).max(1e-6);
    let bottom = histogram.percentile(100.0 - params.clip_percentile).clamp(1e-6, top * 0.5);
    let divide = |scale| Division::new(histogram, scale, bottom, top, params.histogram_bins.max(8));
    let (linear, root, log) = (divide(Scale::Linear), divide(Scale::CubeRoot), divide(Scale::Logarithm));
    let least = params.min_class_percent / 100.0;
    let Some(minimum_error) = linear.best(|s| s.minimum_error(), least, 1.0 - least) else {
        return Threshold { score: top, minimum_error: top, separability: 0.0, above_percent: 0.0, refused: true };
    };
    let most = params.max_changed_percent / 100.0;
    let one_spread = [&root, &log].iter().filter_map(|d| d.best(|s| s.one_spread(), least, most)).reduce(f64::min);
    let mut score = minimum_error;
    if let Some(higher) = one_spread.filter(|&t| t > minimum_error) {
        let gain = root.separability(higher) / root.separability(minimum_error).max(1e-9);
        let (from, full) = (params.separation_gain_from, params.separation_gain_full);
        let trust = ((gain - from) / (full - from).max(1e-9)).clamp(0.0, 1.0);
        score = minimum_error * (higher / minimum_error).powf(trust);
    }
    if let Some(usual) = usual {
        score = (score * usual).sqrt();
    }
    let above_percent = histogram.above_percent(score);
    let refused = above_percent > params.max_changed_percent;
    Threshold { score, minimum_error, separability: linear.separability(score), above_percent, refused }
}

/// Scale on which the classes are taken as Gaussian.
#[derive(Clone, Copy)]
enum Scale {
    Linear,
    CubeRoot,
    Logarithm,
}

impl Scale {
    fn of(self, score: f64) -> f64 {
        match self {
            Scale::Linear => score,
            Scale::CubeRoot => score.cbrt(),
            Scale::Logarithm => score.ln(),
        }
    }
    fn back(self, value: f64) -> f64 {
        match self {
            Scale::Linear => value,
            Scale::CubeRoot => value.powi(3),
            Scale::Logarithm => value.exp(),
        }
    }
}

/// The two classes below and above a score: shares, means and variances on the division's scale.
#[derive(Clone, Copy)]
struct Split {
    score: f64,
    shares: [f64; 2],
    means: [f64; 2],
    variances: [f64; 2],
}

impl Split {
    fn entropy(&self) -> f64 {
        -self.shares.iter().map(|p| p * p.ln()).sum::<f64>()
    }
    fn pooled_variance(&self) -> f64 {
        self.shares[0] * self.variances[0] + self.shares[1] * self.variances[1]
    }
    fn minimum_error(&self) -> f64 {
        1.0 + self.shares[0] * self.variances[0].ln() + self.shares[1] * self.variances[1].ln() + 2.0 * self.entropy()
    }
    fn one_spread(&self) -> f64 {
        self.pooled_variance().ln() + 2.0 * self.entropy()
    }
}

/// Every split of a histogram into two classes, in rising order.
struct Division(Vec<Split>);

impl Division {
    fn new(histogram: &ScoreHistogram, scale: Scale, bottom: f64, top: f64, bins: usize) -> Division {
        // A logarithm needs a lowest score; the other scales begin at none.
        let lowest = if matches!(scale, Scale::Logarithm) { bottom } else { 0.0 };
        let (low, high) = (scale.of(lowest), scale.of(top));
        let width = (high - low) / bins as f64;
        let counts = histogram.rebinned(bins, |score| (scale.of(score.max(lowest)) - low) / width);
        let value = |k: usize| low + (k as f64 + 0.5) * width;
        let moments = |(n, sum, squares): (f64, f64, f64), (k, &c): (usize, &u64)| {
            let (c, v) = (c as f64, value(k));
            (n + c, sum + c * v, squares + c * v * v)
        };
        let (n, sum, squares) = counts.iter().enumerate().fold((0.0, 0.0, 0.0), moments);
        // Variance of a bin itself: a class of one bin is that wide, not a point.
        let class = |n: f64, sum: f64, squares: f64| {
            let mean = sum / n;
            (mean, (squares / n - mean * mean).max(width * width / 12.0))
        };
        let mut below = (0.0, 0.0, 0.0);
        let mut splits = Vec::with_capacity(bins);
        for (k, c) in counts.iter().enumerate().take(bins - 1) {
            below = moments(below, (k, c));
            if below.0 <= 0.0 || below.0 >= n {
                continue;
            }
            let (m1, v1) = class(below.0, below.1, below.2);
            let (m2, v2) = class(n - below.0, sum - below.1, squares - below.2);
            let share = below.0 / n;
            splits.push(Split {
                score: scale.back(value(k) + width / 2.0),
                shares: [share, 1.0 - share],
                means: [m1, m2],
                variances: [v1, v2],
            });
        }
        Division(splits)
    }

    /// Score of the split of least cost, the classes below and above having at least `least`, the upper one at most `most`.
    fn best(&self, cost: impl Fn(&Split) -> f64, least: f64, most: f64) -> Option<f64> {
        let allowed = |s: &&Split| s.shares[0] >= least && s.shares[1] >= least && s.shares[1] <= most;
        self.0.iter().filter(allowed).min_by(|a, b| cost(a).total_cmp(&cost(b))).map(|s| s.score)
    }

    /// Distance of the class means over their pooled spread, for the split at a score.
    fn separability(&self, score: f64) -> f64 {
        let at = self.0.partition_point(|s| s.score < score * (1.0 - 1e-9)).min(self.0.len().saturating_sub(1));
        self.0.get(at).map_or(0.0, |s| (s.means[1] - s.means[0]) / s.pooled_variance().sqrt())
    }
}
