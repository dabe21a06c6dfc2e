//! Weights of one pixel, and the pixels around it: what the resamplers share.
//!
//! # Source
//! R. Keys 1981, "Cubic convolution interpolation for digital image processing", eq. 15 with a = -1/2.

use crate::grid::Window;
use crate::raster::{Pixels, Quality};
use ndarray::CowArray;

/// Keys' kernel.
fn cubic(t: f64) -> f64 {
    let t = t.abs();
    if t < 1.0 {
        (1.5 * t - 2.5) * t * t + 1.0
    } else if t < 2.0 {
        ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    } else {
        0.0
    }
}

/// Most taps per axis: 4 at unit scale, 4 x 8 at the largest shrink accepted, and rounding.
const MOST_TAPS: usize = 40;
/// Neighbours of less weight than this do not count.
const LEAST_WEIGHT: f64 = 1e-6;

/// Kernel weights of one axis: first source index and normalised weights.
pub struct Taps {
    pub first: i64,
    pub count: usize,
    pub weights: [f64; MOST_TAPS],
}

/// Cubic convolution at a position (corner convention) of an axis; `shrink` source pixels make a working pixel.
pub fn taps(position: f64, shrink: f64) -> Taps {
    // Corner convention: the centre of source pixel i is at i + 0.5.
    let centre = position - 0.5;
    let (first, count) = reach(centre, shrink);
    let mut weights = [0.0; MOST_TAPS];
    let mut sum = 0.0;
    for (k, w) in weights.iter_mut().take(count).enumerate() {
        *w = cubic((first + k as i64) as f64 / shrink - centre / shrink);
        sum += *w;
    }
    weights.iter_mut().take(count).for_each(|w| *w /= sum);
    Taps { first, count, weights }
}

/// First and number of the source pixels that weigh in at a centre.
#[inline(always)]
pub fn reach(centre: f64, shrink: f64) -> (i64, usize) {
    let reach = 2.0 * shrink;
    let first = (centre - reach).floor() as i64 + 1;
    let last = (centre + reach).ceil() as i64 - 1;
    (first, ((last - first + 1).max(1) as usize).min(MOST_TAPS))
}

/// The first of the two source pixels around a position of an axis, and their weights.
fn linear(position: f64) -> (i64, [f64; 2]) {
    let centre = position - 0.5;
    let first = centre.floor();
    (first as i64, [1.0 - (centre - first), centre - first])
}

/// Pixels of a file, as plain slices.
pub struct Source<'a> {
    values: CowArray<'a, f32, ndarray::Ix3>,
    quality: CowArray<'a, Quality, ndarray::Ix2>,
    /// Where they lie in the file.
    pub from: Window,
}

impl<'a> Source<'a> {
    pub fn new(pixels: &'a Pixels, from: Window) -> Source<'a> {
        Source { values: pixels.bands.as_standard_layout(), quality: pixels.quality.as_standard_layout(), from }
    }

    pub fn bands(&self) -> usize {
        self.values.dim().0
    }

    /// All bands, one after the other, row by row.
    pub fn values(&self) -> &[f32] {
        self.values.as_slice().unwrap_or_default()
    }

    /// Row by row.
    pub fn quality(&self) -> &[Quality] {
        self.quality.as_slice().unwrap_or_default()
    }

    /// Place in a plane of a pixel of the file; `None` outside of the window.
    pub fn place(&self, row: i64, col: i64) -> Option<usize> {
        let (i, j) = (row - self.from.row, col - self.from.col);
        let inside = i >= 0 && j >= 0 && i < self.from.rows as i64 && j < self.from.cols as i64;
        inside.then(|| i as usize * self.from.cols + j as usize)
    }

    fn quality_at(&self, row: i64, col: i64) -> Quality {
        self.place(row, col).map_or(Quality::Outside, |at| self.quality()[at])
    }

    /// The worst quality of the four pixels around a position; pixels that carry no weight do not count.
    pub fn nearest_four(&self, row: f64, col: f64) -> Quality {
        let ((i, wr), (j, wc)) = (linear(row), linear(col));
        let mut worst = Quality::Valid;
        for a in 0..2 {
            for b in 0..2 {
                if wr[a] * wc[b] > LEAST_WEIGHT {
                    worst = worst.worse(self.quality_at(i + a as i64, j + b as i64));
                }
            }
        }
        worst
    }

    /// `true` when a rectangle was seen throughout; first index and number along rows and columns.
    pub fn all_valid(&self, rows: (i64, usize), cols: (i64, usize)) -> bool {
        let valid = |a: usize, b: usize| self.quality_at(rows.0 + a as i64, cols.0 + b as i64).is_valid();
        (0..rows.1).all(|a| (0..cols.1).all(|b| valid(a, b)))
    }

    /// Linear interpolation from the four pixels around a position.
    pub fn linear(&self, band: usize, row: f64, col: f64) -> f32 {
        let ((i, wr), (j, wc)) = (linear(row), linear(col));
        let mut sum = 0.0;
        for a in (0..2).filter(|a| wr[*a] != 0.0) {
            let mut line = 0.0;
            for b in (0..2).filter(|b| wc[*b] != 0.0) {
                if let Some(at) = self.place(i + a as i64, j + b as i64) {
                    line += wc[b] * f64::from(self.values()[band * self.from.pixels() + at]);
                }
            }
            sum += wr[a] * line;
        }
        sum as f32
    }
}
