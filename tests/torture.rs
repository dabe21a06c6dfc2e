//! Every torture file through `tuban inspect`: an answer or a reason, never a panic, a hang or runaway memory.
//!
//! The files are real test suites' worst (fuzzed, cut, looping, 137 GB in 200 bytes) and are not part of the project;
//! without them the test says so and passes.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Longest answer of one file.
const LIMIT: Duration = Duration::from_secs(20);
/// Address space of one child, KiB.
const MEMORY_KIB: u64 = 4 << 20;

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() { files_below(&path, out) } else { out.push(path) }
    }
}

/// Runs `inspect` on a file; `Err` says what was wrong with the answer.
fn inspect(path: &Path) -> Result<u8, String> {
    let script = format!("ulimit -v {MEMORY_KIB}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_tuban"), "inspect"]).arg(path);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("cannot start: {e}"))?;
    // Both pipes are drained while waiting, or a talkative child would wait for us.
    let drain = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.read_to_end(&mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let out = drain(child.stdout.take().map(|p| Box::new(p) as _));
    let err = drain(child.stderr.take().map(|p| Box::new(p) as _));
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() > LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no answer within {} s", LIMIT.as_secs()));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(e) => return Err(e.to_string()),
        }
    };
    let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    if err.contains("panicked") || err.contains("internal fault") {
        return Err(format!("panic: {err}"));
    }
    match status.code() {
        Some(0) if err.is_empty() && out.trim_end().ends_with("可以使用") => Ok(0),
        Some(code @ (2 | 4)) if err.starts_with("tuban: ") && err.trim_end().lines().count() == 1 => Ok(code as u8),
        code => Err(format!("exit {code:?}, stdout {out:?}, stderr {err:?}")),
    }
}

fn torture(folder: &str, least: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    let mut files = Vec::new();
    files_below(&root, &mut files);
    files.sort();
    if files.is_empty() {
        eprintln!("SKIPPED: {} is not there, no torture file was tried", root.display());
        return;
    }
    assert!(files.len() >= least, "only {} files in {}", files.len(), root.display());
    let queue = Mutex::new(files.iter());
    let (faults, usable) = (Mutex::new(Vec::new()), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(path) = queue.lock().unwrap().next() else { break };
                    match inspect(path) {
                        Ok(code) => *usable.lock().unwrap() += usize::from(code == 0),
                        Err(why) => faults.lock().unwrap().push(format!("{}: {why}", path.display())),
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    eprintln!("{}: {} files, {} usable", folder, files.len(), usable.into_inner().unwrap());
    assert!(faults.is_empty(), "{} of {} files:\n{}", faults.len(), files.len(), faults.join("\n"));
}

#[test]
fn torture_rasters_get_an_answer() {
    torture("torture_raster", 400);
}

#[test]
fn torture_vectors_get_an_answer() {
    torture("torture_vector", 200);
}
