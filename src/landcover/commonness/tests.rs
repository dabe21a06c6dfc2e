use super::*;

fn colour(blue: f32, green: f32, red: f32, nir: f32) -> Ratios {
    Ratios { blue, green, red, nir, ..Ratios::default() }
}

fn code(of: &Commonness, c: &Ratios) -> u8 {
    of.code(|axis| AXES[axis].0.value(c))
}

#[test]
fn a_colour_of_many_is_common_and_one_of_none_is_not() {
    let field = |n: usize| colour(0.9 + 0.002 * n as f32, 1.0, 1.1, 1.3);
    let straw = colour(1.6, 1.9, 2.2, 2.2);
    let roof = colour(3.0, 1.2, 0.7, 0.9);
    // Two of a hundred pixels are straw, none is a blue roof.
    let sample = (0..98).map(field).chain([straw, straw]);
    let commonness = Commonness::of(sample);
    let (field, straw, roof) = (code(&commonness, &field(50)), code(&commonness, &straw), code(&commonness, &roof));
    assert!(field > straw && straw > roof, "{field} {straw} {roof}");
    assert_eq!(roof, code(&commonness, &colour(0.02, 0.9, 0.02, 9.0)), "nothing is as rare as nothing");
}

#[test]
fn twice_as_many_is_sixteen_more() {
    let at = |share: usize| {
        let rare = colour(2.0, 2.0, 2.0, 2.0);
        let common = colour(0.8, 0.9, 1.0, 2.5);
        code(&Commonness::of((0..4000).map(|n| if n < share { rare } else { common })), &rare)
    };
    let (few, twice) = (at(20), at(40));
    assert!((15..=17).contains(&(twice - few)), "{few} {twice}");
}

#[test]
fn the_darkest_and_the_brightest_have_a_cell() {
    let commonness = Commonness::of([colour(1.0, 1.0, 1.0, 1.0)].into_iter());
    for c in [colour(1.0 / 64.0, 1.0 / 64.0, 1.0 / 64.0, 50.0), colour(60.0, 60.0, 60.0, 1.0 / 64.0)] {
        code(&commonness, &c);
    }
}
