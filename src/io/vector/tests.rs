#![allow(clippy::type_complexity)]
use super::*;
use crate::io::crs;
use geo::Validation;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn target() -> Crs {
    crate::io::init_gdal();
    crs::parse("EPSG:4527").expect("known")
}

/// Odd files collected from other projects; not part of this one.
fn collection() -> Option<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/torture_vector");
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("SKIPPED: no collection of odd vector files at {}", dir.display());
    None
}

fn all_files(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() { all_files(&path, out) } else { out.push(path) }
    }
    out.sort();
}

#[test]
fn every_odd_file_gives_rows_or_an_error() {
    let Some(dir) = collection() else { return };
    let target = target();
    let mut files = Vec::new();
    all_files(&dir, &mut files);
    assert!(files.len() > 200, "{}", files.len());
    let (mut read, mut refused) = (0, 0);
    for path in &files {
        let started = Instant::now();
        match read_any(path, &VectorOptions::new(&target)) {
            Ok(file) => {
                read += 1;
                for row in &file.table.rows {
                    assert_eq!(row.values.len(), file.table.fields.len(), "{}", path.display());
                    match &row.shape {
                        Some(shape) if shape.0.len() < 50 => assert!(shape.is_valid(), "{}: {shape:?}", path.display()),
                        Some(_) => {}
                        None => assert!(!row.problems.is_empty() || is_text(path), "{}", path.display()),
                    }
                }
                if std::env::var_os("TUBAN_SHOW").is_some() {
                    let shapes = file.table.rows.iter().filter(|r| r.shape.is_some()).count();
                    eprintln!(
                        "{}: {} rows, {shapes} shapes, {}, {}, {:?}",
                        path.display(),
                        file.table.rows.len(),
                        file.encoding,
                        file.crs_note,
                        file.notes
                    );
                }
            }
            Err(e) => {
                refused += 1;
                if std::env::var_os("TUBAN_SHOW").is_some() {
                    eprintln!("{}: {e}", path.display());
                }
                let message = e.to_string();
                assert!(!message.contains('\n'), "{message}");
            }
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{}: {:?}", path.display(), started.elapsed());
    }
    eprintln!("{read} read, {refused} refused");
    assert!(read > 50);
}

fn is_text(path: &Path) -> bool {
    crate::io::table::is_table(path)
}

/// Every outline in the collection's WKT and XML files, 2,000 at most per file.
fn outlines(path: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).to_uppercase();
    let mut out = Vec::new();
    for word in ["MULTIPOLYGON", "POLYGON", "GEOMETRYCOLLECTION"] {
        for (at, _) in text.match_indices(word).take(2_000) {
            let mut depth = 0;
            let end = text[at..].char_indices().find_map(|(i, c)| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                (c == ')' && depth == 0).then_some(at + i + 1)
            });
            out.extend(end.map(|e| text[at..e].split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    out
}

#[test]
fn every_odd_outline_is_mended_or_refused() {
    let Some(dir) = collection() else { return };
    let target = target();
    let mut files = Vec::new();
    all_files(&dir, &mut files);
    let (mut seen, mut mended, mut none) = (0, 0, 0);
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "wkt" || e == "xml")) {
        let outlines = outlines(path);
        let started = Instant::now();
        let fields = vec![crate::features::FieldDef { name: "WKT".into(), kind: crate::features::FieldKind::Text }];
        let values = outlines.iter().map(|o| vec![crate::features::FieldValue::Text(o.clone())]).collect();
        let options = VectorOptions { assume_crs: Some(&target), ..VectorOptions::new(&target) };
        let file = match geometry_from_columns(path, fields, values, String::new(), vec![], &options) {
            Ok(file) => file,
            Err(VectorError::NoCrs { .. }) => continue,
            Err(e) => panic!("{}: {e}", path.display()),
        };
        assert_eq!(file.table.rows.len(), outlines.len());
        if std::env::var_os("TUBAN_SHOW").is_some() {
            let longest = outlines.iter().map(String::len).max().unwrap_or(0);
            eprintln!(
                "{:?} {} of {} characters at most {}",
                started.elapsed(),
                outlines.len(),
                longest,
                path.display()
            );
        }
        for (row, outline) in file.table.rows.iter().zip(&outlines) {
            seen += 1;
            mended += usize::from(!row.problems.is_empty() && row.shape.is_some());
            match &row.shape {
                Some(s) if s.0.iter().map(|p| p.exterior().0.len()).sum::<usize>() < 2_000 => {
                    let short: String = outline.chars().take(300).collect();
                    assert!(s.is_valid(), "{}: {short}: {:?}", path.display(), s.validation_errors());
                }
                Some(_) => {}
                None => {
                    none += 1;
                    if std::env::var_os("TUBAN_SHOW").is_some() {
                        eprintln!("NONE {:?} {}", row.problems, outline.chars().take(120).collect::<String>());
                    }
                }
            }
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{}: {:?}", path.display(), started.elapsed());
    }
    eprintln!("{seen} outlines, {mended} mended, {none} without area");
    assert!(seen > 1_000);
}

/// A DBF of text fields, byte for byte: names at most 10 bytes, values at most 60.
fn dbf(names: &[&[u8]], rows: &[&[&[u8]]], ldid: u8) -> Vec<u8> {
    let width = 60usize;
    let (header, record) = (32 + 32 * names.len() + 1, 1 + width * names.len());
    let mut out = vec![3, 124, 1, 1];
    out.extend((rows.len() as u32).to_le_bytes());
    out.extend((header as u16).to_le_bytes());
    out.extend((record as u16).to_le_bytes());
    out.resize(32, 0);
    out[29] = ldid;
    for name in names {
        let mut field = [0u8; 32];
        field[..name.len().min(10)].copy_from_slice(&name[..name.len().min(10)]);
        (field[11], field[16]) = (b'C', width as u8);
        out.extend(field);
    }
    out.push(0x0D);
    for row in rows {
        out.push(b' ');
        for value in *row {
            let mut cell = vec![b' '; width];
            cell[..value.len()].copy_from_slice(value);
            out.extend(cell);
        }
    }
    out.push(0x1A);
    out
}

#[test]
fn the_character_set_is_found_and_lies_are_noticed() {
    let target = target();
    let gbk = |s: &str| encoding_rs::GBK.encode(s).0.into_owned();
    let (name, value) = ("图斑编号", "鲁村镇（疑似）");
    let cases: Vec<(&str, Vec<u8>, Vec<u8>, u8, Option<&str>, Option<&str>, &str, &str, usize)> = vec![
        ("gbk, nothing said", gbk(name), gbk(value), 0, None, None, name, "gb18030", 0),
        ("gbk by cpg", gbk(name), gbk(value), 0, Some("GBK"), None, name, "cpg", 0),
        ("gbk by number", gbk(name), gbk(value), 0, Some("936\r\n"), None, name, "cpg", 0),
        ("gbk by language byte", gbk(name), gbk(value), 0x4D, None, None, name, "语言字节", 0),
        ("utf-8 cut inside a character", name.into(), value.into(), 0, None, None, "图斑编", "UTF-8", 0),
        ("utf-8 by cpg", name.into(), value.into(), 0, Some("UTF-8"), None, "图斑编", "cpg", 0),
        ("cpg says utf-8, bytes are gbk", gbk(name), gbk(value), 0, Some("UTF-8"), None, name, "gb18030", 1),
        ("byte says gbk, bytes are utf-8", "图斑".into(), "鲁村镇疑似是".into(), 0x4D, None, None, "图斑", "", 0),
        ("the user knows", gbk(name), gbk(value), 0, Some("UTF-8"), Some("gbk"), name, "用户", 0),
        ("cut gbk", gbk("变化后类型标注"), gbk(value), 0, None, None, "变化后类型", "gb18030", 0),
    ];
    for (what, name, value, ldid, cpg, given, want, why, notes) in cases {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("list.dbf");
        std::fs::write(&path, dbf(&[&name], &[&[&value], &[b"A1"]], ldid)).expect("written");
        if let Some(cpg) = cpg {
            std::fs::write(dir.path().join("list.cpg"), cpg).expect("written");
        }
        let options = VectorOptions { encoding: given, ..VectorOptions::new(&target) };
        let file = read_vector(&path, &options).expect(what);
        if what.starts_with("byte says") {
            // Even bytes of UTF-8 are often valid GBK as well: what is declared and fits is believed.
            continue;
        }
        assert_eq!(file.table.fields[0].name, want, "{what}");
        assert_eq!(file.table.rows[0].values[0].text(), "鲁村镇（疑似）", "{what}");
        assert!(file.encoding.contains(why), "{what}: {}", file.encoding);
        assert_eq!(file.notes.len(), notes, "{what}: {:?}", file.notes);
        assert_eq!(file.table.rows[0].problems, ["没有图形"]);
    }
    let options = VectorOptions { encoding: Some("klingon"), ..VectorOptions::new(&target) };
    let error = read_vector(Path::new("x.shp"), &options).expect_err("unknown").to_string();
    assert_eq!(error, "the character set 'klingon' is unknown; give gbk, gb18030, utf-8 or big5");
}

#[test]
fn coordinates_are_placed_by_rule_and_never_silently() {
    let target = target();
    let extent = [39_600_000.0, 4_000_000.0, 39_620_000.0, 4_020_000.0];
    let epsg = |code: u32| crs::parse(&format!("EPSG:{code}")).expect("known");
    let around = |x: f64, y: f64| [x, y, x + 0.0001, y + 0.0001];
    // (what, x, y, declared, assumed, wanted EPSG or why not, swapped, doubtful)
    let cases: Vec<(&str, f64, f64, Option<u32>, Option<u32>, Result<u32, &str>, bool, bool)> = vec![
        ("prefixed, declared so", 39_610_000.0, 4_010_000.0, Some(4527), None, Ok(4527), false, false),
        ("plain, declared so", 610_000.0, 4_010_000.0, Some(4548), None, Ok(4548), false, false),
        ("degrees, declared so", 118.2, 36.2, Some(4490), None, Ok(4490), false, false),
        ("degrees in WGS 84", 118.2, 36.2, Some(4326), None, Ok(4326), false, false),
        ("prefixed, nothing declared", 39_610_000.0, 4_010_000.0, None, None, Ok(4527), false, true),
        ("plain, nothing declared", 610_000.0, 4_010_000.0, None, None, Ok(4548), false, true),
        ("degrees, nothing declared", 118.2, 36.2, None, None, Ok(4490), false, true),
        ("6-degree zone", 20_610_000.0, 4_010_000.0, None, None, Ok(4498), false, true),
        ("nothing declared, assumed", 610_000.0, 4_010_000.0, None, Some(4548), Ok(4548), false, false),
        ("declared prefixed, numbers plain", 610_000.0, 4_010_000.0, Some(4527), None, Ok(4548), false, true),
        ("declared plain, numbers prefixed", 39_610_000.0, 4_010_000.0, Some(4548), None, Ok(4527), false, true),
        ("declared zone 40, numbers zone 39", 39_610_000.0, 4_010_000.0, Some(4528), None, Ok(4527), false, true),
        ("declared degrees, numbers plain", 610_000.0, 4_010_000.0, Some(4490), None, Ok(4548), false, true),
        ("declared degrees, numbers prefixed", 39_610_000.0, 4_010_000.0, Some(4490), None, Ok(4527), false, true),
        ("declared metres, numbers degrees", 118.2, 36.2, Some(4527), None, Ok(4490), false, true),
        ("latitude first", 36.2, 118.2, Some(4490), None, Ok(4490), true, true),
        ("northing first, prefixed", 4_010_000.0, 39_610_000.0, None, None, Ok(4527), true, true),
        ("northing first, plain", 4_010_000.0, 610_000.0, Some(4548), None, Ok(4548), true, true),
        ("UTM", 610_000.0, 4_010_000.0, Some(32650), None, Ok(32650), false, false),
        ("neighbouring zone", 38_610_000.0, 4_010_000.0, None, None, Err("EPSG:4527"), false, false),
        ("another county", 113.0, 23.0, Some(4490), None, Err(""), false, false),
        ("wrong meridian declared", 610_000.0, 4_010_000.0, Some(4549), None, Err("EPSG:4548"), false, false),
        ("no place at all", -5e7, 3.0, None, None, Err("unknown"), false, false),
    ];
    for (what, x, y, declared, assumed, want, swapped, doubtful) in cases {
        let (declared, assumed) = (declared.map(epsg), assumed.map(epsg));
        let boxes = [around(x, y), around(x, y)];
        let got = place::place(&boxes, declared.as_ref(), assumed.as_ref(), &target, Some(extent));
        match (got, want) {
            (Ok(p), Ok(code)) => {
                assert_eq!((p.crs.epsg, p.swapped, p.doubtful), (Some(code), swapped, doubtful), "{what}: {}", p.note);
                assert!(!p.note.is_empty());
            }
            (Err(place::Unplaced::Unknown { .. }), Err("unknown")) => {}
            (Err(place::Unplaced::Far { likely, .. }), Err(hint)) => {
                if what == "neighbouring zone" {
                    // The prefix names zone 38, so no zone puts it near: the numbers would have to change.
                    assert!(likely.is_empty(), "{what}: {likely:?}");
                } else if hint.is_empty() {
                    assert!(likely.is_empty(), "{what}: {likely:?}");
                } else {
                    assert!(likely.iter().any(|l| l.starts_with(hint)), "{what}: {likely:?}");
                }
            }
            (got, want) => panic!("{what}: {got:?} is not {want:?}"),
        }
    }
}

#[test]
fn rows_are_thinned_only_where_asked() {
    let target = target();
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("layer.geojson");
    let feature = |lon: f64| {
        format!(
            r#"{{"type":"Feature","properties":{{"DLBM":"0103"}},"geometry":{{"type":"Polygon","coordinates":[[[{lon},36.2],[{},36.2],[{},36.201],[{lon},36.2]]]}}}}"#,
            lon + 0.001,
            lon + 0.001
        )
    };
    let features = [118.2, 118.21, 119.5].map(feature).join(",");
    std::fs::write(&path, format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)).expect("written");
    let extent = Some([39_600_000.0, 4_000_000.0, 39_620_000.0, 4_020_000.0]);
    let all = read_vector(&path, &VectorOptions { extent, ..VectorOptions::new(&target) }).expect("readable");
    assert_eq!((all.table.rows.len(), all.outside), (3, 0));
    let near = VectorOptions { extent, only_extent: true, ..VectorOptions::new(&target) };
    let near = read_vector(&path, &near).expect("readable");
    assert_eq!((near.table.rows.len(), near.outside), (2, 1));
    assert!(near.notes.iter().any(|n| n.contains("未读取")));
}

#[test]
fn odd_geometries_keep_their_rows() {
    let target = target();
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("list.geojson");
    let geometry = [
        r#"{"type":"Polygon","coordinates":[[[118.2,36.2],[118.201,36.2],[118.201,36.201],[118.2,36.201],[118.2,36.2]]]}"#,
        r#"{"type":"Polygon","coordinates":[[[118.2,36.2,5],[118.201,36.201,5],[118.201,36.2,5],[118.2,36.201,5],[118.2,36.2,5]]]}"#,
        r#"{"type":"Polygon","coordinates":[[[118.2,36.2],[118.201,36.2],[118.201,36.201]]]}"#,
        "null",
        r#"{"type":"Point","coordinates":[118.2,36.2]}"#,
        r#"{"type":"LineString","coordinates":[[118.2,36.2],[118.3,36.3]]}"#,
        r#"{"type":"Polygon","coordinates":[]}"#,
        r#"{"type":"Polygon","coordinates":[[[118.2,36.2],[118.2,36.2],[118.2,36.2],[118.2,36.2]]]}"#,
        r#"{"type":"MultiPolygon","coordinates":[[[[118.2,36.2],[118.201,36.2],[118.201,36.201],[118.2,36.2]]],[[[118.3,36.2],[118.301,36.2],[118.301,36.201],[118.3,36.2]]]]}"#,
        r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[118.2,36.2]},{"type":"Polygon","coordinates":[[[118.2,36.2],[118.201,36.2],[118.201,36.201],[118.2,36.2]]]}]}"#,
    ];
    let features: Vec<String> = geometry
        .iter()
        .enumerate()
        .map(|(i, g)| {
            format!(r#"{{"type":"Feature","properties":{{"TBBH":"{i:03}","日期":"2024/03/05","n":1}},"geometry":{g}}}"#)
        })
        .collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    std::fs::write(&path, text).expect("written");
    let file = read_vector(&path, &VectorOptions::new(&target)).expect("readable");
    let rows = &file.table.rows;
    assert_eq!(rows.len(), geometry.len());
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(row.values[0].text(), format!("{i:03}"));
        assert_eq!(row.values[1].text(), "2024-03-05");
    }
    let shaped: Vec<bool> = rows.iter().map(|r| r.shape.is_some()).collect();
    assert_eq!(shaped, [true, true, true, false, false, false, false, false, true, true]);
    for (i, word) in [(1, "自相交"), (3, "没有图形"), (4, "点位"), (5, "线"), (6, "图形"), (7, "没有可用的面")]
    {
        assert!(rows[i].problems.iter().any(|p| p.contains(word)), "{i}: {:?}", rows[i].problems);
    }
    assert!(file.points[4].is_some() && file.points[0].is_none());
    assert_eq!(rows[8].shape.as_ref().map(|s| s.0.len()), Some(2));
}

#[test]
fn bad_files_are_refused_in_one_sentence() {
    let target = target();
    let dir = tempfile::tempdir().expect("folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let vrt = br#"<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"#;
    let mut cases = vec![
        (dir.path().join("missing.shp"), "cannot be read"),
        (PathBuf::from("/vsicurl/http://example.com/x.shp"), "cannot be read"),
        (PathBuf::from("WFS:http://example.com"), "cannot be read"),
        (write("empty.shp", b""), "is empty"),
        (write("noise.shp", &[7u8; 500]), "not readable as a vector"),
        (write("noise.gpkg", &[7u8; 500]), "not readable as a vector"),
        (write("x.prj", b"GEOGCS"), "companion"),
        (write("list.vrt", vrt), "not readable as a vector"),
        (write("list.geojson", vrt), "not readable as a vector"),
        (write("list.kml", b"<kml><Document>"), ""),
        (write("notes.zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "holds no vector data"),
    ];
    cases.push((dir.path().to_path_buf(), ""));
    for (path, word) in cases {
        match read_any(&path, &VectorOptions::new(&target)) {
            Err(e) => {
                let message = e.to_string();
                assert!(message.contains(word) && !message.contains('\n'), "{}: {message}", path.display());
            }
            Ok(file) => assert!(word.is_empty(), "{}: {} rows", path.display(), file.table.rows.len()),
        }
    }
}

/// Not a test of correctness: how long a county's land survey takes. Run by hand with `--ignored`.
#[test]
#[ignore = "takes a while"]
fn a_land_survey_of_a_county_reads_in_time() {
    use crate::features::{FieldKind, FieldValue};
    use crate::io::vector_out::{OutColumn, OutLayer, write_gpkg, write_shapefile};
    let target = target();
    let field = |i: usize| {
        let (x, y) = (39_500_000.0 + (i % 300) as f64 * 100.0, 4_000_000.0 + (i / 300) as f64 * 100.0);
        let ring = (0..100).map(|k| {
            let t = f64::from(k) / 100.0 * std::f64::consts::TAU;
            (x + 50.0 + 49.0 * t.cos(), y + 50.0 + 49.0 * t.sin())
        });
        geo::MultiPolygon(vec![geo::Polygon::new(ring.collect(), vec![])])
    };
    let column = OutColumn {
        name: "DLBM".into(),
        short_name: "DLBM".into(),
        kind: FieldKind::Text,
        width: 5,
        zh: String::new(),
    };
    let rows = (0..60_000).map(|i| (vec![FieldValue::Text("0103".into())], Some(field(i)))).collect();
    let layer =
        OutLayer { name: "dltb".into(), crs: target.clone(), spatial: true, columns: vec![column], rows, style: None };
    let dir = tempfile::tempdir().expect("folder");
    let clock = Instant::now();
    write_shapefile(dir.path(), &layer).expect("written");
    eprintln!("shapefile written in {:?}", clock.elapsed());
    let clock = Instant::now();
    write_gpkg(&dir.path().join("dltb.gpkg"), &[layer]).expect("written");
    eprintln!("geopackage written in {:?}", clock.elapsed());
    let lonlat = crs::parse("EPSG:4490").expect("known");
    for name in ["dltb.shp", "dltb.gpkg"] {
        for (what, to, extent) in [
            ("same system", &target, None),
            ("to degrees", &lonlat, None),
            ("one tenth", &target, Some([39_500_000.0, 4_000_000.0, 39_510_000.0, 4_006_000.0])),
        ] {
            let clock = Instant::now();
            let options = VectorOptions { extent, only_extent: extent.is_some(), ..VectorOptions::new(to) };
            let file = read_vector(&dir.path().join(name), &options).expect("readable");
            eprintln!("{name} {what}: {} rows in {:?}", file.table.rows.len(), clock.elapsed());
        }
    }
}
