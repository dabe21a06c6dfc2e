//! The full pass: every tile once, rasters out, runs and patch evidence kept.

use super::masks::MaskTally;
use super::pool::Pool;
use super::progress::Progress;
use super::tile::{self, Products, Scene};
use crate::crosscheck::PatchEvidence;
use crate::grid::{Grid, Tiling, Window};
use crate::io::{PaletteEntry, RasterOut, RasterSpec, WriteError};
use crate::landcover::Class;
use crate::raster::Quality;
use crate::report::palette;
use crate::vectorise::{PixelPolygons, Run, RunImage, assemble, runs_of_tile};
use ndarray::{Array2, Array3};
use std::collections::BTreeMap;
use std::path::Path;

/// What the pass leaves.
pub struct PassResult {
    /// Runs of changed pixels per group.
    pub changed: RunImage,
    /// Runs of pixels not judged per reason (position in [`Quality::UNUSABLE`] + 1).
    pub not_judged: RunImage,
    /// Evidence per list row.
    pub patches: Vec<PatchEvidence>,
    /// Judged pixels.
    pub judged_px: u64,
    /// Changed pixels.
    pub changed_px: u64,
    /// Pixels not judged, by position in [`Quality::UNUSABLE`].
    pub unusable_px: [u64; Quality::UNUSABLE.len()],
    /// Pixels that masks cover at each date, by source.
    pub masked: MaskTally,
    /// Later image for the overview, `(3, rows, cols)`.
    pub overview: Array3<f32>,
    /// Its quality.
    pub overview_quality: Array2<Quality>,
    /// The four rasters, not yet finished.
    pub rasters: Rasters,
}

/// The rasters a scan leaves.
pub struct Rasters {
    change: RasterOut,
    score: RasterOut,
    before: RasterOut,
    after: RasterOut,
}

impl Rasters {
    fn create(folder: &Path, grid: &Grid) -> Result<Rasters, WriteError> {
        let entry = |value: u8, rgb: [u8; 3], name: &str| PaletteEntry { value, rgb, name: name.to_string() };
        let classes = || {
            let mut all: Vec<PaletteEntry> =
                Class::ALL.iter().map(|c| entry(*c as u8, c.rgb(), &format!("{} {}", c.code(), c.zh()))).collect();
            all.push(entry(Class::UNCLASSIFIED, [255, 255, 255], "not classified 未分类"));
            all
        };
        let change = vec![
            entry(tile::UNCHANGED, palette::change(tile::UNCHANGED), "unchanged 未变化"),
            entry(tile::CHANGED, palette::change(tile::CHANGED), "changed 变化"),
            entry(tile::NOT_JUDGED, palette::change(tile::NOT_JUDGED), "cannot judge 无法判定"),
        ];
        let spec =
            |name, description, nodata, palette, scale| RasterSpec { name, grid, description, nodata, palette, scale };
        let none = f64::from(tile::NOT_JUDGED);
        Ok(Rasters {
            change: RasterOut::create::<u8>(folder, &spec("change.tif", "change", none, change, 1.0))?,
            score: RasterOut::create::<u16>(
                folder,
                &spec(
                    "score.tif",
                    "change score (no-change sd)",
                    f64::from(tile::SCORE_NODATA),
                    vec![],
                    tile::SCORE_SCALE,
                ),
            )?,
            before: RasterOut::create::<u8>(
                folder,
                &spec("landcover_before.tif", "land cover before", none, classes(), 1.0),
            )?,
            after: RasterOut::create::<u8>(
                folder,
                &spec("landcover_after.tif", "land cover after", none, classes(), 1.0),
            )?,
        })
    }

    fn write(&mut self, p: Products) -> Result<(), WriteError> {
        self.change.write(p.window, p.change)?;
        self.score.write(p.window, p.score)?;
        self.before.write(p.window, p.class_before)?;
        self.after.write(p.window, p.class_after)
    }

    /// Writes the cloud-optimised files.
    pub fn finish(self, folder: &Path, threads: usize, progress: &Progress) -> Result<(), WriteError> {
        let bar = progress.stage("writing rasters", 4);
        let all = [
            (self.change, "change.tif"),
            (self.score, "score.tif"),
            (self.before, "landcover_before.tif"),
            (self.after, "landcover_after.tif"),
        ];
        for (raster, name) in all {
            raster.finish(&folder.join(name), threads)?;
            bar.add(1);
        }
        Ok(())
    }
}

/// What a tile hands on.
struct TileResult {
    products: Products,
    changed: Vec<Run>,
    not_judged: Vec<Run>,
    patches: BTreeMap<usize, PatchEvidence>,
    masked: MaskTally,
}

fn compute(scene: &Scene, patches: &PixelPolygons, window: Window) -> TileResult {
    let mut asked = Array2::from_elem((window.rows, window.cols), false);
    patches.spans(window, |_, row, cols| cols.for_each(|col| asked[(row, col)] = true));
    let products = scene.products(window, Some(&asked));
    let mut evidence: BTreeMap<usize, PatchEvidence> = BTreeMap::new();
    patches.spans(window, |patch, row, cols| {
        let e = evidence.entry(patch).or_default();
        for col in cols {
            let at = (row, col);
            let quality = products.quality[at];
            match Quality::UNUSABLE.iter().position(|q| *q == quality) {
                Some(reason) => e.add_unusable(reason),
                None => {
                    let class = |a: &Array2<u8>| Class::from_value(a[at]);
                    let changed = products.change[at] == tile::CHANGED;
                    e.add_valid(changed, class(&products.class_before), class(&products.class_after));
                }
            }
        }
    });
    let changed = runs_of_tile(window, products.group.view(), products.detail().view(), products.values().view());
    let reason = products.quality.mapv(|q| Quality::UNUSABLE.iter().position(|u| *u == q).map_or(0, |i| i as u8 + 1));
    let nothing = (Array2::zeros(reason.dim()), Array2::from_elem(reason.dim(), [0u16; 2]));
    let not_judged = runs_of_tile(window, reason.view(), nothing.0.view(), nothing.1.view());
    let masked = scene.pair.masked(window);
    TileResult { products, changed, not_judged, patches: evidence, masked }
}

/// Runs the pass over the whole working grid in tiles of `tile` pixels; scratch files go to `folder`.
pub fn full_pass(
    scene: &Scene,
    patches: &PixelPolygons,
    patch_count: usize,
    tile: usize,
    folder: &Path,
    pool: &Pool,
    progress: &Progress,
) -> Result<PassResult, WriteError> {
    let grid = scene.pair.grid();
    let windows: Vec<Window> = Tiling::new(grid, tile).windows().collect();
    let bar = progress.stage("scanning", windows.len() as u64);
    let step = scene.overview_step.max(1);
    let (rows, cols) = (grid.rows.div_ceil(step), grid.cols.div_ceil(step));
    let mut rasters = Rasters::create(folder, grid)?;
    let mut overview = Array3::zeros((3, rows, cols));
    let mut overview_quality = Array2::from_elem((rows, cols), Quality::Nodata);
    let mut evidence = vec![PatchEvidence::default(); patch_count];
    let (mut changed, mut not_judged) = (Vec::new(), Vec::new());
    let (mut judged_px, mut changed_px, mut unusable_px) = (0u64, 0u64, [0u64; Quality::UNUSABLE.len()]);
    let mut masked = MaskTally::default();
    pool.ordered(
        &windows,
        |w| compute(scene, patches, *w),
        |_, result| {
            let TileResult { products, changed: runs, not_judged: gaps, patches, masked: part } = result;
            masked.merge(&part);
            for (patch, part) in &patches {
                evidence[*patch].merge(part);
            }
            for sight in &products.sights {
                if let Some(colour) = sight.after {
                    overview_quality[sight.at] = Quality::Valid;
                    (0..3).for_each(|k| overview[(k, sight.at.0, sight.at.1)] = colour[k]);
                }
            }
            for (q, c) in products.quality.iter().zip(&products.change) {
                match Quality::UNUSABLE.iter().position(|u| u == q) {
                    Some(i) => unusable_px[i] += 1,
                    None => judged_px += 1,
                }
                changed_px += u64::from(*c == tile::CHANGED);
            }
            changed.push((products.window, runs));
            not_judged.push((products.window, gaps));
            bar.add(1);
            rasters.write(products)
        },
    )?;
    Ok(PassResult {
        changed: assemble(grid.rows, grid.cols, changed),
        not_judged: assemble(grid.rows, grid.cols, not_judged),
        patches: evidence,
        judged_px,
        changed_px,
        unusable_px,
        masked,
        overview,
        overview_quality,
        rasters,
    })
}
