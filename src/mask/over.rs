//! Clouds and shadows over a single patch, too small for the rule that serves the whole scene.
//!
//! A small white area somewhere in a county is a roof more often than a cloud, so the scene's rule leaves it alone. Over a patch more is
//! known: works of man end where the patch ends, or at a sharp edge; a cloud does neither. Nothing is masked by this; the patch is said
//! to be under a cloud, and is not judged.

use super::cells::{Cells, DARK, STRONG, VALID, WEAK};
use super::local::sharp_edges;
use super::morphology::dilate;
use crate::raster::Quality;
use ndarray::{Array2, Zip};

/// Width of a cell that is aimed at, m.
const CELL_M: f64 = 5.0;
/// The ground around a patch that is looked at begins so far from it, m: outlines are drawn a metre or two off, roofs lean.
const FROM_M: f64 = 10.0;
/// ... and ends here.
pub const AROUND_M: f64 = 60.0;
/// A cloud covers this much of a patch ...
const CLOUDED_PATCH: f64 = 0.15;
/// ... and this much of what lies around it, in one piece. Doubling it misses clouds that just reach a patch.
const CLOUDED_AROUND: f64 = 0.12;
/// More than this of a bright area's edge beyond the patch falling off within one cell makes it a work of man.
const SHARP: f64 = 0.7;
/// A bright area over so much of what lies around is no work of man, however sharply it ends: thick clouds do, at 5 m.
const ALL_AROUND: f64 = 0.3;
/// A shadow darkens this much of what lies around a patch in every band, whatever the patch itself does: roofs come and go. Crops raise
/// infrared where they darken the rest; what does darken all of it is wet ground (one place in nine of a prairie with ponds).
const SHADED_AROUND: f64 = 0.4;
/// The same where infrared is missing: crops, trees and leaning houses darken three bands easily.
const SHADED_AROUND_VISIBLE: f64 = 0.6;

/// Pixels a cell is wide on a grid of `gsd_m`.
pub fn patch_cell_px(gsd_m: f64) -> usize {
    ((CELL_M / gsd_m + 0.5) as usize).max(1)
}

/// Cloud or shadow of one date over a patch, if any.
///
/// # Shapes
/// `patch` are the cells of the patch, `(rows, cols)` of `cells`, which reach [`AROUND_M`] beyond it; `cell_m` is their width; `infrared` says
/// whether near infrared is among the bands.
///
/// # Nodata
/// Cells that were not seen say nothing; without any around the patch nothing is found.
pub fn sky_over(cells: &Cells, date: usize, patch: &Array2<bool>, cell_m: f64, infrared: bool) -> Option<Quality> {
    let near = dilate(patch, FROM_M / cell_m);
    let around = Zip::from(&dilate(patch, AROUND_M / cell_m)).and(&near).map_collect(|a, n| *a && !*n);
    let flags = &cells.flags[date];
    let share = |of: &Array2<bool>, set: &dyn Fn((usize, usize)) -> bool| {
        let seen = || of.indexed_iter().filter(|(at, o)| **o && flags[*at] & VALID != 0);
        seen().filter(|(at, _)| set(*at)).count() as f64 / (seen().count() as f64).max(1.0)
    };
    let cloud = bright_piece(flags, patch);
    let beyond = share(&around, &|at| cloud[at]);
    let soft = || sharp_edges(cells, date, &cloud, &near) < SHARP;
    if share(patch, &|at| cloud[at]) >= CLOUDED_PATCH && (beyond >= ALL_AROUND || beyond >= CLOUDED_AROUND && soft()) {
        return Some(Quality::Cloud);
    }
    let dark = |at: (usize, usize)| flags[at] & DARK != 0;
    let limit = if infrared { SHADED_AROUND } else { SHADED_AROUND_VISIBLE };
    (share(&around, &dark) >= limit).then_some(Quality::Shadow)
}

/// The bright cells that hang together with strong ones on the patch.
fn bright_piece(flags: &Array2<u8>, patch: &Array2<bool>) -> Array2<bool> {
    let (rows, cols) = flags.dim();
    let mut out = Array2::from_elem((rows, cols), false);
    let strong = patch.indexed_iter().filter(|(at, p)| **p && flags[*at] & STRONG != 0);
    let mut open: Vec<(usize, usize)> = strong.map(|(at, _)| at).collect();
    while let Some((i, j)) = open.pop() {
        if std::mem::replace(&mut out[(i, j)], true) {
            continue;
        }
        let around = (i.saturating_sub(1)..=(i + 1).min(rows - 1))
            .flat_map(|r| (j.saturating_sub(1)..=(j + 1).min(cols - 1)).map(move |c| (r, c)));
        open.extend(around.filter(|at| !out[*at] && flags[*at] & (STRONG | WEAK) != 0));
    }
    out
}

#[cfg(test)]
mod tests;
