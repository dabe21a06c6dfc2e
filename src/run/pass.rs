//! The full pass: every tile once, rasters out, runs and patch evidence kept.

use super::masks::MaskTally;
use super::pool::Pool;
use super::progress::Progress;
use super::tile::{self, Products, Scene};
use crate::crosscheck::PatchEvidence;
use crate::grid::{Grid, Tiling, Window};
use crate::io::WriteError;
use crate::io::cog::{CogEncoder, CogWriter, PaletteEntry, Piece, RasterSpec};
use crate::landcover::Class;
use crate::raster::Quality;
use crate::report::palette;
use crate::vectorise::{PixelPolygons, Run, RunImage, Weak, assemble, keep_strong, runs_of_tile};
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
    /// Change that was dropped because it is nowhere strong.
    pub weak: Weak,
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
    fn draw_change(&mut self, grid: &Grid, changed: &RunImage, not_judged: &RunImage) -> Result<(), WriteError> {
        for window in Tiling::new(grid, CHANGE_BLOCK).windows() {
            let mut map = Array2::from_elem((window.rows, window.cols), tile::UNCHANGED);
            changed.paint(window, tile::CHANGED, &mut map);
            not_judged.paint(window, tile::NOT_JUDGED, &mut map);
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

/// Side of the blocks that the change map is drawn in: those of its file.
const CHANGE_BLOCK: usize = 512;

/// A stretch of changed pixels of a patch with one pair of classes; whether it counts is known when the whole blob is.
struct ChangedSpan {
    patch: usize,
    row: u32,
    start: u32,
    end: u32,
    classes: (u8, u8),
}

/// What a tile hands on.
struct TileResult {
    spans: Vec<ChangedSpan>,
    products: Products,
    pieces: Pieces,
    changed: Vec<Run>,
    not_judged: Vec<Run>,
    patches: BTreeMap<usize, PatchEvidence>,
    masked: MaskTally,
}

fn compute(scene: &Scene, patches: &PixelPolygons, encoders: &Encoders, window: Window) -> TileResult {
    let mut asked = Array2::from_elem((window.rows, window.cols), false);
    patches.spans(window, |_, row, cols| cols.for_each(|col| asked[(row, col)] = true));
    let products = scene.products(window, Some(&asked));
    let mut evidence: BTreeMap<usize, PatchEvidence> = BTreeMap::new();
    let mut changed_spans: Vec<ChangedSpan> = Vec::new();
    patches.spans(window, |patch, row, cols| {
        let e = evidence.entry(patch).or_default();
        for col in cols {
            let at = (row, col);
            let quality = products.quality[at];
            match Quality::UNUSABLE.iter().position(|q| *q == quality) {
                Some(reason) => e.add_unusable(reason),
                None => {
                    let (before, after) = (products.class_before[at], products.class_after[at]);
                    e.add_valid(Class::from_value(before), Class::from_value(after));
                    if products.change[at] == tile::CHANGED {
                        let (row, start) = ((window.row + row as i64) as u32, (window.col + col as i64) as u32);
                        grow(
                            &mut changed_spans,
                            ChangedSpan { patch, row, start, end: start + 1, classes: (before, after) },
                        );
                    }
                }
            }
        }
    });
    let (group, detail, values) = (products.group.view(), products.detail(), products.values());
    let changed = runs_of_tile(window, group, detail.view(), values.view(), scene.strong());
    let reason = products.quality.mapv(|q| Quality::UNUSABLE.iter().position(|u| *u == q).map_or(0, |i| i as u8 + 1));
    let nothing = (Array2::zeros(reason.dim()), Array2::from_elem(reason.dim(), [0u16; 2]));
    let not_judged = runs_of_tile(window, reason.view(), nothing.0.view(), nothing.1.view(), u16::MAX);
    let masked = scene.pair.masked(window);
    let pieces = encoders.encode(&products);
    TileResult { spans: changed_spans, products, pieces, changed, not_judged, patches: evidence, masked }
}

/// Adds a pixel to the last stretch, or begins another.
fn grow(spans: &mut Vec<ChangedSpan>, pixel: ChangedSpan) {
    match spans.last_mut() {
        Some(s) if (s.patch, s.row, s.end, s.classes) == (pixel.patch, pixel.row, pixel.start, pixel.classes) => {
            s.end = pixel.end;
        }
        _ => spans.push(pixel),
    }
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
    let encoders = rasters.encoders();
    let mut overview = Array3::zeros((3, rows, cols));
    let mut overview_quality = Array2::from_elem((rows, cols), Quality::Nodata);
    let mut evidence = vec![PatchEvidence::default(); patch_count];
    let (mut changed, mut not_judged) = (Vec::new(), Vec::new());
    let (mut judged_px, mut unusable_px, mut spans) = (0u64, [0u64; Quality::UNUSABLE.len()], Vec::new());
    let mut masked = MaskTally::default();
    pool.ordered(
        &windows,
        |w| compute(scene, patches, &encoders, *w),
        |_, result| {
            let TileResult { spans: of_tile, products, pieces, changed: runs, not_judged: gaps, patches, masked: part } =
                result;
            spans.extend(of_tile);
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
            for q in &products.quality {
                match Quality::UNUSABLE.iter().position(|u| u == q) {
                    Some(i) => unusable_px[i] += 1,
                    None => judged_px += 1,
                }
            }
            changed.push((products.window, runs));
            not_judged.push((products.window, gaps));
            bar.add(1);
            rasters.put(pieces)
        },
    )?;
    let not_judged = assemble(grid.rows, grid.cols, not_judged);
    let (changed, weak) = keep_strong(assemble(grid.rows, grid.cols, changed));
    let changed_px = changed.runs.iter().map(Run::pixels).sum();
    for span in spans {
        let (before, after) = (Class::from_value(span.classes.0), Class::from_value(span.classes.1));
        for run in changed.row(span.row, span.start, span.end) {
            let pixels = u64::from(run.end.min(span.end) - run.start.max(span.start));
            evidence[span.patch].add_changed(pixels, before, after);
        }
    }
    rasters.draw_change(grid, &changed, &not_judged)?;
    Ok(PassResult {
        changed,
        not_judged,
        weak,
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
