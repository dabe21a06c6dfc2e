#![allow(clippy::unwrap_used)]

use super::*;
use crate::crosscheck::{Claim, Verdict};
use crate::grid::Window;
use crate::parcels::Kind;
use gdal::vector::LayerAccess;
use gdal::{Dataset, Metadata};
use std::collections::BTreeSet;

fn small(size_px: usize, threads: usize) -> SampleParams {
    SampleParams { size_px, threads, ..SampleParams::default() }
}

fn quiet(params: &SampleParams, out: &Path) -> Result<SampleSummary, SampleError> {
    generate(params, out, &mut |_, _, _| {})
}

#[test]
fn any_number_of_threads_gives_the_same_files() {
    let dir = tempfile::tempdir().unwrap();
    let params = SampleParams { clouds: 0.1, ..small(600, 1) };
    let one = quiet(&params, &dir.path().join("one")).unwrap();
    let three = quiet(&SampleParams { threads: 3, ..params }, &dir.path().join("three")).unwrap();
    assert_eq!(one, three);
    let mut names: Vec<_> =
        std::fs::read_dir(dir.path().join("one")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let a = std::fs::read(dir.path().join("one").join(&name)).unwrap();
        let b = std::fs::read(dir.path().join("three").join(&name)).unwrap();
        assert!(a == b, "{name:?} differs");
    }
}

#[test]
fn a_pixel_does_not_depend_on_its_tile() {
    let scene = params::Scene::new(&SampleParams { clouds: 0.2, ..small(512, 1) });
    let plan = events::plan(&scene);
    let whole = scene.render(Window { row: 200, col: 180, rows: 90, cols: 110 }, &plan.sites);
    let part = scene.render(Window { row: 231, col: 207, rows: 40, cols: 33 }, &plan.sites);
    for r in 0..40 {
        for c in 0..33 {
            let (i, j) = ((r + 31) * 110 + c + 27, r * 33 + c);
            for b in 0..4 {
                assert_eq!(whole.before[b * 9900 + i], part.before[b * 1320 + j], "before {b} {r} {c}");
                assert_eq!(whole.after[b * 9900 + i], part.after[b * 1320 + j], "after {b} {r} {c}");
            }
            assert_eq!((whole.truth[i], whole.clouds[i]), (part.truth[j], part.clouds[j]), "truth {r} {c}");
        }
    }
}

#[test]
fn a_small_county_is_a_cut_of_a_large_one() {
    let (a, b) = (params::Scene::new(&small(512, 1)), params::Scene::new(&small(128, 1)));
    let x = a.render(Window { row: 192 + 30, col: 192 + 30, rows: 60, cols: 60 }, &[]);
    let y = b.render(Window { row: 30, col: 30, rows: 60, cols: 60 }, &[]);
    let same = x.before.iter().zip(&y.before).filter(|(p, q)| **q == 0 || p == q).count();
    assert_eq!(same, x.before.len());
}

#[test]
fn every_story_finds_its_place_in_the_default_county() {
    for seed in 1..=6 {
        let scene = params::Scene::new(&SampleParams { seed, ..SampleParams::default() });
        let plan = events::plan(&scene);
        assert_eq!(plan.not_placed, 0, "seed {seed}");
        let kinds: BTreeSet<Kind> = plan.events.iter().map(|e| e.kind).collect();
        assert_eq!(kinds.len(), Kind::ALL.len(), "seed {seed}: {kinds:?}");
        let rows = listing::rows(&scene, &plan, &towns::Towns::new(&scene));
        let claims: BTreeSet<Claim> = rows.iter().map(|r| r.claim).collect();
        assert_eq!(claims.len(), Claim::ALL.len(), "seed {seed}: {claims:?}");
        let verdicts: BTreeSet<Verdict> = rows.iter().map(|r| r.verdict).collect();
        assert_eq!(verdicts.len(), Verdict::ALL.len(), "seed {seed}: {verdicts:?}");
        assert!(rows.iter().any(|r| r.id.is_empty()) && rows.iter().any(|r| r.ring.is_none()));
        let unlisted = plan.events.iter().filter(|e| e.listed_percent == 0 && !e.approved && e.kind.relevant()).count();
        assert!(unlisted >= 10, "seed {seed}: {unlisted}");
        for e in &plan.events {
            let size = geometry::area(&e.ring);
            assert!((200.0..30_000.0).contains(&size), "seed {seed} event {} {:?}: {size}", e.id, e.kind);
        }
    }
}

#[test]
fn blocks_are_convex_and_their_parcels_fill_them() {
    for seed in [1, 2, 77, 4_000_000_007] {
        let scene = params::Scene::new(&SampleParams { seed, ..SampleParams::default() });
        for block in survey::blocks(&scene) {
            let c = block.quad.corners;
            for k in 0..4 {
                let (a, b, d) = (c[k], c[(k + 1) % 4], c[(k + 2) % 4]);
                assert!(geometry::cross(geometry::sub(b, a), geometry::sub(d, b)) > 0.0, "seed {seed} block {c:?}");
            }
            let sum: f64 =
                block.parcels.iter().map(|p| (p.bounds[1] - p.bounds[0]) * (p.bounds[3] - p.bounds[2])).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
            let p = block.quad.at(0.3, 0.8);
            let (u, v) = block.quad.uv(p[0], p[1]);
            assert!((u - 0.3).abs() < 1e-9 && (v - 0.8).abs() < 1e-9, "{u} {v}");
        }
    }
}

#[test]
fn rotation_is_common_and_the_survey_does_not_overlap() {
    let scene = params::Scene::new(&SampleParams::default());
    let (mut fields, mut rotated) = (0.0, 0.0);
    for block in survey::blocks(&scene) {
        for p in block.parcels.iter().filter(|p| p.land == land::Use::Crop) {
            fields += 1.0;
            rotated += (p.rotation != phenology::Rotation::Same) as u8 as f64;
        }
        let whole = geometry::area(&block.quad.corners);
        let parts: f64 = survey::survey(&scene, &block).iter().map(|s| geo::Area::unsigned_area(&s.3)).sum();
        assert!((parts / whole - 1.0).abs() < 1e-3, "{parts} of {whole}");
    }
    assert!((0.25..0.45).contains(&(rotated / fields)), "{rotated} of {fields}");
}

#[test]
fn the_list_reads_as_gbk() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("county");
    let summary = quiet(&small(512, 2), &out).unwrap();
    assert_eq!(std::fs::read_to_string(out.join("list.cpg")).unwrap().trim(), "GBK");
    let table = std::fs::read(out.join("list.dbf")).unwrap();
    assert_eq!(table[29], 0x4D);
    let (name, _, _) = encoding_rs::GBK.encode("判定结果");
    assert!(table.windows(name.len()).any(|w| w == &*name));
    let data = Dataset::open(out.join("list.shp")).unwrap();
    let mut layer = data.layer(0).unwrap();
    assert!(layer.defn().fields().any(|f| f.name() == "判定结果"));
    assert_eq!(layer.features().count(), summary.list_rows);
    // The index gives a record without geometry a length of two 16-bit words.
    let index = std::fs::read(out.join("list.shx")).unwrap();
    let lost = index[100..].chunks(8).filter(|r| r[4..] == [0, 0, 0, 2]).count();
    assert_eq!(lost, 1);
    let image = Dataset::open(out.join("after.tif")).unwrap();
    assert_eq!(image.raster_count(), 4);
    assert_eq!(image.rasterband(4).unwrap().description().unwrap(), "nir");
    assert_eq!(image.rasterband(1).unwrap().no_data_value(), Some(0.0));
    assert!(image.geo_transform().unwrap()[0] > 39_500_000.0);
}

#[test]
fn a_directory_in_use_is_refused_and_an_empty_one_filled() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("used");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("mine.txt"), "keep").unwrap();
    let error = quiet(&small(64, 1), &out).unwrap_err().to_string();
    assert!(error.contains("exists and is not empty"), "{error}");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    let error = quiet(&small(10, 1), &dir.path().join("a/b")).unwrap_err().to_string();
    assert_eq!(error, "size is 10; 64 to 65536 pixels can be generated");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else was left");
    let empty = dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    quiet(&small(64, 1), &empty).unwrap();
    assert!(empty.join("README.txt").exists());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "nothing else was left");
}

/// Pixels of a raster's first band.
fn codes(path: &std::path::Path) -> Vec<u8> {
    let data = gdal::Dataset::open(path).unwrap();
    let (cols, rows) = data.raster_size();
    data.rasterband(1).unwrap().read_as::<u8>((0, 0), (cols, rows), (cols, rows), None).unwrap().data().to_vec()
}

#[test]
fn every_radiometry_is_another_county_and_keeps_its_classes_true() {
    use crate::landcover::Class;
    let dir = tempfile::tempdir().unwrap();
    let mut images = Vec::new();
    for radiometry in 0..=3 {
        let out = dir.path().join(radiometry.to_string());
        quiet(&SampleParams { seed: 3, radiometry, ..small(512, 2) }, &out).unwrap();
        images.push(std::fs::read(out.join("after.tif")).unwrap());
        let [before, after] = ["class_before.tif", "class_after.tif"].map(|n| codes(&out.join(n)));
        assert!(before.iter().chain(&after).all(|v| *v == Class::UNCLASSIFIED || Class::from_value(*v).is_some()));
        // New works are changes; the same class at both dates is seldom one but where a field changed its state.
        let truth = codes(&out.join("truth.tif"));
        let works = |v: u8| Class::from_value(v).is_some_and(Class::works);
        let new: Vec<u8> = (0..truth.len())
            .filter(|&k| truth[k] > 0 && works(after[k]) && !works(before[k]))
            .map(|k| truth[k])
            .collect();
        assert!(new.len() > 50, "radiometry {radiometry}: {} pixels of new works", new.len());
        assert!(new.iter().all(|t| *t == 2), "radiometry {radiometry}");
    }
    assert!((1..4).all(|k| images[..k].iter().all(|other| *other != images[k])));
}

#[test]
#[ignore = "writes a county to the directory named in TUBAN_SAMPLE_OUT"]
fn write_a_county() {
    let get = |k: &str, d: &str| std::env::var(k).unwrap_or_else(|_| d.to_string());
    let out = PathBuf::from(get("TUBAN_SAMPLE_OUT", "county"));
    let params = SampleParams {
        size_px: get("TUBAN_SAMPLE_SIZE", "2048").parse().unwrap(),
        seed: get("TUBAN_SAMPLE_SEED", "1").parse().unwrap(),
        gsd_m: get("TUBAN_SAMPLE_GSD", "2").parse().unwrap(),
        clouds: get("TUBAN_SAMPLE_CLOUDS", "0").parse().unwrap(),
        radiometry: get("TUBAN_SAMPLE_RADIOMETRY", "0").parse().unwrap(),
        threads: get("TUBAN_SAMPLE_THREADS", "0").parse().unwrap(),
    };
    let summary = quiet(&params, &out).unwrap();
    println!("{summary:#?}");
}
