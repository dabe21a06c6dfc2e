//! Where the tie tiles lie: a plan from the size of the working grid alone.

use super::AlignParams;
use crate::grid::Window;

/// Smallest side that is halved for the sake of more tiles; smaller ones tell too little each.
const SMALL_SIDE: usize = 128;
/// Neighbouring tiles lie at least this part of their side apart. The window that fades a tile's edges leaves about half of
/// its side in effect: at a third neighbours share some ground, nearer ones would say the same thing twice.
const LEAST_SPACING: f64 = 0.33;

/// Fewer blocks of a sample do not cover a scene.
const LEAST_BLOCKS: usize = 12;

/// The tie tiles of a working grid.
#[derive(Clone, Debug, PartialEq)]
pub struct TiePlan {
    /// Side of a tile, pixels; 0 when the grid is too small to be measured.
    pub side: usize,
    /// Pixels between neighbouring tiles, the larger of both directions.
    pub spacing_px: f64,
    /// The tiles in raster order, all wholly inside the grid.
    pub windows: Vec<Window>,
}

impl TiePlan {
    /// Part of a tile's pixels that it stands for alone: all of them where tiles lie apart, less where they overlap.
    pub fn share(&self) -> f64 {
        let span = |first: fn(&Window) -> i64, last: fn(&Window) -> i64| {
            let low = self.windows.iter().map(first).min().unwrap_or(0);
            (self.windows.iter().map(last).max().unwrap_or(0) - low) as f64
        };
        let ground = span(|w| w.row, Window::row_end) * span(|w| w.col, Window::col_end);
        (ground / (self.windows.len().max(1) * (self.side * self.side).max(1)) as f64).min(1.0)
    }
}

/// Side of the tie tiles: as asked for where two fit side by side, else the largest power of two of which two do; a grid of
/// under 128 px is measured with as large a tile as it holds.
fn side(rows: usize, cols: usize, asked: usize) -> usize {
    let least = rows.min(cols);
    let mut side = if asked.is_power_of_two() { asked } else { asked.next_power_of_two() / 2 };
    while side >= SMALL_SIDE && 2 * side > least {
        side /= 2;
    }
    while side > least {
        side /= 2;
    }
    if side < 32 { 0 } else { side }
}

/// Spreads at most `max_tie_tiles` tiles evenly over the grid, overlapping where it is small.
///
/// The number is bounded whatever the size of the grid, so a county costs what a small image costs.
pub fn tie_plan(rows: usize, cols: usize, params: &AlignParams) -> TiePlan {
    let side = side(rows, cols, params.tie_tile_px);
    if side == 0 {
        return TiePlan { side, spacing_px: 0.0, windows: Vec::new() };
    }
    let free = ((rows - side) as f64, (cols - side) as f64);
    let count = |spacing: f64| ((free.0 / spacing) as usize + 1, (free.1 / spacing) as usize + 1);
    let most = params.max_tie_tiles.max(1);
    let mut spacing = side as f64 * LEAST_SPACING;
    while count(spacing).0 * count(spacing).1 > most {
        spacing *= 1.02;
    }
    let (down, across) = count(spacing);
    // Evenly from edge to edge; a single one lies in the middle.
    let place = |k: usize, n: usize, free: f64| {
        let at = if n == 1 { free / 2.0 } else { free * k as f64 / (n - 1) as f64 };
        at.round() as i64
    };
    let windows = (0..down * across).map(|k| Window {
        row: place(k / across, down, free.0),
        col: place(k % across, across, free.1),
        rows: side,
        cols: side,
    });
    let gap = |n: usize, free: f64| if n > 1 { free / (n - 1) as f64 } else { side as f64 };
    TiePlan { side, spacing_px: gap(down, free.0).max(gap(across, free.1)), windows: windows.collect() }
}

/// Two tie tiles in opposite corners of each of the `blocks` of a sample, for grids so large that tiles of their own would have to be
/// read for nothing else.
///
/// `blocks` are spread evenly over a grid of `rows` x `cols` and hold two tiles each way; `None` where they do not.
pub fn tie_plan_in(blocks: &[Window], rows: usize, cols: usize, params: &AlignParams) -> Option<TiePlan> {
    let side = side(rows, cols, params.tie_tile_px);
    let holds = |b: &&Window| b.rows >= side * 3 / 2 && b.cols >= side * 3 / 2;
    let blocks: Vec<&Window> = blocks.iter().filter(holds).take(params.max_tie_tiles / 2).collect();
    if side == 0 || blocks.len() < LEAST_BLOCKS {
        return None;
    }
    let windows = blocks.iter().flat_map(|b| {
        let last = (b.row_end() - side as i64, b.col_end() - side as i64);
        [(b.row, b.col), last].map(|(row, col)| Window { row, col, rows: side, cols: side })
    });
    let spacing_px = ((rows * cols) as f64 / blocks.len() as f64).sqrt();
    Some(TiePlan { side, spacing_px, windows: windows.collect() })
}
