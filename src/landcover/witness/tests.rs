use super::*;
use crate::landcover::forest::Forest;
use crate::landcover::{MODEL_SCHEMA, Plane, column_names, feature_names};
use crate::raster::BandRole;

const SIDE: usize = 24;
const BANDS: [BandRole; 4] = [BandRole::Blue, BandRole::Green, BandRole::Red, BandRole::Nir];

fn model() -> LandModel {
    let columns = column_names(&feature_names(&Plane::of(&BANDS).expect("four bands")));
    let forest = Forest { features: columns.len(), classes: 2, prior: vec![0, 0], trees: vec![] };
    let classes = vec![Class::BareSoil, Class::Building];
    LandModel {
        schema: MODEL_SCHEMA,
        name: "m".into(),
        bands: BANDS.to_vec(),
        gsd_m: [0.5, 5.0],
        columns,
        classes,
        forest,
    }
}

/// Features that are `code` in every plane.
fn features(code: impl Fn(usize, usize) -> u8) -> Features {
    let count = feature_names(&Plane::of(&BANDS).expect("four bands")).len();
    Features { codes: vec![Array2::from_shape_fn((SIDE, SIDE), |(i, j)| code(i, j)); count] }
}

/// Sums over the pixels of group 1 between two columns.
fn sums(features: &[Features; 2], group: &Array2<u8>, quality: &Array2<Quality>, cols: [usize; 2]) -> Vec<u64> {
    let (model, score) = (model(), Array2::from_elem((SIDE, SIDE), 128));
    let witness = Witness::new(&model, Sight { features, score: &score, quality, group });
    let mut out = vec![0; witness.sums()];
    for row in 0..SIDE {
        let inside: Vec<usize> = (cols[0]..cols[1]).filter(|c| group[(row, *c)] == 1).collect();
        if let (Some(first), Some(last)) = (inside.first(), inside.last()) {
            witness.add(row, *first..*last + 1, &mut out);
        }
    }
    out
}

fn square(i: usize, j: usize) -> bool {
    (8..16).contains(&i) && (8..16).contains(&j)
}

#[test]
fn a_border_that_was_there_before_is_told_from_one_that_is_new() {
    let group = Array2::from_shape_fn((SIDE, SIDE), |(i, j)| u8::from(square(i, j)));
    let seen = Array2::from_elem((SIDE, SIDE), Quality::Valid);
    let bordered = |i, j| if square(i, j) { 150 } else { 120 };
    let plain = |_, _| 120;
    let new = sums(&[features(plain), features(bordered)], &group, &seen, [0, SIDE]);
    let old = sums(&[features(bordered), features(plain)], &group, &seen, [0, SIDE]);
    // Eight pixels on each of four sides, thirty codes in two planes.
    assert_eq!(new[new.len() - RIM_SUMS..], [32, 0, 32 * 60]);
    assert_eq!(old[old.len() - RIM_SUMS..], [32, 32 * 60, 0]);
    let names = witness_names(&feature_names(&Plane::of(&BANDS).expect("bands")), &model().classes);
    assert_eq!(names.len() + PATTERN_SUMS - pattern::pattern_names().len(), new.len());
}

#[test]
fn what_was_not_seen_is_no_border_and_parts_add_up() {
    let group = Array2::from_shape_fn((SIDE, SIDE), |(i, j)| u8::from(square(i, j)));
    let cloud = |(_, j): (usize, usize)| if j >= 16 { Quality::Cloud } else { Quality::Valid };
    let seen = Array2::from_shape_fn((SIDE, SIDE), cloud);
    let both = [features(|i, j| (7 * i + 3 * j) as u8), features(|i, j| (i * j) as u8)];
    let whole = sums(&both, &group, &seen, [0, SIDE]);
    assert_eq!(whole[whole.len() - RIM_SUMS], 24);
    let (left, right) = (sums(&both, &group, &seen, [0, 11]), sums(&both, &group, &seen, [11, SIDE]));
    let added: Vec<u64> = left.iter().zip(&right).map(|(a, b)| a + b).collect();
    assert_eq!(added, whole);
}

#[test]
fn parcels_on_the_edge_of_the_image_end_there_without_a_border() {
    let group = Array2::from_shape_fn((SIDE, SIDE), |(i, _)| u8::from(i < 4));
    let seen = Array2::from_elem((SIDE, SIDE), Quality::Valid);
    let plain = [features(|_, _| 90), features(|_, _| 90)];
    let found = sums(&plain, &group, &seen, [0, SIDE]);
    assert_eq!(found[found.len() - RIM_SUMS..], [SIDE as u64, 0, 0]);
}
