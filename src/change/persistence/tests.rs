use super::*;
use ndarray::{Array2, Array3, s};

/// Roofs of random places and colours on plain ground, one band.
pub(in crate::change) fn town(seed: u64) -> Array3<f32> {
    let mut state = seed;
    let mut next = move |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut out = Array3::from_elem((1, 80, 80), 100.0f32);
    for _ in 0..14 {
        let (r, c, h, w) = (next(64) as usize, next(64) as usize, 6 + next(8) as usize, 6 + next(8) as usize);
        let roof = 40.0 + next(180) as f32;
        out.slice_mut(s![0, r..r + h, c..c + w]).fill(roof);
    }
    for v in out.iter_mut() {
        *v += next(5) as f32;
    }
    out
}

fn compared(before: &Array3<f32>, after: &Array3<f32>) -> Persistence {
    let seen = Array2::from_elem((80, 80), true);
    let mut patch = Array2::from_elem((80, 80), false);
    patch.slice_mut(s![12..68, 12..68]).fill(true);
    EdgePair::new(before.view(), after.view(), seen.view(), 0.5).persistence(patch.view()).expect("edges")
}

#[test]
fn a_town_in_other_light_or_turned_negative_is_the_same_town() {
    let before = town(1);
    for after in [before.mapv(|v| 30.0 + 2.5 * v), before.mapv(|v| 400.0 - v)] {
        let p = compared(&before, &after);
        assert!(p.kept() > 0.95 && p.offset == (0, 0), "{p:?}");
    }
}

#[test]
fn another_town_keeps_nothing() {
    let p = compared(&town(1), &town(2));
    assert!(p.kept() < 0.25, "{p:?}");
}

#[test]
fn lean_is_followed() {
    let before = town(3);
    let mut after = town(4);
    after.slice_mut(s![.., 2.., ..77]).assign(&before.slice(s![.., ..78, 3..]));
    let p = compared(&before, &after);
    assert_eq!(p.offset, (2, -3));
    assert!(p.kept() > 0.85, "{p:?}");
}

#[test]
fn plain_ground_says_nothing() {
    let plain = Array3::from_elem((2, 80, 80), 5.0f32);
    let all = Array2::from_elem((80, 80), true);
    let of = |bands: &Array3<f32>, seen: &Array2<bool>| {
        EdgePair::new(bands.view(), bands.view(), seen.view(), 0.5).persistence(all.view())
    };
    assert_eq!(of(&plain, &all), None);
    assert_eq!(of(&town(1), &Array2::from_elem((80, 80), false)), None);
}

#[test]
fn edges_of_rows_run_one_way() {
    let all = Array2::from_elem((80, 80), true);
    let along =
        |bands: &Array3<f32>| EdgePair::new(bands.view(), bands.view(), all.view(), 0.5).along(all.view()).share();
    let rows =
        Array3::from_shape_fn((1, 80, 80), |(_, i, j)| ((i + j / 4) % 10 / 5 * 100 + (i * 7 + j * 13) % 5) as f32);
    assert!(along(&rows).expect("edges") > 0.8);
    assert!(along(&town(5)).expect("edges") < 0.4);
    assert_eq!(along(&Array3::from_elem((1, 80, 80), 5.0f32)), None);
}

#[test]
fn towns_have_right_angles_and_rubble_has_none() {
    let all = Array2::from_elem((80, 80), true);
    let angles = |bands: &Array3<f32>| {
        EdgePair::new(bands.view(), bands.view(), all.view(), 0.5).right_angles(all.view()).share()
    };
    assert!(angles(&town(5)).expect("edges") > 0.5);
    let rubble = Array3::from_shape_fn((1, 80, 80), |(_, i, j)| ((i * 7919 + j * 104_729 + i * j * 31) % 101) as f32);
    assert!(angles(&rubble).expect("edges") < 0.2);
    assert_eq!(angles(&Array3::from_elem((1, 80, 80), 5.0f32)), None);
}
