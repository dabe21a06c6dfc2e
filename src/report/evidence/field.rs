//! What a field team takes along: the patches of a town as KML for phones and globes, and as GeoJSON for maps.
//!
//! In: rows with their outlines in WGS84, transformed by the caller. Out: text. One placemark or feature per row, also
//! for rows without geometry.
//!
//! KML: OGC 07-147r2. GeoJSON: RFC 7946.

use super::evidence_id;
use super::figures::figures;
use super::text::{claim, clean, patch_name, percent};
use crate::crosscheck::{PatchFinding, Verdict};
use crate::report::document::{RunSummary, mu};
use crate::report::palette;
use geo::orient::Direction;
use geo::{LineString, MultiPolygon, Orient};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A row to visit.
#[derive(Clone, Debug)]
pub struct FieldPatch<'a> {
    /// The row and its verdict.
    pub patch: &'a PatchFinding,
    /// Outline in WGS84, `x` longitude and `y` latitude in degrees.
    pub shape: Option<MultiPolygon<f64>>,
}

/// Digits of a degree: 1e-7 is about 1 cm.
const DEGREE: f64 = 1e7;

/// The outline with its outer rings counter-clockwise, as both formats ask; `None` where a coordinate is no place on
/// Earth.
fn oriented(shape: &Option<MultiPolygon<f64>>) -> Option<MultiPolygon<f64>> {
    let shape = shape.as_ref().filter(|s| !s.0.is_empty())?;
    let place = |c: &geo::Coord<f64>| c.x.abs() <= 180.0 && c.y.abs() <= 90.0;
    let rings = |p: &geo::Polygon<f64>| p.exterior().0.iter().chain(p.interiors().iter().flat_map(|r| &r.0)).all(place);
    shape.0.iter().all(rings).then(|| shape.orient(Direction::Default))
}

fn degrees(value: f64) -> f64 {
    (value * DEGREE).round() / DEGREE
}

/// What a person on the spot has to know of a row, a line per matter.
fn description(run: &RunSummary, patch: &PatchFinding) -> Vec<String> {
    let p = patch;
    let mut lines = vec![
        format!("图斑编号：{}", patch_name(p)),
        format!("核查意见：{}（可信度 {}）", p.verdict.zh(), percent(p.confidence)),
        format!("填报情况：{}", claim(p)),
        format!("后期现状：{}", p.state_after.zh()),
        format!("乡镇：{}", p.town_name.as_deref().map_or("—".into(), clean)),
    ];
    let known = figures(p).into_iter().filter(|f| f.value.is_some_and(f64::is_finite));
    lines.extend(known.map(|f| format!("{}：{} {}", f.label, f.shown(), f.unit)));
    lines.extend(p.reasons.iter().map(|r| format!("理由：{}", clean(r.trim()))));
    lines.push(format!("清单行号：{}", p.list.row + 1));
    lines.push(format!("举证编号：{}", evidence_id(&run.run_id, p.list.row)));
    lines.push("影像线索，须实地核实后依法判定".into());
    lines
}

/// Text of an XML element.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Colour of KML: `aabbggrr`.
fn kml_colour(rgb: palette::Rgb, alpha: u8) -> String {
    format!("{alpha:02x}{:02x}{:02x}{:02x}", rgb[2], rgb[1], rgb[0])
}

/// KML of the rows: a placemark each with name and description (名称、描述), outlined in the colour of its verdict.
///
/// A globe shows a description as HTML: it is escaped once for that and once more for XML; nothing else stands in its
/// balloon.
pub fn field_kml(run: &RunSummary, patches: &[FieldPatch]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str("<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n");
    let title = clean(run.title.trim());
    let _ = writeln!(out, "<name>{}</name>", xml(format!("{title} 图斑核查").trim()));
    for &v in Verdict::ALL {
        let (line, fill) = (kml_colour(palette::verdict(v), 0xff), kml_colour(palette::verdict(v), 0x40));
        let _ = writeln!(
            out,
            "<Style id=\"{}\"><IconStyle><color>{line}</color></IconStyle><LineStyle><color>{line}</color><width>3</width></LineStyle><PolyStyle><color>{fill}</color></PolyStyle><BalloonStyle><text>$[description]</text></BalloonStyle></Style>",
            v.code()
        );
    }
    for item in patches {
        placemark(&mut out, run, item);
    }
    out.push_str("</Document>\n</kml>\n");
    out
}

fn placemark(out: &mut String, run: &RunSummary, item: &FieldPatch) {
    let p = item.patch;
    let name = patch_name(p);
    let text = description(run, p).join("\n");
    let _ = write!(
        out,
        "<Placemark>\n<name>{}</name>\n<description>{}</description>\n<styleUrl>#{}</styleUrl>\n<ExtendedData>",
        xml(&name),
        xml(&xml(&text)),
        p.verdict.code()
    );
    for (key, value) in [
        ("名称", name.as_str()),
        ("核查意见", p.verdict.zh()),
        ("填报情况", &claim(p)),
        ("乡镇", &clean(p.town_name.as_deref().unwrap_or_default())),
        ("清单行号", &(p.list.row + 1).to_string()),
        ("举证编号", &evidence_id(&run.run_id, p.list.row)),
    ] {
        let _ = write!(out, "<Data name=\"{key}\"><value>{}</value></Data>", xml(value));
    }
    out.push_str("</ExtendedData>\n");
    if let Some(shape) = oriented(&item.shape) {
        out.push_str("<MultiGeometry>");
        for polygon in &shape.0 {
            out.push_str("<Polygon><outerBoundaryIs>");
            ring(out, polygon.exterior());
            out.push_str("</outerBoundaryIs>");
            for hole in polygon.interiors() {
                out.push_str("<innerBoundaryIs>");
                ring(out, hole);
                out.push_str("</innerBoundaryIs>");
            }
            out.push_str("</Polygon>");
        }
        out.push_str("</MultiGeometry>\n");
    }
    out.push_str("</Placemark>\n");
}

fn ring(out: &mut String, ring: &LineString<f64>) {
    let points: Vec<String> = ring.0.iter().map(|c| format!("{:.7},{:.7}", c.x, c.y)).collect();
    let _ = write!(out, "<LinearRing><coordinates>{}</coordinates></LinearRing>", points.join(" "));
}

/// GeoJSON of the rows: a feature each with the contract's names for its properties; what is not known is `null`.
pub fn field_geojson(run: &RunSummary, patches: &[FieldPatch]) -> String {
    let features: Vec<Value> = patches.iter().map(|item| feature(run, item)).collect();
    let all = json!({
        "type": "FeatureCollection",
        "name": clean(run.title.trim()),
        "run_id": clean(&run.run_id),
        "features": features,
    });
    let mut text = all.to_string();
    text.push('\n');
    text
}

fn feature(run: &RunSummary, item: &FieldPatch) -> Value {
    let p = item.patch;
    let rounded = |v: Option<f64>, unit: f64| v.filter(|v| v.is_finite()).map(|v| (v * unit).round() / unit);
    let position = |c: &geo::Coord<f64>| [degrees(c.x), degrees(c.y)];
    let ring = |r: &LineString<f64>| r.0.iter().map(position).collect::<Vec<_>>();
    let geometry = oriented(&item.shape).map(|shape| {
        let polygon = |p: &geo::Polygon<f64>| -> Vec<_> {
            std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect()
        };
        json!({ "type": "MultiPolygon", "coordinates": shape.0.iter().map(polygon).collect::<Vec<_>>() })
    });
    let texts = |all: &[String]| all.iter().map(|t| clean(t.trim()).into_owned()).collect::<Vec<_>>();
    json!({
        "type": "Feature",
        "properties": {
            "名称": patch_name(p),
            "描述": description(run, p).join("\n"),
            "evidence_id": evidence_id(&run.run_id, p.list.row),
            "row": p.list.row,
            "patch_id": clean(p.list.patch_id.trim()),
            "claim": p.list.claim.code(),
            "claim_text": clean(p.list.claim_text.trim()),
            "verdict": p.verdict.code(),
            "verdict_zh": p.verdict.zh(),
            "confidence": rounded(Some(p.confidence), 1e3),
            "state_after": p.state_after.code(),
            "reasons": texts(&p.reasons),
            "area_m2": rounded(p.area_m2, 1e2),
            "area_mu": rounded(p.area_m2.map(mu), 1e4),
            "cropland_m2": rounded(p.cropland_m2, 1e2),
            "basic_farmland_m2": rounded(p.basic_farmland_m2, 1e2),
            "protected_m2": rounded(p.protected_m2, 1e2),
            "approved_percent": rounded(p.approved_percent, 1e2),
            "town_code": p.town_code.as_deref().map(clean),
            "town_name": p.town_name.as_deref().map(clean),
            "lon": rounded(p.lon, DEGREE),
            "lat": rounded(p.lat, DEGREE),
            "stroke": palette::hex(palette::verdict(p.verdict)),
        },
        "geometry": geometry,
    })
}
