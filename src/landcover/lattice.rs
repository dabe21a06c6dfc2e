//! What lies around a pixel, on a lattice of cells of the grid.
//!
//! Sums over cells are integers and the lattice is that of the grid, so surroundings are the same for any tiling.

use super::features::octaves;
use crate::grid::Window;
use ndarray::{Array2, Array3, s};

/// Side of a cell, pixels.
pub(super) const CELL: usize = 4;
/// Step of brightness across two pixels that makes an edge, 512ths of an octave (19 %).
const EDGE: i16 = 128;

/// A variance as a code: its logarithm.
#[inline(always)]
fn spread(variance: f32) -> u8 {
    (i32::from(octaves(1.0 + variance.max(0.0))) / 48).clamp(0, 255) as u8
}

/// Variation within 3 x 3 pixels, of those seen; `plane` is 0 where not.
pub(super) fn variation_of_nine(plane: &Array2<i16>, seen: &Array2<u8>) -> Array2<u8> {
    let (rows, cols) = plane.dim();
    let mut out = Array2::zeros((rows, cols));
    let (mut sums, mut squares, mut counts) = (vec![0i32; cols], vec![0i32; cols], vec![0i32; cols]);
    for i in 1..rows.saturating_sub(1) {
        sums.fill(0);
        squares.fill(0);
        counts.fill(0);
        for r in i - 1..=i + 1 {
            for (c, (v, seen)) in plane.row(r).iter().zip(seen.row(r)).enumerate() {
                let v = i32::from(*v);
                sums[c] += v;
                squares[c] += v * v;
                counts[c] += i32::from(*seen);
            }
        }
        let three = |of: &[i32], j: usize| (of[j - 1] + of[j] + of[j + 1]) as f32;
        for (j, out) in out.row_mut(i).iter_mut().enumerate().take(cols.saturating_sub(1)).skip(1) {
            let n = three(&counts, j).max(1.0);
            let mean = three(&sums, j) / n;
            *out = spread(three(&squares, j) / n - mean * mean);
        }
    }
    out
}

/// Sums over the cells of the lattice, as tables from which any rectangle is four look-ups.
pub(super) struct Lattice {
    /// Rows and columns from the first cell's corner to the window's.
    offset: (usize, usize),
    /// Rows and columns of cells.
    shape: (usize, usize),
    /// Of the window.
    pixels: (usize, usize),
    /// `[quantity]` tables `(cell rows + 1, cell columns + 1)`: pixels, sums of the smooth planes, sums and squares of the raw ones, edges.
    tables: Array3<i64>,
    smooth: usize,
    raw: usize,
}

impl Lattice {
    /// Of a window's planes, which are 0 where nothing was seen; the first raw plane is brightness.
    pub(super) fn of(window: Window, seen: &Array2<u8>, smooth: &[Array2<i16>], raw: &[Array2<i16>]) -> Lattice {
        let (rows, cols) = seen.dim();
        let offset = [window.row, window.col].map(|v| v.rem_euclid(CELL as i64) as usize);
        let shape = ((offset[0] + rows).div_ceil(CELL), (offset[1] + cols).div_ceil(CELL));
        let quantities = 2 + smooth.len() + 2 * raw.len();
        let tables = Array3::zeros((quantities, shape.0 + 1, shape.1 + 1));
        let mut out = Lattice {
            offset: (offset[0], offset[1]),
            shape,
            pixels: (rows, cols),
            tables,
            smooth: smooth.len(),
            raw: raw.len(),
        };
        out.add(0, |i, line| line.iter_mut().zip(seen.row(i)).for_each(|(t, v)| *t += i64::from(*v)));
        for (k, plane) in smooth.iter().chain(raw).enumerate() {
            out.add(1 + k, |i, line| line.iter_mut().zip(plane.row(i)).for_each(|(t, v)| *t += i64::from(*v)));
        }
        for (k, plane) in raw.iter().enumerate() {
            let square = |v: &i16| i64::from(i32::from(*v) * i32::from(*v));
            let first = 1 + smooth.len() + raw.len();
            out.add(first + k, |i, line| line.iter_mut().zip(plane.row(i)).for_each(|(t, v)| *t += square(v)));
        }
        let bright = &raw[0];
        out.add(quantities - 1, |i, line| {
            if i == 0 || i + 1 >= rows {
                return;
            }
            let [above, own, below] = [i - 1, i, i + 1].map(|r| bright.row(r));
            let [seen_above, seen_own, seen_below] = [i - 1, i, i + 1].map(|r| seen.row(r));
            for j in 1..cols.saturating_sub(1) {
                let step = |a: i16, b: i16| (i32::from(a) - i32::from(b)).abs() > i32::from(EDGE);
                let down = seen_above[j] & seen_below[j] == 1 && step(above[j], below[j]);
                let across = seen_own[j - 1] & seen_own[j + 1] == 1 && step(own[j - 1], own[j + 1]);
                line[j] += i64::from(seen_own[j] == 1 && (down || across));
            }
        });
        for mut table in out.tables.outer_iter_mut() {
            for i in 1..=shape.0 {
                for j in 1..=shape.1 {
                    table[(i, j)] += table[(i - 1, j)] + table[(i, j - 1)] - table[(i - 1, j - 1)];
                }
            }
        }
        out
    }

    /// Sums a quantity up: `add(row, line)` adds a row of pixels to a line of sums.
    fn add(&mut self, quantity: usize, add: impl Fn(usize, &mut [i64])) {
        let mut line = vec![0i64; self.pixels.1];
        let mut table = self.tables.slice_mut(s![quantity, 1.., 1..]);
        for (cell, mut out) in table.rows_mut().into_iter().enumerate() {
            line.fill(0);
            let first = (cell * CELL).saturating_sub(self.offset.0);
            let end = ((cell + 1) * CELL - self.offset.0).min(self.pixels.0);
            (first..end).for_each(|i| add(i, &mut line));
            let (partial, whole) = line.split_at(((CELL - self.offset.1) % CELL).min(line.len()));
            let lead = usize::from(self.offset.1 > 0);
            if lead > 0 {
                out[0] = partial.iter().sum();
            }
            for (sum, four) in out.iter_mut().skip(lead).zip(whole.chunks(CELL)) {
                *sum = four.iter().sum();
            }
        }
    }

    /// `value(pixels, sum of a quantity)` per cell, of the cells within `reach`.
    fn each<T: Clone + Default>(&self, reach: usize, value: impl Fn(i64, &dyn Fn(usize) -> i64) -> T) -> Array2<T> {
        Array2::from_shape_fn(self.shape, |(i, j)| {
            let (top, left) = (i.saturating_sub(reach), j.saturating_sub(reach));
            let (bottom, right) = ((i + reach + 1).min(self.shape.0), (j + reach + 1).min(self.shape.1));
            let sum = |q: usize| {
                let t = |r: usize, c: usize| self.tables[(q, r, c)];
                t(bottom, right) - t(top, right) - t(bottom, left) + t(top, left)
            };
            let pixels = sum(0);
            if pixels > 0 { value(pixels, &sum) } else { T::default() }
        })
    }

    /// Means of a smooth plane.
    pub(super) fn means(&self, plane: usize, reach: usize) -> Array2<i32> {
        self.each(reach, |n, sum| (sum(1 + plane) / n) as i32)
    }

    /// Variation of a raw plane.
    pub(super) fn variances(&self, plane: usize, reach: usize) -> Array2<u8> {
        let first = 1 + self.smooth + plane;
        self.each(reach, |n, sum| spread(((sum(first + self.raw) - sum(first).pow(2) / n) / n) as f32))
    }

    /// Density of edges, 255ths.
    pub(super) fn edges(&self, reach: usize) -> Array2<u8> {
        let last = self.tables.dim().0 - 1;
        self.each(reach, |n, sum| (sum(last) * 255 / n) as u8)
    }

    /// The cell's value at every pixel.
    pub(super) fn spread_out(&self, cells: &Array2<u8>) -> Array2<u8> {
        let mut out = Array2::zeros(self.pixels);
        self.rows(cells, |i, around| out.row_mut(i).iter_mut().zip(around).for_each(|(o, a)| *o = *a));
        out
    }

    /// A code of every pixel from its value and its cell's.
    pub(super) fn against(
        &self,
        plane: &Array2<i16>,
        cells: &Array2<i32>,
        code: impl Fn(i16, i32) -> u8,
    ) -> Array2<u8> {
        let mut out = Array2::zeros(self.pixels);
        self.rows(cells, |i, around| {
            let values = plane.row(i).into_iter().zip(around);
            out.row_mut(i).iter_mut().zip(values).for_each(|(o, (v, a))| *o = code(*v, *a));
        });
        out
    }

    /// Calls `row` with the cells' values at every pixel of each row.
    fn rows<T: Copy>(&self, cells: &Array2<T>, mut row: impl FnMut(usize, &[T])) {
        let mut around: Vec<T> = Vec::with_capacity(self.pixels.1 + 2 * CELL);
        for (cell, line) in cells.rows().into_iter().enumerate() {
            around.clear();
            line.iter().for_each(|v| around.extend([*v; CELL]));
            let first = (cell * CELL).saturating_sub(self.offset.0);
            let end = ((cell + 1) * CELL - self.offset.0).min(self.pixels.0);
            (first..end).for_each(|i| row(i, &around[self.offset.1..self.offset.1 + self.pixels.1]));
        }
    }
}
