//! Boosted ensembles of oblivious trees over features stored as bytes.
//!
//! An oblivious tree asks the same question of every pixel of a level, so its leaf is a number made of bits: no branch, no pointer, and a
//! tree of six levels costs a pixel six comparisons, thirty-two pixels at a time. Scores are integers: whatever the order of the sums,
//! the answer is the same to the bit.
//!
//! # Source
//! R. Kohavi 1994, "Bottom-up induction of oblivious read-once decision graphs"; J. Friedman 2001, "Greedy function approximation: a
//! gradient boosting machine", algorithm 6 (one score per class, softmax); L. Prokhorenkova et al. 2018, "CatBoost", section 4 (oblivious
//! trees as base of the ensemble).

mod predict;
mod train;

pub use predict::{BATCH, BLOCK, Lane, Predictor, Scores, Shares, by_class, probabilities, share, weights};
pub use train::{Parallel, Serial, Table, TrainParams, train};

use serde::{Deserialize, Serialize};

/// Most classes a forest tells apart: their scores fill one register.
pub const MOST_CLASSES: usize = 16;
/// Most levels of a tree: a leaf's number fits a byte.
pub const MOST_DEPTH: usize = 8;
/// One unit of score is this many times the logarithm of odds.
pub const SCORE_UNIT: f64 = 1.0 / 1024.0;

/// One question: is the code of a feature above a threshold?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Number of the feature.
    pub feature: u8,
    /// Codes above this go to the upper half.
    pub above: u8,
}

/// One tree: as many questions as levels, and scores per leaf and class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// The questions; the first sets the lowest bit of the leaf's number.
    pub splits: Vec<Split>,
    /// Scores `[leaf][class]` in [`SCORE_UNIT`], flat.
    pub scores: Vec<i16>,
}

/// An ensemble that gives every class a score; probabilities are their softmax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forest {
    /// Features a pixel has.
    pub features: usize,
    /// Classes told apart, at most [`MOST_CLASSES`].
    pub classes: usize,
    /// Score of each class before any tree.
    pub prior: Vec<i16>,
    /// The trees.
    pub trees: Vec<Tree>,
}

impl Forest {
    /// What is wrong with the arrays of a forest that was read from a file, if anything.
    pub fn fault(&self) -> Option<String> {
        if self.classes < 2 || self.classes > MOST_CLASSES || self.prior.len() != self.classes {
            return Some(format!("{} classes with {} priors", self.classes, self.prior.len()));
        }
        self.trees.iter().enumerate().find_map(|(n, tree)| {
            let levels = tree.splits.len();
            let told = || format!("tree {n} has {levels} levels and {} scores", tree.scores.len());
            let fits = levels <= MOST_DEPTH && tree.scores.len() == self.classes << levels;
            let known = tree.splits.iter().all(|s| usize::from(s.feature) < self.features);
            (!fits || !known).then(told)
        })
    }
}

#[cfg(test)]
mod tests;
