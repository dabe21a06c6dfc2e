use super::*;

fn evidence(group: ChangeGroup, before: Class, after: Class) -> Evidence {
    let counts = |class: Class| {
        let mut counts = [0; Class::SLOTS];
        counts[class as usize] = 100;
        counts
    };
    Evidence { group, pixels: 100, score: 20.0, distance: 1.0, before: counts(before), after: counts(after) }
}

/// A shape of so many metres.
fn shape(length_m: f64, width_m: f64) -> ShapeMeasures {
    let area_m2 = length_m * width_m;
    ShapeMeasures { filled_area_m2: area_m2, perimeter_m: 2.0 * (length_m + width_m), length_m, width_m }
}

/// Kind and confidence of a parcel that a forest gives these probabilities.
fn told(evidence: &Evidence, shape: &ShapeMeasures, outcomes: &[(Outcome, f64)]) -> (Option<Kind>, f64) {
    let mut shares = [0.0; OUTCOMES.len()];
    outcomes.iter().for_each(|(outcome, share)| shares[*outcome as usize] = *share);
    let params = ParcelParams { min_works_probability: 0.55, ..ParcelParams::default() };
    let decision = decide(evidence, Some(&shares), shape, 2.0, 10.0, 0.5, &params);
    (decision.kind, decision.confidence)
}

#[test]
fn works_are_told_by_the_sum_of_their_probabilities_and_named_by_the_greatest() {
    let parcel = evidence(ChangeGroup::Works, Class::Crop, Class::Building);
    let compact = shape(40.0, 30.0);
    let mixed = [(Outcome::Nothing, 0.4), (Outcome::Building, 0.25), (Outcome::Greenhouse, 0.35)];
    assert_eq!(told(&parcel, &compact, &mixed), (Some(Kind::Greenhouse), 0.6));
    let doubtful = [(Outcome::Nothing, 0.5), (Outcome::Building, 0.5)];
    assert_eq!(told(&parcel, &compact, &doubtful), (Some(Kind::Vegetation), 0.5));
    let gone = [(Outcome::Nothing, 0.3), (Outcome::Building, 0.1), (Outcome::Demolition, 0.6)];
    assert_eq!(told(&parcel, &compact, &gone), (Some(Kind::Demolition), 0.6));
}

#[test]
fn a_long_strip_of_surface_is_linear_and_one_of_panels_is_not() {
    let parcel = evidence(ChangeGroup::Works, Class::Crop, Class::Road);
    let strip = shape(400.0, 6.0);
    assert_eq!(told(&parcel, &strip, &[(Outcome::Building, 0.9)]).0, Some(Kind::Linear));
    assert_eq!(told(&parcel, &strip, &[(Outcome::Photovoltaic, 0.9)]).0, Some(Kind::Photovoltaic));
}

#[test]
fn what_is_no_works_is_called_by_what_it_was() {
    let compact = shape(40.0, 30.0);
    let nothing = [(Outcome::Nothing, 0.9)];
    let altered = evidence(ChangeGroup::Altered, Class::Building, Class::HardSurface);
    let field = evidence(ChangeGroup::Works, Class::Crop, Class::BareSoil);
    let kinds = [&altered, &field].map(|parcel| told(parcel, &compact, &nothing).0);
    assert_eq!(kinds, [Some(Kind::Other), Some(Kind::Vegetation)]);
    // Without a forest, what water came to or left is no works whatever else.
    let water = evidence(ChangeGroup::Water, Class::BareSoil, Class::Water);
    let by_rules = decide(&water, None, &compact, 2.0, 10.0, 0.5, &ParcelParams::default());
    assert_eq!(by_rules.kind, Some(Kind::Water));
}
