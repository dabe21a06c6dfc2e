//! An image cut into blocks, as stored or otherwise: which of them a window touches, and where.

use super::CELL;
use super::block::Part;
use super::structure::Structure;
use crate::grid::Window;

/// Blocks of one size over an image, numbered in raster order.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    rows: usize,
    cols: usize,
    block_rows: usize,
    block_cols: usize,
}

impl Frame {
    /// The blocks as they are stored, of one plane.
    pub fn stored(s: &Structure) -> Frame {
        Frame { rows: s.rows, cols: s.cols, block_rows: s.block_rows, block_cols: s.block_cols }
    }

    /// Squares of [`CELL`] pixels.
    pub fn cells(s: &Structure) -> Frame {
        Frame { block_rows: CELL, block_cols: CELL, ..Frame::stored(s) }
    }

    /// Blocks side by side.
    pub fn across(self) -> usize {
        self.cols.div_ceil(self.block_cols)
    }

    /// Blocks in all.
    pub fn count(self) -> usize {
        self.across() * self.rows.div_ceil(self.block_rows)
    }

    /// The part of the image that a block covers.
    pub fn window(self, index: usize) -> Window {
        let (row, col) = (index / self.across() * self.block_rows, index % self.across() * self.block_cols);
        let (rows, cols) = (self.block_rows.min(self.rows - row), self.block_cols.min(self.cols - col));
        Window { row: row as i64, col: col as i64, rows, cols }
    }

    /// Pixels of a block that lie in the image.
    pub fn pixels(self, index: usize) -> usize {
        self.window(index).pixels()
    }

    /// Blocks that a window of the image touches, in raster order.
    pub fn touched(self, inside: Window) -> impl Iterator<Item = usize> {
        let rows = inside.row as usize / self.block_rows..(inside.row_end() as usize).div_ceil(self.block_rows);
        let cols = inside.col as usize / self.block_cols..(inside.col_end() as usize).div_ceil(self.block_cols);
        rows.flat_map(move |i| cols.clone().map(move |j| i * self.across() + j))
    }

    /// What a block and a window share; it goes to the window's corner.
    pub fn part(self, index: usize, inside: Window) -> Part {
        let block = self.window(index);
        let (row, col) = (block.row.max(inside.row), block.col.max(inside.col));
        let (end, right) = (block.row_end().min(inside.row_end()), block.col_end().min(inside.col_end()));
        Part {
            from: ((row - block.row) as usize, (col - block.col) as usize),
            size: ((end - row) as usize, (right - col) as usize),
            to: ((row - inside.row) as usize, (col - inside.col) as usize),
        }
    }
}
