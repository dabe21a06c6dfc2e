//! The figures that the page and the workbook lead with, counted once.

use super::document::{Area, Document, adverse};
use crate::crosscheck::{Candidate, Finding, Verdict};
use serde::Serialize;

/// Totals of the candidates of one finding.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FindingTotals {
    /// How many.
    pub count: u64,
    /// Their area.
    pub area: Area,
    /// On cropland; `None` when no candidate was held against the layer.
    pub cropland: Option<Area>,
    /// On permanent basic farmland.
    pub basic_farmland: Option<Area>,
    /// In protected areas.
    pub protected: Option<Area>,
}

/// Totals of the finding `code`.
pub fn finding_totals(doc: &Document, code: Finding) -> FindingTotals {
    let of = || doc.candidates.iter().filter(|c| c.finding == code);
    // A layer that was given says 0 where it touches nothing; one that was not says nothing.
    let sum = |part: fn(&Candidate) -> Option<f64>| {
        let given = doc.candidates.iter().any(|c| part(c).is_some());
        given.then(|| Area::from_m2(of().filter_map(part).sum()))
    };
    FindingTotals {
        count: of().count() as u64,
        area: Area::from_m2(of().map(|c| c.area_m2).sum()),
        cropland: sum(|c| c.cropland_m2),
        basic_farmland: sum(|c| c.basic_farmland_m2),
        protected: sum(|c| c.protected_m2),
    }
}

/// Totals of the list rows of one verdict.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VerdictTotals {
    /// How many.
    pub count: u64,
    /// Area of those that have a geometry.
    pub area: Area,
}

/// Totals of the verdict `code`.
pub fn verdict_totals(doc: &Document, code: Verdict) -> VerdictTotals {
    let of = || doc.patches.iter().filter(|p| p.verdict == code);
    VerdictTotals { count: of().count() as u64, area: Area::from_m2(of().filter_map(|p| p.area_m2).sum()) }
}

/// List rows whose verdict goes against the claim.
pub fn adverse_count(doc: &Document) -> u64 {
    doc.patches.iter().filter(|p| adverse(p.verdict)).count() as u64
}

/// `true` when a list was held against the images: an empty list is a list too.
pub fn has_list(doc: &Document) -> bool {
    doc.run.list.is_some() || !doc.patches.is_empty()
}
