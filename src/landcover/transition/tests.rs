use super::*;

#[test]
fn only_pixels_with_a_class_at_both_dates_are_counted() {
    let mut t = Transitions::default();
    t.add(Class::Crop as u8, Class::Building as u8, 3);
    t.add(Class::Crop as u8, Class::UNCLASSIFIED, 5);
    t.add(0, Class::Crop as u8, 7);
    let mut other = Transitions::default();
    other.add(Class::Crop as u8, Class::Building as u8, 1);
    other.add(Class::Water as u8, Class::Water as u8, 2);
    t.merge(&other);
    let all: Vec<_> = t.iter().collect();
    assert_eq!(all, [(Class::Water, Class::Water, 2), (Class::Crop, Class::Building, 4)]);
    assert_eq!(t.pixels(), 6);
}
