use super::*;
use crate::landcover::{LandcoverParams, ReferenceSample};
use ndarray::{Array3, s};

const ROLES: [BandRole; 4] = [BandRole::Blue, BandRole::Green, BandRole::Red, BandRole::Nir];

/// Fields of several colours with grain in them, and some pixels nobody saw.
fn ground(rows: usize, cols: usize) -> Pixels {
    let fields =
        [[60.0, 90.0, 120.0, 170.0], [30.0, 60.0, 40.0, 420.0], [90.0, 130.0, 180.0, 260.0], [50.0, 45.0, 35.0, 20.0]];
    let grain = |k: usize, i: usize, j: usize| {
        let h = (i * 7919 + j * 104_729 + k * 1_299_709).wrapping_mul(2_654_435_761) >> 9;
        (h % 1000) as f32 / 1000.0 - 0.5
    };
    let at = |(k, i, j): (usize, usize, usize)| fields[(i / 37 + j / 23) % 4][k] * (1.0 + 0.12 * grain(k, i, j));
    let seen = |(i, j): (usize, usize)| if (i * 31 + j * 17) % 97 == 0 { Quality::Cloud } else { Quality::Valid };
    Pixels { bands: Array3::from_shape_fn((4, rows, cols), at), quality: Array2::from_shape_fn((rows, cols), seen) }
}

fn reference(pixels: &Pixels) -> Reference {
    let sample = ReferenceSample::of_tile(pixels, 1, &[4.0; 4], None);
    Reference::learn(&sample, &ROLES, &LandcoverParams::default()).unwrap()
}

fn features(pixels: &Pixels, window: Window, reference: &Reference) -> Features {
    let wanted = Array2::from_elem(pixels.shape(), true);
    Features::of(pixels, window, &wanted, reference).unwrap()
}

#[test]
fn every_code_has_a_name() {
    let pixels = ground(90, 90);
    let window = Window { row: 0, col: 0, rows: 90, cols: 90 };
    let names = feature_names(&Plane::of(&ROLES).unwrap());
    assert_eq!(features(&pixels, window, &reference(&pixels)).codes.len(), names.len());
    assert_eq!(Plane::of(&ROLES[..3]), None);
    assert_eq!(Plane::of(&BandRole::ALL).unwrap().len(), 8);
}

#[test]
fn a_pixel_has_the_same_features_in_any_window() {
    let whole = ground(150, 170);
    let reference = reference(&whole);
    let of_whole = features(&whole, Window { row: 5, col: -3, rows: 150, cols: 170 }, &reference);
    for (row, col) in [(7, 11), (18, 30), (41, 2)] {
        let (rows, cols) = (90, 85);
        let cut = s![row..row + rows, col..col + cols];
        let part = Pixels {
            bands: whole.bands.slice(s![.., row..row + rows, col..col + cols]).to_owned(),
            quality: whole.quality.slice(cut).to_owned(),
        };
        let window = Window { row: 5 + row as i64, col: -3 + col as i64, rows, cols };
        let of_part = features(&part, window, &reference);
        let inner = s![FEATURE_HALO..rows - FEATURE_HALO, FEATURE_HALO..cols - FEATURE_HALO];
        for (k, (a, b)) in of_part.codes.iter().zip(&of_whole.codes).enumerate() {
            assert_eq!(a.slice(inner), b.slice(cut).slice(inner), "feature {k} in the window at {row}, {col}");
        }
    }
}

#[test]
fn gain_and_offset_of_the_sensor_cancel() {
    let pixels = ground(120, 120);
    let window = Window { row: 0, col: 0, rows: 120, cols: 120 };
    let mut other = pixels.clone();
    for (k, mut band) in other.bands.outer_iter_mut().enumerate() {
        band.mapv_inplace(|v| v * (3.0 + k as f32) + 400.0);
    }
    let (a, b) = (features(&pixels, window, &reference(&pixels)), features(&other, window, &reference(&other)));
    // All but the distance, whose Gaussians are fitted anew.
    let distance = a.codes.len() - 2;
    for (k, (a, b)) in a.codes.iter().zip(&b.codes).enumerate().filter(|(k, _)| *k != distance) {
        let far = a.iter().zip(b).filter(|(a, b)| a.abs_diff(**b) > 3).count();
        assert!(far * 200 < a.len(), "feature {k} differs at {far} of {} pixels", a.len());
    }
}

#[test]
fn what_was_not_seen_tells_nothing_about_its_neighbours() {
    let pixels = ground(100, 100);
    let window = Window { row: 0, col: 0, rows: 100, cols: 100 };
    let reference = reference(&pixels);
    let mut other = pixels.clone();
    for ((i, j), quality) in pixels.quality.indexed_iter().filter(|(_, q)| !q.is_valid()) {
        assert_eq!(*quality, Quality::Cloud);
        (0..4).for_each(|k| other.bands[(k, i, j)] = 60_000.0);
    }
    let (a, b) = (features(&pixels, window, &reference), features(&other, window, &reference));
    for (a, b) in a.codes.iter().zip(&b.codes) {
        let mut seen = a.iter().zip(b).zip(&pixels.quality).filter(|(_, q)| q.is_valid());
        assert!(seen.all(|((a, b), _)| a == b));
    }
}

#[test]
fn the_brighter_the_higher() {
    let bright = |v: f32| Plane::Brightness.value(&Ratios { blue: v, green: v, red: v, nir: v, swir1: v, swir2: v });
    let steps: Vec<i16> = [0.25, 0.5, 1.0, 2.0, 4.0].map(bright).to_vec();
    assert!(steps.windows(2).all(|w| w[1] - w[0] == 512), "an octave is 512: {steps:?}");
}
