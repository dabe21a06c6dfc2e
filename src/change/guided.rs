//! Self-guided filter: averages noise, keeps edges.
//!
//! In every box the output is a line of the guide, a*I + b with a = var / (var + eps): flat boxes are averaged, boxes with an edge
//! are kept. The guide is the score over its standard deviation, so eps is in squared standard deviations.
//!
//! One sweep over the rows with rings of row sums that stay in the first cache. Every sum runs over its box in the same order wherever
//! the box lies, so no window changes a bit.
//!
//! # Source
//! K. He, J. Sun, X. Tang 2013, "Guided image filtering", IEEE TPAMI 35(6), eqs. 5-8.

use crate::raster::{Quality, wide_fn};
use ndarray::Array2;

/// Row sums of the last `2r + 1` rows of one plane, and the box sums made of them.
struct Ring {
    rows: Vec<Vec<f32>>,
    radius: usize,
}

impl Ring {
    fn new(radius: usize, cols: usize) -> Ring {
        Ring { rows: vec![vec![0.0; cols]; 2 * radius + 1], radius }
    }

    fn slot(&mut self, row: usize) -> &mut [f32] {
        let n = self.rows.len();
        &mut self.rows[row % n]
    }

    /// Sums of row `row` over `2r + 1` columns, clipped at the border.
    #[inline(always)]
    fn push(&mut self, row: usize, values: &[f32]) {
        let r = self.radius;
        let n = values.len();
        let out = self.slot(row);
        let (left, right) = (r.min(n), n.saturating_sub(r).max(r.min(n)));
        for j in (0..left).chain(right..n) {
            out[j] = values[j.saturating_sub(r)..(j + r + 1).min(n)].iter().sum();
        }
        if right > left {
            out[left..right].copy_from_slice(&values[..right - left]);
            for k in 1..=2 * r {
                out[left..right].iter_mut().zip(&values[k..]).for_each(|(o, v)| *o += v);
            }
        }
    }

    /// Sums over the boxes around row `row`, clipped at the first and the last row.
    #[inline(always)]
    fn boxes(&self, row: usize, rows: usize, out: &mut [f32]) {
        let (first, last) = (row.saturating_sub(self.radius), (row + self.radius).min(rows - 1));
        let n = self.rows.len();
        out.copy_from_slice(&self.rows[first % n]);
        for k in first + 1..=last {
            out.iter_mut().zip(&self.rows[k % n]).for_each(|(o, v)| *o += v);
        }
    }
}

/// Filters `score` with itself as guide; only valid pixels count. Exact for pixels at least `2 * radius` inside the array, where
/// every box lies wholly inside; the caller gives that halo (the image's own border has invalid pixels beyond it).
///
/// # Units
/// `score_sd` is the standard deviation of the score over the scene; `eps` in squared standard deviations.
/// # Nodata
/// 0 where not valid; `score` must be 0 there too.
/// # Cost
/// About 3 ns a pixel at radius 2; a few rows of memory.
pub fn guided_filter(
    score: &Array2<f32>,
    quality: &Array2<Quality>,
    radius: usize,
    eps: f64,
    score_sd: f64,
) -> Array2<f32> {
    if radius == 0 || score_sd <= 0.0 {
        return score.clone();
    }
    let (rows, cols) = score.dim();
    let mut out = Array2::zeros((rows, cols));
    let mut sweep = Sweep::new(radius, cols, (eps * score_sd * score_sd) as f32);
    let (Some(from), Some(seen), Some(to)) = (score.as_slice(), quality.as_slice(), out.as_slice_mut()) else {
        return out;
    };
    let line = |i: usize| i * cols..(i + 1) * cols;
    // The last row of scores a box of a row needs is `radius` further down; the last row of lines as far down again.
    for i in 0..rows + 2 * radius {
        if i < rows {
            take(&mut sweep, i, &from[line(i)], &seen[line(i)]);
        }
        if let Some(k) = i.checked_sub(radius).filter(|k| *k < rows) {
            fit(&mut sweep, k, rows, &seen[line(k)]);
        }
        if let Some(k) = i.checked_sub(2 * radius) {
            give(&mut sweep, k, rows, &from[line(k)], &seen[line(k)], &mut to[line(k)]);
        }
    }
    out
}

wide_fn!(fn take(sweep: &mut Sweep, row: usize, score: &[f32], quality: &[Quality]) = Sweep::take);
wide_fn!(fn fit(sweep: &mut Sweep, row: usize, rows: usize, quality: &[Quality]) = Sweep::fit);
wide_fn!(fn give(sweep: &mut Sweep, row: usize, rows: usize, score: &[f32], seen: &[Quality], out: &mut [f32]) = Sweep::give);

/// The state of a sweep over the rows.
struct Sweep {
    eps: f32,
    /// One over every count of pixels a box can have; 0 has 1.
    shares: Vec<f32>,
    count: Ring,
    sum: Ring,
    square: Ring,
    slope: Ring,
    offset: Ring,
    /// Shares of the boxes of the rows still needed.
    share: Vec<Vec<f32>>,
    lines: [Vec<f32>; 2],
}

impl Sweep {
    fn new(radius: usize, cols: usize, eps: f32) -> Sweep {
        let ring = || Ring::new(radius, cols);
        let most = (2 * radius + 1).pow(2);
        Sweep {
            eps,
            shares: (0..=most).map(|n| 1.0 / n.max(1) as f32).collect(),
            count: ring(),
            sum: ring(),
            square: ring(),
            slope: ring(),
            offset: ring(),
            share: vec![vec![0.0; cols]; 2 * radius + 1],
            lines: [vec![0.0; cols], vec![0.0; cols]],
        }
    }

    /// Takes a row of scores.
    #[inline(always)]
    fn take(&mut self, row: usize, score: &[f32], quality: &[Quality]) {
        let [a, b] = &mut self.lines;
        a.iter_mut().zip(quality).for_each(|(v, q)| *v = valid(*q));
        b.iter_mut().zip(score).for_each(|(v, s)| *v = s * s);
        self.count.push(row, a);
        self.sum.push(row, score);
        self.square.push(row, b);
    }

    /// Fits the lines of the boxes around a row.
    #[inline(always)]
    fn fit(&mut self, row: usize, rows: usize, quality: &[Quality]) {
        let [a, b] = &mut self.lines;
        let n = self.share.len();
        let share = &mut self.share[row % n];
        self.count.boxes(row, rows, share);
        share.iter_mut().for_each(|c| *c = self.shares[*c as usize]);
        self.sum.boxes(row, rows, a);
        self.square.boxes(row, rows, b);
        let eps = self.eps;
        for ((a, b), (share, q)) in a.iter_mut().zip(b.iter_mut()).zip(share.iter().zip(quality)) {
            let mean = *a * share;
            let variance = (*b * share - mean * mean).max(0.0);
            let slope = variance / (variance + eps) * valid(*q);
            (*a, *b) = (slope, (mean - slope * mean) * valid(*q));
        }
        self.slope.push(row, a);
        self.offset.push(row, b);
    }

    /// Gives a row of the result.
    #[inline(always)]
    fn give(&mut self, row: usize, rows: usize, score: &[f32], quality: &[Quality], out: &mut [f32]) {
        let [a, b] = &mut self.lines;
        self.slope.boxes(row, rows, a);
        self.offset.boxes(row, rows, b);
        let share = &self.share[row % self.share.len()];
        for (k, out) in out.iter_mut().enumerate() {
            *out = ((a[k] * score[k] + b[k]) * share[k]).max(0.0) * valid(quality[k]);
        }
    }
}

/// 1 for a valid pixel, else 0.
#[inline(always)]
fn valid(quality: Quality) -> f32 {
    f32::from(u8::from(quality.is_valid()))
}
