//! What happens in the county: one line per way in which ground, list and papers can agree or not.

use super::sites::Fill::{self, *};
use crate::crosscheck::{Claim, StateAfter, Verdict};
use crate::parcels::Kind;

/// Outline of a site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outline {
    /// Rectangle or L of this area range, m2.
    Block(f64, f64),
    /// Irregular outline of this area range, m2.
    Blob(f64, f64),
    /// Ribbon of this width range, m.
    Ribbon(f64, f64),
    /// A rectangle of which a quarter, at its end, is built over.
    Corner(f64, f64),
}

/// Where a site may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Fields.
    Fields,
    /// Fields that did not change.
    QuietFields,
    /// A field that was rotated.
    RotatedField,
    /// Woods or scrub.
    Woods,
    /// Where the later image has no data.
    NoData,
}

/// Papers that exist for a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// None.
    None,
    /// Approval that covers it.
    Approved,
    /// Approval of about half of it.
    Half,
    /// Filing as a farm facility.
    Filed,
    /// Temporary permit still running.
    Permit,
    /// Temporary permit that ran out.
    Expired,
}

/// What the ministry's list says, and what an honest reading must answer.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// The town's claim.
    pub claim: Claim,
    /// Verdict by the contract's rules.
    pub verdict: Verdict,
    /// What stands there at the later date.
    pub state: StateAfter,
}

/// A story.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Kind of the change, `None` where nothing changes.
    pub kind: Option<Kind>,
    /// Outline.
    pub outline: Outline,
    /// Where.
    pub ground: Ground,
    /// Cover before.
    pub before: Option<Fill>,
    /// Cover after.
    pub after: Option<Fill>,
    /// Only this share of the site gets the cover after; the rest keeps the cover before.
    pub share: f64,
    /// The list's row, if it has one.
    pub listing: Option<Listing>,
    /// Papers.
    pub paper: Paper,
    /// The ministry's outline covers only this share of the site.
    pub drawn: f64,
    /// The claim is dated after the later image.
    pub late: bool,
}

const fn new(kind: Option<Kind>, outline: Outline, before: Option<Fill>, after: Option<Fill>) -> Scenario {
    Scenario {
        kind,
        outline,
        ground: Ground::Fields,
        before,
        after,
        share: 1.0,
        listing: None,
        paper: Paper::None,
        drawn: 1.0,
        late: false,
    }
}

/// Something new on the land.
const fn built(kind: Kind, outline: Outline, after: Fill) -> Scenario {
    new(Some(kind), outline, None, Some(after))
}

/// Something that stood before.
const fn stood(kind: Option<Kind>, before: Fill, after: Option<Fill>) -> Scenario {
    new(kind, YARD, Some(before), after)
}

impl Scenario {
    const fn listed(mut self, claim: Claim, verdict: Verdict, state: StateAfter) -> Scenario {
        self.listing = Some(Listing { claim, verdict, state });
        self
    }

    const fn with(mut self, paper: Paper) -> Scenario {
        self.paper = paper;
        self
    }

    const fn on(mut self, ground: Ground) -> Scenario {
        self.ground = ground;
        self
    }

    const fn part(mut self, share: f64) -> Scenario {
        self.share = share;
        self
    }

    const fn drawn(mut self, share: f64) -> Scenario {
        self.drawn = share;
        self
    }

    const fn late(mut self) -> Scenario {
        self.late = true;
        self
    }
}

const SMALL: Outline = Outline::Block(260.0, 600.0);
const MIDDLE: Outline = Outline::Block(700.0, 4_000.0);
const LARGE: Outline = Outline::Block(4_000.0, 26_000.0);
const YARD: Outline = Outline::Block(900.0, 7_000.0);
const PATCH: Outline = Outline::Blob(900.0, 12_000.0);
const PART: Outline = Outline::Corner(3_000.0, 9_000.0);

use Claim as C;
use Kind as K;
use StateAfter as S;
use Verdict as V;

/// Every story, the most telling first: a small county takes them from the top.
pub const SCENARIOS: &[Scenario] = &[
    built(K::NewBuilding, LARGE, Buildings),
    stood(None, Buildings, Some(Buildings)).listed(C::Demolished, V::FalseDemolition, S::Standing),
    built(K::NewBuilding, MIDDLE, Buildings).listed(C::Illegal, V::Consistent, S::Standing),
    stood(Some(K::Demolition), Buildings, Some(Replanted)).listed(C::Restored, V::Consistent, S::Restored),
    built(K::Earthwork, PATCH, Earthwork),
    stood(Some(K::Demolition), Buildings, Some(Bare)).part(0.66).listed(
        C::Demolished,
        V::PartialDemolition,
        S::PartlyStanding,
    ),
    built(K::NewBuilding, MIDDLE, Buildings).listed(C::NoChange, V::Concealed, S::Standing),
    stood(Some(K::Other), Buildings, Some(Netted)).listed(C::Demolished, V::FalseDemolition, S::Disguised),
    built(K::Photovoltaic, LARGE, Solar),
    built(K::Greenhouse, LARGE, Greenhouses).with(Paper::Filed).listed(
        C::FacilityAgriculture,
        V::Consistent,
        S::Standing,
    ),
    built(K::NewBuilding, MIDDLE, Buildings).with(Paper::Approved),
    built(K::Linear, Outline::Ribbon(7.0, 12.0), Road),
    stood(Some(K::Other), Buildings, Some(Painted)).listed(C::Demolished, V::FalseDemolition, S::Disguised),
    stood(Some(K::Demolition), Buildings, Some(SoilOnConcrete)).listed(C::Restored, V::DemolishedNotRestored, S::Bare),
    built(K::Excavation, PATCH, Pit).on(Ground::Woods),
    built(K::NewBuilding, MIDDLE, Buildings).with(Paper::Filed).listed(
        C::FacilityAgriculture,
        V::Concealed,
        S::Standing,
    ),
    built(K::NewBuilding, SMALL, Buildings),
    built(K::NewBuilding, PART, Yard).with(Paper::Permit).listed(C::TemporaryUse, V::Concealed, S::Standing),
    stood(Some(K::Demolition), Buildings, Some(Rubble)).listed(C::Demolished, V::Consistent, S::Rubble),
    built(K::NewBuilding, MIDDLE, Yard),
    built(K::Greenhouse, LARGE, Greenhouses),
    built(K::NewBuilding, LARGE, Buildings).drawn(0.5).listed(C::Illegal, V::Consistent, S::Standing),
    new(None, MIDDLE, None, None).on(Ground::RotatedField).listed(C::NoChange, V::Consistent, S::None),
    built(K::NewBuilding, LARGE, Buildings).with(Paper::Approved).listed(C::Legal, V::Consistent, S::Standing),
    built(K::NewBuilding, LARGE, Buildings).listed(C::Legal, V::Concealed, S::Standing),
    built(K::NewBuilding, LARGE, Buildings).with(Paper::Half).listed(C::Legal, V::Concealed, S::Standing),
    stood(Some(K::Demolition), Buildings, Some(Bare)).listed(C::Demolished, V::Consistent, S::Bare),
    stood(Some(K::Demolition), Buildings, Some(Bare)).listed(C::Restored, V::DemolishedNotRestored, S::Bare),
    stood(None, Buildings, Some(Buildings)).listed(C::Confiscated, V::Consistent, S::Standing),
    built(K::NewBuilding, MIDDLE, Yard).with(Paper::Permit).listed(C::TemporaryUse, V::Consistent, S::Standing),
    built(K::NewBuilding, MIDDLE, Yard).with(Paper::Expired).listed(C::TemporaryUse, V::Concealed, S::Standing),
    built(K::Linear, Outline::Ribbon(5.0, 6.0), Road).listed(C::RuralRoad, V::Consistent, S::Standing),
    built(K::Linear, Outline::Ribbon(13.0, 16.0), Road).listed(C::RuralRoad, V::Concealed, S::Standing),
    built(K::Earthwork, PATCH, Earthwork).listed(C::Illegal, V::Consistent, S::Bare),
    new(None, MIDDLE, None, None).on(Ground::QuietFields).listed(C::Illegal, V::NoVisibleChange, S::None),
    new(None, MIDDLE, None, None).on(Ground::QuietFields).listed(C::NoChange, V::Consistent, S::None),
    built(K::NewBuilding, MIDDLE, Buildings).listed(C::None, V::Consistent, S::Standing),
    new(None, MIDDLE, None, None).on(Ground::QuietFields).listed(C::None, V::NoVisibleChange, S::None),
    built(K::Photovoltaic, LARGE, Solar).listed(C::Other, V::Consistent, S::Standing),
    built(K::Excavation, PATCH, Pit).listed(C::Illegal, V::Consistent, S::Bare),
    stood(None, Buildings, Some(Buildings)).listed(C::Restored, V::FalseDemolition, S::Standing),
    stood(Some(K::Demolition), Buildings, Some(Bare)).part(0.70).listed(
        C::Restored,
        V::PartialDemolition,
        S::PartlyStanding,
    ),
    stood(Some(K::Demolition), Buildings, Some(Rubble)).listed(C::Restored, V::DemolishedNotRestored, S::Rubble),
    built(K::NewBuilding, MIDDLE, Yard).listed(C::FacilityAgriculture, V::Concealed, S::Standing),
    built(K::Earthwork, PATCH, Earthwork).with(Paper::Permit).listed(C::TemporaryUse, V::Consistent, S::Bare),
    new(None, MIDDLE, None, None).on(Ground::QuietFields).listed(C::Demolished, V::CannotJudge, S::None),
    stood(None, Buildings, Some(Buildings)).late().listed(C::Demolished, V::CannotJudge, S::Standing),
    new(None, MIDDLE, None, None).on(Ground::NoData).listed(C::Illegal, V::CannotJudge, S::Unknown),
    built(K::Linear, Outline::Ribbon(8.0, 12.0), Road).listed(C::Illegal, V::Consistent, S::Standing),
    built(K::NewBuilding, LARGE, Buildings),
    built(K::NewBuilding, MIDDLE, Buildings),
    built(K::Earthwork, PATCH, Earthwork),
    built(K::Excavation, PATCH, Pit),
    built(K::Photovoltaic, LARGE, Solar).with(Paper::Approved),
    stood(Some(K::Demolition), Buildings, Some(Bare)),
    new(Some(K::Vegetation), PATCH, None, Some(Felled)).on(Ground::Woods),
    new(Some(K::Vegetation), PATCH, None, Some(Woods)),
    built(K::Water, PATCH, Pond),
    new(Some(K::Water), PATCH, Some(Pond), Some(DryPond)),
    built(K::NewBuilding, Outline::Block(900.0, 3_000.0), Lodge).listed(C::NoChange, V::Concealed, S::Standing),
];
