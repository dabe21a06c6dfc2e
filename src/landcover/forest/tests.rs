use super::*;
use proptest::prelude::*;

/// Rows of two features that only together tell the class, and one of noise.
fn corners(rows: usize) -> Table {
    let mut table = Table { codes: vec![Vec::new(); 3], ..Table::default() };
    let mut z = 7u32;
    for _ in 0..rows {
        z = z.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (a, b) = ((z >> 24) as u8, (z >> 16) as u8);
        table.codes[0].push(a);
        table.codes[1].push(b);
        table.codes[2].push((z >> 8) as u8);
        table.class.push(u8::from(a > 100) + 2 * u8::from(b > 180 && a <= 100));
        table.weight.push(1.0);
    }
    table
}

/// Score of every class by walking the trees one question after the other.
fn walked(forest: &Forest, row: &[u8]) -> Vec<i32> {
    let mut sums: Vec<i32> = forest.prior.iter().map(|p| i32::from(*p)).collect();
    for tree in &forest.trees {
        let mut leaf = 0;
        for (level, split) in tree.splits.iter().enumerate() {
            leaf += usize::from(row[usize::from(split.feature)] > split.above) << level;
        }
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum += i32::from(tree.scores[leaf * forest.classes + k]);
        }
    }
    sums
}

fn told(forest: &Forest, rows: &[Vec<u8>]) -> Vec<Scores> {
    let mut codes = vec![0; forest.features * BATCH];
    for (n, row) in rows.iter().enumerate() {
        row.iter().enumerate().for_each(|(f, code)| codes[f * BATCH + n] = *code);
    }
    let mut out = vec![Scores::default(); rows.len()];
    Predictor::new(forest).scores(&codes, &mut out);
    out
}

#[test]
fn learns_what_no_single_feature_tells() {
    let table = corners(6_000);
    let params = TrainParams { trees: 20, depth: 4, features: 1.0, ..TrainParams::default() };
    let forest = train(&table, 3, &params, &Serial);
    assert_eq!(forest.fault(), None);
    let rows: Vec<Vec<u8>> = (0..200).map(|n| (0..3).map(|f| table.codes[f][n]).collect()).collect();
    let scores = told(&forest, &rows);
    let right = scores.iter().zip(&table.class).filter(|(scores, class)| {
        let best = (0..3).fold(0, |best, k| if scores[k] > scores[best] { k } else { best });
        best == usize::from(**class)
    });
    assert!(right.count() > 190);
}

/// Workers that finish in another order.
struct Backwards;

impl Parallel for Backwards {
    fn each<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        let mut out: Vec<T> = (0..count).rev().map(work).collect();
        out.reverse();
        out
    }
}

#[test]
fn the_same_rows_grow_the_same_trees() {
    let table = corners(2_000);
    let params = TrainParams { trees: 5, ..TrainParams::default() };
    assert_eq!(train(&table, 3, &params, &Serial), train(&table, 3, &params, &Backwards));
}

#[test]
fn arrays_that_do_not_fit_are_found() {
    let forest = train(&corners(500), 3, &TrainParams { trees: 2, ..TrainParams::default() }, &Serial);
    let mut short = forest.clone();
    short.trees[1].scores.pop();
    assert_eq!(short.fault().unwrap(), "tree 1 has 6 levels and 191 scores");
    let mut unknown = forest.clone();
    unknown.trees[0].splits[0].feature = 3;
    assert!(unknown.fault().is_some());
    assert!(Forest { classes: 1, ..forest }.fault().is_some());
}

#[test]
fn shares_add_up_to_one_and_follow_the_scores() {
    let mut scores = Scores::default();
    scores[..3].copy_from_slice(&[0, 1024, -4096]);
    let shares = probabilities(&scores, 3);
    // Odds of e to 1, and next to nothing.
    assert_eq!(shares[..4], [68, 186, 1, 0]);
}

proptest! {
    #[test]
    fn lanes_and_walking_agree(
        splits in prop::collection::vec(prop::collection::vec((0u8..5, any::<u8>()), 0..=6), 1..6),
        rows in prop::collection::vec(prop::collection::vec(any::<u8>(), 5), 1..=BATCH),
        seed in any::<u32>(),
    ) {
        let mut z = seed;
        let mut score = || {
            z = z.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((z >> 16) % 2_000) as i16 - 1_000
        };
        let trees = splits.iter().map(|levels| Tree {
            splits: levels.iter().map(|(feature, above)| Split { feature: *feature, above: *above }).collect(),
            scores: (0..4usize << levels.len()).map(|_| score()).collect(),
        }).collect();
        let forest = Forest { features: 5, classes: 4, prior: vec![1, -2, 3, -4], trees };
        prop_assert_eq!(forest.fault(), None);
        for (row, scores) in rows.iter().zip(told(&forest, &rows)) {
            let lanes: Vec<i32> = scores[..4].iter().map(|s| i32::from(*s)).collect();
            prop_assert_eq!(lanes, walked(&forest, row));
        }
    }
}
