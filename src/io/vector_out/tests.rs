use super::*;
use crate::features::{FeatureTable, bounds};
use crate::io::crs;
use crate::io::vector::{VectorOptions, read_vector};
use geo::{Area, MultiPolygon, wkt};

fn column(name: &str, short: &str, kind: FieldKind, zh: &str) -> OutColumn {
    OutColumn { name: name.into(), short_name: short.into(), kind, width: 0, zh: zh.into() }
}

fn square(x: f64) -> Shape {
    Some(MultiPolygon(vec![geo::Rect::new((x, 4_000_000.0), (x + 20.0, 4_000_020.0)).to_polygon()]))
}

fn text(s: &str) -> FieldValue {
    FieldValue::Text(s.into())
}

fn layer(name: &str) -> OutLayer {
    crate::io::init_gdal();
    let with_hole = wkt!(MULTIPOLYGON(
        ((39500000. 4000000.,39500100. 4000000.,39500100. 4000100.,39500000. 4000100.,39500000. 4000000.),
         (39500010. 4000010.,39500010. 4000020.,39500020. 4000020.,39500020. 4000010.,39500010. 4000010.)),
        ((39500200. 4000000.,39500300. 4000000.,39500300. 4000100.,39500200. 4000000.))));
    OutLayer {
        name: name.into(),
        crs: crs::parse("EPSG:4527").expect("known"),
        spatial: true,
        columns: vec![
            column("id", "ID", FieldKind::Text, "编号"),
            column("理由", "", FieldKind::Text, ""),
            column("area_m2", "AREA_M2", FieldKind::Real, "面积(平方米)"),
            column("relevant", "RELEVANT", FieldKind::Integer, "执法关注"),
        ],
        rows: vec![
            (vec![text("C-1"), FieldValue::Null, FieldValue::Null, FieldValue::Null], None),
            (
                vec![text("0012"), text("疑似未报(瞒报)"), FieldValue::Real(1234.5678), FieldValue::Integer(1)],
                Some(with_hole),
            ),
            (
                vec![text("C-3"), text(&"长".repeat(300)), FieldValue::Real(f64::NAN), FieldValue::Integer(-7)],
                square(39_500_400.0),
            ),
        ],
        style: Some(OutStyle { name: "按类型".into(), qml: "<qgis version=\"3\"/>".into(), sld: String::new() }),
    }
}

fn read(path: &Path, name: Option<&str>) -> FeatureTable {
    let target = crs::parse("EPSG:4527").expect("known");
    let options = VectorOptions { layer: name, ..VectorOptions::new(&target) };
    let file = read_vector(path, &options).expect("readable");
    assert!(
        file.crs_note.contains("文件声明") || file.table.rows.iter().all(|r| r.shape.is_none()),
        "{}",
        file.crs_note
    );
    file.table
}

#[test]
fn a_geopackage_holds_every_row_in_order_and_its_style() {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("结果 parcels.gpkg");
    let mut empty = layer("空层");
    empty.rows.clear();
    empty.style = None;
    let mut shapeless = layer("shapeless");
    shapeless.rows.iter_mut().for_each(|r| r.1 = None);
    shapeless.columns[0].name = "FID".into();
    shapeless.columns[1].name = "Geom".into();
    shapeless.columns[2].name = "geom".into();
    write_gpkg(&path, &[layer("candidates"), empty, shapeless]).expect("written");
    let back = read(&path, Some("candidates"));
    let want = layer("candidates");
    assert_eq!(back.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["id", "理由", "area_m2", "relevant"]);
    assert_eq!(back.rows.len(), 3);
    for (b, w) in back.rows.iter().zip(&want.rows) {
        assert_eq!(b.values[0], w.0[0]);
        assert_eq!(b.values[1], w.0[1]);
        assert_eq!(b.shape.as_ref().map(|s| s.unsigned_area()), w.1.as_ref().map(|s| s.unsigned_area()));
        assert_eq!(b.shape.as_ref().and_then(bounds), w.1.as_ref().and_then(bounds));
    }
    assert_eq!(back.rows[2].values[2], FieldValue::Null);
    assert_eq!(back.rows[1].values[2], FieldValue::Real(1234.5678));
    let back = read(&path, Some("空层"));
    assert_eq!((back.fields.len(), back.rows.len()), (4, 0));
    let back = read(&path, Some("shapeless"));
    assert_eq!(back.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["FID", "Geom", "geom_2", "relevant"]);
    assert_eq!(back.rows.len(), 3);
    let styles = read(&path, Some("layer_styles"));
    let row: Vec<String> = styles.rows[0].values.iter().map(FieldValue::text).collect();
    assert_eq!(row[..8], ["", "", "candidates", "geom", "按类型", "<qgis version=\"3\"/>", "", "1"]);
    assert_eq!(styles.rows.len(), 2);
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let dir = tempfile::tempdir().expect("folder");
    let bytes = |name: &str| {
        let path = dir.path().join(name);
        write_gpkg(&path, &[layer("candidates"), layer("patches")]).expect("written");
        std::fs::read(&path).expect("there")
    };
    let first = bytes("a.gpkg");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(first == bytes("b.gpkg"), "two writings differ");
    let shp = |sub: &str| {
        let to = dir.path().join(sub);
        std::fs::create_dir(&to).expect("folder");
        write_shapefile(&to, &layer("candidates")).expect("written");
        let mut files: Vec<_> = std::fs::read_dir(&to).expect("there").flatten().map(|e| e.path()).collect();
        files.sort();
        files
            .iter()
            .map(|f| (f.file_name().map(|n| n.to_owned()), std::fs::read(f).expect("there")))
            .collect::<Vec<_>>()
    };
    assert_eq!(shp("s1"), shp("s2"));
}

#[test]
fn a_shapefile_is_gbk_and_says_so_twice() {
    let dir = tempfile::tempdir().expect("folder");
    let mut l = layer("patches");
    l.columns[3].name = "另一个".into();
    l.columns[3].short_name = "AREA_M2".into();
    l.rows[1].0[1] = text("𠮷野家\n€");
    let notes = write_shapefile(dir.path(), &l).expect("written");
    assert_eq!(notes.len(), 2, "{notes:?}");
    let names: Vec<String> = std::fs::read_dir(dir.path())
        .expect("there")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into())
        .collect();
    assert_eq!(names.len(), 5, "{names:?}");
    let dbf = std::fs::read(dir.path().join("patches.dbf")).expect("there");
    assert_eq!(dbf[29], 0x4D);
    assert_eq!(std::fs::read_to_string(dir.path().join("patches.cpg")).expect("there"), "GBK");
    let header = std::fs::read(dir.path().join("patches.shp")).expect("there");
    assert_eq!(header[36..44], 39_500_000.0f64.to_le_bytes(), "a first row without geometry is not at (0, 0)");
    let target = crs::parse("EPSG:4527").expect("known");
    let file = read_vector(&dir.path().join("patches.shp"), &VectorOptions::new(&target)).expect("readable");
    assert!(file.encoding.contains("cpg"), "{}", file.encoding);
    assert!(file.notes.iter().all(|n| n.contains("没有可用的图形")), "{:?}", file.notes);
    let names: Vec<&str> = file.table.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["ID", "F2", "AREA_M2", "AREA_M2_2"]);
    assert_eq!(file.table.rows.len(), 3);
    assert!(file.table.rows[0].shape.is_none());
    assert_eq!(file.table.rows[0].values[1], FieldValue::Null);
    assert_eq!(file.table.rows[1].values[0], text("0012"));
    assert_eq!(file.table.rows[1].values[1], text("?野家 ?"));
    assert_eq!(file.table.rows[2].values[1], text(&"长".repeat(127)));
    assert_eq!(file.table.rows[2].values[3], FieldValue::Integer(-7));
    let area = file.table.rows[1].shape.as_ref().map(|s| s.unsigned_area());
    assert!((area.unwrap_or(0.0) - 14_900.0).abs() < 1e-3, "{area:?}");
    // Without the companion that names the set, the language byte is enough; with neither, the bytes are.
    std::fs::remove_file(dir.path().join("patches.cpg")).expect("there");
    let file = read_vector(&dir.path().join("patches.shp"), &VectorOptions::new(&target)).expect("readable");
    assert!(file.encoding.contains("语言字节"), "{}", file.encoding);
    let mut bare = dbf;
    bare[29] = 0;
    std::fs::write(dir.path().join("patches.dbf"), bare).expect("written");
    let file = read_vector(&dir.path().join("patches.shp"), &VectorOptions::new(&target)).expect("readable");
    assert!(file.encoding.contains("不是UTF-8"), "{}", file.encoding);
    assert_eq!(file.table.rows[2].values[1], text(&"长".repeat(127)));
}

#[test]
fn an_empty_shapefile_has_its_fields() {
    let dir = tempfile::tempdir().expect("folder");
    let mut l = layer("none");
    l.rows.clear();
    write_shapefile(dir.path(), &l).expect("written");
    let back = read(&dir.path().join("none.shp"), None);
    assert_eq!((back.fields.len(), back.rows.len()), (4, 0));
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let dir = tempfile::tempdir().expect("folder");
    let missing = dir.path().join("no such folder").join("x.gpkg");
    let error = write_gpkg(&missing, &[layer("a")]).expect_err("no folder").to_string();
    assert!(error.contains("cannot be written") && !error.contains('\n'), "{error}");
    let mut bad = layer("a");
    bad.rows[0].0.pop();
    assert!(write_gpkg(&dir.path().join("x.gpkg"), &[bad.clone()]).is_err());
    assert!(write_shapefile(dir.path(), &bad).is_err());
    let mut twice = layer("b");
    twice.style = None;
    assert!(write_gpkg(&dir.path().join("x.gpkg"), &[twice.clone(), twice]).is_err());
    // The name is taken by a folder with something in it.
    std::fs::create_dir_all(dir.path().join("taken.gpkg/inside")).expect("folder");
    assert!(write_gpkg(&dir.path().join("taken.gpkg"), &[layer("a")]).is_err());
    let left: Vec<_> = std::fs::read_dir(dir.path()).expect("there").flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["taken.gpkg"]);
}
