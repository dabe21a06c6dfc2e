//! The scan: the stages in their order.

use super::geodesy::Geodesy;
use super::ground::learn_ground;
use super::images::AlignedPair;
use super::inputs::{VectorInputs, Vectors, read_vectors};
use super::manifest::{file_summary, run_id};
use super::outline::{Limits, outline_not_judged, outline_parcels};
use super::outputs::{OutputFolder, write_documents};
use super::pass::{PassResult, full_pass};
use super::pictures;
use super::pool::Pool;
use super::progress::Progress;
use super::statistics::{ScoreStatistics, measure_radiometry, measure_score, measure_shift, sample_blocks};
use super::tile::Scene;
use crate::align::{Date, Shift};
use crate::config::{self, Pipeline};
use crate::crosscheck::{
    Candidate, ListView, PatchFinding, PatchMeasures, PatchRun, ShapeIndex, candidate, patch_finding, town_totals,
};
use crate::error::Error;
use crate::normalise::Radiometry;
use crate::pair::parse_band_names;
use crate::raster::{BandRole, Quality};
use crate::report::Lang;
use crate::report::document::{
    Area, AreaSummary, CountSummary, Document, ImageSummary, Parameter, ReasonArea, RunSummary, ShiftSummary, Skipped,
};
use crate::vectorise::PixelPolygons;
use geo::Area as _;
use std::path::PathBuf;

/// More damaged pixels than this end the scan: its totals would mislead.
const MOST_DAMAGED_PERCENT: f64 = 10.0;
/// Days of the year apart from which seasons are warned about.
const SEASON_DAYS: i64 = 45;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ScanRequest {
    /// Files of the earlier date.
    pub before: Vec<PathBuf>,
    /// Files of the later date.
    pub after: Vec<PathBuf>,
    /// Output folder.
    pub out: PathBuf,
    /// List and layers.
    pub vectors: VectorInputs,
    /// Parameters.
    pub pipeline: Pipeline,
    /// `--bands`.
    pub bands: Option<String>,
    /// Date of the earlier image, `YYYY-MM-DD`, over the files' own.
    pub before_date: Option<String>,
    /// Date of the later image.
    pub after_date: Option<String>,
    /// Worker threads; 0 = one per processor.
    pub threads: usize,
    /// Side of a working tile, pixels.
    pub tile: usize,
    /// Memory promise, bytes.
    pub max_memory: u64,
    /// Language of documents.
    pub lang: Lang,
    /// Heading of the report; blank for a general one.
    pub title: String,
}

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
struct Measured {
    shift: Shift,
    residual: Option<Shift>,
    radiometry: Radiometry,
    score: ScoreStatistics,
}

/// Runs a scan from files to files.
pub fn scan(request: &ScanRequest, progress: &Progress) -> Result<ScanOutcome, Error> {
    let pipeline = &request.pipeline;
    let names = request.bands.as_deref().map(parse_band_names).transpose()?;
    let mut pair = AlignedPair::open(&request.before, &request.after, names.as_deref(), &pipeline.align)?;
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

    let results = cross_check(&scene, &pass, &mut vectors, &measured, request, &geodesy, &pool, progress);
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
    let radiometry = measure_radiometry(pair, blocks, pool, &pipeline.normalise, progress)?;
    let score = measure_score(pair, &radiometry, blocks, pool, &pipeline.change, progress);
    Ok(Measured { shift, residual, radiometry, score })
}

impl Measured {
    /// Shift that is left, pixels; `None` where it could not be measured.
    fn residual_px(&self) -> Option<f64> {
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
struct Results {
    candidates: Vec<Candidate>,
    patches: Vec<PatchFinding>,
    not_judged: Vec<crate::crosscheck::NotJudged>,
    components: u64,
    dropped: u64,
    dropped_px: u64,
}

fn cross_check(
    scene: &Scene,
    pass: &PassResult,
    vectors: &mut Vectors,
    measured: &Measured,
    request: &ScanRequest,
    geodesy: &Geodesy,
    pool: &Pool,
    progress: &Progress,
) -> Results {
    let (grid, pipeline) = (scene.pair.grid(), &request.pipeline);
    let bar = progress.stage("parcels and cross-check", 4);
    let limits = Limits { score: scene.threshold.score, distance: pipeline.landcover.works_distance };
    let outlined = outline_parcels(&pass.changed, grid, geodesy, limits, &pipeline.parcels, pool);
    bar.add(1);
    let pixel_m2 = geodesy.pixel_m2(grid);
    let rows = vectors.list.as_mut().map(|l| std::mem::take(&mut l.rows));
    let index = rows.as_ref().map(|r| ShapeIndex::new(r.iter().map(|p| p.shape.as_ref())));
    let ids: Vec<String> = rows.iter().flatten().map(|r| r.patch_id.clone()).collect();
    let view = index.as_ref().map(|index| ListView { index, ids: &ids });
    let layers = &vectors.layers;
    let check = &pipeline.crosscheck;
    let candidates = pool.map(&outlined.parcels, |p| candidate(p.clone(), view.as_ref(), layers, pixel_m2, check));
    bar.add(1);
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
    bar.add(1);
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

/// Date of an image: given, else from its metadata.
fn date(pair: &AlignedPair, which: Date, given: &Option<String>) -> Option<String> {
    given.clone().or_else(|| pair.infos(which).iter().find_map(|i| i.date.clone()))
}

fn image_summary(pair: &AlignedPair, which: Date, given: &Option<String>) -> Result<ImageSummary, Error> {
    let infos = pair.infos(which);
    let first = infos[0];
    let files = infos.iter().map(|i| file_summary(std::path::Path::new(&i.path))).collect::<Result<Vec<_>, _>>()?;
    Ok(ImageSummary {
        files,
        date: date(pair, which, given),
        sensor: None,
        crs_name: first.grid.crs.name.clone(),
        gsd_m: first.grid.gsd_mean_m(),
        rows: first.grid.rows,
        cols: first.grid.cols,
        sample_type: first.dtype.clone(),
    })
}

/// Puts results and everything the run knows of itself into one document.
fn describe(
    request: &ScanRequest,
    scene: &Scene,
    measured: &Measured,
    pass: &PassResult,
    results: Results,
    vectors: Vectors,
    geodesy: &Geodesy,
) -> Result<Document, Error> {
    let pair = scene.pair;
    let grid = pair.grid();
    let (before, after) = (
        image_summary(pair, Date::Before, &request.before_date)?,
        image_summary(pair, Date::After, &request.after_date)?,
    );
    let parameters: Vec<Parameter> =
        config::flat(&request.pipeline).into_iter().map(|(key, value)| Parameter { key, value }).collect();
    let version = env!("CARGO_PKG_VERSION").to_string();
    let list_file = vectors.list_summary.as_ref().map(|l| &l.file);
    let files: Vec<_> = before
        .files
        .iter()
        .chain(&after.files)
        .chain(list_file)
        .chain(vectors.layer_summaries.iter().filter_map(|l| l.file.as_ref()))
        .collect();
    let run_id = run_id(&files, &parameters, &version);
    let pixel_m2 = geodesy.pixel_m2(grid);
    let area = |px: u64| Area::from_m2(px as f64 * pixel_m2);
    let gsd = grid.gsd_mean_m();
    let shift = measured.shift.tiles.gt(&0).then(|| ShiftSummary {
        row_px: measured.shift.rows_px,
        col_px: measured.shift.cols_px,
        length_px: measured.shift.length_px(),
        length_m: measured.shift.length_px() * gsd,
        residual_px: measured.residual_px(),
        resolved: measured.shift.resolved,
    });
    let list_fields = vectors.list_fields();
    let mut skipped = vectors.skipped;
    skipped.extend(damaged_blocks(pair));
    let mut warnings = warnings(scene, measured, &before, &after);
    warnings.extend(vectors.warnings);
    let towns = town_totals(&results.candidates, &results.patches, &vectors.layers);
    let not_judged = Quality::UNUSABLE.iter().zip(pass.unusable_px).filter(|(_, px)| *px > 0);
    let role = |r: &Option<BandRole>| r.map_or("?", BandRole::code).to_string();
    let run = RunSummary {
        title: request.title.clone(),
        tool_version: version,
        run_id,
        grid: Some(grid.clone()),
        gsd_m: gsd,
        bands: pair.bands().roles.iter().map(role).collect(),
        shift,
        threshold: (!scene.threshold.refused).then_some(scene.threshold.score),
        separability: Some(scene.threshold.separability),
        areas: AreaSummary {
            total: area(grid.pixels()),
            judged: area(pass.judged_px),
            changed: area(pass.changed_px),
            not_judged: not_judged.map(|(q, px)| ReasonArea { reason: *q, area: area(px) }).collect(),
        },
        counts: CountSummary {
            pixels: grid.pixels(),
            judged_pixels: pass.judged_px,
            changed_pixels: pass.changed_px,
            components: results.components,
            dropped_small: results.dropped,
            dropped_small_pixels: results.dropped_px,
        },
        list: vectors.list_summary,
        layers: vectors.layer_summaries,
        skipped,
        warnings,
        parameters,
        before,
        after,
    };
    Ok(Document {
        lang: request.lang,
        run,
        list_fields,
        candidates: results.candidates,
        patches: results.patches,
        towns,
        not_judged: results.not_judged,
        overview: None,
        chips: Default::default(),
    })
}

fn damaged_blocks(pair: &AlignedPair) -> Vec<Skipped> {
    let mut of_file: std::collections::BTreeMap<String, u64> = Default::default();
    for (file, _, _) in pair.damaged() {
        *of_file.entry(file).or_default() += 1;
    }
    let entry = |(file, count)| Skipped {
        what: format!("{file} 的影像块"),
        why: "文件损坏，无法解码，相应区域未判读".into(),
        count,
    };
    of_file.into_iter().map(entry).collect()
}

/// What the reader must know, Chinese sentences.
fn warnings(scene: &Scene, measured: &Measured, before: &ImageSummary, after: &ImageSummary) -> Vec<String> {
    let mut out = Vec::new();
    let pair = scene.pair;
    if scene.threshold.refused {
        out.push(format!(
            "变化得分没有可信的分界（按最优阈值将有{:.0}%被判为变化），未标记任何变化",
            scene.threshold.above_percent
        ));
    }
    if !pair.bands().named() {
        out.push("波段未命名且未用 --bands 指定：只计算变化，不判断地类、变化类型和建筑占比".into());
    } else if scene.ground.is_none() {
        out.push("影像缺少红、绿波段或平整地面过少，未能判断地类、变化类型和建筑占比".into());
    }
    if pair.bands().named() && pair.bands().position(BandRole::Nir).is_none() {
        out.push("影像没有近红外波段，植被与建筑的区分不可靠".into());
    }
    if !measured.shift.resolved {
        out.push("两期影像的残余错位未能可靠测出，结果未作位移改正".into());
    }
    if !pair.bands().left_out.is_empty() {
        out.push(format!("未参与比较的波段：{}", pair.bands().left_out.join("；")));
    }
    match (&before.date, &after.date) {
        (Some(b), Some(a)) if a <= b => out.push(format!("后时相日期（{a}）不晚于前时相（{b}），请核对影像顺序")),
        (Some(b), Some(a)) => {
            if let Some(days) = season_gap(b, a).filter(|d| *d > SEASON_DAYS) {
                out.push(format!("两期影像的季节相差约{days}天，农作物变化会更多"));
            }
        }
        _ => out.push("影像日期不全，未能与申报日期和季节比较；可用 --before-date/--after-date 给出".into()),
    }
    if !measured.radiometry.converged {
        out.push("辐射归一化在规定次数内未完全收敛，变化得分的可靠性降低".into());
    }
    out
}

/// Days between two dates' positions in the year, 0 to 182.
fn season_gap(a: &str, b: &str) -> Option<i64> {
    let day = |d: &str| -> Option<i64> {
        let mut parts = d.split('-').skip(1).map(|p| p.parse::<i64>().ok());
        let (month, day) = (parts.next()??, parts.next()??);
        const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        Some(BEFORE.get(usize::try_from(month - 1).ok()?)? + day)
    };
    let gap = (day(a)? - day(b)?).abs();
    Some(gap.min(365 - gap))
}
