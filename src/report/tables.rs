//! The tables of the contract as columns and rows: the one definition that GeoPackage, shapefile and workbook follow.
//!
//! In: a [`Document`]. Out: [`TableData`] with the contract's field names in its order. What was not looked at is
//! [`FieldValue::Null`], never 0. Areas are rounded to 0.01 m2 and 0.0001 mu, degrees to 1e-7 (1 cm), percentages and
//! scores to what they mean.

use super::document::{Document, mu};
use super::followups::followups_table;
use super::patch_table::patches_table;
use crate::crosscheck::{Candidate, NotJudged, TownTotals, TownTransition, Verdict};
use crate::features::{FieldKind, FieldValue, Shape};

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Field name of the contract, or the list's own.
    pub name: String,
    /// ASCII name of at most 10 bytes for shapefiles, unique in the table.
    pub short_name: String,
    /// Chinese heading with the unit.
    pub zh: String,
    /// English heading with the unit.
    pub en: String,
    /// Type.
    pub kind: FieldKind,
    /// Width of a shapefile field in bytes: digits of a number, bytes of a text (longer texts are cut there only).
    pub width: usize,
    /// Digits after the point of a real number.
    pub decimals: usize,
}

/// A table, mostly with a geometry per row (`None`: the row has none).
#[derive(Clone, Debug)]
pub struct TableData {
    /// Layer name of the contract.
    pub name: &'static str,
    /// Columns.
    pub columns: Vec<Column>,
    /// One value per column.
    pub rows: Vec<Vec<FieldValue>>,
    /// One per row, in the working reference system; `None`: the rows are no places.
    pub shapes: Option<Vec<Shape>>,
}

impl TableData {
    /// Whether its rows are places.
    pub fn spatial(&self) -> bool {
        self.shapes.is_some()
    }

    /// Geometry of a row.
    pub fn shape(&self, row: usize) -> Shape {
        self.shapes.as_ref().and_then(|s| s.get(row).cloned().flatten())
    }

    /// Index of a column by its full name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}

/// `(name, short name, Chinese heading, English heading, type, width, decimals)`.
pub(super) type Field = (&'static str, &'static str, &'static str, &'static str, FieldKind, usize, usize);

use FieldKind::{Integer, Real, Text};

const CANDIDATES: &[Field] = &[
    ("id", "id", "线索编号", "Id", Text, 24, 0),
    ("kind", "kind", "变化类型代码", "Kind (code)", Text, 16, 0),
    ("kind_zh", "kind_zh", "变化类型", "Kind (Chinese)", Text, 32, 0),
    ("relevant", "relevant", "执法关注(1是0否)", "Relevant (1/0)", Integer, 4, 0),
    ("from_class", "from_class", "变化前地类", "Class before", Text, 24, 0),
    ("to_class", "to_class", "变化后地类", "Class after", Text, 24, 0),
    ("area_m2", "area_m2", "面积(平方米)", "Area (m2)", Real, 18, 2),
    ("area_mu", "area_mu", "面积(亩)", "Area (mu)", Real, 18, 4),
    ("score", "score", "变化强度(倍标准差)", "Score (sigma)", Real, 12, 3),
    ("confidence", "confidence", "可信度(0-1)", "Confidence (0-1)", Real, 8, 3),
    ("cropland_m2", "crop_m2", "占耕地(平方米)", "On cropland (m2)", Real, 18, 2),
    ("basic_farmland_m2", "basic_m2", "占永久基本农田(平方米)", "On basic farmland (m2)", Real, 18, 2),
    ("protected_m2", "prot_m2", "占自然保护地(平方米)", "In protected area (m2)", Real, 18, 2),
    ("approved_m2", "appr_m2", "批准范围内(平方米)", "Under approval (m2)", Real, 18, 2),
    ("town_code", "town_code", "乡镇代码", "Town code", Text, 20, 0),
    ("town_name", "town_name", "乡镇", "Town", Text, 80, 0),
    ("lon", "lon", "经度(度)", "Longitude (deg)", Real, 14, 7),
    ("lat", "lat", "纬度(度)", "Latitude (deg)", Real, 14, 7),
    ("list_status", "liststatus", "列入清单情况", "List status", Text, 16, 0),
    ("list_ids", "list_ids", "相关图斑编号", "List ids", Text, 254, 0),
    ("finding", "finding", "结论代码", "Finding (code)", Text, 16, 0),
    ("finding_zh", "finding_zh", "结论(线索)", "Finding (Chinese)", Text, 40, 0),
    ("reasons", "reasons", "理由", "Reasons", Text, 254, 0),
];

const TOWNS: &[Field] = &[
    ("town_code", "town_code", "乡镇代码", "Town code", Text, 20, 0),
    ("town_name", "town_name", "乡镇", "Town", Text, 80, 0),
    ("candidates", "candidates", "变化线索(处)", "Candidates", Integer, 9, 0),
    ("relevant", "relevant", "执法关注(处)", "Relevant", Integer, 9, 0),
    ("unreported", "unreported", "疑似未报(处)", "Unreported", Integer, 9, 0),
    ("unreported_m2", "unrep_m2", "疑似未报(平方米)", "Unreported (m2)", Real, 18, 2),
    ("unreported_mu", "unrep_mu", "疑似未报(亩)", "Unreported (mu)", Real, 18, 4),
    ("unreported_cropland_m2", "unrepcr_m2", "疑似未报占耕地(平方米)", "Unreported on cropland (m2)", Real, 18, 2),
    (
        "unreported_basic_farmland_m2",
        "unrepba_m2",
        "疑似未报占永农(平方米)",
        "Unreported on basic farmland (m2)",
        Real,
        18,
        2,
    ),
    ("patches", "patches", "清单图斑(个)", "Patches", Integer, 9, 0),
];

/// Short names and English headings of the verdict counts of `towns`, in the order of [`Verdict::ALL`].
const TOWN_VERDICTS: [(&str, &str); 7] = [
    ("consistent", "Consistent"),
    ("false_demo", "False demolition"),
    ("part_demo", "Partial demolition"),
    ("not_restor", "Not restored"),
    ("concealed", "Concealed"),
    ("no_change", "No visible change"),
    ("cant_judge", "Cannot judge"),
];

const TRANSITIONS: &[Field] = &[
    ("town_code", "town_code", "乡镇代码", "Town code", Text, 20, 0),
    ("town_name", "town_name", "乡镇", "Town", Text, 80, 0),
    ("from_class", "from_class", "变化前地类代码", "Class before (code)", Text, 24, 0),
    ("from_zh", "from_zh", "变化前地类", "Class before (Chinese)", Text, 32, 0),
    ("to_class", "to_class", "变化后地类代码", "Class after (code)", Text, 24, 0),
    ("to_zh", "to_zh", "变化后地类", "Class after (Chinese)", Text, 32, 0),
    ("area_m2", "area_m2", "面积(平方米)", "Area (m2)", Real, 18, 2),
    ("area_mu", "area_mu", "面积(亩)", "Area (mu)", Real, 18, 4),
];

const NOT_JUDGED: &[Field] = &[
    ("reason", "reason", "原因代码", "Reason (code)", Text, 16, 0),
    ("reason_zh", "reason_zh", "原因", "Reason (Chinese)", Text, 32, 0),
    ("area_m2", "area_m2", "面积(平方米)", "Area (m2)", Real, 18, 2),
    ("area_mu", "area_mu", "面积(亩)", "Area (mu)", Real, 18, 4),
];

fn column(field: &Field) -> Column {
    let &(name, short, zh, en, kind, width, decimals) = field;
    Column { name: name.into(), short_name: short.into(), zh: zh.into(), en: en.into(), kind, width, decimals }
}

pub(super) fn columns(fields: &[Field]) -> Vec<Column> {
    fields.iter().map(column).collect()
}

/// Joins sentences the way the contract's `reasons` field does.
pub fn join_reasons(reasons: &[String]) -> String {
    reasons.join("；")
}

pub(super) fn text(s: impl Into<String>) -> FieldValue {
    FieldValue::Text(s.into())
}

pub(super) fn optional_text(s: &Option<String>) -> FieldValue {
    s.as_ref().map_or(FieldValue::Null, text)
}

/// A number rounded to `digits`; what is not finite is empty.
pub(super) fn real(value: f64, digits: i32) -> FieldValue {
    if !value.is_finite() {
        return FieldValue::Null;
    }
    let unit = 10f64.powi(digits);
    let rounded = (value * unit).round() / unit;
    // -0 would be other bytes than 0.
    FieldValue::Real(if rounded.is_finite() { rounded + 0.0 } else { value })
}

pub(super) fn optional(value: Option<f64>, digits: i32) -> FieldValue {
    value.map_or(FieldValue::Null, |v| real(v, digits))
}

pub(super) fn whole(value: u64) -> FieldValue {
    FieldValue::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

/// `candidates`: one row per change parcel.
pub fn candidates_table(doc: &Document) -> TableData {
    let rows = doc.candidates.iter().map(candidate_row).collect();
    let shapes = doc.candidates.iter().map(|c| Some(c.shape.clone())).collect();
    TableData { name: "candidates", columns: columns(CANDIDATES), rows, shapes: Some(shapes) }
}

fn candidate_row(c: &Candidate) -> Vec<FieldValue> {
    let class = |name: Option<&'static str>| name.map_or(FieldValue::Null, text);
    vec![
        text(&c.id),
        c.kind.map_or(FieldValue::Null, |k| text(k.code())),
        c.kind.map_or(FieldValue::Null, |k| text(k.zh())),
        c.relevant().map_or(FieldValue::Null, |r| FieldValue::Integer(r.into())),
        class(c.from_class),
        class(c.to_class),
        real(c.area_m2, 2),
        real(c.area_mu(), 4),
        real(c.score, 3),
        real(c.confidence, 3),
        optional(c.cropland_m2, 2),
        optional(c.basic_farmland_m2, 2),
        optional(c.protected_m2, 2),
        optional(c.approved_m2, 2),
        optional_text(&c.town_code),
        optional_text(&c.town_name),
        real(c.lon, 7),
        real(c.lat, 7),
        c.list_status.map_or(FieldValue::Null, |s| text(s.code())),
        // Blank: the list was looked at and touches nothing. Null: there was no list.
        c.list_status.map_or(FieldValue::Null, |_| text(c.list_ids.join(","))),
        text(c.finding.code()),
        text(c.finding.zh()),
        text(join_reasons(&c.reasons)),
    ]
}

/// `towns`: totals per town.
pub fn towns_table(doc: &Document) -> TableData {
    let mut all = columns(TOWNS);
    for (verdict, (short, en)) in Verdict::ALL.iter().zip(TOWN_VERDICTS) {
        all.push(Column {
            name: verdict.code().into(),
            short_name: short.into(),
            zh: format!("{}(个)", verdict.zh()),
            en: en.into(),
            kind: Integer,
            width: 9,
            decimals: 0,
        });
    }
    let rows = doc.towns.iter().map(|t| town_row(t, doc.run.scanned())).collect();
    let shapes = doc.towns.iter().map(|t| t.shape.clone()).collect();
    TableData { name: "towns", columns: all, rows, shapes: Some(shapes) }
}

/// What was not looked for is empty, not 0.
fn town_row(t: &TownTotals, scanned: bool) -> Vec<FieldValue> {
    let found = |value: FieldValue| if scanned { value } else { FieldValue::Null };
    let mut row = vec![
        text(&t.town_code),
        text(&t.town_name),
        found(whole(t.candidates)),
        found(whole(t.relevant)),
        found(whole(t.unreported)),
        found(real(t.unreported_m2, 2)),
        found(real(mu(t.unreported_m2), 4)),
        optional(t.unreported_cropland_m2, 2),
        optional(t.unreported_basic_farmland_m2, 2),
        whole(t.patches),
    ];
    row.extend(t.verdicts.iter().map(|&n| whole(n)));
    row
}

/// `not_judged`: where the imagery could not be used.
pub fn not_judged_table(doc: &Document) -> TableData {
    let row =
        |n: &NotJudged| vec![text(n.reason.code()), text(n.reason.zh()), real(n.area_m2, 2), real(mu(n.area_m2), 4)];
    let rows = doc.not_judged.iter().map(row).collect();
    let shapes = doc.not_judged.iter().map(|n| Some(n.shape.clone())).collect();
    TableData { name: "not_judged", columns: columns(NOT_JUDGED), rows, shapes: Some(shapes) }
}

/// `transitions`: how much ground went from which land-cover class to which, per town.
pub fn transitions_table(doc: &Document) -> TableData {
    let row = |t: &TownTransition| {
        vec![
            text(&t.town_code),
            text(&t.town_name),
            text(t.from.code()),
            text(t.from.zh()),
            text(t.to.code()),
            text(t.to.zh()),
            real(t.area_m2, 2),
            real(mu(t.area_m2), 4),
        ]
    };
    let rows = doc.transitions.iter().map(row).collect();
    TableData { name: "transitions", columns: columns(TRANSITIONS), rows, shapes: None }
}

/// Every table of the GeoPackage, in its order; transitions where the whole land cover was told.
pub fn all_tables(doc: &Document) -> Vec<TableData> {
    let mut tables = match doc.run.scanned() {
        true => vec![candidates_table(doc), patches_table(doc), towns_table(doc), not_judged_table(doc)],
        false => vec![patches_table(doc), towns_table(doc)],
    };
    tables.extend(doc.followups.as_deref().map(followups_table));
    if !doc.transitions.is_empty() {
        tables.push(transitions_table(doc));
    }
    tables
}
