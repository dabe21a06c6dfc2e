use super::super::persistence::tests::town;
use super::*;
use ndarray::{Array3, s};

const GSD_M: f64 = 0.5;
/// Roofs of the towns; their plain is 100 to 104.
fn roofs(town: &Array3<f32>) -> Array2<bool> {
    town.index_axis(Axis(0), 0).mapv(|v| !(99.0..=105.0).contains(&v))
}

/// Share of the roofs that stand, of those left and right of the middle; every pixel is built after if `built_after`.
fn standing(before: &Array3<f32>, after: &Array3<f32>, built_after: bool) -> [f64; 2] {
    let seen = Array2::from_elem((80, 80), true);
    let roofs = roofs(before);
    let pair = EdgePair::new(before.view(), after.view(), seen.view(), GSD_M);
    let found = pair.persistence(roofs.view()).expect("edges");
    let likeness = likeness(&pair, (before.view(), after.view()), (seen.view(), roofs.view()), found.offset, GSD_M);
    let odds = log_odds(&likeness, &roofs, &Array2::from_elem((80, 80), built_after), found.kept(), GSD_M);
    [s![.., ..40], s![.., 40..]].map(|half| {
        let (odds, roofs) = (odds.slice(half), roofs.slice(half));
        let stands = odds.iter().zip(&roofs).filter(|(o, r)| **r && **o > 0.0).count();
        stands as f64 / roofs.iter().filter(|r| **r).count().max(1) as f64
    })
}

/// What is left of a town that was torn down: bright and without any outline, but built to the eye of the classes.
fn rubble() -> Array3<f32> {
    Array3::from_shape_fn((1, 80, 80), |(_, i, j)| {
        let coarse = ((i / 2) * 7919 + (j / 2) * 104_729 + (i / 2) * (j / 2) * 31) % 101;
        (60 + coarse + (i * 13 + j * 29 + i * j) % 23) as f32
    })
}

#[test]
fn a_town_in_other_light_stands_and_rubble_does_not() {
    let before = town(1);
    let stands = |after: &Array3<f32>, built| standing(&before, after, built);
    for half in stands(&before.mapv(|v| 30.0 + 2.5 * v), true) {
        assert!(half > 0.99, "{half}");
    }
    // Painted over like fields, it stands all the same.
    for half in stands(&before.mapv(|v| 30.0 + 2.5 * v), false) {
        assert!(half > 0.9, "{half}");
    }
    for half in stands(&rubble(), true) {
        assert!(half < 0.1, "{half}");
    }
}

#[test]
fn half_a_town_stands_by_halves() {
    let before = town(3);
    let mut after = rubble();
    after.slice_mut(s![.., .., ..40]).assign(&before.slice(s![.., .., ..40]));
    let [left, right] = standing(&before, &after, true);
    assert!(left > 0.8 && right < 0.1, "{left} {right}");
}

#[test]
fn nothing_built_has_no_odds() {
    let town = town(1);
    let seen = Array2::from_elem((80, 80), true);
    let pair = EdgePair::new(town.view(), town.view(), seen.view(), GSD_M);
    let likeness = likeness(&pair, (town.view(), town.view()), (seen.view(), seen.view()), (0, 0), GSD_M);
    let nowhere = Array2::from_elem((80, 80), false);
    assert!(log_odds(&likeness, &nowhere, &seen, 1.0, GSD_M).iter().all(|o| *o == 0.0));
}
