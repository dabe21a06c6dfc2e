//! From codes to scores.

use super::{Forest, MOST_CLASSES, MOST_DEPTH, SCORE_UNIT, Split, Tree};
use crate::raster::wide_fn;

/// Pixels scored at once: their scores and one tree's leaves stay in the first cache.
pub const BATCH: usize = 256;

/// Scores of a pixel, one per class; those beyond the forest's classes are 0.
pub type Scores = [i16; MOST_CLASSES];

/// Shares of a pixel's classes, in 255ths; those beyond the forest's classes are 0.
pub type Shares = [u8; MOST_CLASSES];

/// Scores of a leaf: one register, in one line of the cache.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Leaf(Scores);

/// Trees whose leaves are added in one round: those of six levels fit the first cache.
const TREES: usize = 8;

/// A forest laid out for many pixels.
pub struct Predictor<'a> {
    forest: &'a Forest,
    prior: Scores,
    /// Scores `[leaf][tree]` of [`TREES`] trees each, as many leaves as a byte can name.
    rounds: Vec<Vec<[Leaf; TREES]>>,
}

/// Leaves of the deepest tree.
const LEAVES: usize = 1 << MOST_DEPTH;

/// Number of a pixel's leaf in one tree, for [`BATCH`] pixels.
type Leaves = [u8; BATCH];

/// Codes of one feature, for [`BATCH`] pixels.
pub type Lane = [u8; BATCH];

fn padded(scores: &[i16]) -> Scores {
    let mut out = [0; MOST_CLASSES];
    out.iter_mut().zip(scores).for_each(|(o, s)| *o = *s);
    out
}

impl<'a> Predictor<'a> {
    /// Lays a forest out.
    pub fn new(forest: &'a Forest) -> Predictor<'a> {
        let lay_out = |trees: &[Tree]| {
            let mut leaves = vec![[Leaf::default(); TREES]; LEAVES];
            for (t, tree) in trees.iter().enumerate() {
                let scores = tree.scores.chunks_exact(forest.classes);
                leaves.iter_mut().zip(scores).for_each(|(leaf, scores)| leaf[t] = Leaf(padded(scores)));
            }
            leaves
        };
        let rounds = forest.trees.chunks(TREES).map(lay_out).collect();
        Predictor { forest, prior: padded(&forest.prior), rounds }
    }

    /// Scores of up to [`BATCH`] pixels.
    ///
    /// # Shapes
    /// `codes` holds the features one after the other, [`BATCH`] codes each; only the first `out.len()` of each are looked at.
    ///
    /// # Cost
    /// About 2 cycles per pixel, tree and 16 classes.
    pub fn scores(&self, codes: &[u8], out: &mut [Scores]) {
        let lanes: Vec<&Lane> = codes.as_chunks::<BATCH>().0.iter().collect();
        self.scores_of(&lanes, out);
    }

    /// The same of features that lie anywhere.
    pub fn scores_of(&self, lanes: &[&Lane], out: &mut [Scores]) {
        debug_assert!(lanes.len() >= self.forest.features && out.len() <= BATCH);
        out.fill(self.prior);
        let mut found = [[0u8; BATCH]; TREES];
        for (trees, leaves) in self.forest.trees.chunks(TREES).zip(&self.rounds) {
            for (k, found) in found.iter_mut().enumerate() {
                // A round that is not full has leaves of 0 at its end.
                find_leaves(lanes, trees.get(k).map_or(&[], |t| &t.splits), found, out.len());
            }
            if let Some(leaves) = leaves.first_chunk() {
                add_leaves(leaves, &found, out);
            }
        }
    }

    /// Shares of the classes from their scores: the softmax, each rounded on its own.
    pub fn shares(&self, scores: &[Scores], out: &mut [Shares]) {
        share_out(scores, self.forest.classes, out);
    }
}

wide_fn!(fn find_leaves(lanes: &[&Lane], splits: &[Split], found: &mut Leaves, count: usize) = find_all);
wide_fn!(fn add_leaves(leaves: &[[Leaf; TREES]; LEAVES], found: &[Leaves; TREES], out: &mut [Scores]) = add_all);
wide_fn!(fn share_out(scores: &[Scores], classes: usize, out: &mut [Shares]) = share_all);

/// Pixels whose leaves are found in one register.
const LANES: usize = 32;

#[inline(always)]
fn find_all(lanes: &[&Lane], splits: &[Split], found: &mut Leaves, count: usize) {
    for (n, found) in found.as_chunks_mut::<LANES>().0.iter_mut().enumerate().take(count.div_ceil(LANES)) {
        let mut leaf = [0u8; LANES];
        for (level, split) in splits.iter().enumerate().take(MOST_DEPTH) {
            let Some(codes) = lanes.get(usize::from(split.feature)) else { continue };
            let codes = &codes.as_chunks::<LANES>().0[n];
            for l in 0..LANES {
                leaf[l] |= u8::from(codes[l] > split.above) << level;
            }
        }
        *found = leaf;
    }
}

#[inline(always)]
fn add_all(leaves: &[[Leaf; TREES]; LEAVES], found: &[Leaves; TREES], out: &mut [Scores]) {
    for n in 0..out.len().min(BATCH) {
        let mut sums = out[n];
        for t in 0..TREES {
            let Leaf(scores) = &leaves[usize::from(found[t][n])][t];
            for k in 0..MOST_CLASSES {
                sums[k] = sums[k].wrapping_add(scores[k]);
            }
        }
        out[n] = sums;
    }
}

/// Octaves per unit of score.
const OCTAVES: f32 = (std::f64::consts::LOG2_E * SCORE_UNIT) as f32;
/// Octaves under the greatest from which all classes have the same, next to no, weight.
const FEWEST: f32 = 24.0;
/// 2^-x for x in -.5..=.5, within 1.3e-4 of itself (minimax).
const POWER: [f32; 4] = [1.0, -0.693_125, 0.242_107, -0.055_573];
/// Adding it rounds a small number to the nearest integer, in the lowest bits.
const ROUND: f32 = 8_388_608.0;

/// Pixels whose softmax is computed at once, class by class.
pub const BLOCK: usize = 16;

/// Scores of up to [`BLOCK`] pixels as `[class][pixel]`.
#[inline(always)]
pub fn by_class(scores: &[Scores]) -> [[i16; BLOCK]; MOST_CLASSES] {
    let mut out = [[0; BLOCK]; MOST_CLASSES];
    for (n, scores) in scores.iter().enumerate().take(BLOCK) {
        for k in 0..MOST_CLASSES {
            out[k][n] = scores[k];
        }
    }
    out
}

/// Weights `[class][pixel]` of the softmax, the greatest of each pixel 1, and their sums; the same bits on every machine.
#[inline(always)]
pub fn weights(scores: &[[i16; BLOCK]; MOST_CLASSES], classes: usize) -> ([[f32; BLOCK]; MOST_CLASSES], [f32; BLOCK]) {
    let mut most = [i16::MIN; BLOCK];
    for k in 0..classes.min(MOST_CLASSES) {
        let scores = scores[k];
        for l in 0..BLOCK {
            most[l] = most[l].max(scores[l]);
        }
    }
    let (mut out, mut sums) = ([[0.0f32; BLOCK]; MOST_CLASSES], [0.0f32; BLOCK]);
    for k in 0..classes.min(MOST_CLASSES) {
        let (out, scores) = (&mut out[k], scores[k]);
        for l in 0..BLOCK {
            let below = (i32::from(most[l]) - i32::from(scores[l])) as f32 * OCTAVES;
            let below = if below < FEWEST { below } else { FEWEST };
            let whole = below + ROUND;
            let part = below - (whole - ROUND);
            let power = POWER[0] + part * (POWER[1] + part * (POWER[2] + part * POWER[3]));
            // The lowest bits of the rounded number are its value; what else it has is shifted out.
            out[l] = f32::from_bits((127 << 23) - (whole.to_bits() << 23)) * power;
            sums[l] += out[l];
        }
    }
    (out, sums)
}

/// A weight as a share of a sum, 255ths; `per` is 255 over the sum.
#[inline(always)]
pub fn share(weight: f32, per: f32) -> u8 {
    (weight * per + ROUND).to_bits() as u8
}

#[inline(always)]
fn share_all(scores: &[Scores], classes: usize, out: &mut [Shares]) {
    for (scores, out) in scores.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        let (weights, sums) = weights(&by_class(scores), classes);
        let per = sums.map(|s| 255.0 / s);
        for (l, out) in out.iter_mut().enumerate() {
            for k in 0..MOST_CLASSES {
                out[k] = share(weights[k][l], per[l]);
            }
        }
    }
}

/// Shares of one pixel's classes.
pub fn probabilities(scores: &Scores, classes: usize) -> Shares {
    let mut out = [Shares::default()];
    share_out(std::slice::from_ref(scores), classes, &mut out);
    out[0]
}
