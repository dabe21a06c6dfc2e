//! From codes to scores.

use super::{Forest, MOST_CLASSES, SCORE_UNIT, Split};
use crate::raster::wide_fn;

/// Pixels scored at once: their scores and one tree's leaves stay in the first cache.
pub const BATCH: usize = 256;

/// Scores of a pixel, one per class; those beyond the forest's classes are 0.
pub type Scores = [i16; MOST_CLASSES];

/// A tree laid out for the kernel.
struct Laid<'a> {
    splits: &'a [Split],
    /// Scores per leaf, padded.
    leaves: Vec<Scores>,
}

/// A forest laid out for many pixels.
pub struct Predictor<'a> {
    forest: &'a Forest,
    prior: Scores,
    trees: Vec<Laid<'a>>,
}

fn padded(scores: &[i16]) -> Scores {
    let mut out = [0; MOST_CLASSES];
    out.iter_mut().zip(scores).for_each(|(o, s)| *o = *s);
    out
}

impl<'a> Predictor<'a> {
    /// Lays a forest out.
    pub fn new(forest: &'a Forest) -> Predictor<'a> {
        let laid = |tree: &'a super::Tree| Laid {
            splits: &tree.splits,
            leaves: tree.scores.chunks_exact(forest.classes).map(padded).collect(),
        };
        Predictor { forest, prior: padded(&forest.prior), trees: forest.trees.iter().map(laid).collect() }
    }

    /// Scores of up to [`BATCH`] pixels.
    ///
    /// # Shapes
    /// `codes` holds the features one after the other, [`BATCH`] codes each; only the first `out.len()` of each are looked at.
    ///
    /// # Cost
    /// About 2 cycles per pixel, tree and 16 classes.
    pub fn scores(&self, codes: &[u8], out: &mut [Scores]) {
        debug_assert!(codes.len() >= self.forest.features * BATCH && out.len() <= BATCH);
        out.fill(self.prior);
        let mut leaf = [0u8; BATCH];
        for tree in &self.trees {
            leaf.fill(0);
            for (level, split) in tree.splits.iter().enumerate() {
                let first = usize::from(split.feature) * BATCH;
                if let Some(codes) = codes.get(first..first + BATCH).and_then(|c| c.first_chunk::<BATCH>()) {
                    ask(codes, split.above, 1 << level, &mut leaf);
                }
            }
            add_leaves(&tree.leaves, &leaf, out);
        }
    }
}

wide_fn!(fn ask(codes: &[u8; BATCH], above: u8, bit: u8, leaf: &mut [u8; BATCH]) = ask_all);
wide_fn!(fn add_leaves(leaves: &[Scores], leaf: &[u8; BATCH], out: &mut [Scores]) = add_all);

#[inline(always)]
fn ask_all(codes: &[u8; BATCH], above: u8, bit: u8, leaf: &mut [u8; BATCH]) {
    for (leaf, code) in leaf.iter_mut().zip(codes) {
        *leaf |= if *code > above { bit } else { 0 };
    }
}

#[inline(always)]
fn add_all(leaves: &[Scores], leaf: &[u8; BATCH], out: &mut [Scores]) {
    for (sums, leaf) in out.iter_mut().zip(leaf) {
        if let Some(scores) = leaves.get(usize::from(*leaf)) {
            for (sum, score) in sums.iter_mut().zip(scores) {
                *sum = sum.wrapping_add(*score);
            }
        }
    }
}

/// Probabilities of the first `classes` classes, in 255ths: the softmax of the scores, each rounded on its own.
pub fn probabilities(scores: &Scores, classes: usize) -> [u8; MOST_CLASSES] {
    let most = scores[..classes].iter().max().copied().unwrap_or(0);
    let weight = |s: i16| exp(f64::from(i32::from(s) - i32::from(most)) * SCORE_UNIT);
    let mut weights = [0.0; MOST_CLASSES];
    weights.iter_mut().zip(&scores[..classes]).for_each(|(w, s)| *w = weight(*s));
    let sum: f64 = weights.iter().sum();
    weights.map(|w| (w / sum * 255.0 + 0.5) as u8)
}

/// The same bits on every machine.
fn exp(x: f64) -> f64 {
    libm::exp(x)
}
