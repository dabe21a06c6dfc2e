//! Dropping specks and filling pinholes, exactly, on a tile with halo.
//!
//! A component with fewer than n pixels that holds a pixel of the tile lies wholly within n - 1 pixels of it; one that reaches
//! the border of a halo that wide therefore has n pixels or more. So the decision for the tile needs no other tile.

use crate::raster::{Span, connected, stretches};
use ndarray::Array2;

/// Pixels equal to `of` in components smaller than `least` become `!of`. Components that touch the border of the array are kept:
/// what lies beyond is not known here.
///
/// # Cost
/// Near linear in the stretches of equal pixels.
pub fn remove_small(mask: &mut Array2<bool>, of: bool, least: usize, eight: bool) {
    let (rows, cols) = mask.dim();
    if least <= 1 {
        return;
    }
    let mut spans: Vec<Span> = Vec::new();
    for (i, line) in mask.rows().into_iter().enumerate() {
        let Some(line) = line.to_slice() else { return };
        stretches(line, !of, |start, end| {
            spans.push(Span { row: i as u32, start: start as u32, end: end as u32 });
        });
    }
    let roots = connected(&spans, eight, |_, _| true);
    let mut sizes = vec![0usize; spans.len()];
    for (span, root) in spans.iter().zip(&roots) {
        let border = span.row == 0 || span.row as usize + 1 == rows || span.start == 0 || span.end as usize == cols;
        let size = &mut sizes[*root as usize];
        *size = size.saturating_add(if border { least } else { span.pixels() as usize });
    }
    for (span, root) in spans.iter().zip(&roots).filter(|(_, root)| sizes[**root as usize] < least) {
        debug_assert!(sizes[*root as usize] > 0);
        mask.row_mut(span.row as usize).slice_mut(ndarray::s![span.start as usize..span.end as usize]).fill(!of);
    }
}

/// Drops changed blobs under `min_blob` pixels (8-connected), then fills holes under `min_hole` (4-connected).
pub fn clean(mask: &mut Array2<bool>, min_blob: usize, min_hole: usize) {
    remove_small(mask, true, min_blob, true);
    remove_small(mask, false, min_hole, false);
}
