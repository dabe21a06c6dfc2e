//! A decoded block: the bands asked for, in the file's own type, and which of its pixels can be used.
//!
//! Made by decoding ([`super::decode`]) or of parts of others; then its rows are only copied.

use super::predictor::Sample;
use super::structure::SampleType;
use crate::grid::Window;
use crate::raster::Quality;
use std::any::Any;
use std::sync::{Mutex, PoisonError};

/// Values `[band][row][col]` in the file's type.
pub(super) enum Values {
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

pub(super) enum Seen {
    All,
    /// Nothing; the block has no values then.
    Nothing,
    Some(Vec<Quality>),
}

/// The part of a stored block that lies in the image; pixels that cannot be used are 0.
pub(super) struct Block {
    pub cols: usize,
    pub rows: usize,
    pub values: Values,
    pub seen: Seen,
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
    pub fn take<T: Sample>(&self, count: usize) -> Vec<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().rposition(|v| v.downcast_ref::<Vec<T>>().is_some_and(|v| v.len() == count));
        let found = at.and_then(|i| kept.swap_remove(i).downcast::<Vec<T>>().ok());
        drop(kept);
        found.map_or_else(|| vec![T::default(); count], |v| *v)
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
