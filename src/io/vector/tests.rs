use super::*;
use crate::io::crs;
use geo::Validation;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn target() -> Crs {
    crate::io::init_gdal();
    crs::parse("EPSG:4527").expect("known")
}

/// Odd files collected from other projects; not part of this one.
fn collection() -> Option<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/torture_vector");
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("SKIPPED: no collection of odd vector files at {}", dir.display());
    None
}

fn all_files(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() { all_files(&path, out) } else { out.push(path) }
    }
    out.sort();
}

#[test]
fn every_odd_file_gives_rows_or_an_error() {
    let Some(dir) = collection() else { return };
    let target = target();
    let mut files = Vec::new();
    all_files(&dir, &mut files);
    assert!(files.len() > 200, "{}", files.len());
    let (mut read, mut refused) = (0, 0);
    for path in &files {
        let started = Instant::now();
        match read_any(path, &VectorOptions::new(&target)) {
            Ok(file) => {
                read += 1;
                for row in &file.table.rows {
                    assert_eq!(row.values.len(), file.table.fields.len(), "{}", path.display());
                    match &row.shape {
                        Some(shape) if shape.0.len() < 50 => assert!(shape.is_valid(), "{}: {shape:?}", path.display()),
                        Some(_) => {}
                        None => assert!(!row.problems.is_empty() || is_text(path), "{}", path.display()),
                    }
                }
                if std::env::var_os("TUBAN_SHOW").is_some() {
                    let shapes = file.table.rows.iter().filter(|r| r.shape.is_some()).count();
                    eprintln!(
                        "{}: {} rows, {shapes} shapes, {}, {}, {:?}",
                        path.display(),
                        file.table.rows.len(),
                        file.encoding,
                        file.crs_note,
                        file.notes
                    );
                }
            }
            Err(e) => {
                refused += 1;
                if std::env::var_os("TUBAN_SHOW").is_some() {
                    eprintln!("{}: {e}", path.display());
                }
                let message = e.to_string();
                assert!(!message.contains('\n'), "{message}");
            }
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{}: {:?}", path.display(), started.elapsed());
    }
    eprintln!("{read} read, {refused} refused");
    assert!(read > 50);
}

fn is_text(path: &Path) -> bool {
    crate::io::table::is_table(path)
}
