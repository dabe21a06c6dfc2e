#![allow(clippy::unwrap_used)]

use super::*;
use crate::landcover::{Plane, feature_names};

/// A number that looks random.
fn noise(n: usize) -> u8 {
    let z = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((z ^ (z >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 56) as u8
}

fn features(model: &LandModel, shape: (usize, usize), seed: usize) -> Features {
    let count = feature_names(&Plane::of(&model.bands).unwrap()).len();
    let plane = |k: usize| Array2::from_shape_fn(shape, |(i, j)| noise(((seed * 64 + k) * 64 + i) * 1024 + j));
    Features { codes: (0..count).map(plane).collect() }
}

#[test]
fn pixels_are_told_alike_in_long_stretches_short_ones_and_at_the_end_of_the_planes() {
    let bytes = include_bytes!("../../../models/bgrn/landcover.json");
    let model = LandModel::parse(bytes, "models/bgrn").unwrap();
    let shape = (5, 700);
    let (this, other) = (features(&model, shape, 1), features(&model, shape, 2));
    let score = Array2::from_shape_fn(shape, |(i, j)| noise(i * 1024 + j));
    let all = cover(&model, &this, &other, &score, &Array2::from_elem(shape, true));
    let shares = pixel_shares(&model, &this, &other, &score, &Array2::from_elem(shape, true));
    assert!(all.class.iter().any(|c| *c != all.class[(0, 0)]), "all pixels are of one class");
    for period in [2, 7, 150] {
        let wanted = Array2::from_shape_fn(shape, |(_, j)| j % period != 0);
        let some = cover(&model, &this, &other, &score, &wanted);
        let told = pixel_shares(&model, &this, &other, &score, &wanted);
        let mut next = told.iter();
        for (n, (at, wanted)) in wanted.indexed_iter().enumerate() {
            if *wanted {
                assert_eq!((some.class[at], some.distance[at]), (all.class[at], all.distance[at]), "{at:?}");
                assert_eq!(next.next(), Some(&shares[n]), "{at:?}");
            } else {
                assert_eq!(some.class[at], Class::UNCLASSIFIED);
            }
        }
    }
}
