#![allow(clippy::type_complexity)]
use super::*;
use geo::{Area, Polygon, Validation, wkt};

fn repaired(polygons: Vec<Polygon<f64>>) -> (Option<f64>, Vec<String>) {
    let r = repair(polygons);
    if let Some(shape) = &r.shape {
        assert!(shape.is_valid(), "{shape:?}");
    }
    (r.shape.map(|s| s.unsigned_area()), r.problems)
}

#[test]
fn a_good_polygon_is_left_alone() {
    let (area, problems) =
        repaired(vec![wkt!(POLYGON((0. 0.,10. 0.,10. 10.,0. 10.,0. 0.),(2. 2.,2. 4.,4. 4.,4. 2.,2. 2.)))]);
    assert_eq!((area, problems.len()), (Some(96.0), 0));
}

#[test]
fn odd_polygons_are_mended_and_named() {
    let cases: Vec<(&str, Vec<Polygon<f64>>, Option<f64>, &str)> = vec![
        ("bow-tie", vec![wkt!(POLYGON((0. 0.,10. 10.,10. 0.,0. 10.,0. 0.)))], Some(50.0), "自相交"),
        ("spike", vec![wkt!(POLYGON((0. 0.,10. 0.,10. 10.,10. 30.,10. 10.,0. 10.,0. 0.)))], Some(100.0), "自相交"),
        (
            "hole outside",
            vec![wkt!(POLYGON((0. 0.,10. 0.,10. 10.,0. 10.,0. 0.),(20. 20.,22. 20.,22. 22.,20. 20.)))],
            Some(102.0),
            "内环越界",
        ),
        (
            "overlapping parts",
            vec![
                wkt!(POLYGON((0. 0.,10. 0.,10. 10.,0. 10.,0. 0.))),
                wkt!(POLYGON((5. 0.,15. 0.,15. 10.,5. 10.,5. 0.))),
            ],
            Some(150.0),
            "已合并",
        ),
        ("line", vec![wkt!(POLYGON((0. 0.,10. 0.,5. 0.,0. 0.)))], None, "无图形"),
        (
            "nan",
            vec![
                wkt!(POLYGON((0. 0.,10. 0.,10. 10.,0. 10.,0. 0.))),
                Polygon::new(vec![(f64::NAN, 0.0), (1.0, f64::INFINITY), (2.0, 1e300)].into(), vec![]),
            ],
            Some(100.0),
            "坐标无效",
        ),
        ("nothing", vec![], None, "无图形"),
    ];
    for (name, polygons, want, word) in cases {
        let (area, problems) = repaired(polygons);
        match (area, want) {
            (Some(a), Some(w)) => assert!((a - w).abs() < 1e-4, "{name}: {a} is not {w}"),
            (a, w) => assert_eq!(a, w, "{name}"),
        }
        assert!(problems.iter().any(|p| p.contains(word)), "{name}: {problems:?}");
    }
}

#[test]
fn parts_that_touch_at_a_point_are_kept_apart_and_a_shared_border_goes() {
    let (area, problems) = repaired(vec![
        wkt!(POLYGON((0. 0.,10. 0.,10. 10.,0. 10.,0. 0.))),
        wkt!(POLYGON((10. 10.,20. 10.,20. 20.,10. 20.,10. 10.))),
    ]);
    assert_eq!((area, problems.len()), (Some(200.0), 0));
    let (area, problems) = repaired(vec![
        wkt!(POLYGON((0. 0.,10. 0.,10. 10.,0. 10.,0. 0.))),
        wkt!(POLYGON((10. 0.,20. 0.,20. 10.,10. 10.,10. 0.))),
    ]);
    assert!((area.unwrap_or(0.0) - 200.0).abs() < 1e-6);
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn a_ring_of_many_vertices_is_fast_and_its_crossing_is_found() {
    let n = 60_000;
    let circle = |k: usize| {
        let t = k as f64 / n as f64 * std::f64::consts::TAU;
        (1000.0 * t.cos(), 1000.0 * t.sin())
    };
    let good: Vec<(f64, f64)> = (0..n).map(circle).collect();
    assert!(repair(vec![Polygon::new(good.clone().into(), vec![])]).problems.is_empty());
    let mut bad = good;
    bad[100] = (-1500.0, 3.0);
    let r = repair(vec![Polygon::new(bad.into(), vec![])]);
    assert_eq!(r.problems.len(), 1);
    assert!(r.shape.is_some());
}
