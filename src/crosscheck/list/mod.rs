//! Understanding the ministry's list: which field is the id, the claim, the area, the dates; whatever their names.
//!
//! In: the rows as `io` read them. Out: one [`ListRow`] per row in the same order, with what is wrong with it.

mod area;
mod dates;
mod join;
pub(crate) mod names;
mod terms;

pub use area::{AreaUnit, infer_unit};
pub use dates::{ListDate, parse_date};
pub use join::{JoinReport, join_claims};
pub use terms::{claim_of, combine};

use super::{Claim, ListRow};
use crate::features::{Feature, FeatureTable, FieldDef, FieldValue};
use geo::MultiPolygon;
use names::{Role, columns, half_width};
use std::collections::HashMap;

/// What the user says of a list; everything else is found out.
#[derive(Clone, Debug, Default)]
pub struct ListHints {
    /// Field with the id.
    pub id_field: Option<String>,
    /// Field with the claim; then no other field is looked at for claims.
    pub claim_field: Option<String>,
    /// Field with the declared area.
    pub area_field: Option<String>,
    /// Unit of the declared area.
    pub area_unit: Option<AreaUnit>,
}

/// A field named in [`ListHints`] that the list does not have.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No such field.
    #[error("the list has no field '{wanted}'; its fields are {names}")]
    NoSuchField {
        /// What was asked for.
        wanted: String,
        /// What there is.
        names: String,
    },
}

/// Image dates the list gives for a row, as `YYYY-MM-DD` where they can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchDates {
    /// Earlier image (前时相).
    pub before: Option<String>,
    /// Later image (后时相).
    pub after: Option<String>,
}

/// A list that is understood.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The list's own fields.
    pub fields: Vec<FieldDef>,
    /// One per row of the list, in its order.
    pub rows: Vec<ListRow>,
    /// Image dates per row.
    pub dates: Vec<PatchDates>,
    /// Field with the id.
    pub id_field: Option<String>,
    /// Fields with claims, the one that counts first in front; empty when the list has none.
    pub claim_fields: Vec<String>,
    /// How they were found, Chinese.
    pub claim_field_how: String,
    /// Field with the declared area.
    pub area_field: Option<String>,
    /// Unit of the declared area.
    pub area_unit: Option<AreaUnit>,
    /// Field with the date of the claim.
    pub claim_date_field: Option<String>,
    /// Field with the earlier image date.
    pub before_field: Option<String>,
    /// Field with the later image date.
    pub after_field: Option<String>,
    /// What a person should know of the whole list, Chinese sentences.
    pub notes: Vec<String>,
}

impl List {
    /// The field the claims come from in the first place.
    pub fn claim_field(&self) -> Option<&str> {
        self.claim_fields.first().map(String::as_str)
    }
}

/// Share of filled values that must be claim terms for an unnamed column to count as the claim.
const CLAIM_SHARE: f64 = 0.6;
/// Declared and geometric area may differ by this share before the row is marked (1 亩 lists round to 0.01).
const AREA_TOLERANCE: f64 = 0.2;

/// Reads a list. `area_m2` gives the ellipsoidal area of a shape in the working reference system.
pub fn read_list(
    table: &FeatureTable,
    hints: &ListHints,
    area_m2: &dyn Fn(&MultiPolygon<f64>) -> f64,
) -> Result<List, ListError> {
    let mut notes = Vec::new();
    let id = id_column(table, hints, &mut notes)?;
    let (claim_columns, how) = claim_columns(table, hints, id)?;
    let areas: Vec<Option<f64>> = table.rows.iter().map(|r| r.shape.as_ref().map(area_m2)).collect();
    let area = named(table, hints.area_field.as_deref())?.or_else(|| filled_column(table, Role::Area));
    let unit = area.and_then(|a| area_unit(table, a, &areas, hints, &mut notes));
    let claim_date = filled_column(table, Role::ClaimDate);
    let (before, after) = (filled_column(table, Role::Before), filled_column(table, Role::After));
    let name = |c: Option<usize>| c.map(|c| table.fields[c].name.clone());
    let mut rows = Vec::with_capacity(table.rows.len());
    let mut dates = Vec::with_capacity(table.rows.len());
    for (row, feature) in table.rows.iter().enumerate() {
        let mut problems = feature.problems.clone();
        let patch_id = id.map(|c| id_text(&feature.values[c])).unwrap_or_default();
        let words: Vec<String> = claim_columns.iter().map(|c| feature.values[*c].text()).collect();
        let (claim, claim_text, against) = combine(&words);
        problems.extend(against);
        if claim == Claim::Other {
            problems.push(format!("填报内容“{claim_text}”不在对照表中，按其他处理"));
        }
        let declared = area.and_then(|c| feature.values[c].number()).filter(|v| *v > 0.0);
        let declared_area_mu = unit.and_then(|u| declared.map(|d| d * u.in_m2() * 3.0 / 2000.0));
        if let (Some(mu), Some(geometric)) = (declared_area_mu, areas[row]) {
            let own = geometric * 3.0 / 2000.0;
            if (mu - own).abs() > AREA_TOLERANCE * own.max(mu) {
                problems.push(format!("申报面积{mu:.2}亩与图形面积{own:.2}亩不符"));
            }
        }
        let mut date = |column: Option<usize>, what: &str| {
            let text = column.map(|c| feature.values[c].text()).filter(|t| !t.is_empty())?;
            match parse_date(&text) {
                Some(date) => {
                    if date.day.is_none() && what == "填报日期" {
                        problems.push(format!("{what}“{text}”没有日，按月末计"));
                    }
                    Some(date.latest())
                }
                None => {
                    if what == "填报日期" {
                        problems.push(format!("{what}“{text}”无法识别"));
                    }
                    None
                }
            }
        };
        let claim_date = date(claim_date, "填报日期");
        dates.push(PatchDates { before: date(before, "前时相"), after: date(after, "后时相") });
        let (fields, shape) = (feature.values.clone(), feature.shape.clone());
        rows.push(ListRow { row, patch_id, fields, claim, claim_text, declared_area_mu, claim_date, shape, problems });
    }
    mark_ids(&mut rows, id.is_some(), &mut notes);
    if claim_columns.is_empty() {
        notes.push("清单没有填报结论字段，按无填报处理".to_string());
    }
    Ok(List {
        fields: table.fields.clone(),
        rows,
        dates,
        id_field: name(id),
        claim_fields: claim_columns.iter().map(|c| table.fields[*c].name.clone()).collect(),
        claim_field_how: how,
        area_field: name(area),
        area_unit: unit,
        claim_date_field: name(claim_date),
        before_field: name(before),
        after_field: name(after),
        notes,
    })
}

/// A column a hint names.
fn named(table: &FeatureTable, hint: Option<&str>) -> Result<Option<usize>, ListError> {
    let Some(wanted) = hint else { return Ok(None) };
    match names::column_named(&table.fields, wanted) {
        Some(c) => Ok(Some(c)),
        None => {
            let names = table.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ");
            Err(ListError::NoSuchField { wanted: wanted.to_string(), names })
        }
    }
}

fn filled(rows: &[Feature], column: usize) -> bool {
    rows.iter().any(|r| !r.values[column].text().is_empty())
}

/// The most trusted column of a role that is not blank throughout, else the most trusted.
fn filled_column(table: &FeatureTable, role: Role) -> Option<usize> {
    let hits = columns(&table.fields, role);
    hits.iter().copied().find(|c| filled(&table.rows, *c)).or(hits.first().copied())
}

/// An id as the list shows it: numbers without decimals or exponents, text with its own blanks.
fn id_text(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(s) => s.clone(),
        FieldValue::Real(r) if r.fract() == 0.0 && r.abs() < 9e15 => (*r as i64).to_string(),
        other => other.text(),
    }
}

/// An id for comparing: half-width, without blanks, upper case.
pub(crate) fn id_key(id: &str) -> String {
    half_width(id).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

fn id_column(table: &FeatureTable, hints: &ListHints, notes: &mut Vec<String>) -> Result<Option<usize>, ListError> {
    if let Some(c) = named(table, hints.id_field.as_deref())? {
        return Ok(Some(c));
    }
    if let Some(c) = filled_column(table, Role::Id) {
        return Ok(Some(c));
    }
    // No known name: a filled column of differing values whose name says number.
    let says = |n: &str| n.contains("编号") || n.ends_with("BH") || n.ends_with("ID") || n.ends_with('号');
    let fit = (0..table.fields.len()).find(|c| {
        let keys: std::collections::HashSet<String> = table.rows.iter().map(|r| id_key(&r.values[*c].text())).collect();
        says(&names::plain(&table.fields[*c].name).0)
            && keys.len() == table.rows.len()
            && !keys.contains("")
            && !matches!(names::plain(&table.fields[*c].name).0.as_str(), "FID" | "OBJECTID")
    });
    match fit {
        Some(c) => notes.push(format!("没有通用名称的图斑编号字段，用取值唯一的字段 {}", table.fields[c].name)),
        None => notes.push("清单没有图斑编号字段，以行号区分".to_string()),
    }
    Ok(fit)
}

/// Claim columns, the most telling first, and how they were found.
fn claim_columns(
    table: &FeatureTable,
    hints: &ListHints,
    id: Option<usize>,
) -> Result<(Vec<usize>, String), ListError> {
    if let Some(c) = named(table, hints.claim_field.as_deref())? {
        return Ok((vec![c], "用户指定".to_string()));
    }
    let mut found = columns(&table.fields, Role::Disposition);
    found.extend(columns(&table.fields, Role::Claim));
    // A column named so but full of numbers or codes says nothing; it is used only when no other is there.
    let telling = |c: &usize| {
        let values = table.rows.iter().map(|r| r.values[*c].text()).filter(|t| !t.is_empty());
        values.into_iter().any(|t| !matches!(claim_of(&t), Claim::None | Claim::Other))
    };
    let (good, mute): (Vec<usize>, Vec<usize>) = found.into_iter().partition(telling);
    if !good.is_empty() {
        return Ok((good, "按字段名识别".to_string()));
    }
    let taken: Vec<usize> = [Role::Type, Role::NotAClaim, Role::Area, Role::TownName, Role::TownCode]
        .into_iter()
        .flat_map(|r| columns(&table.fields, r))
        .chain(id)
        .collect();
    let mut best: Option<(usize, f64)> = None;
    for c in (0..table.fields.len()).filter(|c| !taken.contains(c)) {
        let values: Vec<String> = table.rows.iter().map(|r| r.values[c].text()).filter(|t| !t.is_empty()).collect();
        let short = |t: &String| t.chars().count() <= 20;
        let terms =
            values.iter().filter(|t| short(t) && !matches!(claim_of(t), Claim::None | Claim::Other)).count() as f64;
        let share = terms / values.len().max(1) as f64;
        if !values.is_empty() && share >= CLAIM_SHARE && best.is_none_or(|(_, s)| share > s) {
            best = Some((c, share));
        }
    }
    match best {
        Some((c, share)) => {
            let how = format!("字段 {} 的取值{:.0}%是填报用语，按取值识别", table.fields[c].name, share * 100.0);
            Ok((vec![c], how))
        }
        None if !mute.is_empty() => Ok((mute, "按字段名识别，取值不在对照表中".to_string())),
        None => Ok((Vec::new(), "没有填报字段".to_string())),
    }
}

fn area_unit(
    table: &FeatureTable,
    column: usize,
    areas: &[Option<f64>],
    hints: &ListHints,
    notes: &mut Vec<String>,
) -> Option<AreaUnit> {
    if hints.area_unit.is_some() {
        return hints.area_unit;
    }
    let field = &table.fields[column].name;
    let pairs: Vec<(f64, f64)> =
        table.rows.iter().zip(areas).filter_map(|(r, a)| Some((r.values[column].number()?, (*a)?))).collect();
    let (said, seen) = (AreaUnit::in_name(field), infer_unit(&pairs));
    match (said, seen) {
        (Some(a), Some(b)) if a != b => {
            notes.push(format!("字段 {field} 写的是{}，与图形面积相比是{}，按{}处理", a.zh(), b.zh(), b.zh()));
            Some(b)
        }
        (_, Some(b)) => {
            if said.is_none() {
                notes.push(format!("申报面积字段 {field} 没有单位，与图形面积相比是{}", b.zh()));
            }
            Some(b)
        }
        (Some(a), None) => Some(a),
        (None, None) => {
            notes.push(format!("申报面积字段 {field} 的单位无法判断，未采用；可在参数中指定"));
            None
        }
    }
}

/// Names blank, repeated and oddly written ids.
fn mark_ids(rows: &mut [ListRow], has_field: bool, notes: &mut Vec<String>) {
    if !has_field {
        return;
    }
    let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
    let (mut blank, mut odd) = (0usize, 0usize);
    for (i, row) in rows.iter_mut().enumerate() {
        let key = id_key(&row.patch_id);
        if key.is_empty() {
            blank += 1;
            row.problems.push("图斑编号为空".to_string());
            continue;
        }
        if half_width(&row.patch_id) != row.patch_id || row.patch_id.chars().any(char::is_whitespace) {
            odd += 1;
            row.problems.push("图斑编号含全角字符或空格，原样保留".to_string());
        }
        seen.entry(key).or_default().push(i);
    }
    let mut repeated = 0usize;
    for same in seen.values().filter(|s| s.len() > 1) {
        repeated += same.len();
        for i in same {
            let others: Vec<String> = same.iter().filter(|j| *j != i).take(5).map(|j| (j + 1).to_string()).collect();
            rows[*i].problems.push(format!("图斑编号与第{}行重复", others.join("、")));
        }
    }
    for (count, what) in [(blank, "图斑编号为空"), (repeated, "图斑编号重复"), (odd, "图斑编号含全角字符或空格")]
    {
        if count > 0 {
            notes.push(format!("{count}行{what}"));
        }
    }
}

#[cfg(test)]
mod tests;
