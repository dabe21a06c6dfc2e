//! Dropping specks and filling pinholes, exactly, on a tile with halo.
//!
//! A component with fewer than n pixels that holds a pixel of the tile lies wholly within n - 1 pixels of it; one that reaches
//! the border of a halo that wide therefore has n pixels or more. So the decision for the tile needs no other tile.

use ndarray::Array2;

/// Pixels equal to `of` in components smaller than `least` become `!of`. Components that touch the border of the array are kept:
/// what lies beyond is not known here.
pub fn remove_small(mask: &mut Array2<bool>, of: bool, least: usize, eight: bool) {
    let (rows, cols) = mask.dim();
    if least <= 1 {
        return;
    }
    let mut seen = Array2::from_elem((rows, cols), false);
    let mut queue: Vec<(usize, usize)> = Vec::new();
    for i in 0..rows {
        for j in 0..cols {
            if mask[(i, j)] != of || seen[(i, j)] {
                continue;
            }
            queue.clear();
            queue.push((i, j));
            seen[(i, j)] = true;
            let (mut next, mut border) = (0, false);
            while next < queue.len() {
                let (r, c) = queue[next];
                next += 1;
                border |= r == 0 || c == 0 || r + 1 == rows || c + 1 == cols;
                for dr in -1i64..=1 {
                    for dc in -1i64..=1 {
                        if (dr == 0 && dc == 0) || (!eight && dr != 0 && dc != 0) {
                            continue;
                        }
                        let (nr, nc) = (r as i64 + dr, c as i64 + dc);
                        if nr < 0 || nc < 0 || nr >= rows as i64 || nc >= cols as i64 {
                            continue;
                        }
                        let p = (nr as usize, nc as usize);
                        if mask[p] == of && !seen[p] {
                            seen[p] = true;
                            queue.push(p);
                        }
                    }
                }
            }
            if queue.len() < least && !border {
                queue.iter().for_each(|&p| mask[p] = !of);
            }
        }
    }
}

/// Drops changed blobs under `min_blob` pixels (8-connected), then fills holes under `min_hole` (4-connected).
pub fn clean(mask: &mut Array2<bool>, min_blob: usize, min_hole: usize) {
    remove_small(mask, true, min_blob, true);
    remove_small(mask, false, min_hole, false);
}
