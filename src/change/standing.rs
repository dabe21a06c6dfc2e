//! Which parts of what was built at the earlier date still stand at the later one.
//!
//! Classes alone take rubble for concrete and a painted roof for a field. Of what still stands, edges and pattern stay in place, whatever
//! its colour; of what is gone nothing does. Both are compared around every pixel, weighed together with the class and with the edges of
//! the whole patch, and settled among neighbours: walls fall by the house, not by the pixel.
//!
//! # Source
//! Correlation of neighbourhoods: J. Im, J. Jensen 2005, "A change detection model based on neighborhood correlation image analysis",
//! RSE 99(3). The weights are a logistic regression (D. R. Cox 1958, "The regression analysis of binary sequences", JRSS B 20(2)) over
//! buildings and yards that wholly stand or are wholly gone, on the counties of two generators (`benches/blind`); fitted on either and
//! tried on the other they do as well.

use super::boxes::{box_radius, box_sum};
use super::persistence::{EdgePair, Part};
use ndarray::{Array2, ArrayView2, ArrayView3, Axis, Zip};

/// Side of the neighbourhood in which edges are compared, m: a wall and what stands by it.
const EDGES_M: f64 = 5.0;
/// Side of the one in which edges are looked at for right angles, m: a small house.
const ANGLES_M: f64 = 10.0;
/// Side of the one in which patterns are compared, m: a roof's ridges and fittings.
const PATTERN_M: f64 = 7.0;
/// How far off edges are compared to know what chance gives, m: beyond lean and registration, within the same ground.
const CHANCE_M: f64 = 5.0;
/// Spread of the mean over neighbours, m: half a house.
const SETTLE_M: f64 = 4.0;
/// Added to edge strengths and variances: under it there is nothing to compare.
const NOTHING: f64 = 1e-9;

/// Weights of the log-odds that a pixel stands: what a pixel has without anything in its favour, ...
const BASE: f64 = -4.0;
/// ... edges around it, from -1 to 1, ...
const EDGES: f64 = 0.55;
/// ... right angles among the edges after, from 0 to 1: rubble has none, ...
const ANGLES: f64 = 2.05;
/// ... pattern around it, from -2 to 2, ...
const PATTERN: f64 = 0.6;
/// ... edges kept by the whole patch, from 0 to 1, ...
const KEPT: f64 = 4.25;
/// ... and a class that is built.
const BUILT: f64 = 2.2;

/// How much the surroundings of pixels look at the later date as they did at the earlier one.
pub struct Likeness {
    /// The part of the window that was compared.
    part: Part,
    /// Agreement of edges beyond what it is 5 m off, `(row, col)` of the part: 1 for the same, about 0 for others.
    edges: Array2<f32>,
    /// How far the edges after are parallel or at right angles, `(row, col)` of the part: 1 for all, about 0 for none.
    angles: Array2<f32>,
    /// Correlation of values, `(row, col)` of the part: mean over the bands plus that of the best band.
    pattern: Array2<f32>,
}

/// Radius of a box of some side, pixels.
fn radius(side_m: f64, gsd_m: f64) -> usize {
    (side_m / gsd_m / 2.0 - 0.5).round().clamp(1.0, 64.0) as usize
}

/// Compares the surroundings of some pixels with those that lie `offset` (pixels down and right) from them at the later date.
///
/// # Shapes
/// Bands `(band, row, col)`, `seen` and `on` `(row, col)`, all of the window the edges are of.
///
/// # Nodata
/// Pixels not seen at both dates take no part.
pub fn likeness(
    edges: &EdgePair,
    (before, after): (ArrayView3<f32>, ArrayView3<f32>),
    (seen, on): (ArrayView2<bool>, ArrayView2<bool>),
    offset: (i64, i64),
    gsd_m: f64,
) -> Likeness {
    let part = Part::holding(on);
    let angles = right_angles(edges, &part, seen.dim(), radius(ANGLES_M, gsd_m)).mapv(|v| v as f32);
    let edges = edge_agreement(edges, &part, seen.dim(), offset, gsd_m).mapv(|v| v as f32);
    let pattern = pattern(before, after, seen, &part, offset, radius(PATTERN_M, gsd_m)).mapv(|v| v as f32);
    Likeness { part, edges, angles, pattern }
}

fn edge_agreement(
    edges: &EdgePair,
    part: &Part,
    window: (usize, usize),
    offset: (i64, i64),
    gsd_m: f64,
) -> Array2<f64> {
    let r = radius(EDGES_M, gsd_m);
    let around = part.grown(r, window);
    let own = box_sum(&edges.strength(&around), r);
    let at = |offset: (i64, i64)| {
        let (both, other) = edges.against(&around, offset);
        let (mut both, other) = (box_sum(&both, r), box_sum(&other, r));
        Zip::from(&mut both).and(&own).and(&other).for_each(|b, e, f| *b /= (e.max(0.0) * f.max(0.0) + NOTHING).sqrt());
        both
    };
    let mut out = at(offset);
    let off = (CHANCE_M / gsd_m).round().clamp(2.0, 64.0) as i64;
    for (down, right) in [(off, off), (off, -off), (-off, off), (-off, -off)] {
        out.scaled_add(-0.25, &at((down, right)));
    }
    out.slice_move(part.within(&around).slice())
}

/// |sum of w exp(4 i t)| / sum of w around every pixel, with w and t strength and angle of the edges after.
fn right_angles(edges: &EdgePair, part: &Part, window: (usize, usize), r: usize) -> Array2<f64> {
    let around = part.grown(r, window);
    let [mut strength, cosine, sine] = edges.fourfold_after(&around).map(|plane| box_sum(&plane, r));
    Zip::from(&mut strength).and(&cosine).and(&sine).for_each(|w, c, s| *w = libm::hypot(*c, *s) / w.max(NOTHING));
    strength.slice_move(part.within(&around).slice())
}

fn pattern(
    before: ArrayView3<f32>,
    after: ArrayView3<f32>,
    seen: ArrayView2<bool>,
    part: &Part,
    (down, right): (i64, i64),
    r: usize,
) -> Array2<f64> {
    let around = part.grown(r, seen.dim());
    let shape = (around.rows.len(), around.cols.len());
    // Pixels seen at both places, with where they lie at the later date.
    let places: Vec<Option<((usize, usize), (usize, usize))>> = around
        .pixels()
        .map(|at| {
            let to = (at.0.checked_add_signed(down as isize)?, at.1.checked_add_signed(right as isize)?);
            (seen[at] && *seen.get(to)?).then_some((at, to))
        })
        .collect();
    let plane = |values: Vec<f64>| Array2::from_shape_vec(shape, values).unwrap_or_else(|_| Array2::zeros(shape));
    let n = box_sum(&plane(places.iter().map(|p| if p.is_some() { 1.0 } else { 0.0 }).collect()), r);
    let (mut mean, mut best) = (Array2::<f64>::zeros(shape), Array2::<f64>::from_elem(shape, -1.0));
    let (count, bands) = (places.iter().flatten().count().max(1) as f64, before.dim().0.max(1) as f64);
    for (x, y) in before.axis_iter(Axis(0)).zip(after.axis_iter(Axis(0))) {
        // Sums of squares are taken about the means of the part: they keep their digits.
        let both = || places.iter().flatten().map(|(at, to)| (f64::from(x[*at]), f64::from(y[*to])));
        let (mx, my) = both().fold((0.0, 0.0), |sum, v| (sum.0 + v.0, sum.1 + v.1));
        let (mx, my) = (mx / count, my / count);
        let sum = |of: fn(f64, f64) -> f64| {
            let value = |(at, to): ((usize, usize), (usize, usize))| of(f64::from(x[at]) - mx, f64::from(y[to]) - my);
            box_sum(&plane(places.iter().map(|p| p.map_or(0.0, value)).collect()), r)
        };
        let (sx, sy) = (sum(|x, _| x), sum(|_, y| y));
        let (xx, yy, xy) = (sum(|x, _| x * x), sum(|_, y| y * y), sum(|x, y| x * y));
        for (at, n) in n.indexed_iter().filter(|(_, n)| **n > 0.5) {
            let cov = xy[at] / n - sx[at] / n * (sy[at] / n);
            let (vx, vy) = (xx[at] / n - (sx[at] / n).powi(2), yy[at] / n - (sy[at] / n).powi(2));
            let r = (cov / (vx.max(0.0) * vy.max(0.0) + NOTHING * NOTHING).sqrt()).clamp(-1.0, 1.0);
            mean[at] += r / bands;
            best[at] = best[at].max(r);
        }
    }
    (mean + best).slice_move(part.within(&around).slice())
}

/// Log-odds that what was built at the earlier date stands at the later one, 0 where nothing was, and where nothing was compared.
///
/// # Shapes
/// All `(row, col)` of the window of the likeness; `kept` is the share of edges that the whole patch kept, 0 to 1.
pub fn log_odds(
    likeness: &Likeness,
    built_before: &Array2<bool>,
    built_after: &Array2<bool>,
    kept: f64,
    gsd_m: f64,
) -> Array2<f64> {
    let Likeness { part, edges, angles, pattern } = likeness;
    let (before, after) = (built_before.slice(part.slice()), built_after.slice(part.slice()));
    let mut odds = Array2::<f64>::zeros(before.dim());
    Zip::from(&mut odds).and(edges).and(angles).and(pattern).and(before).and(after).for_each(
        |odds, e, r, p, before, after| {
            if *before {
                let around = EDGES * f64::from(*e) + ANGLES * f64::from(*r) + PATTERN * f64::from(*p);
                *odds = BASE + around + KEPT * kept + if *after { BUILT } else { 0.0 };
            }
        },
    );
    let r = box_radius(SETTLE_M / gsd_m);
    let twice = |values: &Array2<f64>| box_sum(&box_sum(values, r), r);
    let weights = twice(&before.mapv(|b| if b { 1.0 } else { 0.0 }));
    let mut settled = twice(&odds);
    Zip::from(&mut settled).and(&weights).and(before).for_each(|o, w, b| *o = if *b { *o / w } else { 0.0 });
    let mut out = Array2::zeros(built_before.dim());
    out.slice_mut(part.slice()).assign(&settled);
    out
}

#[cfg(test)]
mod tests;
