//! Growing an ensemble: every tree is fitted to what the trees before it got wrong.

use super::{Forest, MOST_CLASSES, SCORE_UNIT, Split, Tree};

/// Codes are compared at these steps while training.
const STEP: usize = 4;
/// Thresholds tried per feature.
const BINS: usize = 256 / STEP;
/// Least second derivative of a class in a leaf that counts: below, a leaf has next to nothing to say.
const RIDGE: f32 = 3.0;

/// What is learnt from: rows of codes with a class and a weight each.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Codes `[feature][row]`.
    pub codes: Vec<Vec<u8>>,
    /// Class of each row, from 0.
    pub class: Vec<u8>,
    /// Weight of each row.
    pub weight: Vec<f32>,
}

impl Table {
    /// Rows.
    pub fn rows(&self) -> usize {
        self.class.len()
    }

    /// Appends the rows of another table.
    pub fn extend(&mut self, more: Table) {
        self.codes.resize_with(more.codes.len().max(self.codes.len()), Vec::new);
        self.codes.iter_mut().zip(more.codes).for_each(|(to, from)| to.extend(from));
        self.class.extend(more.class);
        self.weight.extend(more.weight);
    }
}

/// How to grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainParams {
    /// Trees.
    pub trees: usize,
    /// Levels of each.
    pub depth: usize,
    /// Share of its answer a tree may give.
    pub rate: f32,
    /// Features a tree may ask, share of all.
    pub features: f64,
    /// Rows a tree is fitted to, share of all.
    pub rows: f64,
    /// Seed of both draws.
    pub seed: u64,
}

impl Default for TrainParams {
    fn default() -> Self {
        TrainParams { trees: 48, depth: 6, rate: 0.25, features: 0.5, rows: 0.5, seed: 1 }
    }
}

/// Computes a result for each of a number of features, on as many threads as the caller has.
pub trait Parallel {
    /// Results of `work` for 0 to `count`, in order.
    fn each<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T>;
}

/// One thread.
pub struct Serial;

impl Parallel for Serial {
    fn each<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        (0..count).map(work).collect()
    }
}

/// First and second derivative of the loss, of every class side by side.
type Slopes = [[f32; MOST_CLASSES]; 2];
const FLAT: Slopes = [[0.0; MOST_CLASSES]; 2];

fn add(to: &mut Slopes, from: &Slopes) {
    for (to, from) in to.iter_mut().zip(from) {
        to.iter_mut().zip(from).for_each(|(t, f)| *t += f);
    }
}

/// What a leaf with these slopes takes off the loss (times two).
fn gain(s: &Slopes) -> f32 {
    s[0].iter().zip(&s[1]).map(|(g, h)| g * g / (h + RIDGE)).sum()
}

/// Grows a forest.
///
/// # Cost
/// About 10 ns per row, feature asked and level of every tree, on one thread.
pub fn train(table: &Table, classes: usize, params: &TrainParams, pool: &impl Parallel) -> Forest {
    let rows = table.rows();
    let prior = prior(table, classes);
    let mut scores = vec![padded(&prior); rows];
    let mut forest = Forest {
        features: table.codes.len(),
        classes,
        prior: prior.iter().map(|s| fixed(*s)).collect(),
        trees: Vec::new(),
    };
    let mut draw = params.seed | 1;
    for _ in 0..params.trees {
        let features = chosen(table.codes.len(), params.features, &mut draw);
        let sampled = chosen(rows, params.rows, &mut draw);
        let slopes: Vec<Slopes> = sampled.iter().map(|&r| slopes(table, r, &scores[r], classes)).collect();
        let splits = questions(table, &features, &sampled, &slopes, params.depth, pool);
        let leaf_of = |r: usize| {
            splits.iter().enumerate().fold(0usize, |leaf, (level, s)| {
                leaf | usize::from(table.codes[usize::from(s.feature)][r] > s.above) << level
            })
        };
        let mut leaves = vec![FLAT; 1 << splits.len()];
        sampled.iter().zip(&slopes).for_each(|(&r, s)| add(&mut leaves[leaf_of(r)], s));
        let answers: Vec<i16> = leaves
            .iter()
            .flat_map(|s| (0..classes).map(move |k| fixed(-params.rate * s[0][k] / (s[1][k] + RIDGE))))
            .collect();
        // What was rounded is what will be added, so that the next tree mends the rounding too.
        for (r, score) in scores.iter_mut().enumerate() {
            let own = &answers[leaf_of(r) * classes..][..classes];
            score.iter_mut().zip(own).for_each(|(s, a)| *s += f32::from(*a) * SCORE_UNIT as f32);
        }
        forest.trees.push(Tree { splits, scores: answers });
    }
    forest
}

fn padded(values: &[f32]) -> [f32; MOST_CLASSES] {
    let mut out = [0.0; MOST_CLASSES];
    out.iter_mut().zip(values).for_each(|(o, v)| *o = *v);
    out
}

/// A score as it is stored.
fn fixed(score: f32) -> i16 {
    (f64::from(score) / SCORE_UNIT).round().clamp(-16_000.0, 16_000.0) as i16
}

/// Logarithm of each class's share, about their mean.
fn prior(table: &Table, classes: usize) -> Vec<f32> {
    let mut weight = vec![1e-3f64; classes];
    table.class.iter().zip(&table.weight).for_each(|(c, w)| weight[usize::from(*c)] += f64::from(*w));
    let logs: Vec<f64> = weight.iter().map(|w| libm::log(*w)).collect();
    let mean = logs.iter().sum::<f64>() / classes as f64;
    logs.iter().map(|l| (l - mean) as f32).collect()
}

/// Derivatives of the softmax loss of one row.
fn slopes(table: &Table, row: usize, scores: &[f32; MOST_CLASSES], classes: usize) -> Slopes {
    let most = scores[..classes].iter().copied().fold(f32::MIN, f32::max);
    let mut p = [0.0f32; MOST_CLASSES];
    p.iter_mut().zip(&scores[..classes]).for_each(|(p, s)| *p = libm::expf(s - most));
    let sum: f32 = p.iter().sum();
    let weight = table.weight[row];
    let mut out = FLAT;
    for k in 0..classes {
        let p = p[k] / sum;
        let own = if usize::from(table.class[row]) == k { 1.0 } else { 0.0 };
        out[0][k] = weight * (p - own);
        out[1][k] = weight * p * (1.0 - p);
    }
    out
}

/// A sorted draw without replacement: every number is taken with the odds that leave the right count.
fn chosen(count: usize, share: f64, draw: &mut u64) -> Vec<usize> {
    let mut wanted = ((count as f64 * share).ceil() as usize).clamp(1.min(count), count);
    let mut out = Vec::with_capacity(wanted);
    for n in 0..count {
        if next(draw) % ((count - n) as u64) < wanted as u64 {
            out.push(n);
            wanted -= 1;
        }
    }
    out
}

/// Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) >> 1
}

/// The questions of one tree, level by level: each is the one that takes most off the loss over all leaves there are.
fn questions(
    table: &Table,
    features: &[usize],
    rows: &[usize],
    slopes: &[Slopes],
    depth: usize,
    pool: &impl Parallel,
) -> Vec<Split> {
    let mut leaf = vec![0u8; rows.len()];
    let mut splits = Vec::new();
    for level in 0..depth {
        let found = pool.each(features.len(), |n| {
            let codes = &table.codes[features[n]];
            let mut sums = vec![FLAT; BINS << level];
            for ((row, slopes), leaf) in rows.iter().zip(slopes).zip(&leaf) {
                add(&mut sums[usize::from(*leaf) * BINS + usize::from(codes[*row]) / STEP], slopes);
            }
            best_threshold(&sums, 1 << level)
        });
        let mut best: Option<(f32, Split)> = None;
        for (n, (gained, bin)) in found.into_iter().enumerate() {
            if best.is_none_or(|b| gained > b.0) {
                let above = ((bin + 1) * STEP - 1) as u8;
                best = Some((gained, Split { feature: features[n] as u8, above }));
            }
        }
        let Some((_, split)) = best else { break };
        for (leaf, row) in leaf.iter_mut().zip(rows) {
            *leaf |= u8::from(table.codes[usize::from(split.feature)][*row] > split.above) << level;
        }
        splits.push(split);
    }
    splits
}

/// The bin after which a split of all leaves gains most.
fn best_threshold(sums: &[Slopes], leaves: usize) -> (f32, usize) {
    let mut gained = [0.0f32; BINS];
    for leaf in 0..leaves {
        let bins = &sums[leaf * BINS..(leaf + 1) * BINS];
        let mut whole = FLAT;
        bins.iter().for_each(|b| add(&mut whole, b));
        let unsplit = gain(&whole);
        let mut below = FLAT;
        for (bin, sum) in bins.iter().enumerate().take(BINS - 1) {
            add(&mut below, sum);
            let mut rest = whole;
            for (rest, below) in rest.iter_mut().zip(&below) {
                rest.iter_mut().zip(below).for_each(|(r, b)| *r -= b);
            }
            gained[bin] += gain(&below) + gain(&rest) - unsplit;
        }
    }
    let best = (0..BINS - 1).fold(0, |best, bin| if gained[bin] > gained[best] { bin } else { best });
    (gained[best], best)
}
