//! `truth.gpkg`: what really happened, and what the list's rows deserve.

use super::SampleError;
use super::events::Plan;
use super::geometry::{area, centre, ground_area, polygon};
use super::listing::ListedPatch;
use super::vectors::{Column, Row, Value, Vectors};
use geo::MultiPolygon;
use std::path::Path;

/// Writes the layers `events` and `patches`, and `rotations` with the outlines given.
pub fn write(
    plan: &Plan,
    rows: &[ListedPatch],
    rotations: impl Iterator<Item = Row>,
    dir: &Path,
) -> Result<(), SampleError> {
    let mut file = Vectors::create(&dir.join("truth.gpkg"))?;
    let text = |s: &str| Value::T(s.to_string());
    let columns = [
        Column::Whole("id"),
        Column::Text("kind", 20),
        Column::Text("kind_zh", 40),
        Column::Whole("relevant"),
        Column::Whole("listed"),
        Column::Whole("listed_percent"),
        Column::Whole("approved"),
        Column::Real("area_m2", 2),
    ];
    let events = plan.events.iter().map(|e| {
        let size = ground_area(area(&e.ring), centre(&e.ring));
        let values = vec![
            Value::I(e.id as i64),
            text(e.kind.code()),
            text(e.kind.zh()),
            Value::I(e.kind.relevant() as i64),
            Value::I((e.listed_percent >= 80) as i64),
            Value::I(e.listed_percent as i64),
            Value::I(e.approved as i64),
            Value::R(size),
        ];
        (values, Some(MultiPolygon(vec![polygon(&e.ring)])))
    });
    file.layer("events", &columns, events)?;
    let columns = [
        Column::Whole("row"),
        Column::Text("patch_id", 30),
        Column::Text("claim", 30),
        Column::Text("expected_verdict", 30),
        Column::Text("expected_verdict_zh", 40),
        Column::Text("expected_state", 30),
    ];
    let patches = rows.iter().enumerate().map(|(k, r)| {
        let values = vec![
            Value::I(k as i64),
            text(&r.id),
            text(r.claim.code()),
            text(r.verdict.code()),
            text(r.verdict.zh()),
            text(r.state.code()),
        ];
        (values, r.ring.as_ref().map(|g| MultiPolygon(vec![polygon(g)])))
    });
    file.layer("patches", &columns, patches)?;
    let columns = [Column::Text("before", 20), Column::Text("after", 20), Column::Real("area_m2", 2)];
    file.layer("rotations", &columns, rotations)?;
    file.close()
}
