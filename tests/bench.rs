//! `tuban bench` from nothing: a tiny county, every stress case, the shape of what comes out.

#![allow(clippy::unwrap_used)]

use ndarray::Array2;
use std::path::Path;
use tuban::bench::{BenchRequest, bench, parse};
use tuban::config::Pipeline;
use tuban::report::Lang;
use tuban::run::{Pool, Progress, ScanRequest, detect, scan};
use tuban::sample::{SampleParams, generate};

const TINY: &str = "schema = 1
[samples]
size-px = 160
seeds = [5]
[claims]
size-px = 640
seeds = [5]
radiometries = [1]
[bootstrap]
repetitions = 20
[stress]
shifts-px = [1.12]
dilution-percents = [30.0]
";

fn request(out: Option<&Path>, threads: usize) -> BenchRequest {
    BenchRequest {
        samples: None,
        baselines: true,
        definition: parse("tiny", TINY).unwrap(),
        pipeline: Pipeline::default(),
        pipeline_name: "default".into(),
        out: out.map(Path::to_path_buf),
        lang: Lang::En,
        threads,
        max_memory: 2 << 30,
    }
}

/// Everything but the speed, which no two runs share.
fn steady(json: &str) -> serde_json::Value {
    let mut value: serde_json::Value = serde_json::from_str(json).unwrap();
    let object = value.as_object_mut().unwrap();
    for key in ["throughput", "seconds"] {
        object.remove(key);
    }
    value
}

#[test]
fn a_tiny_county_from_nothing_to_tables() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bench");
    let result = bench(&request(Some(&out), 2), &Progress::Silent).unwrap();
    let json = std::fs::read_to_string(out.join("results.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let tile = &value["tiles"][0];
    assert_eq!((tile["set"].as_str(), tile["tile"].as_str()), (Some("county"), Some("seed-5")));
    let codes: Vec<&str> = tile["methods"].as_array().unwrap().iter().map(|m| m["method"].as_str().unwrap()).collect();
    assert_eq!(codes, ["tuban", "all-unchanged", "cva-z-otsu", "irmad-otsu"]);
    for method in tile["methods"].as_array().unwrap() {
        let keys = ["oa", "kappa", "precision", "recall", "f1", "iou", "average_precision", "oracle_kappa"];
        keys.iter().for_each(|k| assert!(method["pixels"].get(k).is_some(), "{k} is missing in {method}"));
        assert_eq!(method["pixels"]["precision_at_prevalence"].as_array().unwrap().len(), 4);
        for key in ["recall", "recall_iou_25", "recall_iou_50", "split", "merged", "by_size", "false_per_km2"] {
            assert!(method["blobs"].get(key).is_some(), "{key} is missing in {method}");
        }
    }
    let claims = &value["claims"][0];
    assert_eq!((claims["set"].as_str(), claims["tile"].as_str()), (Some("claims"), Some("seed-5-radiometry-1")));
    let count = |of: &serde_json::Value, key: &str| of[key].as_u64().unwrap();
    assert!(count(claims, "rows") > 0 && count(claims, "right") > 0 && count(claims, "right") <= count(claims, "rows"));
    let bins = value["reliability"].as_array().unwrap();
    assert_eq!(bins.iter().map(|b| b["from"].as_f64().unwrap()).collect::<Vec<_>>(), [0.9, 0.8, 0.7, 0.6, 0.0]);
    let given: u64 = bins.iter().map(|b| count(b, "verdicts")).sum();
    assert_eq!(given + count(claims, "not_judged"), count(claims, "rows"));
    let ours = &tile["methods"][0];
    assert!(ours["kappa_interval"][0].as_f64() <= ours["pixels"]["kappa"].as_f64(), "{ours}");
    assert_eq!(tile["methods"][1]["pixels"]["kappa"].as_f64(), Some(0.0));
    // Every case was measured for every method that looks at pixels, or it says why not.
    let cases = [
        "shift-1.12px",
        "gain",
        "offset",
        "haze",
        "noise",
        "no-change",
        "dilution-30%",
        "clouds",
        "borders",
        "quadrants",
        "other-crs",
        "resolution-1.5x",
    ];
    for case in cases {
        let rows = result.stress.iter().filter(|s| s.case == case).count();
        let why = result.skipped.iter().find(|s| s.what.ends_with(case));
        assert!(rows == 3 || why.is_some(), "{case}: {rows} rows, {why:?}");
    }
    let row = |case: &str| result.stress.iter().find(|s| s.case == case).unwrap();
    assert_eq!(row("no-change").kappa, None, "nothing changed, so kappa says nothing");
    assert!(row("clouds").cloud_flagged_percent.is_some() && row("gain").cloud_flagged_percent.is_none());
    assert!(row("borders").judged_percent < row("gain").judged_percent);
    assert!(row("gain").loss.unwrap().abs() < 0.3, "{:?}", row("gain"));
    let speed = &value["throughput"][0];
    assert!(speed["ratio"].as_f64() > Some(0.0) && speed["megapixels_per_s"].as_f64() > Some(0.0), "{speed}");
    let markdown = std::fs::read_to_string(out.join("results.md")).unwrap();
    assert!(markdown.contains("| county | seed-5 | cva-z-otsu |"), "{markdown}");
    let csv = std::fs::read_to_string(out.join("results.csv")).unwrap();
    assert!(csv.starts_with("set,tile,case,method,figure,value\n") && csv.contains("county,seed-5,gain,tuban,loss,"));
    let picture = std::fs::read(out.join("pictures/county_seed-5.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    // Again into the same folder, with another number of threads: the same figures.
    bench(&request(Some(&out), 1), &Progress::Silent).unwrap();
    assert_eq!(steady(&json), steady(&std::fs::read_to_string(out.join("results.json")).unwrap()));
}

#[test]
fn a_folder_in_use_is_refused_and_memory_is_promised() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.txt"), b"dear").unwrap();
    let e = bench(&request(Some(folder.path()), 1), &Progress::Silent).unwrap_err();
    assert_eq!(e.exit_code(), 6, "{e}");
    let e = bench(&BenchRequest { max_memory: 100 << 20, ..request(None, 1) }, &Progress::Silent).unwrap_err();
    assert_eq!(e.exit_code(), 7, "{e}");
    assert!(e.to_string().contains("county/seed-5"), "{e}");
}

#[test]
fn detection_is_what_a_scan_writes() {
    let folder = tempfile::tempdir().unwrap();
    let county = folder.path().join("county");
    let params = SampleParams { size_px: 600, seed: 3, gsd_m: 2.0, clouds: 0.0, radiometry: 0, threads: 0 };
    generate(&params, &county, &mut |_, _, _| {}).unwrap();
    let (before, after) = (vec![county.join("before.tif")], vec![county.join("after.tif")]);
    let out = folder.path().join("run");
    let mut scanned = ScanRequest {
        threads: 2,
        tile: 256,
        max_memory: 2 << 30,
        lang: Lang::En,
        ..ScanRequest::new(before.clone(), after.clone(), out.clone())
    };
    let map = |request: &ScanRequest| {
        scan(request, &Progress::Silent).unwrap();
        let written = gdal::Dataset::open(out.join("change.tif")).unwrap();
        let values = written.rasterband(1).unwrap().read_as::<u8>((0, 0), (600, 600), (600, 600), None).unwrap();
        Array2::from_shape_vec((600, 600), values.data().to_vec()).unwrap()
    };
    let with_forest = map(&scanned);
    scanned.pipeline.landcover.model = "rules".into();
    let written = map(&scanned);
    let found = detect(&before, &after, &Pipeline::default(), &Pool::new(1).unwrap(), &Progress::Silent).unwrap();
    let differing = written.iter().zip(&found.change).filter(|(a, b)| a != b).count();
    assert_eq!(differing, 0, "pixels of change.tif that detection sees otherwise");
    assert!(found.change.iter().any(|c| *c == 1));
    // A forest adds works that changed less, and takes nothing away.
    let added = with_forest.iter().zip(&found.change).filter(|(with, without)| with != without);
    assert!(added.clone().all(|(with, without)| (*with, *without) == (1, 0)));
    assert!(added.count() < 600 * 600 / 50, "second looks should be few");
}
