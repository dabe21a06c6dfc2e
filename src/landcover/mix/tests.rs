use super::*;

const CLASSES: [Class; 3] = [Class::BareSoil, Class::Building, Class::HardSurface];

fn shares(soil: u8, building: u8, hard: u8) -> Shares {
    let mut out = Shares::default();
    (out[0], out[1], out[2]) = (soil, building, hard);
    out
}

#[test]
fn a_yard_is_a_yard_all_over() {
    // A quarter of the pixels look a little more like a roof; alone, each of them would be one.
    let mut yard = vec![shares(20, 95, 140); 300];
    yard.extend(vec![shares(20, 125, 110); 100]);
    assert!(classes_by_mix(&yard, &CLASSES).iter().all(|c| *c == Class::HardSurface));
}

#[test]
fn a_roof_in_a_yard_stays_a_roof() {
    let mut yard = vec![shares(20, 55, 180); 300];
    yard.extend(vec![shares(10, 235, 10); 30]);
    let told = classes_by_mix(&yard, &CLASSES);
    assert_eq!(told.iter().filter(|c| **c == Class::Building).count(), 30);
    let mix = mix_of(&yard, 3);
    assert!((mix.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{mix:?}");
}

#[test]
fn works_are_told_as_such_before_they_are_named() {
    // Neither work is likelier than soil, both together are.
    let pixels = vec![shares(100, 80, 75); 4];
    assert_eq!(classes_by_mix(&pixels, &CLASSES)[0], Class::Building);
    assert!(classes_by_mix(&[], &CLASSES).is_empty());
}
