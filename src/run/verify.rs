//! The verification: only the list's patches are looked at.
//!
//! The stages are those of a scan; where that looks at every tile, this reads the pixels around each patch. What concerns the pair as a
//! whole - registration, radiometry, threshold, ground - is measured on the same sample of blocks, so a patch gets the same evidence.

use super::answer::{Dated, Looked, answer, patch_run};
use super::describe::{Covered, Findings, describe};
use super::geodesy::Geodesy;
use super::ground::{Ground, learn_ground};
use super::images::AlignedPair;
use super::inputs::read_vectors;
use super::memory::MemoryPlan;
use super::models::Models;
use super::outputs::{OutputFolder, write_documents};
use super::patches::look_at_patches;
use super::pictures;
use super::pool::Pool;
use super::previous::{follow_all, read_previous};
use super::progress::Progress;
use super::request::{ScanRequest, VerifyRequest};
use super::scan::{Measured, Results, RunOutcome, measure, open_pair, refuse_damaged, scene_of};
use super::sheets::{Shown, write_towns};
use super::statistics::Sample;
use crate::config::Pipeline;
use crate::crosscheck::{Layer, LayerKind, PatchEvidence, ShapeIndex};
use crate::error::Error;
use crate::report::document::Command;
use crate::vectorise::Weak;
use geo::{MapCoordsInPlace, MultiPolygon};

/// A pair, opened and measured.
struct Opened {
    pair: AlignedPair,
    models: Models,
    sample: Sample,
    measured: Measured,
}

/// Measures what concerns a pair as a whole.
fn measured(
    (mut pair, memory, models): (AlignedPair, MemoryPlan, Models),
    pipeline: &Pipeline,
    pool: &Pool,
    progress: &Progress,
) -> Result<Opened, Error> {
    let sample = Sample::of(&pair, pipeline.normalise.max_sample_blocks);
    let measured = measure(&mut pair, &sample, pipeline, pool, progress)?;
    // Patches lie anywhere: what one needs is seldom what the next does.
    pair.set_block_cache(memory.cache as usize);
    Ok(Opened { pair, models, sample, measured })
}

/// What the patches of a pair say, and the ground they were told by, if land cover could be told.
fn look(
    opened: &Opened,
    request: &ScanRequest,
    survey: Option<&Layer>,
    shapes: &[Option<&MultiPolygon<f64>>],
    pool: &Pool,
    progress: &Progress,
) -> Result<(Vec<PatchEvidence>, Option<Ground>), Error> {
    let Opened { pair, models, sample, measured } = opened;
    let pipeline = &request.pipeline;
    let radiometry = &measured.detector.radiometry;
    let source = models.ground_source(&pipeline.landcover, survey);
    let ground = learn_ground(pair, radiometry, sample, pool, source, progress);
    let scene = scene_of(pair, measured, ground, models, pipeline);
    let looks = look_at_patches(&scene, shapes, pipeline.crosscheck.built_before_percent, pool, progress);
    refuse_damaged(pair)?;
    Ok((looks, scene.ground))
}

/// Outlines in the system of another grid; `None` where they cannot be brought there.
fn moved(
    shapes: &[Option<&MultiPolygon<f64>>],
    from: &AlignedPair,
    to: &AlignedPair,
) -> Vec<Option<MultiPolygon<f64>>> {
    let mover = super::geodesy::mover(from.grid(), to.grid());
    let one = |shape: &Option<&MultiPolygon<f64>>| {
        let mut out = (*shape)?.clone();
        if let Some(mover) = &mover {
            out.map_coords_in_place(|c| {
                let (mut x, mut y) = ([c.x], [c.y]);
                mover(&mut x, &mut y);
                geo::Coord { x: x[0], y: y[0] }
            });
        }
        out.0.iter().flat_map(|p| &p.exterior().0).all(|c| c.x.is_finite() && c.y.is_finite()).then_some(out)
    };
    shapes.iter().map(one).collect()
}

/// Runs a verification from files to files.
pub fn verify(request: &VerifyRequest, progress: &Progress) -> Result<RunOutcome, Error> {
    let VerifyRequest { of: request, first, first_date, previous, hash } = request;
    let pipeline = &request.pipeline;
    let pool = Pool::new(request.threads).map_err(|e| Error::Bug(e.to_string()))?;
    let opened = open_pair(request, &request.before, &request.before_mask, &pool)?;
    let grid = opened.0.grid();
    let geodesy = Geodesy::new(&grid.crs).map_err(|e| Error::Usage(e.to_string()))?;
    let bar = progress.stage("reading list and layers", 1);
    let mut vectors = read_vectors(&request.vectors, grid, &geodesy, &pool)?;
    drop(bar);
    let cases = previous.as_ref().map(|p| read_previous(p, grid)).transpose()?.unwrap_or_default();
    let folder = OutputFolder::prepare(&request.out)?;
    let opened = measured(opened, pipeline, &pool, progress)?;
    let pair = &opened.pair;
    let rows = vectors.list.as_mut().map(|l| std::mem::take(&mut l.rows)).unwrap_or_default();
    let shapes: Vec<Option<&MultiPolygon<f64>>> = rows.iter().map(|r| r.shape.as_ref()).collect();
    let survey = vectors.layers.get(LayerKind::Landuse);
    // The list's patches, then the earlier cases.
    let all: Vec<_> = shapes.iter().copied().chain(cases.iter().map(|c| c.shape.as_ref())).collect();
    let (mut looks, ground) = look(&opened, request, survey, &all, &pool, progress)?;
    let again = looks.split_off(shapes.len());
    let earlier = match first.is_empty() {
        true => None,
        false => Some(measured(open_pair(request, first, &[], &pool)?, pipeline, &pool, progress)?),
    };
    let mut since_first = None;
    let shown_first = match &earlier {
        Some(earlier) => {
            let there = moved(&shapes, pair, &earlier.pair);
            let outlines: Vec<_> = there.iter().map(Option::as_ref).collect();
            since_first = Some(look(earlier, request, survey, &outlines, &pool, progress)?.0);
            Some(Shown { pair: &earlier.pair, shapes: there })
        }
        None => None,
    };
    let shown = Shown { pair, shapes: shapes.iter().map(|s| s.cloned()).collect() };
    let nothing = ShapeIndex::new(std::iter::empty::<Option<MultiPolygon<f64>>>());
    let scene = scene_of(pair, &opened.measured, ground, &opened.models, pipeline);
    let pixel_m2 = geodesy.pixel_m2(pair.grid());
    let run = patch_run(&scene, &vectors.layers, (&nothing, &[]), Dated::of(pair, request), pixel_m2);
    let looked = looks.iter().enumerate().map(|(n, between)| {
        let since_first = since_first.as_ref().and_then(|looks| looks.get(n));
        Looked { between, since_first }
    });
    let check = &pipeline.crosscheck;
    let followups = follow_all(cases, again, &rows, pair, &run, check, &geodesy);
    let work = rows.into_iter().zip(looked).collect();
    let patches = answer(work, pair, &run, check, &geodesy, &pool);

    let bar = progress.stage("describing the inputs", 1);
    let covered = covered(&looks);
    let results = Results {
        candidates: Vec::new(),
        patches,
        not_judged: Vec::new(),
        components: 0,
        dropped: 0,
        dropped_px: 0,
        weak: Weak::default(),
    };
    let first = earlier.as_ref().map(|e| (&e.pair, first_date));
    let found = Findings {
        command: Command::Verify,
        hash: *hash,
        measured: &opened.measured,
        covered,
        results,
        vectors,
        first,
    };
    let mut document = describe(request, &scene, found, &geodesy, &pool)?;
    document.followups = previous.is_some().then_some(followups);
    drop(bar);
    let bar = progress.stage("pictures", 1);
    document.chips = pictures::chips(pair, None, &document.candidates, &document.patches, &pool);
    drop(bar);
    let manifest = super::manifest::manifest(&document, &scene, &opened.measured.alignment, request);
    let bar = progress.stage("documents", 1);
    write_documents(folder.path(), &document, &pair.grid().crs, &manifest, &pool)?;
    drop(bar);
    let bar = progress.stage("evidence sheets", 1);
    write_towns(folder.path(), &document, &shown, shown_first.as_ref(), &geodesy, &pool)?;
    drop(bar);
    let folder = folder.finish()?;
    Ok(RunOutcome { folder, document, manifest })
}

/// What was looked at: the patches, overlapping ones more than once.
fn covered(looks: &[PatchEvidence]) -> Covered<'static> {
    let sum = |of: fn(&PatchEvidence) -> u64| looks.iter().map(of).sum();
    Covered {
        total_px: sum(|l| l.pixels),
        judged_px: sum(|l| l.valid),
        changed_px: sum(|l| l.changed),
        unusable_px: std::array::from_fn(|k| looks.iter().map(|l| l.unusable[k]).sum()),
        masked: Default::default(),
        transitions: &[],
    }
}
