//! Bad input: one sentence that names the thing and the repair, the right exit code, nothing left behind.

#![allow(clippy::unwrap_used)]

mod cases;
mod fixture;

use fixture::{image, list};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A command line that must be refused.
pub struct Case {
    /// Name in messages.
    pub name: &'static str,
    /// Makes the bad files in the case's own folder, where `before.tif`, `after.tif` and `list.geojson` are good.
    pub make: fn(&Path),
    /// Arguments, split at blanks; paths are relative to the folder.
    pub args: &'static str,
    /// Exit code wanted.
    pub code: i32,
    /// Texts that the sentence must hold.
    pub says: &'static [&'static str],
}

struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

fn tuban(folder: &Path, args: &[&str]) -> Answer {
    let done = Command::new(env!("CARGO_BIN_EXE_tuban")).args(args).current_dir(folder).output().unwrap();
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    Answer { code: done.status.code(), out: text(&done.stdout), err: text(&done.stderr) }
}

/// The good files of every case.
fn good_files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    image(&folder.path().join("before.tif"), |_| {});
    image(&folder.path().join("after.tif"), |r| r.value = fixture::built);
    list(&folder.path().join("list.geojson"), 3, 118.2, 36.2);
    folder
}

/// Every file and folder below, with its size.
fn listing(folder: &Path) -> BTreeMap<PathBuf, u64> {
    let mut out = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let meta = entry.path().symlink_metadata().unwrap();
            out.insert(entry.path(), if meta.is_dir() { 0 } else { meta.len() });
            if meta.is_dir() {
                open.push(entry.path());
            }
        }
    }
    out
}

/// What is wrong with the answer to a case; nothing when all is well.
fn judge(case: &Case, answer: &Answer, before: &BTreeMap<PathBuf, u64>, after: &BTreeMap<PathBuf, u64>) -> Vec<String> {
    let mut faults = Vec::new();
    if answer.code != Some(case.code) {
        faults.push(format!("exit {:?} instead of {}", answer.code, case.code));
    }
    if answer.err.contains("panicked") || answer.out.contains("panicked") {
        faults.push("panic".to_string());
    }
    let lines: Vec<&str> = answer.err.lines().filter(|l| !l.trim().is_empty()).collect();
    // clap words its own refusals, with a hint and the usage below.
    let clap = case.code == 2 && answer.err.starts_with("error: ");
    let one_sentence = lines.len() == 1 && lines[0].starts_with("tuban: ");
    if !(clap || one_sentence) {
        faults.push("stderr is not one sentence of tuban's".to_string());
    }
    for text in case.says {
        if !answer.err.contains(text) {
            faults.push(format!("does not say '{text}'"));
        }
    }
    for (path, size) in after {
        if before.get(path) != Some(size) {
            faults.push(format!("left behind or changed: {}", path.display()));
        }
    }
    for path in before.keys().filter(|p| !after.contains_key(*p)) {
        faults.push(format!("removed: {}", path.display()));
    }
    if !faults.is_empty() {
        faults.push(format!("stderr: {}", answer.err.trim()));
    }
    faults
}

#[test]
fn every_bad_input_is_refused_in_one_sentence() {
    let good = good_files();
    let cases = cases::all();
    assert!(cases.len() >= 30);
    let mut bad = Vec::new();
    for case in &cases {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(good.path()).unwrap().flatten() {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        (case.make)(folder.path());
        let before = listing(folder.path());
        let args: Vec<&str> = case.args.split_whitespace().collect();
        let answer = tuban(folder.path(), &args);
        let faults = judge(case, &answer, &before, &listing(folder.path()));
        if !faults.is_empty() {
            bad.push(format!("{} (tuban {}):\n    {}", case.name, case.args, faults.join("\n    ")));
        }
    }
    assert!(bad.is_empty(), "{} of {} cases:\n{}", bad.len(), cases.len(), bad.join("\n"));
}

#[test]
fn the_good_files_are_accepted() {
    let good = good_files();
    let answer = tuban(good.path(), &["inspect", "before.tif", "after.tif", "--list", "list.geojson", "--lang", "en"]);
    assert_eq!(answer.code, Some(0), "{}{}", answer.out, answer.err);
    assert!(answer.out.trim_end().ends_with("can be used") && answer.err.is_empty());
    let scan = ["scan", "--before", "before.tif", "--after", "after.tif", "--list", "list.geojson", "--out", "out"];
    let answer = tuban(good.path(), &scan);
    assert_eq!(answer.code, Some(0), "{}{}", answer.out, answer.err);
    assert!(good.path().join("out/run.json").is_file());
}

/// Cut anywhere, an image is refused or its missing blocks are counted; never anything else.
#[test]
fn an_image_cut_anywhere_gets_an_answer() {
    let good = good_files();
    let whole = std::fs::read(good.path().join("before.tif")).unwrap();
    let cut = good.path().join("cut.tif");
    for k in 0..20 {
        // Dense at the head, where the structure is, and spread over the pixels.
        let length = if k < 10 { k * k * 9 } else { whole.len() * (k - 9) / 11 };
        std::fs::write(&cut, &whole[..length.min(whole.len())]).unwrap();
        let answer = tuban(good.path(), &["inspect", "cut.tif", "--format", "json"]);
        assert_eq!(answer.code, Some(4), "cut at {length}: {}{}", answer.out, answer.err);
        assert_eq!(answer.err.lines().count(), 1, "{}", answer.err);
        assert!(answer.err.starts_with("tuban: cannot be used, because cut.tif"), "{}", answer.err);
        let object: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
        assert_eq!(object["usable"], false);
    }
}

/// A few bad blocks are counted and warned about, not a reason to give up the image.
#[test]
fn a_corrupt_block_in_the_middle_is_counted() {
    let good = good_files();
    let path = good.path().join("before.tif");
    // One of sixteen blocks.
    fixture::ruin_blocks(&path, 100);
    let answer = tuban(good.path(), &["inspect", "before.tif", "--format", "json"]);
    assert_eq!(answer.code, Some(0), "{}{}", answer.out, answer.err);
    let object: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    let damaged = object["images"][0]["measured"]["damaged_blocks"].as_array().unwrap();
    assert_eq!(damaged, &vec![serde_json::json!([0, 1])]);
    assert!(object["findings"].as_array().unwrap().iter().any(|f| f["code"] == "damaged"));
}
