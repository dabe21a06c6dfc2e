//! Sums over square neighbourhoods, at the same cost for any size.

use ndarray::{Array2, ArrayView2, Axis, Zip};

/// Largest spread of two boxes, pixels: 79^4 whole numbers up to 2^26 (those of the structural score) still add up exactly.
const MOST_SPREAD_PX: f64 = 32.0;

/// Radius of one of two box means that together spread by `spread_px` (standard deviation): 2 ((2 r + 1)^2 - 1) / 12 = spread^2.
pub(super) fn box_radius(spread_px: f64) -> usize {
    let spread = spread_px.min(MOST_SPREAD_PX);
    (((6.0 * spread * spread + 1.0).sqrt() - 1.0) / 2.0).round().max(1.0) as usize
}

/// Pixels of a mask whose whole box of `2 r + 1` lies in it.
pub fn inner(mask: ArrayView2<bool>, r: usize) -> Array2<bool> {
    let whole = ((2 * r + 1) * (2 * r + 1)) as f64;
    box_sum(&mask.mapv(|m| if m { 1.0 } else { 0.0 }), r).mapv(|sum| sum > whole - 0.5)
}

/// Sums over a box of `2 r + 1` along the rows, then along the columns; beyond the array is 0.
pub(super) fn box_sum(values: &Array2<f64>, r: usize) -> Array2<f64> {
    let mut out = values.clone();
    for axis in [Axis(1), Axis(0)] {
        let source = out.clone();
        Zip::from(source.lanes(axis)).and(out.lanes_mut(axis)).for_each(|from, mut to| {
            let n = from.len();
            let mut sum: f64 = (0..r.min(n)).map(|i| from[i]).sum();
            for i in 0..n {
                if i + r < n {
                    sum += from[i + r];
                }
                if i > r {
                    sum -= from[i - r - 1];
                }
                to[i] = sum;
            }
        });
    }
    out
}
