use super::*;
use crate::grid::Crs;
use std::path::PathBuf;

fn target() -> Crs {
    crate::io::init_gdal();
    crate::io::crs::parse("EPSG:4527").expect("known")
}

fn csv(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("填报 表.csv");
    std::fs::write(&path, bytes).expect("written");
    (dir, path)
}

fn texts(file: &VectorFile, row: usize) -> Vec<String> {
    file.table.rows[row].values.iter().map(FieldValue::text).collect()
}

#[test]
fn csv_is_read_in_every_character_set() {
    let target = target();
    let text = "图斑编号,判定结果,备注\r\n0012,违法用地,\"含,逗号和\"\"引号\"\"\n换行\"\r\n1E5,合法,\r\n";
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (bytes, how) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), "文件头标记"),
        (encoding_rs::GBK.encode(text).0.into_owned(), "gb18030"),
        (utf16, "UTF-16"),
        (text.replace(',', "\t").replace("含\t", "含,").into_bytes(), "UTF-8"),
    ] {
        let (_dir, path) = csv(&bytes);
        let file = read_table(&path, &VectorOptions::new(&target)).expect("readable");
        assert!(file.encoding.contains(how), "{}", file.encoding);
        let names: Vec<&str> = file.table.fields.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["图斑编号", "判定结果", "备注"]);
        assert_eq!(texts(&file, 0), ["0012", "违法用地", "含,逗号和\"引号\"\n换行"]);
        assert_eq!(texts(&file, 1), ["1E5", "合法", ""]);
        assert_eq!((file.table.rows.len(), file.table.rows[0].problems.len()), (2, 0));
    }
}

#[test]
fn short_and_long_lines_and_guards_are_taken() {
    let target = target();
    let (_dir, path) = csv("编号,结论\n=\"00123\",违法\n'0045\n7,合法,多出来的\n,\n".as_bytes());
    let file = read_table(&path, &VectorOptions::new(&target)).expect("readable");
    let ids: Vec<String> = (0..file.table.rows.len()).map(|r| texts(&file, r)[0].clone()).collect();
    assert_eq!(ids, ["00123", "0045", "7"]);
    assert_eq!(texts(&file, 2), ["7", "合法", "多出来的"]);
}

#[test]
fn a_workbook_keeps_ids_and_dates_as_people_see_them() {
    let target = target();
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("填报.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("封面").expect("name").write_string(0, 0, "沂源县").expect("cell");
    let sheet = book.add_worksheet().set_name("填报表").expect("name");
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d");
    sheet.write_string(0, 0, "沂源县卫片执法图斑填报表").expect("cell");
    for (i, name) in ["图斑编号", "数字编号", "处置\n日期", "面积（亩）", "混合", "经度", "纬度"].iter().enumerate()
    {
        sheet.write_string(2, i as u16, *name).expect("cell");
    }
    for (r, serial) in [(3u32, 45_356.0), (4, 45_357.0)] {
        sheet.write_string(r, 0, "0012").expect("cell");
        sheet.write_number(r, 1, 370_323_001_001.0 + f64::from(r)).expect("cell");
        sheet.write_number_with_format(r, 2, serial, &date).expect("cell");
        sheet.write_number(r, 3, 1.25).expect("cell");
        sheet.write_number(r, 5, 118.2).expect("cell");
        sheet.write_number(r, 6, 36.2).expect("cell");
    }
    sheet.write_number(3, 4, 12.0).expect("cell");
    sheet.write_string(4, 4, "A12").expect("cell");
    book.save(&path).expect("saved");
    let file = read_table(&path, &VectorOptions::new(&target)).expect("readable");
    assert_eq!((file.layer.as_str(), file.table.rows.len()), ("填报表", 2));
    let names: Vec<&str> = file.table.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["图斑编号", "数字编号", "处置日期", "面积（亩）", "混合", "经度", "纬度"]);
    assert_eq!(texts(&file, 0), ["0012", "370323001004", "2024-03-05", "1.25", "12", "118.2", "36.2"]);
    assert_eq!(file.table.rows[0].values[1], FieldValue::Integer(370_323_001_004));
    let p = file.points[0].expect("a point");
    assert!((p[0] - 39_607_900.0).abs() < 100.0 && (p[1] - 4_008_400.0).abs() < 100.0, "{p:?}");
    assert!(file.notes.iter().any(|n| n.contains("表头在第3行")), "{:?}", file.notes);
    let options = VectorOptions { layer: Some("没有"), ..VectorOptions::new(&target) };
    assert!(matches!(read_table(&path, &options), Err(VectorError::NoSuchLayer { .. })));
}

#[test]
fn a_column_of_outlines_gives_shapes() {
    let target = target();
    let (_dir, path) =
        csv("编号,WKT\n1,\"POLYGON((118.2 36.2,118.201 36.2,118.201 36.201,118.2 36.2))\"\n2,\n".as_bytes());
    let file = read_table(&path, &VectorOptions::new(&target)).expect("readable");
    assert!(file.table.rows[0].shape.is_some() && file.table.rows[1].shape.is_none());
    assert_eq!(file.table.rows[1].problems, ["没有图形"]);
    assert!(file.crs_note.contains("经纬度"), "{}", file.crs_note);
}

#[test]
fn what_is_no_table_is_refused() {
    let target = target();
    for (bytes, word) in [
        (b"".to_vec(), "is empty"),
        (b"PK\x03\x04 no zip at all".to_vec(), "not readable as a table"),
        (vec![0xD0, 0xCF, 0x11, 0xE0, 1, 2, 3], "not readable as a table"),
        (vec![0u8; 300], "not readable as a table"),
        (b"\n\n\n".to_vec(), "not readable as a table"),
    ] {
        let (_dir, path) = csv(&bytes);
        let error = read_table(&path, &VectorOptions::new(&target)).expect_err("no table").to_string();
        assert!(error.contains(word) && !error.contains('\n'), "{error}");
    }
}
