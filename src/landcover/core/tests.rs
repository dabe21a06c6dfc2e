use super::*;
use ndarray::s;

/// A field that may be works, all `class`.
fn field(class: Class) -> (Array2<u8>, Array2<u8>) {
    (Array2::from_elem((30, 30), ChangeGroup::Works as u8), Array2::from_elem((30, 30), class as u8))
}

#[test]
fn a_roof_in_a_ploughed_field_is_a_core() {
    let (group, mut after) = field(Class::BareSoil);
    after.slice_mut(s![10..18, 10..20]).fill(Class::Building as u8);
    let found = cores(&group, &after);
    assert_eq!(found[(14, 15)], Family::Construction as u8);
    // Three pixels at each corner are voted down.
    assert_eq!(found.iter().filter(|f| **f != 0).count(), 80 - 12);
    assert_eq!(found[(5, 5)], 0);
}

#[test]
fn two_families_side_by_side_are_two_cores_and_single_pixels_none() {
    let (group, mut after) = field(Class::Earthwork);
    after.slice_mut(s![.., 15..]).fill(Class::Photovoltaic as u8);
    after[(6, 6)] = Class::Greenhouse as u8;
    let found = cores(&group, &after);
    assert_eq!((found[(6, 6)], found[(15, 5)]), (Family::Earth as u8, Family::Earth as u8));
    assert_eq!(found[(15, 20)], Family::Photovoltaic as u8);
}

#[test]
fn outside_of_works_there_is_no_core() {
    let (mut group, after) = field(Class::Building);
    group.slice_mut(s![.., ..15]).fill(ChangeGroup::Natural as u8);
    let found = cores(&group, &after);
    assert!(found.slice(s![.., ..15]).iter().all(|f| *f == 0));
    assert!(found.slice(s![.., 15..]).iter().all(|f| *f == Family::Construction as u8));
}
