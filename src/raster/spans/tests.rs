use super::*;

fn row(row: u32, parts: &[(u32, u32)]) -> Vec<Span> {
    parts.iter().map(|(start, end)| Span { row, start: *start, end: *end }).collect()
}

#[test]
fn what_is_taken_is_left_out_and_nothing_else() {
    let all = [row(0, &[(0, 10), (12, 20)]), row(2, &[(0, 5)])].concat();
    assert_eq!(without(&all, &[]), all);
    let taken = [row(0, &[(0, 2), (4, 6), (13, 14), (19, 20)]), row(1, &[(0, 9)]), row(2, &[(1, 5)])].concat();
    let left = [row(0, &[(2, 4), (6, 10), (12, 13), (14, 19)]), row(2, &[(0, 1)])].concat();
    assert_eq!(without(&all, &taken), left);
    assert_eq!(without(&all, &all), []);
}

#[test]
fn a_taken_span_that_reaches_over_several_parts_is_left_out_of_each() {
    let all = row(3, &[(0, 4), (4, 8), (9, 12)]);
    assert_eq!(without(&all, &row(3, &[(2, 10)])), row(3, &[(0, 2), (10, 12)]));
}

#[test]
fn near_is_as_many_pixels_between_as_the_gap() {
    let (a, b) = (row(5, &[(0, 4)]), row(5, &[(7, 9)]));
    assert!(near(&a, &b, 3) && near(&b, &a, 3));
    assert!(!near(&a, &b, 2));
    let below = [row(7, &[(40, 50)]), row(9, &[(4, 6)])].concat();
    assert!(near(&a, &below, 3) && near(&below, &a, 3));
    assert!(!near(&a, &below, 2));
    assert!(!near(&a, &[], 9));
}
