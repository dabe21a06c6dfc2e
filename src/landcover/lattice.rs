//! What lies around a pixel, on a lattice of cells of the grid.
//!
//! Sums over cells are integers and the lattice is that of the grid, so surroundings are the same for any tiling.

use super::features::{centred, octaves};
use crate::grid::Window;
use crate::raster::wide_fn;
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
    let mut columns = [vec![0i32; cols], vec![0i32; cols], vec![0i32; cols]];
    for i in 1..rows.saturating_sub(1) {
        columns.iter_mut().for_each(|c| c.fill(0));
        for r in i - 1..=i + 1 {
            add_row(row(plane, r), row(seen, r), &mut columns);
        }
        if let Some(out) = out.row_mut(i).as_slice_mut() {
            vary(&columns, out);
        }
    }
    out
}

wide_fn!(fn add_row(values: &[i16], seen: &[u8], columns: &mut [Vec<i32>; 3]) = add_values);
wide_fn!(fn vary(columns: &[Vec<i32>; 3], out: &mut [u8]) = vary_all);
wide_fn!(fn against_row(values: &[i16], around: &[i32], shift: u32, out: &mut [u8]) = against_all);

wide_fn!(fn count(seen: &[u8], line: &mut [i32]) = count_all);
wide_fn!(fn sum(values: &[i16], line: &mut [i32]) = sum_all);
wide_fn!(fn square(values: &[i16], line: &mut [u32]) = square_all);
wide_fn!(fn count_edges(bright: [&[i16]; 3], seen: [&[u8]; 3], line: &mut [i32]) = count_edges_all);

/// A row of an array in standard layout.
pub(super) fn row<T>(of: &Array2<T>, i: usize) -> &[T] {
    let cols = of.ncols();
    of.as_slice().map_or(&[], |s| &s[i * cols..(i + 1) * cols])
}

#[inline(always)]
fn count_all(seen: &[u8], line: &mut [i32]) {
    line.iter_mut().zip(seen).for_each(|(t, v)| *t += i32::from(*v));
}

#[inline(always)]
fn sum_all(values: &[i16], line: &mut [i32]) {
    line.iter_mut().zip(values).for_each(|(t, v)| *t += i32::from(*v));
}

/// Four squares fit: 4 x 32767^2 < 2^32.
#[inline(always)]
fn square_all(values: &[i16], line: &mut [u32]) {
    line.iter_mut().zip(values).for_each(|(t, v)| *t += (i32::from(*v) * i32::from(*v)) as u32);
}

/// Counts pixels of the middle row whose neighbours on opposite sides differ.
#[inline(always)]
fn count_edges_all(bright: [&[i16]; 3], seen: [&[u8]; 3], line: &mut [i32]) {
    let n = line.len();
    if n < 3 {
        return;
    }
    let ([above, own, below], [seen_above, seen_own, seen_below]) = (bright.map(|r| &r[..n]), seen.map(|r| &r[..n]));
    let step = |a: i16, b: i16| u8::from((i32::from(a) - i32::from(b)).abs() > i32::from(EDGE));
    for j in 1..n - 1 {
        let down = seen_above[j] & seen_below[j] & step(above[j], below[j]);
        let across = seen_own[j - 1] & seen_own[j + 1] & step(own[j - 1], own[j + 1]);
        line[j] += i32::from(seen_own[j] & (down | across));
    }
}

/// Adds a row to the sums, the squares and the counts of columns.
#[inline(always)]
fn add_values(values: &[i16], seen: &[u8], [sums, squares, counts]: &mut [Vec<i32>; 3]) {
    let columns = sums.iter_mut().zip(squares).zip(counts);
    for (((sum, square), count), (v, seen)) in columns.zip(values.iter().zip(seen)) {
        let v = i32::from(*v);
        *sum += v;
        *square += v * v;
        *count += i32::from(*seen);
    }
}

#[inline(always)]
fn vary_all(columns: &[Vec<i32>; 3], out: &mut [u8]) {
    let n = out.len();
    if n < 3 {
        return;
    }
    let [sums, squares, counts] = columns.each_ref().map(|c| &c[..n]);
    for j in 1..n - 1 {
        let three = |of: &[i32]| (of[j - 1] + of[j] + of[j + 1]) as f32;
        let count = three(counts).max(1.0);
        let mean = three(sums) / count;
        out[j] = spread(three(squares) / count - mean * mean);
    }
}

#[inline(always)]
fn against_all(values: &[i16], around: &[i32], shift: u32, out: &mut [u8]) {
    for (out, (v, around)) in out.iter_mut().zip(values.iter().zip(around)) {
        *out = centred(i32::from(*v) - around, shift);
    }
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
        out.add(0, |i, line: &mut [i32]| count(row(seen, i), line));
        for (k, plane) in smooth.iter().chain(raw).enumerate() {
            out.add(1 + k, |i, line: &mut [i32]| sum(row(plane, i), line));
        }
        for (k, plane) in raw.iter().enumerate() {
            out.add(1 + smooth.len() + raw.len() + k, |i, line: &mut [u32]| square(row(plane, i), line));
        }
        let bright = &raw[0];
        out.add(quantities - 1, |i, line: &mut [i32]| {
            if i > 0 && i + 1 < rows {
                let around = [i - 1, i, i + 1];
                count_edges(around.map(|r| row(bright, r)), around.map(|r| row(seen, r)), line);
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

    /// Sums a quantity up: `add(row, line)` adds a row of pixels to a line of sums over at most [`CELL`] rows.
    fn add<T: Copy + Default + Into<i64>>(&mut self, quantity: usize, add: impl Fn(usize, &mut [T])) {
        let mut line = vec![T::default(); self.pixels.1];
        let total = |of: &[T]| of.iter().map(|v| -> i64 { (*v).into() }).sum::<i64>();
        let mut table = self.tables.slice_mut(s![quantity, 1.., 1..]);
        for (cell, mut out) in table.rows_mut().into_iter().enumerate() {
            line.fill(T::default());
            let first = (cell * CELL).saturating_sub(self.offset.0);
            let end = ((cell + 1) * CELL - self.offset.0).min(self.pixels.0);
            (first..end).for_each(|i| add(i, &mut line));
            let (partial, whole) = line.split_at(((CELL - self.offset.1) % CELL).min(line.len()));
            let lead = usize::from(self.offset.1 > 0);
            if lead > 0 {
                out[0] = total(partial);
            }
            for (sum, four) in out.iter_mut().skip(lead).zip(whole.chunks(CELL)) {
                *sum = total(four);
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

    /// A code of every pixel: its value against its cell's, see [`centred`].
    pub(super) fn against(&self, plane: &Array2<i16>, cells: &Array2<i32>, shift: u32) -> Array2<u8> {
        let mut out = Array2::zeros(self.pixels);
        self.rows(cells, |i, around| {
            if let Some(out) = out.row_mut(i).as_slice_mut() {
                against_row(row(plane, i), around, shift, out);
            }
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
