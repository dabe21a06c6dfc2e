//! How well the score ranks, whatever the threshold.

use super::Confusion;

/// Labelled pixels per score and class. Scores are the codes of `score.tif` (uint16, larger is more changed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreHistogram {
    changed: Vec<u64>,
    unchanged: Vec<u64>,
}

impl Default for ScoreHistogram {
    fn default() -> ScoreHistogram {
        let bins = usize::from(u16::MAX) + 1;
        ScoreHistogram { changed: vec![0; bins], unchanged: vec![0; bins] }
    }
}

impl ScoreHistogram {
    /// Counts one labelled pixel; a pixel without a score counts with score 0.
    pub fn add(&mut self, truly_changed: bool, score: u16) {
        let class = if truly_changed { &mut self.changed } else { &mut self.unchanged };
        class[usize::from(score)] += 1;
    }

    /// Adds the counts of another part of the image.
    pub fn merge(&mut self, other: &ScoreHistogram) {
        for (mine, theirs) in [(&mut self.changed, &other.changed), (&mut self.unchanged, &other.unchanged)] {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        }
    }

    /// The confusion at every threshold from the highest score down: pixels of at least that score are called.
    fn thresholds(&self) -> impl Iterator<Item = (u16, Confusion)> + '_ {
        let (mut tp, mut fp) = (0, 0);
        let (p, n) = (self.changed.iter().sum::<u64>(), self.unchanged.iter().sum::<u64>());
        (0..=u16::MAX).rev().filter_map(move |score| {
            let (c, u) = (self.changed[usize::from(score)], self.unchanged[usize::from(score)]);
            tp += c;
            fp += u;
            (c + u > 0).then(|| (score, Confusion { tp, fp, fn_: p - tp, tn: n - fp }))
        })
    }

    /// Average precision: the sum over thresholds of precision x gain in recall; ties are one threshold. `None` without
    /// changed labels.
    ///
    /// # Source
    /// The step-wise area under the precision-recall curve, as scikit-learn's `average_precision_score`.
    pub fn average_precision(&self) -> Option<f64> {
        let (mut sum, mut before) = (0.0, None);
        for (_, c) in self.thresholds() {
            let recall = c.recall()?;
            sum += (recall - before.unwrap_or(0.0)) * c.precision()?;
            before = Some(recall);
        }
        before.map(|_| sum)
    }

    /// The largest kappa any threshold reaches, with that threshold: what is lost to it is lost by thresholding, the
    /// rest by ranking. Of equal thresholds the highest.
    pub fn best_kappa(&self) -> Option<(f64, u16)> {
        let mut best: Option<(f64, u16)> = None;
        for (score, c) in self.thresholds() {
            if let Some(kappa) = c.kappa()
                && best.is_none_or(|(most, _)| kappa > most)
            {
                best = Some((kappa, score));
            }
        }
        best
    }
}
