//! Haze that lies in patches: how thick it is, from place to place.
//!
//! Haze is smooth over the scene and what farming does is not, from field to field. So of all combinations of the bands' differences the one
//! is looked for that neighbouring parts of the scene have most in common: the first maximum autocorrelation factor of the medians of
//! the parts. That it is haze and no other season in the south is told by its colours: haze goes the same way in blue, green and red, and
//! less in the infrared, where crops and water differ most.
//!
//! # Source
//! P. Switzer, A. Green 1984, "Min/max autocorrelation factors for multivariate spatial imagery", Stanford University, Technical Report 6;
//! what haze does to the bands: P. Chavez 1988, "An improved dark-object subtraction technique", Remote Sensing of Environment 24(3).

use super::Place;
use crate::raster::BandRole;
use nalgebra::{DMatrix, SymmetricEigen};
use serde::Serialize;

/// Parts of the scene each way, the finest first: the first is taken of which the sample sees enough.
const PARTS: [usize; 4] = [16, 12, 8, 6];
/// Parts with fewer pixels say nothing.
pub(super) const LEAST_PIXELS: usize = 30;
/// Share of the parts that must say something.
const LEAST_SEEN: f64 = 0.8;
/// Least share of the factor's variance that neighbouring parts have in common. Measured: .76 to .95 under haze that differs from place to
/// place, .19 to .73 without, a flood, a river out of its bed and a half harvested included.
const LEAST_COMMON: f64 = 0.75;
/// Least correlation of the factor with the differences of each visible band.
const LEAST_VISIBLE: f64 = 0.25;
/// Most that the infrared may have the same way, of the greatest of these, and the other way: what grows greener is no haze.
const MOST_INFRARED: f64 = 0.7;
const MOST_GREENING: f64 = 0.25;
/// Ends of the range that makes 1.
const ENDS: [f64; 2] = [0.05, 0.95];

/// How thick the haze is, on a grid of parts of the scene: the middle of the parts at 0, most of the range within 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HazeField {
    parts: usize,
    thickness: Vec<f64>,
}

/// Medians per band of the parts of the scene; `None` of parts hardly seen.
struct Medians {
    parts: usize,
    of: Vec<Option<Vec<f64>>>,
}

/// Number of the part at a place, of so many each way.
pub(super) fn part_of(place: Place, parts: usize) -> usize {
    let along = |v: f64| (((v + 1.0) / 2.0 * parts as f64).max(0.0) as usize).min(parts - 1);
    along(place.1) * parts + along(place.0)
}

/// The upper median.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let half = values.len() / 2;
    *values.select_nth_unstable_by(half, f64::total_cmp).1
}

impl Medians {
    fn of(differences: &[Vec<f64>], places: &[Place], parts: usize) -> Option<Medians> {
        let mut members = vec![Vec::new(); parts * parts];
        places.iter().enumerate().for_each(|(n, place)| members[part_of(*place, parts)].push(n));
        let of_part = |members: &Vec<usize>| {
            let of_band = |band: &Vec<f64>| median(&mut members.iter().map(|n| band[*n]).collect::<Vec<f64>>());
            (members.len() >= LEAST_PIXELS).then(|| differences.iter().map(of_band).collect::<Vec<f64>>())
        };
        let of: Vec<_> = members.iter().map(of_part).collect();
        let seen = of.iter().flatten().count();
        (seen as f64 >= LEAST_SEEN * (parts * parts) as f64).then_some(Medians { parts, of })
    }

    fn seen(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.of.iter().flatten()
    }

    /// The combination of the bands that neighbours have most in common, of the parts seen, and the share of its variance they have.
    fn smoothest(&self) -> Option<(Vec<f64>, f64)> {
        let bands = self.seen().next()?.len();
        let count = self.seen().count() as f64;
        let means: Vec<f64> = (0..bands).map(|k| self.seen().map(|m| m[k]).sum::<f64>() / count).collect();
        let (mut all, mut steps, mut pairs) = (DMatrix::zeros(bands, bands), DMatrix::zeros(bands, bands), 0.0);
        for own in self.seen() {
            let off = |k: usize| own[k] - means[k];
            (0..bands * bands).for_each(|n| all[n] += off(n % bands) * off(n / bands) / (count - 1.0));
        }
        for (n, own) in self.of.iter().enumerate() {
            let (row, col) = (n / self.parts, n % self.parts);
            let right = (col + 1 < self.parts).then_some(n + 1);
            let below = (row + 1 < self.parts).then_some(n + self.parts);
            for other in [right, below].into_iter().flatten() {
                let (Some(own), Some(other)) = (own, &self.of[other]) else { continue };
                let step = |k: usize| own[k] - other[k];
                (0..bands * bands).for_each(|n| steps[n] += step(n % bands) * step(n / bands));
                pairs += 1.0;
            }
        }
        // Neighbours that have nothing in common differ by twice the variance.
        steps /= 2.0 * pairs;
        let trace: f64 = steps.trace();
        (0..bands).for_each(|k| steps[(k, k)] += 1e-6 * trace);
        let root = steps.cholesky()?.l();
        let left = root.solve_lower_triangular(&all)?;
        let both = root.solve_lower_triangular(&left.transpose())?;
        let found = SymmetricEigen::new((&both + both.transpose()) / 2.0);
        let best = found.eigenvalues.imax();
        let most = found.eigenvalues[best];
        let vector = root.transpose().solve_upper_triangular(&found.eigenvectors.column(best).into_owned())?;
        (most.is_finite() && most > 0.0).then(|| (vector.iter().copied().collect(), 1.0 - 1.0 / most))
    }
}

/// Means over each part and its neighbours, twice as much its own; 0 where nobody saw any of them.
fn smoothed(values: &[Option<f64>], parts: usize) -> Vec<f64> {
    let one = |n: usize| {
        let (row, col) = (n / parts, n % parts);
        let (mut sum, mut weights) = (0.0, 0.0);
        for r in row.saturating_sub(1)..(row + 2).min(parts) {
            for c in col.saturating_sub(1)..(col + 2).min(parts) {
                let apart = r.abs_diff(row) + c.abs_diff(col);
                let weight = [4.0, 2.0, 1.0][apart];
                if let Some(v) = values[r * parts + c] {
                    (sum, weights) = (sum + weight * v, weights + weight);
                }
            }
        }
        if weights > 0.0 { sum / weights } else { 0.0 }
    };
    (0..values.len()).map(one).collect()
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean(|p| p.0), mean(|p| p.1));
    let (ab, aa, bb) = pairs.iter().fold((0.0, 0.0, 0.0), |(ab, aa, bb), p| {
        (ab + (p.0 - a) * (p.1 - b), aa + (p.0 - a).powi(2), bb + (p.1 - b).powi(2))
    });
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

/// Whether the correlations with the bands' differences are those of haze.
fn is_haze(loads: &[f64], roles: &[Option<BandRole>]) -> bool {
    let of = |role: BandRole| roles.iter().position(|r| *r == Some(role)).and_then(|k| loads.get(k)).copied();
    let visible = [BandRole::Blue, BandRole::Green, BandRole::Red].map(of);
    let [Some(blue), Some(green), Some(red)] = visible else { return false };
    let sign = green.signum();
    let most = [blue, green, red].into_iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    let infrared = of(BandRole::Nir).unwrap_or(0.0) * sign;
    let in_visible = [blue, green, red].iter().all(|v| v * sign >= LEAST_VISIBLE);
    in_visible && (-MOST_GREENING..=MOST_INFRARED * most).contains(&infrared)
}

impl HazeField {
    /// The haze in `differences` (`[band][pixel]`, each in its own spread) at `places`; `None` where there is none that is beyond doubt.
    pub(super) fn find(differences: &[Vec<f64>], places: &[Place], roles: &[Option<BandRole>]) -> Option<HazeField> {
        let medians = PARTS.iter().find_map(|parts| Medians::of(differences, places, *parts))?;
        let (vector, common) = medians.smoothest()?;
        if common < LEAST_COMMON {
            return None;
        }
        let along = |m: &Vec<f64>| m.iter().zip(&vector).map(|(m, v)| m * v).sum::<f64>();
        let factor: Vec<Option<f64>> = medians.of.iter().map(|m| m.as_ref().map(along)).collect();
        let thickness = smoothed(&factor, medians.parts);
        let load = |k: usize| {
            let of = medians.of.iter().zip(&thickness);
            correlation(&of.filter_map(|(m, t)| m.as_ref().map(|m| (m[k], *t))).collect::<Vec<_>>())
        };
        let loads: Vec<f64> = (0..vector.len()).map(load).collect();
        if !is_haze(&loads, roles) {
            return None;
        }
        let mut sorted = thickness.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
        let (middle, range) = (at(0.5), at(ENDS[1]) - at(ENDS[0]));
        let thickness = thickness.into_iter().map(|t| (t - middle) / range).collect();
        (range > 0.0).then_some(HazeField { parts: medians.parts, thickness })
    }

    /// Thickness at a place, straight between the middles of the parts.
    pub(super) fn at(&self, place: Place) -> f64 {
        let last = (self.parts - 1) as f64;
        let along = |v: f64| {
            let at = ((v + 1.0) / 2.0 * self.parts as f64 - 0.5).clamp(0.0, last);
            let first = (at as usize).min(self.parts.saturating_sub(2));
            (first, at - first as f64)
        };
        let ((col, right), (row, down)) = (along(place.0), along(place.1));
        let of = |r: usize, c: usize| self.thickness[r * self.parts + c];
        let line = |r: usize| of(r, col) * (1.0 - right) + of(r, col + 1) * right;
        line(row) * (1.0 - down) + line(row + 1) * down
    }

    /// The thinnest and the thickest.
    pub(super) fn range(&self) -> (f64, f64) {
        self.thickness.iter().fold((0.0, 0.0), |(low, high), t| (low.min(*t), high.max(*t)))
    }
}

#[cfg(test)]
mod tests;
