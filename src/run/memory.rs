//! The memory promise: what a scan will need at most, from metadata alone, and how it is shared out.
//!
//! What grows with the image is held small: decoded blocks stay as long as tiles below and beside them need them, which takes three
//! rows of blocks of a strip; wide images are scanned in several strips.

use super::images::AlignedPair;
use super::pool::Pool;
use super::statistics::BLOCK;
use crate::align::Date;
use crate::config::Pipeline;
use crate::error::Error;

const MIB: u64 = 1 << 20;
/// The program, GDAL and PROJ with their tables, measured on an empty run.
const PROGRAM: u64 = 62 * MIB;
/// Memory that lists and layers take while they are read and indexed, per byte of their files: 2.6 to 3 on land surveys.
const VECTORS: u64 = 3;
/// Decoded blocks kept where that spares strips.
const MOST_CACHE: u64 = 256 * MIB;
/// Decoded blocks kept where there are strips; more would make them wider, and little faster.
const STRIP_CACHE: u64 = 192 * MIB;
/// Fewer decode nearly every block again and again.
const LEAST_CACHE: u64 = 32 * MIB;
/// Rows of blocks that are needed at once: that of the tiles, the rest of the one above, and those being worked on; besides what lies
/// below.
const BLOCK_ROWS: f64 = 1.6;
/// Blocks beside a strip that its tiles need.
const BESIDE: u64 = 1;

/// What the need for memory depends on.
#[derive(Clone, Copy, Debug)]
pub struct ScanSize {
    /// Rows of the working grid.
    pub rows: usize,
    /// Columns of the working grid.
    pub cols: usize,
    /// Bands compared.
    pub bands: usize,
    /// Bytes of both dates' decoded values per working pixel.
    pub decoded_bytes: f64,
    /// Side of a tile.
    pub tile: usize,
    /// Pixels around a tile.
    pub halo: usize,
    /// Pixels around a tile and its halo that clouds are looked for in; 0 where they are not.
    pub sky_reach: usize,
    /// Side of the blocks that clouds are measured in, pixels.
    pub sky_block: usize,
    /// Worker threads.
    pub threads: usize,
    /// Bytes of the files of list and layers.
    pub vector_bytes: u64,
    /// A forest may tell land cover.
    pub told: bool,
}

/// How memory is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPlan {
    /// Decoded blocks kept in the pass, bytes.
    pub cache: u64,
    /// Decoded blocks kept before it, while statistics come back to the blocks of the sample and nothing waits to be written.
    pub sample_cache: u64,
    /// Columns of tiles in a strip.
    pub strip_tiles: usize,
    /// Predicted peak, bytes.
    pub peak: u64,
}

/// Bytes a working pixel takes while its tile is computed: both dates as f32 with quality, before and after resampling, the score
/// smoothed and not, mask, classes, distances and groups.
fn bytes_per_pixel(bands: usize) -> u64 {
    (3 * bands * 4 + 3 + 2 * 4 + 3 + 2 * 5 + 2) as u64
}

/// Bytes more where a forest tells land cover: its features at both dates as bytes, the planes and sums they are made from at one; of an image
/// with more than four bands more features, or a copy of those that the forest knows.
fn told_bytes(bands: usize) -> u64 {
    let [features, planes, copy] = if bands > 4 { [41, 11, 17] } else { [29, 8, 0] };
    2 * features + 2 * planes + 8 + 12 + copy
}

/// Bytes a finished pixel takes while its tile waits to be written.
const WAITING_BYTES: u64 = 10;

impl ScanSize {
    /// Of a pair; `vector_bytes` of list and layers go with it.
    pub fn of(pair: &AlignedPair, pipeline: &Pipeline, tile: usize, threads: usize, vector_bytes: u64) -> ScanSize {
        let grid = pair.grid();
        let bands = pair.bands().roles.len();
        let decoded = |date| {
            let files = pair.infos(date);
            // A finer date brings more pixels of its own per working pixel.
            let finer = files.iter().map(|i| (grid.gsd_mean_m() / i.grid.gsd_mean_m()).powi(2)).fold(0.0, f64::max);
            let bytes = files.iter().map(|i| sample_bytes(&i.dtype)).max().unwrap_or(4);
            finer * (bands * bytes) as f64
        };
        ScanSize {
            rows: grid.rows,
            cols: grid.cols,
            bands,
            decoded_bytes: decoded(Date::Before) + decoded(Date::After),
            tile,
            halo: super::tile::halo_px(pipeline, &pair.bands().roles, grid.gsd_mean_m()),
            sky_reach: if pipeline.mask.detect {
                super::clouds::reach_px(&pipeline.mask, grid.gsd_mean_m())
            } else {
                0
            },
            sky_block: super::clouds::block_px(grid.gsd_mean_m()),
            threads,
            vector_bytes,
            told: pipeline.landcover.model != "rules" && pair.bands().roles.iter().flatten().count() >= 4,
        }
    }

    /// Bytes a working pixel takes while its tile is computed.
    fn pixel_bytes(&self) -> u64 {
        bytes_per_pixel(self.bands) + if self.told { told_bytes(self.bands) } else { 0 }
    }

    /// Rows of decoded blocks that are needed at once. Clouds are measured in blocks of whole cells, whose rows drift away from those of
    /// the file down the image.
    fn block_rows(&self) -> f64 {
        let drift = BLOCK.saturating_sub(self.sky_block) * (self.rows / BLOCK + 1);
        let ahead = 1 + (self.halo + self.sky_reach + drift % BLOCK) / self.sky_block.max(1);
        BLOCK_ROWS + ahead as f64
    }

    /// What is needed besides decoded blocks: always, and from the pass on.
    fn fixed(&self, pipeline: &Pipeline) -> (u64, u64) {
        let (rows, cols, threads) = (self.rows as u64, self.cols as u64, self.threads as u64);
        let side = |most: usize| (self.tile.max(BLOCK).min(most) + 2 * self.halo) as u64;
        let computed = side(self.rows) * side(self.cols) * self.pixel_bytes() * threads;
        let tile = (self.tile * self.tile) as u64;
        let waiting = tile.min(rows * cols) * WAITING_BYTES * Pool::in_flight(self.threads) as u64;
        let sample = (pipeline.normalise.max_sample_px * self.bands * 2 * 8 * 2) as u64;
        let overview = (super::pictures::OVERVIEW_PX * super::pictures::OVERVIEW_PX * 24) as u64;
        // Spans of changed pixels: on farmland one per 60 pixels, six bytes each, and the components.
        let components = rows * cols / 60 * 12;
        // Cells of the cloud detection: at most one per pixel, six bytes, and at most 64 MiB of them.
        let sky = if pipeline.mask.detect { (rows * cols * 6).min(64 * MIB) } else { 0 };
        // Half a row of blocks of overviews, and rows of blocks that tiles do not cover whole, of all rasters.
        let writing = cols * (BLOCK as u64) * 5 * if self.tile.is_multiple_of(BLOCK) { 1 } else { 3 } / 2;
        (PROGRAM + self.vector_bytes * VECTORS + computed + sample + sky, waiting + overview + components + writing)
    }

    /// Shares out at most `allowed` bytes; the peak is above it where they do not suffice.
    pub fn plan(&self, pipeline: &Pipeline, allowed: u64) -> MemoryPlan {
        let (always, later) = self.fixed(pipeline);
        let fixed = always + later;
        let block = (BLOCK * BLOCK) as f64 * self.decoded_bytes;
        let across = (self.cols as u64).div_ceil(BLOCK as u64);
        let columns = |cache: u64| (cache as f64 / (block.max(1.0) * self.block_rows())) as u64;
        let whole = columns(MOST_CACHE) >= across;
        let most = if whole { MOST_CACHE } else { STRIP_CACHE };
        let most = allowed.saturating_sub(fixed).clamp(LEAST_CACHE, most);
        let wide = columns(most);
        let strips = if wide >= across { 1 } else { across.div_ceil(wide.saturating_sub(2 * BESIDE).max(1)) };
        let strip = across.div_ceil(strips.max(1)).max(1);
        let needed = (strip + if strips > 1 { 2 * BESIDE } else { 0 }) as f64 * self.block_rows();
        let cache = ((needed * block) as u64).clamp(LEAST_CACHE, most);
        let strip_tiles = (strip as usize * BLOCK).div_ceil(self.tile.max(1)).max(1);
        MemoryPlan { cache, sample_cache: (cache + later).min(MOST_CACHE), strip_tiles, peak: fixed + cache }
    }
}

/// Bytes of a sample by GDAL's name of its type.
fn sample_bytes(dtype: &str) -> usize {
    match dtype {
        "Byte" | "UInt8" | "Int8" => 1,
        "UInt16" | "Int16" => 2,
        "Float64" | "UInt64" | "Int64" => 8,
        _ => 4,
    }
}

/// Shares out memory for a scan, or refuses one that would not fit into `allowed` bytes.
pub fn plan(
    pair: &AlignedPair,
    pipeline: &Pipeline,
    tile: usize,
    threads: usize,
    vector_bytes: u64,
    allowed: u64,
) -> Result<MemoryPlan, Error> {
    let plan = ScanSize::of(pair, pipeline, tile, threads, vector_bytes).plan(pipeline, allowed);
    if plan.peak <= allowed {
        return Ok(plan);
    }
    Err(Error::Memory { needed_mib: plan.peak.div_ceil(MIB), allowed_mib: allowed / MIB })
}

#[cfg(test)]
mod tests;
