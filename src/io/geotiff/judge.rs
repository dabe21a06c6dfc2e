//! Which pixels of a block can be used.
//!
//! In: its rows, decoded. Out: what was seen of it; the values of what was not are 0.

use super::block::Seen;
use super::predictor::Sample;
use crate::raster::Quality;

/// Which pixels can be used. As in reading through GDAL: not those where a band asked for is nodata or not finite, not those
/// the alpha band blanks, and not those where every band asked for is 0, if that is how fill is told.
pub struct Rules {
    /// Declared nodata value of each sample.
    pub nodata: Vec<Option<f64>>,
    /// Sample that says what is valid.
    pub alpha: Option<usize>,
    /// All bands 0 is fill.
    pub zero_is_fill: bool,
}

/// As GDAL's conversion to a byte that is 0.
pub(super) fn hidden<T: Sample>(alpha: T) -> bool {
    alpha.real().is_nan() || alpha.real() < 0.5
}

/// Finds the pixels of a block that cannot be used, row by row while the row is in the processor's cache.
pub(super) struct Judge<'a> {
    rules: &'a Rules,
    nodata: Vec<Option<f32>>,
    bands: &'a [usize],
    rows: usize,
    cols: usize,
    quality: Vec<Quality>,
    lost: usize,
    bad: Vec<bool>,
}

impl<'a> Judge<'a> {
    pub fn new(rules: &'a Rules, bands: &'a [usize], rows: usize, cols: usize) -> Judge<'a> {
        let nodata = bands.iter().map(|b| rules.nodata[*b].map(|v| v as f32)).collect();
        Judge { rules, nodata, bands, rows, cols, quality: Vec::new(), lost: 0, bad: Vec::new() }
    }

    /// Whether a block of nothing but fill is all unusable, the alpha band aside.
    pub fn all_bad<T: Sample>(&self, fill: &impl Fn(usize) -> T) -> bool {
        let bad = |(k, b): (usize, &usize)| {
            !fill(*b).is_finite() || self.nodata[k].is_some_and(|n| Sample::real(fill(*b)) == n)
        };
        let zero = |b: &usize| Sample::real(fill(*b)) == 0.0;
        self.bands.iter().enumerate().any(bad) || (self.rules.zero_is_fill && self.bands.iter().all(zero))
    }

    pub fn row<T: Sample>(&mut self, r: usize, values: &mut [T], alpha: &[T]) {
        let (rows, cols) = (self.rows, self.cols);
        let at = |k: usize| (k * rows + r) * cols..(k * rows + r + 1) * cols;
        let alpha = if alpha.is_empty() { alpha } else { &alpha[r * cols..(r + 1) * cols] };
        let first_zero = |band: &[T]| band.iter().fold(false, |any, v| any | (*v == T::default()));
        // Nearly every row is whole; this is the part that has to be fast.
        let mut suspect = alpha.iter().fold(false, |any, a| any | hidden(*a));
        suspect |= self.rules.zero_is_fill && (self.bands.is_empty() || first_zero(&values[at(0)]));
        suspect |= (0..self.bands.len()).any(|k| any_bad(&values[at(k)], self.nodata[k]));
        if !suspect {
            return;
        }
        self.bad.clear();
        self.bad.resize(cols, self.rules.zero_is_fill);
        if self.rules.zero_is_fill {
            for k in 0..self.bands.len() {
                self.bad.iter_mut().zip(&values[at(k)]).for_each(|(b, v)| *b &= *v == T::default());
            }
        }
        for k in 0..self.bands.len() {
            let nodata = self.nodata[k];
            let bad = |v: &T| !v.is_finite() || nodata.is_some_and(|n| Sample::real(*v) == n);
            self.bad.iter_mut().zip(&values[at(k)]).for_each(|(b, v)| *b |= bad(v));
        }
        self.bad.iter_mut().zip(alpha).for_each(|(b, a)| *b |= hidden(*a));
        let lost = self.bad.iter().filter(|b| **b).count();
        if lost == 0 {
            return;
        }
        self.lost += lost;
        if self.quality.is_empty() {
            self.quality.resize(rows * cols, Quality::Valid);
        }
        for (q, bad) in self.quality[r * cols..(r + 1) * cols].iter_mut().zip(&self.bad) {
            *q = if *bad { Quality::Nodata } else { Quality::Valid };
        }
        for k in 0..self.bands.len() {
            for (v, bad) in values[at(k)].iter_mut().zip(&self.bad) {
                *v = if *bad { T::default() } else { *v };
            }
        }
    }

    pub fn done(self) -> Seen {
        match self.lost {
            0 => Seen::All,
            lost if lost == self.rows * self.cols => Seen::Nothing,
            _ => Seen::Some(self.quality),
        }
    }
}

/// Whether a row has a value that is nodata or not finite; without branches, for vector registers.
fn any_bad<T: Sample>(band: &[T], nodata: Option<f32>) -> bool {
    match nodata {
        Some(n) if T::EXACT => T::exactly(n).is_some_and(|n| band.iter().fold(false, |any, v| any | (*v == n))),
        Some(n) => band.iter().fold(false, |any, v| any | !v.is_finite() | (Sample::real(*v) == n)),
        None if T::EXACT => false,
        None => band.iter().fold(false, |any, v| any | !v.is_finite()),
    }
}
