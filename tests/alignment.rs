//! A county whose later image is placed wrongly comes out as the county itself; another scene is refused.

#![allow(clippy::unwrap_used)]

use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use std::path::{Path, PathBuf};
use tuban::run::{Progress, ScanRequest, VectorInputs, scan};
use tuban::sample::{SampleParams, generate};

fn request(before: PathBuf, after: PathBuf, list: PathBuf, out: PathBuf) -> ScanRequest {
    ScanRequest {
        vectors: VectorInputs { list: Some(list), ..Default::default() },
        threads: 2,
        ..ScanRequest::new(vec![before], vec![after], out)
    }
}

fn open(path: &Path) -> Dataset {
    let options = DatasetOptions { open_flags: GdalOpenFlags::GDAL_OF_UPDATE, ..Default::default() };
    Dataset::open_ex(path, options).unwrap()
}

#[test]
fn a_shift_is_measured_undone_and_said_and_a_flipped_image_refused() {
    let place = tempfile::tempdir().unwrap();
    let county = place.path().join("county");
    generate(&SampleParams { size_px: 420, seed: 7, ..Default::default() }, &county, &mut |_, _, _| {}).unwrap();
    let run = |after: PathBuf, name: &str| {
        let out = place.path().join(name);
        scan(&request(county.join("before.tif"), after, county.join("list.shp"), out), &Progress::Silent)
    };
    let right = run(county.join("after.tif"), "right").unwrap();
    let own = right.document.run.shift.clone().unwrap();
    assert!(own.resolved && own.length_px < 1.0, "{own:?}");

    // Placed 1.4 px too far west and 0.7 px too far south: the same ground appears further left and down.
    let shifted = place.path().join("shifted.tif");
    std::fs::copy(county.join("after.tif"), &shifted).unwrap();
    let mut file = open(&shifted);
    let mut t = file.geo_transform().unwrap();
    (t[0], t[3]) = (t[0] - 1.4 * t[1], t[3] + 0.7 * t[5]);
    file.set_geo_transform(&t).unwrap();
    drop(file);
    let found = run(shifted, "shifted").unwrap();
    let s = found.document.run.shift.clone().unwrap();
    let (rows, cols) = (s.row_px - own.row_px, s.col_px - own.col_px);
    assert!((rows - 0.7).abs() < 0.06 && (cols + 1.4).abs() < 0.06, "{rows} {cols}");
    let residual = s.residual.unwrap();
    assert!(s.corrected && residual.median_px < 0.2, "{residual:?}");
    // What is found is what was found without the shift, give or take outlines.
    let (a, b) = (right.document.run.counts.changed_pixels as f64, found.document.run.counts.changed_pixels as f64);
    assert!((a / b - 1.0).abs() < 0.1, "{a} {b}");
    let json = &found.manifest["alignment"];
    let ties = json["field"]["ties"].as_array().unwrap();
    for key in ["row", "col", "d_row", "d_col", "strength", "used"] {
        assert!(!ties[0][key].is_null(), "{key} in {}", ties[0]);
    }
    assert!(json["residual"]["p90_px"].as_f64().unwrap() < 0.5);

    let flipped = place.path().join("flipped.tif");
    std::fs::copy(county.join("after.tif"), &flipped).unwrap();
    let file = open(&flipped);
    for k in 1..=file.raster_count() {
        let mut band = file.rasterband(k).unwrap();
        let (cols, rows) = band.size();
        let mut pixels = band.read_as::<f32>((0, 0), (cols, rows), (cols, rows), None).unwrap();
        let turned: Vec<f32> = pixels.data().chunks(cols).rev().flatten().copied().collect();
        pixels.data_mut().copy_from_slice(&turned);
        band.write((0, 0), (cols, rows), &mut pixels).unwrap();
    }
    drop(file);
    let Err(error) = run(flipped, "flipped") else { panic!("a flipped image was accepted") };
    assert_eq!(error.exit_code(), 4);
    assert!(error.to_string().contains("do not show the same ground"), "{error}");
    assert!(!place.path().join("flipped").exists(), "a folder was left behind");
}
