//! Last quarter's cases, looked at again.
//!
//! In: a row of an earlier run's `patches`, and what the new pair shows there. Out: whether it still stands, is gone since, or came back.
//! Open are cases whose verdict went against the claim or could not be given; of demolitions that were confirmed only those are
//! reported that were built over again.

use super::verdict::{NewWorks, cannot};
use super::{Claim, CrosscheckParams, FollowUp, PatchContext, PatchEvidence, StateAfter, Verdict};
use crate::features::Shape;
use crate::landcover::Class;

/// A row of an earlier run.
#[derive(Clone, Debug)]
pub struct PreviousCase {
    /// Row of the earlier list, from 0.
    pub row: usize,
    /// The list's own id.
    pub patch_id: String,
    /// Claim.
    pub claim: Claim,
    /// Verdict of then.
    pub verdict: Verdict,
    /// State of then.
    pub state_after: StateAfter,
    /// Outline in the working reference system.
    pub shape: Shape,
}

impl PreviousCase {
    /// Whether the case was left open.
    pub fn open(&self) -> bool {
        !matches!(self.verdict, Verdict::Consistent | Verdict::NoVisibleChange)
    }

    /// Whether it was a demolition that the image confirmed.
    pub fn closed_demolition(&self) -> bool {
        self.verdict == Verdict::Consistent && matches!(self.claim, Claim::Demolished | Claim::Restored)
    }
}

/// How an earlier case was found again in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// By its id, and the outlines meet.
    Id(usize),
    /// By its outline: at least half of one lies in the other.
    Shape(usize),
    /// It is not in the list.
    None,
}

/// An earlier case with what became of it (`followups`).
#[derive(Clone, Debug)]
pub struct FollowUpFinding {
    /// The case.
    pub case: PreviousCase,
    /// What became of it.
    pub outcome: FollowUp,
    /// Why, Chinese sentences.
    pub reasons: Vec<String>,
    /// Row of the new list that is the same patch.
    pub matched: Matched,
    /// What was seen.
    pub evidence: PatchEvidence,
    /// Part of what was built that is still built, percent.
    pub remaining_percent: Option<f64>,
    /// Ellipsoidal area, m2.
    pub area_m2: Option<f64>,
    /// Longitude and latitude of a point inside.
    pub lonlat: Option<(f64, f64)>,
}

/// What became of a case; `None` for one that was closed and stays so.
pub fn follow_up(
    case: &PreviousCase,
    e: &PatchEvidence,
    context: &PatchContext,
    p: &CrosscheckParams,
) -> Option<(FollowUp, String)> {
    if !case.open() && !case.closed_demolition() {
        return None;
    }
    if let Some(reason) = cannot(e, context, Claim::None, p) {
        return case.open().then_some((FollowUp::CannotJudge, reason));
    }
    let before = e.built_before_percent().unwrap_or(0.0);
    let new = NewWorks::of(e, p.seen_percent, 20.0, p);
    if case.closed_demolition() || before < p.built_before_percent {
        let farmed = e.after_percent(Class::vegetated);
        let figures = format!("前时相建(构)筑物及硬化占{before:.1}%，本期{}，植被占{farmed:.1}%", new.figures);
        let outcome = match () {
            () if new.seen => FollowUp::Rebuilt,
            () if case.closed_demolition() => return None,
            () if case.verdict == Verdict::DemolishedNotRestored && farmed >= p.restored_percent => FollowUp::Restored,
            () if case.verdict == Verdict::DemolishedNotRestored => FollowUp::NotRestored,
            () => FollowUp::Gone,
        };
        return Some((outcome, figures));
    }
    let remaining = e.remaining_percent().unwrap_or(0.0);
    let figures = format!("前时相建(构)筑物及硬化占{before:.1}%，其中{remaining:.1}%在后时相仍存在");
    let outcome = match () {
        () if remaining >= p.false_demolition_percent => FollowUp::StillStanding,
        () if remaining >= p.partial_demolition_percent => FollowUp::PartlyStanding,
        () => FollowUp::NewlyDemolished,
    };
    Some((outcome, figures))
}

#[cfg(test)]
mod tests;
