use super::*;

fn grid(rows: usize, cols: usize) -> Grid {
    let crs = Crs { wkt: String::new(), name: "test".into(), epsg: None, geographic: false, unit_m: 1.0 };
    Grid { crs, affine: Affine([100.0, 2.0, 0.0, 500.0, 0.0, -2.0]), rows, cols }
}

#[test]
fn pixel_and_map_are_inverse() {
    let a = Affine([39_607_924.98, 1.7, 0.3, 4_008_402.393, 0.4, -1.9]);
    let (x, y) = a.to_map(123.25, 456.75);
    let (r, c) = a.to_pixel(x, y);
    assert!((r - 123.25).abs() < 1e-6 && (c - 456.75).abs() < 1e-6, "{r} {c}");
}

#[test]
fn tiles_cover_every_pixel_once() {
    let g = grid(1030, 517);
    for size in [1000, 256, 97] {
        let t = Tiling::new(&g, size);
        let total: usize = t.windows().map(|w| w.pixels()).sum();
        assert_eq!(total as u64, g.pixels(), "tile {size}");
    }
}

#[test]
fn sample_is_spread_and_without_repeats() {
    for (side, most) in [(5120, 20), (8192, 48), (20_480, 48), (51_200, 48)] {
        let s = sample_tiles(&Tiling::new(&grid(side, side), 512), most);
        let all: std::collections::BTreeSet<(i64, i64)> = s.iter().map(|w| (w.row, w.col)).collect();
        assert_eq!((s.len(), all.len()), (most, most));
        // Every third of the grid, each way, has its share.
        for part in 0..3 {
            let of = |at: i64| (at * 3 / side as i64) == part;
            let (rows, cols) = (s.iter().filter(|w| of(w.row)).count(), s.iter().filter(|w| of(w.col)).count());
            assert!(rows * 4 >= most && cols * 4 >= most, "{side} part {part}: {rows} and {cols} of {most}");
        }
    }
    assert_eq!(sample_tiles(&Tiling::new(&grid(5120, 5120), 512), 1000).len(), 100);
}

#[test]
fn a_degree_at_the_equator_and_at_36_north() {
    let (lat, lon) = metres_per_degree(0.0);
    assert!((lat - 110_574.3).abs() < 1.0 && (lon - 111_319.5).abs() < 1.0, "{lat} {lon}");
    let (_, lon) = metres_per_degree(36.2);
    assert!((lon - 89_926.0).abs() < 50.0, "{lon}");
}

#[test]
fn windows_meet() {
    let a = Window { row: 0, col: 0, rows: 10, cols: 10 };
    let b = a.with_halo(2);
    assert!(b.contains(&a) && !a.contains(&b));
    assert_eq!(a.intersect(&Window { row: 10, col: 0, rows: 1, cols: 1 }), None);
    assert_eq!(b.intersect(&a), Some(a));
}
