//! What a person or a script reads on the terminal after a run.

use super::Done;
use super::common::{self, Common, Format};
use crate::crosscheck::{Finding, Verdict};
use crate::report::document::{Command, adverse};
use crate::report::{Lang, words};
use crate::run::RunOutcome;
use std::fmt::Write;

/// Warnings on stderr, the summary or the manifest on stdout; code 10 for findings where that was asked for.
pub fn answer(outcome: &RunOutcome, common: &Common, fail_on_findings: bool) -> Done {
    for warning in &outcome.document.run.warnings {
        common.say(&format!("tuban: 注意 {warning}"));
    }
    match common.format {
        Format::Text => common::answer(&text(outcome, common.lang())),
        Format::Json => common::answer(&outcome.manifest.to_string()),
    }
    let findings = outcome.document.candidates.iter().any(|c| c.finding == Finding::Unreported)
        || outcome.document.patches.iter().any(|p| adverse(p.verdict));
    Ok(if fail_on_findings && findings { 10 } else { 0 })
}

/// What a scan found besides the list.
fn found(out: &mut String, outcome: &RunOutcome, lang: Lang) {
    let doc = &outcome.document;
    let run = &doc.run;
    let km2 = |m2: f64| m2 / 1e6;
    let (total, judged, changed) = (run.areas.total.m2, run.areas.judged_percent(), run.areas.changed.m2);
    let head = match lang {
        Lang::Zh => format!(
            "扫描{:.2}平方公里，可判读{judged:.1}%，变化{:.2}平方公里；变化图斑{}个",
            km2(total),
            km2(changed),
            doc.candidates.len()
        ),
        Lang::En => format!(
            "scanned {:.2} km2, {judged:.1} % judged, {:.2} km2 changed; {} candidates",
            km2(total),
            km2(changed),
            doc.candidates.len()
        ),
    };
    let _ = writeln!(out, "{head}");
    for finding in Finding::ALL {
        let of: Vec<_> = doc.candidates.iter().filter(|c| c.finding == *finding).collect();
        // The empty sum of floats is -0.
        let mu = of.iter().map(|c| c.area_mu()).sum::<f64>() + 0.0;
        let unit = lang.pick("亩", "mu");
        let _ = writeln!(out, "  {:<24} {:>6}  {mu:>10.2} {unit}", words::finding(lang, *finding), of.len());
    }
}

/// The summary, ending with the report's path.
fn text(outcome: &RunOutcome, lang: Lang) -> String {
    let doc = &outcome.document;
    let run = &doc.run;
    let mut out = String::new();
    if run.command == Command::Scan {
        found(&mut out, outcome, lang);
    }
    if run.list.is_some() {
        let rows = lang.pick("清单图斑", "list rows");
        let _ = writeln!(out, "{rows} {}", doc.patches.len());
        for verdict in Verdict::ALL {
            let n = doc.patches.iter().filter(|p| p.verdict == *verdict).count();
            let _ = writeln!(out, "  {:<24} {n:>6}", words::verdict(lang, *verdict));
        }
    }
    if let Some(line) = crate::report::html::followed_up(doc) {
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "{}", outcome.folder.join("report.html").display());
    out
}
