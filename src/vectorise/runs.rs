//! Runs: maximal stretches of equal pixels in a row, the only form in which pixels leave a tile.

use crate::grid::Window;
use ndarray::{Array2, ArrayView2, s};

/// A maximal stretch of pixels of one row with the same group and the same detail, in global grid coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Row of the grid.
    pub row: u32,
    /// First column.
    pub start: u32,
    /// One past the last column.
    pub end: u32,
    /// Strong pixels of the stretch, at most 255: a component without any is weak ([`super::keep_strong`]).
    pub core: u8,
    /// Connectivity group: only runs of the same group are joined to components. Never 0, which is background.
    pub group: u8,
    /// Free code carried along, e.g. a from/to class pair; it does not affect connectivity.
    pub detail: u16,
    /// Fixed-point sums over the pixels: change score, distance from natural ground.
    pub sums: [u64; 2],
}

impl Run {
    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.end - self.start)
    }
}

/// The runs of a whole grid, sorted by row and start, none touching another of the same group and detail in its row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunImage {
    /// Rows of the grid.
    pub rows: usize,
    /// Columns of the grid.
    pub cols: usize,
    /// The runs.
    pub runs: Vec<Run>,
}

impl RunImage {
    /// The runs of a row that reach into the columns `start..end`, in order.
    pub fn row(&self, row: u32, start: u32, end: u32) -> impl Iterator<Item = &Run> {
        let first = self.runs.partition_point(|r| (r.row, r.end) <= (row, start));
        self.runs[first..].iter().take_while(move |r| r.row == row && r.start < end)
    }

    /// `true` where a run lies.
    pub fn covers(&self, row: u32, col: u32) -> bool {
        self.row(row, col, col + 1).next().is_some()
    }

    /// Sets the pixels of a window (rows and columns of `out`, inside the grid) that lie in a run.
    pub fn paint(&self, window: Window, value: u8, out: &mut Array2<u8>) {
        let (left, right) = (window.col as u32, window.col_end() as u32);
        for (i, mut line) in out.rows_mut().into_iter().enumerate() {
            for run in self.row((window.row + i as i64) as u32, left, right) {
                let (from, to) = (run.start.max(left) - left, run.end.min(right) - left);
                line.slice_mut(s![from as usize..to as usize]).fill(value);
            }
        }
    }
}

/// The runs of one tile, in raster order.
///
/// # Shapes
/// `group`, `detail` and `values` (what [`Run::sums`] adds up) have the rows and columns of `window`, which lies inside the grid.
///
/// # Units
/// A pixel whose first value is `strong` or more counts in [`Run::core`].
///
/// # Nodata
/// Group 0 is background and leaves no run; pixels that cannot be judged are background unless they get a group.
///
/// # Cost
/// One pass; long background stretches are skipped eight pixels at a time.
pub fn runs_of_tile(
    window: Window,
    group: ArrayView2<u8>,
    detail: ArrayView2<u16>,
    values: ArrayView2<[u16; 2]>,
    strong: u16,
) -> Vec<Run> {
    debug_assert_eq!(group.dim(), (window.rows, window.cols));
    debug_assert_eq!(group.dim(), detail.dim());
    debug_assert_eq!(group.dim(), values.dim());
    let mut runs = Vec::new();
    for (i, ((g, d), s)) in group.rows().into_iter().zip(detail.rows()).zip(values.rows()).enumerate() {
        let row = (window.row + i as i64) as u32;
        let column = |c: usize| (window.col + c as i64) as u32;
        let n = g.len();
        let flat = g.to_slice();
        let mut c = 0;
        while c < n {
            if g[c] == 0 {
                c = match flat {
                    Some(values) => skip_background(values, c),
                    None => c + 1,
                };
                continue;
            }
            let (start, value, code) = (c, g[c], d[c]);
            let (mut sums, mut core) = ([0u64; 2], 0u8);
            while c < n && g[c] == value && d[c] == code {
                core = core.saturating_add(u8::from(s[c][0] >= strong));
                sums = add(sums, [u64::from(s[c][0]), u64::from(s[c][1])]);
                c += 1;
            }
            runs.push(Run { row, start: column(start), end: column(c), core, group: value, detail: code, sums });
        }
    }
    runs
}

/// Sums, element by element.
pub(super) fn add(a: [u64; 2], b: [u64; 2]) -> [u64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

/// The first column at or after `from` that is not background, or the length of the row.
fn skip_background(values: &[u8], from: usize) -> usize {
    let mut c = from;
    for chunk in values[from..].chunks_exact(8) {
        if chunk.iter().fold(0, |a, &b| a | b) != 0 {
            break;
        }
        c += 8;
    }
    while c < values.len() && values[c] == 0 {
        c += 1;
    }
    c
}

/// Puts the runs of all tiles together and joins them over column seams, sums added.
///
/// The tiles may come in any order but must not overlap; the result is the same for any tiling of the grid.
///
/// # Cost
/// Linear in the runs (counting sort by row); holds them twice for a moment.
pub fn assemble(rows: usize, cols: usize, tiles: impl IntoIterator<Item = (Window, Vec<Run>)>) -> RunImage {
    let tiles: Vec<(Window, Vec<Run>)> = tiles.into_iter().collect();
    let mut next = vec![0usize; rows + 1];
    for run in tiles.iter().flat_map(|(_, runs)| runs) {
        next[run.row as usize + 1] += 1;
    }
    for row in 0..rows {
        next[row + 1] += next[row];
    }
    let total = next[rows];
    let bounds = next.clone();
    let blank = Run { row: 0, start: 0, end: 0, core: 0, group: 0, detail: 0, sums: [0; 2] };
    let mut sorted = vec![blank; total];
    for (_, runs) in tiles {
        for run in runs {
            let slot = &mut next[run.row as usize];
            sorted[*slot] = run;
            *slot += 1;
        }
    }
    let mut runs: Vec<Run> = Vec::with_capacity(total);
    for row in 0..rows {
        let of_row = &mut sorted[bounds[row]..bounds[row + 1]];
        // Tiles in raster order leave the row sorted already; the sort then only looks.
        of_row.sort_unstable_by_key(|r| r.start);
        let first = runs.len();
        for run in of_row.iter() {
            if runs.len() > first
                && let Some(last) = runs.last_mut()
            {
                debug_assert!(last.end <= run.start, "tiles overlap at row {row}, column {}", run.start);
                if last.end == run.start && last.group == run.group && last.detail == run.detail {
                    last.end = run.end;
                    last.sums = add(last.sums, run.sums);
                    last.core = last.core.saturating_add(run.core);
                    continue;
                }
            }
            runs.push(*run);
        }
    }
    RunImage { rows, cols, runs }
}
