//! Resampling by a map without rotation: every axis by itself, rows first.
//!
//! Where the source has pixels of the same size, by far the commonest case, the weights are the same at every pixel.

use super::Straight;
use super::kernel::{Source, taps};
use crate::grid::Window;
use crate::raster::{Pixels, Quality, wide_fn};
use ndarray::{Array2, Array3};

/// Sums of a row of weights run in this many lanes.
const LANES: usize = 4;

/// Weights of all working pixels along one axis of a window.
struct Axis {
    /// First source pixel of each, counted from the source's window.
    first: Vec<i64>,
    /// Source pixels of each.
    count: Vec<usize>,
    /// Weights of each, padded with zeros to `width`.
    weights: Vec<f32>,
    /// Weights kept per pixel: a multiple of [`LANES`].
    width: usize,
    /// Position of each in the file (corner convention).
    at: Vec<f64>,
}

impl Axis {
    fn new((origin, scale): (f64, f64), shrink: f64, start: i64, size: usize, from: i64) -> Axis {
        let shift = scale == 1.0 && shrink == 1.0;
        let width = if shift { 4 } else { (4.0 * shrink).ceil() as usize + 1 }.next_multiple_of(LANES);
        let mut out = Axis { first: vec![], count: vec![], weights: vec![], width, at: vec![] };
        // The whole part of a shift is taken off first: the weights are the same wherever the window lies.
        let whole = origin.floor();
        let same = taps(origin - whole + 0.5, shrink);
        for k in 0..size {
            let t = (start + k as i64) as f64 + 0.5;
            out.at.push(origin + t * scale);
            let own;
            let (taps, first) = if shift {
                (&same, same.first + whole as i64 + start + k as i64)
            } else {
                own = taps(origin + t * scale, shrink);
                (&own, own.first)
            };
            out.first.push(first - from);
            out.count.push(taps.count.min(width));
            out.weights.extend(taps.weights[..width.min(taps.weights.len())].iter().map(|w| *w as f32));
            out.weights.resize((k + 1) * width, 0.0);
        }
        out
    }

    fn weights(&self, k: usize) -> &[f32] {
        &self.weights[k * self.width..(k + 1) * self.width]
    }

    /// Source pixels that any of them needs.
    fn span(&self) -> (i64, i64) {
        let lo = self.first.first().copied().unwrap_or(0);
        (lo, self.first.iter().zip(&self.count).map(|(f, n)| f + *n as i64).max().unwrap_or(lo))
    }
}

/// Resamples a window; see [`super::resample`].
pub fn straight(source: &Source, map: Straight, shrink: (f64, f64), target: Window) -> Pixels {
    let from = source.from;
    let rows = Axis::new(map.rows, shrink.0, target.row, target.rows, from.row);
    let cols = Axis::new(map.cols, shrink.1, target.col, target.cols, from.col);
    let mut quality = Vec::with_capacity(target.pixels());
    let Gaps { odd, blank } = judge(source, &rows, &cols, &mut quality);
    let mut values = Vec::with_capacity(source.bands() * target.pixels());
    if blank.len() == target.rows {
        // Most of a county's rectangle may be empty.
        values.resize(source.bands() * target.pixels(), 0.0);
    } else {
        let same = shrink.1 == 1.0 && map.cols.1 == 1.0;
        weigh(source, &rows, &cols, same, &mut values);
        for (row, k) in blank.iter().flat_map(|row| (0..source.bands()).map(move |k| (row, k))) {
            values[k * target.pixels() + row * target.cols..][..target.cols].fill(0.0);
        }
    }
    for at in odd {
        let (row, col) = (rows.at[at / target.cols], cols.at[at % target.cols]);
        let valid = quality[at].is_valid();
        for k in 0..source.bands() {
            values[k * target.pixels() + at] = if valid { source.linear(k, row, col) } else { 0.0 };
        }
    }
    let bands = Array3::from_shape_vec((source.bands(), target.rows, target.cols), values);
    let quality = Array2::from_shape_vec((target.rows, target.cols), quality);
    match (bands, quality) {
        (Ok(bands), Ok(quality)) => Pixels { bands, quality },
        _ => Pixels::unseen(source.bands(), target.rows, target.cols, Quality::Outside),
    }
}

/// What of a window is not made of nothing but valid pixels.
struct Gaps {
    /// Pixels with gaps in their neighbourhood, by place in the window.
    odd: Vec<usize>,
    /// Rows in which nothing was seen, for one reason.
    blank: Vec<usize>,
}

/// Fills the quality and finds the gaps.
fn judge(source: &Source, rows: &Axis, cols: &Axis, quality: &mut Vec<Quality>) -> Gaps {
    let (height, width) = (source.from.rows as i64, source.from.cols as i64);
    let (lo, hi) = cols.span();
    let inner = lo.clamp(0, width) as usize..hi.clamp(0, width) as usize;
    let line = |i: i64| &source.quality()[i as usize * source.from.cols..][inner.clone()];
    let only: Vec<Option<Quality>> = (0..height).map(|i| only(line(i))).collect();
    let whole = lo >= 0 && hi <= width;
    let (mut odd, mut blank) = (Vec::new(), Vec::new());
    let mut gaps = vec![0u8; (hi - lo) as usize];
    for i in 0..rows.first.len() {
        let need = rows.first[i]..rows.first[i] + rows.count[i] as i64;
        let inside = need.start >= 0 && need.end <= height;
        let near = if whole && inside { &only[need.start as usize..need.end as usize] } else { &[] };
        let same = near.first().copied().flatten().filter(|q| near.iter().all(|n| *n == Some(*q)));
        if let Some(all) = same {
            quality.resize(quality.len() + cols.first.len(), all);
            if !all.is_valid() {
                blank.push(i);
            }
            continue;
        }
        gaps.fill(1);
        if inside {
            let seen = &mut gaps[(inner.start as i64 - lo) as usize..][..inner.len()];
            seen.fill(0);
            for r in need {
                mark(seen, line(r));
            }
        }
        for (j, (first, count)) in cols.first.iter().zip(&cols.count).enumerate() {
            let near = &gaps[(first - lo) as usize..][..*count];
            if near.iter().all(|g| *g == 0) {
                quality.push(Quality::Valid);
            } else {
                odd.push(quality.len());
                quality.push(source.nearest_four(rows.at[i], cols.at[j]));
            }
        }
    }
    Gaps { odd, blank }
}

/// The quality that all have; without branches, for vector registers.
#[inline(always)]
fn only(quality: &[Quality]) -> Option<Quality> {
    let first = quality.first().copied()?;
    (quality.iter().fold(0, |differing, q| differing | (*q as u8 ^ first as u8)) == 0).then_some(first)
}

#[inline(always)]
fn mark(gaps: &mut [u8], quality: &[Quality]) {
    gaps.iter_mut().zip(quality).for_each(|(g, q)| *g |= *q as u8);
}

wide_fn!(fn weigh(source: &Source, rows: &Axis, cols: &Axis, same: bool, out: &mut Vec<f32>) = weigh_all);

/// Weighs all bands of all pixels, as if every neighbour were valid. `same`: a shift along columns.
#[inline(always)]
fn weigh_all(source: &Source, rows: &Axis, cols: &Axis, same: bool, out: &mut Vec<f32>) {
    let (height, width) = (source.from.rows as i64, source.from.cols as i64);
    let (lo, hi) = cols.span();
    let inner = lo.clamp(0, width) as usize..hi.clamp(0, width) as usize;
    let begin = if inner.is_empty() { 0 } else { (inner.start as i64 - lo) as usize };
    let mut line = vec![0.0f32; (hi - lo) as usize + cols.width];
    let mut row = vec![0.0f32; cols.first.len()];
    let n = row.len();
    for plane in source.values().chunks_exact(source.from.pixels().max(1)) {
        for i in 0..rows.first.len() {
            // A whole shift has three, and a fourth of no weight.
            let weights = &rows.weights(i)[..rows.count[i].max(4)];
            let (first, seen) = (rows.first[i], &mut line[begin..begin + inner.len()]);
            let slice = |r: i64| &plane[r as usize * source.from.cols..][inner.clone()];
            match weights {
                [a, b, c, d] if first >= 0 && first + 4 <= height => {
                    let (p, q, r, s) = (slice(first), slice(first + 1), slice(first + 2), slice(first + 3));
                    four(seen, [p, q, r, s], [*a, *b, *c, *d]);
                }
                _ => {
                    seen.fill(0.0);
                    for (r, w) in (first..).zip(weights).filter(|(r, _)| (0..height).contains(r)) {
                        seen.iter_mut().zip(slice(r)).for_each(|(s, v)| *s += w * v);
                    }
                }
            }
            if same && n > 0 {
                let w = cols.weights(0);
                four(
                    &mut row,
                    [&line[..n], &line[1..n + 1], &line[2..n + 2], &line[3..n + 3]],
                    [w[0], w[1], w[2], w[3]],
                );
            } else {
                for ((out, first), weights) in
                    row.iter_mut().zip(&cols.first).zip(cols.weights.chunks_exact(cols.width))
                {
                    *out = dot(weights, &line[(first - lo) as usize..][..cols.width]);
                }
            }
            out.extend_from_slice(&row);
        }
    }
}

/// Sums four slices by weight.
#[inline(always)]
fn four(out: &mut [f32], slices: [&[f32]; 4], w: [f32; 4]) {
    let [p, q, r, s] = slices.map(|s| &s[..out.len()]);
    for j in 0..out.len() {
        out[j] = ((w[0] * p[j] + w[1] * q[j]) + w[2] * r[j]) + w[3] * s[j];
    }
}

/// Sums in lanes: the same order whatever the machine.
#[inline(always)]
fn dot(weights: &[f32], values: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    for (w, v) in weights.chunks_exact(LANES).zip(values.chunks_exact(LANES)) {
        for l in 0..LANES {
            lanes[l] += w[l] * v[l];
        }
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}
