//! Rectangles of cells, and what clouds cover laid over pixels.

use crate::grid::Window;
use crate::raster::Quality;
use ndarray::{Array2, s};

/// A rectangle of cells.
#[derive(Clone, Copy)]
pub struct Region {
    /// First row.
    pub row: i64,
    /// First column.
    pub col: i64,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
}

impl Region {
    /// The same with `by` cells more on every side.
    pub fn grown(self, by: usize) -> Region {
        let b = by as i64;
        Region { row: self.row - b, col: self.col - b, rows: self.rows + 2 * by, cols: self.cols + 2 * by }
    }

    /// The cells of `px` pixels wholly inside a window.
    pub fn inside(window: Window, px: usize) -> Region {
        let px = px as i64;
        let up = |v: i64| (v + px - 1).div_euclid(px);
        let (row, col) = (up(window.row), up(window.col));
        let size = |first: i64, end: i64| (end.div_euclid(px) - first).max(0) as usize;
        Region { row, col, rows: size(row, window.row_end()), cols: size(col, window.col_end()) }
    }

    /// Its pixels, cells being `px` wide.
    pub fn window(self, px: usize) -> Window {
        let side = px as i64;
        Window { row: self.row * side, col: self.col * side, rows: self.rows * px, cols: self.cols * px }
    }

    /// The common part.
    pub fn intersect(self, other: Region) -> Option<Region> {
        let both = [self, other].map(|r| r.window(1));
        both[0].intersect(&both[1]).map(|w| Region { row: w.row, col: w.col, rows: w.rows, cols: w.cols })
    }
}

/// Cells found in a window, by date and reason.
pub struct Layers {
    region: Region,
    window: Window,
    px: i64,
    found: Vec<(usize, Quality, Array2<bool>)>,
}

impl Layers {
    /// Nothing found yet in a window that the cells of `region`, `px` pixels wide, cover.
    pub fn none(region: Region, window: Window, px: i64) -> Layers {
        Layers { region, window, px, found: Vec::new() }
    }

    /// Adds what was found at a date for a reason, if anything was.
    pub fn add(&mut self, date: usize, reason: Quality, cells: Array2<bool>) {
        if cells.iter().any(|c| *c) {
            self.found.push((date, reason, cells));
        }
    }

    /// `true` when nothing was found at either date.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Lays what was found at a date over the quality of the window.
    pub fn lay(&self, date: usize, quality: &mut Array2<Quality>) {
        let px = self.px as usize;
        // Pixels of the first cell that lie before the window.
        let cut = |at: i64, cell: i64| (at - cell * self.px) as usize;
        let (top, left) = (cut(self.window.row, self.region.row), cut(self.window.col, self.region.col));
        for (_, reason, cells) in self.found.iter().filter(|f| f.0 == date) {
            for (i, mut line) in quality.rows_mut().into_iter().enumerate() {
                for (j, _) in cells.row((top + i) / px).iter().enumerate().filter(|(_, c)| **c) {
                    let (from, to) = ((j * px).saturating_sub(left), ((j + 1) * px - left).min(line.len()));
                    let pixels = line.slice_mut(s![from..to]);
                    pixels.into_iter().filter(|q| q.is_valid()).for_each(|q| *q = *reason);
                }
            }
        }
    }
}
