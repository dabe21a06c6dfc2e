//! Halving: the pixels of an overview from those of the level before it.

use super::gather::Pixels;
use super::sample::Sample;

/// How a pixel of an overview is made of up to 2 x 2 pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The first of them, for classes: as GDAL's nearest neighbour.
    First,
    /// The mean of those that are not nodata, rounded half up; nodata where all are.
    Mean,
}

/// A block at half the resolution; an odd last row or column stands for itself.
pub fn halve<T: Sample>(pixels: &Pixels<T>, reduction: Reduction, nodata: T) -> Vec<T> {
    let (rows, cols) = (pixels.rows, pixels.cols);
    let mut out = Vec::with_capacity(rows.div_ceil(2) * cols.div_ceil(2));
    for i in (0..rows).step_by(2) {
        let upper = pixels.row(i);
        match reduction {
            Reduction::First => out.extend(upper.iter().step_by(2)),
            Reduction::Mean => {
                let lower = if i + 1 < rows { pixels.row(i + 1) } else { &[] };
                mean_rows(upper, lower, nodata, &mut out);
            }
        }
    }
    out
}

fn mean_rows<T: Sample>(upper: &[T], lower: &[T], nodata: T, out: &mut Vec<T>) {
    let plain = upper.len() == lower.len() && upper.len().is_multiple_of(2);
    if plain && !upper.iter().chain(lower).fold(false, |any, v| any | (*v == nodata)) {
        let quads = upper.chunks_exact(2).zip(lower.chunks_exact(2));
        out.extend(
            quads.map(|(u, l)| T::from_whole((u[0].whole() + u[1].whole() + l[0].whole() + l[1].whole() + 2) / 4)),
        );
        return;
    }
    for (k, pair) in upper.chunks(2).enumerate() {
        let below = lower.get(2 * k..(2 * k + 2).min(lower.len())).unwrap_or_default();
        let (mut sum, mut n) = (0, 0);
        for v in pair.iter().chain(below).filter(|v| **v != nodata) {
            sum += v.whole();
            n += 1;
        }
        out.push(if n == 0 { nodata } else { T::from_whole((2 * sum + n) / (2 * n)) });
    }
}
