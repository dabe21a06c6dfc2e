//! Detection alone: the change map and score a scan makes of a pair, without land cover, list, layers and documents. A scan whose land cover
//! a forest tells adds works that changed less than the threshold.

use super::images::AlignedPair;
use super::models::Models;
use super::pool::Pool;
use super::progress::Progress;
use super::scan::{measure, scene_of};
use super::statistics::Sample;
use super::tile::{self, SCORE_NODATA};
use crate::config::Pipeline;
use crate::error::Error;
use crate::grid::{Grid, Tiling, Window};
use crate::vectorise::Components;
use ndarray::{Array2, s};
use std::path::PathBuf;

/// Side of a tile; no result depends on it.
const TILE: usize = 512;

/// The change map and score of a pair, whole, in memory.
pub struct Detection {
    /// Their grid.
    pub grid: Grid,
    /// 0 unchanged, 1 changed, 255 not judged.
    pub change: Array2<u8>,
    /// Score in hundredths of a standard deviation; 65535 where not judged.
    pub score: Array2<u16>,
    /// The threshold was refused: nothing is flagged.
    pub refused: bool,
}

/// Runs the pipeline on a pair of dates up to the change map.
///
/// # Cost
/// Three bytes per pixel of the working grid, besides the tiles of a scan.
pub fn detect(
    before: &[PathBuf],
    after: &[PathBuf],
    pipeline: &Pipeline,
    pool: &Pool,
    progress: &Progress,
) -> Result<Detection, Error> {
    let mut pair = AlignedPair::open(before, after, None, &pipeline.align)?;
    pair.give_masks(&[], &[], &pipeline.mask)?;
    let sample = Sample::of(&pair, pipeline.normalise.max_sample_blocks);
    let measured = measure(&mut pair, &sample, pipeline, pool, progress)?;
    // Land cover tells what a change is, not where: the maps are the scan's without it.
    let models = Models::default();
    let scene = scene_of(&pair, &measured, None, &models, pipeline);
    let grid = pair.grid();
    let mut score = Array2::from_elem((grid.rows, grid.cols), SCORE_NODATA);
    let mut tiles = Vec::new();
    let windows: Vec<Window> = Tiling::new(grid, TILE).windows().collect();
    pool.in_order(
        &windows,
        |w| scene.products(*w, None),
        |_, products| {
            let (w, p) = (products.window, &products);
            tiles.push(p.changed(&scene, None));
            let (row, col) = (w.row as usize, w.col as usize);
            score.slice_mut(s![row..row + w.rows, col..col + w.cols]).assign(&p.score);
        },
    );
    let changed = Components::join(grid.rows, grid.cols, tiles);
    let mut change = score.mapv(|s| if s == SCORE_NODATA { tile::NOT_JUDGED } else { tile::UNCHANGED });
    for (t, tile) in changed.tiles().iter().enumerate() {
        let w = tile.window();
        let (row, col) = (w.row as usize, w.col as usize);
        let mut part = change.slice(s![row..row + w.rows, col..col + w.cols]).to_owned();
        changed.paint(t, tile::CHANGED, &mut part);
        change.slice_mut(s![row..row + w.rows, col..col + w.cols]).assign(&part);
    }
    Ok(Detection { grid: grid.clone(), change, score, refused: measured.threshold.refused })
}
