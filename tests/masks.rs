//! Masks from files to files: mask rasters, quality bands, clouds that are found, and none of it dependent on tiles.

#![allow(clippy::unwrap_used)]

use gdal::raster::{Buffer, GdalType};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};
use std::path::{Path, PathBuf};
use tuban::config::with_overrides;
use tuban::run::{Progress, RunOutcome, ScanRequest, scan};
use tuban::sample::{SampleParams, generate};

const SIDE: usize = 160;
const PLACE: [f64; 6] = [39_607_796.0, 2.0, 0.0, 4_008_530.0, 0.0, -2.0];

fn write<T: GdalType + Copy>(path: &Path, side: usize, place: [f64; 6], bands: &[(&str, &dyn Fn(usize, usize) -> T)]) {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut data = driver.create_with_band_type::<T, _>(path, side, side, bands.len()).unwrap();
    data.set_geo_transform(&place).unwrap();
    data.set_spatial_ref(&SpatialRef::from_definition("EPSG:4527").unwrap()).unwrap();
    for (k, (name, value)) in bands.iter().enumerate() {
        let mut band = data.rasterband(k + 1).unwrap();
        band.set_description(name).unwrap();
        let values = (0..side * side).map(|i| value(i / side, i % side)).collect();
        band.write((0, 0), (side, side), &mut Buffer::new((side, side), values)).unwrap();
    }
    data.flush_cache().unwrap();
}

fn land(band: usize, later: bool) -> impl Fn(usize, usize) -> u16 {
    move |r, c| {
        let field = ((r / 16) * 7 + (c / 16) * 13) % 11;
        let texture = (r * 31 + c * 17 + (r * c) % 23) % 19;
        let value = 300 + 60 * field + 4 * texture + 90 * band;
        (if later && (90..110).contains(&r) && (20..50).contains(&c) { 2200 + r % 5 } else { value }) as u16
    }
}

/// An image, with a scene classification when given.
fn image(path: &Path, later: bool, scl: Option<&dyn Fn(usize, usize) -> u16>) {
    let values = [0, 1, 2, 3].map(|k| land(k, later));
    let mut bands: Vec<(&str, &dyn Fn(usize, usize) -> u16)> = ["blue", "green", "red", "nir"]
        .into_iter()
        .zip(values.iter().map(|v| v as &dyn Fn(usize, usize) -> u16))
        .collect();
    bands.extend(scl.map(|s| ("SCL", s)));
    write::<u16>(path, SIDE, PLACE, &bands);
}

fn request(before: PathBuf, after: PathBuf, out: PathBuf) -> ScanRequest {
    ScanRequest { threads: 2, tile: 64, ..ScanRequest::new(vec![before], vec![after], out) }
}

fn codes(path: &Path) -> Vec<u8> {
    let data = Dataset::open(path).unwrap();
    let size = data.raster_size();
    data.rasterband(1).unwrap().read_as::<u8>((0, 0), size, size, None).unwrap().data().to_vec()
}

/// Area of a reason in `run.json`, by source, in pixels of 4 m2.
fn masked(outcome: &RunOutcome, date: &str, source: &str, reason: &str) -> f64 {
    let all = outcome.manifest["masked"].as_array().unwrap();
    let is = |m: &&serde_json::Value| m["date"] == date && m["source"] == source && m["reason"] == reason;
    all.iter().find(is).map_or(0.0, |m| m["area"]["m2"].as_f64().unwrap() / 4.0)
}

#[test]
fn a_mask_file_of_another_grid_is_cannot_judge() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    image(&at("before.tif"), false, None);
    image(&at("after.tif"), true, None);
    // Pixels of 8 m, the corner 16 m north-west: 0 clear, 1 cloud, 2 shadow.
    let place = [PLACE[0] - 16.0, 8.0, 0.0, PLACE[3] + 16.0, 0.0, -8.0];
    let value = |r: usize, c: usize| if r < 12 { u8::from(c < 22) } else { u8::from(c > 35) * 2 };
    write::<u8>(&at("clouds.tif"), 50, place, &[("", &value)]);
    let mut request = request(at("before.tif"), at("after.tif"), at("out"));
    request.after_mask = vec![at("clouds.tif")];
    let outcome = scan(&request, &Progress::Silent).unwrap();
    let change = codes(&at("out/change.tif"));
    // Mask rows 2..12 are image rows 0..40; columns 2..22 are 0..80; columns 36.. are 136...
    let wanted = |r: usize, c: usize| if r < 40 { c < 80 } else { c >= 136 };
    let wrong = (0..SIDE * SIDE).filter(|i| (change[*i] == 255) != wanted(i / SIDE, i % SIDE)).count();
    assert_eq!(wrong, 0, "pixels judged under the mask or not judged beside it");
    assert!(change[100 * SIDE + 35] == 1, "the building beside the mask is found");
    // Without a table everything but 0 is cloud.
    let (cloud, pixels) = (masked(&outcome, "after", "given", "cloud"), (40 * 80 + 120 * 24) as f64);
    assert!((cloud / pixels - 1.0).abs() < 0.01, "{cloud} of {pixels}");
    assert!(outcome.document.run.after.masks.len() == 1 && outcome.document.run.before.masks.is_empty());
    // With one, codes have meanings.
    request.pipeline = with_overrides(&request.pipeline, &["mask.file={cloud=[1],shadow=[2]}".into()]).unwrap();
    let outcome = scan(&request, &Progress::Silent).unwrap();
    let (cloud, shadow) = (masked(&outcome, "after", "given", "cloud"), masked(&outcome, "after", "given", "shadow"));
    assert!((cloud / 3200.0 - 1.0).abs() < 0.01 && (shadow / 2880.0 - 1.0).abs() < 0.01, "{cloud} {shadow}");
    let reasons: Vec<_> = outcome.document.not_judged.iter().map(|n| n.reason.code()).collect();
    assert!(reasons.contains(&"cloud") && reasons.contains(&"shadow"), "{reasons:?}");
}

#[test]
fn a_scene_classification_in_the_image_masks_and_measures_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    image(&at("before.tif"), false, None);
    let scl = |r: usize, c: usize| match (r, c) {
        (0..30, _) => 9,
        (30..50, 0..40) => 3,
        (150.., _) => 11,
        (_, 150..) => 0,
        _ => 4,
    };
    image(&at("after.tif"), true, Some(&scl));
    let outcome = scan(&request(at("before.tif"), at("after.tif"), at("out")), &Progress::Silent).unwrap();
    assert_eq!(outcome.document.run.bands, ["blue", "green", "red", "nir"]);
    let change = codes(&at("out/change.tif"));
    let wrong = (0..SIDE * SIDE).filter(|i| (change[*i] == 255) != (scl(i / SIDE, i % SIDE) != 4)).count();
    assert_eq!(wrong, 0);
    let px = |reason| masked(&outcome, "after", "given", reason).round();
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 0.01;
    assert!(near(px("cloud"), 4800.0) && near(px("shadow"), 800.0) && near(px("snow"), 1600.0));
    let at_code = |code: &str| outcome.document.run.areas.not_judged.iter().find(|r| r.reason.code() == code);
    assert!(at_code("nodata").is_some() && at_code("snow").is_some());
}

#[test]
fn clouds_of_a_generated_county_are_not_judged_whatever_the_tiles() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let params = SampleParams { size_px: 700, seed: 4, gsd_m: 5.0, clouds: 0.12, ..Default::default() };
    generate(&params, &at("county"), &mut |_, _, _| {}).unwrap();
    let mut first: Option<Vec<u8>> = None;
    for (threads, tile) in [(1, 512), (2, 200), (3, 1000)] {
        let out = at(&format!("run-{tile}"));
        let mut request = request(at("county/before.tif"), at("county/after.tif"), out.clone());
        (request.threads, request.tile) = (threads, tile);
        let outcome = scan(&request, &Progress::Silent).unwrap();
        let change = codes(&out.join("change.tif"));
        let Some(wanted) = &first else {
            let clouds = codes(&at("county/cloud_after.tif"));
            assert_eq!(clouds.len(), change.len());
            let share = |code: u8| {
                let of: Vec<usize> = (0..clouds.len()).filter(|i| clouds[*i] == code).collect();
                of.iter().filter(|i| change[**i] == 255).count() as f64 / of.len().max(1) as f64
            };
            let (clear, cloud, shadow) = (share(0), share(1), share(2));
            assert!(cloud > 0.9 && shadow > 0.6, "cloud {cloud}, shadow {shadow}");
            // Of which 6 in a hundred are the images' slanted edges.
            assert!(clear < 0.13, "{clear} of the clear ground not judged");
            let said = outcome.document.run.warnings.iter().any(|w| w.contains("检测到云"));
            assert!(said && outcome.manifest["masks"]["detected"]["weather"][1]["cloudy"] == true);
            first = Some(change);
            continue;
        };
        assert!(change == *wanted, "{threads} threads, tile {tile}: another change map");
    }
}
