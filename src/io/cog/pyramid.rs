//! Sizes of the image and its overviews, and their blocks.

use crate::grid::Window;

/// Side of a block, pixels.
pub const BLOCK: usize = 512;

/// One resolution of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
}

/// A block of a level, numbered in raster order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockId {
    /// 0 for the full image.
    pub level: usize,
    /// Number.
    pub block: usize,
}

impl Level {
    /// Blocks per row of blocks.
    pub fn across(&self) -> usize {
        self.cols.div_ceil(BLOCK)
    }

    /// Number of blocks.
    pub fn blocks(&self) -> usize {
        self.across() * self.rows.div_ceil(BLOCK)
    }

    /// The pixels of a block, those beyond the edge left out.
    pub fn window(&self, block: usize) -> Window {
        let (row, col) = (block / self.across() * BLOCK, block % self.across() * BLOCK);
        Window { row: row as i64, col: col as i64, rows: BLOCK.min(self.rows - row), cols: BLOCK.min(self.cols - col) }
    }

    /// The blocks that a window inside the level touches.
    pub fn touched(&self, window: Window) -> impl Iterator<Item = usize> + use<> {
        let range = |from: i64, to: i64| from as usize / BLOCK..(to as usize).div_ceil(BLOCK);
        let (rows, cols) = (range(window.row, window.row_end()), range(window.col, window.col_end()));
        let across = self.across();
        rows.flat_map(move |i| cols.clone().map(move |j| i * across + j))
    }
}

/// The levels of an image: each half the one before it, rounded up, until the longer side fits into a block.
pub fn levels(rows: usize, cols: usize) -> Vec<Level> {
    let mut level = Level { rows, cols };
    let mut all = vec![level];
    while level.rows.max(level.cols) > BLOCK {
        level = Level { rows: level.rows.div_ceil(2), cols: level.cols.div_ceil(2) };
        all.push(level);
    }
    all
}

/// Where the reduced pixels of a window lie one level further; its first row and column must be even.
pub fn halved(window: Window) -> Window {
    Window { row: window.row / 2, col: window.col / 2, rows: window.rows.div_ceil(2), cols: window.cols.div_ceil(2) }
}
