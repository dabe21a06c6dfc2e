//! Carry-over: the open cases of an earlier run, looked at again.
//!
//! In: the folder of an earlier run and what this run sees. Out: a finding per case, in the earlier list's order.

use super::geodesy::Geodesy;
use super::images::AlignedPair;
use super::shift::residual_along;
use crate::crosscheck::{
    Claim, CrosscheckParams, FollowUpFinding, ListRow, Matched, PatchEvidence, PatchRun, PreviousCase, ShapeIndex,
    StateAfter, Verdict, follow_up,
};
use crate::error::Error;
use crate::grid::Grid;
use crate::io::vector::{VectorOptions, read_any};
use geo::Area as _;
use std::collections::HashMap;
use std::path::Path;

/// Share of one outline in the other from which they are the same patch.
const SAME_PATCH: f64 = 0.5;

/// The cases of an earlier run that are looked at again: the open ones, and demolitions that were confirmed.
pub(super) fn read_previous(folder: &Path, grid: &Grid) -> Result<Vec<PreviousCase>, Error> {
    let path = folder.join("parcels.gpkg");
    let mut options = VectorOptions::new(&grid.crs);
    options.layer = Some("patches");
    let table = read_any(&path, &options)?.table;
    let column = |name: &str| table.fields.iter().position(|f| f.name == name);
    let names = ["row", "patch_id", "claim", "verdict", "state_after"];
    let columns = names.map(column);
    if let Some(missing) = columns.iter().position(Option::is_none) {
        return Err(Error::Usage(format!(
            "{}: the layer patches has no field '{}'; give the folder of an earlier run with a list to --previous",
            path.display(),
            names[missing]
        )));
    }
    let case = |feature: &crate::features::Feature| {
        let text = |k: usize| columns[k].map_or(String::new(), |c| feature.values[c].text());
        Some(PreviousCase {
            row: text(0).parse().ok()?,
            patch_id: text(1),
            claim: *Claim::ALL.iter().find(|c| c.code() == text(2))?,
            verdict: *Verdict::ALL.iter().find(|v| v.code() == text(3))?,
            state_after: StateAfter::ALL.iter().find(|s| s.code() == text(4)).copied().unwrap_or(StateAfter::Unknown),
            shape: feature.shape.clone(),
        })
    };
    let all = table.rows.iter().filter_map(case);
    Ok(all.filter(|c| c.open() || c.closed_demolition()).collect())
}

/// The row of the new list that is the same patch: by id where the outlines meet, else by outline.
fn matched(case: &PreviousCase, rows: &[ListRow], by_id: &HashMap<&str, usize>, index: &ShapeIndex) -> Matched {
    let Some(shape) = &case.shape else { return Matched::None };
    let shared = index.overlaps(shape);
    if let Some(row) = by_id.get(case.patch_id.as_str()).filter(|row| shared.iter().any(|(n, _)| n == *row)) {
        return Matched::Id(*row);
    }
    let own = shape.unsigned_area();
    let same = shared.into_iter().filter(|(n, area)| {
        let other = rows[*n].shape.as_ref().map_or(0.0, |s| s.unsigned_area());
        *area >= SAME_PATCH * own.min(other)
    });
    let largest = same.fold(None::<(usize, f64)>, |best, o| best.filter(|b| b.1 >= o.1).or(Some(o)));
    largest.map_or(Matched::None, |(n, _)| Matched::Shape(n))
}

/// What became of the cases; `looks` are theirs, in their order.
pub(super) fn follow_all(
    cases: Vec<PreviousCase>,
    looks: Vec<PatchEvidence>,
    rows: &[ListRow],
    pair: &AlignedPair,
    run: &PatchRun,
    params: &CrosscheckParams,
    geodesy: &Geodesy,
) -> Vec<FollowUpFinding> {
    let index = ShapeIndex::new(rows.iter().map(|r| r.shape.as_ref()));
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    let mut twice: Vec<&str> = Vec::new();
    for (n, row) in rows.iter().enumerate().filter(|(_, r)| !r.patch_id.is_empty()) {
        if by_id.insert(&row.patch_id, n).is_some() {
            twice.push(&row.patch_id);
        }
    }
    twice.iter().for_each(|id| {
        by_id.remove(id);
    });
    let one = |(case, evidence): (PreviousCase, PatchEvidence)| {
        let residual_px = case.shape.as_ref().and_then(|s| residual_along(pair, s));
        let context = run.context(case.shape.is_some(), residual_px, &evidence);
        let (outcome, reason) = follow_up(&case, &evidence, &context, params)?;
        let area_m2 = case.shape.as_ref().map(|s| geodesy.area_m2(s));
        let lonlat = case.shape.as_ref().and_then(|s| geodesy.point_inside(s));
        let matched = matched(&case, rows, &by_id, &index);
        let remaining_percent = evidence.remaining_percent();
        Some(FollowUpFinding {
            remaining_percent,
            case,
            outcome,
            reasons: vec![reason],
            matched,
            evidence,
            area_m2,
            lonlat,
        })
    };
    cases.into_iter().zip(looks).filter_map(one).collect()
}
