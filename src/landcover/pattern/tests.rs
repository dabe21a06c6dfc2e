use super::*;
use crate::landcover::{Plane, feature_names};
use crate::raster::{BandRole, Quality};

const SIDE: usize = 40;

fn features(code: impl Fn(f64, f64) -> f64) -> Features {
    let roles = [BandRole::Blue, BandRole::Green, BandRole::Red, BandRole::Nir];
    let count = feature_names(&Plane::of(&roles).expect("four bands")).len();
    let plane = Array2::from_shape_fn((SIDE, SIDE), |(i, j)| code(i as f64, j as f64).clamp(0.0, 255.0) as u8);
    Features { codes: vec![plane; count] }
}

/// Sums over a square of pixels from 4 to 36, in two parts.
fn sums(features: &[Features; 2], quality: &Array2<Quality>) -> (Vec<u64>, u64) {
    let inside = |k: usize| (4..36).contains(&k);
    let group = Array2::from_shape_fn((SIDE, SIDE), |(i, j)| u8::from(inside(i) && inside(j)));
    let score = Array2::from_elem((SIDE, SIDE), 128);
    let sight = Sight { features, score: &score, quality, group: &group };
    let mut out = [vec![0; PATTERN_SUMS], vec![0; PATTERN_SUMS]];
    for row in 4..36 {
        add(&sight, row, 4..17, &mut out[0]);
        add(&sight, row, 17..36, &mut out[1]);
    }
    (out[0].iter().zip(&out[1]).map(|(a, b)| a + b).collect(), 32 * 32)
}

fn named(before: impl Fn(f64, f64) -> f64, after: impl Fn(f64, f64) -> f64) -> impl Fn(&str) -> u8 {
    let seen = Array2::from_elem((SIDE, SIDE), Quality::Valid);
    let (sums, pixels) = sums(&[features(before), features(after)], &seen);
    let codes = pattern_codes(&sums, pixels);
    let names = pattern_names();
    assert_eq!(codes.len(), names.len());
    move |name| codes[names.iter().position(|n| n == name).unwrap_or_else(|| panic!("{name}"))]
}

/// Rows of a crop at 30 degrees.
fn rows(i: f64, j: f64) -> f64 {
    120.0 + 20.0 * (0.8 * (i * 0.5 - j * 0.866)).sin()
}

/// A building of right angles at 30 degrees, as blurred as the planes are.
fn house(i: f64, j: f64) -> f64 {
    let (i, j) = (i - 20.0, j - 20.0);
    let (u, v) = (i * 0.866 + j * 0.5, j * 0.866 - i * 0.5);
    let within = |d: f64| 1.0 / (1.0 + (-1.5 * d).exp());
    120.0 + 80.0 * within(9.0 - u.abs()) * within(6.0 - v.abs())
}

/// A heap: edges in every direction.
fn heap(i: f64, j: f64) -> f64 {
    200.0 - 6.0 * (i - 20.0).hypot(j - 20.0)
}

#[test]
fn rows_run_along_houses_have_right_angles_heaps_neither() {
    let of = named(rows, house);
    assert!(of("edges along before") > 230, "{}", of("edges along before"));
    assert!(of("edges along after") < 130, "{}", of("edges along after"));
    assert!(of("right angles of strong edges after") > 150, "{}", of("right angles of strong edges after"));
    let heap = named(rows, heap);
    for name in ["edges along inside after", "right angles of strong edges inside after"] {
        assert!(heap(name) < 40, "{name} {}", heap(name));
    }
}

#[test]
fn a_field_in_another_season_is_alike_and_new_works_are_not() {
    let lit = |i: f64, j: f64| rows(i, j) * 0.5 + 90.0;
    let (season, works) = (named(rows, lit), named(rows, house));
    // 255 is one and the same, 127 nothing in common.
    for name in ["brightness likeness", "edges kept", "edges kept inside"] {
        assert!(season(name) > 245, "{name} {}", season(name));
        assert!(works(name).abs_diff(127) < 25, "{name} {}", works(name));
    }
    assert!(works("brightness spread after") > season("brightness spread after"));
    let inverted = named(rows, |i, j| 240.0 - rows(i, j));
    assert!(inverted("brightness likeness") < 10 && inverted("edges kept") > 245);
}

#[test]
fn bare_planes_say_nothing_and_what_was_not_seen_has_no_edges() {
    let plain = named(|_, _| 90.0, |_, _| 130.0);
    assert_eq!([plain("brightness spread before"), plain("brightness likeness")], [0, 127]);
    assert_eq!([plain("edges after"), plain("right angles inside after"), plain("edges kept")], [0, 0, 127]);
    // 30 of 32 rows and columns.
    assert_eq!(plain("inside"), (255.0 * 30.0 * 30.0 / 1024.0) as u8);
    let clouded = Array2::from_elem((SIDE, SIDE), Quality::Cloud);
    let (sums, pixels) = sums(&[features(rows), features(house)], &clouded);
    let names = pattern_names();
    let edges = names.iter().position(|n| n == "edges after").expect("a name");
    assert_eq!(pattern_codes(&sums, pixels)[edges], 0);
}
