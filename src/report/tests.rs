// A test that unwraps a wrong value fails, which is what it is for.
#![allow(clippy::unwrap_used)]

pub(super) mod fixture;
mod formats;
mod pictures;

use super::names::{field_names, short_names};
use super::words::{number, whole};
use crate::features::{FieldDef, FieldKind};

fn defs(names: &[&str]) -> Vec<FieldDef> {
    names.iter().map(|n| FieldDef { name: n.to_string(), kind: FieldKind::Text }).collect()
}

#[test]
fn list_fields_stand_beside_ours() {
    let names =
        field_names(&defs(&["TBBH", "Verdict", "verdict_list", "", "tbbh", "fid", "备注"]), &["row", "verdict"]);
    assert_eq!(names, ["TBBH", "Verdict_list_2", "verdict_list", "field_4", "tbbh_2", "fid_list", "备注"]);
}

#[test]
fn short_names_are_ascii_ten_bytes_and_unique() {
    let names: Vec<String> =
        ["TBBH", "备注", "area_m2_list", "area_m2_lisx", "ROW", "一二三四五六"].map(String::from).to_vec();
    let short = short_names(&names, &["row", "area_m2"]);
    assert_eq!(short, ["TBBH", "F2", "area_m2_li", "area_m2__2", "ROW_2", "F6"]);
}

#[test]
fn numbers_read_well() {
    assert_eq!(number(1_234_567.891, 2), "1,234,567.89");
    assert_eq!(number(-0.001, 2), "0.00");
    assert_eq!(number(-1234.5, 1), "-1,234.5");
    assert_eq!(number(f64::NAN, 1), "—");
    assert_eq!(whole(1_000), "1,000");
    assert_eq!(whole(999), "999");
}
