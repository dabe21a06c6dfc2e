use super::*;
use crate::raster::Quality;
use BandRole::{Blue, Green, Nir, Red, Swir1};

#[test]
fn a_model_looks_at_its_own_bands_alone() {
    let roles = [Some(Red), None, Some(Blue), Some(Swir1), Some(Nir), Some(Green)];
    let bands = GroundBands::of(&roles, Some(&[Blue, Green, Red, Nir])).unwrap();
    assert_eq!((&bands.roles[..], &bands.places[..]), (&[Red, Blue, Nir, Green][..], &[0, 2, 4, 5][..]));
    let mut pixels = Pixels::unseen(6, 2, 3, Quality::Valid);
    pixels.bands.outer_iter_mut().enumerate().for_each(|(k, mut band)| band.fill(k as f32));
    let seen = bands.seen(&pixels);
    let first: Vec<f32> = seen.bands.outer_iter().map(|b| b[(1, 2)]).collect();
    assert_eq!((first, seen.bands.is_standard_layout()), (vec![0.0, 2.0, 4.0, 5.0], true));
}

#[test]
fn the_rules_look_at_all_bands_and_guess_none() {
    assert!(GroundBands::of(&[Some(Red), None], None).is_none());
    let bands = GroundBands::of(&[Some(Red), Some(Green)], None).unwrap();
    let pixels = Pixels::unseen(2, 1, 1, Quality::Valid);
    assert!(matches!(bands.seen(&pixels), Cow::Borrowed(_)), "nothing to leave out, nothing copied");
}
