//! From the stored bytes of a block to its values.
//!
//! In: a file's structure and the index of a block. Out: [`Block`].

use super::block::{Block, Seen, Spare, Values};
use super::codec::{Source, Unpacker};
use super::judge::{Judge, Rules, hidden};
use super::predictor::{Row, Sample, take_apart};
use super::structure::{SampleType, Structure};
use std::cell::RefCell;

#[derive(Default)]
struct Scratch {
    unpacker: Unpacker,
    bytes: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
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
    let absent = |sample: usize| s.places[if s.planar { sample * s.per_plane() + index } else { index }].1 == 0;
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
    let place = s.places[band * s.per_plane() + index];
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
