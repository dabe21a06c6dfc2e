//! The plain-language notes of a run: what was looked at, what was found, what was left out, what nobody should read
//! into it. One source for the workbook's notes and for the lower half of the page.

use super::alignment;
use super::document::{Document, ImageSummary, Lang, MaskedArea, VERDICT_ORDER};
use super::figures::{finding_totals, has_list, verdict_totals};
use super::words::{self, number, whole};
use crate::crosscheck::Finding;
use serde::Serialize;

/// A heading with `(key, value)` rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// Heading.
    pub heading: String,
    /// Rows.
    pub rows: Vec<(String, String)>,
}

/// Heading of the whole report.
pub fn title(doc: &Document) -> String {
    let general = doc.lang.pick("卫片图斑比对核查报告", "Ground change report");
    let own = doc.run.title.trim();
    if own.is_empty() { general.into() } else { format!("{own} {general}") }
}

/// The sentence that stands above everything.
pub fn caution(lang: Lang) -> &'static str {
    lang.pick(
        "以下均为影像比对得到的线索（疑似），不是违法认定结论，不能直接作为行政处罚依据；须经实地核实，由自然资源主管部门依法判定。",
        "Everything here is a lead seen in images, not a ruling: it has to be verified in the field and judged by the bureau.",
    )
}

/// What imagery cannot tell, for the reader who decides.
pub fn limits(lang: Lang) -> Vec<&'static str> {
    match lang {
        Lang::Zh => vec![
            "只能看到两个日期当天的地表；期间建了又拆的、建筑内部的用途、权属和手续是否真实，影像都不能回答。",
            "农作物收种、地膜和大棚、积雪、阴影、薄云可能被看成变化；两期季节相差大时尤其如此。",
            "小于最小面积的变化不列为线索（数量见“运行与影像”），细长的围墙、沟渠在该分辨率下可能看不到。",
            "没有提供的图层，其对应面积为空（不是 0）：既不能说明占用，也不能说明没有占用。",
            "“与影像一致”只表示影像上没有发现与填报相反的情况，不等于合法；“未能判读”的范围不等于没有变化。",
            "面积按 CGCS2000 椭球面积计算，边界精度约为一至两个像元，面积接近限值时应实地测量。",
        ],
        Lang::En => vec![
            "The images show two days only: what was built and removed in between, what a building is used for, and whether papers are genuine, they cannot tell.",
            "Harvest, plastic film, greenhouses, snow, shadow and thin cloud can look like change, the more so when the seasons differ.",
            "Changes below the smallest area are not listed (their number is given under the run); walls and ditches may be too narrow to be seen.",
            "A layer that was not given leaves its areas empty, not 0: it speaks neither for nor against.",
            "\"Agrees with the image\" means that nothing was seen against the claim, not that the use is legal; what was not judged is not unchanged.",
            "Areas are on the CGCS2000 ellipsoid; outlines are good to one or two pixels, so measure on the ground where a limit is near.",
        ],
    }
}

/// All notes, in the order of reading; sections without rows are left out.
pub fn sections(doc: &Document) -> Vec<Section> {
    let l = doc.lang;
    let section = |zh: &str, en: &str, rows: Vec<(String, String)>| Section { heading: l.pick(zh, en).into(), rows };
    let numbered = |texts: Vec<String>| texts.into_iter().enumerate().map(|(i, t)| ((i + 1).to_string(), t)).collect();
    let skipped = doc.run.skipped.iter().map(|s| (s.what.clone(), with_count(l, &s.why, s.count))).collect();
    let parameters = doc.run.parameters.iter().map(|p| (p.key.clone(), p.value.clone())).collect();
    let mut all = vec![
        section("主要数字", "Figures", figures(doc)),
        section("提醒", "Warnings", numbered(doc.run.warnings.clone())),
        section("未能判读的范围", "Not judged", not_judged(doc)),
        section("云、影等掩膜（分时相）", "Masks, by date", masked(doc)),
        section("跳过的内容", "Skipped", skipped),
        section("运行与影像", "Run and images", run(doc)),
        section("残余错位（像元，按九宫格）", "Residual misregistration (px, by ninths)", alignment::ninths(doc)),
        section("清单与图层", "List and layers", layers(doc)),
        section(
            "影像不能回答的问题",
            "What this cannot tell",
            numbered(limits(l).into_iter().map(String::from).collect()),
        ),
        section("参数", "Parameters", parameters),
    ];
    all.retain(|s| !s.rows.is_empty());
    all
}

fn with_count(l: Lang, why: &str, count: u64) -> String {
    if count <= 1 { why.into() } else { format!("{why}（{} {}）", whole(count), l.pick("处", "of them")) }
}

fn count_and_area(l: Lang, count: u64, mu: f64, unit: &str) -> String {
    format!("{} {unit}，{} {}", whole(count), number(mu, 2), l.pick("亩", "mu"))
}

fn figures(doc: &Document) -> Vec<(String, String)> {
    let l = doc.lang;
    let mut rows = Vec::new();
    for &code in Finding::ALL {
        let t = finding_totals(doc, code);
        let mut value = count_and_area(l, t.count, t.area.mu, l.pick("处", "parcels"));
        for (zh, en, part) in [
            ("其中耕地", "on cropland", t.cropland),
            ("永久基本农田", "on basic farmland", t.basic_farmland),
            ("自然保护地", "in protected areas", t.protected),
        ] {
            if let Some(area) = part {
                value.push_str(&format!("，{} {} {}", l.pick(zh, en), number(area.mu, 2), l.pick("亩", "mu")));
            }
        }
        rows.push((words::finding(l, code).into(), value));
    }
    if has_list(doc) {
        for code in VERDICT_ORDER {
            let t = verdict_totals(doc, code);
            let key = format!("{}{}", l.pick("图斑：", "list: "), words::verdict(l, code));
            rows.push((key, count_and_area(l, t.count, t.area.mu, l.pick("个", "rows"))));
        }
    }
    rows
}

/// Areas by reason, for people.
pub fn not_judged(doc: &Document) -> Vec<(String, String)> {
    let (l, areas) = (doc.lang, &doc.run.areas);
    let of_total = |m2: f64| if areas.total.m2 > 0.0 { 100.0 * m2 / areas.total.m2 } else { 0.0 };
    areas
        .not_judged
        .iter()
        .map(|r| {
            let mu = l.pick("亩", "mu");
            let value = format!("{} {mu}（{}%）", number(r.area.mu, 1), number(of_total(r.area.m2), 2));
            (words::quality(l, r.reason).to_string(), value)
        })
        .collect()
}

/// What masks cover at each date, for people.
fn masked(doc: &Document) -> Vec<(String, String)> {
    let (l, total) = (doc.lang, doc.run.areas.total.m2);
    let row = |m: &MaskedArea| {
        let date = if m.date == "before" { l.pick("前期", "before") } else { l.pick("后期", "after") };
        let source = if m.source == "given" { l.pick("给定", "given") } else { l.pick("自动检测", "detected") };
        let percent = if total > 0.0 { 100.0 * m.area.m2 / total } else { 0.0 };
        let value = format!("{} {}（{}%）", number(m.area.mu, 1), l.pick("亩", "mu"), number(percent, 2));
        (format!("{date} {}（{source}）", words::quality(l, m.reason)), value)
    };
    doc.run.masked.iter().map(row).collect()
}

fn image(l: Lang, image: &ImageSummary) -> String {
    let mut parts = vec![image.date.clone().unwrap_or_else(|| l.pick("日期不明", "date unknown").into())];
    parts.extend(image.sensor.clone());
    parts.push(format!("{} m", number(image.gsd_m, 2)));
    parts.push(format!("{} × {} {}", image.cols, image.rows, l.pick("像元(宽×高)", "px (wide x high)")));
    parts.push(image.sample_type.clone());
    parts.push(image.crs_name.clone());
    parts.retain(|p| !p.is_empty());
    parts.join("，")
}

fn run(doc: &Document) -> Vec<(String, String)> {
    let (l, r) = (doc.lang, &doc.run);
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut add = |zh: &str, en: &str, value: String| rows.push((l.pick(zh, en).to_string(), value));
    add("运行编号", "Run id", r.run_id.clone());
    add("软件版本", "Version", format!("tuban {}", r.tool_version));
    for (zh, en, side) in [("前期影像", "Before", &r.before), ("后期影像", "After", &r.after)] {
        add(zh, en, image(l, side));
        for file in side.files.iter().chain(&side.masks) {
            let part = match file.hashed_in_part() {
                true => l.pick("（文件头与所读数据块 {} 字节）", " (header and the blocks read, {} bytes)"),
                false => "",
            };
            let part = part.replace("{}", &whole(file.hashed_bytes));
            let sum = file.sha256.as_ref().map_or(String::new(), |s| format!("，SHA-256{part} {s}"));
            let zh_file = format!("{zh}文件");
            let en_file = format!("{en} file");
            add(&zh_file, &en_file, format!("{}，{} {}{sum}", file.path, whole(file.bytes), l.pick("字节", "bytes")));
        }
    }
    if let Some(grid) = &r.grid {
        let size = format!("{} × {}", grid.cols, grid.rows);
        add("工作格网", "Working grid", format!("{}，{size}，{} m", grid.crs.name, number(r.gsd_m, 2)));
    }
    if !r.bands.is_empty() {
        add("波段", "Bands", r.bands.join(", "));
    }
    add("两期偏移", "Shift between dates", alignment::shift_sentence(l, r.shift.as_ref()));
    if let Some(t) = r.threshold {
        let adjusted = r.threshold_minimum_error.filter(|m| (t / m - 1.0).abs() > 0.005).map_or(String::new(), |m| {
            l.pick("，由最小误差阈值 {} 调整", ", adjusted from the minimum-error threshold {}")
                .replace("{}", &number(m, 2))
        });
        add("变化阈值", "Threshold", format!("{} {}{adjusted}", number(t, 2), l.pick("倍标准差", "sigma")));
    }
    if let Some(s) = r.separability {
        add("变化可分性(两类均值之差/标准差)", "Separability (difference of class means / spread)", number(s, 2));
    }
    let c = &r.counts;
    let pixels = format!("{} / {} / {}", whole(c.pixels), whole(c.judged_pixels), whole(c.changed_pixels));
    add("像元：全部/已判读/变化", "Pixels: all/judged/changed", pixels);
    let dropped = format!("{} / {}", whole(c.dropped_small), whole(c.components));
    add("小于最小面积而未列出/变化连通块", "Below the smallest area/all components", dropped);
    let weak = format!("{} / {}", whole(c.dropped_weak), whole(c.dropped_weak_pixels));
    add("得分处处偏弱而不视为变化的斑块/像元", "Blobs nowhere strong, taken for no change/pixels", weak);
    rows
}

fn layers(doc: &Document) -> Vec<(String, String)> {
    let l = doc.lang;
    let mut rows: Vec<(String, String)> = Vec::new();
    match &doc.run.list {
        None => rows.push((l.pick("清单", "List").into(), l.pick("未提供", "not given").into())),
        Some(list) => {
            let rows_text = format!("{} {}", whole(list.rows), l.pick("行", "rows"));
            rows.push((l.pick("清单", "List").into(), format!("{}，{rows_text}", list.file.path)));
            let found = [
                ("清单坐标系", "List CRS", Some(&list.crs)),
                ("清单编码", "List encoding", Some(&list.encoding)),
                ("编号字段", "Id field", list.id_field.as_ref()),
                ("填报字段", "Claim field", list.claim_field.as_ref()),
                ("面积字段", "Area field", list.area_field.as_ref()),
            ];
            for (zh, en, value) in found {
                let value = value.filter(|v| !v.is_empty());
                let none = || l.pick("没有找到", "not found").to_string();
                rows.push((l.pick(zh, en).into(), value.cloned().unwrap_or_else(none)));
            }
        }
    }
    for layer in &doc.run.layers {
        let name = l.pick(&layer.zh, &layer.name).to_string();
        let value = match &layer.file {
            None => l.pick("未提供，相关列为空", "not given; its columns are empty").to_string(),
            Some(file) => format!("{}，{} {}", file.path, whole(layer.features), l.pick("个要素", "features")),
        };
        rows.push((name, value));
    }
    rows
}
