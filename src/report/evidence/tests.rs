// A test that unwraps a wrong value fails, which is what it is for.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::crosscheck::{StateAfter, Verdict};
use crate::features::{FieldKind, FieldValue};
use crate::grid::Affine;
use crate::raster::Quality;
use crate::report::Document;
use crate::report::picture::{Stretch, jpeg};
use crate::report::tests::fixture::{self, FORMULAS, LONG_ID, XSS, square};
use ndarray::{Array2, Array3};
use std::io::{Cursor, Read};

/// Pixels of the window of a chip.
const SIDE: usize = 130;
const AT: Affine = Affine([39_600_500.0, 2.0, 0.0, 4_008_260.0, 0.0, -2.0]);

/// Fields, and from the date `built` on a building.
fn pixels(date: usize, built: bool) -> (Array3<f32>, Array2<Quality>) {
    let bands = Array3::from_shape_fn((3, SIDE, SIDE), |(b, r, c)| {
        let field = ((c / 21 + (r + c / 3) / 34 + date) % 4) as f32;
        let noise = ((c * 31 + r * 17 + b * 5 + date * 7) % 13) as f32;
        let roof = built && (45..85).contains(&r) && (48..92).contains(&c);
        if roof { 1900.0 + 20.0 * noise } else { 500.0 + 190.0 * field * (1.0 + 0.2 * b as f32) + 12.0 * noise }
    });
    (bands, Array2::from_elem((SIDE, SIDE), Quality::Valid))
}

fn chips(doc: &Document, count: usize) -> Vec<EvidenceChip<'_>> {
    let dates: Vec<_> = (0..count).map(|i| pixels(i, i + 2 > count || i == 0)).collect();
    let dates: Vec<ChipDate> = dates.iter().map(|(b, q)| ChipDate { bands: b.view(), quality: q.view() }).collect();
    let (pictures, factor) =
        evidence_chips(&dates, [2, 1, 0], None, &AT, &square(39_600_590.0, 4_008_080.0, 96.0), 2.0);
    assert_eq!(factor, if count == 0 { 1 } else { 5 });
    let names = ["更早时相", "前时相", "后时相"];
    let one = |(i, p): (usize, &image::RgbImage)| {
        let image = if i + 1 == count { &doc.run.after } else { &doc.run.before };
        EvidenceChip::new(names[3 - count + i], image, (jpeg(p, 82).unwrap(), p.width(), p.height()))
    };
    pictures.iter().enumerate().map(one).collect()
}

fn sheet(doc: &Document, row: usize, count: usize) -> EvidenceSheet<'_> {
    let corner = |name: &str, lon, lat, x_m, y_m| Corner { name: name.into(), lon, lat, x_m, y_m };
    let corners = vec![
        corner("西北", 118.1112223, 36.2010004, 4_008_260.0, 39_600_500.0),
        corner("东北", 118.1141112, 36.2009877, 4_008_260.0, 39_600_760.0),
        corner("东南", 118.1140876, 36.1986451, 4_008_000.0, 39_600_760.0),
        corner("西南", 118.1111987, 36.1986578, 4_008_000.0, 39_600_500.0),
    ];
    EvidenceSheet {
        run: &doc.run,
        list_fields: &doc.list_fields,
        patch: &doc.patches[row],
        chips: chips(doc, count),
        corners: if count > 0 { corners } else { Vec::new() },
        zone: "CGCS2000 / 3度带 39带 中央经线117°E".into(),
        scale_m_per_px: 0.4,
    }
}

fn parts(docx: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(docx)).unwrap();
    let count = zip.len();
    let read = |i| {
        let mut file = zip.by_index(i).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().to_string(), bytes)
    };
    (0..count).map(read).collect()
}

/// Texts of an XML document in their order; fails where it is not well-formed or holds a forbidden character.
fn texts(xml: &[u8]) -> String {
    use quick_xml::events::Event;
    let text = std::str::from_utf8(xml).unwrap();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "control characters");
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut out = String::new();
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(_) => depth += 1,
            Event::End(e) => {
                depth -= 1;
                out.push_str(if e.name().as_ref().ends_with(":p") { "\n" } else { "" });
            }
            Event::Text(t) => out.push_str(&t),
            Event::GeneralRef(r) => match r.resolve_char_ref().unwrap() {
                Some(c) => out.push(c),
                None => out.push_str(quick_xml::escape::resolve_predefined_entity(&r).unwrap()),
            },
            Event::Empty(e) => assert!(e.attributes().all(|a| a.is_ok())),
            Event::CData(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => panic!("markup that is not ours"),
            Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    assert_eq!(depth, 0);
    out
}

fn document_text(sheet: &EvidenceSheet) -> String {
    let parts = parts(evidence_docx(sheet).unwrap());
    let xml = &parts.iter().find(|(name, _)| name == "word/document.xml").unwrap().1;
    texts(xml)
}

/// The fixture with the texts of a hostile list in row 0.
fn hostile() -> Document {
    let mut doc = fixture::document(0);
    let long = "9".repeat(600);
    let nasty = format!("{XSS} ]]> <!-- &amp; <w:p/> \u{0}\u{7}\u{1b}\u{202e}\u{fffe} 🏗️ =cmd|' /C calc'!A0");
    doc.run.title = nasty.clone();
    doc.run.run_id = format!("r{}", char::from(1));
    doc.run.before.files[0].path = nasty.clone();
    doc.list_fields[0].name = nasty.clone();
    let p = &mut doc.patches[0];
    p.list.patch_id = format!("{long}{nasty}");
    p.list.claim_text = nasty.clone();
    p.list.fields[1] = FieldValue::Text(format!("{nasty}\r\n{long}"));
    p.list.fields[3] = FieldValue::Text(FORMULAS[0].into());
    p.reasons = vec![nasty.clone()];
    p.list.problems = vec![nasty.clone()];
    p.town_name = Some(nasty.clone());
    p.candidate_ids = vec![nasty];
    doc
}

#[test]
fn sheets_of_every_verdict_hold_their_content() {
    let doc = fixture::document(0);
    for (i, &verdict) in Verdict::ALL.iter().enumerate() {
        let row = doc.patches.iter().position(|p| p.verdict == verdict && p.list.shape.is_some()).unwrap();
        let sheet = sheet(&doc, row, 2 + i % 2);
        let p = sheet.patch;
        let html = evidence_html(&sheet).unwrap();
        let word = document_text(&sheet);
        let id = evidence_id(&doc.run.run_id, row);
        let mut wanted = vec![
            "卫片执法图斑影像核查举证单",
            "沂源县 2019 年第一季度",
            id.as_str(),
            verdict.zh(),
            p.state_after.zh(),
            p.list.claim_text.as_str(),
            p.town_name.as_deref().unwrap(),
            "可信度",
            "前期建筑占 62%，后期仍存在 58%",
            "前时相",
            "后时相",
            "2018-04-12",
            "2019-04-09",
            "GF-1 PMS",
            "TBBH",
            "3703232019010001",
            "占永农",
            "占自然保护地",
            "批准范围内",
            "清单面积",
            "118.1112223，36.2010004",
            "4008260.00，39600760.00",
            "中央经线117°E",
            "残余中位数 0.14 像元（0.28 m）",
            "由县级自然资源主管部门",
            "核查人",
            "复核人",
        ];
        let hashes: Vec<String> = ["a", "b", "c"].map(|d| d.repeat(64)).to_vec();
        wanted.extend(hashes.iter().map(String::as_str));
        wanted.extend(sheet.chips.iter().map(|c| c.sha256.as_str()));
        for text in wanted {
            assert!(word.contains(text), "{text} is not in the docx of {}", verdict.code());
            assert!(html.contains(text) || html.contains(&text.replace('/', "&#x2f;")), "{text} is not in the page");
        }
        assert!(html.contains("r-7f3a9c21d0") && html.contains("tuban 0.1.0"));
    }
}

#[test]
fn a_docx_is_a_package_with_the_pictures_as_they_are() {
    let doc = fixture::document(0);
    let sheet = sheet(&doc, 0, 3);
    let bytes = evidence_docx(&sheet).unwrap();
    assert_eq!(bytes, evidence_docx(&sheet).unwrap());
    let parts = parts(bytes);
    let names: Vec<&str> = parts.iter().map(|p| p.0.as_str()).collect();
    assert_eq!(names[0], "[Content_Types].xml");
    for (name, content) in &parts {
        if name.ends_with(".jpeg") {
            let number: usize = name.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
            assert_eq!(content, &sheet.chips[number - 1].jpeg);
            assert_eq!(hexadecimal(&Sha256::digest(content)), sheet.chips[number - 1].sha256);
        } else {
            texts(content);
            assert!(content.starts_with(b"<?xml"), "{name}");
        }
    }
    let document = String::from_utf8(parts.iter().find(|p| p.0 == "word/document.xml").unwrap().1.clone()).unwrap();
    assert!(!document.contains("w:sdt"), "WPS is at odds with content controls");
    for n in 1..=3 {
        assert!(
            document.contains(&format!("r:embed=\"rIdPic{n}\""))
                && names.contains(&format!("word/media/image{n}.jpeg").as_str())
        );
    }
    // Every style that is used is there.
    let styles = String::from_utf8(parts.iter().find(|p| p.0 == "word/styles.xml").unwrap().1.clone()).unwrap();
    for used in document.split("<w:pStyle w:val=\"").skip(1).map(|s| s.split('"').next().unwrap()) {
        assert!(styles.contains(&format!("w:styleId=\"{used}\"")), "{used}");
    }
    for font in ["仿宋", "宋体"] {
        assert!(styles.contains(&format!("w:eastAsia=\"{font}\"")));
    }
}

#[test]
fn rows_of_a_table_fill_its_grid() {
    let mut doc = hostile();
    for (i, text) in ["一", "二", &"三".repeat(30), "四", &"五".repeat(80), "六"].iter().enumerate() {
        doc.list_fields.push(FieldDef { name: format!("F{i}"), kind: FieldKind::Text });
        doc.patches[0].list.fields.push(FieldValue::Text(text.to_string()));
    }
    let content = view::view(&sheet(&doc, 0, 2));
    for (rows, columns) in [(&content.head, view::HEAD.0), (&content.record, view::RECORD.0)] {
        rows.iter().for_each(|row| assert_eq!(row.iter().map(|p| p.span).sum::<usize>(), columns, "{row:?}"));
    }
    let shown: usize = content.record.iter().map(Vec::len).sum();
    assert_eq!(shown, doc.patches[0].list.fields.len());
}

#[test]
fn hostile_texts_come_out_harmless() {
    let doc = hostile();
    let sheet = sheet(&doc, 0, 2);
    let html = evidence_html(&sheet).unwrap();
    assert!(!html.contains("<script") && !html.contains("<img src=x") && !html.contains("<w:p/>"), "unescaped");
    assert!(html.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(
        html.contains("default-src &#x27;none&#x27;") && !html.contains("src=\"http") && !html.contains("style=\"")
    );
    assert!(html.contains("🏗️") && html.contains("=cmd|"));
    let word = document_text(&sheet);
    assert!(word.contains("<script>alert(2)</script>") && word.contains("]]> <!-- &amp; <w:p/>"), "as it was written");
    assert!(word.contains(&"9".repeat(600)) && word.contains("🏗️") && !word.contains('\u{202e}'));
    for part in parts(evidence_docx(&sheet).unwrap()).iter().filter(|p| !p.0.ends_with("jpeg")) {
        texts(&part.1);
    }
}

#[test]
fn what_is_not_known_is_a_dash_and_never_0() {
    let doc = fixture::document(0);
    let of = |row: usize, label: &str| {
        let all = figures(&doc.patches[row]);
        all.iter().find(|f| f.label == label).unwrap().shown()
    };
    assert_eq!(of(0, "占自然保护地"), "—（无图层）");
    assert_eq!(of(0, "占永农"), "0.00", "looked and found nothing");
    assert_eq!(of(12, "变化部分"), "—（无图形）");
    assert_eq!(of(12, "占耕地"), "—（无图形）");
    let bare = sheet(&doc, 12, 0);
    let word = document_text(&bare);
    assert!(word.contains("没有可用图形") && !word.contains("四至坐标") && word.contains("清单第13行（无编号）"));
    assert!(word.contains("影像/before_20180412.tif"), "the images are named without pictures too");
    assert!(evidence_html(&bare).unwrap().contains("没有可用图形"));
}

#[test]
fn what_is_wrong_with_a_row_is_said_once() {
    let mut doc = fixture::document(0);
    doc.patches[6].list.problems = vec!["图形自相交，已修复".into()];
    doc.patches[6].reasons.push("图形自相交，已修复".into());
    let sheet = sheet(&doc, 6, 2);
    assert_eq!(evidence_html(&sheet).unwrap().matches("图形自相交，已修复").count(), 1);
    assert_eq!(document_text(&sheet).matches("图形自相交，已修复").count(), 1);
}

#[test]
fn ids_are_short_and_of_run_and_row() {
    let id = evidence_id("r-7f3a9c21d0", 0);
    assert_eq!(id.len(), 12);
    assert_ne!(id, evidence_id("r-7f3a9c21d0", 1));
    assert_ne!(id, evidence_id("r-7f3a9c21d1", 0));
}

#[test]
fn pictures_of_all_dates_are_seen_through_one_glass() {
    let of = |low: f32, high: f32| Stretch { low: [low; 3], high: [high; 3] };
    assert_eq!(shared_stretch(&[of(0.0, 10.0), of(3.0, 10.0), of(6.0, 40.0)]), Some(of(3.0, 20.0)));
    // Quiet ground keeps its calm: no narrower than .8 of its level.
    assert_eq!(shared_stretch(&[of(95.0, 105.0)]), Some(of(60.0, 140.0)));
    assert_eq!(shared_stretch(&[]), None);
    let one = pixels(0, true);
    let date = ChipDate { bands: one.0.view(), quality: one.1.view() };
    let (pictures, _) =
        evidence_chips(&[date, date], [2, 1, 0], None, &AT, &square(39_600_590.0, 4_008_080.0, 96.0), 2.0);
    assert_eq!(pictures[0], pictures[1]);
    // The arrow stands in the upper right corner, the bar in the lower left one.
    let (side, white) = (pictures[0].width(), image::Rgb([255, 255, 255]));
    assert_eq!(pictures[0].get_pixel(side - 32, 13), &white);
}

fn field(doc: &Document) -> Vec<FieldPatch<'_>> {
    let lonlat = square(118.1, 36.2, 0.001);
    doc.patches
        .iter()
        .map(|patch| FieldPatch { patch, shape: patch.list.shape.as_ref().map(|_| lonlat.clone()) })
        .collect()
}

#[test]
fn kml_has_a_placemark_per_row() {
    let doc = hostile();
    let kml = field_kml(&doc.run, &field(&doc));
    assert_eq!(kml, field_kml(&doc.run, &field(&doc)));
    assert_eq!(kml.matches("<Placemark>").count(), doc.patches.len());
    assert_eq!(kml.matches("<MultiGeometry>").count(), doc.patches.len() - 1);
    assert!(kml.contains("118.1000000,36.2000000 118.1010000,36.2000000"));
    assert!(kml.contains("<Style id=\"concealed\">") && kml.contains("<color>ff6f2a9e</color>"), "aabbggrr");
    let text = texts(kml.as_bytes());
    assert!(text.contains("核查意见：疑似瞒报") && text.contains("举证编号"));
    // A description is read as HTML once more: nothing of a list may be a tag there.
    let descriptions = kml.split("<description>").skip(1).map(|d| d.split("</description>").next().unwrap());
    descriptions.for_each(|d| assert!(!d.contains("&lt;script")));
    assert_eq!(kml.matches("<text>$[description]</text>").count(), Verdict::ALL.len());
}

#[test]
fn geojson_is_that_of_the_standard() {
    let mut doc = hostile();
    doc.patches[1].verdict = Verdict::CannotJudge;
    doc.patches[1].state_after = StateAfter::Unknown;
    let mut rows = field(&doc);
    rows[2].shape = Some(square(39_600_000.0, 4_000_000.0, 10.0));
    let text = field_geojson(&doc.run, &rows);
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let features = all["features"].as_array().unwrap();
    assert_eq!((all["type"].as_str().unwrap(), features.len()), ("FeatureCollection", doc.patches.len()));
    assert!(all.get("crs").is_none());
    assert!(features[12]["geometry"].is_null() && features[2]["geometry"].is_null(), "metres are no degrees");
    assert!(features[0]["properties"]["protected_m2"].is_null());
    assert_eq!(features[0]["properties"]["basic_farmland_m2"], 0.0);
    assert_eq!(features[6]["properties"]["patch_id"], "37032320190100010006");
    let ring = features[0]["geometry"]["coordinates"][0][0].as_array().unwrap();
    let at = |i: usize, j: usize| ring[i][j].as_f64().unwrap();
    assert_eq!(ring.first(), ring.last());
    let doubled: f64 = (0..ring.len() - 1).map(|i| at(i, 0) * at(i + 1, 1) - at(i + 1, 0) * at(i, 1)).sum();
    assert!(doubled > 0.0, "counter-clockwise");
    assert!(LONG_ID.len() > 15);
}

/// `SHEETS=folder cargo test sheets_to_look_at -- --ignored` writes sheets of every kind there.
#[test]
#[ignore = "writes files to look at"]
fn sheets_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var("SHEETS").unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    let mut doc = fixture::document(0);
    doc.patches[6].list.problems = vec!["图形自相交，已修复，面积变化 0.3 平方米。".into()];
    doc.patches[7].reasons = vec![
        "填报为已拆除（2019-03-28），后期影像日期在其后 12 天".into(),
        "前期建筑占图斑 62%，后期原址仍有建筑 58%，保留比例 93%，高于 50%".into(),
        "该处后期影像无云、无阴影，配准残差小于半个像元".into(),
    ];
    for i in 0..16 {
        doc.list_fields.push(FieldDef {
            name: ["XZQDM", "XZQMC", "JCBH", "QSX", "HSX", "TBLX", "BZ", "XMMC"][i % 8].into(),
            kind: FieldKind::Text,
        });
        let value = [
            "370323",
            "沂源县历山街道办事处",
            "2019Q1-0117",
            "20180412",
            "20190409",
            "新增建设用地",
            "经核实，该图斑为村民自建养殖用房，已于三月底自行拆除并恢复耕种条件，现场照片三张",
            "无",
        ][i % 8];
        doc.patches[7].list.fields.push(FieldValue::Text(value.into()));
    }
    let bad = hostile();
    let mut all: Vec<(String, EvidenceSheet)> =
        vec![("hostile".into(), sheet(&bad, 0, 2)), ("shapeless".into(), sheet(&doc, 12, 0))];
    for row in 6..12 {
        all.push((
            format!("{row:02}_{}", doc.patches[row].verdict.code()),
            sheet(&doc, row, if row == 9 { 3 } else { 2 }),
        ));
    }
    for (name, sheet) in &all {
        std::fs::write(folder.join(format!("{name}.docx")), evidence_docx(sheet).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.html")), evidence_html(sheet).unwrap()).unwrap();
    }
    std::fs::write(folder.join("field.kml"), field_kml(&bad.run, &field(&bad))).unwrap();
    std::fs::write(folder.join("field.geojson"), field_geojson(&bad.run, &field(&bad))).unwrap();
}
