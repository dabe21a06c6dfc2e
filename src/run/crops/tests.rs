#![allow(clippy::unwrap_used)]

use super::*;

fn window(row: i64, col: i64, rows: usize, cols: usize) -> Window {
    Window { row, col, rows, cols }
}

/// What the pass reads: values that tell band, date and place.
fn read(w: Window) -> (Pixels, Pixels) {
    let date = |date: f32| {
        let mut p = Pixels::unseen(4, w.rows, w.cols, Quality::Valid);
        for ((k, i, j), v) in p.bands.indexed_iter_mut() {
            *v = date * 1e6 + k as f32 * 1e5 + (w.row + i as i64) as f32 * 300.0 + (w.col + j as i64) as f32 + 0.25;
        }
        for ((i, j), q) in p.quality.indexed_iter_mut() {
            let at = w.row + i as i64 + 2 * (w.col + j as i64);
            *q = if at % 7 == 0 { Quality::Cloud } else { Quality::Valid };
        }
        p
    };
    (date(1.0), date(2.0))
}

#[test]
fn cuttings_of_two_tiles_make_the_window_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = CropSpool::create(folder.path()).unwrap();
    let wanted = window(40, 50, 30, 40);
    for tile in [window(0, 0, 64, 64), window(0, 60, 64, 64), window(60, 0, 64, 64), window(60, 60, 64, 64)] {
        if let Some(crop) = Crop::of(wanted, tile, &read(tile), [2, 1, 0]) {
            spool.add(&crop).unwrap();
        }
    }
    let crops = spool.finish().unwrap();
    let (before, after) = crops.read(wanted).unwrap();
    let expected = read(wanted);
    for (found, wanted) in [(before, expected.0), (after, expected.1)] {
        assert_eq!(found.quality, wanted.quality);
        for (k, band) in [2, 1, 0].into_iter().enumerate() {
            let (a, b) = (found.bands.index_axis(ndarray::Axis(0), k), wanted.bands.index_axis(ndarray::Axis(0), band));
            assert_eq!(a, b, "band {band}");
        }
    }
    assert!(crops.read(window(40, 50, 31, 40)).is_none(), "one row more is not covered");
    assert!(crops.read(window(45, 60, 3, 9)).is_some());
    assert!(Crop::of(window(0, 0, 9, 9), window(20, 0, 9, 9), &read(window(20, 0, 9, 9)), [0, 0, 0]).is_none());
}
