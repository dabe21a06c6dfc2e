//! The full pass: every tile once, rasters out, runs and patch evidence kept.

use super::crops::{Crop, CropSpool, Crops};
use super::masks::MaskTally;
use super::pool::Pool;
use super::progress::Progress;
use super::tile::{self, Products, Scene, Sight};
use crate::grid::{Grid, Tiling, Window};
use crate::io::WriteError;
use crate::io::cog::{CogEncoder, CogWriter, PaletteEntry, Piece, RasterSpec};
use crate::landcover::{ChangeGroup, Class, Extent, Transitions};
use crate::raster::Quality;
use crate::report::palette;
use crate::vectorise::{Components, PixelPolygons, TileParts};
use ndarray::{Array2, Array3};
use std::collections::BTreeMap;
use std::path::Path;

/// What the pass leaves.
pub struct PassResult {
    /// Components of changed pixels per group.
    pub changed: Components,
    /// Cores of works.
    pub cores: Components,
    /// Components of pixels not judged per reason (position in [`Quality::UNUSABLE`] + 1).
    pub not_judged: Components,
    /// Judged pixels.
    pub judged_px: u64,
    /// Changed pixels.
    pub changed_px: u64,
    /// Pixels not judged, by position in [`Quality::UNUSABLE`].
    pub unusable_px: [u64; Quality::UNUSABLE.len()],
    /// Pixels that masks cover at each date, by source.
    pub masked: MaskTally,
    /// Transitions between land-cover classes in each of the plan's towns, and outside of all; empty unless all is classified.
    pub transitions: Vec<Transitions>,
    /// Later image for the overview, `(3, rows, cols)`.
    pub overview: Array3<f32>,
    /// Its quality.
    pub overview_quality: Array2<Quality>,
    /// Cuttings of both images for the pictures.
    pub crops: Crops,
    /// The four rasters, not yet finished.
    pub rasters: Rasters,
}

/// The rasters a scan leaves.
pub struct Rasters {
    change: CogWriter<u8>,
    score: CogWriter<u16>,
    before: CogWriter<u8>,
    after: CogWriter<u8>,
}

/// What workers encode a tile's rasters with.
struct Encoders {
    score: CogEncoder<u16>,
    before: CogEncoder<u8>,
    after: CogEncoder<u8>,
}

/// A tile's rasters, encoded.
struct Pieces {
    score: Piece<u16>,
    before: Piece<u8>,
    after: Piece<u8>,
}

impl Encoders {
    fn encode(&self, p: &Products) -> Pieces {
        Pieces {
            score: self.score.encode(p.window, p.score.view()),
            before: self.before.encode(p.window, p.class_before.view()),
            after: self.after.encode(p.window, p.class_after.view()),
        }
    }
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
            change: CogWriter::create(folder, &spec("change.tif", "change", none, change, 1.0))?,
            score: CogWriter::create(
                folder,
                &spec(
                    "score.tif",
                    "change score (no-change sd)",
                    f64::from(tile::SCORE_NODATA),
                    vec![],
                    tile::SCORE_SCALE,
                ),
            )?,
            before: CogWriter::create(
                folder,
                &spec("landcover_before.tif", "land cover before", none, classes(), 1.0),
            )?,
            after: CogWriter::create(folder, &spec("landcover_after.tif", "land cover after", none, classes(), 1.0))?,
        })
    }

    fn encoders(&self) -> Encoders {
        Encoders { score: self.score.encoder(), before: self.before.encoder(), after: self.after.encoder() }
    }

    fn put(&mut self, pieces: Pieces) -> Result<(), WriteError> {
        self.score.put_all(pieces.score)?;
        self.before.put_all(pieces.before)?;
        self.after.put_all(pieces.after)
    }

    /// Draws the change map, which is known only when every tile is.
    fn draw_change(&mut self, changed: &Components, not_judged: &Components) -> Result<(), WriteError> {
        for (t, tile) in changed.tiles().iter().enumerate() {
            let window = tile.window();
            let mut map = Array2::from_elem((window.rows, window.cols), tile::UNCHANGED);
            changed.paint(t, tile::CHANGED, &mut map);
            not_judged.paint(t, tile::NOT_JUDGED, &mut map);
            self.change.write(window, map.view())?;
        }
        Ok(())
    }

    /// Writes the cloud-optimised files.
    pub fn finish(self, folder: &Path, progress: &Progress) -> Result<(), WriteError> {
        let bar = progress.stage("writing rasters", 4);
        self.change.finish(&folder.join("change.tif"))?;
        bar.add(1);
        self.score.finish(&folder.join("score.tif"))?;
        bar.add(1);
        self.before.finish(&folder.join("landcover_before.tif"))?;
        bar.add(1);
        self.after.finish(&folder.join("landcover_after.tif"))?;
        bar.add(1);
        Ok(())
    }
}

/// What a pass has to know besides the scene.
pub struct PassPlan<'a> {
    /// The list's patches on the grid.
    pub patches: &'a PixelPolygons,
    /// The towns on the grid.
    pub towns: &'a PixelPolygons,
    /// What the picture of each patch shows.
    pub pictures: Vec<Option<Window>>,
    /// Side of a tile.
    pub tile: usize,
    /// Columns of tiles in a strip.
    pub strip_tiles: usize,
    /// New works of at least so many pixels in a tile may become a parcel with a picture.
    pub least_works_px: u32,
}

/// What a tile hands on.
struct TileResult {
    window: Window,
    sights: Vec<Sight>,
    crops: Vec<Crop>,
    pieces: Pieces,
    changed: TileParts,
    cores: TileParts,
    not_judged: TileParts,
    masked: MaskTally,
    transitions: BTreeMap<usize, Transitions>,
}

fn compute(scene: &Scene, plan: &PassPlan, encoders: &Encoders, window: Window) -> TileResult {
    scene.pair.sweep(1 + window.col as usize / (plan.tile * plan.strip_tiles).max(1));
    let patches = plan.patches;
    let full = scene.landcover.extent == Extent::Full;
    let mut asked = full.then(|| Array2::from_elem((window.rows, window.cols), true));
    patches.spans(window, |_, row, cols| {
        let asked = asked.get_or_insert_with(|| Array2::from_elem((window.rows, window.cols), false));
        cols.for_each(|col| asked[(row, col)] = true);
    });
    let products = scene.products(window, asked.as_ref());
    let changed = products.changed(scene, Some(plan.least_works_px));
    let cores = products.cores(scene, plan.least_works_px);
    let not_judged = products.not_judged();
    let transitions = if full { transitions_of(plan.towns, &products) } else { BTreeMap::new() };
    let crops = crops_of(scene, plan, &products, &changed);
    let pieces = encoders.encode(&products);
    let Products { sights, masked, read: (_, (before, after)), .. } = products;
    before.recycle();
    after.recycle();
    TileResult { window, sights, crops, pieces, changed, cores, not_judged, masked, transitions }
}

/// Transitions of a tile, by town; under the number after the last one, what lies in no town. A pixel of overlapping towns counts in each.
fn transitions_of(towns: &PixelPolygons, products: &Products) -> BTreeMap<usize, Transitions> {
    let (before, after) = (&products.class_before, &products.class_after);
    let mut out: BTreeMap<usize, Transitions> = BTreeMap::new();
    let mut outside = Array2::from_elem(before.dim(), true);
    let mut add = |town: usize, at: (usize, usize)| out.entry(town).or_default().add(before[at], after[at], 1);
    towns.spans(products.window, |town, row, cols| {
        for at in cols.map(|col| (row, col)) {
            add(town, at);
            outside[at] = false;
        }
    });
    outside.indexed_iter().filter(|(_, outside)| **outside).for_each(|(at, _)| add(towns.len(), at));
    out
}

/// Cuttings around patches, and around new works large enough to be shown.
fn crops_of(scene: &Scene, plan: &PassPlan, products: &Products, changed: &TileParts) -> Vec<Crop> {
    let works = changed.extents().filter(|(group, pixels, _)| {
        ChangeGroup::from_value(*group) == ChangeGroup::Works && *pixels >= plan.least_works_px
    });
    let of_works = works.filter_map(|(_, _, extent)| super::pictures::window_around_pixels(&extent));
    // A patch is cut out tile by tile, so that the parts make the whole.
    let of_patches = plan.pictures.iter().flatten().filter_map(|w| w.intersect(&products.window));
    let (read, both) = &products.read;
    of_patches.chain(of_works).filter_map(|w| Crop::of(w, *read, both, scene.shown)).collect()
}

/// The tiles in strips of so many columns of tiles, each strip from top to bottom: what a tile needs of its neighbours is still at hand,
/// however wide the grid.
fn in_strips(tiling: Tiling, columns: usize) -> Vec<Window> {
    let (down, across) = (tiling.down(), tiling.across());
    let strips = (0..across).step_by(columns.max(1)).map(|first| first..(first + columns.max(1)).min(across));
    let tiles =
        strips.flat_map(|strip| (0..down).flat_map(move |row| strip.clone().map(move |col| row * across + col)));
    tiles.map(|index| tiling.window(index)).collect()
}

/// Runs the pass over the whole working grid; scratch files go to `folder`.
pub fn full_pass(
    scene: &Scene,
    plan: &PassPlan,
    folder: &Path,
    pool: &Pool,
    progress: &Progress,
) -> Result<PassResult, WriteError> {
    let grid = scene.pair.grid();
    let windows = in_strips(Tiling::new(grid, plan.tile), plan.strip_tiles);
    let bar = progress.stage("scanning", windows.len() as u64);
    let step = scene.overview_step.max(1);
    let (rows, cols) = (grid.rows.div_ceil(step), grid.cols.div_ceil(step));
    let mut rasters = Rasters::create(folder, grid)?;
    let encoders = rasters.encoders();
    let mut overview = Array3::zeros((3, rows, cols));
    let mut overview_quality = Array2::from_elem((rows, cols), Quality::Nodata);
    let mut crops = CropSpool::create(folder)?;
    let (mut changed, mut cores, mut not_judged) = (Vec::new(), Vec::new(), Vec::new());
    let (mut judged_px, mut unusable_px) = (0u64, [0u64; Quality::UNUSABLE.len()]);
    let mut masked = MaskTally::default();
    let full = scene.landcover.extent == Extent::Full;
    let mut transitions = vec![Transitions::default(); if full { plan.towns.len() + 1 } else { 0 }];
    pool.ordered(
        &windows,
        |w| compute(scene, plan, &encoders, *w),
        |_, result| {
            let TileResult {
                window,
                sights,
                crops: cut,
                pieces,
                changed: parts,
                cores: inner,
                not_judged: gaps,
                masked: part,
                transitions: moved,
            } = result;
            masked.merge(&part);
            moved.iter().for_each(|(town, more)| transitions[*town].merge(more));
            for sight in &sights {
                if let Some(colour) = sight.after {
                    overview_quality[sight.at] = Quality::Valid;
                    (0..3).for_each(|k| overview[(k, sight.at.0, sight.at.1)] = colour[k]);
                }
            }
            let lost = gaps.pixels_of_groups();
            judged_px += window.pixels() as u64 - lost.iter().sum::<u64>();
            unusable_px.iter_mut().zip(&lost[1..]).for_each(|(all, more)| *all += more);
            changed.push(parts);
            cores.push(inner);
            not_judged.push(gaps);
            cut.iter().try_for_each(|c| crops.add(c))?;
            bar.add(1);
            rasters.put(pieces)
        },
    )?;
    let not_judged = Components::join(grid.rows, grid.cols, not_judged);
    let changed = Components::join(grid.rows, grid.cols, changed);
    let cores = Components::join(grid.rows, grid.cols, cores);
    let changed_px = changed.pixels();
    rasters.draw_change(&changed, &not_judged)?;
    Ok(PassResult {
        changed,
        cores,
        not_judged,
        judged_px,
        changed_px,
        unusable_px,
        masked,
        transitions,
        overview,
        overview_quality,
        crops: crops.finish()?,
        rasters,
    })
}
