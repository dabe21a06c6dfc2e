//! The memory promise: what a scan will need at most, from metadata alone.

use super::images::AlignedPair;
use crate::config::Pipeline;
use crate::error::Error;

const MIB: u64 = 1 << 20;
/// The program, GDAL and PROJ with their tables, measured on an empty run.
const PROGRAM: u64 = 90 * MIB;
/// GDAL's block cache and the block being decoded.
const CACHE: u64 = 80 * MIB;

/// Bytes a working pixel takes while its tile is computed: both dates as f32 with quality, their 3 x 3 means where land cover
/// is asked for, about a dozen f64 planes of the guided filter and the products.
fn bytes_per_pixel(bands: usize) -> u64 {
    (2 * bands * 4 + 2 + 2 * bands * 4 + 12 * 8 + 20) as u64
}

/// Predicted peak of a scan, bytes.
///
/// `rows` and `cols` are the working grid's, `halo` the pixels around a tile, `tile` its side.
pub fn predicted_memory(
    rows: usize,
    cols: usize,
    bands: usize,
    tile: usize,
    halo: usize,
    threads: usize,
    pipeline: &Pipeline,
) -> u64 {
    let side = |most: usize| (tile.max(super::statistics::BLOCK).min(most) + 2 * halo) as u64;
    // Two tiles per worker are computed or wait to be written; half of them wait with products only.
    let tiles = side(rows) * side(cols) * bytes_per_pixel(bands) * threads as u64 * 3 / 2;
    let sample = (pipeline.normalise.max_sample_px * bands * 2 * 8 * 2) as u64;
    let overview = (super::pictures::OVERVIEW_PX * super::pictures::OVERVIEW_PX * 24) as u64;
    // Runs of changed pixels: on farmland about one run per 60 pixels, 40 bytes, held twice while they are sorted.
    // Cells of the cloud detection: at most one per pixel, six bytes, and at most 64 MiB of them.
    let sky = if pipeline.mask.detect { (rows as u64 * cols as u64 * 6).min(64 * MIB) } else { 0 };
    let runs = rows as u64 * cols as u64 / 60 * 80;
    PROGRAM + CACHE + tiles + sample + overview + runs + sky
}

/// Refuses a scan that would not fit into `allowed` bytes.
pub fn check(pair: &AlignedPair, pipeline: &Pipeline, tile: usize, threads: usize, allowed: u64) -> Result<(), Error> {
    let grid = pair.grid();
    let halo = super::tile::halo_px(pipeline, &pair.bands().roles, grid.gsd_mean_m());
    let needed = predicted_memory(grid.rows, grid.cols, pair.bands().roles.len(), tile, halo, threads, pipeline);
    if needed <= allowed {
        return Ok(());
    }
    Err(Error::Memory { needed_mib: needed.div_ceil(MIB), allowed_mib: allowed / MIB })
}
