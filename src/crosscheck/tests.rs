use super::*;
use crate::change::persistence::Persistence;
use crate::landcover::Class;
use crate::raster::Quality;

/// A patch of 100 pixels: `(count, changed, before, after)`.
pub(super) fn patch(parts: &[(usize, bool, Class, Class)]) -> PatchEvidence {
    let mut e = PatchEvidence::default();
    for &(n, changed, before, after) in parts {
        (0..n).for_each(|_| e.add_valid(Some(before), Some(after)));
        e.add_changed(if changed { n as u64 } else { 0 }, Some(before), Some(after));
        if before.built() {
            (0..n).for_each(|_| e.add_standing(if after.built() { 2.0 } else { -2.0 }, changed));
        }
    }
    e
}

pub(super) fn context() -> PatchContext {
    PatchContext {
        has_shape: true,
        land_cover: true,
        infrared: true,
        residual_px: Some(0.1),
        after_date: Some("2024-06-30".into()),
        ..Default::default()
    }
}

fn verdict(claim: Claim, e: &PatchEvidence, c: &PatchContext) -> (Verdict, StateAfter) {
    let j = judge(claim, e, c, &CrosscheckParams::default());
    assert!(!j.reasons.is_empty() && j.reasons.iter().all(|r| !r.is_empty()), "{j:?}");
    (j.verdict, j.state)
}

use Class::*;

#[test]
fn every_claim_reads_as_the_contract_says() {
    use Claim as C;
    use StateAfter as S;
    use Verdict as V;
    let kept = patch(&[(60, false, Building, Building), (40, false, BareSoil, BareSoil)]);
    let painted = patch(&[(60, true, Building, GreenCover), (40, false, BareSoil, BareSoil)]);
    let half =
        patch(&[(18, false, Building, Building), (42, true, Building, BareSoil), (40, false, BareSoil, BareSoil)]);
    let bare = patch(&[(60, true, Building, BareSoil), (40, false, BareSoil, BareSoil)]);
    let farmed = patch(&[(60, true, Building, Vegetation), (40, true, BareSoil, Vegetation)]);
    let nothing = patch(&[(100, false, Vegetation, Vegetation)]);
    let crop = patch(&[(100, true, Vegetation, BareSoil)]);
    let factory = patch(&[(40, true, Vegetation, Building), (60, true, Vegetation, HardSurface)]);
    let tunnels = patch(&[(80, true, Vegetation, Greenhouse), (20, false, BareSoil, BareSoil)]);
    let digging = patch(&[(100, true, Vegetation, Earthwork)]);
    let table = [
        (C::Demolished, &kept, V::FalseDemolition, S::Standing),
        (C::Demolished, &painted, V::FalseDemolition, S::Disguised),
        (C::Demolished, &half, V::PartialDemolition, S::PartlyStanding),
        (C::Demolished, &bare, V::Consistent, S::Bare),
        (C::Demolished, &nothing, V::CannotJudge, S::Unknown),
        (C::Restored, &bare, V::DemolishedNotRestored, S::Bare),
        (C::Restored, &farmed, V::Consistent, S::Restored),
        (C::Restored, &kept, V::FalseDemolition, S::Standing),
        (C::Confiscated, &kept, V::Consistent, S::Standing),
        (C::Illegal, &factory, V::Consistent, S::Standing),
        (C::None, &nothing, V::NoVisibleChange, S::Restored),
        (C::Other, &crop, V::NoVisibleChange, S::Bare),
        (C::FacilityAgriculture, &factory, V::Concealed, S::Standing),
        (C::FacilityAgriculture, &tunnels, V::Consistent, S::Standing),
        (C::TemporaryUse, &factory, V::Concealed, S::Standing),
        (C::TemporaryUse, &digging, V::Consistent, S::Rubble),
        (C::RuralRoad, &factory, V::Concealed, S::Standing),
        (C::NoChange, &factory, V::Concealed, S::Standing),
        (C::NoChange, &crop, V::Consistent, S::Bare),
    ];
    for (claim, evidence, v, s) in table {
        let got = verdict(claim, evidence, &context());
        assert_eq!(got, (v, s), "{claim:?} on {evidence:?}");
    }
}

#[test]
fn layers_and_dates_decide_where_they_are_given() {
    let factory = patch(&[(100, true, Vegetation, Building)]);
    let digging = patch(&[(100, true, Vegetation, HardSurface)]);
    let kept = patch(&[(100, false, Building, Building)]);
    let with = |f: fn(&mut PatchContext)| {
        let mut c = context();
        f(&mut c);
        c
    };
    assert_eq!(verdict(Claim::Legal, &factory, &with(|c| c.approved_percent = Some(96.0))).0, Verdict::Consistent);
    assert_eq!(verdict(Claim::Legal, &factory, &with(|c| c.approved_percent = Some(94.0))).0, Verdict::Concealed);
    assert_eq!(verdict(Claim::Legal, &factory, &context()).0, Verdict::Consistent);
    assert_eq!(
        verdict(Claim::TemporaryUse, &digging, &with(|c| c.permit_expiry = Some("2023-01-01".into()))).0,
        Verdict::Concealed
    );
    assert_eq!(
        verdict(Claim::TemporaryUse, &digging, &with(|c| c.permit_expiry = Some("2025-01-01".into()))).0,
        Verdict::Consistent
    );
    assert_eq!(verdict(Claim::RuralRoad, &digging, &with(|c| c.width_m = Some(12.0))).0, Verdict::Concealed);
    assert_eq!(verdict(Claim::RuralRoad, &digging, &with(|c| c.width_m = Some(10.0))).0, Verdict::Consistent);
    assert_eq!(
        verdict(Claim::Demolished, &kept, &with(|c| c.claim_date = Some("2024-07-01".into()))).0,
        Verdict::CannotJudge
    );
}

fn edges(kept: f64) -> Option<Persistence> {
    Some(Persistence { best: kept, usual: 0.0, offset: (0, 0) })
}

#[test]
fn what_stands_counts_and_doubt_is_no_pass() {
    // 100 pixels of a roof, so many of them with some log-odds and the others surely gone.
    let roof = |stands: usize, log_odds: f64, after: Class| {
        let mut e = PatchEvidence { edges: edges(0.1), ..Default::default() };
        for n in 0..100 {
            e.add_valid(Some(Building), Some(after));
            e.add_standing(if n < stands { log_odds } else { -3.0 }, true);
        }
        e
    };
    for (stands, log_odds, wanted) in [
        (60, 2.0, Verdict::FalseDemolition),
        (30, 2.0, Verdict::PartialDemolition),
        (5, 2.0, Verdict::Consistent),
        (100, -2.0, Verdict::Consistent),
        // More likely gone than not, but nobody can tell.
        (60, -0.3, Verdict::CannotJudge),
        (40, -0.3, Verdict::Consistent),
    ] {
        let e = roof(stands, log_odds, HardSurface);
        assert_eq!(verdict(Claim::Demolished, &e, &context()).0, wanted, "{stands} {log_odds}");
    }
    // Colours of a field and the outlines of a house do not go together.
    let mut field = roof(0, 0.0, Crop);
    for (kept, wanted) in [(0.1, Verdict::Consistent), (0.4, Verdict::CannotJudge)] {
        field.edges = edges(kept);
        assert_eq!(verdict(Claim::Demolished, &field, &context()).0, wanted);
    }
}

#[test]
fn a_restoration_is_as_green_as_the_ground_around() {
    let mut e = patch(&[(100, true, Building, SparseVegetation)]);
    for (green, wanted) in
        [(Some(0.5), Verdict::DemolishedNotRestored), (Some(0.9), Verdict::Consistent), (None, Verdict::Consistent)]
    {
        e.greenness = green;
        assert_eq!(verdict(Claim::Restored, &e, &context()).0, wanted);
        // Who only claims to have torn down need not farm.
        assert_eq!(verdict(Claim::Demolished, &e, &context()).0, Verdict::Consistent);
    }
}

#[test]
fn a_building_has_corners_and_a_road_one_direction() {
    let mut yard = patch(&[(20, true, Crop, Building), (60, true, Crop, HardSurface), (20, false, Crop, Crop)]);
    for (angles, wanted) in
        [(Some(0.2), Verdict::Consistent), (Some(0.5), Verdict::Concealed), (None, Verdict::Concealed)]
    {
        yard.right_angles = angles;
        assert_eq!(verdict(Claim::TemporaryUse, &yard, &context()).0, wanted);
    }
    // Furrows and walls of earth are no building.
    let mut earth = patch(&[(100, true, Crop, Earthwork)]);
    earth.right_angles = Some(0.9);
    assert_eq!(verdict(Claim::TemporaryUse, &earth, &context()).0, Verdict::Consistent);
    for (along, wanted) in
        [(Some(0.9), Verdict::Consistent), (Some(0.4), Verdict::Concealed), (None, Verdict::Concealed)]
    {
        yard.edges_along = along;
        let narrow = PatchContext { width_m: Some(6.0), ..context() };
        assert_eq!(verdict(Claim::RuralRoad, &yard, &narrow).0, wanted);
    }
}

#[test]
fn without_infrared_outlines_alone_tell() {
    let mut c = context();
    (c.infrared, c.residual_px) = (false, None);
    let mut e = patch(&[(100, true, BareSoil, BareSoil)]);
    for (kept, wanted) in [(0.4, Verdict::FalseDemolition), (0.1, Verdict::Consistent)] {
        e.edges = edges(kept);
        assert_eq!(verdict(Claim::Demolished, &e, &c).0, wanted);
    }
    // Whether it was farmed again is not seen.
    assert_eq!(verdict(Claim::Restored, &e, &c).0, Verdict::CannotJudge);
    e.edges = None;
    assert_eq!(verdict(Claim::Demolished, &e, &c).0, Verdict::CannotJudge);
}

#[test]
fn film_makes_a_farm_facility_one_of_greenhouses() {
    let mut e = patch(&[(60, true, Crop, HardSurface), (40, true, Crop, Building)]);
    e.likely_after[HardSurface as usize] = 700;
    e.likely_after[Greenhouse as usize] = 300;
    assert_eq!(verdict(Claim::FacilityAgriculture, &e, &context()).0, Verdict::Consistent);
    // Much film without any direction is a yard of something else; little film in rows is greenhouses.
    for (film, along, wanted) in [
        (300, Some(0.2), Verdict::Concealed),
        (50, None, Verdict::Concealed),
        (50, Some(0.4), Verdict::Concealed),
        (50, Some(0.8), Verdict::Consistent),
        (10, Some(0.8), Verdict::Concealed),
    ] {
        e.likely_after[Greenhouse as usize] = film;
        e.edges_along = along;
        assert_eq!(verdict(Claim::FacilityAgriculture, &e, &context()).0, wanted, "{film} {along:?}");
    }
}

#[test]
fn a_cloud_over_a_patch_is_never_a_pass() {
    let mut e = patch(&[(100, true, Building, BareSoil)]);
    for sky in [[Some(Quality::Cloud), None], [None, Some(Quality::Shadow)]] {
        e.sky = sky;
        for &claim in Claim::ALL {
            assert_eq!(verdict(claim, &e, &context()).0, Verdict::CannotJudge);
        }
    }
}

#[test]
fn ground_around_a_patch_tells_how_the_dates_lie_there() {
    let mut e = PatchEvidence { edges_around: edges(0.5), ..Default::default() };
    assert_eq!(e.residual_px(), Some(0.0));
    e.edges_around = Some(Persistence { best: 0.5, usual: 0.1, offset: (3, -4) });
    assert_eq!(e.residual_px(), Some(5.0));
    e.edges_around = edges(0.1);
    assert_eq!(e.residual_px(), None);
}

#[test]
fn what_was_not_seen_is_never_a_pass() {
    let mut clouded = patch(&[(70, false, Vegetation, Vegetation)]);
    (0..30).for_each(|_| clouded.add_unusable(3));
    let tiny = patch(&[(8, true, Vegetation, Building)]);
    let whole = patch(&[(100, true, Vegetation, Building)]);
    for &claim in Claim::ALL {
        let j = judge(claim, &clouded, &context(), &CrosscheckParams::default());
        assert_eq!(j.verdict, Verdict::CannotJudge, "{claim:?}");
        assert!(j.reasons[0].contains("70%") && j.reasons[0].contains("云"), "{:?}", j.reasons);
        assert_eq!(verdict(claim, &tiny, &context()).0, Verdict::CannotJudge);
        assert_eq!(verdict(claim, &PatchEvidence::default(), &context()).0, Verdict::CannotJudge);
        let mut c = context();
        c.has_shape = false;
        assert_eq!(verdict(claim, &whole, &c).0, Verdict::CannotJudge);
        c = context();
        c.residual_px = Some(3.0);
        assert_eq!(verdict(claim, &whole, &c).0, Verdict::CannotJudge);
        c.residual_px = None;
        assert_eq!(verdict(claim, &whole, &c).0, Verdict::CannotJudge);
    }
}

#[test]
fn new_works_are_seen_by_pixels_or_by_the_patch_as_a_whole() {
    use Class::{BareSoil, Building, Crop};
    let (context, params) = (context(), CrosscheckParams::default());
    let judged = |claim, new: usize, probability| {
        let mut e = patch(&[(100 - new, true, Crop, BareSoil), (new, true, Crop, Building)]);
        e.new_works_probability = probability;
        let j = judge(claim, &e, &context, &params);
        assert!(probability.is_none() || j.reasons[0].contains(&format!("{:.1}%", probability.unwrap_or(0.0) * 100.0)));
        (j.verdict, j.confidence)
    };
    let (nothing, earth) = (Some(0.02), Some(0.9));
    assert_eq!(judged(Claim::NoChange, 0, nothing), (Verdict::Consistent, 0.93));
    // Moved earth that no pixel tells from soil, and works that only the pixels show.
    assert_eq!(judged(Claim::NoChange, 0, earth), (Verdict::Concealed, 0.87));
    assert_eq!(judged(Claim::NoChange, 60, nothing).0, Verdict::Concealed);
    assert_eq!(judged(Claim::Illegal, 0, nothing).0, Verdict::NoVisibleChange);
    assert_eq!(judged(Claim::Illegal, 0, earth).0, Verdict::Consistent);
    // Without a forest the pixels alone, in doubt with less confidence.
    assert_eq!(judged(Claim::Illegal, 0, None), (Verdict::NoVisibleChange, 0.95));
    assert_eq!(judged(Claim::Illegal, 4, None), (Verdict::NoVisibleChange, 0.63));
}
