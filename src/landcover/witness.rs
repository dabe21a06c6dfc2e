//! What a forest sees of a parcel: the evidence a whole parcel is decided on, summed over its pixels and along its rim.
//!
//! A farmer works whole fields: what changed for farming ends where a border was before. What is built cuts across fields: along its rim
//! there is a new border where there was none. That holds whatever the colours, and so does what [`super::pattern`] adds.

use super::cover::{Columns, stretch};
use super::features::Features;
use super::forest::{BATCH, Predictor, Scores, Shares};
use super::pattern::{self, PATTERN_SUMS};
use super::{Class, LandModel};
use crate::raster::Quality;
use ndarray::Array2;
use std::cell::RefCell;

/// Planes whose roughness and contrast over the rim are looked at, the first two: brightness and vegetation.
const LOOKED_AT: usize = 2;
/// Pixels around a window that the rim of its parcels is told by.
pub const RIM: usize = 1;
/// Pixels inwards and outwards of a rim pixel that are compared.
const INWARDS: usize = 1;
const OUTWARDS: usize = 2;

/// Sums along the rim: sides, contrast before, contrast after.
const RIM_SUMS: usize = 3;

/// What a parcel's pixels add up to, as [`Witness::add`] sums it.
pub struct Summed<'a> {
    /// Over the pixels: features before and after, score, classes before and after, roughness.
    pub of_pixels: &'a [u64],
    /// For [`super::pattern_codes`].
    pub of_pattern: &'a [u64],
    /// Sides of the rim, contrast over it before and after.
    pub of_rim: &'a [u64],
}

impl<'a> Summed<'a> {
    /// Parts the sums of a parcel; `None` of anything else.
    pub fn of(sums: &'a [u64]) -> Option<Summed<'a>> {
        let (rest, of_rim) = sums.split_at_checked(sums.len().checked_sub(RIM_SUMS)?)?;
        let (of_pixels, of_pattern) = rest.split_at_checked(rest.len().checked_sub(PATTERN_SUMS)?)?;
        Some(Summed { of_pixels, of_pattern, of_rim })
    }
}

/// Both dates of a window, and which pixels belong together; all `(rows, cols)` of one window.
pub struct Sight<'a> {
    /// Features before and after.
    pub features: &'a [Features; 2],
    /// Codes of the change score.
    pub score: &'a Array2<u8>,
    /// Joint quality.
    pub quality: &'a Array2<Quality>,
    /// Change group; right from [`RIM`] pixels around the pixels asked for.
    pub group: &'a Array2<u8>,
}

/// What a forest sees of stretches of pixels at both dates.
pub struct Witness<'a> {
    model: &'a LandModel,
    predictor: Predictor<'a>,
    sight: Sight<'a>,
    /// Of the stretch at hand; stretches are many and short.
    columns: RefCell<Columns>,
}

/// Names of the codes a parcel has from what [`Witness::add`] sums up, in order.
pub fn witness_names(features: &[String], classes: &[Class]) -> Vec<String> {
    let dates = ["before", "after"];
    let of_features = dates.iter().flat_map(|d| features.iter().map(move |f| format!("{f} {d}")));
    let of_classes = dates.iter().flat_map(|d| classes.iter().map(move |c| format!("{} {d}", c.code())));
    let rough = dates.iter().flat_map(|d| ["brightness", "vegetation"].map(|p| format!("{p} roughness {d}")));
    let rim = ["rim", "contrast over the rim before", "contrast over the rim after"].map(str::to_string);
    of_features
        .chain(["change score".to_string()])
        .chain(of_classes)
        .chain(rough)
        .chain(rim)
        .chain(pattern::pattern_names())
        .collect()
}

impl<'a> Witness<'a> {
    /// A witness of a window.
    pub fn new(model: &'a LandModel, sight: Sight<'a>) -> Witness<'a> {
        let columns = RefCell::new(Columns::asked_by(&model.forest, sight.features[0].codes.len()));
        Witness { model, predictor: Predictor::new(&model.forest), sight, columns }
    }

    fn features(&self) -> usize {
        self.sight.features[0].codes.len()
    }

    /// How many sums there are.
    pub fn sums(&self) -> usize {
        2 * (self.features() + self.model.classes.len() + LOOKED_AT) + 1 + PATTERN_SUMS + RIM_SUMS
    }

    /// Adds the pixels of a stretch that is all of one group: codes, probabilities (255ths), roughness, and what lies across the rim.
    pub fn add(&self, row: usize, cols: std::ops::Range<usize>, sums: &mut [u64]) {
        let (of_codes, sums) = sums.split_at_mut(2 * self.features() + 1);
        let (of_classes, sums) = sums.split_at_mut(2 * self.model.classes.len());
        let (of_roughness, sums) = sums.split_at_mut(2 * LOOKED_AT);
        let (of_pattern, of_rim) = sums.split_at_mut(PATTERN_SUMS);
        let total = |plane: &Array2<u8>| stretch(plane, row, &cols).iter().map(|v| u64::from(*v)).sum::<u64>();
        let planes = self.sight.features.iter().flat_map(|f| &f.codes).chain([self.sight.score]);
        of_codes.iter_mut().zip(planes).for_each(|(sum, plane)| *sum += total(plane));
        self.add_classes(row, &cols, of_classes);
        for (features, sums) in self.sight.features.iter().zip(of_roughness.chunks_mut(LOOKED_AT)) {
            for (sum, plane) in sums.iter_mut().zip(features.against_near()) {
                *sum += stretch(plane, row, &cols).iter().map(|v| u64::from(v.abs_diff(128))).sum::<u64>();
            }
        }
        pattern::add(&self.sight, row, cols.clone(), of_pattern);
        cols.for_each(|col| self.add_rim((row, col), of_rim));
    }

    fn add_classes(&self, row: usize, cols: &std::ops::Range<usize>, sums: &mut [u64]) {
        let classes = self.model.classes.len();
        let mut columns = self.columns.borrow_mut();
        let (mut scores, mut shares) = ([Scores::default(); BATCH], [Shares::default(); BATCH]);
        let [before, after] = self.sight.features;
        for first in cols.clone().step_by(BATCH) {
            let part = first..(first + BATCH).min(cols.end);
            for ((this, other), sums) in [(before, after), (after, before)].into_iter().zip(sums.chunks_mut(classes)) {
                columns.take(this, other, self.sight.score, row, part.clone());
                let count = columns.empty();
                self.predictor.scores(columns.codes(), &mut scores[..count]);
                self.predictor.shares(&scores[..count], &mut shares);
                for shares in &shares[..count] {
                    sums.iter_mut().zip(shares).for_each(|(s, p)| *s += u64::from(*p));
                }
            }
        }
    }

    /// Adds the sides of a pixel that border on another group, and how much both dates differ across them.
    fn add_rim(&self, (row, col): (usize, usize), sums: &mut [u64]) {
        let (rows, cols) = self.sight.group.dim();
        for (down, right) in [(-1i64, 0i64), (0, -1), (0, 1), (1, 0)] {
            let at = |steps: i64| {
                let (r, c) = (row as i64 + down * steps, col as i64 + right * steps);
                let inside = (0..rows as i64).contains(&r) && (0..cols as i64).contains(&c);
                inside.then_some((r as usize, c as usize))
            };
            if at(RIM as i64).is_some_and(|n| self.sight.group[n] == self.sight.group[(row, col)]) {
                continue;
            }
            let (Some(inner), Some(outer)) = (at(-(INWARDS as i64)), at(OUTWARDS as i64)) else { continue };
            if ![inner, outer].iter().all(|n| self.sight.quality[*n].is_valid()) {
                continue;
            }
            sums[0] += 1;
            for (features, sum) in self.sight.features.iter().zip(&mut sums[1..]) {
                let contrast = |plane: &Array2<u8>| u64::from(plane[inner].abs_diff(plane[outer]));
                *sum += features.codes[..LOOKED_AT].iter().map(contrast).sum::<u64>().min(255);
            }
        }
    }
}

#[cfg(test)]
mod tests;
