#![allow(clippy::unwrap_used)]

use super::{file_summary, hash_bytes, part_summary};

#[test]
fn parts_are_hashed_once_each_in_the_order_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, b"0123456789").unwrap();
    let some = part_summary(&path, vec![7..9, 0..2, 1..4, 7..8]).unwrap();
    assert_eq!((some.sha256, some.hashed_bytes, some.bytes), (Some(hash_bytes(b"012378")), 6, 10));
    let all = file_summary(&path).unwrap();
    assert_eq!((all.sha256, all.hashed_bytes), (Some(hash_bytes(b"0123456789")), 10));
}
