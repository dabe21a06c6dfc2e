//! How the pixels of a parcel hang together, which the mean of none of their features says.
//!
//! A field in another season is another field in every colour, yet it keeps its pattern: what was brighter than the rest mostly still is, and
//! its few edges run along the rows of its crop. Roofs, yards and slabs have edges at right angles to each other, in whatever direction; moved
//! earth has edges without direction, and of what was there before nothing is left.
//!
//! # Source
//! Edges of several planes: S. Di Zenzo 1986, "A note on the gradient of a multi-image", CVGIP 33(1), equation 10; doubled angles, which
//! make an edge and its negative the same: G. Granlund 1978, "In search of a general picture processing operator", CGIP 8(2).

use super::features::{Features, Plane};
use super::witness::Sight;
use ndarray::Array2;

/// Planes whose spread and likeness are looked at; their values come first among the features.
const SPREAD: [Plane; 5] = [Plane::Brightness, Plane::Vegetation, Plane::BlueRed, Plane::Green, Plane::Infrared];
/// Which of them edges are looked for in.
const EDGED: [usize; 3] = [0, 1, 4];
/// Least product of two spreads, codes squared, with which a likeness is worth its name.
const LEAST_SPREAD: f64 = 4.0;
/// Fixed point of the length of edges.
const UNIT: f32 = 16.0;
/// Codes per octave of a spread, of a length.
const PER_OCTAVE: f64 = 24.0;

/// Sums of one date's edges: length, length with twice the angle (cosine, sine), with four times, squared length, that with four times.
const OF_EDGES: usize = 8;
/// Sums over all pixels of a parcel, or over those inside: edges of both dates, products of their lengths, and of them as vectors.
const OF_PLACE: usize = 2 * OF_EDGES + 2;
/// Sums of a plane: of its codes before and after, of their squares, of the squares of both added.
const OF_PLANE: usize = 5;
/// Sums of all planes.
const OF_PLANES: usize = OF_PLANE * SPREAD.len();
/// Sums over the pixels of a parcel.
pub(super) const PATTERN_SUMS: usize = OF_PLANES + 2 * OF_PLACE + 1;

/// Names of [`pattern_codes`], in order.
pub fn pattern_names() -> Vec<String> {
    let dates = ["before", "after"];
    let mut names: Vec<String> =
        dates.iter().flat_map(|d| SPREAD.map(|p| format!("{} spread {d}", p.name()))).collect();
    names.extend(SPREAD.map(|p| format!("{} likeness", p.name())));
    for place in ["", " inside"] {
        for date in dates {
            let of = ["edges", "edges along", "right angles", "right angles of strong edges"];
            names.extend(of.map(|what| format!("{what}{place} {date}")));
        }
        names.push(format!("edges kept{place}"));
    }
    names.push("inside".into());
    names
}

/// The edge at a pixel: strength, cosine and sine of twice its angle.
#[derive(Clone, Copy)]
struct Edge {
    length: f32,
    cosine: f32,
    sine: f32,
}

impl Edge {
    /// From the codes on both sides of a pixel.
    fn at(features: &Features, (row, col): (usize, usize)) -> Edge {
        let (mut along, mut across) = (0i32, 0i32);
        for plane in EDGED.map(|k| &features.codes[k]) {
            let step = |a: (usize, usize), b: (usize, usize)| i32::from(plane[a]) - i32::from(plane[b]);
            let (y, x) = (step((row + 1, col), (row - 1, col)), step((row, col + 1), (row, col - 1)));
            along += x * x - y * y;
            across += 2 * x * y;
        }
        let (c, s) = (along as f32, across as f32);
        let strength = (c * c + s * s).sqrt();
        if strength == 0.0 {
            return Edge { length: 0.0, cosine: 1.0, sine: 0.0 };
        }
        // The root makes strengths those of edges and not their squares.
        Edge { length: strength.sqrt(), cosine: c / strength, sine: s / strength }
    }

    fn sums(self) -> [f32; OF_EDGES] {
        let Edge { length, cosine, sine } = self;
        let (fourfold_cosine, fourfold_sine) = (cosine * cosine - sine * sine, 2.0 * cosine * sine);
        let strong = length * length;
        [
            length,
            length * cosine,
            length * sine,
            length * fourfold_cosine,
            length * fourfold_sine,
            strong,
            strong * fourfold_cosine,
            strong * fourfold_sine,
        ]
    }
}

/// Adds a stretch of pixels that is all of one group.
pub(super) fn add(sight: &Sight, row: usize, cols: std::ops::Range<usize>, sums: &mut [u64]) {
    let (planes, places) = sums.split_at_mut(OF_PLANES);
    let [before, after] = sight.features;
    for (k, sums) in planes.chunks_exact_mut(OF_PLANE).enumerate() {
        for at in cols.clone().map(|col| (row, col)) {
            let (b, a) = (u64::from(before.codes[k][at]), u64::from(after.codes[k][at]));
            [b, a, b * b, a * a, (a + b) * (a + b)].iter().zip(&mut *sums).for_each(|(v, sum)| *sum += v);
        }
    }
    let (everywhere, inside) = places.split_at_mut(OF_PLACE);
    for at in cols.map(|col| (row, col)) {
        let within = is_inside(sight.group, at);
        if within {
            inside[OF_PLACE] += 1;
        }
        if !seen_around(sight, at) {
            continue;
        }
        let edges = [Edge::at(before, at), Edge::at(after, at)];
        let of = edges_of(edges);
        add_all(&of, everywhere);
        if within {
            add_all(&of, inside);
        }
    }
}

fn add_all(values: &[u64; OF_PLACE], sums: &mut [u64]) {
    sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
}

/// What a pixel adds, in fixed point: whole numbers, so that parts add up whatever their order; what may be negative has its length added.
fn edges_of([before, after]: [Edge; 2]) -> [u64; OF_PLACE] {
    let mut out = [0; OF_PLACE];
    let fixed = |v: f32| (v * UNIT).round() as i64;
    let over = |v: f32, length: f32| (fixed(v) + fixed(length)).max(0) as u64;
    for (edge, out) in [before, after].into_iter().zip(out.chunks_exact_mut(OF_EDGES)) {
        let sums = edge.sums();
        for (k, out) in out.iter_mut().enumerate() {
            let own = if k < 5 { 0 } else { 5 };
            *out = if k == own { fixed(sums[k]) as u64 } else { over(sums[k], sums[own]) };
        }
    }
    let both = before.length * after.length;
    out[2 * OF_EDGES] = fixed(both) as u64;
    out[2 * OF_EDGES + 1] = over(both * (before.cosine * after.cosine + before.sine * after.sine), both);
    out
}

/// All eight neighbours are of the same group.
fn is_inside(group: &Array2<u8>, (row, col): (usize, usize)) -> bool {
    let (rows, cols) = group.dim();
    let own = group[(row, col)];
    let around = || (row - 1..=row + 1).flat_map(|r| (col - 1..=col + 1).map(move |c| (r, c)));
    row > 0 && col > 0 && row + 1 < rows && col + 1 < cols && around().all(|at| group[at] == own)
}

/// Both dates show the pixel and those on its four sides.
fn seen_around(sight: &Sight, (row, col): (usize, usize)) -> bool {
    let (rows, cols) = sight.quality.dim();
    if row == 0 || col == 0 || row + 1 >= rows || col + 1 >= cols {
        return false;
    }
    let cross = [(row, col), (row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)];
    cross.iter().all(|at| sight.quality[*at].is_valid())
}

/// Codes of the pattern of a parcel, from its sums.
///
/// | code | from |
/// |---|---|
/// | spread | standard deviation of the codes of a plane, octaves |
/// | likeness | correlation of a plane before and after |
/// | edges | mean length, octaves |
/// | edges along, right angles | length of the sum of edges with twice and four times the angle, over the sum of lengths |
/// | edges kept | sum of products of both dates' edges as vectors, over the root of the product of their squares |
/// | inside | share of pixels whose neighbours all belong to the parcel |
pub fn pattern_codes(sums: &[u64], pixels: u64) -> Vec<u8> {
    let n = pixels.max(1) as f64;
    let (planes, places) = sums.split_at(OF_PLANES);
    let mut spreads = [[0.0; SPREAD.len()]; 2];
    let mut likeness = [0.0; SPREAD.len()];
    for (k, of) in planes.chunks_exact(OF_PLANE).enumerate() {
        let variance = |sum: u64, squares: u64| (squares as f64 / n - (sum as f64 / n).powi(2)).max(0.0);
        let [b, a] = [variance(of[0], of[2]), variance(of[1], of[3])];
        let together = (variance(of[0] + of[1], of[4]) - a - b) / 2.0;
        (spreads[0][k], spreads[1][k]) = (b.sqrt(), a.sqrt());
        likeness[k] = together / (b.sqrt() * a.sqrt()).max(LEAST_SPREAD);
    }
    let octaves = |v: f64| (libm::log2(1.0 + v) * PER_OCTAVE).clamp(0.0, 255.0) as u8;
    let share = |v: f64| (v * 255.0).clamp(0.0, 255.0) as u8;
    let signed = |v: f64| share((v + 1.0) / 2.0);
    let mut codes: Vec<u8> = spreads.iter().flatten().map(|s| octaves(*s)).collect();
    codes.extend(likeness.map(signed));
    let (everywhere, inside) = places.split_at(OF_PLACE);
    for (place, count) in [(everywhere, pixels), (&inside[..OF_PLACE], inside[OF_PLACE])] {
        let count = count.max(1) as f64 * f64::from(UNIT);
        for edges in place[..2 * OF_EDGES].chunks_exact(OF_EDGES) {
            let along = |own: usize, k: usize| {
                let of = |k: usize| edges[k] as f64 - edges[own] as f64;
                libm::hypot(of(k), of(k + 1)) / (edges[own].max(1)) as f64
            };
            codes.push(octaves(edges[0] as f64 / count));
            codes.extend([along(0, 1), along(0, 3), along(5, 6)].map(share));
        }
        let [length, over] = [place[2 * OF_EDGES], place[2 * OF_EDGES + 1]].map(|v| v as f64);
        let both = (place[5] as f64 * place[OF_EDGES + 5] as f64).sqrt();
        codes.push(signed((over - length) / both.max(1.0)));
    }
    codes.push(share(inside[OF_PLACE] as f64 / n));
    codes
}

#[cfg(test)]
mod tests;
