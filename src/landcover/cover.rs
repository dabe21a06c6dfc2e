//! Land cover of both dates by a forest.
//!
//! A pixel is told with what both dates show of it: what stood there before, and what stands there after, are the best context there is
//! for a muddy field or a pale roof. The forest does not know which date is which: it is asked for *this* date, beside *the other*.

use super::features::Features;
use super::forest::{
    BATCH, BLOCK, Forest, Lane, MOST_CLASSES, Predictor, Scores, Shares, Table, by_class, share, weights,
};
use super::{Class, Classified, LandModel};
use crate::raster::{stretches, wide_fn};
use ndarray::{Array2, s};

/// The columns of a table that a forest is asked with: features of this date, of the other, their difference, and of the pair.
pub struct Columns {
    codes: Vec<u8>,
    /// Which columns anybody asks for; the others stay 0.
    asked: Vec<bool>,
    /// Pixels taken.
    filled: usize,
}

/// Names of the columns, in order, for the features of one date.
pub fn column_names(features: &[String]) -> Vec<String> {
    let of = |prefix: &'static str| features.iter().map(move |f| format!("{prefix}{f}"));
    of("").chain(of("other ")).chain(of("change of ")).chain(["change score".to_string()]).collect()
}

impl Columns {
    /// Room for [`BATCH`] pixels of so many features per date, all columns asked for.
    pub fn new(features: usize) -> Columns {
        let columns = 3 * features + 1;
        Columns { codes: vec![0; columns * BATCH], asked: vec![true; columns], filled: 0 }
    }

    /// The same, of the columns that a forest asks for.
    pub(super) fn asked_by(forest: &Forest, features: usize) -> Columns {
        let mut out = Columns::new(features);
        out.asked.fill(false);
        let splits = forest.trees.iter().flat_map(|t| &t.splits);
        splits.for_each(|s| out.asked[usize::from(s.feature)] = true);
        out
    }

    /// Takes a stretch of a row, at most what [`BATCH`] leaves; `score` are codes of the change score.
    pub fn take(
        &mut self,
        this: &Features,
        other: &Features,
        score: &Array2<u8>,
        row: usize,
        cols: std::ops::Range<usize>,
    ) {
        let (count, at) = (this.codes.len(), self.filled);
        for f in 0..count {
            let (own, others) = (stretch(&this.codes[f], row, &cols), stretch(&other.codes[f], row, &cols));
            let mut fill = |column: usize, fill: &dyn Fn(&mut [u8])| {
                if self.asked[column] {
                    fill(&mut self.codes[column * BATCH + at..][..cols.len()]);
                }
            };
            fill(f, &|out| out.copy_from_slice(own));
            fill(count + f, &|out| out.copy_from_slice(others));
            fill(2 * count + f, &|out| change_between(own, others, out));
        }
        self.codes[3 * count * BATCH + at..][..cols.len()].copy_from_slice(stretch(score, row, &cols));
        self.filled += cols.len();
    }

    /// Columns of a stretch of a row where they lie, and of the differences here; `None` where a plane ends before [`BATCH`] pixels. Nothing may
    /// be taken before.
    fn in_place<'a>(
        &'a mut self,
        this: &'a Features,
        other: &'a Features,
        score: &'a Array2<u8>,
        row: usize,
        cols: &std::ops::Range<usize>,
    ) -> Option<Vec<&'a Lane>> {
        let first = row * score.ncols() + cols.start;
        let count = this.codes.len();
        let lane = |plane: &'a Array2<u8>| plane.as_slice()?.get(first..)?.first_chunk::<BATCH>();
        let both = this.codes.iter().zip(&other.codes);
        let changes = self.codes.chunks_exact_mut(BATCH).skip(2 * count).zip(&self.asked[2 * count..]);
        for ((change, asked), (own, others)) in changes.zip(both) {
            if *asked {
                change_between(&lane(own)?[..cols.len()], &lane(others)?[..cols.len()], change);
            }
        }
        let changes = self.codes.as_chunks::<BATCH>().0[2 * count..3 * count].iter().map(Some);
        this.codes.iter().map(lane).chain(other.codes.iter().map(lane)).chain(changes).chain([lane(score)]).collect()
    }

    /// Appends the codes of one pixel to a table, whose class and weight the caller knows; nothing may be taken before.
    pub fn add_to(
        &mut self,
        table: &mut Table,
        this: &Features,
        other: &Features,
        score: &Array2<u8>,
        (row, col): (usize, usize),
    ) {
        self.take(this, other, score, row, col..col + 1);
        self.empty();
        let codes = self.codes.chunks_exact(BATCH);
        table.codes.iter_mut().zip(codes).for_each(|(to, from)| to.push(from[0]));
    }

    /// Codes `[column][BATCH]`.
    pub(super) fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// Pixels taken since the last time.
    pub fn empty(&mut self) -> usize {
        std::mem::take(&mut self.filled)
    }
}

wide_fn!(fn change_between(this: &[u8], other: &[u8], out: &mut [u8]) = halves);

/// Half the difference of codes, towards none, about 128.
#[inline(always)]
fn halves(this: &[u8], other: &[u8], out: &mut [u8]) {
    for ((c, a), b) in out.iter_mut().zip(this).zip(other) {
        *c = ((i16::from(*a) - i16::from(*b)) / 2 + 128) as u8;
    }
}

/// A stretch of a row of a plane in standard layout.
pub(super) fn stretch<'a>(plane: &'a Array2<u8>, row: usize, cols: &std::ops::Range<usize>) -> &'a [u8] {
    &super::lattice::row(plane, row)[cols.clone()]
}

/// Code of a change score, in thresholds.
pub fn score_code(score: f32, threshold: f32) -> u8 {
    let octaves = i32::from(super::features::octaves((score / threshold).max(1.0 / 64.0)));
    ((octaves >> 4) + 128).clamp(0, 255) as u8
}

/// Classes of pixels from their scores: first whether a pixel is a work of man at all, then which class.
struct Decider {
    /// Places of the forest's classes that are works, and of those that are not.
    works: Vec<usize>,
    natural: Vec<usize>,
    /// Value of every class of the forest; [`Class::UNCLASSIFIED`] beyond.
    values: [u8; MOST_CLASSES],
    classes: usize,
}

impl Decider {
    fn new(classes: &[Class]) -> Decider {
        let (works, natural) = (0..classes.len()).partition(|k| classes[*k].works());
        let mut values = [Class::UNCLASSIFIED; MOST_CLASSES];
        values.iter_mut().zip(classes).for_each(|(v, class)| *v = *class as u8);
        Decider { works, natural, values, classes: classes.len() }
    }
}

wide_fn!(fn decide(decider: &Decider, scores: &[Scores], out: &mut [(u8, u8)]) = decide_all);

/// Lowest bits of a score that hold the class's place instead, from the last.
const PLACE: i16 = MOST_CLASSES as i16 - 1;

/// Highest scores among some classes, with the class's place; scores are told apart to 64ths of log odds, alike ones go to the earlier.
#[inline(always)]
fn best_of(side: &[usize], scores: &[[i16; BLOCK]; MOST_CLASSES]) -> [i16; BLOCK] {
    let mut best = [i16::MIN; BLOCK];
    for k in side {
        let (place, scores) = (PLACE - *k as i16, scores[*k]);
        for l in 0..BLOCK {
            best[l] = best[l].max(scores[l] & !PLACE | place);
        }
    }
    best
}

/// Class and share of works (255ths) of every pixel.
#[inline(always)]
fn decide_all(decider: &Decider, scores: &[Scores], out: &mut [(u8, u8)]) {
    for (scores, out) in scores.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        let scores = by_class(scores);
        let (weights, sums) = weights(&scores, decider.classes);
        let mut works = [0.0f32; BLOCK];
        for k in &decider.works {
            let weights = weights[*k];
            for l in 0..BLOCK {
                works[l] += weights[l];
            }
        }
        let (of_works, of_natural) = (best_of(&decider.works, &scores), best_of(&decider.natural, &scores));
        let (mut shares, mut places) = ([0u8; BLOCK], [0u8; BLOCK]);
        for l in 0..BLOCK {
            shares[l] = share(works[l], 255.0 / sums[l]);
            let best = if shares[l] >= 128 { of_works[l] } else { of_natural[l] };
            places[l] = (PLACE - (best & PLACE)) as u8;
        }
        for ((out, share), place) in out.iter_mut().zip(shares).zip(places) {
            *out = (decider.values[usize::from(place)], share);
        }
    }
}

/// Pixels of one row: row, first column, how many.
type Run = (usize, usize, usize);

/// Stretches of at least so many pixels are asked about where they lie; the copies of shorter ones share a batch.
const LONG: usize = 64;

/// Asks a forest about every pixel where `wanted`: calls `told` with stretches and the scores of their pixels, at most [`BATCH`] at once, in
/// raster order.
fn ask(
    model: &LandModel,
    (this, other): (&Features, &Features),
    score: &Array2<u8>,
    wanted: &Array2<bool>,
    mut told: impl FnMut(&[Run], &[Scores]),
) {
    let predictor = Predictor::new(&model.forest);
    let mut columns = Columns::asked_by(&model.forest, this.codes.len());
    let mut scores = [Scores::default(); BATCH];
    let mut runs: Vec<Run> = Vec::with_capacity(BATCH);
    let mut flush = |columns: &mut Columns, runs: &mut Vec<Run>, told: &mut dyn FnMut(&[Run], &[Scores])| {
        let count = columns.empty();
        if count > 0 {
            predictor.scores(columns.codes(), &mut scores[..count]);
            told(runs, &scores[..count]);
            runs.clear();
        }
    };
    let mut long = [Scores::default(); BATCH];
    for (row, line) in wanted.rows().into_iter().enumerate() {
        stretches(line.to_slice().unwrap_or_default(), false, |start, end| {
            let mut from = start;
            while from < end {
                let to = end.min(from + BATCH);
                if to - from >= LONG {
                    flush(&mut columns, &mut runs, &mut told);
                    if let Some(lanes) = columns.in_place(this, other, score, row, &(from..to)) {
                        predictor.scores_of(&lanes, &mut long[..to - from]);
                        told(&[(row, from, to - from)], &long[..to - from]);
                        from = to;
                        continue;
                    }
                }
                let to = end.min(from + BATCH - columns.filled);
                columns.take(this, other, score, row, from..to);
                runs.push((row, from, to - from));
                if columns.filled == BATCH {
                    flush(&mut columns, &mut runs, &mut told);
                }
                from = to;
            }
        });
    }
    flush(&mut columns, &mut runs, &mut told);
}

/// Land cover of one date where `wanted`, told with the other date beside it.
///
/// # Shapes
/// Features, `score` (codes by [`score_code`]) and `wanted` are `(rows, cols)` of one window.
pub fn cover(
    model: &LandModel,
    this: &Features,
    other: &Features,
    score: &Array2<u8>,
    wanted: &Array2<bool>,
) -> Classified {
    let decider = Decider::new(&model.classes);
    let mut out = Classified::blank(wanted.dim());
    let mut decided = [(Class::UNCLASSIFIED, 0); BATCH];
    ask(model, (this, other), score, wanted, |runs, scores| {
        decide(&decider, scores, &mut decided);
        let mut first = 0;
        for &(row, col, count) in runs {
            let told = decided[first..first + count].iter();
            first += count;
            let at = s![row, col..col + count];
            let places = out.class.slice_mut(at).into_iter().zip(out.distance.slice_mut(at));
            for ((to_class, to_distance), (class, works)) in places.zip(told) {
                (*to_class, *to_distance) = (*class, f32::from(*works) / 255.0);
            }
        }
    });
    out
}

/// Shares of all classes (255ths, in the order of the model's classes) of the pixels where `wanted`, in raster order; otherwise as
/// [`cover`].
pub fn pixel_shares(
    model: &LandModel,
    this: &Features,
    other: &Features,
    score: &Array2<u8>,
    wanted: &Array2<bool>,
) -> Vec<Shares> {
    let predictor = Predictor::new(&model.forest);
    let mut out = Vec::new();
    let mut shares = [Shares::default(); BATCH];
    ask(model, (this, other), score, wanted, |_, scores| {
        predictor.shares(scores, &mut shares);
        out.extend_from_slice(&shares[..scores.len()]);
    });
    out
}

#[cfg(test)]
mod tests;
