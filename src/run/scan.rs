//! The scan: the stages in their order.

use super::answer::{Dated, Looked, answer, mean_width_m, patch_run};
use super::describe::{Covered, Findings, describe};
use super::division::Changed;
use super::geodesy::Geodesy;
use super::ground::{Ground, learn_ground};
use super::images::AlignedPair;
use super::inputs::{Vectors, read_vectors};
use super::memory::MemoryPlan;
use super::models::{Models, choose_models};
use super::outline::{Limits, outline_not_judged, outline_parcels};
use super::outputs::{OutputFolder, write_documents};
use super::pass::{PassPlan, PassResult, full_pass};
use super::patches::look_at_patches;
use super::pictures;
use super::pool::Pool;
use super::progress::Progress;
use super::request::{Hash, ScanRequest};
use super::shift::{Alignment, align_pair, residual_along};
use super::statistics::{Sample, measure_radiometry, measure_score};
use super::tile::Scene;
use crate::change::{Detector, Method, Threshold};
use crate::config::Pipeline;
use crate::crosscheck::{Candidate, Footing, LayerKind, ListView, PatchEvidence, PatchFinding, ShapeIndex, candidate};
use crate::error::Error;
use crate::pair::parse_band_names;
use crate::report::document::{Command, Document};
use crate::vectorise::PixelPolygons;
use std::path::PathBuf;

/// More damaged pixels than this end the scan: its totals would mislead.
const MOST_DAMAGED_PERCENT: f64 = 10.0;
/// Probability of works from which a pixel is works, without a forest for parcels.
const EVEN: f64 = 0.5;

/// What a run found, for the command line.
pub struct RunOutcome {
    /// The output folder.
    pub folder: PathBuf,
    /// The results.
    pub document: Document,
    /// The manifest as written to `run.json`.
    pub manifest: serde_json::Value,
}

/// What was measured on the pair.
pub(super) struct Measured {
    pub alignment: Alignment,
    pub detector: Detector,
    pub threshold: Threshold,
}

/// Runs a scan from files to files.
pub fn scan(request: &ScanRequest, progress: &Progress) -> Result<RunOutcome, Error> {
    let pipeline = &request.pipeline;
    let pool = Pool::new(request.threads).map_err(|e| Error::Bug(e.to_string()))?;
    let (mut pair, memory, models) = open_pair(request, &request.before, &request.before_mask, &pool)?;
    let geodesy = Geodesy::new(&pair.grid().crs).map_err(|e| Error::Usage(e.to_string()))?;
    let bar = progress.stage("reading list and layers", 1);
    let mut vectors = read_vectors(&request.vectors, pair.grid(), &geodesy, &pool)?;
    drop(bar);
    let folder = OutputFolder::prepare(&request.out)?;

    let sample = Sample::of(&pair, pipeline.normalise.max_sample_blocks);
    let measured = measure(&mut pair, &sample, pipeline, &pool, progress)?;
    let survey = vectors.layers.get(LayerKind::Landuse);
    let radiometry = &measured.detector.radiometry;
    let source = models.ground_source(&pipeline.landcover, survey);
    let ground = learn_ground(&pair, radiometry, &sample, &pool, source, progress);
    progress.note(&|| decoded(&pair));
    let scene = scene_of(&pair, &measured, ground, &models, pipeline);
    let listed: Vec<_> = vectors.list.iter().flat_map(|l| l.rows.iter().map(|r| r.shape.as_ref())).collect();
    let towns = vectors.layers.get(LayerKind::Towns).map_or(&[][..], |l| &l.features);
    let plan = PassPlan {
        towns: &PixelPolygons::new(towns.iter().map(|t| t.shape.as_ref()), &pair.grid().affine),
        patches: &PixelPolygons::new(listed.iter().copied(), &pair.grid().affine),
        pictures: listed.iter().map(|s| pictures::window_around((*s)?, pair.grid())).collect(),
        tile: request.tile,
        strip_tiles: memory.strip_tiles,
        least_works_px: pipeline.parcels.least_pixels(geodesy.pixel_m2(pair.grid())),
    };
    pair.set_block_cache(memory.cache as usize);
    let mut pass = full_pass(&scene, &plan, folder.path(), &pool, progress)?;
    progress.note(&|| decoded(&pair));
    refuse_damaged(&pair)?;

    let looks = look_at_patches(&scene, &listed, pipeline.crosscheck.built_before_percent, &pool, progress);
    let bar = progress.stage("parcels and cross-check", 1);
    let results = cross_check(&scene, &models, (&mut pass, &looks), &mut vectors, request, &geodesy, &pool);
    drop(bar);
    let bar = progress.stage("describing the inputs", 1);
    let covered = Covered {
        total_px: pair.grid().pixels(),
        judged_px: pass.judged_px,
        changed_px: pass.changed_px,
        unusable_px: pass.unusable_px,
        masked: pass.masked,
        transitions: &pass.transitions,
    };
    let found = Findings {
        command: Command::Scan,
        hash: Hash::Full,
        measured: &measured,
        covered,
        results,
        vectors,
        first: None,
    };
    let mut document = describe(request, &scene, found, &geodesy, &pool)?;
    drop(bar);
    let bar = progress.stage("pictures", 2);
    document.overview =
        pictures::overview_png(&pass, pair.grid(), scene.overview_step, &document.candidates, &document.patches);
    bar.add(1);
    document.chips = pictures::chips(&pair, Some(&pass.crops), &document.candidates, &document.patches, &pool);
    drop(bar);
    progress.note(&|| decoded(&pair));
    // No pixel is read any more.
    pair.set_block_cache(0);
    pass.rasters.finish(folder.path(), progress)?;
    let manifest = super::manifest::manifest(&document, &scene, &measured.alignment, request);
    let bar = progress.stage("documents", 1);
    write_documents(folder.path(), &document, &pair.grid().crs, &manifest, &pool)?;
    drop(bar);
    let folder = folder.finish()?;
    Ok(RunOutcome { folder, document, manifest })
}

/// Opens `before` beside the request's later date: with masks, within the memory promise, and with the models that fit.
pub(super) fn open_pair(
    request: &ScanRequest,
    before: &[PathBuf],
    before_mask: &[PathBuf],
    pool: &Pool,
) -> Result<(AlignedPair, MemoryPlan, Models), Error> {
    let pipeline = &request.pipeline;
    let names = request.bands.as_deref().map(parse_band_names).transpose()?;
    let mut pair = AlignedPair::open(before, &request.after, names.as_deref(), &pipeline.align)?;
    pair.give_masks(before_mask, &request.after_mask, &pipeline.mask)?;
    let (tile, threads, bytes) = (request.tile, pool.threads(), request.vectors.bytes());
    let memory = super::memory::plan(&pair, pipeline, tile, threads, bytes, request.max_memory)?;
    let models = choose_models(&pipeline.landcover.model, &pair)?;
    pair.set_sample_cache(memory.sample_cache as usize);
    Ok((pair, memory, models))
}

/// How much of the files was decoded so far.
fn decoded(pair: &AlignedPair) -> String {
    let d = pair.decoded();
    format!("{} blocks decoded so far, {} MiB", d.blocks, d.bytes >> 20)
}

/// Alignment (corrected when it is worth a resampling), radiometry, threshold.
pub(super) fn measure(
    pair: &mut AlignedPair,
    sample: &Sample,
    pipeline: &Pipeline,
    pool: &Pool,
    progress: &Progress,
) -> Result<Measured, Error> {
    let alignment = align_pair(pair, sample, pool, &pipeline.align, progress)?;
    // The middle value: a method for the whole pair should not be chosen by its worst corner.
    let left = alignment.residual.as_ref().map(|r| r.median_px);
    pair.detect_clouds(sample, &pipeline.mask, pool, progress);
    let radiometry = measure_radiometry(pair, sample, pool, &pipeline.normalise, progress)?;
    pair.lift_veil(radiometry.veil.clone());
    let (roles, gsd_m) = (&pair.bands().roles, pair.grid().gsd_mean_m());
    let method = Method::choose(roles, gsd_m, &radiometry, left, &pipeline.change);
    let (detector, threshold) = measure_score(pair, method, radiometry, sample, pool, &pipeline.change, progress);
    Ok(Measured { alignment, detector, threshold })
}

/// What every window's products depend on; without `ground` land cover is left out.
pub(super) fn scene_of<'a>(
    pair: &'a AlignedPair,
    measured: &'a Measured,
    ground: Option<Ground>,
    models: &'a Models,
    pipeline: &Pipeline,
) -> Scene<'a> {
    let longest = pair.grid().rows.max(pair.grid().cols);
    Scene {
        pair,
        detector: &measured.detector,
        threshold: measured.threshold,
        ground,
        landcover: pipeline.landcover.clone(),
        model: models.land.clone(),
        parcels: models.parcels.as_ref(),
        parcels_decided: models.parcels.is_some(),
        shown: pictures::shown_bands(pair.bands()),
        overview_step: longest.div_ceil(pictures::OVERVIEW_PX).max(1),
    }
}

/// More damage than a run may have is an error.
pub(super) fn refuse_damaged(pair: &AlignedPair) -> Result<(), Error> {
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
    pub weak: crate::vectorise::Weak,
}

fn cross_check(
    scene: &Scene,
    models: &Models,
    (pass, looks): (&mut PassResult, &[PatchEvidence]),
    vectors: &mut Vectors,
    request: &ScanRequest,
    geodesy: &Geodesy,
    pool: &Pool,
) -> Results {
    let (grid, pipeline) = (scene.pair.grid(), &request.pipeline);
    let limits = Limits {
        score: scene.threshold.score,
        drop_weak: matches!(scene.detector.method, Method::Spectral { .. }),
        // A forest tells the probability of works where the rules tell a distance.
        distance: if models.land.is_some() { EVEN } else { pipeline.landcover.works_distance },
    };
    // Pixels are let go once they are outlines.
    let unseen = std::mem::take(&mut pass.not_judged);
    let changed = Changed { parcels: std::mem::take(&mut pass.changed), cores: std::mem::take(&mut pass.cores) };
    let outlined = outline_parcels(changed, grid, geodesy, limits, models.parcels.as_ref(), &pipeline.parcels, pool);
    let not_judged = outline_not_judged(&unseen, grid, geodesy, pool);
    drop(unseen);
    let pixel_m2 = geodesy.pixel_m2(grid);
    let rows = vectors.list.as_mut().map(|l| std::mem::take(&mut l.rows));
    let index = rows.as_ref().map(|r| ShapeIndex::new(r.iter().map(|p| p.shape.as_ref())));
    let ids: Vec<String> = rows.iter().flatten().map(|r| r.patch_id.clone()).collect();
    let view = index.as_ref().map(|index| ListView { index, ids: &ids });
    let layers = &vectors.layers;
    let check = &pipeline.crosscheck;
    let dated = Dated::of(scene.pair, request);
    let candidates = pool.map(outlined.parcels, |p| {
        let width_px = mean_width_m(&p.shape, grid.crs.unit_m) / grid.gsd_mean_m();
        let footing =
            Footing { residual_px: residual_along(scene.pair, &p.shape), width_px, season_days: dated.season_days };
        candidate(p, footing, view.as_ref(), layers, pixel_m2, check)
    });
    let found_index = ShapeIndex::new(candidates.iter().map(|c| Some(&c.shape)));
    let run = patch_run(scene, layers, (&found_index, &candidates), dated, pixel_m2);
    let patches = answer(
        rows.into_iter().flatten().zip(looks.iter().map(Looked::once)).collect(),
        scene.pair,
        &run,
        check,
        geodesy,
        pool,
    );
    Results {
        candidates,
        patches,
        not_judged,
        components: outlined.components,
        dropped: outlined.dropped,
        dropped_px: outlined.dropped_px,
        weak: outlined.weak,
    }
}
