use crate::evaluate::pixels::drawn_truth;
use crate::evaluate::*;
use crate::grid::{Affine, Window};
use crate::report::Lang;
use crate::vectorise::PixelPolygons;
use geo::{MultiPolygon, polygon};
use ndarray::array;
use proptest::prelude::*;

/// Recipe A on Taizhou; kappa and F1 as published for these counts.
const TAIZHOU: Confusion = Confusion { tp: 4161, fp: 30, fn_: 66, tn: 17133 };

fn near(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|v| (v - expected).abs() < 5e-4)
}

#[test]
fn figures_of_a_known_matrix() {
    assert!(near(TAIZHOU.oa(), 0.9955));
    assert!(near(TAIZHOU.kappa(), 0.9858));
    assert!(near(TAIZHOU.precision(), 0.9928));
    assert!(near(TAIZHOU.recall(), 0.9844));
    assert!(near(TAIZHOU.f1(), 0.9886));
    assert!(near(TAIZHOU.iou(), 0.9774));
    // 0.1 % changed: 0.9844 x 0.001 against 30 / 17163 x 0.999.
    assert!(near(TAIZHOU.precision_at(0.001), 0.3605));
}

#[test]
fn what_labels_cannot_say_is_none_and_not_zero() {
    let none = Confusion::default();
    assert!(
        [none.oa(), none.kappa(), none.precision(), none.recall(), none.f1(), none.iou()].iter().all(Option::is_none)
    );
    let quiet = Confusion { tn: 10, ..none };
    assert_eq!((quiet.oa(), quiet.kappa(), quiet.f1()), (Some(1.0), None, None));
    let missed = Confusion { fn_: 3, tn: 10, ..none };
    assert_eq!(
        (missed.precision(), missed.f1(), missed.recall(), missed.kappa()),
        (None, Some(0.0), Some(0.0), Some(0.0))
    );
}

#[test]
fn not_judging_buys_nothing() {
    let mut counts = PixelCounts::new(true);
    let change = array![[0u8, 1, 255, 255], [1, 0, 255, 1]];
    let truth = array![[1u8, 2, 2, 1], [1, 2, 0, 0]];
    let score = array![[1u16, 900, 800, 700], [600, 2, 500, 400]];
    count_tile(&mut counts, change.view(), truth.view(), Some(score.view()));
    assert_eq!(counts.confusion, Confusion { tp: 1, fp: 1, fn_: 2, tn: 2 });
    assert_eq!((counts.judged_labels, counts.judged), (4, 5));
    assert_eq!(counts.judged_percent(), Some(4.0 * 100.0 / 6.0));
    // Ranked: changed 900, unchanged 600, changed 2, unchanged 1, one of each with 0.
    let expected = 1.0 / 3.0 + (2.0 / 3.0) / 3.0 + 0.5 / 3.0;
    assert!(near(counts.scores.unwrap().average_precision(), expected));
}

/// sklearn.metrics.average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) = 0.8333, the example of its manual.
#[test]
fn average_precision_of_the_manual() {
    let mut h = ScoreHistogram::default();
    for (changed, score) in [(false, 100), (false, 400), (true, 350), (true, 800)] {
        h.add(changed, score);
    }
    assert!(near(h.average_precision(), 0.8333));
    assert_eq!(h.best_kappa(), Some((0.5, 800)));
    assert_eq!(ScoreHistogram::default().average_precision(), None);
}

#[test]
fn polygons_take_the_pixels_whose_centre_they_hold() {
    let shape = |x0: f64, y0: f64, x1: f64, y1: f64| {
        MultiPolygon(vec![polygon![(x: x0, y: y0), (x: x1, y: y0), (x: x1, y: y1), (x: x0, y: y1)]])
    };
    // Grid of 1 m pixels, y down from 10.
    let affine = Affine([0.0, 1.0, 0.0, 10.0, 0.0, -1.0]);
    let shapes = [shape(1.4, 7.6, 3.4, 9.4), shape(3.5, 0.0, 4.5, 1.5)];
    let polygons = PixelPolygons::new(shapes.iter().map(Some), &affine);
    let window = Window { row: 0, col: 0, rows: 4, cols: 5 };
    assert_eq!(
        drawn_truth(&polygons, window),
        array![[1, 1, 1, 1, 1], [1, 2, 2, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]]
    );
    let whole = drawn_truth(&polygons, Window { rows: 10, cols: 6, ..window });
    for window in [Window { row: 7, col: 2, rows: 3, cols: 4 }, Window { row: 1, col: 1, rows: 2, cols: 1 }] {
        let (r, c) = (window.row as usize, window.col as usize);
        let cut = whole.slice(ndarray::s![r..r + window.rows, c..c + window.cols]);
        assert_eq!(drawn_truth(&polygons, window), cut);
    }
    // A centre on an edge belongs to the polygon below it and to the right, so that neighbours share no pixel.
    assert_eq!(whole.iter().filter(|v| **v == 2).count(), 4);
}

fn square(x: f64, y: f64, side: f64, kind: &str) -> EvalPolygon {
    let p = polygon![(x: x, y: y), (x: x + side, y: y), (x: x + side, y: y + side), (x: x, y: y + side)];
    EvalPolygon { shape: MultiPolygon(vec![p]), area_m2: side * side, kind: Some(kind.into()), relevant: Some(true) }
}

#[test]
fn the_enforcement_match() {
    let east = 39_600_000.0;
    let truth = [
        square(east, 0.0, 10.0, "earthwork"), // covered by two pieces: found, split
        square(east + 100.0, 0.0, 30.0, "new_building"), // 4 of 9 covered: missed
        square(east + 200.0, 0.0, 10.0, "new_building"), // these two by one parcel: found, merged
        square(east + 210.0, 0.0, 10.0, "new_building"),
        square(east + 300.0, 0.0, 100.0, "linear"), // swallowed by a parcel nine times its size: missed
    ];
    let predicted = [
        square(east, 0.0, 6.0, "earthwork"),
        square(east, 6.0, 4.0, "other"),
        square(east + 6.0, 0.0, 4.0, "other"),
        square(east + 100.0, 0.0, 20.0, "new_building"),
        square(east + 200.0, 0.0, 20.0, "earthwork"),
        square(east + 200.0, 500.0, 20.0, "earthwork"), // nothing there: false
        square(east + 300.0, 0.0, 300.0, "linear"),
    ];
    let s = score_parcels(&truth, &predicted, 2e6);
    assert_eq!((s.truth, s.found, s.predicted, s.right), (5, 3, 7, 5));
    assert_eq!((s.split, s.merged), (1, 1));
    assert_eq!(s.recall, Some(0.6));
    assert!(near(s.precision, 5.0 / 7.0));
    assert!(near(s.area_weighted_recall, 300.0 / 11_200.0));
    assert_eq!(s.false_per_km2, Some(1.0));
    let sizes: Vec<_> = s.by_size.iter().map(|r| (r.truth, r.found)).collect();
    assert_eq!(sizes, [(3, 3), (1, 0), (0, 0), (1, 0), (0, 0), (0, 0)]);
    assert_eq!(s.by_size[2].recall, None);
    let kinds: Vec<_> = s.by_kind.iter().map(|k| (k.kind.as_str(), k.truth, k.found, k.same_kind)).collect();
    assert_eq!(kinds, [("new_building", 3, 2, Some(0)), ("earthwork", 1, 1, Some(1)), ("linear", 1, 0, Some(0))]);
}

#[test]
fn no_parcels_and_no_truth() {
    let none = score_parcels(&[], &[], 0.0);
    assert_eq!((none.recall, none.precision, none.false_per_km2), (None, None, None));
    let silent = score_parcels(&[square(0.0, 0.0, 10.0, "x")], &[], 1e6);
    assert_eq!((silent.recall, silent.precision, silent.false_per_km2), (Some(0.0), None, Some(0.0)));
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let mut counts = PixelCounts::new(false);
    counts.confusion = TAIZHOU;
    counts.judged_labels = TAIZHOU.total();
    let mut result = EvaluationResult::from_pixels("change.tif".into(), "truth.gpkg".into(), "polygons", &counts);
    result.parcels = Some(score_parcels(&[square(0.0, 0.0, 10.0, "x")], &[], 1e6));
    let json: serde_json::Value = serde_json::from_str(&result.to_json().unwrap()).unwrap();
    for key in "tp fp fn tn oa kappa precision recall f1 iou average_precision judged_percent".split(' ') {
        assert!(json.get(key).is_some(), "{key}");
    }
    for key in "truth found recall precision area_weighted_recall false_per_km2".split(' ') {
        assert!(json["parcels"].get(key).is_some(), "{key}");
    }
    assert_eq!((&json["fn"], &json["average_precision"]), (&66.into(), &serde_json::Value::Null));
    assert!(result.to_text(Lang::Zh).contains("Kappa 系数: 0.9858"));
    assert!(result.to_text(Lang::En).contains("kappa: 0.9858"));
}

proptest! {
    #[test]
    fn counts_do_not_depend_on_the_cut(pixels in proptest::collection::vec((0u8..3, 0u8..3, 0u16..5), 24), cut in 0usize..6) {
        let grid = |f: fn(&(u8, u8, u16)) -> u16| {
            ndarray::Array2::from_shape_vec((4, 6), pixels.iter().map(f).collect()).unwrap()
        };
        let change = grid(|p| [0, 1, 255][p.0 as usize]).mapv(|v| v as u8);
        let truth = grid(|p| p.1.into()).mapv(|v| v as u8);
        let score = grid(|p| p.2);
        let mut whole = PixelCounts::new(true);
        count_tile(&mut whole, change.view(), truth.view(), Some(score.view()));
        let mut merged = PixelCounts::new(true);
        for part in [ndarray::s![.., cut..], ndarray::s![.., ..cut]] {
            let mut counts = PixelCounts::new(true);
            count_tile(&mut counts, change.slice(part), truth.slice(part), Some(score.slice(part)));
            merged.merge(&counts);
        }
        prop_assert_eq!(&merged, &whole);
        // The threshold that the mask stands for can be no better than the best one.
        if let (Some(best), Some(c)) = (whole.scores.as_ref().and_then(|s| s.best_kappa()), whole.confusion.kappa()) {
            prop_assert!(best.0 >= -1.0 && c <= 1.0);
        }
    }
}
