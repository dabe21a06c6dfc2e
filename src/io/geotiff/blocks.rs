//! A decoded block: the bands asked for, in the file's own type, and which of its pixels can be used.
//!
//! In: a file's structure and the index of a block. Out: [`Block`], whose rows are then only copied.

use super::codec::{Source, Unpacker};
use super::predictor::{Row, Sample, take_apart};
use super::structure::{SampleType, Structure};
use crate::grid::Window;
use crate::raster::Quality;
use std::any::Any;
use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

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

/// Values `[band][row][col]` in the file's type.
enum Values {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Values {
    fn into_any(self) -> Box<dyn Any + Send> {
        match self {
            Values::U8(v) => Box::new(v),
            Values::I8(v) => Box::new(v),
            Values::U16(v) => Box::new(v),
            Values::I16(v) => Box::new(v),
            Values::U32(v) => Box::new(v),
            Values::I32(v) => Box::new(v),
            Values::F32(v) => Box::new(v),
            Values::F64(v) => Box::new(v),
        }
    }
}

enum Seen {
    All,
    /// Nothing; the block has no values then.
    Nothing,
    Some(Vec<Quality>),
}

/// The part of a stored block that lies in the image; pixels that cannot be used are 0.
pub(super) struct Block {
    cols: usize,
    rows: usize,
    values: Values,
    seen: Seen,
}

/// A rectangle of a block, and where it goes.
#[derive(Clone, Copy)]
pub(super) struct Part {
    /// First row and column in the block.
    pub from: (usize, usize),
    /// Rows and columns.
    pub size: (usize, usize),
    /// First row and column of the target.
    pub to: (usize, usize),
}

impl Part {
    /// The same part of the block, to another place.
    pub fn moved(self, by: (usize, usize)) -> Part {
        Part { to: (self.to.0 + by.0, self.to.1 + by.1), ..self }
    }

    /// Where the part lies in the image, of a part that goes to the corner of a window.
    pub fn window(&self, inside: Window) -> Window {
        let (row, col) = (inside.row + self.to.0 as i64, inside.col + self.to.1 as i64);
        Window { row, col, rows: self.size.0, cols: self.size.1 }
    }
}

/// Where parts of blocks are copied to: bands one after the other, and a quality per pixel.
pub(super) struct Target<'a> {
    pub bands: &'a mut [f32],
    pub quality: &'a mut [Quality],
    pub rows: usize,
    pub cols: usize,
}

#[derive(Default)]
struct Scratch {
    unpacker: Unpacker,
    bytes: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Values of blocks that are no longer kept, for those decoded next: megabytes that one thread allocates and another frees come back from
/// the system as fresh pages, and leave holes that grow the process.
#[derive(Default)]
pub(super) struct Spare(Mutex<Vec<Box<dyn Any + Send>>>);

impl Spare {
    /// Keeps the values of a block, and of those given before as many as make `most`.
    pub fn give(&self, block: Block, most: usize) {
        if matches!(block.seen, Seen::Nothing) {
            return;
        }
        let values = block.values.into_any();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(values);
        let over = kept.len().saturating_sub(most);
        kept.drain(..over);
    }

    /// Room for values, whatever they were before.
    fn take<T: Sample>(&self, count: usize) -> Vec<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().rposition(|v| v.downcast_ref::<Vec<T>>().is_some_and(|v| v.len() == count));
        let found = at.and_then(|i| kept.swap_remove(i).downcast::<Vec<T>>().ok());
        drop(kept);
        found.map_or_else(|| vec![T::default(); count], |v| *v)
    }
}

/// What it takes to decode a block besides the file.
#[derive(Clone, Copy)]
pub(super) struct Want<'a> {
    pub rules: &'a Rules,
    /// Samples, from 0.
    pub bands: &'a [usize],
    pub spare: &'a Spare,
}

/// Decodes block `index` (of one plane); `None` for a damaged one.
pub(super) fn decode(file: &Source, s: &Structure, want: Want, index: usize) -> Option<Block> {
    let (rows, cols) = s.used(index);
    let (values, seen) = match s.kind {
        SampleType::U8 => wrap(values(file, s, want, index), Values::U8),
        SampleType::I8 => wrap(values(file, s, want, index), Values::I8),
        SampleType::U16 => wrap(values(file, s, want, index), Values::U16),
        SampleType::I16 => wrap(values(file, s, want, index), Values::I16),
        SampleType::U32 => wrap(values(file, s, want, index), Values::U32),
        SampleType::I32 => wrap(values(file, s, want, index), Values::I32),
        SampleType::F32 => wrap(values(file, s, want, index), Values::F32),
        SampleType::F64 => wrap(values(file, s, want, index), Values::F64),
    }?;
    Some(Block { cols, rows, values, seen })
}

fn wrap<T>(found: Option<(Vec<T>, Seen)>, to: fn(Vec<T>) -> Values) -> Option<(Values, Seen)> {
    found.map(|(values, seen)| (to(values), seen))
}

fn values<T: Sample>(file: &Source, s: &Structure, want: Want, index: usize) -> Option<(Vec<T>, Seen)> {
    let Want { rules, bands, spare } = want;
    let (rows, cols) = s.used(index);
    let mut judge = Judge::new(rules, bands, rows, cols);
    let absent = |sample: usize| s.places[if s.planar { sample * s.per_plane + index } else { index }].1 == 0;
    let fill = |sample: usize| T::from_real(rules.nodata[sample].unwrap_or(0.0));
    if (0..s.samples).all(absent) && (rules.alpha.is_some_and(|a| hidden(fill(a))) || judge.all_bad(&fill)) {
        return Some((Vec::new(), Seen::Nothing));
    }
    let mut out = spare.take(bands.len() * rows * cols);
    SCRATCH.with_borrow_mut(|scratch| {
        let mut alpha = vec![T::default(); if rules.alpha.is_some() { rows * cols } else { 0 }];
        if s.planar {
            for (k, &band) in bands.iter().enumerate() {
                plane(file, s, index, band, fill(band), scratch, &mut out[k * rows * cols..(k + 1) * rows * cols])?;
            }
            if let Some(band) = rules.alpha {
                plane(file, s, index, band, fill(band), scratch, &mut alpha)?;
            }
            (0..rows).for_each(|r| judge.row(r, &mut out, &alpha));
        } else if absent(0) {
            for (k, &band) in bands.iter().enumerate() {
                out[k * rows * cols..(k + 1) * rows * cols].fill(fill(band));
            }
            alpha.fill(rules.alpha.map_or(T::default(), fill));
            (0..rows).for_each(|r| judge.row(r, &mut out, &alpha));
        } else {
            let direct = rules.alpha.is_none() && bands.iter().copied().eq(0..s.samples);
            let mut line = vec![T::default(); if direct { 0 } else { s.samples * cols }];
            let Scratch { unpacker, bytes } = scratch;
            let raw = unpacker.unpack(file, s.places[index], s.codec, s.unpacked(index))?;
            let row = Row { stride: s.samples, predictor: s.predictor, little: s.little, cols };
            for (r, raw) in raw.chunks_exact_mut(s.row_bytes()).take(rows).enumerate() {
                if direct {
                    take_apart(raw, row, bytes, &mut out[r * cols..], rows * cols);
                } else {
                    take_apart(raw, row, bytes, &mut line, cols);
                    for (k, band) in bands.iter().enumerate() {
                        let to = (k * rows + r) * cols;
                        out[to..to + cols].copy_from_slice(&line[band * cols..(band + 1) * cols]);
                    }
                    if let Some(a) = rules.alpha {
                        alpha[r * cols..(r + 1) * cols].copy_from_slice(&line[a * cols..(a + 1) * cols]);
                    }
                }
                judge.row(r, &mut out, &alpha);
            }
            unpacker.tidy();
        }
        Some(())
    })?;
    let seen = judge.done();
    if matches!(seen, Seen::Nothing) {
        out = Vec::new();
    }
    Some((out, seen))
}

/// One block of one plane.
fn plane<T: Sample>(
    file: &Source,
    s: &Structure,
    index: usize,
    band: usize,
    fill: T,
    scratch: &mut Scratch,
    out: &mut [T],
) -> Option<()> {
    let place = s.places[band * s.per_plane + index];
    if place.1 == 0 {
        out.fill(fill);
        return Some(());
    }
    let cols = s.used(index).1;
    let Scratch { unpacker, bytes } = scratch;
    let raw = unpacker.unpack(file, place, s.codec, s.unpacked(index))?;
    let row = Row { stride: 1, predictor: s.predictor, little: s.little, cols };
    for (raw, out) in raw.chunks_exact_mut(s.row_bytes()).zip(out.chunks_exact_mut(cols)) {
        take_apart(raw, row, bytes, out, cols);
    }
    unpacker.tidy();
    Some(())
}

/// As GDAL's conversion to a byte that is 0.
fn hidden<T: Sample>(alpha: T) -> bool {
    alpha.real().is_nan() || alpha.real() < 0.5
}

/// Finds the pixels of a block that cannot be used, row by row while the row is in the processor's cache.
struct Judge<'a> {
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
    fn new(rules: &'a Rules, bands: &'a [usize], rows: usize, cols: usize) -> Judge<'a> {
        let nodata = bands.iter().map(|b| rules.nodata[*b].map(|v| v as f32)).collect();
        Judge { rules, nodata, bands, rows, cols, quality: Vec::new(), lost: 0, bad: Vec::new() }
    }

    /// Whether a block of nothing but fill is all unusable, the alpha band aside.
    fn all_bad<T: Sample>(&self, fill: &impl Fn(usize) -> T) -> bool {
        let bad = |(k, b): (usize, &usize)| {
            !fill(*b).is_finite() || self.nodata[k].is_some_and(|n| Sample::real(fill(*b)) == n)
        };
        let zero = |b: &usize| Sample::real(fill(*b)) == 0.0;
        self.bands.iter().enumerate().any(bad) || (self.rules.zero_is_fill && self.bands.iter().all(zero))
    }

    fn row<T: Sample>(&mut self, r: usize, values: &mut [T], alpha: &[T]) {
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

    fn done(self) -> Seen {
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

impl Block {
    /// A block in which nothing is seen yet, to be made of parts of others.
    pub fn blank(kind: SampleType, bands: usize, (rows, cols): (usize, usize)) -> Block {
        let count = bands * rows * cols;
        let values = match kind {
            SampleType::U8 => Values::U8(vec![0; count]),
            SampleType::I8 => Values::I8(vec![0; count]),
            SampleType::U16 => Values::U16(vec![0; count]),
            SampleType::I16 => Values::I16(vec![0; count]),
            SampleType::U32 => Values::U32(vec![0; count]),
            SampleType::I32 => Values::I32(vec![0; count]),
            SampleType::F32 => Values::F32(vec![0.0; count]),
            SampleType::F64 => Values::F64(vec![0.0; count]),
        };
        Block { cols, rows, values, seen: Seen::Some(vec![Quality::Nodata; rows * cols]) }
    }

    /// Takes over a part of another block of the same file and choice of bands.
    pub fn take(&mut self, other: &Block, part: Part) {
        if let Seen::Some(quality) = &mut self.seen {
            other.copy_quality(part, quality, self.cols);
        }
        let (to, from) = ((self.rows, self.cols), (other.rows, other.cols));
        match (&mut self.values, &other.values) {
            (Values::U8(a), Values::U8(b)) => take_values(a, to, b, from, part),
            (Values::I8(a), Values::I8(b)) => take_values(a, to, b, from, part),
            (Values::U16(a), Values::U16(b)) => take_values(a, to, b, from, part),
            (Values::I16(a), Values::I16(b)) => take_values(a, to, b, from, part),
            (Values::U32(a), Values::U32(b)) => take_values(a, to, b, from, part),
            (Values::I32(a), Values::I32(b)) => take_values(a, to, b, from, part),
            (Values::F32(a), Values::F32(b)) => take_values(a, to, b, from, part),
            (Values::F64(a), Values::F64(b)) => take_values(a, to, b, from, part),
            // Blocks of one file have one type.
            _ => {}
        }
    }

    /// The block once all its parts are there.
    pub fn whole(mut self) -> Block {
        if matches!(&self.seen, Seen::Some(q) if q.iter().all(|q| q.is_valid())) {
            self.seen = Seen::All;
        }
        self
    }

    /// Copies a part into a window.
    pub fn copy(&self, part: Part, target: &mut Target) {
        self.copy_quality(part, target.quality, target.cols);
        match &self.values {
            Values::U8(v) => self.copy_values(v, part, target),
            Values::I8(v) => self.copy_values(v, part, target),
            Values::U16(v) => self.copy_values(v, part, target),
            Values::I16(v) => self.copy_values(v, part, target),
            Values::U32(v) => self.copy_values(v, part, target),
            Values::I32(v) => self.copy_values(v, part, target),
            Values::F32(v) => self.copy_values(v, part, target),
            Values::F64(v) => self.copy_values(v, part, target),
        }
    }

    fn copy_quality(&self, part: Part, into: &mut [Quality], width: usize) {
        let (rows, cols) = part.size;
        for r in 0..rows {
            let to = (part.to.0 + r) * width + part.to.1;
            let quality = &mut into[to..to + cols];
            match &self.seen {
                Seen::All => quality.fill(Quality::Valid),
                Seen::Nothing => quality.fill(Quality::Nodata),
                Seen::Some(q) => {
                    let from = (part.from.0 + r) * self.cols + part.from.1;
                    quality.copy_from_slice(&q[from..from + cols]);
                }
            }
        }
    }

    fn copy_values<T: Sample>(&self, values: &[T], part: Part, target: &mut Target) {
        let (rows, cols) = part.size;
        let planes = target.bands.chunks_exact_mut((target.rows * target.cols).max(1));
        for (k, plane) in planes.enumerate() {
            for r in 0..rows {
                let to = (part.to.0 + r) * target.cols + part.to.1;
                let to = &mut plane[to..to + cols];
                if values.is_empty() {
                    to.fill(0.0);
                    continue;
                }
                let from = (k * self.rows + part.from.0 + r) * self.cols + part.from.1;
                to.iter_mut().zip(&values[from..from + cols]).for_each(|(t, v)| *t = v.real());
            }
        }
    }
}

/// Copies a part of the values of a block of one size into those of another; a block in which nothing is seen has none.
fn take_values<T: Copy>(to: &mut [T], size: (usize, usize), from: &[T], other: (usize, usize), part: Part) {
    if from.is_empty() {
        return;
    }
    let ((rows, cols), (other_rows, other_cols)) = (size, other);
    let planes = to.chunks_exact_mut((rows * cols).max(1)).zip(from.chunks_exact((other_rows * other_cols).max(1)));
    for (to, from) in planes {
        for r in 0..part.size.0 {
            let (at, source) = ((part.to.0 + r) * cols + part.to.1, (part.from.0 + r) * other_cols + part.from.1);
            to[at..at + part.size.1].copy_from_slice(&from[source..source + part.size.1]);
        }
    }
}
