//! The confusion matrix of change against no change, and what is read off it.

use serde::Serialize;

/// Counts of labelled pixels; change is the positive class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Changed and called changed.
    pub tp: u64,
    /// Unchanged and called changed.
    pub fp: u64,
    /// Changed and not called changed.
    #[serde(rename = "fn")]
    pub fn_: u64,
    /// Unchanged and not called changed.
    pub tn: u64,
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

impl Confusion {
    /// Counts one labelled pixel.
    pub fn add(&mut self, truly_changed: bool, called_changed: bool) {
        match (truly_changed, called_changed) {
            (true, true) => self.tp += 1,
            (false, true) => self.fp += 1,
            (true, false) => self.fn_ += 1,
            (false, false) => self.tn += 1,
        }
    }

    /// Adds the counts of another part of the image.
    pub fn merge(&mut self, other: &Confusion) {
        self.tp += other.tp;
        self.fp += other.fp;
        self.fn_ += other.fn_;
        self.tn += other.tn;
    }

    /// Labelled pixels.
    pub fn total(&self) -> u64 {
        self.tp + self.fp + self.fn_ + self.tn
    }

    /// Overall accuracy; `None` without labels.
    pub fn oa(&self) -> Option<f64> {
        ratio((self.tp + self.tn) as f64, self.total() as f64)
    }

    /// Cohen's kappa: agreement beyond chance; `None` where chance alone must agree (one class only in both).
    ///
    /// # Source
    /// Cohen 1960, "A coefficient of agreement for nominal scales".
    pub fn kappa(&self) -> Option<f64> {
        // The two-class form has no difference of near numbers.
        let [tp, fp, fn_, tn] = [self.tp, self.fp, self.fn_, self.tn].map(|v| v as f64);
        ratio(2.0 * (tp * tn - fp * fn_), (tp + fp) * (fp + tn) + (tp + fn_) * (fn_ + tn))
    }

    /// Share of the called that is changed; `None` when nothing was called.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.tp as f64, (self.tp + self.fp) as f64)
    }

    /// Share of the changed that was called; `None` when nothing changed.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.tp as f64, (self.tp + self.fn_) as f64)
    }

    /// Share of the unchanged that was called; `None` when everything changed.
    pub fn false_positive_rate(&self) -> Option<f64> {
        ratio(self.fp as f64, (self.fp + self.tn) as f64)
    }

    /// Harmonic mean of precision and recall; `None` when nothing changed and nothing was called.
    pub fn f1(&self) -> Option<f64> {
        ratio(2.0 * self.tp as f64, (2 * self.tp + self.fp + self.fn_) as f64)
    }

    /// Intersection over union of called and changed; `None` like [`Confusion::f1`].
    pub fn iou(&self) -> Option<f64> {
        ratio(self.tp as f64, (self.tp + self.fp + self.fn_) as f64)
    }

    /// The precision to expect where a share `prevalence` of the ground changed, recall and false alarm rate being as
    /// measured; `None` where one of them is unknown or nothing would be called.
    pub fn precision_at(&self, prevalence: f64) -> Option<f64> {
        let hits = self.recall()? * prevalence;
        ratio(hits, hits + self.false_positive_rate()? * (1.0 - prevalence))
    }
}
