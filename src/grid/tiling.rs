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
pub fn sample_tiles(tiling: &Tiling, most: usize) -> Vec<Window> {
    sample_windows(tiling.windows().collect(), most)
}

/// A fixed, spatially even choice of at most `most` out of windows in raster order.
///
/// Depends on the windows only, never on threads or the working tile, so that every statistic is reproducible.
/// The picks follow the golden-ratio sequence over the windows, which spreads them over rows and columns
/// without locking onto a regular pattern in the land.
pub fn sample_windows(windows: Vec<Window>, most: usize) -> Vec<Window> {
    let n = windows.len();
    if n <= most {
        return windows;
    }
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let mut chosen: Vec<usize> = Vec::with_capacity(most);
    let mut taken = vec![false; n];
    let mut k = 0u64;
    while chosen.len() < most {
        let i = ((k as f64 * GOLDEN).fract() * n as f64) as usize;
        if !taken[i] {
            taken[i] = true;
            chosen.push(i);
        }
        k += 1;
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|i| windows[i]).collect()
}

/// Every how many rows and columns a pixel is to be taken so that about `most` of `pixels` are.
pub fn sample_stride(pixels: usize, most: usize) -> usize {
    ((pixels as f64 / most.max(1) as f64).sqrt().ceil() as usize).max(1)
}
