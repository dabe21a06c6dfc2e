//! What a run says of its inputs: names, sizes, hashes, and the id made of them.

use super::request::ScanRequest;
use super::shift::Alignment;
use super::tile::Scene;
use crate::align::Date;
use crate::crosscheck::{Finding, Verdict};
use crate::io::WriteError;
use crate::report::document::{Document, FileSummary, Parameter, hexadecimal};
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// SHA-256 of bytes, hexadecimal.
pub(super) fn hash_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// SHA-256 of parts of a file one after the other, read in pieces.
fn sha256(path: &Path, parts: &[Range<u64>]) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    for part in parts {
        file.seek(SeekFrom::Start(part.start))?;
        let mut left = (&mut file).take(part.end - part.start);
        loop {
            let n = left.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
        }
    }
    Ok(hexadecimal(&hasher.finalize()))
}

/// Parts in the order of the file, those that touch or overlap made one.
fn joined(mut parts: Vec<Range<u64>>) -> Vec<Range<u64>> {
    parts.sort_unstable_by_key(|p| (p.start, p.end));
    let mut out: Vec<Range<u64>> = Vec::new();
    for part in parts {
        match out.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => out.push(part),
        }
    }
    out
}

/// Files that belong to a shapefile and carry part of its content.
const SHAPEFILE_PARTS: [&str; 5] = ["dbf", "prj", "cpg", "shx", "sbn"];

/// The files an input consists of: a shapefile's parts, a folder's files in name order.
fn parts(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut parts: Vec<PathBuf> = vec![path.to_path_buf()];
    if path.is_dir() {
        parts = std::fs::read_dir(path)?.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.is_file()).collect();
        parts.sort();
    } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("shp")) {
        for end in SHAPEFILE_PARTS {
            let both = [end.to_string(), end.to_uppercase()];
            parts.extend(both.iter().map(|e| path.with_extension(e)).find(|p| p.is_file()));
        }
    }
    Ok(parts)
}

/// Bytes of an input with all its parts; 0 for one that cannot be read, which its reader will say.
pub(super) fn input_bytes(path: &Path) -> u64 {
    let bytes = |p: PathBuf| std::fs::metadata(p).map_or(0, |m| m.len());
    parts(path).map_or(0, |parts| parts.into_iter().map(bytes).sum())
}

/// Name, size and hash of an input. A shapefile is hashed with its parts (the hash of their hashes); a folder (FileGDB) has
/// its files hashed in name order.
pub fn file_summary(path: &Path) -> Result<FileSummary, WriteError> {
    let fail = |e: std::io::Error| WriteError::io(path, &e);
    let parts = parts(path).map_err(fail)?;
    let mut bytes = 0;
    let mut hashes = Vec::new();
    for part in &parts {
        let length = std::fs::metadata(part).map_err(fail)?.len();
        bytes += length;
        hashes.push(sha256(part, std::slice::from_ref(&(0..length))).map_err(fail)?);
    }
    let whole = if hashes.len() == 1 { hashes.remove(0) } else { hexadecimal(&Sha256::digest(hashes.concat())) };
    Ok(FileSummary { path: path.display().to_string(), bytes, sha256: Some(whole), hashed_bytes: bytes })
}

/// As [`file_summary`], of an image of which only `parts` were used: they are hashed one after the other, in the order of the file.
pub(super) fn part_summary(path: &Path, parts: Vec<Range<u64>>) -> Result<FileSummary, WriteError> {
    let fail = |e: std::io::Error| WriteError::io(path, &e);
    let bytes = std::fs::metadata(path).map_err(fail)?.len();
    let parts = joined(parts);
    let hashed_bytes = parts.iter().map(|p| p.end.min(bytes).saturating_sub(p.start)).sum();
    let sha256 = Some(sha256(path, &parts).map_err(fail)?);
    Ok(FileSummary { path: path.display().to_string(), bytes, sha256, hashed_bytes })
}

/// An id made of the inputs' content and the parameters: the same scan has the same id anywhere.
pub fn run_id(files: &[&FileSummary], parameters: &[Parameter], version: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(version);
    for f in files {
        hasher.update(f.sha256.as_deref().unwrap_or(""));
    }
    for p in parameters {
        hasher.update(format!("\n{}={}", p.key, p.value));
    }
    hexadecimal(&hasher.finalize())[..16].to_string()
}

/// `run.json`: the report's own summary, and what only a machine wants.
pub(super) fn manifest(
    document: &Document,
    scene: &Scene,
    alignment: &Alignment,
    request: &ScanRequest,
) -> serde_json::Value {
    let pair = scene.pair;
    let mut value = serde_json::json!(document.run);
    let feeds = |date| {
        let infos = pair.infos(date);
        let files = infos.iter().zip(pair.feeding(date));
        files.map(|(i, how)| serde_json::json!({ "image": i, "onto_grid": how })).collect::<Vec<_>>()
    };
    let verdicts: serde_json::Map<String, serde_json::Value> = Verdict::ALL
        .iter()
        .map(|v| (v.code().to_string(), document.patches.iter().filter(|p| p.verdict == *v).count().into()))
        .collect();
    let findings: serde_json::Map<String, serde_json::Value> = Finding::ALL
        .iter()
        .map(|f| (f.code().to_string(), document.candidates.iter().filter(|c| c.finding == *f).count().into()))
        .collect();
    let extra = serde_json::json!({
        "schema": 1,
        "pipeline": request.pipeline,
        "reference": pair.reference,
        "overlap_percent": pair.overlap_percent,
        "band_plan": pair.bands(),
        "before_files": feeds(Date::Before),
        "after_files": feeds(Date::After),
        "radiometry": scene.detector.radiometry,
        "method": scene.detector.method,
        "score_sd": scene.detector.score_sd,
        "threshold_detail": scene.threshold,
        "shift_after_correction": alignment.after_correction.as_ref().map(|f| &f.global),
        "alignment": alignment,
        "landcover_model": scene.model.as_ref().map_or("rules", |m| m.name.as_str()),
        "ground_before": scene.ground.as_ref().map(|g| &g.before),
        "ground_after": scene.ground.as_ref().map(|g| &g.after),
        "masks": { "files": pair.mask_notes(), "detected": pair.sky() },
        "candidates": document.candidates.len(),
        "patches": document.patches.len(),
        "verdicts": verdicts,
        "findings": findings,
    });
    if let (Some(all), serde_json::Value::Object(more)) = (value.as_object_mut(), extra) {
        all.extend(more);
    }
    value
}

#[cfg(test)]
mod tests;
