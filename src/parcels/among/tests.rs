use super::*;

fn names() -> Vec<String> {
    LOOKS.iter().map(|p| format!("{p} value after")).chain(["area".to_string()]).collect()
}

/// Columns of parcels that have one code in every look.
fn parcels(looks: &[u8]) -> Vec<Vec<u8>> {
    let mut out = vec![looks.to_vec(); LOOKS.len()];
    out.push(vec![120; looks.len()]);
    out
}

#[test]
fn one_colour_in_many_parcels_is_told_from_one_of_its_own() {
    let mut looks = vec![100u8; 40];
    looks.push(180);
    let out = among_others(&parcels(&looks), 41, &[128; 6], &names());
    assert_eq!(out.len(), among_columns(&names()).len());
    let [by_number, by_area] = [&out[12], &out[13]];
    // 39 of 91, off the middle of the cell by a third in each look: (5/9)^5 of that.
    assert_eq!(by_number[0], (255.0 + 16.0 * libm::log2(39.0 / 91.0 * (5.0f64 / 9.0).powi(5))) as u8);
    assert!(by_area[0] > 100, "{}", by_area[0]);
    assert_eq!((by_number[40], by_area[40]), (0, 0));
}

#[test]
fn a_parcel_is_told_against_the_middle_of_its_scene_and_of_the_typical_one() {
    let looks: Vec<u8> = std::iter::repeat_n([90u8, 110], 75).flatten().collect();
    // 150 parcels with a median of 90 and 50 of 130: 100.
    let out = among_others(&parcels(&looks), 150, &[130; 6], &names());
    assert_eq!(out[6][..2], [118, 138]);
    assert_eq!(among_others(&parcels(&[90]), 1, &[130; 6], &names())[6], [89]);
    assert_eq!(median(&[]), 0);
    assert_eq!(median(&[3, 1, 2, 9]), 2);
}

#[test]
fn parts_are_told_among_the_parcels_and_change_nothing_about_them() {
    let alone = among_others(&parcels(&[90, 100, 100]), 3, &[130; 6], &names());
    let with_a_part = among_others(&parcels(&[90, 100, 100, 100]), 3, &[130; 6], &names());
    assert!(alone.iter().zip(&with_a_part).all(|(a, b)| a[..] == b[..3]));
    // Three are a little more than two others.
    assert_eq!(with_a_part[6][3], with_a_part[6][2]);
    assert!(with_a_part[12][3] > with_a_part[12][2]);
}

#[test]
fn weights_of_the_cells_around_add_up_to_one() {
    for code in [0u8, 5, 12, 131, 255] {
        assert!((corners([code, 3, code, 77, 200]).map(|(_, w)| w).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
