//! What a reader wants to see first.

use crate::crosscheck::{Candidate, Finding, PatchFinding, Verdict};

/// Order in which verdicts are shown: what needs action first.
pub const VERDICT_ORDER: [Verdict; 7] = [
    Verdict::FalseDemolition,
    Verdict::Concealed,
    Verdict::PartialDemolition,
    Verdict::DemolishedNotRestored,
    Verdict::CannotJudge,
    Verdict::NoVisibleChange,
    Verdict::Consistent,
];

/// `true` for a verdict that goes against the claim.
pub fn adverse(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::FalseDemolition | Verdict::PartialDemolition | Verdict::DemolishedNotRestored | Verdict::Concealed
    )
}

fn verdict_rank(verdict: Verdict) -> usize {
    VERDICT_ORDER.iter().position(|&v| v == verdict).unwrap_or(VERDICT_ORDER.len())
}

/// Indices of the candidates in the order a reader wants them: unreported first, then by basic farmland, cropland and
/// area, the larger first; ties by id.
pub fn rank_candidates(candidates: &[Candidate]) -> Vec<usize> {
    let finding = |c: &Candidate| Finding::ALL.iter().position(|&f| f == c.finding).unwrap_or(Finding::ALL.len());
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|&i, &j| {
        let (a, b) = (&candidates[i], &candidates[j]);
        let size = |c: &Candidate| [c.basic_farmland_m2.unwrap_or(0.0), c.cropland_m2.unwrap_or(0.0), c.area_m2];
        let by_size = size(b).iter().zip(size(a)).fold(std::cmp::Ordering::Equal, |o, (x, y)| o.then(x.total_cmp(&y)));
        finding(a).cmp(&finding(b)).then(by_size).then_with(|| a.id.cmp(&b.id))
    });
    order
}

/// Indices of the list rows in the order a reader wants them: adverse verdicts first, then by area, the larger first;
/// ties by row.
pub fn rank_patches(patches: &[PatchFinding]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..patches.len()).collect();
    order.sort_by(|&i, &j| {
        let (a, b) = (&patches[i], &patches[j]);
        let area = |p: &PatchFinding| p.area_m2.unwrap_or(0.0);
        verdict_rank(a.verdict)
            .cmp(&verdict_rank(b.verdict))
            .then(area(b).total_cmp(&area(a)))
            .then(a.list.row.cmp(&b.list.row))
    });
    order
}

/// What a chip shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipOf {
    /// A candidate, by index.
    Candidate(usize),
    /// A list row, by index.
    Patch(usize),
}

/// The at most `most` rows that deserve a chip, most pressing first: adverse and undecided list rows, unreported
/// candidates, then the rest of the list, then other relevant candidates. Rows without a shape get none.
///
/// The page grows by about 2 x 4/3 of a chip's bytes for each, so `most` bounds its size (400 is about 10 MB).
pub fn wanted_chips(candidates: &[Candidate], patches: &[PatchFinding], most: usize) -> Vec<ChipOf> {
    let pressing = |p: &PatchFinding| adverse(p.verdict) || p.verdict == Verdict::CannotJudge;
    let ranked: Vec<usize> = rank_patches(patches).into_iter().filter(|&i| patches[i].list.shape.is_some()).collect();
    let found: Vec<usize> = rank_candidates(candidates);
    let of = |finding: Finding| found.iter().filter(move |&&i| candidates[i].finding == finding).copied();
    let first = ranked.iter().copied().filter(|&i| pressing(&patches[i])).map(ChipOf::Patch);
    let rest = ranked.iter().copied().filter(|&i| !pressing(&patches[i])).map(ChipOf::Patch);
    first
        .chain(of(Finding::Unreported).map(ChipOf::Candidate))
        .chain(rest)
        .chain(of(Finding::Listed).chain(of(Finding::Approved)).map(ChipOf::Candidate))
        .take(most)
        .collect()
}
