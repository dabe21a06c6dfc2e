//! Moving cells: clouds and shadows of any window, from cells measured once per block and kept for a while.

use super::images::AlignedPair;
use super::pool::Pool;
use super::progress::Progress;
use super::statistics::{BLOCK, Sample};
use crate::grid::{Tiling, Window, sample_stride};
use crate::mask::{
    self, Cells, DARK, FARTHEST, MaskParams, NEAREST, PairSky, SAMPLE_PX, SATURATED, STRONG, Shape, SkyBands,
    SkySample, Survey, VALID, Weather,
};
use crate::raster::Quality;
use ndarray::{Array2, s};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

/// Bytes of cells kept.
const KEPT_BYTES: usize = 64 << 20;
/// Bytes of a cell, both dates.
const CELL_BYTES: usize = 6;

/// What is kept of a block.
#[derive(Clone)]
enum Block {
    /// Nothing was seen at both dates.
    Unseen,
    /// Nothing remarkable: plain ground.
    Plain,
    /// Its cells, and every flag that one of them has, before and after.
    Full(Arc<Cells>, [u8; 2]),
}

impl Block {
    fn of(cells: Cells) -> Block {
        let flags = [0, 1].map(|d: usize| cells.flags[d].iter().fold(0, |all, f| all | f));
        match flags[0] | flags[1] {
            0 => Block::Unseen,
            VALID => Block::Plain,
            _ => Block::Full(Arc::new(cells), flags),
        }
    }

    fn has(&self, date: usize, flag: u8) -> bool {
        matches!(self, Block::Full(_, flags) if flags[date] & flag != 0)
    }
}

/// A block that is measured by the first who asks; the others wait.
type Entry = Arc<OnceLock<Block>>;

#[derive(Default)]
struct Kept {
    blocks: BTreeMap<(i64, i64), Entry>,
    /// Blocks with cells in the order they came.
    full: VecDeque<(i64, i64)>,
}

/// Finds clouds and shadows of a pair.
pub struct CloudFinder {
    params: MaskParams,
    sky: PairSky,
    shape: Shape,
    weather: [Weather; 2],
    cell_px: usize,
    cell_m: f64,
    /// Side of a block, cells.
    block: usize,
    grid_rows: usize,
    grid_cols: usize,
    kept: Mutex<Kept>,
    alone: Vec<Alone>,
}

/// A block of the sample whose neighbours are not looked at, with the cells wholly inside it.
struct Alone {
    window: Window,
    region: Region,
    block: Block,
}

/// Where cells come from: the whole grid, or one block of the sample.
#[derive(Clone, Copy)]
enum Source<'a> {
    Grid(&'a AlignedPair),
    Alone(&'a Alone),
}

/// A rectangle of cells.
#[derive(Clone, Copy)]
struct Region {
    row: i64,
    col: i64,
    rows: usize,
    cols: usize,
}

impl Region {
    fn grown(self, by: usize) -> Region {
        let b = by as i64;
        Region { row: self.row - b, col: self.col - b, rows: self.rows + 2 * by, cols: self.cols + 2 * by }
    }

    /// The cells of `px` pixels wholly inside a window.
    fn inside(window: Window, px: usize) -> Region {
        let px = px as i64;
        let up = |v: i64| (v + px - 1).div_euclid(px);
        let (row, col) = (up(window.row), up(window.col));
        let size = |first: i64, end: i64| (end.div_euclid(px) - first).max(0) as usize;
        Region { row, col, rows: size(row, window.row_end()), cols: size(col, window.col_end()) }
    }

    fn window(self, px: usize) -> Window {
        let side = px as i64;
        Window { row: self.row * side, col: self.col * side, rows: self.rows * px, cols: self.cols * px }
    }

    fn intersect(self, other: Region) -> Option<Region> {
        let both = [self, other].map(|r| r.window(1));
        both[0].intersect(&both[1]).map(|w| Region { row: w.row, col: w.col, rows: w.rows, cols: w.cols })
    }
}

/// Cuts `by` cells off every side.
fn inner<T: Clone>(a: &Array2<T>, by: usize) -> Array2<T> {
    let (rows, cols) = a.dim();
    a.slice(s![by..rows - by, by..cols - by]).to_owned()
}

impl CloudFinder {
    /// Learns the sky of a pair from its sample; `None` where the bands do not allow it.
    pub fn learn(
        pair: &AlignedPair,
        sample: &Sample,
        params: &MaskParams,
        pool: &Pool,
        progress: &Progress,
    ) -> Option<CloudFinder> {
        let roles = SkyBands::of(&pair.bands().roles)?;
        let grid = pair.grid();
        let gsd = grid.gsd_mean_m();
        let cell_px = mask::cell_px(gsd);
        let cell_m = gsd * cell_px as f64;
        let factor = mask::coarse_cells(cell_m);
        let block = (BLOCK / cell_px / factor).max(1) * factor;
        // Blocks that stand alone lose the cells that are not wholly inside.
        let windows: Vec<Window> = match sample.whole {
            true => Tiling::new(grid, block * cell_px).windows().collect(),
            false => sample.blocks.iter().map(|w| Region::inside(*w, cell_px).window(cell_px)).collect(),
        };
        let bar = progress.stage("looking at the sky", 2 * windows.len() as u64);
        let pixels: usize = windows.iter().map(Window::pixels).sum();
        let stride = sample_stride(pixels, SAMPLE_PX);
        let bands = pair.bands().roles.len();
        let mut values = SkySample::new(bands);
        pool.in_order(
            &windows,
            |w| {
                let (before, after) = pair.read_nearest(*w);
                let mut part = SkySample::new(bands);
                part.add(*w, &before, &after, stride);
                part
            },
            |_, part| {
                values.merge(part);
                bar.add(1);
            },
        );
        let sky = mask::fit(&values, roles, params)?;
        let mut out = CloudFinder {
            params: *params,
            sky,
            shape: Shape::new(params, cell_m),
            weather: [Weather::default(); 2],
            cell_px,
            cell_m,
            block,
            grid_rows: grid.rows,
            grid_cols: grid.cols,
            kept: Mutex::default(),
            alone: Vec::new(),
        };
        let side = if sample.whole { block * cell_px } else { BLOCK } as i64;
        let (mut survey, mut alone) = (Survey::default(), Vec::new());
        pool.in_order(
            &windows,
            |w| {
                // Whole blocks of cells, which may reach beyond the grid.
                let w = if sample.whole { Window { rows: side as usize, cols: side as usize, ..*w } } else { *w };
                let cells = out.measured_in(pair, w);
                (mask::survey_block(&cells, &out.sky, &out.shape, factor), cells)
            },
            |k, (surveyed, cells)| {
                let at = (windows[k].row.div_euclid(side), windows[k].col.div_euclid(side));
                survey.add(at, surveyed);
                let block = Block::of(cells);
                if sample.whole {
                    out.keep(at, out.entry(at).get_or_init(|| block));
                } else {
                    let region = Region::inside(windows[k], cell_px);
                    alone.push(Alone { window: sample.blocks[k], region, block });
                }
                bar.add(1);
            },
        );
        out.alone = alone;
        out.weather = [0, 1].map(|d| survey.weather(d, block / factor, cell_m, params));
        Some(out)
    }

    fn measured(&self, pair: &AlignedPair, at: (i64, i64)) -> Cells {
        let side = self.block * self.cell_px;
        let (row, col) = (at.0 * side as i64, at.1 * side as i64);
        self.measured_in(pair, Window { row, col, rows: side, cols: side })
    }

    fn measured_in(&self, pair: &AlignedPair, window: Window) -> Cells {
        let (before, after) = pair.read_nearest(window);
        mask::measure(&before, &after, self.cell_px, &self.sky, &self.params)
    }

    fn entry(&self, at: (i64, i64)) -> Entry {
        self.kept.lock().map(|mut k| k.blocks.entry(at).or_default().clone()).unwrap_or_default()
    }

    /// Notes a block that was just measured; the oldest are forgotten.
    fn keep(&self, at: (i64, i64), block: &Block) {
        let Block::Full(..) = block else { return };
        let Ok(mut kept) = self.kept.lock() else { return };
        kept.full.push_back(at);
        let most = (KEPT_BYTES / (self.block * self.block * CELL_BYTES)).max(16);
        while kept.full.len() > most {
            if let Some(old) = kept.full.pop_front() {
                kept.blocks.remove(&old);
            }
        }
    }

    fn block_at(&self, pair: &AlignedPair, at: (i64, i64)) -> Block {
        let entry = self.entry(at);
        let measured = || {
            let block = Block::of(self.measured(pair, at));
            self.keep(at, &block);
            block
        };
        entry.get_or_init(measured).clone()
    }

    /// The blocks that a region touches.
    fn blocks(&self, source: Source, region: Region) -> Vec<(Region, Block)> {
        let pair = match source {
            Source::Alone(alone) => return vec![(alone.region, alone.block.clone())],
            Source::Grid(pair) => pair,
        };
        let side = self.block as i64;
        let last = |pixels: usize| (pixels.div_ceil(self.cell_px) as i64 - 1).div_euclid(side);
        let span = |from: i64, size: usize, pixels: usize| {
            from.div_euclid(side).max(0)..=(from + size as i64 - 1).div_euclid(side).min(last(pixels))
        };
        let rows = span(region.row, region.rows, self.grid_rows);
        let at = rows.flat_map(|i| span(region.col, region.cols, self.grid_cols).map(move |j| (i, j)));
        let region = |at: (i64, i64)| Region { row: at.0 * side, col: at.1 * side, rows: self.block, cols: self.block };
        at.map(|at| (region(at), self.block_at(pair, at))).collect()
    }

    /// The cells of a region; beyond the grid nothing was seen. `None` when no block in it has any of these flags of a date:
    /// under a clear sky no cell is looked at.
    fn gather(&self, source: Source, region: Region, wanted: &[(usize, u8)]) -> Option<Cells> {
        let blocks = self.blocks(source, region);
        if !blocks.iter().any(|(_, b)| wanted.iter().any(|(date, flag)| b.has(*date, *flag))) {
            return None;
        }
        let mut out = Cells::unseen(region.rows, region.cols);
        for (place, block) in blocks {
            let Some(part) = region.intersect(place) else { continue };
            let cut = |whole: Region| {
                let (row, col) = ((part.row - whole.row) as usize, (part.col - whole.col) as usize);
                s![row..row + part.rows, col..col + part.cols]
            };
            let (from, to) = (cut(place), cut(region));
            for d in 0..2 {
                match &block {
                    Block::Unseen => {}
                    Block::Plain => out.flags[d].slice_mut(to).fill(VALID),
                    Block::Full(cells, _) => {
                        out.flags[d].slice_mut(to).assign(&cells.flags[d].slice(from));
                        out.white[d].slice_mut(to).assign(&cells.white[d].slice(from));
                    }
                }
            }
        }
        Some(out)
    }

    /// Clouds with their rim over a region, without the margin.
    fn clouds(&self, source: Source, date: usize, region: Region) -> Array2<bool> {
        let reach = self.shape.reach();
        match self.gather(source, region.grown(reach), &[(date, STRONG)]) {
            None => Array2::from_elem((region.rows, region.cols), false),
            Some(cells) => inner(&mask::clouds(&cells, date, self.weather[date].cloudy, &self.shape), reach),
        }
    }

    fn shadows(&self, source: Source, date: usize, offset_m: (f64, f64), region: Region) -> Option<Array2<bool>> {
        let around = self.shape.shadow_reach();
        let wide = region.grown(around);
        let cells = self.gather(source, wide, &[(date, DARK)])?;
        if cells.flags[date].iter().all(|f| f & DARK == 0) {
            return None;
        }
        let offset = (offset_m.0 / self.cell_m, offset_m.1 / self.cell_m);
        // Where the clouds may be that throw shadows here.
        let span = |from: i64, size: usize, offset: f64| {
            let (a, b) = ((offset * NEAREST).round() as i64, (offset * FARTHEST).round() as i64);
            (from - a.max(b) - 1, from + size as i64 - a.min(b) + 1)
        };
        let ((top, bottom), (left, right)) = (span(wide.row, wide.rows, offset.0), span(wide.col, wide.cols, offset.1));
        let sunward = Region { row: top, col: left, rows: (bottom - top) as usize, cols: (right - left) as usize };
        let clouds = self.clouds(source, date, sunward.grown(around));
        if !clouds.iter().any(|c| *c) {
            return None;
        }
        let clouds = mask::with_slack(&clouds, &self.shape);
        let origin = sunward.grown(around);
        let near = |i: i64, j: i64| {
            let at = (i + wide.row - origin.row, j + wide.col - origin.col);
            at.0 >= 0 && at.1 >= 0 && clouds.get((at.0 as usize, at.1 as usize)).is_some_and(|c| *c)
        };
        let thrown = mask::shadows(&cells, date, offset, &near);
        Some(inner(&mask::with_margin(&thrown, &self.shape), around))
    }

    /// What is found in a window of the working grid.
    pub fn layers(&self, pair: &AlignedPair, window: Window) -> Layers {
        self.layers_of(Source::Grid(pair), window)
    }

    /// What is found in a block of the sample that stands alone, from its own cells.
    pub fn layers_alone(&self, window: Window) -> Option<Layers> {
        let alone = self.alone.iter().find(|a| a.window.contains(&window))?;
        Some(self.layers_of(Source::Alone(alone), window))
    }

    fn layers_of(&self, source: Source, window: Window) -> Layers {
        let px = self.cell_px as i64;
        let (row, col) = (window.row.div_euclid(px), window.col.div_euclid(px));
        let (end, right) = ((window.row_end() - 1).div_euclid(px) + 1, (window.col_end() - 1).div_euclid(px) + 1);
        let region = Region { row, col, rows: (end - row) as usize, cols: (right - col) as usize };
        let reach = self.shape.reach();
        let cells = self.gather(source, region.grown(reach), &[(0, STRONG | SATURATED), (1, STRONG)]);
        let has = |cells: &&Cells, date: usize, flag: u8| cells.flags[date].iter().any(|f| f & flag != 0);
        let saturated = |cells: &Cells| mask::saturated(cells, &self.shape);
        let full = cells.as_ref().filter(|c| has(c, 0, SATURATED)).map(saturated);
        let mut out = Layers { region, window, px, found: Vec::new() };
        for date in 0..2 {
            if let Some(cells) = cells.as_ref().filter(|c| has(c, date, STRONG)) {
                let clouds = mask::clouds(cells, date, self.weather[date].cloudy, &self.shape);
                let cloud = inner(&mask::with_margin(&clouds, &self.shape), reach);
                out.add(date, Quality::Cloud, cloud);
            }
            if let Some(offset) = self.weather[date].shadow_offset_m
                && let Some(shadow) = self.shadows(source, date, offset, region)
            {
                out.add(date, Quality::Shadow, shadow);
            }
            if let Some(full) = &full {
                out.add(date, Quality::Saturated, inner(full, reach));
            }
        }
        out
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
    fn add(&mut self, date: usize, reason: Quality, cells: Array2<bool>) {
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

/// What detection says of itself, for the manifest.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SkyReport {
    /// Before and after.
    pub weather: [Weather; 2],
    /// Width of a cell, m.
    pub cell_m: f64,
    /// How the dates look against each other.
    pub sky: PairSky,
}

impl CloudFinder {
    /// What is written into the manifest.
    pub fn report(&self) -> SkyReport {
        SkyReport { weather: self.weather, cell_m: self.cell_m, sky: self.sky.clone() }
    }
}
