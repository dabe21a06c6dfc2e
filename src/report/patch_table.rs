//! The table of the list's rows with their verdicts (`patches`).

use super::document::{Document, mu};
use super::names::{field_names, short_names};
use super::tables::{Column, Field, TableData, columns, join_reasons, optional, optional_text, real, text, whole};
use crate::crosscheck::PatchFinding;
use crate::features::FieldKind::{Integer, Real, Text};
use crate::features::{FieldDef, FieldValue};

const PATCHES_FIRST: &[Field] = &[
    ("row", "row", "清单行号(从0起)", "Row (from 0)", Integer, 9, 0),
    ("patch_id", "patch_id", "图斑编号", "Patch id", Text, 80, 0),
];

const PATCHES_LAST: &[Field] = &[
    ("claim", "claim", "填报情况代码", "Claim (code)", Text, 24, 0),
    ("verdict", "verdict", "核查意见代码", "Verdict (code)", Text, 24, 0),
    ("verdict_zh", "verdict_zh", "核查意见(线索)", "Verdict (Chinese)", Text, 32, 0),
    ("confidence", "confidence", "可信度(0-1)", "Confidence (0-1)", Real, 8, 3),
    ("reasons", "reasons", "理由", "Reasons", Text, 254, 0),
    ("state_after", "stateafter", "变化后现状代码", "State after", Text, 16, 0),
    ("changed_percent", "chg_pct", "变化比例(%)", "Changed (%)", Real, 8, 2),
    ("built_before_percent", "bltbef_pct", "前期建筑硬化比例(%)", "Built before (%)", Real, 8, 2),
    ("built_after_percent", "bltaft_pct", "后期建筑硬化比例(%)", "Built after (%)", Real, 8, 2),
    ("vegetated_after_percent", "vegaft_pct", "后期植被比例(%)", "Vegetated after (%)", Real, 8, 2),
    ("valid_percent", "valid_pct", "影像可判比例(%)", "Judged (%)", Real, 8, 2),
    ("area_m2", "area_m2", "图形面积(平方米)", "Area (m2)", Real, 18, 2),
    ("area_mu", "area_mu", "图形面积(亩)", "Area (mu)", Real, 18, 4),
    ("declared_area_mu", "decl_mu", "清单面积(亩)", "Declared area (mu)", Real, 18, 4),
    ("cropland_m2", "crop_m2", "占耕地(平方米)", "On cropland (m2)", Real, 18, 2),
    ("basic_farmland_m2", "basic_m2", "占永久基本农田(平方米)", "On basic farmland (m2)", Real, 18, 2),
    ("protected_m2", "prot_m2", "占自然保护地(平方米)", "In protected area (m2)", Real, 18, 2),
    ("approved_percent", "appr_pct", "批准范围内比例(%)", "Under approval (%)", Real, 8, 2),
    ("town_code", "town_code", "乡镇代码", "Town code", Text, 20, 0),
    ("town_name", "town_name", "乡镇", "Town", Text, 80, 0),
    ("candidate_ids", "cand_ids", "相关线索编号", "Candidate ids", Text, 254, 0),
    ("lon", "lon", "经度(度)", "Longitude (deg)", Real, 14, 7),
    ("lat", "lat", "纬度(度)", "Latitude (deg)", Real, 14, 7),
    ("claim_date", "claim_date", "填报日期", "Claim date", Text, 10, 0),
    ("valid_pixels", "valid_px", "可判像元(个)", "Judged pixels", Integer, 9, 0),
    ("works_before_percent", "wrkbef_pct", "前期建设比例(%，含推填土、采挖、光伏)", "Works before (%)", Real, 8, 2),
    ("remaining_percent", "remain_pct", "原建筑硬化仍存比例(%)", "Built part remaining (%)", Real, 8, 2),
    ("remaining_least_percent", "remain_min", "仍存比例下限(%)", "Built part surely remaining (%)", Real, 8, 2),
    ("remaining_most_percent", "remain_max", "仍存比例上限(%)", "Built part possibly remaining (%)", Real, 8, 2),
    ("edges_kept_percent", "edges_pct", "原有轮廓保持比例(%)", "Edges kept (%)", Real, 8, 2),
    ("roof_after_percent", "roof_pct", "后期屋顶比例(%，不含大棚)", "Roofs after, no greenhouses (%)", Real, 8, 2),
    ("hard_after_percent", "hard_pct", "后期硬化地面比例(%)", "Hard surface after (%)", Real, 8, 2),
    ("new_works_percent", "works_pct", "新增建设比例(%)", "New works (%)", Real, 8, 2),
    ("rubble_share_percent", "rubble_pct", "建设特征中的残渣比例(%)", "Rubble among works (%)", Real, 8, 2),
    ("greenhouse_share_percent", "green_pct", "建筑特征中的大棚比例(%)", "Greenhouses among built (%)", Real, 8, 2),
    ("edges_along_percent", "along_pct", "后期轮廓走向一致(%)", "Edges after running one way (%)", Real, 8, 2),
    ("right_angles_percent", "angles_pct", "后期内部轮廓成直角(%)", "Edges after at right angles (%)", Real, 8, 2),
    ("greenness_percent", "greenness", "后期绿度与周围之比(%)", "Greenness against around (%)", Real, 8, 2),
    (
        "new_works_probability_percent",
        "works_prob",
        "整体判读新增建设可能性(%)",
        "Probability of new works (%)",
        Real,
        8,
        2,
    ),
    ("width_m", "width_m", "平均宽度(米)", "Mean width (m)", Real, 10, 2),
    ("residual_px", "resid_px", "残余错位(像元)", "Residual shift (px)", Real, 8, 2),
];

/// Names of the list's own fields in the `patches` table.
pub fn list_field_names(fields: &[FieldDef]) -> Vec<String> {
    let ours: Vec<&str> = PATCHES_FIRST.iter().chain(PATCHES_LAST).map(|f| f.0).collect();
    field_names(fields, &ours)
}

/// `patches`: one row per row of the list, in its order, with the list's own fields unchanged between `patch_id` and
/// `claim`. A list field whose name collides with one of ours gets the suffix `_list`.
pub fn patches_table(doc: &Document) -> TableData {
    let (mut all, last) = (columns(PATCHES_FIRST), columns(PATCHES_LAST));
    let ours_short: Vec<&str> = PATCHES_FIRST.iter().chain(PATCHES_LAST).map(|f| f.1).collect();
    let names = list_field_names(&doc.list_fields);
    let shorts = short_names(&names, &ours_short);
    for (i, (name, short_name)) in names.into_iter().zip(shorts).enumerate() {
        let kind = doc.list_fields[i].kind;
        let widest = doc.patches.iter().filter_map(|p| p.list.fields.get(i)).map(|v| v.text().len()).max().unwrap_or(0);
        let (width, decimals) = match kind {
            Text => (widest.clamp(1, 254), 0),
            Integer => (widest.clamp(4, 18), 0),
            Real => (24, 8),
        };
        all.push(Column { zh: name.clone(), en: name.clone(), name, short_name, kind, width, decimals });
    }
    all.extend(last);
    let fields = doc.list_fields.len();
    let rows = doc.patches.iter().map(|p| patch_row(p, fields)).collect();
    let shapes = doc.patches.iter().map(|p| p.list.shape.clone()).collect();
    TableData { name: "patches", columns: all, rows, shapes: Some(shapes) }
}

fn patch_row(p: &PatchFinding, fields: usize) -> Vec<FieldValue> {
    let mut row = vec![whole(p.list.row as u64), text(&p.list.patch_id)];
    row.extend((0..fields).map(|i| p.list.fields.get(i).cloned().unwrap_or(FieldValue::Null)));
    row.extend([
        text(p.list.claim.code()),
        text(p.verdict.code()),
        text(p.verdict.zh()),
        real(p.confidence, 3),
        text(join_reasons(&p.reasons)),
        text(p.state_after.code()),
        optional(p.changed_percent, 2),
        optional(p.built_before_percent, 2),
        optional(p.built_after_percent, 2),
        optional(p.vegetated_after_percent, 2),
        optional(p.valid_percent, 2),
        optional(p.area_m2, 2),
        optional(p.area_m2.map(mu), 4),
        optional(p.list.declared_area_mu, 4),
        optional(p.cropland_m2, 2),
        optional(p.basic_farmland_m2, 2),
        optional(p.protected_m2, 2),
        optional(p.approved_percent, 2),
        optional_text(&p.town_code),
        optional_text(&p.town_name),
        text(p.candidate_ids.join(",")),
        optional(p.lon, 7),
        optional(p.lat, 7),
        optional_text(&p.list.claim_date),
        p.figures.valid_pixels.map_or(FieldValue::Null, whole),
        optional(p.figures.works_before_percent, 2),
        optional(p.figures.remaining_percent, 2),
        optional(p.figures.remaining_bounds_percent.map(|b| b.0), 2),
        optional(p.figures.remaining_bounds_percent.map(|b| b.1), 2),
        optional(p.figures.edges_kept_percent, 2),
        optional(p.figures.roof_after_percent, 2),
        optional(p.figures.hard_after_percent, 2),
        optional(p.figures.new_works_percent, 2),
        optional(p.figures.rubble_share_percent, 2),
        optional(p.figures.greenhouse_share_percent, 2),
        optional(p.figures.edges_along_percent, 2),
        optional(p.figures.right_angles_percent, 2),
        optional(p.figures.greenness_percent, 2),
        optional(p.figures.new_works_probability_percent, 2),
        optional(p.figures.width_m, 2),
        optional(p.figures.residual_px, 2),
    ]);
    row
}
