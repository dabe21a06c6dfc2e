//! Cutting a grid into tiles, and choosing the fixed sample of tiles that statistics are taken from.

use super::{Grid, Window};

/// A grid cut into square tiles (the last row and column of tiles may be smaller), numbered in raster order.
#[derive(Clone, Copy, Debug)]
pub struct Tiling {
    rows: usize,
    cols: usize,
    size: usize,
}

impl Tiling {
    /// Tiles of `size` x `size` pixels; `size` must not be 0.
    pub fn new(grid: &Grid, size: usize) -> Tiling {
        Tiling { rows: grid.rows, cols: grid.cols, size: size.max(1) }
    }

    /// Tiles per column of tiles.
    pub fn down(&self) -> usize {
        self.rows.div_ceil(self.size)
    }

    /// Tiles per row of tiles.
    pub fn across(&self) -> usize {
        self.cols.div_ceil(self.size)
    }

    /// Number of tiles.
    pub fn len(&self) -> usize {
        self.down() * self.across()
    }

    /// `true` for a grid without pixels.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The window of tile `index`.
    pub fn window(&self, index: usize) -> Window {
        let (i, j) = (index / self.across(), index % self.across());
        let (row, col) = (i * self.size, j * self.size);
        Window {
            row: row as i64,
            col: col as i64,
            rows: self.size.min(self.rows - row),
            cols: self.size.min(self.cols - col),
        }
    }

    /// All windows in raster order.
    pub fn windows(&self) -> impl Iterator<Item = Window> + '_ {
        (0..self.len()).map(|i| self.window(i))
    }
}

/// A fixed, spatially even choice of at most `most` tiles out of `tiling`, in raster order.
///
/// Depends on the grid's size only, never on threads or the working tile, so that every statistic is reproducible. The grid is cut into
/// as many nearly square cells, and one tile is picked in each, at places that follow golden-ratio sequences, so that the picks do not
/// lock onto a regular pattern in the land.
pub fn sample_tiles(tiling: &Tiling, most: usize) -> Vec<Window> {
    if tiling.len() <= most {
        return tiling.windows().collect();
    }
    let most = most.max(1);
    let (down, across) = (tiling.down(), tiling.across());
    // Of the two numbers of columns that make the cells nearly square, the one that leaves fewer picks unused.
    let ideal = (most as f64 * across as f64 / down as f64).sqrt();
    let cells = |cols: f64| {
        let cols = (cols as usize).clamp(1, most.min(across));
        ((most / cols).clamp(1, down), cols)
    };
    let (few, many) = (cells(ideal.floor()), cells(ideal.ceil()));
    let (rows, cols) = if few.0 * few.1 >= many.0 * many.1 { few } else { many };
    // The sequences of M. Roberts 2018 ("The unreasonable effectiveness of quasirandom sequences"): powers of 1/1.3247...
    const STEPS: [f64; 2] = [0.754_877_666_246_692_8, 0.569_840_290_998_053_3];
    let mut chosen: Vec<usize> = (0..rows * cols)
        .map(|k| {
            let inside = |axis: usize| ((k + 1) as f64 * STEPS[axis]).fract();
            let row = ((k / cols) as f64 + inside(0)) * down as f64 / rows as f64;
            let col = ((k % cols) as f64 + inside(1)) * across as f64 / cols as f64;
            (row as usize).min(down - 1) * across + (col as usize).min(across - 1)
        })
        .collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen.into_iter().map(|i| tiling.window(i)).collect()
}

/// Every how many rows and columns a pixel is to be taken so that about `most` of `pixels` are.
pub fn sample_stride(pixels: usize, most: usize) -> usize {
    ((pixels as f64 / most.max(1) as f64).sqrt().ceil() as usize).max(1)
}
