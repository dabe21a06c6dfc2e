use super::*;
use crate::raster::{BandRole, Pixels, Quality};
use ndarray::{Array2, Array3, arr2};

const ROLES: [BandRole; 4] = [BandRole::Blue, BandRole::Green, BandRole::Red, BandRole::Nir];
const SOIL: [f32; 4] = [250.0, 280.0, 350.0, 420.0];
const CROP: [f32; 4] = [200.0, 230.0, 180.0, 650.0];
const WATER: [f32; 4] = [100.0, 110.0, 80.0, 30.0];

fn jitter(k: usize, i: usize, j: usize) -> f32 {
    let h = (i * 7919 + j * 104_729 + k * 1_299_709).wrapping_mul(2_654_435_761) >> 7;
    (h % 1000) as f32 / 1000.0 - 0.5
}

/// Quarters of soil, crop and water, with a square of `works` in the middle.
fn scene(works: [f32; 4]) -> Pixels {
    let at = |k: usize, i: usize, j: usize| {
        let base = match (i, j) {
            (45..55, 45..55) => works,
            (0..20, _) => WATER,
            (_, 0..50) => SOIL,
            _ => CROP,
        };
        base[k] * (1.0 + 0.03 * jitter(9, i / 25, j / 25)) + 12.0 * jitter(k, i, j)
    };
    Pixels {
        bands: Array3::from_shape_fn((4, 100, 100), |(k, i, j)| at(k, i, j)),
        quality: Array2::from_elem((100, 100), Quality::Valid),
    }
}

fn class_at_centre(works: [f32; 4]) -> Class {
    let pixels = scene(works);
    let params = LandcoverParams::default();
    let sample = ReferenceSample::of_tile(&pixels, 2, &[5.0; 4], None);
    let reference = Reference::learn(&sample, &ROLES, &params).unwrap();
    let wanted = Array2::from_elem((100, 100), true);
    let c = classify(&pixels, &wanted, &reference, &params);
    assert_eq!(Class::from_value(c.class[(10, 50)]), Some(Class::Water));
    assert_eq!(Class::from_value(c.class[(70, 20)]), Some(Class::BareSoil));
    assert_eq!(Class::from_value(c.class[(70, 80)]), Some(Class::Vegetation));
    Class::from_value(c.class[(50, 50)]).unwrap()
}

#[test]
fn works_are_named_by_their_colour_against_the_scenes_own_soil() {
    assert_eq!(class_at_centre([450.0, 440.0, 470.0, 460.0]), Class::HardSurface);
    assert_eq!(class_at_centre([310.0, 370.0, 480.0, 540.0]), Class::Earthwork);
    assert_eq!(class_at_centre([560.0, 380.0, 300.0, 380.0]), Class::Building);
    assert_eq!(class_at_centre([200.0, 195.0, 170.0, 150.0]), Class::Photovoltaic);
    assert_eq!(class_at_centre([250.0, 420.0, 260.0, 400.0]), Class::GreenCover);
}

#[test]
fn too_little_ground_gives_no_reference() {
    let pixels = Pixels::unseen(4, 50, 50, Quality::Nodata);
    let sample = ReferenceSample::of_tile(&pixels, 1, &[1.0; 4], None);
    assert!(Reference::learn(&sample, &ROLES, &LandcoverParams::default()).is_none());
}

#[test]
fn groups_follow_the_classes() {
    let of = |b: Class, a: Class| ChangeGroup::of(b as u8, a as u8, a.works(), false);
    assert_eq!(of(Class::Vegetation, Class::Building), ChangeGroup::Works);
    assert_eq!(of(Class::Building, Class::BareSoil), ChangeGroup::Cleared);
    assert_eq!(of(Class::Vegetation, Class::BareSoil), ChangeGroup::Natural);
    assert_eq!(of(Class::Building, Class::HardSurface), ChangeGroup::Altered);
    assert_eq!(ChangeGroup::of(Class::Building as u8, Class::HardSurface as u8, true, true), ChangeGroup::Works);
    assert_eq!(of(Class::Vegetation, Class::Water), ChangeGroup::Water);
    assert_eq!(ChangeGroup::of(Class::UNCLASSIFIED, 3, false, false), ChangeGroup::Unknown);
}

#[test]
fn a_speck_takes_the_group_around_it() {
    let g = arr2(&[[4u8, 4, 4, 0], [4, 1, 4, 0], [4, 4, 4, 0]]);
    let m = majority(&g, 1);
    assert_eq!(m, arr2(&[[4u8, 4, 4, 0], [4, 4, 4, 0], [4, 4, 4, 0]]));
}

#[test]
fn exp_of_many_is_exp() {
    for k in 0..4000 {
        let x = -0.0137 * f64::from(k);
        assert!((super::mixture::exp(x) / x.exp() - 1.0).abs() < 1e-15, "{x}");
    }
}
