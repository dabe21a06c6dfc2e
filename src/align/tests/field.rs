//! Fields, maps and residuals from made tie tiles.

use super::*;
use std::sync::Arc;

/// A plan of `n` x `n` tiles of 100 px that just touch.
fn plan_of(n: usize) -> TiePlan {
    let at = |k: usize| Window { row: (k / n * 100) as i64, col: (k % n * 100) as i64, rows: 100, cols: 100 };
    TiePlan { side: 100, spacing_px: 100.0, windows: (0..n * n).map(at).collect() }
}

fn ties(plan: &TiePlan, d: impl Fn(f64, f64) -> (f64, f64)) -> Vec<TieTile> {
    let tie = |w: &Window| {
        let (row, col) = (w.row as f64 + 50.0, w.col as f64 + 50.0);
        let (d_row, d_col) = d(row, col);
        TieTile { row, col, d_row, d_col, strength: 20.0, used: false }
    };
    plan.windows.iter().map(tie).collect()
}

/// Repeatable numbers in -1..1.
fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

#[test]
fn wrong_tiles_are_found_out() {
    let plan = plan_of(6);
    let mut all = ties(&plan, |row, _| (0.5 + row / 600.0, -0.2));
    let mut random = numbers(3);
    let wrong: Vec<usize> = (0..36).step_by(5).collect();
    for &k in &wrong {
        (all[k].d_row, all[k].d_col) = (12.0 * random(), 12.0 * random());
    }
    let field = fit_field(&plan, all, &Stack::default());
    for (k, t) in field.ties.iter().enumerate() {
        assert_eq!(t.used, !wrong.contains(&k), "tile {k}: {t:?}");
    }
    let d = field.displacement.at(300.0, 300.0);
    assert!((d.0 - 1.0).abs() < 0.05 && (d.1 + 0.2).abs() < 0.05, "{d:?} {:?}", field.model);
}

#[test]
fn tiles_that_do_not_agree_resolve_nothing() {
    let plan = plan_of(5);
    let mut random = numbers(11);
    let mut all = ties(&plan, |_, _| (0.0, 0.0));
    all.iter_mut().for_each(|t| (t.d_row, t.d_col) = (16.0 * random(), 16.0 * random()));
    let field = fit_field(&plan, all, &Stack::default());
    assert!(!field.global.resolved && field.ties.iter().filter(|t| t.used).count() <= 2, "{:?}", field.global);
    assert!(!fit_field(&plan, Vec::new(), &Stack::default()).global.resolved);
}

#[test]
fn noise_never_makes_the_field_worse_than_one_shift() {
    let plan = plan_of(7);
    let mut bent = 0;
    for seed in 1..=20 {
        let mut random = numbers(seed);
        let mut all = ties(&plan, |_, _| (0.4, -0.7));
        for t in &mut all {
            (t.d_row, t.d_col) = (t.d_row + 0.3 * random(), t.d_col + 0.3 * random());
        }
        let field = fit_field(&plan, all, &Stack::default());
        bent += usize::from(field.model != ModelKind::Constant);
        for (row, col) in [(0.0, 0.0), (350.0, 350.0), (700.0, 0.0), (700.0, 700.0), (-50.0, 900.0)] {
            let d = field.displacement.at(row, col);
            let off = (d.0 - 0.4).hypot(d.1 + 0.7);
            assert!(off < 0.3, "seed {seed}: {off} at {row} {col} by {:?}", field.model);
        }
    }
    assert!(bent <= 3, "{bent} of 20 pure noises were taken for a field");
}

#[test]
fn a_displacement_is_undone_by_its_inverse() {
    let bump = |i: usize, j: usize| (((i * 3 + j) % 4) as f64 * 0.8 - 1.0, ((i + 2 * j) % 3) as f64 - 1.0);
    let nodes = (0..25).map(|k| bump(k / 5, k % 5)).collect();
    let lattice = Displacement { origin: (10.0, 20.0), step: (40.0, 50.0), count: (5, 5), nodes };
    let affine = Displacement {
        origin: (0.0, 0.0),
        step: (200.0, 250.0),
        count: (2, 2),
        nodes: vec![(1.0, -1.0), (0.0, 2.0), (-1.0, 0.5), (0.3, 0.0)],
    };
    let target = grid(0.0, 1000.0, 2.0, 200, 250);
    for d in [lattice, affine, Displacement::constant(1.3, -0.4)] {
        let d = Arc::new(d);
        let base = PixelMap::affine(&target, &grid(30.0, 1010.0, 2.0, 300, 300));
        for (row, col) in [(0.5, 0.5), (77.3, 150.2), (199.5, 249.5), (120.0, 33.3)] {
            let moved = d.at(row, col);
            let back = d.undo(row + moved.0, col + moved.1);
            assert!((back.0 - row).hypot(back.1 - col) < 2e-3, "{back:?} for {row} {col}");
            let (r, c) = base.displaced(&d, false).at(row, col);
            let wanted = base.at(row + moved.0, col + moved.1);
            assert!((r - wanted.0).hypot(c - wanted.1) < 1e-9);
            let (r, c) = base.displaced(&d, true).at(row + moved.0, col + moved.1);
            let wanted = base.at(row, col);
            assert!((r - wanted.0).hypot(c - wanted.1) < 2e-3, "{:?}", (r, c));
        }
    }
}

#[test]
fn nothing_is_extrapolated() {
    let d = Displacement {
        origin: (100.0, 100.0),
        step: (100.0, 100.0),
        count: (2, 2),
        nodes: vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)],
    };
    assert_eq!((d.at(150.0, 150.0), d.at(-1e6, 1e6), d.at(1e6, 150.0)), ((0.5, 0.5), (1.0, 0.0), (0.5, 1.0)));
}

#[test]
fn whole_pixels_are_still_copied() {
    let b = grid(0.0, 1000.0, 5.0, 100, 80);
    let plan = planned(&b, &b).unwrap();
    let feed = |rows, cols| {
        plan.after[0].displaced(&Arc::new(Displacement::constant(rows, cols)), false, &plan.grid, 0.25).copy
    };
    assert_eq!((feed(3.1, -2.1), feed(0.1, 0.1), feed(3.4, 0.0)), (Some((3, -2)), Some((0, 0)), None));
    let undone = plan.after[0].displaced(&Arc::new(Displacement::constant(3.0, -2.0)), true, &plan.grid, 0.25);
    assert_eq!(undone.copy, Some((-3, 2)));
    // A file that is resampled anyway is moved by all of it.
    let off = planned(&b, &grid(2.5, 1000.0, 5.0, 100, 80)).unwrap();
    let moved = off.after[0].displaced(&Arc::new(Displacement::constant(0.0, 0.1)), false, &off.grid, 0.25);
    assert!(moved.copy.is_none() && (moved.map.at(0.0, 0.0).1 + 0.4).abs() < 1e-9);
}

#[test]
fn the_residual_is_told_place_by_place() {
    let plan = plan_of(8);
    // The right half is left a pixel off, the lower left corner was not measured.
    let mut all = ties(&plan, |_, col| if col < 400.0 { (0.05, 0.0) } else { (0.8, 0.6) });
    all.retain(|t| t.row < 500.0 || t.col > 300.0);
    let field = fit_field(&plan, all, &Stack::default());
    let residual = ResidualField::of(&field, &plan, 800, 800).unwrap();
    let (left, right, unseen) = (residual.at(100.0, 100.0), residual.at(400.0, 750.0), residual.at(780.0, 20.0));
    assert!(left < 0.35 && (0.8..1.4).contains(&right), "{left} {right}");
    assert!(unseen > left + 0.2, "{unseen} {left}");
    let s = residual.summary();
    assert!(s.median_px <= s.p90_px && s.p90_px <= s.max_px && s.ninths_px[0][0] < s.ninths_px[0][2], "{s:?}");
    assert_eq!(residual.worst([(100.0, 100.0), (400.0, 750.0)].into_iter()), Some(right));
    assert_eq!(ResidualField::of(&fit_field(&plan, Vec::new(), &Stack::default()), &plan, 800, 800), None);
}

#[test]
fn confidence_falls_with_residual_and_narrowness() {
    let shown: Vec<f64> = [(0.0, 3.0), (0.25, 3.0), (1.25, 1.0), (1.25, 9.0), (2.25, 2.0)]
        .iter()
        .map(|(residual, width)| (trust(*residual, *width) * 100.0).round() / 100.0)
        .collect();
    assert_eq!(shown, [1.0, 1.0, 0.5, 0.9, 0.5]);
}

#[test]
fn tie_tiles_are_bounded_and_fit() {
    let params = AlignParams::default();
    for (rows, cols, side) in [
        (31, 500, 0),
        (64, 64, 64),
        (100, 90, 64),
        (256, 256, 128),
        (400, 400, 128),
        (723, 934, 256),
        (60_000, 9_000, 256),
    ] {
        let plan = tie_plan(rows, cols, &params);
        assert_eq!(plan.side, side, "{rows} x {cols}");
        assert!(plan.windows.len() <= params.max_tie_tiles && plan.windows.is_empty() == (side == 0));
        let fits = |w: &Window| w.row >= 0 && w.col >= 0 && w.row_end() <= rows as i64 && w.col_end() <= cols as i64;
        assert!(plan.windows.iter().all(fits), "{plan:?}");
        assert!((0.0..=1.0).contains(&plan.share()));
    }
}
