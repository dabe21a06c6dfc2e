#![allow(clippy::unwrap_used)]

use super::*;
use crate::grid::{Affine, Window};
use crate::raster::Span;
use geo::{Area, Validation};
use ndarray::{Array2, s};
use proptest::prelude::*;

/// A mask drawn in text: `.` background, digits are groups, letters are group 1 with the letter as detail.
fn drawn(rows: &[&str]) -> (Array2<u8>, Array2<u16>) {
    let shape = (rows.len(), rows[0].len());
    let at = |r: usize, c: usize| rows[r].as_bytes()[c];
    let group = Array2::from_shape_fn(shape, |(r, c)| match at(r, c) {
        b'.' => 0,
        d if d.is_ascii_digit() => d - b'0',
        _ => 1,
    });
    let detail = Array2::from_shape_fn(shape, |(r, c)| match at(r, c) {
        l if l.is_ascii_alphabetic() => l.into(),
        _ => 0,
    });
    (group, detail)
}

/// Scores from here on are strong in these tests.
const STRONG: u16 = 90;

/// The tiles of a grid with their parts; `score` per pixel, details as classes before.
fn tiles_of(group: &Array2<u8>, detail: &Array2<u16>, score: &Array2<u16>, tile: usize) -> Vec<TileParts> {
    let (rows, cols) = group.dim();
    let (from, to) = (detail.mapv(|d| (d >> 8) as u8), detail.mapv(|d| d as u8));
    let distance = Array2::ones((rows, cols));
    let mut tiles = Vec::new();
    for row in (0..rows).step_by(tile) {
        for col in (0..cols).step_by(tile) {
            let window =
                Window { row: row as i64, col: col as i64, rows: tile.min(rows - row), cols: tile.min(cols - col) };
            let cut = s![row..row + window.rows, col..col + window.cols];
            let measures = Measures {
                from: from.slice(cut),
                to: to.slice(cut),
                score: score.slice(cut),
                distance: distance.slice(cut),
                strong: STRONG,
                always_strong: None,
                portrait: None,
            };
            let parts = TileParts::of(window, group.slice(cut), Some(&measures));
            tiles.insert(tiles.len() / 2, parts);
        }
    }
    tiles
}

/// Components of which none is weak.
fn image_of(group: &Array2<u8>, detail: &Array2<u16>, tile: usize) -> Components {
    let (rows, cols) = group.dim();
    let score = Array2::from_shape_fn((rows, cols), |(r, c)| (r * 31 + c * 7) as u16 % 100 + STRONG);
    Components::join(rows, cols, tiles_of(group, detail, &score, tile))
}

fn outlines(image: &Components) -> Vec<Vec<PixelPolygon>> {
    let mut tracer = Tracer::new();
    (0..image.components.len()).map(|k| tracer.trace(&image.spans_of(k))).collect()
}

fn traced(rows: &[&str]) -> Vec<Vec<PixelPolygon>> {
    let (group, detail) = drawn(rows);
    outlines(&image_of(&group, &detail, 100))
}

fn check(polygons: &[PixelPolygon], pixels: u64) -> Result<(), String> {
    let total: i64 = polygons.iter().map(PixelPolygon::pixels).sum();
    if total != pixels as i64 {
        return Err(format!("area {total} for {pixels} pixels"));
    }
    for (p, q) in polygons.iter().zip(to_map(polygons, &Affine([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]))) {
        if let Some(error) = q.validation_errors().first() {
            return Err(format!("{error}: {p:?}"));
        }
        if p.exterior.iter().min() != p.exterior.first() || p.holes.iter().any(|h| h.iter().min() != h.first()) {
            return Err(format!("a ring does not start at its smallest corner: {p:?}"));
        }
        if q.signed_area() != p.pixels() as f64 {
            return Err(format!("exterior runs clockwise: {p:?}"));
        }
    }
    Ok(())
}

#[test]
fn a_single_pixel() {
    let polygons = traced(&["...", ".1.", "..."]);
    assert_eq!(polygons, [[PixelPolygon { exterior: vec![[1, 1], [2, 1], [2, 2], [1, 2]], holes: vec![] }].to_vec()]);
}

#[test]
fn the_full_image_is_one_rectangle() {
    let polygons = traced(&["1111", "1111"]);
    assert_eq!(polygons[0][0].exterior, [[0, 0], [2, 0], [2, 4], [0, 4]]);
}

#[test]
fn pixels_meeting_at_a_corner_are_one_component_of_two_polygons() {
    for rows in [["1.", ".1"], [".1", "1."]] {
        let polygons = traced(&rows);
        assert_eq!(polygons.len(), 1);
        assert_eq!(polygons[0].len(), 2);
        check(&polygons[0], 2).unwrap();
    }
}

#[test]
fn groups_meeting_at_a_crossing_stay_apart() {
    let polygons = traced(&["12", "21"]);
    assert_eq!(polygons.len(), 2);
    assert!(polygons.iter().all(|p| p.len() == 2));
}

#[test]
fn a_checkerboard_is_as_many_polygons_as_pixels() {
    let polygons = traced(&["1.1.", ".1.1", "1.1."]);
    assert_eq!(polygons.len(), 1);
    assert_eq!(polygons[0].len(), 6);
    check(&polygons[0], 6).unwrap();
}

#[test]
fn a_pocket_that_meets_the_outside_at_a_corner_is_a_hole() {
    let polygons = traced(&["11.", "1.1", "111"]);
    assert_eq!(polygons[0].len(), 1);
    let p = &polygons[0][0];
    assert_eq!(p.exterior, [[0, 0], [3, 0], [3, 3], [1, 3], [1, 2], [0, 2]]);
    assert_eq!(p.holes, [[[1, 1], [1, 2], [2, 2], [2, 1]]]);
    check(&polygons[0], 7).unwrap();
}

#[test]
fn holes_that_meet_at_a_corner_are_two() {
    let polygons = traced(&["1111", "1.11", "11.1", "1111"]);
    assert_eq!(polygons[0][0].holes.len(), 2);
    check(&polygons[0], 14).unwrap();
    let polygons = traced(&["1111", "11.1", "1.11", "1111"]);
    assert_eq!(polygons[0][0].holes.len(), 2);
    check(&polygons[0], 14).unwrap();
}

#[test]
fn an_island_in_a_hole_is_its_own_component() {
    let polygons = traced(&["1111111", "1.....1", "1.111.1", "1.1.1.1", "1.111.1", "1.....1", "1111111"]);
    assert_eq!(polygons.len(), 2);
    assert_eq!(polygons[0][0].holes.len(), 1);
    assert_eq!(polygons[1][0].holes, [[[3, 3], [3, 4], [4, 4], [4, 3]]]);
    check(&polygons[0], 24).unwrap();
    check(&polygons[1], 8).unwrap();
}

#[test]
fn an_island_that_meets_its_ring_at_a_corner_is_a_part() {
    let polygons = traced(&["11111", "1..11", "1.1.1", "11..1", "11111"]);
    assert_eq!(polygons.len(), 1);
    assert_eq!(polygons[0].len(), 2);
    check(&polygons[0], 19).unwrap();
}

#[test]
fn a_spiral() {
    let polygons = traced(&["1111111", "......1", "11111.1", "1...1.1", "1.111.1", "1.....1", "1111111"]);
    assert_eq!((polygons.len(), polygons[0].len(), polygons[0][0].holes.len()), (1, 1, 0));
    check(&polygons[0], 31).unwrap();
}

#[test]
fn details_are_counted_and_do_not_part_a_component() {
    let (group, detail) = drawn(&["aab..", "..b.2", "cc..."]);
    let image = image_of(&group, &detail, 2);
    let first = &image.components[0];
    assert_eq!(first.details, [(97, 2), (98, 2), (99, 2)]);
    assert_eq!((first.first, first.pixels, first.group), (0, 6, 1));
    assert_eq!(first.window, Window { row: 0, col: 0, rows: 3, cols: 3 });
    assert_eq!(image.components[1].first, 9);
    assert_eq!(image.components.len(), 2);
    let scores: u64 = [0, 7, 14, 31 + 14, 62, 69].iter().sum();
    assert_eq!(first.sums, [scores + 6 * u64::from(STRONG), 6]);
    check(&outlines(&image)[0], 6).unwrap();
}

#[test]
fn a_component_keeps_the_first_pixel_that_its_first_run_does_not_show() {
    // The right arm begins higher than the left one and is joined to it only below.
    let (group, detail) = drawn(&["...1", "1..1", "1111"]);
    let image = image_of(&group, &detail, 1);
    assert_eq!(image.components.len(), 1);
    assert_eq!(image.components[0].first, 3);
    assert_eq!(image.components[0].window, Window { row: 0, col: 0, rows: 3, cols: 4 });
}

#[test]
fn rings_follow_the_map_whichever_way_the_grid_is_turned() {
    let (group, detail) = drawn(&["111", "1.1", "111"]);
    let image = image_of(&group, &detail, 100);
    let polygons = &outlines(&image)[0];
    for affine in
        [[100.0, 2.0, 0.0, 50.0, 0.0, -2.0], [100.0, 2.0, 0.0, 50.0, 0.0, 2.0], [0.0, 0.0, 2.0, 0.0, 2.0, 0.0]]
    {
        let shape = to_map(polygons, &Affine(affine));
        assert_eq!(shape.signed_area(), 32.0);
        assert!(shape.is_valid());
    }
}

#[test]
fn nothing_gives_nothing() {
    let image = image_of(&Array2::zeros((3, 20)), &Array2::zeros((3, 20)), 2);
    assert!(image.components.is_empty());
    assert!(Components::join(0, 0, Vec::new()).components.is_empty());
}

/// Masks of random density with up to three groups and two details.
fn masks() -> impl Strategy<Value = (Array2<u8>, Array2<u16>)> {
    (1usize..26, 1usize..26, 1u8..=9, 1u8..=3).prop_flat_map(|(rows, cols, density, groups)| {
        proptest::collection::vec((0u8..10, 1..=groups, 0u16..2), rows * cols).prop_map(move |pixels| {
            let shape = (rows, cols);
            let group = Array2::from_shape_fn(shape, |(r, c)| {
                let (dice, group, _) = pixels[r * cols + c];
                if dice < density { group } else { 0 }
            });
            (group, Array2::from_shape_fn(shape, |(r, c)| pixels[r * cols + c].2))
        })
    })
}

/// Labels by flood fill, the slow and obvious way: per pixel the component's first pixel, plus one; 0 is background.
fn flooded(group: &Array2<u8>) -> Array2<u64> {
    let (rows, cols) = group.dim();
    let mut out = Array2::zeros((rows, cols));
    for i in 0..rows * cols {
        let at = (i / cols, i % cols);
        if group[at] == 0 || out[at] != 0 {
            continue;
        }
        let mut stack = vec![at];
        while let Some((r, c)) = stack.pop() {
            if out[(r, c)] != 0 {
                continue;
            }
            out[(r, c)] = i as u64 + 1;
            for rr in r.saturating_sub(1)..(r + 2).min(rows) {
                for cc in c.saturating_sub(1)..(c + 2).min(cols) {
                    if group[(rr, cc)] == group[at] {
                        stack.push((rr, cc));
                    }
                }
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_tiling_gives_the_same_components((group, detail) in masks()) {
        // Some blobs are weak.
        let score = Array2::from_shape_fn(group.dim(), |(r, c)| if (r * 5 + c * 3) % 11 == 0 { STRONG } else { 1 });
        let image = |tile: usize| {
            let (rows, cols) = group.dim();
            Components::join(rows, cols, tiles_of(&group, &detail, &score, tile))
        };
        let whole = image(100);
        for tile in [1, 2, 3, 7] {
            let tiled = image(tile);
            prop_assert_eq!(&tiled.components, &whole.components);
            prop_assert_eq!(tiled.weak, whole.weak);
            prop_assert_eq!(outlines(&tiled), outlines(&whole));
        }
    }

    #[test]
    fn what_lies_within_a_component_is_held_by_it((group, detail) in masks()) {
        let mut inner = group.clone();
        inner.zip_mut_with(&detail, |g, d| if *d == 0 { *g = 0 });
        let (image, inner) = (image_of(&group, &detail, 7), image_of(&inner, &detail, 7));
        let pixels = |image: &Components, k: usize| -> Vec<(u32, u32)> {
            image.spans_of(k).iter().flat_map(|s| (s.start..s.end).map(|c| (s.row, c))).collect()
        };
        for (k, holder) in image.holders_of(&inner).into_iter().enumerate() {
            let (whole, part) = (holder.unwrap(), &inner.components[k]);
            let all = pixels(&image, whole);
            prop_assert!(pixels(&inner, k).iter().all(|at| all.binary_search(at).is_ok()));
            let left = image.components[whole].without([part], 0);
            prop_assert_eq!(left.pixels + part.pixels, image.components[whole].pixels);
            prop_assert_eq!(left.details.iter().map(|(_, n)| *n).sum::<u64>(), left.pixels);
            let spans = crate::raster::without(&image.spans_of(whole), &inner.spans_of(k));
            prop_assert_eq!(spans.iter().map(Span::pixels).sum::<u64>(), left.pixels);
        }
    }

    #[test]
    fn labels_are_those_of_a_flood_fill((group, detail) in masks()) {
        let image = image_of(&group, &detail, 7);
        let expected = flooded(&group);
        let mut found = Array2::zeros(group.dim());
        for (k, component) in image.components.iter().enumerate() {
            let spans = image.spans_of(k);
            prop_assert!(spans.is_sorted());
            prop_assert_eq!(component.pixels, spans.iter().map(Span::pixels).sum::<u64>());
            prop_assert_eq!(component.pixels, component.details.iter().map(|d| d.1).sum::<u64>());
            for span in spans {
                for c in span.start..span.end {
                    found[(span.row as usize, c as usize)] = component.first + 1;
                }
            }
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn outlines_are_valid_and_hold_their_pixels((group, detail) in masks()) {
        let image = image_of(&group, &detail, 100);
        for (component, polygons) in image.components.iter().zip(&outlines(&image)) {
            if let Err(why) = check(polygons, component.pixels) {
                prop_assert!(false, "{}", why);
            }
        }
    }

    #[test]
    fn polygons_are_those_of_gdal((group, detail) in masks()) {
        let traced = outlines(&image_of(&group, &detail, 100));
        let ours: Vec<&PixelPolygon> = traced.iter().flatten().collect();
        let corners: usize = ours.iter().map(|p| p.exterior.len() + p.holes.iter().map(Vec::len).sum::<usize>()).sum();
        let mut areas: Vec<i64> = ours.iter().map(|p| p.pixels()).collect();
        areas.sort_unstable();
        let theirs = gdal_oracle::polygonize(&group);
        prop_assert_eq!(areas, theirs.areas);
        prop_assert_eq!(corners, theirs.corners);
    }
}

/// A ragged field of blobs: discs with noisy rims, pinholes and crumbs.
fn ragged_blobs(size: usize, blobs: usize) -> Array2<u8> {
    let mut mask = Array2::zeros((size, size));
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    for _ in 0..blobs {
        let (row, col, radius) = (random() * size as f64, random() * size as f64, 4.0 + random() * 24.0);
        let (r0, c0) = ((row - radius).max(0.0) as usize, (col - radius).max(0.0) as usize);
        for r in r0..((row + radius) as usize).min(size) {
            for c in c0..((col + radius) as usize).min(size) {
                let d = (r as f64 - row).hypot(c as f64 - col) / radius;
                if d + 0.35 * random() < 1.0 && random() > 0.02 {
                    mask[(r, c)] = 1;
                }
            }
        }
    }
    mask
}

/// CPU seconds of this thread.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9
}

#[test]
#[ignore = "a measurement: cargo test --release vectorise::tests::speed -- --ignored --nocapture"]
fn speed_against_gdal() {
    let (size, tile) = (12_000, 512);
    let mask = ragged_blobs(size, 20_000);
    let t0 = cpu_seconds();
    let mut tiles = Vec::new();
    for row in (0..size).step_by(tile) {
        for col in (0..size).step_by(tile) {
            let window =
                Window { row: row as i64, col: col as i64, rows: tile.min(size - row), cols: tile.min(size - col) };
            let cut = s![row..row + window.rows, col..col + window.cols];
            tiles.push(TileParts::of(window, mask.slice(cut), None));
        }
    }
    let t1 = cpu_seconds();
    let image = Components::join(size, size, tiles);
    let t2 = cpu_seconds();
    let traced = outlines(&image);
    let t3 = cpu_seconds();
    let affine = Affine([500_000.0, 2.0, 0.0, 4_000_000.0, 0.0, -2.0]);
    let shapes: Vec<_> = traced.iter().map(|p| to_map(p, &affine)).collect();
    let t4 = cpu_seconds();
    let theirs = gdal_oracle::polygonize(&mask);
    let parts: usize = traced.iter().map(Vec::len).sum();
    let pixels: i64 = traced.iter().flatten().map(PixelPolygon::pixels).sum();
    let invalid = shapes.iter().flatten().filter(|p| !p.is_valid()).count();
    println!("{} components, {parts} parts, {pixels} pixels, {invalid} invalid", image.components.len());
    println!("cpu s: tiles {:.3} join {:.3} trace {:.3} to map {:.3}", t1 - t0, t2 - t1, t3 - t2, t4 - t3);
    println!("cpu s: all {:.3}, GDALPolygonize {:.3}", t4 - t0, theirs.seconds);
    assert_eq!((parts, invalid), (theirs.areas.len(), 0));
    assert_eq!(pixels, theirs.areas.iter().sum::<i64>());
    for (component, polygons) in image.components.iter().zip(&traced) {
        assert_eq!(component.pixels as i64, polygons.iter().map(PixelPolygon::pixels).sum::<i64>());
    }
}

/// GDALPolygonize, 4-connected, as the oracle.
#[allow(unsafe_code)]
mod gdal_oracle {
    use gdal::DriverManager;
    use gdal::raster::Buffer;
    use gdal::vector::{LayerAccess, LayerOptions, OGRwkbGeometryType};
    use ndarray::Array2;

    pub struct Polygons {
        /// Areas in pixels, sorted.
        pub areas: Vec<i64>,
        /// Corners of all rings, closing ones not counted.
        pub corners: usize,
        /// CPU seconds of GDALPolygonize alone.
        pub seconds: f64,
    }

    pub fn polygonize(mask: &Array2<u8>) -> Polygons {
        crate::io::init_gdal();
        let (rows, cols) = mask.dim();
        let raster = DriverManager::get_driver_by_name("MEM").unwrap();
        let raster = raster.create_with_band_type::<u8, _>("", cols, rows, 1).unwrap();
        let mut band = raster.rasterband(1).unwrap();
        let mut buffer = Buffer::new((cols, rows), mask.iter().copied().collect());
        band.write((0, 0), (cols, rows), &mut buffer).unwrap();
        let mut vectors = DriverManager::get_driver_by_name("Memory").unwrap().create_vector_only("").unwrap();
        let mut layer = vectors
            .create_layer(LayerOptions { name: "p", ty: OGRwkbGeometryType::wkbPolygon, ..Default::default() })
            .unwrap();
        let before = super::cpu_seconds();
        // SAFETY: band and layer outlive the call; the mask is the band itself, so that background is left out; no
        // progress function.
        let code = unsafe {
            gdal_sys::GDALPolygonize(
                band.c_rasterband(),
                band.c_rasterband(),
                layer.c_layer(),
                -1,
                std::ptr::null_mut(),
                None,
                std::ptr::null_mut(),
            )
        };
        let seconds = super::cpu_seconds() - before;
        assert_eq!(code, gdal_sys::CPLErr::CE_None);
        let (mut areas, mut corners) = (Vec::new(), 0);
        for feature in layer.features() {
            let shape = feature.geometry().unwrap();
            areas.push(shape.area().round() as i64);
            for i in 0..shape.geometry_count() {
                corners += shape.get_geometry(i).point_count() - 1;
            }
        }
        areas.sort_unstable();
        Polygons { areas, corners, seconds }
    }
}

#[test]
fn a_blob_lives_by_one_strong_pixel_over_seams_and_groups() {
    // Two groups side by side are one blob; the strong pixel sits in one corner, in another tile.
    let group = drawn(&["11....22", "12....2.", ".2......", "..2....1"]).0;
    let score = Array2::from_shape_fn(group.dim(), |p| if p == (3, 2) { 200u16 } else { 10 });
    for tile in [1, 2, 3, 8] {
        let image = Components::join(4, 8, tiles_of(&group, &Array2::zeros(group.dim()), &score, tile));
        let mut drawn = Array2::zeros((4, 8));
        for (t, tile) in image.tiles().iter().enumerate() {
            let w = tile.window();
            let mut part = Array2::zeros((w.rows, w.cols));
            image.paint(t, 1, &mut part);
            let (row, col) = (w.row as usize, w.col as usize);
            drawn.slice_mut(s![row..row + w.rows, col..col + w.cols]).assign(&part);
        }
        let wanted = group.mapv(|g| u8::from(g > 0)) * Array2::from_shape_fn((4, 8), |(_, c)| u8::from(c < 4));
        assert_eq!(drawn, wanted, "tile {tile}");
        assert_eq!(image.weak, Weak { blobs: 2, pixels: 4 }, "tile {tile}");
    }
}
