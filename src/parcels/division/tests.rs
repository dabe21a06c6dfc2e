use super::*;

/// Outcomes of which one has a probability, the rest being nothing.
fn outcomes(outcome: Outcome, probability: f64) -> [f64; OUTCOMES.len()] {
    let mut out = [0.0; OUTCOMES.len()];
    out[Outcome::Nothing as usize] = 1.0 - probability;
    out[outcome as usize] += probability;
    out
}

fn cut(whole: (u64, Outcome, f64), cores: &[(u64, Outcome, f64)]) -> Vec<usize> {
    let judged = |(pixels, outcome, probability)| Judged { pixels, outcomes: outcomes(outcome, probability) };
    let cores: Vec<Judged> = cores.iter().map(|core| judged(*core)).collect();
    cut_out(judged(whole), &cores, &ParcelParams::default())
}

#[test]
fn works_are_cut_out_of_a_field_however_small_they_are_beside_it() {
    let field = (5000, Outcome::Building, 0.3);
    assert_eq!(cut(field, &[(90, Outcome::Building, 0.9), (80, Outcome::Earthwork, 0.7)]), [0]);
    assert_eq!(cut(field, &[]), [0usize; 0]);
}

#[test]
fn works_stay_whole_unless_two_kinds_are_a_quarter_each() {
    let site = (1000, Outcome::Building, 0.9);
    let panels = (400, Outcome::Photovoltaic, 0.8);
    assert_eq!(cut(site, &[panels, (300, Outcome::Building, 0.7)]), [0, 1]);
    assert_eq!(cut(site, &[panels, (200, Outcome::Building, 0.7)]), [0usize; 0]);
    assert_eq!(cut(site, &[panels, (300, Outcome::Photovoltaic, 0.7)]), [0usize; 0]);
    assert_eq!(cut(site, &[(400, Outcome::Earthwork, 0.8), (300, Outcome::Excavation, 0.7)]), [0usize; 0]);
}

#[test]
fn a_part_that_is_nearly_all_of_its_parcel_is_no_part() {
    assert!(is_part(79, 100));
    assert!(!is_part(80, 100));
}
