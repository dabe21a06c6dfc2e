//! The inspection as text for people.

use super::records::{ImageReport, Inspection, Level, ListReport, PairReport};
use crate::report::{Lang, shift_sentence, words};
use std::fmt::Write;

/// Values of a band without needless decimals.
fn value(v: f32) -> String {
    if v.fract() == 0.0 && v.abs() < 1e7 { format!("{v:.0}") } else { format!("{v:.4}") }
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0))
}

fn image(i: &ImageReport, lang: Lang, out: &mut String) {
    let t = |zh, en| lang.pick(zh, en);
    let mut line = |label: &str, text: String| {
        let _ = writeln!(out, "  {label}: {text}");
    };
    if !i.opened {
        line(t("结果", "result"), t("不能打开", "cannot be opened").to_string());
        return;
    }
    let compression = if i.compression.is_empty() { t("未压缩", "uncompressed") } else { &i.compression };
    line(
        t("格式", "format"),
        format!("{}, {}, {compression} ({:.1}x), {}", i.format, mib(i.bytes), i.compression_ratio, i.reader),
    );
    line(
        t("大小", "size"),
        format!(
            "{} x {} {}, {} {} {}",
            i.rows,
            i.cols,
            t("(行 x 列)", "(rows x columns)"),
            i.bands.len(),
            t("波段", "bands"),
            i.dtype
        ),
    );
    line(t("数据块", "blocks"), blocks(i, lang));
    let epsg = i.epsg.map_or(String::new(), |e| format!(" (EPSG:{e})"));
    line(t("坐标系", "reference system"), format!("{}{epsg}", i.crs));
    let [w, s, e, n] = i.extent;
    let middle = i.lonlat.map_or(String::new(), |(lon, lat)| format!("; {} {lon:.5}, {lat:.5}", t("中心", "middle")));
    line(t("范围", "extent"), format!("{w:.3}, {s:.3} – {e:.3}, {n:.3}{middle}"));
    line(t("分辨率", "resolution"), format!("{:.3} m", i.gsd_m));
    line(t("日期", "date"), i.date.clone().unwrap_or_else(|| t("未知", "unknown").into()));
    let mask = if i.masked { t("有掩膜", "with a mask") } else { t("无掩膜", "no mask") };
    let m = &i.measured;
    line(
        t("可用像元", "usable pixels"),
        format!("{:.1} % ({} {} {}, {mask})", m.valid_percent, t("抽样", "sampled"), m.pixels, t("个像元", "pixels")),
    );
    for b in &i.bands {
        let role = b.role.unwrap_or(t("未知", "unknown"));
        let nodata = b.nodata.map_or(String::new(), |v| format!(", nodata {v}"));
        let name = if b.name.is_empty() { String::new() } else { format!(" \"{}\"", b.name) };
        let spread = b.spread.map_or_else(
            || t("没有可用的值", "no usable value").to_string(),
            |s| {
                let v = [s.min, s.p2, s.p50, s.p98, s.max].map(value).join(" / ");
                format!("{} {v}", t("最小/2%/中值/98%/最大", "min/2%/median/98%/max"))
            },
        );
        line(&format!("{} {}", t("波段", "band"), b.index), format!("{role}{name}{nodata}, {spread}"));
    }
}

fn blocks(i: &ImageReport, lang: Lang) -> String {
    let t = |zh, en| lang.pick(zh, en);
    let (rows, cols) = i.block;
    let Some(b) = &i.blocks else { return format!("{rows} x {cols}") };
    let kind = if b.tiled { t("瓦片", "tiles") } else { t("条带", "strips") };
    format!(
        "{} {kind} {rows} x {cols}, {} {}, {} {}, {} {}",
        b.blocks,
        b.sparse,
        t("个为空", "never written"),
        b.truncated,
        t("个不完整", "truncated"),
        b.overlapping,
        t("个重叠", "overlapping")
    )
}

fn pair(r: &PairReport, lang: Lang, out: &mut String) {
    let t = |zh, en| lang.pick(zh, en);
    let mut line = |label: &str, text: String| {
        let _ = writeln!(out, "  {label}: {text}");
    };
    let how = match r.bands.how {
        "names" => t("按名称", "by name"),
        "position" => t("按位置", "by position"),
        other => other,
    };
    let roles: Vec<&str> = r.bands.roles.iter().map(|b| b.map_or("?", |b| b.code())).collect();
    line(t("波段", "bands"), format!("{} ({how})", roles.join(", ")));
    let date = if r.reference == "before" { t("前时相", "before") } else { t("后时相", "after") };
    line(
        t("工作格网", "working grid"),
        format!("{} x {}, {:.3} m, {} {date}", r.rows, r.cols, r.gsd_m, t("取自", "from")),
    );
    let fed = r.feeding.map(|f| if f == "copied" { t("直接使用", "copied") } else { t("重采样", "resampled") });
    line(t("前/后时相", "before/after"), fed.join(" / "));
    line(
        t("重叠", "overlap"),
        format!("{:.1} %; {} {:.1} %", r.overlap_percent, t("两期都可用", "usable in both"), r.valid_both_percent),
    );
    if let Some(weather) = &r.weather {
        let share = weather.map(|w| format!("{:.1} %", w.cloud_percent));
        line(t("云（抽样，前/后时相）", "clouds (sample, before/after)"), share.join(" / "));
    }
    line(t("分辨率之比", "resolution ratio"), format!("{:.2}", r.gsd_ratio));
    let shown: Vec<String> = r.correlation.iter().map(|c| c.map_or("-".into(), |c| format!("{c:.2}"))).collect();
    line(t("波段相关", "band correlation"), shown.join(", "));
    line(t("两期偏移", "shift between dates"), shift_sentence(lang, r.shift.as_ref()));
    if let Some(days) = r.season_days {
        line(t("季节差", "season difference"), format!("{days} {}", t("天", "days")));
    }
    line(
        t("预计", "predicted"),
        format!(
            "{} MiB, {:.0} s ({} {}, {} {})",
            r.predicted_memory_mib,
            r.predicted_seconds.max(1.0),
            r.threads,
            t("线程", "threads"),
            t("瓦片", "tile"),
            r.tile_px
        ),
    );
}

fn list(r: &ListReport, lang: Lang, out: &mut String) {
    let t = |zh, en| lang.pick(zh, en);
    let mut line = |label: &str, text: String| {
        let _ = writeln!(out, "  {label}: {text}");
    };
    let none = || t("未找到", "not found").to_string();
    if !r.layer.is_empty() {
        line(t("图层", "layer"), r.layer.clone());
    }
    line(
        t("行数", "rows"),
        format!(
            "{} ({} {}, {} {}, {} {})",
            r.rows,
            r.polygons,
            t("有面", "with a polygon"),
            r.points,
            t("只有点", "with only a point"),
            r.without_geometry,
            t("无图形", "without geometry")
        ),
    );
    line(t("编码", "encoding"), r.encoding.clone());
    line(t("坐标系", "reference system"), r.crs_note.clone());
    line(t("图斑编号", "id field"), r.id_field.clone().unwrap_or_else(none));
    let claims = if r.claim_fields.is_empty() { none() } else { r.claim_fields.join(", ") };
    line(t("填报字段", "claim fields"), format!("{claims} ({})", r.claim_field_how));
    let unit = r.area_unit.map_or(String::new(), |u| format!(" ({u})"));
    line(t("申报面积", "declared area"), format!("{}{unit}", r.area_field.clone().unwrap_or_else(none)));
    line(t("填报日期", "claim date"), r.claim_date_field.clone().unwrap_or_else(none));
    let counts: Vec<String> = r.claims.iter().map(|(c, n)| format!("{} {n}", words::claim(lang, *c))).collect();
    line(t("填报", "claims"), counts.join(", "));
    if let Some(p) = r.places {
        line(
            t("图斑位置", "patches"),
            format!(
                "{} {}, {} {}, {} {}",
                p.inside,
                t("在影像内", "inside the images"),
                p.partly,
                t("跨边缘", "across an edge"),
                p.outside,
                t("在影像外", "outside")
            ),
        );
    }
    for (text, rows) in &r.problems {
        line(&format!("{rows} {}", t("行", "rows")), text.clone());
    }
    for note in &r.notes {
        line(t("说明", "note"), note.clone());
    }
}

impl Inspection {
    /// The inspection for people; the last line is the verdict.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        for i in &self.images {
            let _ = writeln!(out, "{}", i.path);
            image(i, lang, &mut out);
        }
        if let Some(r) = &self.pair {
            let _ = writeln!(out, "{}", lang.pick("两期影像", "the pair"));
            pair(r, lang, &mut out);
        }
        for r in &self.lists {
            let _ = writeln!(out, "{}", r.path);
            list(r, lang, &mut out);
        }
        for f in self.findings.iter().filter(|f| f.level != Level::Reason) {
            let label = match f.level {
                Level::Note => lang.pick("说明", "note"),
                _ => lang.pick("注意", "warning"),
            };
            let _ = writeln!(out, "{label}: {}", f.text(lang));
        }
        let _ = writeln!(out, "{}", self.verdict(lang));
        out
    }

    /// The inspection as one JSON object with the verdict in words.
    pub fn to_json(&self, lang: Lang) -> Result<String, serde_json::Error> {
        let mut object = serde_json::to_value(self)?;
        if let Some(map) = object.as_object_mut() {
            map.insert("verdict".into(), self.verdict(lang).into());
        }
        Ok(object.to_string())
    }
}
