//! Learning a forest from labels that are not all right.
//!
//! Labels come in pieces (polygons, blocks of a label raster). Pixels of one piece look alike, so accuracy is told by pieces that the
//! forest has not seen (cross-validation by group), and a label that forests trained on the other pieces are sure is another class is left
//! out of the final training (agreement filtering: C. Brodley, M. Friedl 1999, "Identifying mislabeled training data").

use super::Class;
use super::forest::{BATCH, Forest, Parallel, Predictor, Scores, Table, TrainParams, probabilities, train};
use serde::Serialize;

/// Parts the pieces are dealt into.
pub const FOLDS: usize = 5;
/// Probability of its own label under which a pixel is left out, 255ths: one in ten.
const DOUBTED: u8 = 25;
/// Share of a class's pixels that are kept at least: where forests doubt more, it is they who are wrong.
const LEAST_KEPT: f64 = 0.5;

/// Rows with labels, and the piece each comes from.
#[derive(Clone, Debug, Default)]
pub struct Labelled {
    /// Codes, classes and weights.
    pub table: Table,
    /// Piece of each row.
    pub piece: Vec<u32>,
}

/// What cross-validation said of labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Rows by label and by what the forest said, `[label][said]`.
    pub counts: Vec<Vec<u64>>,
}

impl Confusion {
    /// Of so many classes.
    pub fn new(classes: usize) -> Confusion {
        Confusion { counts: vec![vec![0; classes]; classes] }
    }

    /// Counts a row; the forest says the class of the highest score, the first of equals.
    fn add(&mut self, label: usize, scores: &Scores) {
        let said = (0..self.counts.len()).fold(0, |best, k| if scores[k] > scores[best] { k } else { best });
        self.counts[label][said] += 1;
    }

    /// Rows counted.
    pub fn rows(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Share that is right, 0-1; `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        let right: u64 = (0..self.counts.len()).map(|k| self.counts[k][k]).sum();
        (self.rows() > 0).then(|| right as f64 / self.rows() as f64)
    }

    /// Cohen's kappa (1960); `None` where chance alone must agree.
    pub fn kappa(&self) -> Option<f64> {
        let all = self.rows() as f64;
        let said = |k: usize| self.counts.iter().map(|row| row[k]).sum::<u64>() as f64;
        let chance: f64 =
            self.counts.iter().enumerate().map(|(k, row)| row.iter().sum::<u64>() as f64 * said(k)).sum::<f64>()
                / (all * all);
        let right = self.accuracy()?;
        (chance < 1.0).then(|| (right - chance) / (1.0 - chance))
    }

    /// Share of the rows of a class that are told (producer's accuracy), and of what is told so that is right (user's accuracy).
    pub fn of_class(&self, k: usize) -> (Option<f64>, Option<f64>) {
        let share = |all: u64| (all > 0).then(|| self.counts[k][k] as f64 / all as f64);
        (share(self.counts[k].iter().sum()), share(self.counts.iter().map(|row| row[k]).sum()))
    }
}

/// A forest learnt from labels.
#[derive(Clone, Debug)]
pub struct Learnt {
    /// Trained on every label that was kept.
    pub forest: Forest,
    /// Held-out accuracy over all labels, doubted ones included.
    pub confusion: Confusion,
    /// Rows per class.
    pub rows: Vec<u64>,
    /// Pieces per class.
    pub pieces: Vec<u64>,
    /// Rows per class that were left out because held-out forests were sure of another class.
    pub doubted: Vec<u64>,
}

/// Learns; the same rows give the same forest on any pool.
pub fn learn(labelled: &Labelled, classes: usize, params: &TrainParams, pool: &impl Parallel) -> Learnt {
    let table = &labelled.table;
    let (fold, pieces) = folds(labelled, classes);
    let mut confusion = Confusion::new(classes);
    let mut own = vec![255u8; table.rows()];
    for part in 0..FOLDS {
        let (seen, held): (Vec<usize>, Vec<usize>) = (0..table.rows()).partition(|r| fold[*r] != part);
        if seen.is_empty() || held.is_empty() {
            continue;
        }
        let forest = train(&only(table, &seen), classes, params, pool);
        for (row, scores) in held.iter().zip(scores_of(&forest, table, &held)) {
            let label = usize::from(table.class[*row]);
            confusion.add(label, &scores);
            own[*row] = probabilities(&scores, classes)[label];
        }
    }
    let mut rows = vec![0u64; classes];
    table.class.iter().for_each(|c| rows[usize::from(*c)] += 1);
    let mut doubted = vec![0u64; classes];
    let doubtful = |r: usize| own[r] < DOUBTED;
    (0..table.rows()).filter(|r| doubtful(*r)).for_each(|r| doubted[usize::from(table.class[r])] += 1);
    for (doubted, rows) in doubted.iter_mut().zip(&rows) {
        if *doubted as f64 > *rows as f64 * (1.0 - LEAST_KEPT) {
            *doubted = 0;
        }
    }
    let kept: Vec<usize> =
        (0..table.rows()).filter(|r| !doubtful(*r) || doubted[usize::from(table.class[*r])] == 0).collect();
    let forest = train(&only(table, &kept), classes, params, pool);
    Learnt { forest, confusion, rows, pieces, doubted }
}

/// The part that each row's piece is dealt to, class by class in the order of the pieces, and the pieces of each class.
fn folds(labelled: &Labelled, classes: usize) -> (Vec<usize>, Vec<u64>) {
    let mut of_class: Vec<Vec<u32>> = vec![Vec::new(); classes];
    for (piece, class) in labelled.piece.iter().zip(&labelled.table.class) {
        of_class[usize::from(*class)].push(*piece);
    }
    for pieces in &mut of_class {
        pieces.sort_unstable();
        pieces.dedup();
    }
    let part = |(piece, class): (&u32, &u8)| {
        let class = usize::from(*class);
        // Classes start at different parts, so that those of few pieces do not all miss from the same forest.
        (of_class[class].binary_search(piece).unwrap_or(0) + class) % FOLDS
    };
    let fold = labelled.piece.iter().zip(&labelled.table.class).map(part).collect();
    (fold, of_class.iter().map(|pieces| pieces.len() as u64).collect())
}

/// Some rows of a table.
fn only(table: &Table, rows: &[usize]) -> Table {
    Table {
        codes: table.codes.iter().map(|column| rows.iter().map(|r| column[*r]).collect()).collect(),
        class: rows.iter().map(|r| table.class[*r]).collect(),
        weight: rows.iter().map(|r| table.weight[*r]).collect(),
    }
}

/// What a forest says of some rows of a table.
pub fn scores_of(forest: &Forest, table: &Table, rows: &[usize]) -> Vec<Scores> {
    let predictor = Predictor::new(forest);
    let mut out = vec![Scores::default(); rows.len()];
    let mut codes = vec![0u8; forest.features * BATCH];
    for (rows, out) in rows.chunks(BATCH).zip(out.chunks_mut(BATCH)) {
        for (lane, column) in codes.chunks_exact_mut(BATCH).zip(&table.codes) {
            lane.iter_mut().zip(rows).for_each(|(to, r)| *to = column[*r]);
        }
        predictor.scores(&codes, out);
    }
    out
}

/// What a forest says of all rows of a table with labels.
pub fn confusion(forest: &Forest, table: &Table) -> Confusion {
    let mut out = Confusion::new(forest.classes);
    let all: Vec<usize> = (0..table.rows()).collect();
    for (label, scores) in table.class.iter().zip(scores_of(forest, table, &all)) {
        out.add(usize::from(*label), &scores);
    }
    out
}

/// A pixel whose answer is known to the last bit: codes, and the scores of every class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct GoldenPixel {
    /// Codes, in the order of the columns.
    pub codes: Vec<u8>,
    /// Scores.
    pub scores: Vec<i16>,
}

/// Golden pixels of a forest: a few rows of every class.
pub fn golden_pixels(forest: &Forest, table: &Table) -> Vec<GoldenPixel> {
    const PER_CLASS: usize = 3;
    let mut kept = vec![0; forest.classes];
    let rows: Vec<usize> = (0..table.rows())
        .step_by(table.rows() / 1000 + 1)
        .filter(|r| {
            let kept = &mut kept[usize::from(table.class[*r])];
            *kept += 1;
            *kept <= PER_CLASS
        })
        .collect();
    let pixel = |(row, scores): (&usize, Scores)| GoldenPixel {
        codes: table.codes.iter().map(|column| column[*row]).collect(),
        scores: scores[..forest.classes].to_vec(),
    };
    rows.iter().zip(scores_of(forest, table, &rows)).map(pixel).collect()
}

/// Class of a label as people write it: our code or Chinese name, the value in `landcover_*.tif`, or a code of the land survey.
pub fn class_of_label(label: &str) -> Option<Class> {
    let label = label.trim();
    let named = Class::ALL.into_iter().find(|c| c.code().eq_ignore_ascii_case(label) || c.zh() == label);
    let valued = || Class::from_value(label.parse().ok()?).filter(|_| label.len() < 3 && !label.starts_with('0'));
    let surveyed = || super::ground_of(label)?.shows.first().copied();
    named.or_else(valued).or_else(surveyed)
}

#[cfg(test)]
mod tests;
