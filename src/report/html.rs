//! `report.html`: one page that needs nothing else, for the desk without a network.
//!
//! In: a [`Document`]. Out: the bytes of the page. Style, script and pictures are inside; a content security policy
//! allows exactly that style and that script (by SHA-256) and nothing from elsewhere, and every text of the user's
//! files is escaped, so a text that tries to run does not.

use super::document::{ChipPair, Document, VERDICT_ORDER, adverse, mu as mu_of};
use super::figures::{adverse_count, finding_totals, has_list, verdict_totals};
use super::html_tables::{self, Choice, TableView};
use super::notes::{self, Section};
use super::palette;
use super::words::{self, number, whole};
use crate::crosscheck::{Finding, FollowUp, Verdict};
use crate::raster::Quality;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The page could not be made.
#[derive(Debug, thiserror::Error)]
#[error("report.html cannot be made: {0}; report this with the run's run.json")]
pub struct HtmlError(#[from] minijinja::Error);

/// Rows of a table on the page. More than a person scrolls through, few enough for an office computer; the page says
/// how many are left out and where they are.
pub const MAX_HTML_ROWS: usize = 2_000;

const TEMPLATE: &str = include_str!("report.html.j2");
const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// A pair of cuttings on the page.
#[derive(Serialize)]
pub(super) struct ChipView {
    before: String,
    after: String,
    width: u32,
    height: u32,
}

impl ChipView {
    pub(super) fn new(pair: &ChipPair) -> ChipView {
        let uri = |bytes: &[u8]| format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes));
        ChipView { before: uri(&pair.before), after: uri(&pair.after), width: pair.width, height: pair.height }
    }
}

/// A key figure: what it counts, the figure, its unit, what it is made of.
#[derive(Serialize)]
struct Tile {
    class: &'static str,
    label: String,
    value: String,
    unit: String,
    lines: Vec<String>,
}

/// A part of the bar of verdicts, in percent of its length.
#[derive(Serialize)]
struct Share {
    code: &'static str,
    label: String,
    from: String,
    width: String,
}

#[derive(Serialize)]
struct Page {
    lang: &'static str,
    policy: String,
    title: String,
    caution: &'static str,
    before: String,
    after: String,
    run_id: String,
    version: String,
    tiles: Vec<Tile>,
    summary: Vec<String>,
    overview: Option<String>,
    findings: Vec<Choice>,
    verdicts: Vec<Choice>,
    shares: Vec<Share>,
    warnings: Vec<String>,
    not_judged: Vec<(String, String)>,
    unseen: Vec<(&'static str, &'static str)>,
    has_list: bool,
    scanned: bool,
    patches: TableView,
    candidates: TableView,
    towns: TableView,
    sections: Vec<Section>,
}

/// The bytes of `report.html`, UTF-8.
///
/// # Cost
/// Up to [`MAX_HTML_ROWS`] rows per table, about 1 kB each, and 8/3 of the bytes of each pair of chips.
///
/// # Errors
/// [`HtmlError`] when the template does not render; no text of a user's file makes it do so.
pub fn report_html(doc: &Document) -> Result<Vec<u8>, HtmlError> {
    let style = format!("{STYLE}{}", colours());
    let mut env = minijinja::Environment::new();
    env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    env.set_syntax(minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    let lang = doc.lang;
    env.add_function("t", move |zh: String, en: String| lang.pick(&zh, &en).to_string());
    // The name's ending turns on escaping for HTML.
    env.add_template("report.html", TEMPLATE)?;
    let page = minijinja::Value::from(minijinja::value::Serde(page(doc, &style)));
    let context = minijinja::context! { p => page, style => style, script => SCRIPT };
    Ok(env.get_template("report.html")?.render(context)?.into_bytes())
}

/// Only our own style and script, only pictures inside the page; no network, no forms, no frames.
fn policy(style: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(style),
        hash(SCRIPT)
    )
}

/// Colour classes of verdicts, findings and reasons not to judge, from the palette.
fn colours() -> String {
    let verdicts = Verdict::ALL.iter().map(|&v| (v.code(), palette::verdict(v)));
    let findings = Finding::ALL.iter().map(|&f| (f.code(), palette::finding(f)));
    let unseen = Quality::UNUSABLE.iter().map(|&q| (q.code(), palette::quality(q)));
    let class = |(code, rgb)| format!(".c-{code}{{color:{0};fill:{0}}}\n", palette::hex(rgb));
    verdicts.chain(findings).chain(unseen).map(class).collect()
}

fn page(doc: &Document, style: &str) -> Page {
    let l = doc.lang;
    let side = |image: &super::document::ImageSummary| {
        let date = image.date.clone().unwrap_or_else(|| l.pick("日期不明", "date unknown").into());
        let sensor = image.sensor.clone().map_or(String::new(), |s| format!(" · {s}"));
        format!("{date}{sensor} · {} m", (image.gsd_m * 100.0).round() / 100.0)
    };
    let mut sections = notes::sections(doc);
    // These stand in the upper half already.
    let above = [l.pick("主要数字", "Figures"), l.pick("提醒", "Warnings"), l.pick("未能判读的范围", "Not judged")];
    sections.retain(|s| !above.contains(&s.heading.as_str()));
    Page {
        lang: l.pick("zh-CN", "en"),
        policy: policy(style),
        title: notes::title(doc),
        caution: notes::caution(l),
        before: side(&doc.run.before),
        after: side(&doc.run.after),
        run_id: doc.run.run_id.clone(),
        version: doc.run.tool_version.clone(),
        tiles: tiles(doc),
        summary: summary(doc),
        overview: doc.overview.as_ref().map(|png| format!("data:image/png;base64,{}", STANDARD.encode(png))),
        findings: finding_choices(doc),
        verdicts: verdict_choices(doc),
        shares: shares(doc),
        warnings: doc.run.warnings.clone(),
        not_judged: notes::not_judged(doc),
        unseen: doc.run.areas.not_judged.iter().map(|r| (r.reason.code(), words::quality(l, r.reason))).collect(),
        has_list: has_list(doc),
        scanned: doc.run.scanned(),
        patches: html_tables::patches(doc, MAX_HTML_ROWS),
        candidates: html_tables::candidates(doc, MAX_HTML_ROWS),
        towns: html_tables::towns(doc),
        sections,
    }
}

fn finding_choices(doc: &Document) -> Vec<Choice> {
    let choice = |&code: &Finding| {
        let t = finding_totals(doc, code);
        Choice {
            code: code.code(),
            label: words::finding(doc.lang, code).into(),
            count: whole(t.count),
            area_mu: number(t.area.mu, 2),
        }
    };
    Finding::ALL.iter().map(choice).collect()
}

fn verdict_choices(doc: &Document) -> Vec<Choice> {
    let choice = |code: Verdict| {
        let t = verdict_totals(doc, code);
        Choice {
            code: code.code(),
            label: words::verdict(doc.lang, code).into(),
            count: whole(t.count),
            area_mu: number(t.area.mu, 2),
        }
    };
    VERDICT_ORDER.into_iter().map(choice).collect()
}

fn shares(doc: &Document) -> Vec<Share> {
    let total = doc.patches.len().max(1) as f64;
    let mut from = 0.0;
    let mut out = Vec::new();
    for code in VERDICT_ORDER {
        let count = verdict_totals(doc, code).count;
        let width = 100.0 * count as f64 / total;
        if count > 0 {
            let label = format!("{} {}", words::verdict(doc.lang, code), whole(count));
            out.push(Share { code: code.code(), label, from: format!("{from:.3}"), width: format!("{width:.3}") });
        }
        from += width;
    }
    out
}

fn tiles(doc: &Document) -> Vec<Tile> {
    let l = doc.lang;
    let mu = l.pick("亩", "mu");
    let unreported = finding_totals(doc, Finding::Unreported);
    let mut lines = vec![format!("{} {mu}", number(unreported.area.mu, 2))];
    for (zh, en, part) in [
        ("其中耕地", "on cropland", unreported.cropland),
        ("永久基本农田", "on basic farmland", unreported.basic_farmland),
        ("自然保护地", "in protected areas", unreported.protected),
    ] {
        let value =
            part.map_or(l.pick("未提供图层", "no layer").to_string(), |a| format!("{} {mu}", number(a.mu, 2)));
        lines.push(format!("{} {value}", l.pick(zh, en)));
    }
    let mut tiles = Vec::new();
    let found = Tile {
        class: "c-unreported",
        label: l.pick("疑似未报（瞒报）线索", "Possibly unreported").into(),
        value: whole(unreported.count),
        unit: l.pick("处", "parcels").into(),
        lines,
    };
    tiles.extend(doc.run.scanned().then_some(found));
    if has_list(doc) {
        let count = |code: Verdict| (words::verdict(l, code), verdict_totals(doc, code).count);
        let lines = VERDICT_ORDER.into_iter().filter(|&v| adverse(v)).map(count);
        tiles.push(Tile {
            class: "c-false_demolition",
            label: l.pick("疑似与填报不符的图斑", "List rows possibly at odds with their claim").into(),
            value: whole(adverse_count(doc)),
            unit: format!("/ {} {}", whole(doc.patches.len() as u64), l.pick("个", "rows")),
            lines: lines.map(|(label, n)| format!("{label} {}", whole(n))).collect(),
        });
        let undecided = verdict_totals(doc, Verdict::CannotJudge);
        tiles.push(Tile {
            class: "c-cannot_judge",
            label: l.pick("影像无法判定的图斑", "List rows the image cannot judge").into(),
            value: whole(undecided.count),
            unit: l.pick("个", "rows").into(),
            lines: vec![
                format!("{} {mu}", number(undecided.area.mu, 2)),
                l.pick("不作为通过处理，须另行核实", "not a pass: to be checked otherwise").into(),
            ],
        });
    }
    let areas = &doc.run.areas;
    tiles.push(Tile {
        class: "ink",
        label: l.pick("已判读面积占比", "Area judged").into(),
        value: number(areas.judged_percent(), 1),
        unit: "%".into(),
        lines: vec![
            format!(
                "{} {} / {} {mu}",
                l.pick("已判读", "judged"),
                number(areas.judged.mu, 0),
                number(areas.total.mu, 0)
            ),
            format!("{} {} {mu}", l.pick("未能判读", "not judged"), number(mu_of(areas.not_judged_m2()), 0)),
        ],
    });
    tiles
}

/// What became of the cases of an earlier run; `None` when no such run was given.
pub fn followed_up(doc: &Document) -> Option<String> {
    let cases = doc.followups.as_deref()?;
    let l = doc.lang;
    let count = |f: FollowUp| (f, cases.iter().filter(|c| c.outcome == f).count());
    let parts = FollowUp::ALL.iter().copied().map(count).filter(|(_, n)| *n > 0);
    let parts: Vec<String> = parts.map(|(f, n)| format!("{} {n}", l.pick(f.zh(), f.code()))).collect();
    let head =
        l.pick("上期未结及已确认拆除的图斑本期再看", "Cases of the earlier run that there is something to say of:");
    Some(format!("{head} {} {}{}{}", cases.len(), l.pick("个", ""), l.pick("：", ": "), parts.join(l.pick("，", ", "))))
}

/// The result in a few plain sentences.
fn summary(doc: &Document) -> Vec<String> {
    let mut out = results(doc);
    out.extend(followed_up(doc));
    out
}

fn results(doc: &Document) -> Vec<String> {
    use crate::report::document::Lang;
    let unreported = finding_totals(doc, Finding::Unreported);
    let relevant = doc.candidates.iter().filter(|c| c.relevant() == Some(true)).count() as u64;
    let (all, judged) = (whole(doc.candidates.len() as u64), number(doc.run.areas.judged.mu, 0));
    let (count, area, relevant) = (whole(unreported.count), number(unreported.area.mu, 2), whole(relevant));
    let (rows, against) = (whole(doc.patches.len() as u64), whole(adverse_count(doc)));
    let unknown = whole(verdict_totals(doc, Verdict::CannotJudge).count);
    // A layer that was not given is no evidence: the sentence must not say that there is no approval.
    let approvals = doc.candidates.iter().any(|c| c.approved_m2.is_some());
    let mut out = Vec::new();
    match doc.lang {
        Lang::Zh => {
            let place = match (has_list(doc), approvals) {
                (true, true) => "不在清单图斑内，也不在批准范围内",
                (true, false) => "不在清单图斑内（未提供批准图层，有无批准手续须另查）",
                (false, true) => "不在批准范围内（未提供图斑清单）",
                (false, false) => "属执法关注类型（未提供图斑清单和批准图层，是否已报、已批须另查）",
            };
            let found = format!(
                "两期影像可判读范围共 {judged} 亩，发现变化 {all} 处，其中执法关注类型 {relevant} 处；有 {count} 处、{area} 亩{place}，列为疑似未报，建议优先实地核实。"
            );
            let only = "本次只核查清单图斑，未扫描图斑以外的范围，不能据此认为图斑以外没有变化。".into();
            out.push(if doc.run.scanned() { found } else { only });
            if has_list(doc) {
                out.push(format!(
                    "清单 {rows} 个图斑已逐一核查：{against} 个的影像情况疑似与填报不符，{unknown} 个因影像原因无法判定（不等于通过）。"
                ));
            }
        }
        Lang::En => {
            let place = match (has_list(doc), approvals) {
                (true, true) => "in no list row and under no approval",
                (true, false) => "in no list row (no approvals were given: papers have to be looked up)",
                (false, true) => "under no approval (no list was given)",
                (false, false) => "of such a kind (neither list nor approvals were given)",
            };
            let found = format!(
                "Of {judged} mu that both images show, {all} parcels changed, {relevant} of them of a kind that matters for enforcement; {count} parcels of {area} mu are {place}: possibly unreported, to be visited first."
            );
            let only = "Only the list's patches were looked at; of everything else this run says nothing.".into();
            out.push(if doc.run.scanned() { found } else { only });
            if has_list(doc) {
                out.push(format!(
                    "Each of the {rows} list rows was checked: {against} are possibly at odds with their claim, {unknown} cannot be judged from these images (which is not a pass)."
                ));
            }
        }
    }
    out
}
