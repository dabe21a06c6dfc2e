//! The records that cross-checking works on and produces; plain data, one struct per table of the contract.

use super::{Claim, Finding, ListStatus, StateAfter, Verdict};
use crate::features::{FieldValue, Shape};
use crate::landcover::Class;
use crate::parcels::Kind;
use crate::raster::Quality;
use geo::MultiPolygon;

/// A row of the ministry's list (图斑), with what the town claims of it.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Position in the list, from 0.
    pub row: usize,
    /// The list's own id as text; blank where the list has none.
    pub patch_id: String,
    /// The list's own fields, in the order of the list's field definitions.
    pub fields: Vec<FieldValue>,
    /// What the town claims.
    pub claim: Claim,
    /// The claim in the list's own words.
    pub claim_text: String,
    /// Area the list declares, in mu (亩).
    pub declared_area_mu: Option<f64>,
    /// Date of the claim as `YYYY-MM-DD` where the list gives one.
    pub claim_date: Option<String>,
    /// Valid geometry in the working reference system.
    pub shape: Shape,
    /// What was wrong with the row and what was done about it, Chinese sentences.
    pub problems: Vec<String>,
}

/// A change parcel with everything the layers and the list say of it (`candidates`).
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Stable id: `C` and the parcel's first pixel.
    pub id: String,
    /// Kind of change; `None` where the bands have no names and land cover is unknown.
    pub kind: Option<Kind>,
    /// Dominant class before; `None` without land cover.
    pub from_class: Option<&'static str>,
    /// Dominant class after; `None` without land cover.
    pub to_class: Option<&'static str>,
    /// Ellipsoidal area, m2.
    pub area_m2: f64,
    /// Mean change score, in no-change standard deviations.
    pub score: f64,
    /// 0-1.
    pub confidence: f64,
    /// On cropland (耕地), m2; `None` without the layer.
    pub cropland_m2: Option<f64>,
    /// On permanent basic farmland, m2.
    pub basic_farmland_m2: Option<f64>,
    /// In protected areas, m2.
    pub protected_m2: Option<f64>,
    /// Under an approval, m2.
    pub approved_m2: Option<f64>,
    /// Code of the town.
    pub town_code: Option<String>,
    /// Name of the town.
    pub town_name: Option<String>,
    /// Longitude of a point inside, degrees.
    pub lon: f64,
    /// Latitude of a point inside, degrees.
    pub lat: f64,
    /// How much of it is in the list; `None` without a list.
    pub list_status: Option<ListStatus>,
    /// Ids of the list patches it touches.
    pub list_ids: Vec<String>,
    /// What it means.
    pub finding: Finding,
    /// Why, Chinese sentences.
    pub reasons: Vec<String>,
    /// Outline in the working reference system.
    pub shape: MultiPolygon<f64>,
}

impl Candidate {
    /// Whether enforcement cares; `None` where the kind is unknown.
    pub fn relevant(&self) -> Option<bool> {
        self.kind.map(Kind::relevant)
    }

    /// Area in mu (亩).
    pub fn area_mu(&self) -> f64 {
        self.area_m2 * 3.0 / 2000.0
    }
}

/// What verdicts are read from besides the shares of [`PatchFinding`]; `None` where it could not be measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PatchFigures {
    /// Pixels seen at both dates.
    pub valid_pixels: Option<u64>,
    /// Works of any kind before, percent; what `remaining` is a part of where nothing was built.
    pub works_before_percent: Option<f64>,
    /// Part of what was built that still stands, percent.
    pub remaining_percent: Option<f64>,
    /// The least and the most of it that may stand, percent.
    pub remaining_bounds_percent: Option<(f64, f64)>,
    /// Part of the edges of the earlier date that the later one shows, beyond chance, percent.
    pub edges_kept_percent: Option<f64>,
    /// Rubble among the works that the forest sees after, percent.
    pub rubble_share_percent: Option<f64>,
    /// Greenhouses among what the forest sees built after, percent.
    pub greenhouse_share_percent: Option<f64>,
    /// Roofs after, greenhouses left out, percent.
    pub roof_after_percent: Option<f64>,
    /// Hard surface after, percent.
    pub hard_after_percent: Option<f64>,
    /// Changed into works that were none before, percent.
    pub new_works_percent: Option<f64>,
    /// Edges after that run one way, percent.
    pub edges_along_percent: Option<f64>,
    /// Edges after inside it that are parallel or at right angles, percent.
    pub right_angles_percent: Option<f64>,
    /// Median NDVI after over that of the ground around, percent.
    pub greenness_percent: Option<f64>,
    /// Probability that works are new on it as a whole, percent.
    pub new_works_probability_percent: Option<f64>,
    /// Mean width, m.
    pub width_m: Option<f64>,
    /// Residual misregistration, pixels.
    pub residual_px: Option<f64>,
}

/// A row of the list with its verdict (`patches`); exactly one per row of the list, in its order.
#[derive(Clone, Debug)]
pub struct PatchFinding {
    /// The row it answers.
    pub list: ListRow,
    /// The answer.
    pub verdict: Verdict,
    /// 0-1.
    pub confidence: f64,
    /// Why, Chinese sentences.
    pub reasons: Vec<String>,
    /// What stands there at the later date.
    pub state_after: StateAfter,
    /// Share of the judged part that changed, percent.
    pub changed_percent: Option<f64>,
    /// Built share before, percent.
    pub built_before_percent: Option<f64>,
    /// Built share after, percent.
    pub built_after_percent: Option<f64>,
    /// Farm or other vegetation after, percent.
    pub vegetated_after_percent: Option<f64>,
    /// Part of the patch that both images show, percent.
    pub valid_percent: Option<f64>,
    /// Everything else that the verdict was read from.
    pub figures: PatchFigures,
    /// Ellipsoidal area, m2; `None` without geometry.
    pub area_m2: Option<f64>,
    /// On cropland, m2.
    pub cropland_m2: Option<f64>,
    /// On permanent basic farmland, m2.
    pub basic_farmland_m2: Option<f64>,
    /// In protected areas, m2.
    pub protected_m2: Option<f64>,
    /// Part under approvals, percent.
    pub approved_percent: Option<f64>,
    /// Code of the town.
    pub town_code: Option<String>,
    /// Name of the town.
    pub town_name: Option<String>,
    /// Candidates that overlap the patch.
    pub candidate_ids: Vec<String>,
    /// Longitude of a point inside, degrees.
    pub lon: Option<f64>,
    /// Latitude of a point inside, degrees.
    pub lat: Option<f64>,
}

/// Totals of one town (`towns`).
#[derive(Clone, Debug, Default)]
pub struct TownTotals {
    /// Code; blank for parcels outside every town.
    pub town_code: String,
    /// Name.
    pub town_name: String,
    /// Outline in the working reference system.
    pub shape: Shape,
    /// Candidates.
    pub candidates: u64,
    /// Relevant candidates.
    pub relevant: u64,
    /// Unreported candidates.
    pub unreported: u64,
    /// Their area, m2.
    pub unreported_m2: f64,
    /// Their cropland, m2; `None` without the layer.
    pub unreported_cropland_m2: Option<f64>,
    /// Their basic farmland, m2.
    pub unreported_basic_farmland_m2: Option<f64>,
    /// Rows of the list.
    pub patches: u64,
    /// Rows per verdict, in the order of [`Verdict::ALL`].
    pub verdicts: [u64; 7],
}

/// Ground of one town that went from one land-cover class to another, or stayed (`transitions`).
#[derive(Clone, Debug, PartialEq)]
pub struct TownTransition {
    /// Code; blank outside every town, and without the layer.
    pub town_code: String,
    /// Name.
    pub town_name: String,
    /// Class before.
    pub from: Class,
    /// Class after.
    pub to: Class,
    /// Area, m2.
    pub area_m2: f64,
}

/// An area where the imagery could not be used (`not_judged`).
#[derive(Clone, Debug)]
pub struct NotJudged {
    /// Why.
    pub reason: Quality,
    /// Ellipsoidal area, m2.
    pub area_m2: f64,
    /// Outline in the working reference system.
    pub shape: MultiPolygon<f64>,
}
