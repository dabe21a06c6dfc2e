use super::*;
use crate::grid::Window;
use crate::normalise::{NormaliseParams, PairSample, Radiometry, fit};
use crate::raster::{Pixels, Quality};
use ndarray::{Array2, Array3, arr2};

#[test]
fn specks_go_and_pinholes_close() {
    let mut m = arr2(&[
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 1, 1, 0],
        [0, 0, 0, 1, 0, 1, 1, 0],
        [0, 0, 0, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ])
    .mapv(|v| v == 1);
    clean(&mut m, 3, 3);
    let expected = arr2(&[
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 1, 1, 0],
        [0, 0, 0, 1, 1, 1, 1, 0],
        [0, 0, 0, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ])
    .mapv(|v| v == 1);
    assert_eq!(m, expected, "got\n{:?}", m.mapv(u8::from));
}

#[test]
fn threshold_falls_between_two_humps() {
    let mut h = ScoreHistogram::default();
    for i in 0..100_000u32 {
        // Triangular humps around 2 (95 %) and 12 (5 %).
        let u = (i as f32 * 0.618_034).fract() + (i as f32 * 0.414_214).fract();
        h.add(if i % 20 == 0 { 8.0 + 4.0 * u } else { 2.0 * u });
    }
    let t = find_threshold(&h, None, &ChangeParams::default());
    assert!(!t.refused && t.score > 3.5 && t.score < 8.5 && t.separability > 5.0, "{t:?}");
    assert!((t.above_percent - 5.0).abs() < 0.3, "{t:?}");
}

/// Scores of one kind of ground: a skewed hump (the square of a triangular one) from `low` to `high`, `count` pixels.
fn hump(h: &mut ScoreHistogram, count: u32, low: f32, high: f32) {
    for i in 0..count {
        let u = ((i as f32 * 0.618_034).fract() + (i as f32 * 0.414_214).fract()) / 2.0;
        h.add((low.sqrt() + u * (high.sqrt() - low.sqrt())).powi(2));
    }
}

#[test]
fn several_kinds_of_unchanged_ground_do_not_pull_the_threshold_into_them() {
    // Bare soil, orchards and roofs that did not change, and 4 % that did.
    let mut h = ScoreHistogram::default();
    [(70_000, 2.0, 7.0), (16_000, 5.0, 12.0), (8_000, 8.0, 18.0), (4_000, 25.0, 90.0)]
        .iter()
        .for_each(|&(count, low, high)| hump(&mut h, count, low, high));
    let t = find_threshold(&h, None, &ChangeParams::default());
    assert!(t.minimum_error < 15.0, "the case must be one that minimum error gets wrong: {t:?}");
    assert!(t.score > 1.25 * t.minimum_error && t.score < 30.0 && t.above_percent < 4.6, "{t:?}");
    // Rarer still, on one kind of ground.
    let mut h = ScoreHistogram::default();
    [(98_000, 2.0, 9.0), (1_000, 14.0, 60.0)].iter().for_each(|&(count, low, high)| hump(&mut h, count, low, high));
    let t = find_threshold(&h, None, &ChangeParams::default());
    assert!(t.score > 8.5 && t.score < 18.0, "{t:?}");
}

#[test]
fn weak_changes_keep_the_minimum_error_threshold() {
    let mut h = ScoreHistogram::default();
    [(80_000, 1.5, 7.0), (15_000, 4.5, 16.0)].iter().for_each(|&(count, low, high)| hump(&mut h, count, low, high));
    let t = find_threshold(&h, None, &ChangeParams::default());
    assert!((t.score - t.minimum_error).abs() < 0.1 * t.score && t.score > 5.0 && t.score < 8.0, "{t:?}");
}

#[test]
fn a_usual_threshold_is_met_half_way_and_noise_stays_below() {
    let mut h = ScoreHistogram::default();
    [(60_000, 0.8, 4.0), (6_000, 4.0, 14.0)].iter().for_each(|&(count, low, high)| hump(&mut h, count, low, high));
    let (own, met) =
        (find_threshold(&h, None, &ChangeParams::default()), find_threshold(&h, Some(3.0), &ChangeParams::default()));
    assert!(
        (met.score - (own.score * 3.0).sqrt()).abs() < 1e-9 && met.minimum_error == own.minimum_error,
        "{own:?} {met:?}"
    );
    let mut noise = ScoreHistogram::default();
    [(40_000, 0.01, 0.05), (20_000, 0.03, 0.08)]
        .iter()
        .for_each(|&(count, low, high)| hump(&mut noise, count, low, high));
    let t = find_threshold(&noise, Some(3.0), &ChangeParams::default());
    assert!(t.above_percent == 0.0 && !t.refused, "{t:?}");
}

#[test]
fn histogram_merging_is_order_free() {
    let (mut a, mut b) = (ScoreHistogram::default(), ScoreHistogram::default());
    (0..500).for_each(|i| a.add(i as f32 * 0.037));
    (0..900).for_each(|i| b.add(i as f32 * 0.051));
    let (mut ab, mut ba) = (a.clone(), b.clone());
    ab.merge(&b);
    ba.merge(&a);
    assert_eq!(ab, ba);
    assert_eq!(ab.total(), 1400);
}

#[test]
fn guided_filter_flattens_noise_and_keeps_a_step() {
    let score = Array2::from_shape_fn((40, 40), |(i, j)| {
        let n = ((i * 31 + j * 17) % 7) as f32 * 0.1;
        if j < 20 { 1.0 + n } else { 30.0 + n }
    });
    let quality = Array2::from_elem((40, 40), Quality::Valid);
    let out = guided_filter(&score, &quality, 2, 1.0, 3.0);
    let spread = |a: &Array2<f32>| {
        let part = a.slice(ndarray::s![5..35, 5..14]);
        part.iter().cloned().fold(f32::MIN, f32::max) - part.iter().cloned().fold(f32::MAX, f32::min)
    };
    assert!(spread(&out) < spread(&score) / 2.0, "{} {}", spread(&out), spread(&score));
    assert!(out[(20, 18)] < 6.0 && out[(20, 21)] > 25.0, "{} {}", out[(20, 18)], out[(20, 21)]);
}

/// A reproducible number in 0..1.
fn noise(seed: usize) -> f32 {
    let mut z = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
}

/// `side` x `side` pixels of three bands, brightness by `at(row, col)`, with noise.
fn pixels(side: usize, seed: usize, at: impl Fn(i64, i64) -> f32) -> Pixels {
    let bands = Array3::from_shape_fn((3, side, side), |(k, i, j)| {
        at(i as i64, j as i64) * (1.0 + 0.1 * k as f32) + 2.0 * noise(((seed * 3 + k) * side + i) * side + j)
    });
    Pixels { bands, quality: Array2::from_elem((side, side), Quality::Valid) }
}

/// The radiometry of a pair, from all its pixels.
fn radiometry(before: &Pixels, after: &Pixels) -> Radiometry {
    let (rows, cols) = before.shape();
    let mut sample = PairSample::new(3);
    sample.add_tile(Window { row: 0, col: 0, rows, cols }, before, after, 1);
    fit(sample, &NormaliseParams::default(), true).unwrap()
}

/// Fields of 16 pixels.
fn fields(i: i64, j: i64) -> f32 {
    100.0 + 80.0 * noise((1_000 + i.div_euclid(16) * 37 + j.div_euclid(16)) as usize)
}

fn largest(score: &Array2<f32>, within: impl Fn(usize, usize) -> bool) -> f32 {
    score.indexed_iter().filter(|((i, j), _)| within(*i, *j)).map(|(_, s)| *s).fold(0.0, f32::max)
}

#[test]
fn a_robust_score_forgives_a_pixel_of_shift_and_keeps_a_roof() {
    let roof = |i: i64, j: i64| (40..52).contains(&i) && (40..52).contains(&j);
    let before = pixels(96, 1, fields);
    let after = pixels(96, 2, |i, j| if roof(i, j) { 260.0 } else { fields(i - 1, j) });
    let r = radiometry(&before, &after);
    let edges = |s: &Array2<f32>| largest(s, |i, j| i > 2 && j > 2 && i < 93 && j < 93 && !(36..56).contains(&i));
    let (plain, robust) =
        (score(&before, &after, &r, Distance::Fused, 0), score(&before, &after, &r, Distance::Fused, 1));
    assert!(edges(&robust) < 0.4 * edges(&plain), "edges {} against {}", edges(&robust), edges(&plain));
    assert!(robust[(46, 46)] > 0.8 * plain[(46, 46)], "roof {} against {}", robust[(46, 46)], plain[(46, 46)]);
    assert!(robust[(46, 46)] > 2.0 * edges(&robust));
}

#[test]
fn nothing_is_scored_where_one_date_saw_nothing() {
    let mut before = pixels(32, 1, fields);
    let after = pixels(32, 2, |i, j| 300.0 - fields(i, j));
    let r = radiometry(&before, &after);
    before.quality[(10, 10)] = Quality::Cloud;
    before.bands.slice_mut(ndarray::s![.., 10, 10]).fill(0.0);
    for reach in [0, 1] {
        assert_eq!(score(&before, &after, &r, Distance::Fused, reach)[(10, 10)], 0.0, "reach {reach}");
    }
    assert_eq!(structure::score(&before, &after, &r, 4.0)[(10, 10)], 0.0);
}

#[test]
fn structure_finds_a_house_where_the_light_changed_everywhere() {
    let house = |i: i64, j: i64| (56..72).contains(&i) && (56..72).contains(&j);
    // Grass with texture; at the later date the same texture under stronger light, and a plain roof of the grass's brightness.
    let grass = |i: i64, j: i64| 100.0 + 40.0 * noise((i * 131 + j) as usize);
    let before = pixels(128, 1, grass);
    let after = pixels(128, 2, |i, j| if house(i, j) { 170.0 } else { 1.4 * grass(i, j) });
    let r = radiometry(&before, &after);
    let s = structure::score(&before, &after, &r, 4.0);
    let elsewhere = largest(&s, |i, j| !(40..88).contains(&i) || !(40..88).contains(&j));
    assert!(s[(64, 64)] > 3.0 * elsewhere, "house {} elsewhere {elsewhere}", s[(64, 64)]);
}

#[test]
fn structure_does_not_depend_on_the_window() {
    let (before, after) = (pixels(96, 1, fields), pixels(96, 2, |i, j| fields(i, j) * if i > 40 { 1.3 } else { 0.9 }));
    let r = radiometry(&before, &after);
    let spread = 3.0;
    let halo = structure::halo_px(spread);
    let whole = structure::score(&before, &after, &r, spread);
    let cut = |p: &Pixels| Pixels {
        bands: p.bands.slice(ndarray::s![.., 20..80, 13..90]).to_owned(),
        quality: p.quality.slice(ndarray::s![20..80, 13..90]).to_owned(),
    };
    let part = structure::score(&cut(&before), &cut(&after), &r, spread);
    for i in halo..60 - halo {
        for j in halo..77 - halo {
            assert_eq!(part[(i, j)].to_bits(), whole[(i + 20, j + 13)].to_bits(), "at {i}, {j}");
        }
    }
}

#[test]
fn the_method_follows_bands_resolution_and_residual() {
    use crate::raster::BandRole::{Blue, Green, Nir, Red};
    let p = ChangeParams::default();
    let rgb = [Some(Red), Some(Green), Some(Blue)];
    let fused = |reach_px| Method::Spectral { distance: Distance::Fused, reach_px };
    let (before, after) = (pixels(64, 1, fields), pixels(64, 2, fields));
    let mut r = Radiometry { agreement: 0.9, converged: true, ..radiometry(&before, &after) };
    let choose = |roles: &[_], gsd_m, residual| Method::choose(roles, gsd_m, &r, residual, &p);
    assert_eq!(choose(&rgb, 0.5, None), Method::Structural { spread_px: 16.0 });
    assert_eq!(choose(&[None; 3], 2.0, Some(3.0)), Method::Structural { spread_px: 4.0 });
    assert_eq!(choose(&rgb, 10.0, Some(0.2)), fused(0));
    assert_eq!(choose(&[Some(Red), Some(Green), Some(Nir)], 0.5, None), fused(0));
    assert_eq!(choose(&[None; 4], 0.5, Some(0.5)), fused(0));
    assert_eq!(choose(&[None; 4], 0.5, Some(0.6)), fused(1));
    assert_eq!(choose(&[None; 4], 0.5, Some(9.0)), fused(2));
    let alone = Method::Spectral { distance: Distance::ChangeVector, reach_px: 0 };
    r.converged = false;
    assert_eq!(Method::choose(&[None; 4], 0.5, &r, None, &p), alone);
    (r.converged, r.agreement) = (true, 0.3);
    assert_eq!(Method::choose(&[None; 4], 0.5, &r, None, &p), alone);
}

#[test]
fn the_fused_score_is_the_geometric_mean_of_its_parts() {
    let (before, after) = (pixels(24, 1, fields), pixels(24, 2, |i, j| if i > 12 { 260.0 } else { fields(i, j) }));
    let r = radiometry(&before, &after);
    let (vector, fused) =
        (score(&before, &after, &r, Distance::ChangeVector, 0), score(&before, &after, &r, Distance::Fused, 0));
    for (i, j) in [(3, 3), (12, 20), (18, 5)] {
        let both: Vec<f64> =
            [&before, &after].iter().flat_map(|p| (0..3).map(|k| f64::from(p.bands[(k, i, j)]))).collect();
        let wanted = (f64::from(vector[(i, j)]) * r.variates.chi_square(&both).sqrt()).sqrt();
        assert!((f64::from(fused[(i, j)]) - wanted).abs() < 1e-3 * wanted, "at {i}, {j}: {} {wanted}", fused[(i, j)]);
    }
}
