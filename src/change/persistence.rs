//! How much of what could be seen at the earlier date still lies at the same place: the edges of roofs, walls and yards.
//!
//! Light, season, paint and sensors change every pixel of a house that still stands; its outlines stay where they were. Of a house that is
//! gone nothing stays, whatever came instead. So the direction and strength of edges are compared, whichever side of them is brighter, and
//! within what lean and registration may move them.
//!
//! # Source
//! Edges of several bands: S. Di Zenzo 1986, "A note on the gradient of a multi-image", CVGIP 33(1), equation 10; doubled angles, which
//! make an edge and its negative the same: G. Granlund 1978, "In search of a general picture processing operator", CGIP 8(2).

use ndarray::{Array2, ArrayView2, ArrayView3, Axis};
use std::ops::Range;

/// Spread of the edge filter on the ground, m: half a roof ridge; and at least one pixel.
const EDGE_M: f64 = 0.5;
/// Farthest that lean and registration may have moved a house, m: a roof of 10 m seen 12 degrees off nadir. Doubling it lets other
/// houses' edges be taken for this one's.
const REACH_M: f64 = 2.0;

/// Orientation of edges: `(row, col)` planes of the cosine and sine of twice the angle, times the strength.
struct Edges {
    cosine: Array2<f32>,
    sine: Array2<f32>,
}

/// The edges of one date kept by the other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Persistence {
    /// Agreement at the place where it is best: 1 for the same edges, about 0 for others.
    pub best: f64,
    /// Agreement at the middle one of all places tried: what chance gives here.
    pub usual: f64,
    /// Where it is best: the later date lies so many pixels down and to the right.
    pub offset: (i64, i64),
}

impl Persistence {
    /// Share of the edges that stayed, beyond what chance gives.
    pub fn kept(&self) -> f64 {
        ((self.best - self.usual.max(0.0)) / (1.0 - self.usual.max(0.0)).max(1e-9)).clamp(0.0, 1.0)
    }
}

/// How far edges run one way; those of several windows add up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Along {
    cosine: f64,
    sine: f64,
    length: f64,
}

impl Along {
    /// Adds the edges of another window.
    pub fn add(&mut self, other: Along) {
        self.cosine += other.cosine;
        self.sine += other.sine;
        self.length += other.length;
    }

    /// 1 where all edges are parallel, 0 where none are; `None` without any.
    pub fn share(&self) -> Option<f64> {
        (self.length > 0.0).then(|| (libm::hypot(self.cosine, self.sine) / self.length).min(1.0))
    }
}

/// Pixels that lean and registration may have moved a house.
pub fn reach_px(gsd_m: f64) -> usize {
    (REACH_M / gsd_m).ceil().clamp(1.0, 16.0) as usize
}

/// Pixels around some pixels that their persistence depends on.
pub fn halo_px(gsd_m: f64) -> usize {
    reach_px(gsd_m) + kernel(spread_px(gsd_m)).len() / 2
}

fn spread_px(gsd_m: f64) -> f64 {
    (EDGE_M / gsd_m).clamp(1.0, 8.0)
}

/// Gaussian to three spreads either side, adding up to 1.
fn kernel(spread: f64) -> Vec<f64> {
    let r = (3.0 * spread).ceil() as i64;
    let weights: Vec<f64> = (-r..=r).map(|i| libm::exp(-0.5 * (i as f64 / spread).powi(2))).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

/// Weighted means along an axis; beyond the array lies its last value.
fn smoothed(values: &Array2<f64>, kernel: &[f64], axis: usize) -> Array2<f64> {
    let mut out = Array2::zeros(values.dim());
    let r = kernel.len() / 2;
    for (from, mut to) in values.lanes(Axis(axis)).into_iter().zip(out.lanes_mut(Axis(axis))) {
        let last = from.len().saturating_sub(1);
        for (i, to) in to.iter_mut().enumerate() {
            *to = kernel.iter().enumerate().map(|(k, w)| w * from[(i + k).saturating_sub(r).min(last)]).sum();
        }
    }
    out
}

/// Central differences along an axis.
fn slope(values: &Array2<f64>, axis: usize) -> Array2<f64> {
    let mut out = Array2::zeros(values.dim());
    for (from, mut to) in values.lanes(Axis(axis)).into_iter().zip(out.lanes_mut(Axis(axis))) {
        for i in 1..from.len().saturating_sub(1) {
            to[i] = 0.5 * (from[i + 1] - from[i - 1]);
        }
    }
    out
}

/// Edges of one date, each band in its own spread over the window; nothing where not `seen`.
fn edges(bands: ArrayView3<f32>, seen: ArrayView2<bool>, spread: f64) -> Edges {
    let kernel = kernel(spread);
    let shape = seen.dim();
    let (mut cosine, mut sine) = (Array2::<f64>::zeros(shape), Array2::<f64>::zeros(shape));
    for band in bands.axis_iter(Axis(0)) {
        let valid = || band.iter().zip(&seen).filter(|(v, s)| **s && v.is_finite()).map(|(v, _)| f64::from(*v));
        let count = valid().count().max(1) as f64;
        let mean = valid().sum::<f64>() / count;
        let sd = (valid().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
        if sd <= 0.0 {
            continue;
        }
        let mut plane = Array2::<f64>::zeros(shape);
        ndarray::Zip::from(&mut plane).and(band).and(seen).for_each(|p, v, s| {
            *p = if *s && v.is_finite() { (f64::from(*v) - mean) / sd } else { 0.0 };
        });
        let plane = smoothed(&smoothed(&plane, &kernel, 0), &kernel, 1);
        let (down, right) = (slope(&plane, 0), slope(&plane, 1));
        ndarray::Zip::from(&mut cosine).and(&mut sine).and(&down).and(&right).for_each(|c, s, y, x| {
            *c += x * x - y * y;
            *s += 2.0 * x * y;
        });
    }
    // The root makes strengths those of edges and not their squares.
    let by_root = |of: &Array2<f64>, other: &Array2<f64>| {
        let mut out = Array2::<f32>::zeros(shape);
        ndarray::Zip::from(&mut out).and(of).and(other).and(seen).for_each(|o, a, b, s| {
            let strength = (a * a + b * b).sqrt();
            *o = if *s && strength > 0.0 { (a / strength.sqrt()) as f32 } else { 0.0 };
        });
        out
    };
    Edges { sine: by_root(&sine, &cosine), cosine: by_root(&cosine, &sine) }
}

/// The edges of both dates in one window.
pub struct EdgePair {
    before: Edges,
    after: Edges,
    reach: i64,
}

impl EdgePair {
    /// # Shapes
    /// Bands `(band, row, col)`; `seen` `(row, col)` of the same window.
    ///
    /// # Nodata
    /// Pixels not seen at both dates have no edges.
    pub fn new(before: ArrayView3<f32>, after: ArrayView3<f32>, seen: ArrayView2<bool>, gsd_m: f64) -> EdgePair {
        let spread = spread_px(gsd_m);
        EdgePair {
            before: edges(before, seen, spread),
            after: edges(after, seen, spread),
            reach: reach_px(gsd_m) as i64,
        }
    }

    /// How much of the edges on some pixels the later date shows; `None` where one of the dates has none.
    ///
    /// best = max over d of sum_p e(p) . f(p + d) / (|e| |f|), with e and f the edges of both dates as vectors of strength and twice the
    /// angle.
    ///
    /// # Shapes
    /// `on` `(row, col)` of the window, which should reach [`halo_px`] beyond its pixels.
    ///
    /// # Cost
    /// Pixels x (2 reach + 1)^2.
    pub fn persistence(&self, on: ArrayView2<bool>) -> Option<Persistence> {
        let (e, f) = (&self.before, &self.after);
        let (rows, cols) = on.dim();
        let places: Vec<(usize, usize)> = on.indexed_iter().filter(|(_, p)| **p).map(|(at, _)| at).collect();
        let mut tried: Vec<(f64, (i64, i64))> = Vec::new();
        let reach = -self.reach..=self.reach;
        for (down, right) in reach.clone().flat_map(|i| reach.clone().map(move |j| (i, j))) {
            let (mut both, mut own, mut other) = (0.0f64, 0.0f64, 0.0f64);
            for &(i, j) in &places {
                let (a, b) = (i as i64 + down, j as i64 + right);
                if !(0..rows as i64).contains(&a) || !(0..cols as i64).contains(&b) {
                    continue;
                }
                let to = (a as usize, b as usize);
                let (c, s) = (f64::from(e.cosine[(i, j)]), f64::from(e.sine[(i, j)]));
                let (g, h) = (f64::from(f.cosine[to]), f64::from(f.sine[to]));
                both += c * g + s * h;
                own += c * c + s * s;
                other += g * g + h * h;
            }
            if own > 0.0 && other > 0.0 {
                tried.push((both / (own * other).sqrt(), (down, right)));
            }
        }
        let best = *tried.iter().reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        let mut values: Vec<f64> = tried.iter().map(|t| t.0).collect();
        let middle = values.len() / 2;
        let usual = *values.select_nth_unstable_by(middle, f64::total_cmp).1;
        Some(Persistence { best: best.0, usual, offset: best.1 })
    }

    /// Edges of the later date on some pixels, added up as vectors of strength and twice the angle, and the sum of their lengths: parallel
    /// edges add up to nearly all of it, those of houses any way round to little.
    ///
    /// # Shapes
    /// `on` `(row, col)` of the window.
    pub fn along(&self, on: ArrayView2<bool>) -> Along {
        let mut out = Along::default();
        ndarray::Zip::from(on).and(&self.after.cosine).and(&self.after.sine).for_each(|on, c, s| {
            if *on {
                let (c, s) = (f64::from(*c), f64::from(*s));
                out.add(Along { cosine: c, sine: s, length: libm::hypot(c, s) });
            }
        });
        out
    }

    /// As [`EdgePair::along`], with four times the angle: edges that are parallel or at right angles add up, others do not.
    pub fn right_angles(&self, on: ArrayView2<bool>) -> Along {
        let part = Part::holding(on);
        let [length, cosine, sine] = self.fourfold_after(&part);
        let mut out = Along::default();
        ndarray::Zip::from(on.slice(part.slice())).and(&length).and(&cosine).and(&sine).for_each(|on, w, c, s| {
            if *on {
                out.add(Along { cosine: *c, sine: *s, length: *w });
            }
        });
        out
    }

    /// e . f of every pixel of a part with the later date's pixel `(down, right)` of it, and |f|^2 of that one; 0 beyond the window.
    pub(super) fn against(&self, part: &Part, (down, right): (i64, i64)) -> (Array2<f64>, Array2<f64>) {
        let (e, f) = (&self.before, &self.after);
        let shape = (part.rows.len(), part.cols.len());
        let (mut both, mut other) = (Array2::zeros(shape), Array2::zeros(shape));
        for ((both, other), at) in both.iter_mut().zip(&mut other).zip(part.pixels()) {
            let to = (at.0.checked_add_signed(down as isize), at.1.checked_add_signed(right as isize));
            let (Some(a), Some(b)) = to else { continue };
            if let (Some(g), Some(h)) = (f.cosine.get((a, b)), f.sine.get((a, b))) {
                *both = f64::from(e.cosine[at] * g + e.sine[at] * h);
                *other = f64::from(g * g + h * h);
            }
        }
        (both, other)
    }

    /// Edges of the later date on every pixel of a part: strength, and strength with four times the angle, which makes edges at right angles
    /// the same.
    pub(super) fn fourfold_after(&self, part: &Part) -> [Array2<f64>; 3] {
        let (cosine, sine) = (self.after.cosine.slice(part.slice()), self.after.sine.slice(part.slice()));
        let mut out = [(); 3].map(|()| Array2::zeros(cosine.dim()));
        let [strength, fourfold_cosine, fourfold_sine] = &mut out;
        ndarray::Zip::from(strength).and(fourfold_cosine).and(fourfold_sine).and(cosine).and(sine).for_each(
            |w, cc, ss, c, s| {
                let (c, s) = (f64::from(*c), f64::from(*s));
                *w = libm::hypot(c, s);
                if *w > 0.0 {
                    (*cc, *ss) = ((c * c - s * s) / *w, 2.0 * c * s / *w);
                }
            },
        );
        out
    }

    /// |e|^2 of every pixel of a part.
    pub(super) fn strength(&self, part: &Part) -> Array2<f64> {
        let of = |plane: &Array2<f32>| plane.slice(part.slice()).mapv(|v| f64::from(v * v));
        of(&self.before.cosine) + of(&self.before.sine)
    }
}

/// A rectangle of a window.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub rows: Range<usize>,
    pub cols: Range<usize>,
}

impl Part {
    /// The least that holds all pixels of a mask; nothing of an empty one.
    pub fn holding(mask: ArrayView2<bool>) -> Part {
        let one = |((i, j), _): ((usize, usize), &bool)| (i, i + 1, j, j + 1);
        let both = |a: (usize, usize, usize, usize), b: (usize, usize, usize, usize)| {
            (a.0.min(b.0), a.1.max(b.1), a.2.min(b.2), a.3.max(b.3))
        };
        let found = mask.indexed_iter().filter(|(_, m)| **m).map(one).reduce(both);
        let (top, bottom, left, right) = found.unwrap_or_default();
        Part { rows: top..bottom, cols: left..right }
    }

    /// With so many pixels more around, as far as a window of `(rows, cols)` goes.
    pub fn grown(&self, by: usize, (rows, cols): (usize, usize)) -> Part {
        let grow = |r: &Range<usize>, most: usize| r.start.saturating_sub(by)..(r.end + by).min(most);
        Part { rows: grow(&self.rows, rows), cols: grow(&self.cols, cols) }
    }

    /// Its pixels, row by row.
    pub fn pixels(&self) -> impl Iterator<Item = (usize, usize)> + use<'_> {
        self.rows.clone().flat_map(|i| self.cols.clone().map(move |j| (i, j)))
    }

    /// For ndarray.
    pub fn slice(&self) -> ndarray::SliceInfo<[ndarray::SliceInfoElem; 2], ndarray::Ix2, ndarray::Ix2> {
        ndarray::s![self.rows.clone(), self.cols.clone()]
    }

    /// This part as seen from another that holds it.
    pub fn within(&self, other: &Part) -> Part {
        let from = |r: &Range<usize>, o: &Range<usize>| r.start - o.start..r.end - o.start;
        Part { rows: from(&self.rows, &other.rows), cols: from(&self.cols, &other.cols) }
    }
}

#[cfg(test)]
pub(super) mod tests;
