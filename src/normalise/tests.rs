use super::survival::{Survival, chi_square_survival};
use super::*;

/// A reproducible number in -1..1.
fn noise(seed: u64) -> f64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn scene(n: usize, changed: usize) -> PairSample {
    let mut s = PairSample::new(3);
    for i in 0..n {
        let base = [
            300.0 + 80.0 * noise(i as u64),
            400.0 + 90.0 * noise(7_000_000 + i as u64),
            500.0 + 60.0 * noise(9_000_000 + i as u64),
        ];
        for k in 0..3 {
            let e = 3.0 * noise((31 + k as u64) * 1_000_003 + i as u64);
            let moved = if i < changed { 200.0 * noise((57 + k as u64) * 1_000_033 + i as u64) } else { 0.0 };
            s.before[k].push(base[k]);
            s.after[k].push((base[k] + moved + e - 40.0) / 1.25);
        }
    }
    s
}

#[test]
fn chi_square_tail_matches_tables() {
    // scipy.stats.chi2.sf(x, k)
    for (x, k, expected) in [
        (3.841_458_8, 1, 0.05),
        (9.487_729, 4, 0.05),
        (11.070_498, 5, 0.05),
        (16.811_893_8, 6, 0.01),
        (4.6, 3, 0.203_542_3),
    ] {
        let got = chi_square_survival(x, k);
        assert!((got - expected).abs() < 2e-6, "chi2.sf({x}, {k}) = {got}, wanted {expected}");
    }
}

#[test]
fn chi_square_table_is_the_chi_square_tail() {
    for degrees in [1, 2, 3, 4, 5, 8, 64] {
        let table = Survival::new(degrees);
        for k in 0..20_000 {
            let root = f64::from(k) * 0.001_003;
            let (got, wanted) = (table.of_root(root), chi_square_survival(root * root, degrees));
            assert!((got - wanted).abs() < 1e-10, "{degrees} {root}: {got} {wanted}");
        }
        assert_eq!(table.of_root(1e9), 0.0);
    }
}

#[test]
fn gain_and_offset_survive_a_third_of_changed_pixels() {
    let r = fit(scene(6000, 2000), &NormaliseParams::default(), true).unwrap();
    for (k, b) in r.bands.iter().enumerate() {
        assert!((b.gain - 1.25).abs() < 0.01 && (b.offset - 40.0).abs() < 4.0, "band {k}: {b:?}");
    }
    assert!(r.converged && r.no_change < 4100, "{r:?}");
}

#[test]
fn copies_and_constant_bands_do_not_divide_by_zero() {
    let mut s = scene(1000, 0);
    s.after = s.before.clone();
    s.before.push(vec![7.0; 1000]);
    s.after.push(vec![7.0; 1000]);
    let r = fit(s, &NormaliseParams::default(), true).unwrap();
    assert!(r.bands.iter().all(|b| b.residual_sd > 0.28 && b.gain.is_finite() && b.offset.is_finite()), "{r:?}");
}

#[test]
fn too_few_pixels_are_refused() {
    let e = fit(scene(50, 0), &NormaliseParams::default(), true).unwrap_err();
    assert!(e.to_string().contains("only 50 sampled pixels"), "{e}");
}

/// A pair of 80 x 100 pixels; `veil` is the opacity of a white haze at the right rim of the later image, in the first band.
fn hazy(veil: f64, changed: impl Fn(usize, usize) -> bool) -> (PairSample, Vec<f64>) {
    let mut s = scene(8000, 0);
    let clear = s.after[0].clone();
    for i in 0..80 {
        for j in 0..100 {
            let (n, t) = (i * 100 + j, veil * j as f64 / 99.0);
            s.at.push([i as u32, j as u32]);
            if changed(i, j) {
                s.after.iter_mut().for_each(|band| band[n] += 60.0);
            }
            s.after[0][n] = (1.0 - t) * s.after[0][n] + t * 900.0;
        }
    }
    (s, clear)
}

#[test]
fn haze_thickening_over_the_scene_is_taken_off() {
    let field = |i: usize, j: usize| i < 30 && j % 20 < 10;
    let (mut s, clear) = hazy(0.3, field);
    let veil = Veil::find(&s, &NormaliseParams::default()).unwrap();
    assert!(veil.spread_ratio < 0.3, "{veil:?}");
    veil.lift_sample(&mut s);
    // Where nothing changed one line now carries the band back to the clear image.
    let rest: Vec<usize> = (0..8000).filter(|n| !field(n / 100, n % 100)).collect();
    let pick = |v: &[f64]| rest.iter().map(|&n| v[n]).collect::<Vec<f64>>();
    let (x, y) = (pick(&s.after[0]), pick(&clear));
    let (n, mx, my) = (x.len() as f64, x.iter().sum::<f64>() / x.len() as f64, y.iter().sum::<f64>() / y.len() as f64);
    let slope = x.iter().zip(&y).map(|(a, b)| (a - mx) * (b - my)).sum::<f64>()
        / x.iter().map(|a| (a - mx).powi(2)).sum::<f64>();
    let rms = (x.iter().zip(&y).map(|(a, b)| (b - my - slope * (a - mx)).powi(2)).sum::<f64>() / n).sqrt();
    assert!(rms < 6.0, "{rms}: the veil had 60 to 150 at the rim");
    // The image is treated as the sample is.
    let mut pixels = crate::raster::Pixels {
        bands: ndarray::Array3::from_elem((3, 1, 1), 500.0),
        quality: ndarray::Array2::from_elem((1, 1), crate::raster::Quality::Valid),
    };
    veil.lift(crate::grid::Window { row: 40, col: 90, rows: 1, cols: 1 }, &mut pixels);
    let mut one = PairSample {
        before: vec![vec![0.0]; 3],
        after: vec![vec![500.0]; 3],
        at: vec![[40, 90]],
        ..PairSample::new(3)
    };
    veil.lift_sample(&mut one);
    (0..3).for_each(|k| assert!((f64::from(pixels.bands[(k, 0, 0)]) - one.after[k][0]).abs() < 1e-3));
}

#[test]
fn change_on_one_side_is_no_veil() {
    for side in [0, 15, 30, 50] {
        let (s, _) = hazy(0.0, |_, j| j >= 100 - side);
        assert_eq!(Veil::find(&s, &NormaliseParams::default()), None);
    }
    let off = NormaliseParams { veil_max_spread_ratio: 0.0, ..Default::default() };
    assert_eq!(Veil::find(&hazy(0.3, |_, _| false).0, &off), None);
}
