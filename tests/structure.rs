//! The shape of the house, kept by a test: the order of modules, purity, file length, no `unwrap` on user data.
//!
//! The order is read from `src/lib.rs`, the one place that says it. Sources are read as tokens, without comments and
//! strings, so that documentation may name anything.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest source file, lines.
const LONGEST: usize = 420;
/// Longest file of tests, lines.
const LONGEST_TESTS: usize = 700;

/// First and last of the pure modules in the order of `lib.rs`; everything between them is pure too.
const PURE: (&str, &str) = ("align", "report");
/// What a pure module cannot name: files, network, processes, the environment, clocks, threads.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
    "std::time",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "rayon",
    "tempfile",
    "indicatif",
    "gdal",
    "gdal_sys",
];
/// Macros that print.
const PRINTING: &[&str] = &["println", "print", "eprintln", "eprint", "dbg"];
/// Crates that are only used in some places: crate, where (a folder ends with `/`), why.
const PLACES: &[(&str, &[&str], &str)] = &[
    ("rayon", &["src/run/", "src/sample/images.rs"], "results must not depend on threads, so they are owned by run"),
    (
        "gdal",
        &[
            "src/io/",
            "src/sample/",
            "src/run/",
            "src/evaluate/open.rs",
            "src/evaluate/files.rs",
            "src/evaluate/truth.rs",
        ],
        "files are io's; everything else gets pixels, grids and features",
    ),
    ("indicatif", &["src/run/progress.rs"], "progress has one look"),
];

/// A source file, as this test sees it.
struct Source {
    /// Path from the root of the repository, `/` between parts.
    path: String,
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

impl Source {
    /// The top-level module; `None` for `lib.rs` and `main.rs`.
    fn module(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        match rest.split_once('/') {
            Some((module, _)) => Some(module),
            None => rest.strip_suffix(".rs").filter(|m| !["lib", "main"].contains(m)),
        }
    }

    /// How many modules deep the file is: 1 for `src/io/mod.rs`, 2 for `src/io/crs.rs`.
    fn depth(&self) -> usize {
        let parts = self.path.trim_start_matches("src/").split('/').count();
        if self.path.ends_with("/mod.rs") { parts - 1 } else { parts }
    }

    /// Unit tests live in `tests.rs` or in a folder `tests`.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// Every path the file names (`a::b::{c, d}` gives two), with its line.
    fn paths(&self) -> Vec<(usize, Vec<&str>)> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let begins = is_name(&self.tokens[at].text) && (at == 0 || self.tokens[at - 1].text != "::");
            if begins { at = read_path(&self.tokens, at, &[], &mut out) } else { at += 1 }
        }
        out
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c == '_' || c.is_alphabetic())
}

/// Reads a path from `at` on, with the groups of a `use`, and returns where it ends.
fn read_path<'a>(
    tokens: &'a [Token],
    mut at: usize,
    before: &[&'a str],
    out: &mut Vec<(usize, Vec<&'a str>)>,
) -> usize {
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let mut path = before.to_vec();
    let line = tokens[at].line;
    loop {
        path.push(text(at));
        at += 1;
        if text(at) != "::" {
            break;
        }
        at += 1;
        if text(at) == "{" {
            at += 1;
            while at < tokens.len() && text(at) != "}" {
                at = if is_name(text(at)) { read_path(tokens, at, &path, out) } else { at + 1 };
            }
            return at + 1;
        }
        if !is_name(text(at)) {
            // `::*` and `::<...>`.
            break;
        }
    }
    out.push((line, path));
    at
}

/// Names, `::` and single signs of a source, without comments, strings, characters and numbers.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut out, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let from = i;
        let c = at(i);
        let mut token = None;
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            while i < chars.len() {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(end) = raw_string(&chars, i) {
            i = end;
        } else if c == '"' {
            i += 1;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            // A character; a lifetime has no closing quote.
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else if c == '_' || c.is_alphabetic() {
            while at(i) == '_' || at(i).is_alphanumeric() {
                i += 1;
            }
            token = Some(chars[from..i].iter().collect());
        } else if c.is_ascii_digit() {
            while at(i) == '_' || at(i).is_alphanumeric() {
                i += 1;
            }
        } else if c == ':' && at(i + 1) == ':' {
            i += 2;
            token = Some("::".to_string());
        } else {
            i += 1;
            token = (!c.is_whitespace()).then(|| c.to_string());
        }
        if let Some(text) = token {
            out.push(Token { line, text });
        }
        line += chars[from..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    out
}

/// End of a raw string (`r"..."`, `br#"..."#`) that begins at `i`.
fn raw_string(chars: &[char], i: usize) -> Option<usize> {
    let at = |k: usize| chars.get(k).copied().unwrap_or('\0');
    let mut k = if at(i) == 'b' { i + 1 } else { i };
    if at(k) != 'r' || (i > 0 && (at(i - 1) == '_' || at(i - 1).is_alphanumeric())) {
        return None;
    }
    k += 1;
    let first = k;
    while at(k) == '#' {
        k += 1;
    }
    let hashes = k - first;
    if at(k) != '"' {
        return None;
    }
    k += 1;
    while k < chars.len() && !(at(k) == '"' && (1..=hashes).all(|h| at(k + h) == '#')) {
        k += 1;
    }
    Some(k + 1 + hashes)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|e| e.unwrap().path()) {
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

fn sources(folders: &[&str]) -> Vec<Source> {
    let mut files = Vec::new();
    folders.iter().for_each(|f| collect(&root().join(f), &mut files));
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let parts = file.strip_prefix(root()).unwrap().components();
            let path = parts.map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            Source { path, tokens: tokens(&text), text }
        })
        .collect()
}

/// The modules in the order of `lib.rs`.
fn order() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let tokens = tokens(&lib);
    let names = tokens.windows(3).filter(|w| w[0].text == "mod" && w[2].text == ";");
    let order: Vec<String> = names.map(|w| w[1].text.clone()).collect();
    assert!(order.len() > 10, "src/lib.rs lists only {order:?}: this test no longer reads it right");
    order
}

fn passes(faults: &[String], what_to_do: &str) {
    let mut text = String::new();
    faults.iter().for_each(|f| writeln!(text, "  {f}").unwrap());
    assert!(faults.is_empty(), "\n{text}What to do: {what_to_do}\n");
}

#[test]
fn a_module_names_only_modules_before_it() {
    let order = order();
    let place = |name: &str| order.iter().position(|m| m == name);
    let mut faults = Vec::new();
    for source in sources(&["src"]).iter().filter(|s| !s.is_test()) {
        let Some(module) = source.module() else { continue };
        let Some(own) = place(module) else {
            faults.push(format!("{}: '{module}' is not in src/lib.rs", source.path));
            continue;
        };
        for (line, path) in source.paths() {
            let up = path.iter().take_while(|p| **p == "super").count();
            // `super` climbs to the crate from a file that deep.
            let named = match path[0] {
                "crate" => path.get(1),
                "self" => None,
                _ if up > 0 && up == source.depth() => path.get(up),
                _ => None,
            };
            let Some(named) = named else { continue };
            match place(named) {
                Some(there) if there > own => faults.push(format!(
                    "{}:{line}: {module} names {named}, which comes after it in src/lib.rs",
                    source.path
                )),
                Some(_) => {}
                None => faults.push(format!("{}:{line}: crate::{named} is no module of src/lib.rs", source.path)),
            }
        }
    }
    passes(
        &faults,
        "hand over what is needed as a plain value or closure from the later module, or move the shared type to the \
         left; the order itself is that of src/lib.rs",
    );
}

#[test]
fn stages_are_pure() {
    let order = order();
    let at = |name: &str| order.iter().position(|m| m == name).unwrap_or_else(|| panic!("no module {name} in lib.rs"));
    let pure = &order[at(PURE.0)..=at(PURE.1)];
    let mut faults = Vec::new();
    for source in sources(&["src"]).iter().filter(|s| !s.is_test()) {
        let Some(module) = source.module().filter(|m| pure.iter().any(|p| p == m)) else { continue };
        for (line, path) in source.paths() {
            let whole = path.join("::");
            if let Some(found) = IMPURE.iter().find(|i| whole == **i || whole.starts_with(&format!("{i}::"))) {
                faults.push(format!("{}:{line}: the pure module {module} uses {found}", source.path));
            }
        }
        for pair in source.tokens.windows(2).filter(|w| w[1].text == "!") {
            if PRINTING.contains(&pair[0].text.as_str()) {
                let (line, name) = (pair[0].line, &pair[0].text);
                faults.push(format!("{}:{line}: the pure module {module} prints ({name}!)", source.path));
            }
        }
    }
    passes(
        &faults,
        "take pixels, tables or text in and give values or bytes out; files belong to io, threads and progress to \
         run, words on the terminal to cli",
    );
}

#[test]
fn crates_stay_in_their_places() {
    let mut faults = Vec::new();
    for source in sources(&["src"]).iter().filter(|s| !s.is_test()) {
        for (line, path) in source.paths() {
            let name = if path[0] == "gdal_sys" { "gdal" } else { path[0] };
            let Some((_, places, why)) = PLACES.iter().find(|p| p.0 == name) else { continue };
            let allowed = places.iter().any(|p| source.path == *p || (p.ends_with('/') && source.path.starts_with(p)));
            if !allowed {
                faults.push(format!("{}:{line}: uses {}; {why}", source.path, path[0]));
            }
        }
    }
    passes(&faults, "go through the module that owns the crate, or, for a good reason, add the file to PLACES");
}

#[test]
fn no_file_is_too_long() {
    let mut faults = Vec::new();
    for source in sources(&["src", "tests", "examples", "benches"]) {
        let lines = source.text.lines().count();
        let test = source.is_test() || source.path.starts_with("tests/");
        let limit = if test { LONGEST_TESTS } else { LONGEST };
        if lines > limit {
            faults.push(format!("{}: {lines} lines, at most {limit}", source.path));
        }
    }
    passes(&faults, "split the file along what it does; do not squeeze lines");
}

#[test]
fn nothing_unwraps() {
    let mut faults = Vec::new();
    for source in sources(&["src"]).iter().filter(|s| !s.is_test()) {
        for w in source.tokens.windows(3) {
            if w[0].text == "." && ["unwrap", "expect"].contains(&w[1].text.as_str()) && w[2].text == "(" {
                faults.push(format!("{}:{}: .{}()", source.path, w[1].line, w[1].text));
            }
        }
        for w in source.tokens.windows(2).filter(|w| w[1].text == "!") {
            if ["panic", "todo", "unimplemented", "unreachable"].contains(&w[0].text.as_str()) {
                faults.push(format!("{}:{}: {}!", source.path, w[0].line, w[0].text));
            }
        }
    }
    passes(
        &faults,
        "return the stage's error with the thing, what was found and the repair; where it cannot happen write it so \
         that the compiler sees it (let-else, map_or, match)",
    );
}

#[test]
fn every_module_says_what_it_is_and_keeps_its_tests_apart() {
    let order = order();
    let mut faults = Vec::new();
    let all = sources(&["src"]);
    for module in &order {
        let heads = [format!("src/{module}/mod.rs"), format!("src/{module}.rs")];
        if !all.iter().any(|s| heads.contains(&s.path)) {
            faults.push(format!("{}: src/lib.rs lists it, but it is not there", heads[0]));
        }
    }
    for source in all.iter().filter(|s| !s.is_test()) {
        if !source.text.starts_with("//! ") {
            faults.push(format!("{}: does not begin with a doc line (//! ...)", source.path));
        }
        for w in source.tokens.windows(3) {
            // Also keeps `super` countable in the test of the order.
            if w[0].text == "mod" && is_name(&w[1].text) && w[2].text == "{" {
                faults.push(format!("{}:{}: mod {} inside a file", source.path, w[1].line, w[1].text));
            }
        }
    }
    passes(
        &faults,
        "begin every file with what comes in and what goes out (//! ...); put unit tests into tests.rs beside the \
         module (#[cfg(test)] mod tests;) and other modules into files of their own",
    );
}

#[test]
fn sources_are_read_as_tokens() {
    let text = r###"
// crate::cli in a comment
/* std::fs /* nested */ still */
use crate::{io::{self, GdalImage}, report as r, grid};
fn f<'a>(x: &'a str) -> char { let _ = "gdal::no \" rayon"; let _ = r#"std::fs "#; super::super::run::go::<u8>(x); '"' }
"###;
    let source = Source { path: "src/align/shift.rs".into(), text: text.into(), tokens: tokens(text) };
    let paths: Vec<String> = source.paths().iter().map(|(line, p)| format!("{line} {}", p.join("::"))).collect();
    for wanted in ["4 crate::io::self", "4 crate::io::GdalImage", "4 crate::report", "4 crate::grid"] {
        assert!(paths.iter().any(|p| p == wanted), "{wanted} is missing in {paths:#?}");
    }
    assert!(paths.contains(&"5 super::super::run::go".to_string()), "{paths:#?}");
    assert!(!paths.iter().any(|p| p.contains("gdal") || p.contains("std") || p.contains("cli")), "{paths:#?}");
    assert_eq!((source.module(), source.depth(), source.is_test()), (Some("align"), 2, false));
}
