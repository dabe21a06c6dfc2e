//! The document of a run: its results and everything it knows of itself.

use super::geodesy::Geodesy;
use super::images::AlignedPair;
use super::inputs::Vectors;
use super::manifest::{file_summary, part_summary, run_id};
use super::masks::MaskTally;
use super::pool::Pool;
use super::request::{Hash, ScanRequest};
use super::scan::{Measured, Results};
use super::shift::Alignment;
use super::tile::Scene;
use crate::align::Date;
use crate::config;
use crate::crosscheck::{town_totals, town_transitions};
use crate::error::Error;
use crate::landcover::Transitions;
use crate::pair::{SEASON_DAYS, season_days};
use crate::raster::{BandRole, Quality};
use crate::report::document::{
    Area, AreaSummary, Command, CountSummary, Document, FileSummary, ImageSummary, MaskedArea, Parameter, ReasonArea,
    RunSummary, Skipped,
};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// A residual that a tenth of the image exceeds is warned about from here on, pixels.
const SAID_RESIDUAL_PX: f64 = 0.5;

/// Date of an image: given, else from its metadata.
pub(super) fn date(pair: &AlignedPair, which: Date, given: &Option<String>) -> Option<String> {
    given.clone().or_else(|| pair.infos(which).iter().find_map(|i| i.date.clone()))
}

/// Images and masks of a date.
fn image_paths(pair: &AlignedPair, which: Date) -> [Vec<String>; 2] {
    let masks = pair.mask_notes().iter().filter(|m| m.date == which);
    [pair.infos(which).iter().map(|i| i.path.clone()).collect(), masks.map(|m| m.path.clone()).collect()]
}

fn image_summary(
    pair: &AlignedPair,
    which: Date,
    given: &Option<String>,
    hashed: &BTreeMap<String, FileSummary>,
) -> Result<ImageSummary, Error> {
    let first = pair.infos(which)[0];
    let known = |paths: &Vec<String>| paths.iter().filter_map(|p| hashed.get(p).cloned()).collect();
    let [files, masks] = image_paths(pair, which);
    Ok(ImageSummary {
        files: known(&files),
        masks: known(&masks),
        date: date(pair, which, given),
        sensor: None,
        crs_name: first.grid.crs.name.clone(),
        gsd_m: first.grid.gsd_mean_m(),
        rows: first.grid.rows,
        cols: first.grid.cols,
        sample_type: first.dtype.clone(),
    })
}

/// Images and masks of some pairs, hashed side by side. Pairs may share a file: then all that any of them used of it counts.
fn hashes(pairs: &[&AlignedPair], hash: Hash, pool: &Pool) -> Result<BTreeMap<String, FileSummary>, Error> {
    // What was used of a file; `None`: all of it.
    let mut files: BTreeMap<String, Option<Vec<Range<u64>>>> = BTreeMap::new();
    for (pair, date) in pairs.iter().flat_map(|p| [(p, Date::Before), (p, Date::After)]) {
        for image in pair.images(date) {
            let more = image.bytes_used().filter(|_| hash == Hash::Used);
            let known = files.entry(image.info().path.clone()).or_insert_with(|| Some(Vec::new()));
            match (known.as_mut(), more) {
                (Some(known), Some(more)) => known.extend(more),
                _ => *known = None,
            }
        }
        files.extend(image_paths(pair, date)[1].iter().map(|mask| (mask.clone(), None)));
    }
    let files: Vec<_> = files.into_iter().collect();
    let summaries = pool.map(&files, |(path, used)| match used {
        Some(used) => part_summary(Path::new(path), used.clone()),
        None => file_summary(Path::new(path)),
    });
    files.into_iter().zip(summaries).map(|((path, _), summary)| Ok((path, summary?))).collect()
}

/// What was looked at.
pub(super) struct Covered<'a> {
    pub total_px: u64,
    pub judged_px: u64,
    pub changed_px: u64,
    /// By position in [`Quality::UNUSABLE`].
    pub unusable_px: [u64; Quality::UNUSABLE.len()],
    pub masked: MaskTally,
    pub transitions: &'a [Transitions],
}

/// Everything a run found, to be described.
pub(super) struct Findings<'a> {
    pub command: Command,
    pub hash: Hash,
    pub measured: &'a Measured,
    pub covered: Covered<'a>,
    pub results: Results,
    pub vectors: Vectors,
    /// The pair of a date before both and the later one, and the date of the first as given.
    pub first: Option<(&'a AlignedPair, &'a Option<String>)>,
}

/// Puts results and everything the run knows of itself into one document; the images are hashed side by side.
pub(super) fn describe(
    request: &ScanRequest,
    scene: &Scene,
    found: Findings,
    geodesy: &Geodesy,
    pool: &Pool,
) -> Result<Document, Error> {
    let Findings { command, hash, measured, covered, results, vectors, first } = found;
    let pair = scene.pair;
    let grid = pair.grid();
    let pairs: Vec<&AlignedPair> = std::iter::once(pair).chain(first.iter().map(|f| f.0)).collect();
    let hashed = hashes(&pairs, hash, pool)?;
    let (before, after) = (
        image_summary(pair, Date::Before, &request.before_date, &hashed)?,
        image_summary(pair, Date::After, &request.after_date, &hashed)?,
    );
    let first = first.map(|(first, given)| image_summary(first, Date::Before, given, &hashed)).transpose()?;
    let parameters: Vec<Parameter> =
        config::flat(&request.pipeline).into_iter().map(|(key, value)| Parameter { key, value }).collect();
    let version = env!("CARGO_PKG_VERSION").to_string();
    let list_file = vectors.list_summary.as_ref().map(|l| &l.file);
    let files: Vec<_> = before
        .files
        .iter()
        .chain(&after.files)
        .chain(before.masks.iter().chain(&after.masks))
        .chain(first.iter().flat_map(|f| &f.files))
        .chain(list_file)
        .chain(vectors.layer_summaries.iter().filter_map(|l| l.file.as_ref()))
        .collect();
    let run_id = run_id(&files, &parameters, &version);
    let pixel_m2 = geodesy.pixel_m2(grid);
    let area = |px: u64| Area::from_m2(px as f64 * pixel_m2);
    let gsd = grid.gsd_mean_m();
    let shift = measured.alignment.summary(gsd);
    let list_fields = vectors.list_fields();
    let mut skipped = vectors.skipped;
    skipped.extend(damaged_blocks(pair));
    let mut warnings = warnings(scene, measured, &before, &after);
    let masked = masked(&covered.masked, &area);
    warnings.extend(super::masks::warnings(pair, &request.pipeline.mask, &covered.masked));
    warnings.extend(vectors.warnings);
    let towns = town_totals(&results.candidates, &results.patches, &vectors.layers);
    let transitions = town_transitions(covered.transitions, &vectors.layers, pixel_m2);
    let not_judged = Quality::UNUSABLE.iter().zip(covered.unusable_px).filter(|(_, px)| *px > 0);
    let role = |r: &Option<BandRole>| r.map_or("?", BandRole::code).to_string();
    let run = RunSummary {
        command,
        title: request.title.clone(),
        tool_version: version,
        run_id,
        grid: Some(grid.clone()),
        gsd_m: gsd,
        bands: pair.bands().roles.iter().map(role).collect(),
        shift,
        threshold: (!scene.threshold.refused).then_some(scene.threshold.score),
        threshold_minimum_error: (!scene.threshold.refused).then_some(scene.threshold.minimum_error),
        separability: Some(scene.threshold.separability),
        areas: AreaSummary {
            total: area(covered.total_px),
            judged: area(covered.judged_px),
            changed: area(covered.changed_px),
            not_judged: not_judged.map(|(q, px)| ReasonArea { reason: *q, area: area(px) }).collect(),
        },
        masked,
        counts: CountSummary {
            pixels: covered.total_px,
            judged_pixels: covered.judged_px,
            changed_pixels: covered.changed_px,
            components: results.components,
            dropped_small: results.dropped,
            dropped_small_pixels: results.dropped_px,
            dropped_weak: results.weak.blobs,
            dropped_weak_pixels: results.weak.pixels,
        },
        list: vectors.list_summary,
        layers: vectors.layer_summaries,
        skipped,
        warnings,
        parameters,
        before,
        after,
        first,
    };
    Ok(Document {
        lang: request.lang,
        run,
        list_fields,
        candidates: results.candidates,
        patches: results.patches,
        towns,
        not_judged: results.not_judged,
        transitions,
        followups: None,
        overview: None,
        chips: Default::default(),
    })
}

/// Areas that masks cover, those that are none left out.
fn masked(tally: &MaskTally, area: &dyn Fn(u64) -> Area) -> Vec<MaskedArea> {
    let mut out = Vec::new();
    for (date, sources) in ["before", "after"].into_iter().zip(&tally.0) {
        for (source, counts) in ["given", "detected"].into_iter().zip(sources) {
            let found = Quality::UNUSABLE.iter().zip(counts).filter(|(_, px)| **px > 0);
            out.extend(found.map(|(reason, px)| MaskedArea { date, source, reason: *reason, area: area(*px) }));
        }
    }
    out
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
        let marked = match scene.parcels_decided {
            true => "只标记地物分类认为后时相有建设的变化，农作物等变化未标记",
            false => "未标记任何变化",
        };
        out.push(format!(
            "变化得分没有可信的分界（按最优阈值将有{:.0}%被判为变化），{marked}",
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
    out.extend(shift_warning(&measured.alignment));
    if !pair.bands().left_out.is_empty() {
        out.push(format!("未参与比较的波段：{}", pair.bands().left_out.join("；")));
    }
    match (&before.date, &after.date) {
        (Some(b), Some(a)) if a <= b => out.push(format!("后时相日期（{a}）不晚于前时相（{b}），请核对影像顺序")),
        (Some(b), Some(a)) => {
            if let Some(days) = season_days(Some(b), Some(a)).filter(|d| *d > SEASON_DAYS) {
                out.push(format!("两期影像的季节相差约{days}天，农作物变化会更多，各项结论的置信度已相应降低"));
            }
        }
        _ => out.push("影像日期不全，未能与申报日期和季节比较；可用 --before-date/--after-date 给出".into()),
    }
    if let Some(veil) = &measured.detector.radiometry.veil {
        let (how, where_thick) = if veil.patchy() {
            ("分布不均的薄雾，比较前已按其厚薄分布改正", "雾重处")
        } else {
            ("向一侧逐渐加重的薄雾，比较前已按平面模型改正", "雾重一侧")
        };
        out.push(format!(
            "两期影像间有{how}（差异的离散缩小到{:.0}%），请留意{where_thick}的结果",
            100.0 * veil.spread_ratio
        ));
    }
    if !measured.detector.radiometry.converged {
        out.push("辐射归一化在规定次数内未完全收敛，变化得分的可靠性降低".into());
    }
    out
}

/// What the reader must know of the alignment.
fn shift_warning(alignment: &Alignment) -> Option<String> {
    let e = &alignment.evidence;
    if !alignment.field.global.resolved {
        return Some(format!(
            "两期影像的残余错位未能可靠测出（{}个连接块，{}个有清晰纹理，一致的最多{}个），结果未作位移改正",
            e.tiles, e.textured, e.agreeing
        ));
    }
    let left = alignment.residual.as_ref().filter(|r| r.p90_px > SAID_RESIDUAL_PX)?;
    Some(format!(
        "两期影像局部错位较大：改正后残余错位中位数{:.1}像元，一成范围超过{:.1}像元，相应位置的结论置信度已降低",
        left.median_px, left.p90_px
    ))
}
