use super::*;
use crate::mask::cells::STEPS;

/// 40 x 40 cells of 5 m, all seen, with a patch of 6 x 6 cells in the middle.
fn scene() -> (Cells, Array2<bool>) {
    let mut cells = Cells::unseen(40, 40);
    cells.flags.iter_mut().for_each(|f| f.fill(VALID));
    let patch = Array2::from_shape_fn((40, 40), |(i, j)| (17..23).contains(&i) && (17..23).contains(&j));
    (cells, patch)
}

/// A bright disc at the later date; `soft` cells of rim.
fn brighten(cells: &mut Cells, radius: f64, soft: f64, keep: impl Fn(usize, usize) -> bool) {
    for i in 0..40 {
        for j in 0..40 {
            let d = ((i as f64 - 20.0).powi(2) + (j as f64 - 22.0).powi(2)).sqrt();
            let height = ((radius + soft - d) / soft).clamp(0.0, 1.0);
            if height > 0.1 && keep(i, j) {
                cells.white[1][(i, j)] = (height as f32 * 4.0 * STEPS) as i16;
                cells.flags[1][(i, j)] |= if height > 0.3 { STRONG | WEAK } else { WEAK };
            }
        }
    }
}

#[test]
fn a_cloud_reaches_beyond_the_patch_and_ends_softly() {
    let (mut cells, patch) = scene();
    brighten(&mut cells, 9.0, 5.0, |_, _| true);
    assert_eq!(sky_over(&cells, 1, &patch, 5.0, true), Some(Quality::Cloud));
    assert_eq!(sky_over(&cells, 0, &patch, 5.0, true), None);
}

#[test]
fn what_covers_all_around_a_patch_is_a_cloud_however_sharp_its_edge() {
    let (mut cells, patch) = scene();
    brighten(&mut cells, 30.0, 0.5, |i, j| (4..36).contains(&i) && (4..36).contains(&j));
    assert_eq!(sky_over(&cells, 1, &patch, 5.0, true), Some(Quality::Cloud));
}

#[test]
fn a_new_roof_ends_with_the_patch() {
    let (mut cells, patch) = scene();
    brighten(&mut cells, 9.0, 0.5, |i, j| (16..24).contains(&i) && (16..24).contains(&j));
    assert_eq!(sky_over(&cells, 1, &patch, 5.0, true), None);
}

#[test]
fn a_large_new_hall_ends_at_a_sharp_edge() {
    let (mut cells, patch) = scene();
    brighten(&mut cells, 30.0, 0.5, |i, j| (15..26).contains(&i) && (15..27).contains(&j));
    assert_eq!(sky_over(&cells, 1, &patch, 5.0, true), None);
}

#[test]
fn shadow_lies_around_a_patch() {
    let (mut cells, patch) = scene();
    cells.flags[0].fill(VALID | DARK);
    assert_eq!(sky_over(&cells, 0, &patch, 5.0, true), Some(Quality::Shadow));
    let (mut cells, patch) = scene();
    // A roof that is gone leaves darker ground where it stood, and nowhere else.
    Zip::from(&mut cells.flags[0]).and(&patch).for_each(|f, p| *f |= if *p { DARK } else { 0 });
    assert_eq!(sky_over(&cells, 0, &patch, 5.0, true), None);
    // Half of what lies around: with infrared that is shadow, without it fields.
    let (mut cells, patch) = scene();
    cells.flags[0].slice_mut(ndarray::s![.., ..20]).fill(VALID | DARK);
    assert_eq!(sky_over(&cells, 0, &patch, 5.0, true), Some(Quality::Shadow));
    assert_eq!(sky_over(&cells, 0, &patch, 5.0, false), None);
}
