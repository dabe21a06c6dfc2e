//! Rectangles of pixels, which may reach beyond the grid they are cut from.

use serde::Serialize;

/// A rectangle of pixels; `row` and `col` may be negative where a halo reaches beyond the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Window {
    /// First row.
    pub row: i64,
    /// First column.
    pub col: i64,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
}

impl Window {
    /// One past the last row.
    pub fn row_end(&self) -> i64 {
        self.row + self.rows as i64
    }

    /// One past the last column.
    pub fn col_end(&self) -> i64 {
        self.col + self.cols as i64
    }

    /// Number of pixels.
    pub fn pixels(&self) -> usize {
        self.rows * self.cols
    }

    /// The window grown by `px` on every side.
    pub fn with_halo(&self, px: usize) -> Window {
        Window {
            row: self.row - px as i64,
            col: self.col - px as i64,
            rows: self.rows + 2 * px,
            cols: self.cols + 2 * px,
        }
    }

    /// The common part of two windows, if they have one.
    pub fn intersect(&self, other: &Window) -> Option<Window> {
        let (row, col) = (self.row.max(other.row), self.col.max(other.col));
        let (end_row, end_col) = (self.row_end().min(other.row_end()), self.col_end().min(other.col_end()));
        (end_row > row && end_col > col).then(|| Window {
            row,
            col,
            rows: (end_row - row) as usize,
            cols: (end_col - col) as usize,
        })
    }

    /// `true` when `other` lies wholly inside.
    pub fn contains(&self, other: &Window) -> bool {
        self.row <= other.row
            && self.col <= other.col
            && self.row_end() >= other.row_end()
            && self.col_end() >= other.col_end()
    }
}
