//! What towns claim, held against the images by a whole verification, and how far its confidence can be trusted.
//!
//! In: folders with a pair, a list, layers and the verdict every row deserves. Out: verdicts right and wrong, per folder and per
//! range of confidence. A forecast is calibrated when of all that were given with some confidence that share came true.
//!
//! # Source
//! Reliability diagrams: A. H. Murphy, R. L. Winkler 1977, "Reliability of subjective probability forecasts of precipitation and
//! temperature", Applied Statistics 26(1).

use super::definition::ClaimsParams;
use super::folder::ClaimFiles;
use super::result::{ClaimsResult, Reliability};
use crate::config::Pipeline;
use crate::crosscheck::Verdict;
use crate::error::Error;
use crate::io::vector::{VectorOptions, read_any};
use crate::run::{Hash, Progress, ScanRequest, VectorInputs, VerifyRequest, verify};
use std::path::Path;

/// Layer and columns of the truth.
const LAYER: &str = "patches";
const ROW: &str = "row";
const EXPECTED: &str = "expected_verdict";

/// A verdict that was given, its confidence, and the one that was deserved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Answered {
    pub verdict: Verdict,
    pub confidence: f64,
    pub expected: Verdict,
}

/// Verdicts that accuse a town.
fn accuses(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::FalseDemolition | Verdict::PartialDemolition | Verdict::Concealed)
}

/// The answers a verification gives to the rows whose verdict is known.
pub(super) fn answered(
    files: &ClaimFiles,
    pipeline: &Pipeline,
    threads: usize,
    max_memory: u64,
    scratch: &Path,
) -> Result<Vec<Answered>, Error> {
    let of = ScanRequest {
        vectors: VectorInputs { list: Some(files.list.clone()), layers: files.layers.clone(), ..Default::default() },
        pipeline: pipeline.clone(),
        threads,
        max_memory,
        ..ScanRequest::new(vec![files.before.clone()], vec![files.after.clone()], scratch.join("run"))
    };
    let request = VerifyRequest { of, first: Vec::new(), first_date: None, previous: None, hash: Hash::Used };
    let document = verify(&request, &Progress::Silent)?.document;
    let Some(grid) = &document.run.grid else { return Ok(Vec::new()) };
    let mut options = VectorOptions::new(&grid.crs);
    options.layer = Some(LAYER);
    let table = read_any(&files.truth, &options)?.table;
    let column = |name: &str| table.fields.iter().position(|f| f.name == name);
    let (Some(row), Some(expected)) = (column(ROW), column(EXPECTED)) else { return Ok(Vec::new()) };
    let known = table.rows.iter().filter_map(|r| {
        let code = r.values[expected].text();
        let expected = Verdict::ALL.iter().copied().find(|v| v.code() == code)?;
        let patch = document.patches.get(r.values[row].number()? as usize)?;
        Some(Answered { verdict: patch.verdict, confidence: patch.confidence, expected })
    });
    Ok(known.collect())
}

/// Counts of the answers of one folder.
pub(super) fn counted(set: &str, tile: &str, all: &[Answered]) -> ClaimsResult {
    let count = |which: &dyn Fn(&Answered) -> bool| all.iter().filter(|a| which(a)).count() as u64;
    ClaimsResult {
        set: set.to_string(),
        tile: tile.to_string(),
        rows: all.len() as u64,
        not_judged: count(&|a| a.verdict == Verdict::CannotJudge),
        right: count(&|a| a.verdict == a.expected),
        untrue: count(&|a| accuses(a.expected)),
        found: count(&|a| accuses(a.expected) && accuses(a.verdict)),
        honest: count(&|a| a.expected == Verdict::Consistent),
        accused: count(&|a| a.expected == Verdict::Consistent && accuses(a.verdict)),
    }
}

/// Verdicts given and right per range of confidence, the surest first; what was not judged claims nothing.
pub(super) fn reliability(all: &[Answered], params: &ClaimsParams) -> Vec<Reliability> {
    let mut below = f64::INFINITY;
    let mut out = Vec::new();
    for from in params.confidences.iter().rev().copied().chain([0.0]) {
        let inside = |a: &&Answered| a.verdict != Verdict::CannotJudge && a.confidence >= from && a.confidence < below;
        let given: Vec<&Answered> = all.iter().filter(inside).collect();
        let sum: f64 = given.iter().map(|a| a.confidence).sum();
        out.push(Reliability {
            from,
            verdicts: given.len() as u64,
            right: given.iter().filter(|a| a.verdict == a.expected).count() as u64,
            mean_confidence: (!given.is_empty()).then(|| sum / given.len() as f64),
        });
        below = from;
    }
    out
}
