use super::*;
use crate::crosscheck::tests::{context, patch};

fn case(claim: Claim, verdict: Verdict) -> PreviousCase {
    let (patch_id, state_after) = (String::new(), StateAfter::Standing);
    PreviousCase { row: 0, patch_id, claim, verdict, state_after, shape: None }
}

#[test]
fn cases_are_looked_at_again() {
    use Class::*;
    use FollowUp as F;
    use Verdict as V;
    let context = context();
    let stands = patch(&[(100, false, Building, Building)]);
    let half = patch(&[(30, false, Building, Building), (70, true, Building, BareSoil)]);
    let gone = patch(&[(100, true, Building, BareSoil)]);
    let back = patch(&[(100, true, BareSoil, Building)]);
    let bare = patch(&[(100, false, BareSoil, BareSoil)]);
    let farmed = patch(&[(100, true, BareSoil, Crop)]);
    let told = |claim, verdict, e: &PatchEvidence| {
        follow_up(&case(claim, verdict), e, &context, &CrosscheckParams::default()).map(|f| f.0)
    };
    let demolished = Claim::Demolished;
    assert_eq!(told(demolished, V::FalseDemolition, &stands), Some(F::StillStanding));
    assert_eq!(told(demolished, V::FalseDemolition, &half), Some(F::PartlyStanding));
    assert_eq!(told(Claim::FacilityAgriculture, V::Concealed, &gone), Some(F::NewlyDemolished));
    assert_eq!(told(demolished, V::DemolishedNotRestored, &farmed), Some(F::Restored));
    assert_eq!(told(demolished, V::DemolishedNotRestored, &bare), Some(F::NotRestored));
    assert_eq!(told(demolished, V::PartialDemolition, &bare), Some(F::Gone));
    assert_eq!(told(demolished, V::Consistent, &back), Some(F::Rebuilt));
    assert_eq!(told(demolished, V::Consistent, &bare), None);
    assert_eq!(told(Claim::NoChange, V::Consistent, &back), None);
    assert_eq!(told(demolished, V::FalseDemolition, &PatchEvidence::default()), Some(F::CannotJudge));
}
