use super::*;
use crate::features::{Feature, FieldDef, FieldKind, FieldValue};
use geo::{Area, wkt};

fn square(x: f64, y: f64, side: f64) -> MultiPolygon<f64> {
    MultiPolygon(vec![geo::Rect::new((x, y), (x + side, y + side)).to_polygon()])
}

fn layer(kind: LayerKind, fields: &[&str], rows: Vec<(&[&str], Shape)>) -> Layer {
    let fields = fields.iter().map(|n| FieldDef { name: n.to_string(), kind: FieldKind::Text }).collect();
    let rows = rows.into_iter().map(|(values, shape)| Feature {
        values: values.iter().map(|v| FieldValue::Text(v.to_string())).collect(),
        shape,
        problems: vec![],
    });
    Layer::new(kind, FeatureTable { fields, rows: rows.collect() })
}

#[test]
fn cropland_is_a_table_of_codes() {
    for code in ["0101", "0102", "0103", "0103K", "011", "012", "013", " 0102 ", "０１０２"] {
        assert!(is_cropland(code), "{code}");
    }
    for code in ["0201", "101", "103", "1006", "1012", "0104", "021", "", "01029", "水田"] {
        assert!(!is_cropland(code), "{code}");
    }
}

#[test]
fn what_overlaps_twice_counts_once() {
    let l = layer(
        LayerKind::Approvals,
        &["PZWH", "项目名称", "PZRQ", "到期时间"],
        vec![
            (&["鲁2024-1", "厂房", "2024/3/5", "20260304"], Some(square(0.0, 0.0, 10.0))),
            (&["鲁2024-2", "厂房", "", "不定"], Some(square(5.0, 0.0, 10.0))),
            (&["", "", "", ""], None),
        ],
    );
    let shape = square(0.0, 0.0, 20.0);
    assert!((l.overlap(&shape) - 150.0).abs() < 1e-6);
    assert!((l.clip(&shape, &|_| true).unsigned_area() - 150.0).abs() < 1e-6);
    assert!((l.overlap_where(&shape, &|f| f.row == 1) - 100.0).abs() < 1e-6);
    assert_eq!(l.overlaps(&shape).len(), 2);
    assert_eq!(l.largest_overlap(&square(9.0, 0.0, 3.0)), Some(1));
    assert_eq!(l.largest_overlap(&square(100.0, 0.0, 3.0)), None);
    assert_eq!(l.overlap(&square(10.0, 10.0, 3.0)), 0.0);
    assert_eq!(l.features[0].code.as_deref(), Some("鲁2024-1"));
    assert_eq!(l.features[0].date.as_deref(), Some("2024-03-05"));
    assert_eq!(l.features[0].expiry.as_deref(), Some("2026-03-04"));
    assert_eq!(l.notes.len(), 2, "{:?}", l.notes);
}

#[test]
fn a_large_polygon_answers_exactly_and_fast() {
    let n = 200_000;
    let ring: Vec<(f64, f64)> = (0..n)
        .map(|k| {
            let t = k as f64 / n as f64 * std::f64::consts::TAU;
            let r = 50_000.0 * (1.0 + 0.05 * (40.0 * t).sin());
            (r * t.cos(), r * t.sin())
        })
        .collect();
    let county = MultiPolygon(vec![geo::Polygon::new(ring.into(), vec![])]);
    let l = layer(LayerKind::Towns, &["XZDM", "XZMC"], vec![(&["370323102", "鲁村镇"], Some(county.clone()))]);
    assert!((l.overlap(&square(-60_000.0, -60_000.0, 120_000.0)) / county.unsigned_area() - 1.0).abs() < 1e-7);
    let started = std::time::Instant::now();
    for i in 0..2_000 {
        let patch = square(-20_000.0 + f64::from(i) * 20.0, 0.0, 15.0);
        assert!((l.overlap(&patch) - 225.0).abs() < 1e-3, "{i}");
    }
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert_eq!((l.features[0].code.as_deref(), l.features[0].name.as_deref()), (Some("370323102"), Some("鲁村镇")));
}

#[test]
fn odd_shapes_do_not_panic() {
    let l = layer(
        LayerKind::Protected,
        &["X"],
        vec![
            (&[""], Some(MultiPolygon(vec![wkt!(POLYGON((0. 0.,10. 10.,10. 0.,0. 10.,0. 0.)))]))),
            (&[""], Some(MultiPolygon(vec![]))),
            (&[""], Some(MultiPolygon(vec![geo::Polygon::new(vec![(f64::NAN, 0.0), (1.0, 1.0)].into(), vec![])]))),
        ],
    );
    for shape in [
        MultiPolygon(vec![]),
        MultiPolygon(vec![geo::Polygon::new(vec![(f64::INFINITY, 0.0), (1.0, 1.0), (2.0, 5.0)].into(), vec![])]),
        MultiPolygon(vec![wkt!(POLYGON((0. 0.,10. 0.,0. 0.)))]),
        square(1e12, 1e12, 1.0),
        square(0.0, 0.0, 1e-12),
        square(0.0, 0.0, 10.0),
    ] {
        assert!(l.overlap(&shape).is_finite());
        let _ = (l.clip(&shape, &|_| true), l.largest_overlap(&shape));
    }
}

#[test]
fn a_layer_without_its_field_says_so() {
    let l = layer(LayerKind::Landuse, &["X"], vec![(&["1"], Some(square(0.0, 0.0, 1.0)))]);
    assert!(l.notes[0].contains("DLBM"), "{:?}", l.notes);
}
