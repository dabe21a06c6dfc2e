//! The scan: the stages in their order.

use super::describe::{date, describe};
use super::geodesy::Geodesy;
use super::ground::learn_ground;
use super::images::AlignedPair;
use super::inputs::{Vectors, read_vectors};
use super::outline::{Limits, outline_not_judged, outline_parcels};
use super::outputs::{OutputFolder, write_documents};
use super::pass::{PassResult, full_pass};
use super::pictures;
use super::pool::Pool;
use super::progress::Progress;
use super::request::ScanRequest;
use super::statistics::{ScoreStatistics, measure_radiometry, measure_score, measure_shift, sample_blocks};
use super::tile::Scene;
use crate::align::{Date, Shift};
use crate::config::Pipeline;
use crate::crosscheck::{
    Candidate, ListView, PatchFinding, PatchMeasures, PatchRun, ShapeIndex, candidate, patch_finding,
};
use crate::error::Error;
use crate::normalise::Radiometry;
use crate::pair::parse_band_names;
use crate::report::document::Document;
use crate::vectorise::PixelPolygons;
use geo::Area as _;
use std::path::PathBuf;

/// More damaged pixels than this end the scan: its totals would mislead.
const MOST_DAMAGED_PERCENT: f64 = 10.0;
/// What a scan found, for the command line.
pub struct ScanOutcome {
    /// The output folder.
    pub folder: PathBuf,
    /// The results.
    pub document: Document,
    /// The manifest as written to `run.json`.
    pub manifest: serde_json::Value,
}

/// What was measured on the pair.
pub(super) struct Measured {
    pub shift: Shift,
    pub residual: Option<Shift>,
    pub radiometry: Radiometry,
    pub score: ScoreStatistics,
}

/// Runs a scan from files to files.
pub fn scan(request: &ScanRequest, progress: &Progress) -> Result<ScanOutcome, Error> {
    let pipeline = &request.pipeline;
    let names = request.bands.as_deref().map(parse_band_names).transpose()?;
    let mut pair = AlignedPair::open(&request.before, &request.after, names.as_deref(), &pipeline.align)?;
    pair.give_masks(&request.before_mask, &request.after_mask, &pipeline.mask)?;
    let geodesy = Geodesy::new(&pair.grid().crs).map_err(|e| Error::Usage(e.to_string()))?;
    let pool = Pool::new(request.threads).map_err(|e| Error::Bug(e.to_string()))?;
    super::memory::check(&pair, pipeline, request.tile, pool.threads(), request.max_memory)?;
    let mut vectors = read_vectors(&request.vectors, pair.grid(), &geodesy)?;
    let folder = OutputFolder::prepare(&request.out)?;

    let blocks = sample_blocks(&pair, &pipeline.normalise);
    let measured = measure(&mut pair, &blocks, pipeline, &pool, progress)?;
    let ground = learn_ground(&pair, &measured.radiometry, &blocks, &pool, &pipeline.landcover, progress);
    let longest = pair.grid().rows.max(pair.grid().cols);
    let scene = Scene {
        pair: &pair,
        radiometry: &measured.radiometry,
        score_sd: measured.score.score_sd,
        threshold: measured.score.threshold,
        ground,
        change: pipeline.change,
        landcover: pipeline.landcover,
        shown: pictures::shown_bands(pair.bands()),
        overview_step: longest.div_ceil(pictures::OVERVIEW_PX).max(1),
    };
    let rows = vectors.list.as_ref().map_or(0, |l| l.rows.len());
    let on_grid = {
        let shapes = vectors.list.iter().flat_map(|l| l.rows.iter().map(|r| r.shape.as_ref()));
        PixelPolygons::new(shapes, &pair.grid().affine)
    };
    let pass = full_pass(&scene, &on_grid, rows, request.tile, folder.path(), &pool, progress)?;
    refuse_damaged(&pair)?;

    let bar = progress.stage("parcels and cross-check", 1);
    let results = cross_check(&scene, &pass, &mut vectors, &measured, request, &geodesy, &pool);
    drop(bar);
    let mut document = describe(request, &scene, &measured, &pass, results, vectors, &geodesy)?;
    let bar = progress.stage("pictures", 2);
    document.overview =
        pictures::overview_png(&pass, pair.grid(), scene.overview_step, &document.candidates, &document.patches);
    bar.add(1);
    document.chips = pictures::chips(&pair, &document.candidates, &document.patches, &pool);
    drop(bar);
    pass.rasters.finish(folder.path(), pool.threads(), progress)?;
    let manifest = super::manifest::manifest(&document, &scene, &measured.residual, request);
    write_documents(folder.path(), &document, &pair.grid().crs, &manifest)?;
    let folder = folder.finish()?;
    Ok(ScanOutcome { folder, document, manifest })
}

/// Shift (corrected when it is worth a resampling), radiometry, threshold.
fn measure(
    pair: &mut AlignedPair,
    blocks: &[crate::grid::Window],
    pipeline: &Pipeline,
    pool: &Pool,
    progress: &Progress,
) -> Result<Measured, Error> {
    let shift = measure_shift(pair, pool, &pipeline.align, progress);
    let mut residual = None;
    if shift.resolved && shift.length_px() > pipeline.align.leave_alone_px {
        pair.correct_shift(shift.rows_px, shift.cols_px);
        residual = Some(measure_shift(pair, pool, &pipeline.align, progress));
    }
    pair.detect_clouds(&pipeline.mask, pipeline.normalise.max_sample_blocks, pool, progress);
    let radiometry = measure_radiometry(pair, blocks, pool, &pipeline.normalise, progress)?;
    let score = measure_score(pair, &radiometry, blocks, pool, &pipeline.change, progress);
    Ok(Measured { shift, residual, radiometry, score })
}

impl Measured {
    /// Shift that is left, pixels; `None` where it could not be measured.
    pub fn residual_px(&self) -> Option<f64> {
        let last = self.residual.as_ref().unwrap_or(&self.shift);
        last.resolved.then(|| last.length_px())
    }
}

fn refuse_damaged(pair: &AlignedPair) -> Result<(), Error> {
    let percent = pair.damaged_percent();
    if percent <= MOST_DAMAGED_PERCENT {
        return Ok(());
    }
    let mut files: Vec<String> = pair.damaged().into_iter().map(|d| d.0).collect();
    files.dedup();
    Err(Error::Damaged { percent, files: files.join(", "), most: MOST_DAMAGED_PERCENT })
}

/// What cross-checking leaves.
pub(super) struct Results {
    pub candidates: Vec<Candidate>,
    pub patches: Vec<PatchFinding>,
    pub not_judged: Vec<crate::crosscheck::NotJudged>,
    pub components: u64,
    pub dropped: u64,
    pub dropped_px: u64,
}

fn cross_check(
    scene: &Scene,
    pass: &PassResult,
    vectors: &mut Vectors,
    measured: &Measured,
    request: &ScanRequest,
    geodesy: &Geodesy,
    pool: &Pool,
) -> Results {
    let (grid, pipeline) = (scene.pair.grid(), &request.pipeline);
    let limits = Limits { score: scene.threshold.score, distance: pipeline.landcover.works_distance };
    let outlined = outline_parcels(&pass.changed, grid, geodesy, limits, &pipeline.parcels, pool);
    let pixel_m2 = geodesy.pixel_m2(grid);
    let rows = vectors.list.as_mut().map(|l| std::mem::take(&mut l.rows));
    let index = rows.as_ref().map(|r| ShapeIndex::new(r.iter().map(|p| p.shape.as_ref())));
    let ids: Vec<String> = rows.iter().flatten().map(|r| r.patch_id.clone()).collect();
    let view = index.as_ref().map(|index| ListView { index, ids: &ids });
    let layers = &vectors.layers;
    let check = &pipeline.crosscheck;
    let candidates = pool.map(&outlined.parcels, |p| candidate(p.clone(), view.as_ref(), layers, pixel_m2, check));
    let found_index = ShapeIndex::new(candidates.iter().map(|c| Some(&c.shape)));
    let run = PatchRun {
        layers,
        candidates: &found_index,
        found: &candidates,
        after_date: date(scene.pair, Date::After, &request.after_date),
        land_cover: scene.ground.is_some(),
        residual_px: measured.residual_px(),
        threshold_refused: scene.threshold.refused,
        pixel_m2,
    };
    // Places and areas need PROJ, which belongs to one thread; the overlays run in parallel.
    let work: Vec<_> = rows
        .into_iter()
        .flatten()
        .zip(&pass.patches)
        .map(|(row, evidence)| {
            let measures = row.shape.as_ref().and_then(|s| {
                Some(PatchMeasures {
                    area_m2: geodesy.area_m2(s),
                    lonlat: geodesy.point_inside(s)?,
                    width_m: mean_width_m(s, grid.crs.unit_m),
                })
            });
            (row, measures, evidence)
        })
        .collect();
    let patches =
        pool.map(&work, |(row, measures, evidence)| patch_finding(row.clone(), *measures, evidence, &run, check));
    let not_judged = outline_not_judged(&pass.not_judged, grid, geodesy, pool);
    Results {
        candidates,
        patches,
        not_judged,
        components: outlined.components,
        dropped: outlined.dropped,
        dropped_px: outlined.dropped_px,
    }
}

/// Mean width of a patch as if it were a ribbon: perimeter = 2 (length + width), area = length x width.
fn mean_width_m(shape: &geo::MultiPolygon<f64>, unit_m: f64) -> f64 {
    use geo::{Euclidean, Length};
    let area = shape.unsigned_area() * unit_m * unit_m;
    let half: f64 = shape.0.iter().map(|p| Euclidean.length(p.exterior())).sum::<f64>() * unit_m / 2.0;
    let root = (half * half - 4.0 * area).max(0.0).sqrt();
    (half - root) / 2.0
}
