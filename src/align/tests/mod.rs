mod field;
mod images;

use super::*;
use crate::grid::{Affine, Crs, Grid, Window};
use crate::raster::{Pixels, Quality};
use ndarray::{Array2, Array3};

fn grid(x: f64, y: f64, gsd: f64, rows: usize, cols: usize) -> Grid {
    let crs = Crs { wkt: "test".into(), name: "test".into(), epsg: None, geographic: false, unit_m: 1.0 };
    Grid { crs, affine: Affine([x, gsd, 0.0, y, 0.0, -gsd]), rows, cols }
}

fn no_mover(_: &Grid, _: &Grid) -> Option<Box<dyn Fn(&mut [f64], &mut [f64])>> {
    None
}

fn planned(b: &Grid, a: &Grid) -> Result<Plan, AlignError> {
    plan(
        &[FileGrid { path: "b.tif", grid: b }],
        &[FileGrid { path: "a.tif", grid: a }],
        &AlignParams::default(),
        &no_mover,
    )
}

/// A scene with structure at all scales a pixel can hold, sampled at any position.
fn scene(row: f64, col: f64) -> f32 {
    let wave = |k: usize| {
        let angle = k as f64 * 2.399_963;
        let frequency = 0.05 + 1.2 * ((k as f64 * 0.618_034).fract());
        let phase = k as f64 * 1.7;
        (frequency * (row * angle.cos() + col * angle.sin()) + phase).sin() * 4.0 / (0.2 + frequency)
    };
    (200.0 + (0..60).map(wave).sum::<f64>()) as f32
}

fn view(rows: usize, cols: usize, dr: f64, dc: f64) -> Pixels {
    Pixels {
        bands: Array3::from_shape_fn((1, rows, cols), |(_, i, j)| scene(i as f64 + dr, j as f64 + dc)),
        quality: Array2::from_elem((rows, cols), Quality::Valid),
    }
}

#[test]
fn same_grid_is_copied() {
    let g = grid(39_500_000.0, 4_000_000.0, 2.0, 100, 80);
    let p = planned(&g, &g).unwrap();
    assert_eq!((p.reference, p.after[0].copy), (Date::Before, Some((0, 0))));
}

#[test]
fn whole_pixel_offset_is_copied_and_part_pixel_resampled() {
    let b = grid(0.0, 1000.0, 5.0, 100, 80);
    assert_eq!(planned(&b, &grid(10.0, 995.0, 5.0, 100, 80)).unwrap().after[0].copy, Some((-1, -2)));
    assert_eq!(planned(&b, &grid(12.0, 995.0, 5.0, 100, 80)).unwrap().after[0].copy, None);
}

#[test]
fn the_coarser_date_gives_the_grid() {
    let (fine, coarse) = (grid(0.0, 1000.0, 2.0, 100, 100), grid(0.0, 1000.0, 4.0, 50, 50));
    let p = planned(&fine, &coarse).unwrap();
    assert_eq!((p.reference, p.grid.rows), (Date::After, 50));
    assert_eq!(p.before[0].shrink, (2.0, 2.0));
}

#[test]
fn no_overlap_and_wild_resolutions_are_refused() {
    let b = grid(39_500_000.0, 4_000_000.0, 2.0, 100, 80);
    let far = planned(&b, &grid(500_000.0, 4_000_000.0, 2.0, 100, 80)).unwrap_err().to_string();
    assert!(far.contains("overlap by 0.0 %") && far.contains("zone prefix 39 before and 0 after"), "{far}");
    let wild = planned(&b, &grid(39_500_000.0, 4_000_000.0, 30.0, 10, 10)).unwrap_err().to_string();
    assert!(wild.contains("2.00 m") && wild.contains("30.00 m"), "{wild}");
}

#[test]
fn a_mosaic_grows_the_grid_to_all_its_files() {
    let (west, east) = (grid(0.0, 100.0, 1.0, 50, 50), grid(50.0, 120.0, 1.0, 50, 50));
    let files = [FileGrid { path: "w", grid: &west }, FileGrid { path: "e", grid: &east }];
    let p = plan(&files, &files, &AlignParams::default(), &no_mover).unwrap();
    assert_eq!((p.grid.rows, p.grid.cols, p.grid.affine.0[3]), (70, 100, 120.0));
    assert_eq!(p.before[1].copy, Some((0, -50)));
}

#[test]
fn resampling_a_smooth_scene_is_close_and_border_says_outside() {
    let b = grid(0.0, 100.0, 1.0, 60, 60);
    let a = grid(0.3, 99.4, 1.0, 60, 60);
    let p = planned(&b, &a).unwrap();
    let target = Window { row: 10, col: 5, rows: 30, cols: 40 };
    let from = source_window(&p.after[0], 60, 60, target).unwrap();
    let all = view(60, 60, 0.0, 0.0);
    let part = Pixels {
        bands: all
            .bands
            .slice(ndarray::s![
                ..,
                from.row as usize..from.row_end() as usize,
                from.col as usize..from.col_end() as usize
            ])
            .to_owned(),
        quality: Array2::from_elem((from.rows, from.cols), Quality::Valid),
    };
    let out = resample(&part, from, &p.after[0], target);
    // The file's pixel (i, j) lies at map row i + 0.6, col j + 0.3 of the working grid.
    let mut worst = 0.0f32;
    for i in 0..30 {
        for j in 0..40 {
            worst = worst.max((out.bands[(0, i, j)] - scene(10.0 + i as f64 - 0.6, 5.0 + j as f64 - 0.3)).abs());
        }
    }
    assert!(worst < 2.5, "{worst}");
    let edge = Window { row: -5, col: -5, rows: 10, cols: 10 };
    let from = source_window(&p.after[0], 60, 60, edge).unwrap();
    let out = resample(&view(from.rows, from.cols, 0.0, 0.0), from, &p.after[0], edge);
    assert_eq!((out.quality[(0, 0)], out.quality[(9, 9)]), (Quality::Outside, Quality::Valid));
}

#[test]
fn a_lattice_follows_the_exact_transformation() {
    let (t, s) = (grid(0.0, 1000.0, 2.0, 300, 500), grid(-50.0, 1100.0, 2.0, 400, 600));
    let bend = |x: &mut [f64], y: &mut [f64]| {
        for (a, b) in x.iter_mut().zip(y.iter_mut()) {
            (*a, *b) = (*a + 1e-6 * *b * *b, *b - 1e-6 * *a * *a);
        }
    };
    let map = PixelMap::lattice(&t, &s, &bend);
    for (row, col) in [(0.5, 0.5), (150.3, 77.7), (299.5, 499.5)] {
        let (x, y) = t.affine.to_map(row, col);
        let (mut xs, mut ys) = ([x], [y]);
        bend(&mut xs, &mut ys);
        let exact = s.affine.to_pixel(xs[0], ys[0]);
        let got = map.at(row, col);
        assert!((got.0 - exact.0).abs() < 0.01 && (got.1 - exact.1).abs() < 0.01, "{got:?} {exact:?}");
    }
}

/// Noise with single gaps and square ones, the same wherever the window lies.
fn noise(window: Window) -> Pixels {
    let hash = |a: i64, b: i64, c: u64| {
        let mut z = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (b as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9) ^ c;
        z = (z ^ (z >> 30)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let mut out = Pixels::unseen(2, window.rows, window.cols, Quality::Valid);
    for i in 0..window.rows {
        for j in 0..window.cols {
            let (r, c) = (window.row + i as i64, window.col + j as i64);
            if hash(r, c, 1) % 150 == 0 || hash(r / 9, c / 9, 2) % 20 == 0 {
                out.quality[(i, j)] = if r % 2 == 0 { Quality::Nodata } else { Quality::Unreadable };
            } else {
                (0..2).for_each(|k| out.bands[(k, i, j)] = (hash(r, c, 3 + k as u64) % 10_000) as f32);
            }
        }
    }
    out
}

fn feed_of(map: PixelMap, shrink: (f64, f64)) -> Feed {
    Feed::new(map, shrink, &grid(0.0, 0.0, 1.0, 200, 200))
}

fn bend() -> std::sync::Arc<Displacement> {
    let nodes = (0..36).map(|k| ((k % 5) as f64 * 0.2 - 0.3, (k % 7) as f64 * 0.1)).collect();
    std::sync::Arc::new(Displacement { origin: (20.0, 10.0), step: (32.0, 32.0), count: (6, 6), nodes })
}

fn lattice(scale: f64) -> PixelMap {
    let turned = |i: f64, j: f64| (3.3 + scale * i + 0.01 * j, 1.7 - 0.01 * i + scale * j);
    let nodes = (0..36).map(|k| turned((k / 6 * 64) as f64, (k % 6 * 64) as f64)).collect();
    PixelMap::Lattice { across: 6, nodes }
}

/// Straight maps, lattices and local displacements at several scales.
fn feeds() -> Vec<Feed> {
    let straight = |r: f64, scale: f64, c: f64| PixelMap::Affine([r, scale, 0.0, c, 0.0, scale]);
    vec![
        feed_of(straight(0.23, 1.0, -3.85), (1.0, 1.0)),
        feed_of(straight(-1.5, 1.0, 2.0), (1.0, 1.0)),
        feed_of(straight(0.4, 0.97, 0.1), (1.0, 1.0)),
        feed_of(straight(0.4, 2.5, 0.1), (2.5, 2.5)),
        feed_of(straight(0.23, 1.0, -3.85).displaced(&bend(), false), (1.0, 1.0)),
        feed_of(straight(0.23, 1.0, -3.85).displaced(&bend(), true), (1.0, 1.0)),
        feed_of(lattice(1.0004), (1.0004, 1.0004)),
        feed_of(lattice(2.5).displaced(&bend(), false), (2.5, 2.5)),
    ]
}

#[test]
fn a_pixel_is_the_same_whatever_window_it_is_resampled_in() {
    for (n, feed) in feeds().iter().enumerate() {
        let read = |target: Window| {
            let from = source_window(feed, 210, 205, target).unwrap();
            (resample(&noise(from), from, feed, target), nearest(&noise(from), from, feed, target))
        };
        let target = Window { row: -7, col: -9, rows: 90, cols: 120 };
        let part = Window { row: 11, col: -3, rows: 40, cols: 51 };
        let inner = ndarray::s![18..58, 6..57];
        let (whole, piece) = (read(target), read(part));
        for (whole, piece) in [(whole.0, piece.0), (whole.1, piece.1)] {
            assert_eq!(whole.quality.slice(inner), piece.quality, "feed {n}");
            let bits = |a: ndarray::ArrayView2<f32>| a.mapv(f32::to_bits);
            for k in 0..2 {
                let all = whole.bands.index_axis(ndarray::Axis(0), k);
                assert_eq!(bits(all.slice(inner)), bits(piece.bands.index_axis(ndarray::Axis(0), k)), "feed {n}");
            }
        }
    }
}

#[test]
fn a_straight_map_and_any_other_give_the_same() {
    for feed in feeds().iter().filter(|f| f.straight.is_some()) {
        let target = Window { row: -7, col: -9, rows: 90, cols: 120 };
        let from = source_window(feed, 210, 205, target).unwrap();
        let source = noise(from);
        let (quick, slow) = (
            resample(&source, from, feed, target),
            resample(&source, from, &Feed { straight: None, ..feed.clone() }, target),
        );
        assert_eq!(quick.quality, slow.quality);
        for (at, value) in quick.bands.indexed_iter() {
            let other = slow.bands[at];
            assert!((value - other).abs() < 0.02, "{:?} at {at:?}: {value} and {other}", feed.straight);
        }
        let general = nearest(&source, from, &Feed { straight: None, ..feed.clone() }, target);
        let copied = nearest(&source, from, feed, target);
        assert!(copied.bands == general.bands && copied.quality == general.quality);
    }
}

#[test]
fn positions_of_a_row_are_those_of_its_pixels() {
    for feed in feeds() {
        let (mut rows, mut cols) = (vec![0.0; 150], vec![0.0; 150]);
        feed.map.at_row(71.5, -8.5, &mut rows, &mut cols);
        for j in 0..150 {
            assert_eq!((rows[j], cols[j]), feed.map.at(71.5, j as f64 - 8.5));
        }
    }
}
