//! Answering the list: what was seen of every patch, held against what is claimed.

use super::geodesy::Geodesy;
use super::images::AlignedPair;
use super::pool::Pool;
use super::shift::residual_along;
use crate::crosscheck::{
    CrosscheckParams, ListRow, PatchEvidence, PatchFinding, PatchMeasures, PatchRun, patch_finding,
};
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
