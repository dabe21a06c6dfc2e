//! Blocks put together from parts.

use super::pyramid::{BlockId, Level};
use super::sample::Sample;
use crate::grid::Window;
use std::collections::BTreeMap;

/// A rectangle of pixels inside a longer row of memory.
#[derive(Clone, Copy)]
pub struct Pixels<'a, T> {
    data: &'a [T],
    stride: usize,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
}

impl<'a, T: Sample> Pixels<'a, T> {
    /// `rows` x `cols` pixels, one row after the other.
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Pixels<'a, T> {
        Pixels { data, stride: cols, rows, cols }
    }

    /// A row.
    pub fn row(&self, i: usize) -> &'a [T] {
        &self.data[i * self.stride..][..self.cols]
    }

    /// The pixels of `inner` where these are those of `outer`, which contains it.
    pub fn part(&self, outer: Window, inner: Window) -> Pixels<'a, T> {
        let (row, col) = ((inner.row - outer.row) as usize, (inner.col - outer.col) as usize);
        let data = &self.data[row * self.stride + col..];
        Pixels { data, stride: self.stride, rows: inner.rows, cols: inner.cols }
    }

    /// A copy, one row after the other.
    pub fn copied(&self) -> Vec<T> {
        (0..self.rows).flat_map(|i| self.row(i)).copied().collect()
    }

    /// The value that all pixels have, if they have one.
    pub fn uniform(&self) -> Option<T> {
        let first = *self.data.first()?;
        // No way out inside a row, so that whole registers are compared at once.
        let same = |row: &[T]| row.iter().fold(true, |same, v| same & (*v == first));
        (0..self.rows).all(|i| same(self.row(i))).then_some(first)
    }
}

/// Some pixels of a block.
pub struct Part<T> {
    pub window: Window,
    pub values: Vec<T>,
}

/// Blocks that wait for the rest of their pixels.
pub struct Gather<T> {
    waiting: BTreeMap<BlockId, Vec<Part<T>>>,
}

impl<T: Sample> Gather<T> {
    pub fn new() -> Gather<T> {
        Gather { waiting: BTreeMap::new() }
    }

    /// Takes a part of a block; gives its pixels, one row after the other, once all are there. Parts must not overlap.
    pub fn add(&mut self, id: BlockId, level: Level, part: Part<T>) -> Option<Vec<T>> {
        let block = level.window(id.block);
        if part.window == block {
            return Some(part.values);
        }
        let parts = self.waiting.entry(id).or_default();
        parts.push(part);
        if parts.iter().map(|p| p.window.pixels()).sum::<usize>() < block.pixels() {
            return None;
        }
        let parts = self.waiting.remove(&id)?;
        let mut out = vec![parts.first()?.values.first().copied()?; block.pixels()];
        for part in parts {
            let (row, col) = ((part.window.row - block.row) as usize, (part.window.col - block.col) as usize);
            for (i, line) in part.values.chunks_exact(part.window.cols).enumerate() {
                out[(row + i) * block.cols + col..][..line.len()].copy_from_slice(line);
            }
        }
        Some(out)
    }

    /// What still waits.
    pub fn into_parts(self) -> impl Iterator<Item = (BlockId, Part<T>)> {
        self.waiting.into_iter().flat_map(|(id, parts)| parts.into_iter().map(move |p| (id, p)))
    }
}
