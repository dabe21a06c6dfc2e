//! What a sheet shows, as texts in their order: the one content that both forms of a sheet are laid out from.
//!
//! In: an [`EvidenceSheet`]. Out: a [`SheetView`], every text of it fit for XML and for one line of a cell.

use super::figures::figures;
use super::text::{claim, clean, patch_name, percent, width};
use super::{EvidenceChip, EvidenceSheet, evidence_id};
use crate::crosscheck::Verdict;
use crate::report::document::{FileSummary, ImageSummary, LayerSummary, RunSummary};
use crate::report::palette;
use crate::report::words::number;
use serde::Serialize;

/// Heading of every sheet.
pub(super) const TITLE: &str = "卫片执法图斑影像核查举证单";
/// What a sheet is not.
const STATEMENT: &str =
    "本单为遥感影像线索，不是违法认定结论，不能直接作为行政处罚依据；由县级自然资源主管部门实地核实后依法判定。";
/// Figures in a row of their table.
const FIGURES: usize = 8;
/// Pairs of label and value in a row of the head, and half-width characters that one, two, three of them hold.
pub(super) const HEAD: (usize, [usize; 3]) = (3, [48, 70, 110]);
/// The same of the list's record.
pub(super) const RECORD: (usize, [usize; 3]) = (4, [23, 57, 91]);
/// Files of a date that are named; a mosaic of more refers to `run.json`.
const FILES: usize = 3;
/// Hexadecimal digits of a layer's SHA-256 that are shown.
const LAYER_DIGITS: usize = 16;

/// A label and its value over `span` columns of pairs.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub label: String,
    pub value: String,
    pub span: usize,
}

/// A cell of the table of figures.
#[derive(Debug, Serialize)]
pub(super) struct FigureView {
    pub label: String,
    pub value: String,
    pub known: bool,
}

/// A picture, its caption and its place on the paper.
#[derive(Debug, Serialize)]
pub(super) struct PictureView {
    /// From 1, over all pictures.
    pub number: usize,
    pub caption: String,
    pub width_mm: f64,
    pub height_mm: f64,
}

/// A date in the table of images.
#[derive(Debug, Serialize)]
pub(super) struct ImageView {
    pub caption: String,
    pub date: String,
    pub sensor: String,
    pub gsd: String,
    pub lines: Vec<String>,
}

/// A corner.
#[derive(Debug, Serialize)]
pub(super) struct CornerView {
    pub name: String,
    pub degrees: String,
    pub metres: String,
}

/// Everything a sheet shows.
#[derive(Debug, Serialize)]
pub(super) struct SheetView {
    pub title: &'static str,
    pub run_title: String,
    pub id: String,
    pub head: Vec<Vec<Pair>>,
    pub verdict: String,
    pub verdict_code: &'static str,
    pub colour: String,
    pub confidence: String,
    pub reasons: Vec<String>,
    pub problems: Vec<String>,
    /// Rows of at most three.
    pub pictures: Vec<Vec<PictureView>>,
    pub picture_note: String,
    pub figures: Vec<Vec<FigureView>>,
    pub record: Vec<Vec<Pair>>,
    pub images: Vec<ImageView>,
    pub inputs: Vec<String>,
    pub corners: Vec<CornerView>,
    pub zone: String,
    pub alignment: String,
    pub statement: &'static str,
    pub run_id: String,
    pub version: String,
}

/// The texts of a sheet.
pub(super) fn view(sheet: &EvidenceSheet) -> SheetView {
    let p = sheet.patch;
    let verdict = match p.verdict {
        Verdict::CannotJudge => format!("{}（不等于通过，须另行核实）", p.verdict.zh()),
        known => known.zh().into(),
    };
    SheetView {
        title: TITLE,
        run_title: clean(sheet.run.title.trim()).into_owned(),
        id: evidence_id(&sheet.run.run_id, p.list.row),
        head: head(sheet),
        verdict,
        verdict_code: p.verdict.code(),
        colour: palette::hex(palette::verdict(p.verdict)),
        confidence: percent(p.confidence),
        // What is wrong with the row stands in a box of its own.
        reasons: lines(&own_reasons(p)),
        problems: lines(&p.list.problems),
        pictures: pictures(sheet),
        picture_note: picture_note(sheet),
        figures: figure_rows(sheet),
        record: record(sheet),
        images: images(sheet),
        inputs: inputs(sheet.run),
        corners: corners(sheet),
        zone: clean(&sheet.zone).into_owned(),
        alignment: alignment(sheet.run),
        statement: STATEMENT,
        run_id: clean(&sheet.run.run_id).into_owned(),
        version: clean(&sheet.run.tool_version).into_owned(),
    }
}

fn lines(texts: &[String]) -> Vec<String> {
    texts.iter().map(|t| clean(t.trim()).into_owned()).filter(|t| !t.is_empty()).collect()
}

fn head(sheet: &EvidenceSheet) -> Vec<Vec<Pair>> {
    let p = sheet.patch;
    let town = match (&p.town_name, &p.town_code) {
        (Some(name), Some(code)) if !code.is_empty() => format!("{name}（{code}）"),
        (Some(name), _) => name.clone(),
        (None, Some(code)) => code.clone(),
        (None, None) => "—".into(),
    };
    let place = p.lon.zip(p.lat).map_or("—".to_string(), |(lon, lat)| format!("{lon:.5}°E，{lat:.5}°N"));
    let date = p.list.claim_date.as_ref().map_or(String::new(), |d| format!("，{d}"));
    let mut pairs = vec![
        ("图斑编号", patch_name(p)),
        ("清单行号", format!("第 {} 行", p.list.row + 1)),
        ("乡镇", town),
        ("填报情况", claim(p) + &date),
        ("后期现状", p.state_after.zh().into()),
        ("中心坐标", place),
    ];
    if !p.candidate_ids.is_empty() {
        pairs.push(("相关线索", p.candidate_ids.join("、")));
    }
    rows(HEAD, pairs.into_iter().map(|(label, value)| (label.to_string(), clean(&value).into_owned())))
}

/// Pairs in rows: each takes as many columns as its value needs, the last of a row what is left.
fn rows((columns, holds): (usize, [usize; 3]), pairs: impl Iterator<Item = (String, String)>) -> Vec<Vec<Pair>> {
    let mut rows: Vec<Vec<Pair>> = Vec::new();
    let mut free = 0;
    for (label, value) in pairs {
        let wide = width(&value);
        let span = holds.iter().position(|&h| wide <= h).map_or(columns, |i| (i + 1).min(columns));
        if span > free {
            fill(rows.last_mut(), free);
            rows.push(Vec::new());
            free = columns;
        }
        free -= span;
        if let Some(row) = rows.last_mut() {
            row.push(Pair { label, value, span });
        }
    }
    fill(rows.last_mut(), free);
    rows
}

fn fill(row: Option<&mut Vec<Pair>>, free: usize) {
    if let Some(last) = row.and_then(|r| r.last_mut()) {
        last.span += free;
    }
}

/// Widest and highest a picture may be, mm, by how many stand beside each other.
fn picture_box(beside: usize) -> (f64, f64) {
    match beside {
        1 => (110.0, 60.0),
        2 => (87.0, 60.0),
        _ => (58.0, 60.0),
    }
}

fn pictures(sheet: &EvidenceSheet) -> Vec<Vec<PictureView>> {
    let beside = sheet.chips.len().clamp(1, 3);
    let (wide, high) = picture_box(beside);
    let one = |(i, chip): (usize, &EvidenceChip)| {
        let (w, h) = (f64::from(chip.width.max(1)), f64::from(chip.height.max(1)));
        let mm_per_px = (wide / w).min(high / h);
        let tenth = |v: f64| (v * 10.0).round() / 10.0;
        let text = [Some(chip.caption.as_str()), chip.date.as_deref(), chip.sensor.as_deref()];
        let text: Vec<_> = text.into_iter().flatten().map(|t| clean(t)).collect();
        PictureView {
            number: i + 1,
            caption: format!("{}  {} m", text.join("  "), number(chip.gsd_m, 2)),
            width_mm: tenth(w * mm_per_px),
            height_mm: tenth(h * mm_per_px),
        }
    };
    let all: Vec<PictureView> = sheet.chips.iter().enumerate().map(one).collect();
    let mut rows: Vec<Vec<PictureView>> = Vec::new();
    for picture in all {
        match rows.last_mut().filter(|r| r.len() < beside) {
            Some(row) => row.push(picture),
            None => rows.push(vec![picture]),
        }
    }
    rows
}

fn picture_note(sheet: &EvidenceSheet) -> String {
    let Some(chip) = sheet.chips.first() else { return "该图斑没有可用图形，无法截取影像。".into() };
    let mut note = "黄线为图斑范围，各时相范围与拉伸一致".to_string();
    let metres = |px: u32| f64::from(px) * sheet.scale_m_per_px;
    let (wide, high) = picture_box(sheet.chips.len().clamp(1, 3));
    let mm = (wide / f64::from(chip.width.max(1))).min(high / f64::from(chip.height.max(1)));
    let scale = sheet.scale_m_per_px * 1000.0 / mm;
    if scale.is_finite() && scale > 0.0 {
        let round = if scale < 1000.0 { 10.0 } else { 100.0 };
        note += &format!(
            "；图幅 {} m × {} m，A4 打印约 1:{}",
            number(metres(chip.width), 0),
            number(metres(chip.height), 0),
            number((scale / round).round() * round, 0)
        );
    }
    note
}

fn figure_rows(sheet: &EvidenceSheet) -> Vec<Vec<FigureView>> {
    let mut cells: Vec<FigureView> = figures(sheet.patch)
        .iter()
        .map(|f| FigureView {
            label: format!("{}({})", f.label, f.unit),
            value: f.shown(),
            known: f.value.is_some_and(f64::is_finite),
        })
        .collect();
    let mut rows = Vec::new();
    while !cells.is_empty() {
        let rest = cells.split_off(cells.len().min(FIGURES));
        cells.resize_with(FIGURES, || FigureView { label: String::new(), value: String::new(), known: true });
        rows.push(std::mem::replace(&mut cells, rest));
    }
    rows
}

/// The list's own record: every field by its own name, every value as it stands there.
fn record(sheet: &EvidenceSheet) -> Vec<Vec<Pair>> {
    let values = &sheet.patch.list.fields;
    rows(
        RECORD,
        values.iter().enumerate().map(|(i, value)| {
            let name = sheet.list_fields.get(i).map(|f| clean(f.name.trim()).into_owned()).filter(|n| !n.is_empty());
            let shown = value.text();
            let shown = if shown.is_empty() { "（空）".to_string() } else { clean(&shown).into_owned() };
            (name.unwrap_or_else(|| format!("字段{}", i + 1)), shown)
        }),
    )
}

fn sha(file: &FileSummary) -> &str {
    file.sha256.as_deref().unwrap_or("未计算")
}

/// The images that are shown; of a row without pictures those of the run.
fn images(sheet: &EvidenceSheet) -> Vec<ImageView> {
    if sheet.chips.is_empty() {
        let of = |caption, i: &ImageSummary| image(caption, (&i.date, &i.sensor, i.gsd_m), &i.files, None);
        return vec![of("前时相", &sheet.run.before), of("后时相", &sheet.run.after)];
    }
    let of = |c: &EvidenceChip| image(&c.caption, (&c.date, &c.sensor, c.gsd_m), c.files, Some(&c.sha256));
    sheet.chips.iter().map(of).collect()
}

fn image(
    caption: &str,
    (date, sensor, gsd_m): (&Option<String>, &Option<String>, f64),
    files: &[FileSummary],
    chip: Option<&str>,
) -> ImageView {
    let mut lines = Vec::new();
    for file in files.iter().take(FILES) {
        lines.push(clean(&file.path).into_owned());
        let covers = if file.hashed_in_part() { "（文件头与所读数据块）" } else { "" };
        lines.push(format!("SHA-256{covers} {}", clean(sha(file))));
    }
    if files.len() > FILES {
        lines.push(format!("另有 {} 个文件，见 run.json", files.len() - FILES));
    }
    lines.extend(chip.map(|sha| format!("截图 SHA-256 {}", clean(sha))));
    let text = |t: &Option<String>| t.as_deref().map_or("—".to_string(), |t| clean(t).into_owned());
    ImageView {
        caption: clean(caption).into_owned(),
        date: text(date),
        sensor: text(sensor),
        gsd: format!("{} m", number(gsd_m, 2)),
        lines,
    }
}

/// The other inputs: the list with its whole SHA-256, the layers with the beginning of theirs.
fn inputs(run: &RunSummary) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(list) = &run.list {
        out.push(format!("清单 {}  SHA-256 {}", clean(&list.file.path), clean(sha(&list.file))));
    }
    let layer = |l: &LayerSummary| {
        let file = l.file.as_ref()?;
        let digits: String = sha(file).chars().take(LAYER_DIGITS).collect();
        Some(format!("{} {} {}", clean(&l.zh), clean(&file.path), clean(&digits)))
    };
    let layers: Vec<String> = run.layers.iter().filter_map(layer).collect();
    let mut text = Vec::new();
    if !layers.is_empty() {
        text.push(format!("图层（SHA-256 前 {LAYER_DIGITS} 位，全文见 run.json）：{}", layers.join("；")));
    }
    let absent: Vec<_> = run.layers.iter().filter(|l| l.file.is_none()).map(|l| clean(&l.zh)).collect();
    if !absent.is_empty() {
        text.push(format!("未提供：{}", absent.join("、")));
    }
    out.extend((!text.is_empty()).then(|| text.join("。")));
    out
}

fn corners(sheet: &EvidenceSheet) -> Vec<CornerView> {
    let one = |c: &super::Corner| CornerView {
        name: clean(&c.name).into_owned(),
        degrees: format!("{:.7}，{:.7}", c.lon, c.lat),
        metres: format!("{:.2}，{:.2}", c.x_m, c.y_m),
    };
    sheet.corners.iter().map(one).collect()
}

/// What is left of the shift between the dates, in one sentence.
/// Reasons that are not about the row's data.
fn own_reasons(p: &crate::crosscheck::PatchFinding) -> Vec<String> {
    p.reasons.iter().filter(|r| !p.list.problems.contains(r)).cloned().collect()
}

fn alignment(run: &RunSummary) -> String {
    let Some(s) = &run.shift else { return "未能测定".into() };
    let px = |v: f64| format!("{} 像元（{} m）", number(v, 2), number(v * run.gsd_m, 2));
    let ties = format!("一致的连接块 {}/{}", s.agreeing, s.tiles);
    if !s.resolved {
        return format!("测量不可靠，未改正；{ties}");
    }
    let done = if s.corrected { "已改正" } else { "很小，未作改正" };
    let left = match (&s.residual, s.residual_px) {
        (Some(r), _) => format!("残余中位数 {}，90% 不超过 {}", px(r.median_px), px(r.p90_px)),
        (None, Some(v)) => format!("残余 {}", px(v)),
        (None, None) => "残余未能测定".into(),
    };
    format!("测得偏移 {}，{done}；{left}；{ties}", px(s.length_px))
}
