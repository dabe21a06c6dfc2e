//! A fine, mergeable histogram of the score: integer counts, so that any order of merging gives the same bits.

/// Bins per unit of score.
const PER_UNIT: f64 = 256.0;
/// Scores from here on share the last bin: 4096 standard deviations, beyond any 16-bit sensor's range over its noise.
const TOP: usize = 4096 * 256;

/// Counts of scores in steps of 1/256.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreHistogram {
    counts: Vec<u32>,
    total: u64,
}

impl ScoreHistogram {
    /// Counts one score.
    pub fn add(&mut self, score: f32) {
        let bin = ((score as f64 * PER_UNIT) as usize).min(TOP);
        if bin >= self.counts.len() {
            self.counts.resize(bin + 1, 0);
        }
        self.counts[bin] = self.counts[bin].saturating_add(1);
        self.total += 1;
    }

    /// Adds the counts of another part of the scene.
    pub fn merge(&mut self, other: &ScoreHistogram) {
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a = a.saturating_add(*b));
        self.total += other.total;
    }

    /// Number of scores.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Score below which `percent` of the counts lie.
    pub fn percentile(&self, percent: f64) -> f64 {
        let wanted = self.total as f64 * percent / 100.0;
        let mut seen = 0.0;
        for (bin, &c) in self.counts.iter().enumerate() {
            seen += c as f64;
            if seen >= wanted {
                return (bin as f64 + 1.0) / PER_UNIT;
            }
        }
        self.counts.len() as f64 / PER_UNIT
    }

    /// Share of the counts at or above a score, percent.
    pub fn above_percent(&self, score: f64) -> f64 {
        let from = ((score * PER_UNIT).ceil().max(0.0) as usize).min(self.counts.len());
        let above: u64 = self.counts[from..].iter().map(|&c| c as u64).sum();
        if self.total == 0 { 0.0 } else { above as f64 * 100.0 / self.total as f64 }
    }

    /// Counts in `bins` bins; `bin_of` gives the (fractional) bin of a score, what lies outside goes into the first or last.
    pub fn rebinned(&self, bins: usize, bin_of: impl Fn(f64) -> f64) -> Vec<u64> {
        let mut out = vec![0u64; bins];
        for (bin, &c) in self.counts.iter().enumerate().filter(|(_, c)| **c > 0) {
            let k = bin_of((bin as f64 + 0.5) / PER_UNIT).max(0.0) as usize;
            out[k.min(bins - 1)] += c as u64;
        }
        out
    }
}
