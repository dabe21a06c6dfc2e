//! Field names that can stand together in one table: the list's own beside ours.

use crate::features::FieldDef;
use std::collections::BTreeSet;

/// Names that GeoPackage writers use for themselves.
const RESERVED: [&str; 4] = ["fid", "ogc_fid", "geom", "geometry"];

/// Names of the list's fields next to ours: unchanged, except that a name that collides with one of `ours` or with a
/// column of the file format (case-insensitive) gets `_list`, a repeated one a number, and a blank one `field_N`.
pub fn field_names(fields: &[FieldDef], ours: &[&str]) -> Vec<String> {
    let ours: BTreeSet<String> = ours.iter().chain(&RESERVED).map(|n| n.to_lowercase()).collect();
    // A plain name of the list is never pushed aside by one that we renamed.
    let mut taken: BTreeSet<String> = ours.clone();
    taken.extend(fields.iter().map(|f| f.name.trim().to_lowercase()));
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut names = Vec::with_capacity(fields.len());
    for (i, field) in fields.iter().enumerate() {
        let own = field.name.trim();
        let key = own.to_lowercase();
        let name = if own.is_empty() {
            free(&format!("field_{}", i + 1), &taken)
        } else if ours.contains(&key) {
            free(&format!("{own}_list"), &taken)
        } else if seen.contains(&key) {
            free(own, &taken)
        } else {
            own.to_string()
        };
        seen.insert(key);
        taken.insert(name.to_lowercase());
        names.push(name);
    }
    names
}

/// `wish`, or `wish_2`, `wish_3`, … when it is taken.
fn free(wish: &str, taken: &BTreeSet<String>) -> String {
    let mut name = wish.to_string();
    let mut n = 2;
    while taken.contains(&name.to_lowercase()) {
        name = format!("{wish}_{n}");
        n += 1;
    }
    name
}

/// Shapefile names: ASCII, at most 10 bytes, unique among themselves and `ours` (case-insensitive).
///
/// A name that is plain ASCII is kept as far as it fits; one with other characters becomes `F` and its position, as a
/// Chinese name cut to ten bytes says little and breaks readers that cut inside a character.
pub fn short_names(names: &[String], ours: &[&str]) -> Vec<String> {
    let mut taken: BTreeSet<String> = ours.iter().map(|n| n.to_lowercase()).collect();
    let fits = |n: &str| n.len() <= 10 && plain(n);
    // Names that fit as they are keep them, whatever stands before.
    let mut kept = BTreeSet::new();
    let whole: Vec<bool> =
        names.iter().map(|n| fits(n) && !taken.contains(&n.to_lowercase()) && kept.insert(n.to_lowercase())).collect();
    taken.extend(kept);
    let mut out = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        if whole[i] {
            out.push(name.clone());
            continue;
        }
        let stem = if plain(name) { name.clone() } else { format!("F{}", i + 1) };
        let mut short: String = stem.chars().take(10).collect();
        let mut n = 2;
        while taken.contains(&short.to_lowercase()) {
            let tail = format!("_{n}");
            short = stem.chars().take(10 - tail.len().min(9)).chain(tail.chars()).collect();
            n += 1;
        }
        taken.insert(short.to_lowercase());
        out.push(short);
    }
    out
}

fn plain(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
