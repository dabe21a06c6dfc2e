use super::*;
use crate::raster::Quality;
use ndarray::{Array2, arr2};

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
    let t = kittler_illingworth(&h, &ChangeParams::default());
    assert!(!t.refused && t.score > 3.5 && t.score < 8.5 && t.separability > 5.0, "{t:?}");
    assert!((t.above_percent - 5.0).abs() < 0.3, "{t:?}");
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
