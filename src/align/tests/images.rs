//! Tie tiles, fields and evidence measured on made images.

use super::*;

/// Measures as a scan does, on images in memory.
fn measured(before: &Pixels, after: &Pixels, params: &AlignParams) -> (ShiftField, MatchEvidence) {
    let (rows, cols) = before.shape();
    let plan = tie_plan(rows, cols, params);
    let (mut stack, mut ties) = (Stack::default(), Vec::new());
    for w in &plan.windows {
        let cut = |p: &Pixels| {
            let (r, c) = (w.row as usize, w.col as usize);
            Pixels {
                bands: p.bands.slice(ndarray::s![.., r..r + w.rows, c..c + w.cols]).to_owned(),
                quality: p.quality.slice(ndarray::s![r..r + w.rows, c..c + w.cols]).to_owned(),
            }
        };
        let half = plan.side as f64 / 2.0;
        let centre = (w.row as f64 + half, w.col as f64 + half);
        if let Some(t) = measure_tie(&cut(before), &cut(after), centre, params) {
            stack.add(&t.surface);
            ties.push((t.tie, t.textured));
        }
    }
    let evidence = MatchEvidence::of(&ties, &plan, &stack);
    (fit_field(&plan, ties.into_iter().map(|t| t.0).collect(), &stack), evidence)
}

/// Repeatable noise in -0.5..0.5.
fn noise(i: usize, j: usize, seed: u64) -> f32 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (j as u64 + 7).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= seed.wrapping_mul(0x94d0_49bb_1331_11eb);
    for _ in 0..3 {
        x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (x >> 40) as f32 / (1u64 << 24) as f32 - 0.5
}

fn image(rows: usize, cols: usize, value: impl Fn(f64, f64) -> f32, seed: u64) -> Pixels {
    Pixels {
        bands: Array3::from_shape_fn((1, rows, cols), |(_, i, j)| value(i as f64, j as f64) + noise(i, j, seed)),
        quality: Array2::from_elem((rows, cols), Quality::Valid),
    }
}

/// The scene as it looks when the ground at `q` is shown at `q + d(q)`.
fn displaced(rows: usize, cols: usize, d: impl Fn(f64, f64) -> (f64, f64)) -> Pixels {
    let look = |row: f64, col: f64| {
        let mut q = (row, col);
        for _ in 0..6 {
            let m = d(q.0, q.1);
            q = (row - m.0, col - m.1);
        }
        // Another radiometry, brightness reversed.
        500.0 - 0.7 * scene(q.0, q.1)
    };
    image(rows, cols, look, 9)
}

fn plain(rows: usize, cols: usize) -> Pixels {
    image(rows, cols, scene, 1)
}

/// Greatest distance of the fitted from the true displacement over a part of the grid, pixels.
fn worst(field: &ShiftField, size: (usize, usize), margin: f64, d: impl Fn(f64, f64) -> (f64, f64)) -> f64 {
    let mut out = 0.0f64;
    for i in 0..=10 {
        for j in 0..=10 {
            let at = |k: usize, n: usize| margin + (n as f64 - 2.0 * margin) * k as f64 / 10.0;
            let (row, col) = (at(i, size.0), at(j, size.1));
            let (found, wanted) = (field.displacement.at(row, col), d(row, col));
            out = out.max((found.0 - wanted.0).hypot(found.1 - wanted.1));
        }
    }
    out
}

#[test]
fn one_shift_is_found_to_a_twentieth_of_a_pixel_whatever_the_radiometry() {
    let before = plain(256, 256);
    for (dr, dc) in [(0.0, 0.0), (0.5, -0.3), (1.25, 2.6), (-5.4, 3.2)] {
        let after = displaced(256, 256, |_, _| (dr, dc));
        let (field, evidence) = measured(&before, &after, &AlignParams::default());
        let g = field.global;
        assert!(g.resolved && field.model == ModelKind::Constant, "{dr} {dc}: {field:?}");
        assert!((g.rows_px - dr).abs() < 0.05 && (g.cols_px - dc).abs() < 0.05, "{dr} {dc}: {g:?}");
        assert!(!evidence.denies_match() && evidence.agreeing == evidence.tiles, "{evidence:?}");
    }
}

#[test]
fn the_smallest_images_are_measured() {
    let after = displaced(64, 64, |_, _| (0.4, -1.3));
    let (field, _) = measured(&plain(64, 64), &after, &AlignParams::default());
    let g = field.global;
    assert!(g.resolved && (g.rows_px - 0.4).abs() < 0.1 && (g.cols_px + 1.3).abs() < 0.1, "{g:?}");
    assert!(!measured(&plain(31, 64), &plain(31, 64), &AlignParams::default()).0.global.resolved);
}

#[test]
fn a_distortion_of_two_pixels_across_the_image_is_found_as_such() {
    let d = |row: f64, col: f64| (2.0 * col / 384.0 - 1.0, 0.3 - 1.5 * row / 384.0);
    let (field, _) = measured(&plain(384, 384), &displaced(384, 384, d), &AlignParams::default());
    assert_eq!(field.model, ModelKind::Affine, "{:?}", field.tried);
    let off = worst(&field, (384, 384), 0.0, d);
    assert!(off < 0.12, "{off} {:?}", field.displacement);
}

#[test]
fn a_local_bump_is_followed() {
    let d = |row: f64, col: f64| {
        let r = ((row - 200.0).powi(2) + (col - 180.0).powi(2)).sqrt() / 90.0;
        (2.0 * (-0.5 * r * r).exp(), 0.0)
    };
    let (field, _) = measured(&plain(384, 384), &displaced(384, 384, d), &AlignParams::default());
    assert!(matches!(field.model, ModelKind::Lattice { .. }), "{:?}", field.tried);
    let single = Displacement::constant(field.global.rows_px, field.global.cols_px);
    let alone = worst(&ShiftField { displacement: single, ..field.clone() }, (384, 384), 64.0, d);
    let off = worst(&field, (384, 384), 64.0, d);
    assert!(off < 0.75 && off < 0.6 * alone, "{off} {alone} {field:?}");
}

#[test]
fn a_flipped_image_and_another_scene_are_denied() {
    let before = plain(400, 400);
    let flipped = image(400, 400, |row, col| scene(399.0 - row, col), 9);
    let other = image(400, 400, |row, col| scene(col * 0.83 + 5_000.0, row * 1.21 - 900.0), 9);
    for after in [flipped, other] {
        let (field, evidence) = measured(&before, &after, &AlignParams::default());
        assert!(!field.global.resolved && evidence.denies_match(), "{:?} {evidence:?}", field.global);
    }
}

#[test]
fn too_little_evidence_is_not_held_against_a_pair() {
    // Noise alone, as on water: nothing to match.
    let (b, a) = (image(400, 400, |_, _| 80.0, 1), image(400, 400, |_, _| 90.0, 2));
    let (field, evidence) = measured(&b, &a, &AlignParams::default());
    assert!(!field.global.resolved && evidence.textured == 0 && !evidence.denies_match(), "{evidence:?}");
    // A small image of other ground: unresolved, not refused.
    let other = image(128, 128, |row, col| scene(col + 5_000.0, row), 3);
    let (field, evidence) = measured(&plain(128, 128), &other, &AlignParams::default());
    assert!(!field.global.resolved && !evidence.denies_match(), "{evidence:?}");
    // Nine tenths changed, a tenth still the same: matched by what is left.
    let rest = image(400, 400, |r, c| if r < 140.0 && c < 140.0 { scene(r, c) } else { scene(c + 5_000.0, r) }, 4);
    let (_, evidence) = measured(&plain(400, 400), &rest, &AlignParams::default());
    assert!(!evidence.denies_match(), "{evidence:?}");
}

#[test]
fn nodata_at_either_date_is_left_out() {
    let before = plain(256, 256);
    let mut after = displaced(256, 256, |_, _| (0.5, 0.5));
    for i in 0..256 {
        for j in 0..(256 - i) / 2 {
            after.quality[(i, j)] = Quality::Nodata;
            after.bands[(0, i, j)] = 0.0;
        }
    }
    let (field, _) = measured(&before, &after, &AlignParams::default());
    let g = field.global;
    assert!(g.resolved && (g.rows_px - 0.5).abs() < 0.06 && (g.cols_px - 0.5).abs() < 0.06, "{g:?}");
}
