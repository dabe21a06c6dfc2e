//! When parcels are one: a site that a track, a row of trees or a few pixels of doubt have torn apart.

use super::Kind;
use crate::grid::Window;
use crate::raster::Sets;

/// Most that may lie between a site and a fragment of it, m.
const MOST_GAP_M: f64 = 5.0;
/// A fragment has less than this share of the pixels of what it belongs to: two houses side by side are two.
const MOST_SHARE: f64 = 0.5;

/// A parcel of new works.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// Its kind.
    pub kind: Kind,
    /// Pixels.
    pub pixels: u64,
    /// The smallest window around it.
    pub window: Window,
}

/// Pixels that may lie between a site and its fragments.
pub fn gap_px(gsd_m: f64) -> u32 {
    (MOST_GAP_M / gsd_m) as u32
}

/// For every piece the first one of its site: a fragment belongs to every larger piece of its kind that is near. `near` says whether two lie
/// within [`gap_px`]; it is asked only about those that may.
pub fn sites(pieces: &[Piece], gap: u32, near: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let reach = i64::from(gap) + 1;
    let kind = |n: usize| pieces[n].kind.of_site();
    let mut by_row: Vec<usize> = (0..pieces.len()).collect();
    by_row.sort_by_key(|n| (pieces[*n].window.row, *n));
    let mut sets = Sets::new(pieces.len());
    for (k, a) in by_row.iter().enumerate() {
        let own = pieces[*a].window;
        for b in by_row[k + 1..].iter().take_while(|b| pieces[**b].window.row < own.row_end() + reach) {
            let other = pieces[*b].window;
            let beside = other.col < own.col_end() + reach && own.col < other.col_end() + reach;
            let (small, large) = (pieces[*a].pixels.min(pieces[*b].pixels), pieces[*a].pixels.max(pieces[*b].pixels));
            let fragment = (small as f64) < large as f64 * MOST_SHARE;
            if beside && fragment && kind(*a) == kind(*b) && near(*a, *b) {
                sets.union(*a as u32, *b as u32);
            }
        }
    }
    sets.roots().into_iter().map(|root| root as usize).collect()
}

#[cfg(test)]
mod tests;
