//! Moving cells: clouds and shadows of any window, from cells measured once per block and kept for a while.

use super::cloud_layers::{Layers, Region};
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
use crate::vectorise::PixelPolygons;
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

/// Pixels that decide around a pixel whether it is cloud, on a grid of `gsd_m`.
pub fn reach_px(params: &MaskParams, gsd_m: f64) -> usize {
    let px = mask::cell_px(gsd_m);
    Shape::new(params, gsd_m * px as f64).reach() * px
}

/// Side of a block of cells on a grid of `gsd_m`, cells.
fn block_cells(gsd_m: f64) -> usize {
    let px = mask::cell_px(gsd_m);
    let factor = mask::coarse_cells(gsd_m * px as f64);
    (BLOCK / px / factor).max(1) * factor
}

/// The same in pixels.
pub fn block_px(gsd_m: f64) -> usize {
    block_cells(gsd_m) * mask::cell_px(gsd_m)
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
        let block = block_cells(gsd);
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
        let mut out = Layers::none(region, window, px);
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

impl CloudFinder {
    /// What lies over a patch before and after, though it is too small for the rule of the whole scene. `window` holds the patch.
    pub fn over(&self, pair: &AlignedPair, patch: &PixelPolygons, window: Window) -> [Option<Quality>; 2] {
        let gsd_m = pair.grid().gsd_mean_m();
        let px = mask::patch_cell_px(gsd_m);
        let halo = (mask::AROUND_M / gsd_m).ceil() as usize + px;
        let whole = |side: usize| (side + 2 * halo).div_ceil(px) * px;
        let (row, col) = (window.row - halo as i64, window.col - halo as i64);
        let around = Window { row, col, rows: whole(window.rows), cols: whole(window.cols) };
        let (before, after) = pair.read_nearest(around);
        let cells = mask::measure(&before, &after, px, &self.sky, &self.params);
        let mut on_patch = Array2::from_elem((around.rows / px, around.cols / px), false);
        patch.spans(around, |_, row, cols| cols.for_each(|col| on_patch[(row / px, col / px)] = true));
        let infrared = self.sky.roles.nir.is_some();
        [0, 1].map(|date| mask::sky_over(&cells, date, &on_patch, gsd_m * px as f64, infrared))
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
