use super::*;
use std::io::Cursor;

/// A little-endian classic TIFF of 4 x 4 pixels in strips of 2 rows: `(offset, count)` of its two strips, next directory.
fn tiff(strips: [(u32, u32); 2], next: u32) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    let tags: [(u16, u16, u32, u32); 5] =
        [(256, 3, 1, 4), (257, 3, 1, 4), (273, 4, 2, 100), (278, 3, 1, 2), (279, 4, 2, 108)];
    out.extend((tags.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in tags {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend(next.to_le_bytes());
    out.resize(100, 0);
    for v in [strips[0].0, strips[1].0, strips[0].1, strips[1].1] {
        out.extend(v.to_le_bytes());
    }
    out.resize(200, 7);
    out
}

fn read(bytes: &[u8]) -> TiffLayout {
    parse(Cursor::new(bytes), bytes.len() as u64).unwrap().unwrap()
}

#[test]
fn strips_are_found() {
    let layout = read(&tiff([(116, 8), (124, 8)], 0));
    assert!(layout.faults.is_empty() && !layout.big);
    let table = &layout.directories[0];
    assert_eq!((table.offsets.clone(), table.counts.clone()), (vec![116, 124], vec![8, 8]));
    assert_eq!((table.expected(), table.place(1), table.role), (2, (0, 1, 0), DirectoryRole::Image));
}

#[test]
fn a_loop_ends() {
    assert_eq!(read(&tiff([(116, 8), (124, 8)], 8)).faults, vec![LayoutFault::Loop { directory: 1 }]);
}

#[test]
fn every_cut_gives_an_answer() {
    let whole = tiff([(116, 8), (124, 8)], 0);
    for n in 0..whole.len() {
        let cut = &whole[..n];
        let layout = parse(Cursor::new(cut), n as u64);
        let Ok(Some(layout)) = layout else { continue };
        // Cut inside the tags: no directory; inside the tables: the table is short.
        assert!(n >= 116 || !layout.faults.is_empty(), "{n}");
    }
}

#[test]
fn not_a_tiff() {
    assert!(parse(Cursor::new(b"PK\x03\x04....".as_slice()), 8).unwrap().is_none());
    assert!(parse(Cursor::new(b"II".as_slice()), 2).unwrap().is_none());
}

#[test]
fn a_bigtiff_with_endless_tags_is_refused() {
    let mut bytes = b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec();
    bytes.extend(u64::MAX.to_le_bytes());
    bytes.resize(4096, 0);
    assert!(matches!(read(&bytes).faults[..], [LayoutFault::ManyTags { directory: 1, .. }]));
}
