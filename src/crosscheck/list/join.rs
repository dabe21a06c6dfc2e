//! Joining a claims table (xlsx, csv) to a list by id.

use super::names::{Role, columns};
use super::{List, ListError, ListHints, id_key, read_list};
use crate::crosscheck::Claim;
use crate::features::FeatureTable;
use std::collections::HashMap;

/// What a join did and could not do.
#[derive(Clone, Debug, Default)]
pub struct JoinReport {
    /// Key field of the claims table.
    pub key_field: Option<String>,
    /// Claim fields of the claims table.
    pub claim_fields: Vec<String>,
    /// Rows of the list that got a claim.
    pub matched: usize,
    /// Rows of the list without a row in the claims table.
    pub list_without_claim: Vec<usize>,
    /// Rows of the claims table without a row in the list: `(row, key)`, rows from 0.
    pub unmatched: Vec<(usize, String)>,
    /// Keys that stand several times in the claims table, with their rows.
    pub duplicates: Vec<(String, Vec<usize>)>,
    /// Chinese sentences for the report.
    pub notes: Vec<String>,
}

/// Puts the claims of a table on the rows of a list with the same id.
///
/// Ids are compared without blanks, case and full-width forms. A table's claim replaces the list's own unless it is
/// blank. Where a key stands several times the first filled row counts and the row's problems name the others. A list
/// id that stands on several rows gets the claim on each.
pub fn join_claims(list: &mut List, table: &FeatureTable, hints: &ListHints) -> Result<JoinReport, ListError> {
    let claims = read_list(table, hints, &|_| 0.0)?;
    let mut report = JoinReport { key_field: claims.id_field.clone(), ..JoinReport::default() };
    report.claim_fields = claims.claim_fields.clone();
    if claims.id_field.is_none() {
        let wanted = columns(&list.fields, Role::Id).first().map_or("图斑编号", |c| list.fields[*c].name.as_str());
        report.notes.push(format!("填报表没有图斑编号字段（如 {wanted}），无法与清单对应"));
        report.unmatched = (0..claims.rows.len()).map(|r| (r, String::new())).collect();
        report.list_without_claim = (0..list.rows.len()).collect();
        return Ok(report);
    }
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    for row in &claims.rows {
        by_key.entry(id_key(&row.patch_id)).or_default().push(row.row);
    }
    by_key.remove("");
    let mut used = vec![false; claims.rows.len()];
    for row in &mut list.rows {
        let key = id_key(&row.patch_id);
        let Some(hits) = by_key.get(&key) else {
            report.list_without_claim.push(row.row);
            continue;
        };
        hits.iter().for_each(|h| used[*h] = true);
        report.matched += 1;
        let filled = hits.iter().copied().find(|h| claims.rows[*h].claim != Claim::None);
        let Some(source) = filled.map(|h| &claims.rows[h]) else { continue };
        if hits.len() > 1 {
            let differing = hits.iter().any(|h| claims.rows[*h].claim != source.claim);
            let rows: Vec<String> = hits.iter().map(|h| (h + 1).to_string()).collect();
            let how = if differing { "，内容不一致" } else { "" };
            let first = source.row + 1;
            row.problems.push(format!("填报表第{}行编号相同{how}，采用第{first}行", rows.join("、")));
        }
        if row.claim != Claim::None && row.claim != source.claim {
            row.problems.push(format!("清单填报“{}”与填报表“{}”不同，采用填报表", row.claim_text, source.claim_text));
        }
        row.claim = source.claim;
        row.claim_text = source.claim_text.clone();
        if source.claim_date.is_some() {
            row.claim_date = source.claim_date.clone();
        }
        let own = source.problems.iter().filter(|p| p.starts_with("填报"));
        row.problems.extend(own.cloned());
    }
    report.unmatched = claims.rows.iter().filter(|r| !used[r.row]).map(|r| (r.row, r.patch_id.clone())).collect();
    let mut duplicates: Vec<(String, Vec<usize>)> = by_key.into_iter().filter(|(_, rows)| rows.len() > 1).collect();
    duplicates.sort_by_key(|d| d.1[0]);
    report.duplicates = duplicates;
    let some = |keys: Vec<&str>| {
        let more = if keys.len() > 10 { "等" } else { "" };
        format!("{}{more}", keys.into_iter().take(10).collect::<Vec<_>>().join("、"))
    };
    if !report.unmatched.is_empty() {
        let keys = some(report.unmatched.iter().map(|u| u.1.as_str()).collect());
        report.notes.push(format!("填报表有{}行在清单中找不到编号：{keys}", report.unmatched.len()));
    }
    if !report.duplicates.is_empty() {
        let keys = some(report.duplicates.iter().map(|d| d.0.as_str()).collect());
        report.notes.push(format!("填报表有{}个编号重复：{keys}", report.duplicates.len()));
    }
    if !report.list_without_claim.is_empty() {
        report.notes.push(format!("清单有{}行在填报表中没有填报", report.list_without_claim.len()));
    }
    if list.claim_fields.is_empty() && !claims.claim_fields.is_empty() {
        list.notes.retain(|n| !n.starts_with("清单没有填报结论字段"));
        list.claim_fields = claims.claim_fields;
        list.claim_field_how = format!("来自填报表，{}", claims.claim_field_how);
    }
    Ok(report)
}
