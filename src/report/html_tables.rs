//! The tables of the page as plain data: columns, rows, what is left out.

use super::document::{Document, VERDICT_ORDER, candidate_chip, mu, patch_chip, rank_candidates, rank_patches};
use super::html::ChipView;
use super::tables::join_reasons;
use super::words::{self, number, whole};
use crate::crosscheck::{Candidate, PatchFinding};
use serde::Serialize;

/// A code to filter by, with its figures.
#[derive(Serialize)]
pub(super) struct Choice {
    pub code: &'static str,
    pub label: String,
    pub count: String,
    pub area_mu: String,
}

/// A heading; `number` columns stand to the right and sort as numbers, `wide` ones hold sentences.
#[derive(Serialize)]
pub(super) struct Heading {
    label: String,
    class: &'static str,
}

/// A cell: its text, a small second line, and the number it sorts by.
#[derive(Serialize)]
pub(super) struct CellView {
    text: String,
    small: String,
    sort: Option<String>,
}

/// A row; `code` is its verdict or finding, shown as a badge with an icon in the first column.
#[derive(Serialize)]
pub(super) struct RowView {
    code: &'static str,
    rank: usize,
    label: String,
    id: String,
    cells: Vec<CellView>,
    chip: Option<ChipView>,
}

/// A table.
#[derive(Serialize)]
pub(super) struct TableView {
    headings: Vec<Heading>,
    rows: Vec<RowView>,
    total: String,
    shown: String,
    left_out: usize,
    left_out_text: String,
}

fn plain(text: impl Into<String>) -> CellView {
    CellView { text: text.into(), small: String::new(), sort: None }
}

fn figure(value: Option<f64>, decimals: usize) -> CellView {
    match value.filter(|v| v.is_finite()) {
        // A dash that sorts below every number: not known is not 0.
        None => CellView { text: "—".into(), small: String::new(), sort: Some("-1".into()) },
        Some(v) => CellView { text: number(v, decimals), small: String::new(), sort: Some(format!("{v:.6}")) },
    }
}

fn town(name: &Option<String>) -> CellView {
    plain(name.clone().unwrap_or_else(|| "—".into()))
}

fn headings(doc: &Document, list: &[(&str, &str, &'static str)]) -> Vec<Heading> {
    list.iter().map(|&(zh, en, class)| Heading { label: doc.lang.pick(zh, en).into(), class }).collect()
}

fn table(headings: Vec<Heading>, rows: Vec<RowView>, total: usize) -> TableView {
    let left_out = total - rows.len();
    TableView {
        headings,
        total: whole(total as u64),
        shown: whole(rows.len() as u64),
        left_out,
        left_out_text: whole(left_out as u64),
        rows,
    }
}

/// List rows, adverse ones first.
pub(super) fn patches(doc: &Document, most: usize) -> TableView {
    let headings = headings(
        doc,
        &[
            ("核查意见", "Verdict", "badge"),
            ("图斑编号", "Patch", "id"),
            ("乡镇", "Town", "short"),
            ("填报情况", "Claim", "short"),
            ("面积(亩)", "Area (mu)", "number"),
            ("耕地(亩)", "Cropland (mu)", "number"),
            ("永农(亩)", "Basic farmland (mu)", "number"),
            ("后期现状", "State after", "short"),
            ("理由", "Reasons", "wide"),
            ("可信度", "Confidence", "number"),
        ],
    );
    let order = rank_patches(&doc.patches);
    let rows = order.iter().take(most).map(|&i| patch(doc, &doc.patches[i])).collect();
    table(headings, rows, order.len())
}

fn patch(doc: &Document, p: &PatchFinding) -> RowView {
    let l = doc.lang;
    let nth = (p.list.row + 1).to_string();
    let row_number = match l {
        super::Lang::Zh => format!("清单第 {nth} 行"),
        super::Lang::En => format!("row {nth}"),
    };
    let id = if p.list.patch_id.is_empty() { l.pick("(无编号)", "(no id)").into() } else { p.list.patch_id.clone() };
    RowView {
        code: p.verdict.code(),
        rank: VERDICT_ORDER.iter().position(|&v| v == p.verdict).unwrap_or(VERDICT_ORDER.len()),
        label: words::verdict(l, p.verdict).into(),
        cells: vec![
            CellView { text: id.clone(), small: row_number, sort: None },
            town(&p.town_name),
            plain(words::claim(l, p.list.claim)),
            figure(p.area_m2.map(mu), 2),
            figure(p.cropland_m2.map(mu), 2),
            figure(p.basic_farmland_m2.map(mu), 2),
            plain(words::state_after(l, p.state_after)),
            plain(join_reasons(&p.reasons)),
            figure(Some(p.confidence), 2),
        ],
        id,
        chip: doc.chips.get(&patch_chip(p)).map(ChipView::new),
    }
}

/// Candidates, unreported ones first.
pub(super) fn candidates(doc: &Document, most: usize) -> TableView {
    let headings = headings(
        doc,
        &[
            ("结论", "Finding", "badge"),
            ("线索编号", "Candidate", "cid"),
            ("乡镇", "Town", "short"),
            ("变化类型", "Kind", "kind"),
            ("面积(亩)", "Area (mu)", "number"),
            ("耕地(亩)", "Cropland (mu)", "number"),
            ("永农(亩)", "Basic farmland (mu)", "number"),
            ("相关图斑", "List rows", "short ids"),
            ("理由", "Reasons", "wide"),
            ("可信度", "Confidence", "number"),
        ],
    );
    let order = rank_candidates(&doc.candidates);
    let rows = order.iter().take(most).map(|&i| candidate(doc, &doc.candidates[i])).collect();
    table(headings, rows, order.len())
}

fn candidate(doc: &Document, c: &Candidate) -> RowView {
    let l = doc.lang;
    let listed = match (c.list_status, c.list_ids.as_slice()) {
        (None, _) => "—".to_string(),
        (Some(status), []) => words::list_status(l, status).into(),
        (Some(_), ids) => ids.join(", "),
    };
    RowView {
        code: c.finding.code(),
        rank: crate::crosscheck::Finding::ALL.iter().position(|&f| f == c.finding).unwrap_or(usize::MAX),
        label: words::finding(l, c.finding).into(),
        id: c.id.clone(),
        cells: vec![
            CellView { text: c.id.clone(), small: format!("{:.5}, {:.5}", c.lon, c.lat), sort: None },
            town(&c.town_name),
            plain(c.kind.map_or("", |k| words::kind(l, k))),
            figure(Some(c.area_mu()), 2),
            figure(c.cropland_m2.map(mu), 2),
            figure(c.basic_farmland_m2.map(mu), 2),
            plain(listed),
            plain(join_reasons(&c.reasons)),
            figure(Some(c.confidence), 2),
        ],
        chip: doc.chips.get(&candidate_chip(c)).map(ChipView::new),
    }
}

/// Totals per town.
pub(super) fn towns(doc: &Document) -> TableView {
    let l = doc.lang;
    let mut headings = headings(
        doc,
        &[
            ("乡镇", "Town", "short"),
            ("变化(处)", "Changes", "number"),
            ("执法关注", "Relevant", "number"),
            ("疑似未报(处)", "Unreported", "number"),
            ("疑似未报(亩)", "Unreported (mu)", "number"),
            ("其中耕地(亩)", "Cropland (mu)", "number"),
            ("其中永农(亩)", "Basic farmland (mu)", "number"),
            ("图斑(个)", "List rows", "number"),
        ],
    );
    headings.extend(VERDICT_ORDER.map(|v| Heading { label: words::verdict(l, v).into(), class: "number" }));
    let count = |n: u64| figure(Some(n as f64), 0);
    // What was not looked for is blank, not 0.
    let scanned = doc.run.scanned();
    let found = |n: u64| figure(scanned.then_some(n as f64), 0);
    let row = |t: &crate::crosscheck::TownTotals| {
        let blank = t.town_name.is_empty();
        let name = if blank {
            l.pick("(不在任何乡镇内)", "(outside every town)").to_string()
        } else {
            t.town_name.clone()
        };
        let mut cells = vec![
            CellView { text: name.clone(), small: t.town_code.clone(), sort: None },
            found(t.candidates),
            found(t.relevant),
            found(t.unreported),
            figure(scanned.then_some(mu(t.unreported_m2)), 2),
            figure(t.unreported_cropland_m2.map(mu), 2),
            figure(t.unreported_basic_farmland_m2.map(mu), 2),
            count(t.patches),
        ];
        // `verdicts` is in the contract's order, the page in the order of need.
        cells.extend(VERDICT_ORDER.map(|v| {
            let at = crate::crosscheck::Verdict::ALL.iter().position(|&w| w == v);
            count(at.map_or(0, |i| t.verdicts[i]))
        }));
        RowView { code: "", rank: 0, label: String::new(), id: name, cells, chip: None }
    };
    let rows: Vec<RowView> = doc.towns.iter().map(row).collect();
    let total = rows.len();
    table(headings, rows, total)
}
