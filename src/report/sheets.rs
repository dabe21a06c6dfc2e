//! The sheets of the workbook as plain data: the contract's tables turned to a reader's order and words.

use super::document::{Document, mu};
use super::followups::followups_table;
use super::palette::{self, Rgb};
use super::patch_table::list_field_names;
use super::tables::{join_reasons, towns_table};
use super::words;
use crate::crosscheck::{Candidate, FollowUpFinding, PatchFinding, TownTransition};
use crate::features::{FieldKind, FieldValue};
use crate::landcover::Class;

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing known.
    Blank,
    /// Text, ids too.
    Text(String),
    /// Whole number.
    Whole(i64),
    /// Decimal number.
    Real(f64),
}

/// A column.
#[derive(Clone, Debug)]
pub struct SheetColumn {
    /// Heading with the unit.
    pub heading: String,
    /// Width in characters.
    pub width: f64,
    /// Digits after the point; `None`: as many as the number has (the list's own fields).
    pub decimals: Option<usize>,
    /// Long text that is wrapped.
    pub wrap: bool,
}

/// A sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Name on the tab.
    pub name: String,
    /// Colour of the tab.
    pub colour: Rgb,
    /// Columns.
    pub columns: Vec<SheetColumn>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
    /// Rows that did not fit.
    pub left_out: usize,
    /// Columns that stay in sight.
    pub frozen: u16,
}

/// Most columns of a sheet that Excel opens.
const MAX_COLUMNS: usize = 16_384;

fn text(s: impl Into<String>) -> Cell {
    Cell::Text(s.into())
}

fn optional_text(s: &Option<String>) -> Cell {
    s.as_ref().map_or(Cell::Blank, text)
}

fn real(value: f64, digits: i32) -> Cell {
    let unit = 10f64.powi(digits);
    let rounded = (value * unit).round() / unit;
    if rounded.is_finite() { Cell::Real(rounded + 0.0) } else { Cell::Blank }
}

fn optional(value: Option<f64>, digits: i32) -> Cell {
    value.map_or(Cell::Blank, |v| real(v, digits))
}

fn columns(doc: &Document, list: &[(&str, &str, f64, usize)]) -> Vec<SheetColumn> {
    list.iter()
        .map(|&(zh, en, width, decimals)| SheetColumn {
            heading: doc.lang.pick(zh, en).into(),
            width,
            decimals: Some(decimals),
            wrap: width > 30.0,
        })
        .collect()
}

/// Candidates `rows` (indices, in the order they shall stand).
pub fn candidates(doc: &Document, name: &str, colour: Rgb, rows: &[usize], most: usize) -> Sheet {
    let columns = columns(
        doc,
        &[
            ("线索编号", "Id", 16.0, 0),
            ("乡镇", "Town", 14.0, 0),
            ("变化类型", "Kind", 17.0, 0),
            ("面积(亩)", "Area (mu)", 11.0, 2),
            ("面积(平方米)", "Area (m2)", 13.0, 1),
            ("占耕地(亩)", "On cropland (mu)", 11.0, 2),
            ("占永久基本农田(亩)", "On basic farmland (mu)", 14.0, 2),
            ("占自然保护地(亩)", "In protected area (mu)", 13.0, 2),
            ("批准范围内(亩)", "Under approval (mu)", 12.0, 2),
            ("列入清单情况", "List status", 12.0, 0),
            ("相关图斑编号", "List ids", 22.0, 0),
            ("变化前", "Before", 10.0, 0),
            ("变化后", "After", 10.0, 0),
            ("可信度(0-1)", "Confidence (0-1)", 9.0, 2),
            ("变化强度(倍标准差)", "Score (sigma)", 10.0, 1),
            ("理由", "Reasons", 60.0, 0),
            ("经度(度)", "Longitude (deg)", 13.0, 6),
            ("纬度(度)", "Latitude (deg)", 12.0, 6),
            ("乡镇代码", "Town code", 12.0, 0),
        ],
    );
    let shown = rows.iter().take(most).map(|&i| candidate(doc, &doc.candidates[i])).collect();
    Sheet { name: name.into(), colour, columns, rows: shown, left_out: rows.len().saturating_sub(most), frozen: 1 }
}

fn candidate(doc: &Document, c: &Candidate) -> Vec<Cell> {
    let class = |code: Option<&'static str>| {
        code.map_or(Cell::Blank, |code| text(Class::from_code(code).map_or(code, |c| class_name(doc, c))))
    };
    vec![
        text(&c.id),
        optional_text(&c.town_name),
        text(c.kind.map_or("", |k| words::kind(doc.lang, k))),
        real(c.area_mu(), 2),
        real(c.area_m2, 1),
        optional(c.cropland_m2.map(mu), 2),
        optional(c.basic_farmland_m2.map(mu), 2),
        optional(c.protected_m2.map(mu), 2),
        optional(c.approved_m2.map(mu), 2),
        c.list_status.map_or(Cell::Blank, |s| text(words::list_status(doc.lang, s))),
        text(c.list_ids.join(", ")),
        class(c.from_class),
        class(c.to_class),
        real(c.confidence, 2),
        real(c.score, 1),
        text(join_reasons(&c.reasons)),
        real(c.lon, 6),
        real(c.lat, 6),
        optional_text(&c.town_code),
    ]
}

/// List rows `rows` (indices, in the order they shall stand): our answer first, then the list's own fields, unchanged.
pub fn patches(doc: &Document, name: &str, colour: Rgb, rows: &[usize], most: usize) -> Sheet {
    let mut columns = columns(
        doc,
        &[
            ("清单序号(第几行)", "List row (from 1)", 9.0, 0),
            ("图斑编号", "Patch id", 22.0, 0),
            ("乡镇", "Town", 14.0, 0),
            ("填报情况", "Claim", 12.0, 0),
            ("核查意见(线索)", "Verdict (lead)", 17.0, 0),
            ("可信度(0-1)", "Confidence (0-1)", 9.0, 2),
            ("理由", "Reasons", 60.0, 0),
            ("变化后现状", "State after", 14.0, 0),
            ("图形面积(亩)", "Area (mu)", 11.0, 2),
            ("清单面积(亩)", "Declared (mu)", 11.0, 2),
            ("占耕地(亩)", "On cropland (mu)", 11.0, 2),
            ("占永久基本农田(亩)", "On basic farmland (mu)", 14.0, 2),
            ("占自然保护地(亩)", "In protected area (mu)", 13.0, 2),
            ("批准范围内(%)", "Under approval (%)", 11.0, 1),
            ("变化比例(%)", "Changed (%)", 10.0, 1),
            ("前期建筑硬化(%)", "Built before (%)", 11.0, 1),
            ("后期建筑硬化(%)", "Built after (%)", 11.0, 1),
            ("后期植被(%)", "Vegetated after (%)", 10.0, 1),
            ("影像可判(%)", "Judged (%)", 10.0, 1),
            ("相关线索编号", "Candidate ids", 18.0, 0),
            ("经度(度)", "Longitude (deg)", 13.0, 6),
            ("纬度(度)", "Latitude (deg)", 12.0, 6),
            ("乡镇代码", "Town code", 12.0, 0),
        ],
    );
    // The names are those of the GeoPackage, so that a column of the list is called the same everywhere.
    let names = list_field_names(&doc.list_fields);
    for (field, name) in doc.list_fields.iter().zip(names).take(MAX_COLUMNS - columns.len()) {
        let width = if field.kind == FieldKind::Text { 16.0 } else { 12.0 };
        let heading = format!("{}{name}", doc.lang.pick("清单:", "list: "));
        columns.push(SheetColumn { heading, width, decimals: None, wrap: false });
    }
    let most_columns = columns.len();
    let shown = rows.iter().take(most).map(|&i| {
        let mut row = patch(doc, &doc.patches[i]);
        row.truncate(most_columns);
        row
    });
    let rows_shown = shown.collect();
    Sheet { name: name.into(), colour, columns, rows: rows_shown, left_out: rows.len().saturating_sub(most), frozen: 2 }
}

fn patch(doc: &Document, p: &PatchFinding) -> Vec<Cell> {
    let mut row = vec![
        Cell::Whole(i64::try_from(p.list.row).unwrap_or(i64::MAX).saturating_add(1)),
        text(&p.list.patch_id),
        optional_text(&p.town_name),
        text(words::claim(doc.lang, p.list.claim)),
        text(words::verdict(doc.lang, p.verdict)),
        real(p.confidence, 2),
        text(join_reasons(&p.reasons)),
        text(words::state_after(doc.lang, p.state_after)),
        optional(p.area_m2.map(mu), 2),
        optional(p.list.declared_area_mu, 2),
        optional(p.cropland_m2.map(mu), 2),
        optional(p.basic_farmland_m2.map(mu), 2),
        optional(p.protected_m2.map(mu), 2),
        optional(p.approved_percent, 1),
        optional(p.changed_percent, 1),
        optional(p.built_before_percent, 1),
        optional(p.built_after_percent, 1),
        optional(p.vegetated_after_percent, 1),
        optional(p.valid_percent, 1),
        text(p.candidate_ids.join(", ")),
        optional(p.lon, 6),
        optional(p.lat, 6),
        optional_text(&p.town_code),
    ];
    row.extend((0..doc.list_fields.len()).map(|i| match p.list.fields.get(i) {
        None | Some(FieldValue::Null) => Cell::Blank,
        Some(FieldValue::Text(s)) => text(s),
        Some(FieldValue::Integer(n)) => Cell::Whole(*n),
        Some(FieldValue::Real(x)) if x.is_finite() => Cell::Real(*x),
        Some(FieldValue::Real(_)) => Cell::Blank,
    }));
    row
}

/// Totals per town; areas in mu.
pub fn towns(doc: &Document) -> Sheet {
    let table = towns_table(doc);
    let keep: Vec<usize> = (0..table.columns.len()).filter(|&j| table.columns[j].name != "unreported_mu").collect();
    let in_mu = |name: &str| name.ends_with("_m2");
    let columns = keep
        .iter()
        .map(|&j| {
            let c = &table.columns[j];
            let heading = doc.lang.pick(&c.zh, &c.en).replace("平方米", "亩").replace("(m2)", "(mu)");
            let decimals = Some(if in_mu(&c.name) { 2 } else { 0 });
            SheetColumn { heading, width: if j == 1 { 18.0 } else { 12.0 }, decimals, wrap: false }
        })
        .collect();
    let cell = |j: usize, value: &FieldValue| match value {
        FieldValue::Null => Cell::Blank,
        FieldValue::Text(s) if s.is_empty() && j == 1 => {
            text(doc.lang.pick("(不在任何乡镇内)", "(outside every town)"))
        }
        FieldValue::Text(s) => text(s),
        FieldValue::Integer(n) => Cell::Whole(*n),
        FieldValue::Real(x) if in_mu(&table.columns[j].name) => real(mu(*x), 2),
        FieldValue::Real(x) => real(*x, 2),
    };
    let rows = table.rows.iter().map(|row| keep.iter().map(|&j| cell(j, &row[j])).collect()).collect();
    let name = doc.lang.pick("乡镇汇总", "towns").into();
    Sheet { name, colour: [0x5a, 0x6b, 0x7b], columns, rows, left_out: 0, frozen: 2 }
}

fn class_name(doc: &Document, class: Class) -> &'static str {
    doc.lang.pick(class.zh(), class.en())
}

/// Transitions between land-cover classes in mu: a row per town and class before, a column per class after.
pub fn transitions(doc: &Document) -> Sheet {
    let after: Vec<Class> = Class::ALL.into_iter().filter(|c| doc.transitions.iter().any(|t| t.to == *c)).collect();
    let mut columns = columns(doc, &[("乡镇", "Town", 18.0, 0), ("变化前地类", "Class before", 16.0, 0)]);
    let unit = doc.lang.pick("(亩)", " (mu)");
    let total = [doc.lang.pick("合计", "total").to_string()];
    let headings = after.iter().map(|c| doc.lang.pick("变为", "to ").to_string() + class_name(doc, *c)).chain(total);
    columns.extend(headings.map(|h| SheetColumn { heading: h + unit, width: 13.0, decimals: Some(2), wrap: false }));
    let mut rows: Vec<(&TownTransition, Vec<f64>)> = Vec::new();
    for t in &doc.transitions {
        let same = |r: &TownTransition| (&r.town_code, &r.town_name, r.from) == (&t.town_code, &t.town_name, t.from);
        if !rows.last().is_some_and(|(r, _)| same(r)) {
            rows.push((t, vec![0.0; after.len() + 1]));
        }
        if let Some((_, sums)) = rows.last_mut() {
            let place = after.iter().position(|c| *c == t.to).unwrap_or(after.len());
            sums[place] += mu(t.area_m2);
            sums[after.len()] += mu(t.area_m2);
        }
    }
    let everywhere = doc.towns.is_empty();
    let town = |t: &TownTransition| match t.town_name.as_str() {
        "" if everywhere => text(doc.lang.pick("(全部范围)", "(everywhere)")),
        "" if t.town_code.is_empty() => text(doc.lang.pick("(不在任何乡镇内)", "(outside every town)")),
        "" => text(&t.town_code),
        name => text(name),
    };
    let cells = |(t, sums): (&TownTransition, Vec<f64>)| {
        let areas = sums.into_iter().map(|s| if s > 0.0 { real(s, 2) } else { Cell::Blank });
        [town(t), text(class_name(doc, t.from))].into_iter().chain(areas).collect()
    };
    let rows = rows.into_iter().map(cells).collect();
    let name = doc.lang.pick("地类转移", "transitions").into();
    Sheet { name, colour: [0x3d, 0x7a, 0x4a], columns, rows, left_out: 0, frozen: 2 }
}

/// Areas not judged, by reason, then the single areas from the largest.
pub fn not_judged(doc: &Document) -> Sheet {
    let columns = columns(
        doc,
        &[
            ("原因", "Reason", 22.0, 0),
            ("处数", "Areas", 10.0, 0),
            ("面积(亩)", "Area (mu)", 14.0, 2),
            ("面积(平方米)", "Area (m2)", 16.0, 1),
        ],
    );
    let rows = doc
        .run
        .areas
        .not_judged
        .iter()
        .map(|r| {
            let parts = doc.not_judged.iter().filter(|n| n.reason == r.reason).count();
            vec![
                text(words::quality(doc.lang, r.reason)),
                Cell::Whole(parts as i64),
                real(r.area.mu, 2),
                real(r.area.m2, 1),
            ]
        })
        .collect();
    let name = doc.lang.pick("未能判读", "not judged").into();
    Sheet { name, colour: palette::quality(crate::raster::Quality::Nodata), columns, rows, left_out: 0, frozen: 1 }
}

/// Cases of an earlier run, what needs action first.
pub fn followups(doc: &Document, cases: &[FollowUpFinding]) -> Sheet {
    let table = followups_table(cases);
    let columns = table
        .columns
        .iter()
        .map(|c| SheetColumn {
            heading: doc.lang.pick(&c.zh, &c.en).to_string(),
            width: if c.name == "reasons" { 60.0 } else { 14.0 },
            decimals: (c.kind == FieldKind::Real).then_some(c.decimals.min(6)),
            wrap: c.name == "reasons",
        })
        .collect();
    let cell = |value: &FieldValue| match value {
        FieldValue::Null => Cell::Blank,
        FieldValue::Text(s) => text(s),
        FieldValue::Integer(n) => Cell::Whole(*n),
        FieldValue::Real(x) => Cell::Real(*x),
    };
    let rows = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let name = doc.lang.pick("上期图斑跟踪", "earlier cases").into();
    Sheet { name, colour: [0x8a, 0x5a, 0x00], columns, rows, left_out: 0, frozen: 2 }
}
