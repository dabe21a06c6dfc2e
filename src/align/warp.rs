//! Resampling by any map: weights of their own at every pixel, all bands at once.

use super::Feed;
use super::kernel::{Source, reach, taps};
use crate::grid::Window;
use crate::raster::{Pixels, Quality, wide_fn};

/// Resamples a window; see [`super::resample`].
pub fn warp(source: &Source, feed: &Feed, target: Window) -> Pixels {
    let most = feed.shrink.0.max(feed.shrink.1);
    let mut out = Pixels::unseen(source.bands(), target.rows, target.cols, Quality::Outside);
    // An open interval of 4 x shrink holds at most that many pixels, rounded up.
    if most == 1.0 {
        in_4_lanes(source, feed, target, &mut out);
    } else if most <= 2.0 {
        in_8_lanes(source, feed, target, &mut out);
    } else {
        in_40_lanes(source, feed, target, &mut out);
    }
    out
}

wide_fn!(fn in_4_lanes(source: &Source, feed: &Feed, target: Window, out: &mut Pixels) = in_lanes::<4>);
wide_fn!(fn in_8_lanes(source: &Source, feed: &Feed, target: Window, out: &mut Pixels) = in_lanes::<8>);
wide_fn!(fn in_40_lanes(source: &Source, feed: &Feed, target: Window, out: &mut Pixels) = in_lanes::<40>);

/// Weights of one axis of a pixel.
#[derive(Clone, Copy)]
struct Lanes<const K: usize> {
    first: i64,
    count: usize,
    weights: [f32; K],
}

/// Cubic convolution in single precision; lanes beyond the reach weigh nothing.
#[inline(always)]
fn lanes<const K: usize>(position: f64, shrink: f64) -> Lanes<K> {
    let centre = position - 0.5;
    if K == 4 {
        let whole = centre.floor();
        let t = (centre - whole) as f32;
        let mut weights = [0.0f32; K];
        const POWERS: [[f32; 4]; 4] =
            [[-0.5, 1.5, -1.5, 0.5], [1.0, -2.5, 2.0, -0.5], [-0.5, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0]];
        for l in 0..4 {
            weights[l] = ((POWERS[0][l] * t + POWERS[1][l]) * t + POWERS[2][l]) * t + POWERS[3][l];
        }
        // On a pixel's own centre the fourth weighs nothing, and may be missing.
        return Lanes { first: whole as i64 - 1, count: if centre == whole { 3 } else { 4 }, weights };
    }
    if K == 40 {
        let exact = taps(position, shrink);
        let mut weights = [0.0f32; K];
        weights.iter_mut().zip(exact.weights).for_each(|(w, e)| *w = e as f32);
        return Lanes { first: exact.first, count: exact.count, weights };
    }
    let (first, count) = reach(centre, shrink);
    let (offset, per) = ((centre - first as f64) as f32, (1.0 / shrink) as f32);
    let mut weights = [0.0f32; K];
    for (l, w) in weights.iter_mut().enumerate() {
        let t = ((l as f32 - offset) * per).abs();
        let near = (1.5 * t - 2.5) * t * t + 1.0;
        let far = ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0;
        *w = if t < 1.0 { near } else { far };
        *w = if l < count { *w } else { 0.0 };
    }
    let sum = fold(weights);
    weights.iter_mut().for_each(|w| *w /= sum);
    Lanes { first, count, weights }
}

/// Sum in a fixed order.
#[inline(always)]
fn fold<const K: usize>(v: [f32; K]) -> f32 {
    let mut four = [0.0f32; 4];
    for part in v.chunks_exact(4) {
        for l in 0..4 {
            four[l] += part[l];
        }
    }
    (four[0] + four[2]) + (four[1] + four[3])
}

#[inline(always)]
fn weigh<const K: usize>(plane: &[f32], stride: usize, rows: &Lanes<K>, cols: &Lanes<K>) -> f32 {
    let mut sums = [0.0f32; K];
    for a in 0..if K == 4 { 4 } else { rows.count.min(K) } {
        let line = &plane[a * stride..][..K];
        for l in 0..K {
            sums[l] += rows.weights[a] * line[l];
        }
    }
    for l in 0..K {
        sums[l] *= cols.weights[l];
    }
    fold(sums)
}

/// For every pixel of the source whether the `K` x `K` pixels from it on are all valid; `None` when all of all are.
fn clean<const K: usize>(source: &Source) -> Option<Vec<bool>> {
    let (rows, cols) = (source.from.rows, source.from.cols);
    let quality = source.quality();
    if quality.iter().all(|q| q.is_valid()) {
        return None;
    }
    let mut out = vec![false; quality.len()];
    // Valid pixels in a run along the row, then rows in a run that have K of them.
    let mut down = vec![0usize; cols];
    for i in (0..rows).rev() {
        let mut run = 0;
        for j in (0..cols).rev() {
            run = if quality[i * cols + j].is_valid() { run + 1 } else { 0 };
            down[j] = if run >= K { down[j] + 1 } else { 0 };
            out[i * cols + j] = down[j] >= K;
        }
    }
    Some(out)
}

#[inline(always)]
fn in_lanes<const K: usize>(source: &Source, feed: &Feed, target: Window, out: &mut Pixels) {
    let (from, bands) = (source.from, source.bands());
    let plane = from.pixels();
    let clean = clean::<K>(source);
    let (height, width) = ((from.rows + 1).saturating_sub(K), (from.cols + 1).saturating_sub(K));
    let (mut rs, mut cs) = (vec![0.0; target.cols], vec![0.0; target.cols]);
    let (Some(values), Some(quality)) = (out.bands.as_slice_mut(), out.quality.as_slice_mut()) else { return };
    let (pixels, data, stride) = (target.pixels(), source.values(), from.cols);
    for i in 0..target.rows {
        feed.map.at_row((target.row + i as i64) as f64 + 0.5, target.col as f64 + 0.5, &mut rs, &mut cs);
        for j in 0..target.cols {
            let (r, c, to) = (rs[j], cs[j], i * target.cols + j);
            if !(r.is_finite() && c.is_finite()) {
                continue;
            }
            let (rows, cols) = (lanes::<K>(r, feed.shrink.0), lanes::<K>(c, feed.shrink.1));
            let (y, x) = ((rows.first - from.row) as usize, (cols.first - from.col) as usize);
            // Before the first row or column these are huge.
            if y < height && x < width && clean.as_ref().is_none_or(|c| c[y * from.cols + x]) {
                quality[to] = Quality::Valid;
                for k in 0..bands {
                    let at = k * plane + y * stride + x;
                    values[k * pixels + to] = weigh(&data[at..], stride, &rows, &cols);
                }
            } else {
                quality[to] = careful(source, (r, c), &rows, &cols, &mut values[to..], pixels);
            }
        }
    }
}

/// One pixel near gaps or the border: the same arithmetic, with nothing read beyond.
#[inline(never)]
fn careful<const K: usize>(
    source: &Source,
    at: (f64, f64),
    rows: &Lanes<K>,
    cols: &Lanes<K>,
    out: &mut [f32],
    step: usize,
) -> Quality {
    let quality = source.nearest_four(at.0, at.1);
    if !quality.is_valid() {
        return quality;
    }
    let whole = source.all_valid((rows.first, rows.count), (cols.first, cols.count));
    for k in 0..source.bands() {
        out[k * step] = if whole {
            let mut block = [[0.0f32; K]; K];
            for (a, line) in block.iter_mut().enumerate().take(rows.count) {
                for (b, v) in line.iter_mut().enumerate().take(cols.count) {
                    let place = source.place(rows.first + a as i64, cols.first + b as i64);
                    *v = place.map_or(0.0, |p| source.values()[k * source.from.pixels() + p]);
                }
            }
            weigh(block.as_flattened(), K, rows, cols)
        } else {
            source.linear(k, at.0, at.1)
        };
    }
    quality
}
