//! The table of earlier cases that were looked at again.

use super::tables::{Field, TableData, columns, join_reasons, optional, text, whole};
use crate::crosscheck::{FollowUpFinding, Matched};
use crate::features::FieldKind::{Integer, Real, Text};
use crate::features::FieldValue;

const FOLLOWUPS: &[Field] = &[
    ("previous_row", "prev_row", "上期清单行号(从0起)", "Earlier row (from 0)", Integer, 9, 0),
    ("patch_id", "patch_id", "图斑编号", "Patch id", Text, 80, 0),
    ("claim", "claim", "填报情况代码", "Claim (code)", Text, 24, 0),
    ("previous_verdict", "prev_verd", "上期核查意见代码", "Earlier verdict (code)", Text, 24, 0),
    ("previous_verdict_zh", "prev_zh", "上期核查意见", "Earlier verdict (Chinese)", Text, 32, 0),
    ("previous_state", "prev_state", "上期现状代码", "Earlier state", Text, 16, 0),
    ("followup", "followup", "本期情况代码", "Now (code)", Text, 24, 0),
    ("followup_zh", "follow_zh", "本期情况(线索)", "Now (Chinese)", Text, 32, 0),
    ("reasons", "reasons", "理由", "Reasons", Text, 254, 0),
    ("row", "row", "本期清单行号(从0起)", "Row now (from 0)", Integer, 9, 0),
    ("matched_by", "matched_by", "对应方式", "Matched by", Text, 8, 0),
    ("built_before_percent", "bltbef_pct", "前期建筑硬化比例(%)", "Built before (%)", Real, 8, 2),
    ("remaining_percent", "remain_pct", "原建筑硬化仍存比例(%)", "Built part remaining (%)", Real, 8, 2),
    ("new_works_percent", "works_pct", "新增建设比例(%)", "New works (%)", Real, 8, 2),
    ("vegetated_after_percent", "vegaft_pct", "后期植被比例(%)", "Vegetated after (%)", Real, 8, 2),
    ("valid_percent", "valid_pct", "影像可判比例(%)", "Judged (%)", Real, 8, 2),
    ("area_m2", "area_m2", "图形面积(平方米)", "Area (m2)", Real, 18, 2),
    ("lon", "lon", "经度(度)", "Longitude (deg)", Real, 14, 7),
    ("lat", "lat", "纬度(度)", "Latitude (deg)", Real, 14, 7),
];

/// `followups`: cases of an earlier run, looked at again.
pub fn followups_table(cases: &[FollowUpFinding]) -> TableData {
    let row = |f: &FollowUpFinding| {
        let (row, how) = match f.matched {
            Matched::Id(row) => (Some(row), "id"),
            Matched::Shape(row) => (Some(row), "shape"),
            Matched::None => (None, "none"),
        };
        vec![
            whole(f.case.row as u64),
            text(&f.case.patch_id),
            text(f.case.claim.code()),
            text(f.case.verdict.code()),
            text(f.case.verdict.zh()),
            text(f.case.state_after.code()),
            text(f.outcome.code()),
            text(f.outcome.zh()),
            text(join_reasons(&f.reasons)),
            row.map_or(FieldValue::Null, |r| whole(r as u64)),
            text(how),
            optional(f.evidence.built_before_percent(), 2),
            optional(f.remaining_percent, 2),
            optional(f.evidence.new_works_percent(), 2),
            optional(f.evidence.vegetated_after_percent(), 2),
            optional(f.case.shape.as_ref().map(|_| f.evidence.valid_percent()), 2),
            optional(f.area_m2, 2),
            optional(f.lonlat.map(|p| p.0), 7),
            optional(f.lonlat.map(|p| p.1), 7),
        ]
    };
    let shapes = cases.iter().map(|f| f.case.shape.clone()).collect();
    let rows = cases.iter().map(row).collect();
    TableData { name: "followups", columns: columns(FOLLOWUPS), rows, shapes: Some(shapes) }
}
