use super::blocks::{BlockCheck, check_blocks};
use super::checks;
use super::image::windows;
use super::prediction::{TimePlan, predicted_seconds};
use super::records::*;
use crate::grid::{Affine, Crs, Grid};
use crate::io::crs::{PlaceFault, parse, place_fault};
use crate::io::tiff_layout::{BlockTable, Coding, DirectoryRole, TiffLayout};
use crate::pair::BandPlan;
use crate::raster::BandRole;
use crate::report::Lang;

fn image() -> ImageReport {
    let spread = Spread { min: 10.0, p2: 20.0, p50: 300.0, p98: 900.0, max: 1000.0 };
    let band = BandReport { index: 1, name: "red".into(), role: Some("red"), nodata: None, spread: Some(spread) };
    ImageReport {
        path: "a.tif".into(),
        opened: true,
        rows: 1000,
        cols: 1000,
        dtype: "UInt16".into(),
        block: (256, 256),
        compression_ratio: 2.0,
        bands: vec![band],
        lonlat: Some((118.2, 36.2)),
        gsd_m: 2.0,
        date: Some("2018-09-20".into()),
        blocks: Some(BlockCheck { blocks: 16, ..BlockCheck::default() }),
        measured: Measured { windows: 1, pixels: 65536, valid_percent: 97.0, ..Measured::default() },
        ..ImageReport::default()
    }
}

fn pair() -> PairReport {
    let bands = BandPlan {
        roles: vec![Some(BandRole::Red)],
        before: vec![0],
        after: vec![0],
        how: "names",
        left_out: Vec::new(),
    };
    PairReport {
        bands,
        reference: "before",
        feeding: ["copied"; 2],
        rows: 1000,
        cols: 1000,
        gsd_m: 2.0,
        gsd_ratio: 1.0,
        overlap_percent: 100.0,
        valid_both_percent: 95.0,
        season_days: Some(10),
        correlation: vec![Some(0.8)],
        crossed_bands: Vec::new(),
        shift: None,
        weather: None,
        predicted_memory_mib: 500,
        predicted_seconds: 3.0,
        threads: 2,
        tile_px: 512,
    }
}

fn list() -> ListReport {
    ListReport {
        path: "list.shp".into(),
        layer: "list".into(),
        rows: 3,
        polygons: 3,
        points: 0,
        without_geometry: 0,
        problems: Vec::new(),
        encoding: String::new(),
        crs_note: String::new(),
        fields: Vec::new(),
        id_field: Some("JCBH".into()),
        claim_fields: vec!["HFPD".into()],
        claim_field_how: String::new(),
        area_field: None,
        area_unit: None,
        claim_date_field: None,
        claims: Vec::new(),
        places: Some(PatchPlaces { inside: 3, partly: 0, outside: 0 }),
        notes: Vec::new(),
    }
}

fn codes(findings: &[Finding]) -> Vec<(Level, &'static str)> {
    findings.iter().map(|f| (f.level, f.code)).collect()
}

#[test]
fn a_sound_image_has_no_findings() {
    assert!(checks::image(&image()).is_empty());
    assert!(
        checks::pair(&pair(), &[image(), ImageReport { date: Some("2019-09-20".into()), ..image() }], 2 << 30)
            .is_empty()
    );
    assert!(checks::list(&list()).is_empty());
}

#[test]
fn truncation_is_a_warning_up_to_a_tenth() {
    let cut = |truncated| {
        let blocks = BlockCheck { blocks: 100, truncated, ..BlockCheck::default() };
        codes(&checks::image(&ImageReport { blocks: Some(blocks), ..image() }))
    };
    assert_eq!(cut(10), vec![(Level::Warning, "truncated")]);
    assert_eq!(cut(11), vec![(Level::Reason, "truncated")]);
}

#[test]
fn faults_of_an_image_are_all_named() {
    let measured = Measured { valid_percent: 0.0, pixels: 9, ..Measured::default() };
    let odd = ImageReport {
        rows: 1,
        compression_ratio: 900.0,
        lonlat: Some((2.0, 48.0)),
        date: None,
        bands: vec![BandReport { index: 1, name: String::new(), role: None, nodata: None, spread: None }],
        measured,
        ..image()
    };
    let found = codes(&checks::image(&odd));
    for wanted in [
        (Level::Reason, "all_nodata"),
        (Level::Reason, "size"),
        (Level::Warning, "compression"),
        (Level::Warning, "bands_unnamed"),
        (Level::Note, "outside_china"),
        (Level::Warning, "no_date"),
    ] {
        assert!(found.contains(&wanted), "{wanted:?} in {found:?}");
    }
}

#[test]
fn a_pair_of_other_season_units_and_order_is_warned_about() {
    let spread = Spread { p50: 30.0, ..image().bands[0].spread.unwrap() };
    let mut other = ImageReport { dtype: "Byte".into(), date: Some("2017-04-01".into()), ..image() };
    other.bands[0].spread = Some(spread);
    let report = PairReport {
        season_days: Some(90),
        correlation: vec![Some(0.1)],
        crossed_bands: vec![("red".into(), "nir".into())],
        overlap_percent: 20.0,
        predicted_memory_mib: 4000,
        ..pair()
    };
    let found = codes(&checks::pair(&report, &[image(), other], 2 << 30));
    for wanted in ["dtype", "range", "season", "dates_reversed", "uncorrelated", "band_order", "overlap"] {
        assert!(found.contains(&(Level::Warning, wanted)), "{wanted} in {found:?}");
    }
    assert!(found.contains(&(Level::Reason, "memory")));
}

#[test]
fn a_list_nobody_could_judge_is_refused() {
    let found = |edit: fn(&mut ListReport)| {
        let mut r = list();
        edit(&mut r);
        codes(&checks::list(&r))
    };
    assert_eq!(found(|r| (r.rows, r.polygons) = (0, 0)), vec![(Level::Reason, "list_empty")]);
    assert_eq!(found(|r| r.polygons = 0), vec![(Level::Reason, "list_without_polygons")]);
    assert_eq!(found(|r| r.polygons = 2), vec![(Level::Warning, "list_rows_without_polygon")]);
    let outside = Some(PatchPlaces { inside: 0, partly: 0, outside: 3 });
    let mut r = list();
    r.places = outside;
    assert_eq!(codes(&checks::list(&r)), vec![(Level::Reason, "list_outside")]);
}

#[test]
fn the_verdict_names_all_reasons() {
    let reason = |n: &str| Finding::reason("", "x", format!("因{n}"), format!("of {n}"));
    let found = Inspection { findings: vec![reason("甲"), reason("乙")], ..Inspection::default() };
    assert_eq!(found.verdict(Lang::Zh), "不能使用，因为因甲；因乙");
    assert_eq!(found.verdict(Lang::En), "cannot be used, because of 甲; of 乙");
    let good = Inspection { usable: true, ..Inspection::default() };
    assert_eq!((good.verdict(Lang::Zh).as_str(), good.verdict(Lang::En).as_str()), ("可以使用", "can be used"));
}

fn table(offsets: Vec<u64>, counts: Vec<u64>) -> TiffLayout {
    let table = BlockTable {
        role: DirectoryRole::Image,
        rows: 4,
        cols: 4,
        block_rows: 2,
        block_cols: 2,
        tiled: true,
        planes: 1,
        coding: Coding::default(),
        offsets,
        counts,
    };
    TiffLayout { big: false, file_bytes: 100, header: Vec::new(), directories: vec![table], faults: Vec::new() }
}

#[test]
fn blocks_are_held_against_the_file() {
    let sound = check_blocks(&table(vec![10, 30, 0, 50], vec![20, 20, 0, 50]));
    assert_eq!((sound.blocks, sound.sparse, sound.truncated, sound.overlapping), (4, 1, 0, 0));
    let cut = check_blocks(&table(vec![10, 30, u64::MAX, 60], vec![20, 20, 9, 50]));
    assert_eq!((cut.truncated, cut.first_truncated), (2, vec![(0, 1, 0), (0, 1, 1)]));
    // The same bytes twice are one block stored once; half the same bytes are a fault.
    assert_eq!(check_blocks(&table(vec![10, 10, 40, 60], vec![20, 20, 20, 20])).overlapping, 0);
    assert_eq!(check_blocks(&table(vec![10, 20, 40, 60], vec![20, 20, 20, 20])).overlapping, 1);
    let short = check_blocks(&table(vec![10], vec![20]));
    assert_eq!((short.truncated, short.first_truncated), (3, vec![(0, 0, 1)]));
}

fn grid(rows: usize, cols: usize) -> Grid {
    let crs = Crs { wkt: String::new(), name: String::new(), epsg: None, geographic: false, unit_m: 1.0 };
    Grid { crs, affine: Affine([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]), rows, cols }
}

#[test]
fn the_sample_stays_within_its_budget_on_any_grid() {
    for (rows, cols, block, bands) in [
        (1, 1, (1, 1), 1),
        (100, 100, (100, 100), 4),
        (20_000, 20_000, (512, 512), 4),
        (60_000, 60_000, (1, 60_000), 4),
        (2_147_483_647, 2_147_483_647, (1, 1), 64),
        (2_147_483_647, 1, (2_147_483_647, 1), 1),
    ] {
        let chosen = windows(&grid(rows, cols), block, bands);
        assert!((1..=48).contains(&chosen.len()), "{rows} {cols}");
        assert!(chosen.iter().all(|w| w.pixels() <= 65_536 && w.rows > 0 && w.cols > 0));
        assert!(chosen.iter().all(|w| w.row_end() <= rows as i64 && w.col_end() <= cols as i64));
    }
    let small = windows(&grid(700, 900), (512, 512), 4);
    assert_eq!(small.iter().map(|w| w.pixels()).sum::<usize>(), 700 * 900);
}

#[test]
fn zone_numbers_are_held_against_the_system() {
    let at = |code: &str, x: f64| place_fault(&parse(code).unwrap(), x, 4_008_000.0);
    assert_eq!(at("EPSG:4527", 39_607_000.0), None);
    assert_eq!(at("EPSG:4548", 607_000.0), None);
    assert_eq!(at("EPSG:32650", 607_000.0), None);
    assert_eq!(at("EPSG:4527", 607_000.0), Some(PlaceFault::NoZone { zone: 39 }));
    assert_eq!(at("EPSG:4548", 39_607_000.0), Some(PlaceFault::OtherZone { zone: 39 }));
    assert_eq!(at("EPSG:4527", 38_607_000.0), Some(PlaceFault::OtherZone { zone: 38 }));
    assert_eq!(PlaceFault::NoZone { zone: 39 }.likely_epsg(), Some(4548));
    assert_eq!(PlaceFault::OtherZone { zone: 39 }.likely_epsg(), Some(4527));
    assert_eq!(at("EPSG:4490", 607_000.0), Some(PlaceFault::NoDegrees));
}

#[test]
fn time_is_decoding_and_computing_shared_by_the_threads() {
    let plan = TimePlan { file_px: [1e8; 2], decoded_px_per_s: [1e7; 2], working_px: 0.0, sampled_px: 1e9, threads: 2 };
    assert!((predicted_seconds(&plan) - 13.5).abs() < 1e-9);
}
