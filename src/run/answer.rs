//! Answering the list: what was seen of every patch, held against what is claimed.

use super::describe::date;
use super::geodesy::Geodesy;
use super::images::AlignedPair;
use super::pool::Pool;
use super::request::ScanRequest;
use super::shift::residual_along;
use super::tile::Scene;
use crate::align::Date;
use crate::crosscheck::{
    Candidate, CrosscheckParams, Layers, ListRow, PatchEvidence, PatchFinding, PatchMeasures, PatchRun, ShapeIndex,
    patch_finding,
};
use crate::pair::season_days;
use crate::raster::BandRole;
use geo::Area as _;

/// What was seen of a patch: between the two dates, and between a date before both and the later one where there is such an image.
#[derive(Clone, Copy)]
pub(super) struct Looked<'a> {
    pub between: &'a PatchEvidence,
    pub since_first: Option<&'a PatchEvidence>,
}

impl<'a> Looked<'a> {
    /// Of a pair alone.
    pub fn once(between: &'a PatchEvidence) -> Looked<'a> {
        Looked { between, since_first: None }
    }
}

/// What the dates of a pair mean for its findings.
pub(super) struct Dated {
    /// Date of the later image, `YYYY-MM-DD`.
    pub after: Option<String>,
    /// Days between the days of the year.
    pub season_days: Option<u32>,
}

impl Dated {
    /// Of a pair, as it says itself or as it was told.
    pub fn of(pair: &AlignedPair, request: &ScanRequest) -> Dated {
        let dates = [(Date::Before, &request.before_date), (Date::After, &request.after_date)];
        let [before, after] = dates.map(|(which, given)| date(pair, which, given));
        Dated { season_days: season_days(before.as_deref(), after.as_deref()), after }
    }
}

/// What all patches of a run share, with the candidates that were found, if any were looked for.
pub(super) fn patch_run<'a>(
    scene: &Scene,
    layers: &'a Layers,
    (candidates, found): (&'a ShapeIndex, &'a [Candidate]),
    dated: Dated,
    pixel_m2: f64,
) -> PatchRun<'a> {
    PatchRun {
        layers,
        candidates,
        found,
        season_days: dated.season_days,
        after_date: dated.after,
        land_cover: scene.ground.is_some(),
        infrared: scene.pair.bands().position(BandRole::Nir).is_some(),
        threshold_refused: scene.threshold.refused,
        pixel_m2,
    }
}

/// One finding per row, in their order.
pub(super) fn answer(
    rows: Vec<(ListRow, Looked)>,
    pair: &AlignedPair,
    run: &PatchRun,
    params: &CrosscheckParams,
    geodesy: &Geodesy,
    pool: &Pool,
) -> Vec<PatchFinding> {
    // Places and areas need PROJ, which belongs to one thread; the overlays run in parallel.
    let work: Vec<_> = rows
        .into_iter()
        .map(|(row, looked)| {
            let measures = row.shape.as_ref().and_then(|s| {
                Some(PatchMeasures {
                    area_m2: geodesy.area_m2(s),
                    lonlat: geodesy.point_inside(s)?,
                    width_m: mean_width_m(s, pair.grid().crs.unit_m),
                    residual_px: residual_along(pair, s),
                })
            });
            (row, measures, looked)
        })
        .collect();
    pool.map(work, |(row, measures, looked)| {
        patch_finding(row, measures, looked.between, looked.since_first, run, params)
    })
}

/// Mean width of a patch as if it were a ribbon: perimeter = 2 (length + width), area = length x width.
pub(super) fn mean_width_m(shape: &geo::MultiPolygon<f64>, unit_m: f64) -> f64 {
    use geo::{Euclidean, Length};
    let area = shape.unsigned_area() * unit_m * unit_m;
    let half: f64 = shape.0.iter().map(|p| Euclidean.length(p.exterior())).sum::<f64>() * unit_m / 2.0;
    let root = (half * half - 4.0 * area).max(0.0).sqrt();
    (half - root) / 2.0
}
