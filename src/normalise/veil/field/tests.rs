use super::*;

const ROLES: [Option<BandRole>; 4] =
    [Some(BandRole::Blue), Some(BandRole::Green), Some(BandRole::Red), Some(BandRole::Nir)];
const SIDE: usize = 120;

fn places() -> Vec<Place> {
    let along = |v: usize| 2.0 * v as f64 / (SIDE - 1) as f64 - 1.0;
    (0..SIDE * SIDE).map(|n| (along(n % SIDE), along(n / SIDE))).collect()
}

/// A number from -1 to 1 that looks random.
fn noise(n: usize, k: usize) -> f64 {
    let z = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (k as u64 + 7).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((z ^ (z >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// Fields of 8 x 8 pixels, each with its own change, most of it in red and infrared; haze by `thickness` in the visible bands.
fn differences(thickness: impl Fn(Place) -> f64, weights: [f64; 4]) -> Vec<Vec<f64>> {
    let of_band = |k: usize| {
        let one = |(n, place): (usize, &Place)| {
            let field = (n / SIDE / 8) * 1000 + n % SIDE / 8;
            let farming = noise(field, 0) * [0.4, 0.6, 1.0, -1.5][k];
            farming + noise(n, k + 1) + weights[k] * thickness(*place)
        };
        places().iter().enumerate().map(one).collect()
    };
    (0..4).map(of_band).collect()
}

fn patches((x, y): Place) -> f64 {
    (3.0 * x + 1.0).sin() * (2.5 * y).cos()
}

#[test]
fn haze_in_patches_is_found_where_it_lies() {
    let found = HazeField::find(&differences(patches, [1.5, 1.2, 1.0, 0.2]), &places(), &ROLES).unwrap();
    let of: Vec<(f64, f64)> = places().iter().map(|p| (found.at(*p), patches(*p))).collect();
    assert!(correlation(&of).abs() > 0.97, "{}", correlation(&of));
    let (thin, thick) = found.range();
    assert!(thick - thin > 1.0 && thick - thin < 1.6, "{thin} {thick}");
}

#[test]
fn what_farming_does_from_field_to_field_is_no_haze() {
    assert_eq!(HazeField::find(&differences(|_| 0.0, [0.0; 4]), &places(), &ROLES), None);
}

#[test]
fn a_pattern_in_other_colours_is_no_haze() {
    // Water: the infrared most of all. Crops: red and infrared in opposite ways.
    for weights in [[0.4, 0.5, 0.8, 2.0], [0.0, 0.2, 1.0, -2.0], [1.0, -0.5, 1.0, 0.1]] {
        assert_eq!(HazeField::find(&differences(patches, weights), &places(), &ROLES), None, "{weights:?}");
    }
    // Without names of the bands nobody can tell.
    assert_eq!(HazeField::find(&differences(patches, [1.5, 1.2, 1.0, 0.2]), &places(), &[None; 4]), None);
}

#[test]
fn too_few_pixels_say_nothing() {
    let few: Vec<Vec<f64>> = differences(patches, [1.5, 1.2, 1.0, 0.2]).iter().map(|b| b[..900].to_vec()).collect();
    assert_eq!(HazeField::find(&few, &places()[..900], &ROLES), None);
}
