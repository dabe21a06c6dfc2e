//! The card of a model: what it is for, what it was made from, how good it is, where it fails.

use super::LandModel;
use super::learn::{Confusion, Learnt};
use std::fmt::Write as _;

/// What a card says besides the model itself.
#[derive(Clone, Debug)]
pub struct CardFacts<'a> {
    /// Files the image came from, as given.
    pub images: Vec<String>,
    /// File of the labels.
    pub labels: String,
    /// Version of the program.
    pub version: &'a str,
    /// SHA-256 of the model file, hexadecimal.
    pub sha256: String,
    /// Labels that stand for a class: as written, and the class's code.
    pub names: Vec<(String, &'static str)>,
    /// Polygons of which no pixel was learnt from.
    pub unused: u64,
}

/// A share as percent with one digit; blank where there is none.
fn percent(share: Option<f64>) -> String {
    share.map_or("–".into(), |s| format!("{:.1}", s * 100.0))
}

/// A confusion matrix as a Markdown table: rows are labels, columns what the forest says, percent of the row.
pub fn confusion_table(confusion: &Confusion, names: &[&str]) -> String {
    let mut out = format!("| | n | {} |\n|---|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for (name, row) in names.iter().zip(&confusion.counts) {
        let all: u64 = row.iter().sum();
        let shares: Vec<String> = row.iter().map(|n| format!("{:.0}", *n as f64 * 100.0 / all.max(1) as f64)).collect();
        let _ = writeln!(out, "| {name} | {all} | {} |", shares.join(" | "));
    }
    out
}

/// The card of a model that `tuban train` made.
pub fn card(model: &LandModel, learnt: &Learnt, facts: &CardFacts) -> String {
    let names: Vec<&str> = model.classes.iter().map(|c| c.code()).collect();
    let bands: Vec<&str> = model.bands.iter().map(|b| b.code()).collect();
    let confusion = &learnt.confusion;
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", model.name);
    let _ = writeln!(
        out,
        "Land cover (地类) of one scene's kind, learnt by `tuban train` (tuban {}) from labels.\n",
        facts.version
    );
    let _ = writeln!(
        out,
        "**Use**: images with the bands {} at {:.2} to {:.2} m a pixel, of the season and region of the labels: `tuban scan --set landcover.model=FOLDER`.\n",
        bands.join(", "),
        model.gsd_m[0],
        model.gsd_m[1]
    );
    let _ = writeln!(
        out,
        "**Not for**: other seasons, sensors and regions without checking; classes that had no label can never be told; a single pixel proves nothing about a parcel.\n"
    );
    let _ = writeln!(out, "**Trained on**: {}; labels {}.\n", facts.images.join(", "), facts.labels);
    if !facts.names.is_empty() {
        let named: Vec<String> = facts.names.iter().map(|(label, class)| format!("{label} = {class}")).collect();
        let _ = writeln!(out, "Labels read as classes: {}.\n", named.join(", "));
    }
    if facts.unused > 0 {
        let _ = writeln!(
            out,
            "{} labelled polygon(s) have no usable pixel more than one pixel from their border and taught nothing.\n",
            facts.unused
        );
    }
    out.push_str(
        "| class | 地类 | pieces | pixels | left out | told (producer's), % | right when told (user's), % |\n",
    );
    out.push_str("|---|---|---|---|---|---|---|\n");
    for (k, class) in model.classes.iter().enumerate() {
        let (told, right) = confusion.of_class(k);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            class.code(),
            class.zh(),
            learnt.pieces[k],
            learnt.rows[k],
            learnt.doubted[k],
            percent(told),
            percent(right)
        );
    }
    let kappa = confusion.kappa().map_or("–".into(), |k| format!("{k:.3}"));
    let _ = writeln!(
        out,
        "\n**Measured** by cross-validation over label pieces in {} parts (no pixel is judged by a forest that saw its piece): {} % of {} pixels right, kappa {kappa}. \"Left out\" are pixels whose label the other pieces contradict; they count in these figures and were not trained on.\n",
        super::learn::FOLDS,
        percent(confusion.accuracy()),
        confusion.rows()
    );
    let _ = writeln!(
        out,
        "Labels (rows) against what is told, percent of the row:\n\n{}",
        confusion_table(confusion, &names)
    );
    out.push_str("**Fails**: ");
    out.push_str(&failures(&names, learnt));
    let _ = writeln!(out, "\n\n`landcover.json` SHA-256 `{}`", facts.sha256);
    out
}

/// What the matrix says of failures: classes too rare to judge, and the greatest confusions.
fn failures(names: &[&str], learnt: &Learnt) -> String {
    let mut said = Vec::new();
    for (k, pieces) in learnt.pieces.iter().enumerate().filter(|(_, p)| **p < 3) {
        said.push(format!("{} has only {pieces} label piece(s), its figures mean little", names[k]));
    }
    for (k, row) in learnt.confusion.counts.iter().enumerate() {
        let all: u64 = row.iter().sum();
        let wrong = (0..row.len()).filter(|other| *other != k).max_by_key(|other| row[*other]);
        if let Some(other) = wrong.filter(|o| row[*o] * 10 >= all && row[*o] > 0) {
            said.push(format!(
                "{:.0} % of {} is told as {}",
                row[other] as f64 * 100.0 / all as f64,
                names[k],
                names[other]
            ));
        }
    }
    match said.is_empty() {
        true => {
            "no class is taken for another by a tenth or more; ground unlike the labels was not tested.".to_string()
        }
        false => format!("{}. Ground unlike the labels was not tested.", said.join("; ")),
    }
}
