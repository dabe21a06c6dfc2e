use super::*;

fn piece(kind: Kind, pixels: u64, row: i64, col: i64) -> Piece {
    Piece { kind, pixels, window: Window { row, col, rows: 10, cols: 10 } }
}

#[test]
fn fragments_belong_to_the_larger_piece_of_their_kind_beside_them() {
    let pieces = [
        piece(Kind::NewBuilding, 90, 0, 0),
        piece(Kind::NewBuilding, 20, 0, 12),
        piece(Kind::Greenhouse, 20, 12, 0),
        piece(Kind::NewBuilding, 80, 0, 24),
        piece(Kind::NewBuilding, 20, 0, 60),
    ];
    // The second belongs to the first and to the fourth, which makes them one; the third is of another kind, the last too far.
    assert_eq!(sites(&pieces, 2, |_, _| true), [0, 0, 2, 0, 4]);
    assert_eq!(sites(&pieces, 1, |_, _| true), [0, 1, 2, 3, 4]);
    assert_eq!(sites(&pieces, 2, |_, _| false), [0, 1, 2, 3, 4]);
}

#[test]
fn two_houses_side_by_side_are_two_and_earth_and_pit_are_one() {
    let houses = [piece(Kind::NewBuilding, 60, 0, 0), piece(Kind::NewBuilding, 70, 0, 11)];
    assert_eq!(sites(&houses, 2, |_, _| true), [0, 1]);
    let dug = [piece(Kind::Earthwork, 20, 0, 11), piece(Kind::Excavation, 70, 0, 0)];
    assert_eq!(sites(&dug, 2, |_, _| true), [0, 0]);
}

#[test]
fn the_gap_is_in_metres() {
    assert_eq!([0.5, 0.8, 2.0, 6.0].map(gap_px), [10, 6, 2, 0]);
}
