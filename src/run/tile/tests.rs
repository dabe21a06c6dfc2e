use super::take_in;
use ndarray::Array2;

/// Pixels of rows of text that are `of`.
fn pixels(rows: [&str; 6], of: char) -> Array2<bool> {
    Array2::from_shape_fn((6, 8), |(i, j)| rows[i].chars().nth(j) == Some(of))
}

#[test]
fn works_below_the_threshold_are_taken_in_where_their_neighbours_agree() {
    // m: changed; n: works that changed less. Alone, in a line, in a patch, beside what changed.
    let rows = [
        "........", //
        ".n..mm..", //
        "....mn..", //
        ".nnn.n..", //
        ".nnn....", //
        "........",
    ];
    let wanted = [
        "........", //
        "....mm..", //
        "....mm..", //
        "..mm....", //
        "..m.....", //
        "........",
    ];
    let mut mask = pixels(rows, 'm');
    take_in(&mut mask, &pixels(rows, 'n'), 1);
    assert_eq!(mask, pixels(wanted, 'm'));
}
