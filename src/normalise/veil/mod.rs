//! Haze that is not the same all over the scene.
//!
//! One line per band cannot carry an image with haze that is thick here and thin there onto a clear one. A veil of opacity t turns the
//! ground's value v into (1 - t) v + t w (w the colour of the haze), so gain and offset of a band both follow t. Where t rises evenly to one
//! side they are planes; where the haze lies in patches they follow its thickness ([`HazeField`]). Both are fitted by robust regression,
//! because much of the scene may have changed:
//!
//! before = (o0 + ox x + oy y) + (g0 + gx x + gy y) after,   x, y from -1 to 1 over the scene;
//! before = (o0 + oh h) + (g0 + gh h) after,                 h the thickness.
//!
//! The fit is used only where it is beyond doubt: what a pair without haze has of such slopes (other crops in the north than in the
//! south, a flood on one side) is no veil, and taking it out would take changes with it. A veil narrows the spread of the differences
//! a lot, and the differences rise with it from part to part of the scene; of a change that covers one side, a plane explains three
//! quarters of that at most.

mod field;
mod regression;

pub use field::HazeField;

use super::{Moments, NormaliseParams, PairSample};
use crate::grid::Window;
use crate::raster::{BandRole, Pixels};
use field::{LEAST_PIXELS, median, part_of};
use nalgebra::{DMatrix, DVector};
use ndarray::Axis;
use regression::robust_regression;
use serde::Serialize;

/// Sampled pixels that the surfaces are fitted on; more are thinned evenly.
const MOST_PIXELS: usize = 60_000;
/// The scene is cut into so many parts each way, and the differences of each must follow the plane.
const PARTS: usize = 6;
/// Fewer parts of which enough is seen say nothing of the scene.
const LEAST_PARTS: usize = 12;
/// Least share of the parts' variance that the plane explains in the band that shows the veil. Measured: .74 to .96 under haze.
const LEAST_EXPLAINED: f64 = 0.8;

/// Least gain, of that in the middle, that a veil may leave anywhere.
const LEAST_GAIN: f64 = 0.1;

/// Columns and rows from -1 to 1 over the scene.
type Place = (f64, f64);

/// What a quantity is in the middle of the scene, and what it rises with each of the two measures of a [`Slant`].
type Coefficients = [f64; 3];

/// What haze thickens with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Slant {
    /// Column and row.
    Plane,
    /// The thickness found from place to place.
    Patches(HazeField),
}

impl Slant {
    fn at(&self, place: Place) -> [f64; 2] {
        match self {
            Slant::Plane => [place.0, place.1],
            Slant::Patches(field) => [field.at(place), 0.0],
        }
    }
}

/// What brings a later image with a veil back to one even radiometry: `gain * after + offset`, both rising with the veil.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Veil {
    /// Row and column of the scene's middle, and half its height and width, pixels of the working grid.
    middle: [f64; 2],
    half: [f64; 2],
    slant: Slant,
    /// Per band.
    gain: Vec<Coefficients>,
    /// Per band, units of the later image.
    offset: Vec<Coefficients>,
    /// Robust spread of the differences with the veil taken off over that without, in the band that shows it best.
    pub spread_ratio: f64,
}

/// Share of the variance of the parts' median differences that a plane explains; `None` where too few parts are seen.
fn explained(differences: &[f64], places: &[Place]) -> Option<f64> {
    let mut parts = vec![Vec::new(); PARTS * PARTS];
    for (d, place) in differences.iter().zip(places) {
        parts[part_of(*place, PARTS)].push(*d);
    }
    let middle = |k: usize| (2 * k + 1) as f64 / PARTS as f64 - 1.0;
    let seen = parts.iter_mut().enumerate().filter(|(_, p)| p.len() >= LEAST_PIXELS);
    let medians: Vec<(f64, f64, f64)> = seen.map(|(k, p)| (middle(k % PARTS), middle(k / PARTS), median(p))).collect();
    if medians.len() < LEAST_PARTS {
        return None;
    }
    let columns = DMatrix::from_fn(medians.len(), 3, |i, j| [1.0, medians[i].0, medians[i].1][j]);
    let target = DVector::from_iterator(medians.len(), medians.iter().map(|m| m.2));
    let plane = (columns.transpose() * &columns).cholesky()?.solve(&(columns.transpose() * &target));
    let total = target.add_scalar(-target.mean()).norm_squared();
    let rest = (&target - columns * plane).norm_squared();
    (total > 0.0).then(|| 1.0 - rest / total)
}

/// One band at the thinned pixels.
struct Thinned {
    target: Vec<f64>,
    /// The later image's values in its standard deviations about its mean.
    unit: Vec<f64>,
    moments: Moments,
}

impl Thinned {
    fn of(chosen: &[usize], before: &[f64], after: &[f64]) -> Thinned {
        let pick = |values: &[f64]| chosen.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let mut unit = pick(after);
        let moments = Moments::of(&unit);
        let sd = moments.sd.max(f64::MIN_POSITIVE);
        unit.iter_mut().for_each(|v| *v = (*v - moments.mean) / sd);
        Thinned { target: pick(before), unit, moments }
    }
}

/// The later image against the earlier one, thinned.
struct Pair {
    bands: Vec<Thinned>,
    places: Vec<Place>,
    one: Vec<f64>,
}

/// What one line leaves of a band.
struct Even {
    spread: f64,
    left: Vec<f64>,
}

impl Pair {
    /// What one line per band leaves.
    fn even(&self) -> Option<Vec<Even>> {
        let of = |band: &Thinned| {
            let (k, spread) = robust_regression([&self.one, &band.unit], &band.target)?;
            let left = band.target.iter().zip(&band.unit).map(|(t, u)| t - k[0] - k[1] * u).collect();
            Some(Even { spread, left })
        };
        self.bands.iter().map(of).collect()
    }

    /// Gain and offset of a band that rise with the measures of a slant, and the spread they leave. Relative to the middle, in units of the
    /// later image: gain 1 and offset 0 there.
    fn slanting(&self, band: &Thinned, slant: &Slant) -> Option<(Coefficients, Coefficients, f64)> {
        let (a, b): (Vec<f64>, Vec<f64>) = self.places.iter().map(|p| slant.at(*p)).map(|[a, b]| (a, b)).unzip();
        let times = |a: &[f64]| band.unit.iter().zip(a).map(|(u, a)| u * a).collect::<Vec<f64>>();
        let (one, unit, target) = (&self.one, &band.unit, &band.target);
        let (k, spread) = match slant {
            Slant::Plane => robust_regression([one, &a, &b, unit, &times(&a), &times(&b)], target)?,
            Slant::Patches(_) => {
                let ([o, oh, g, gh], spread) = robust_regression([one, &a, unit, &times(&a)], target)?;
                ([o, oh, 0.0, g, gh, 0.0], spread)
            }
        };
        let gain = [1.0, k[4] / k[3], k[5] / k[3]];
        let rise = |j: usize| k[j] * band.moments.sd / k[3] - band.moments.mean * gain[j];
        Some((gain, [0.0, rise(1), rise(2)], spread))
    }
}

impl Veil {
    /// The veil of a pair; `None` where there is none that is beyond doubt.
    pub fn find(sample: &PairSample, params: &NormaliseParams) -> Option<Veil> {
        let step = sample.len().div_ceil(MOST_PIXELS).max(1);
        let chosen: Vec<usize> = (0..sample.len()).step_by(step).collect();
        let extent = |of: fn(&[u32; 2]) -> u32| {
            let values = sample.at.iter().map(of);
            let (low, high) = (f64::from(values.clone().min()?), f64::from(values.max()?));
            Some(((low + high) / 2.0, ((high - low) / 2.0).max(1.0)))
        };
        let ((row, height), (col, width)) = (extent(|p| p[0])?, extent(|p| p[1])?);
        let blank = |slant| Veil {
            middle: [row, col],
            half: [height, width],
            slant,
            gain: Vec::new(),
            offset: Vec::new(),
            spread_ratio: f64::INFINITY,
        };
        let nothing = blank(Slant::Plane);
        let places: Vec<Place> = chosen.iter().map(|n| nothing.place(sample.at[*n].map(f64::from))).collect();
        let bands = sample.before.iter().zip(&sample.after).map(|(b, a)| Thinned::of(&chosen, b, a)).collect();
        let pair = Pair { bands, places, one: vec![1.0; chosen.len()] };
        let even = pair.even()?;
        let follows = |e: &Even| explained(&e.left, &pair.places).is_some_and(|share| share >= LEAST_EXPLAINED);
        let slanted: Vec<bool> = even.iter().map(follows).collect();
        let plane = nothing.fitted(&pair, &even, &slanted);
        if let Some(plane) = plane.filter(|veil| veil.spread_ratio <= params.veil_max_spread_ratio) {
            return Some(plane);
        }
        let scaled = |e: &Even| e.left.iter().map(|d| d / e.spread).collect::<Vec<f64>>();
        let differences: Vec<Vec<f64>> = even.iter().map(scaled).collect();
        let field = HazeField::find(&differences, &pair.places, &sample.roles)?;
        let visible: Vec<bool> = sample.roles.iter().map(|r| r.is_some_and(BandRole::visible)).collect();
        let patchy = blank(Slant::Patches(field)).fitted(&pair, &even, &visible);
        patchy.filter(|veil| veil.spread_ratio <= params.patchy_veil_max_spread_ratio)
    }

    /// Fits all bands; `None` unless one of those that show the veil is narrowed and every gain stays positive.
    fn fitted(&self, pair: &Pair, even: &[Even], shows: &[bool]) -> Option<Veil> {
        // Without a band that shows a veil there is none, whatever slants.
        if !shows.contains(&true) {
            return None;
        }
        let mut out = self.clone();
        for ((band, even), shows) in pair.bands.iter().zip(even).zip(shows) {
            let (gain, offset, spread) = pair.slanting(band, &out.slant)?;
            if *shows {
                out.spread_ratio = out.spread_ratio.min(spread / even.spread);
            }
            out.gain.push(gain);
            out.offset.push(offset);
        }
        let sound = out.gain.iter().chain(&out.offset).flatten().all(|v| v.is_finite());
        // A veil hides at most part of the ground everywhere.
        let positive = |gain: &Coefficients| match &out.slant {
            Slant::Plane => gain[1].abs() + gain[2].abs() < 1.0,
            Slant::Patches(field) => {
                let (thin, thick) = field.range();
                [thin, thick].iter().all(|h| 1.0 + gain[1] * h > LEAST_GAIN)
            }
        };
        (sound && out.spread_ratio.is_finite() && out.gain.iter().all(positive)).then_some(out)
    }

    /// Whether the haze lies in patches and does not thicken evenly to one side.
    pub fn patchy(&self) -> bool {
        matches!(self.slant, Slant::Patches(_))
    }

    fn place(&self, [row, col]: [f64; 2]) -> Place {
        ((col - self.middle[1]) / self.half[1], (row - self.middle[0]) / self.half[0])
    }

    /// Takes the veil off the later image's sample.
    pub(super) fn lift_sample(&self, sample: &mut PairSample) {
        let slants: Vec<[f64; 2]> = sample.at.iter().map(|at| self.slant.at(self.place(at.map(f64::from)))).collect();
        for (k, values) in sample.after.iter_mut().enumerate() {
            values.iter_mut().zip(&slants).for_each(|(v, slant)| *v = self.even(k, *slant, *v));
        }
    }

    /// Value `value` of band `k` without the veil.
    fn even(&self, k: usize, [a, b]: [f64; 2], value: f64) -> f64 {
        let at = |c: &Coefficients| c[0] + c[1] * a + c[2] * b;
        at(&self.gain[k]) * value + at(&self.offset[k])
    }

    /// Takes the veil off the later image in a window of the working grid.
    pub fn lift(&self, window: Window, after: &mut Pixels) {
        let mut slants = vec![[0.0; 2]; window.cols];
        for i in 0..window.rows {
            let at = |j: usize| [(window.row + i as i64) as f64, (window.col + j as i64) as f64];
            slants.iter_mut().enumerate().for_each(|(j, slant)| *slant = self.slant.at(self.place(at(j))));
            for (k, mut row) in after.bands.index_axis_mut(Axis(1), i).axis_iter_mut(Axis(0)).enumerate() {
                row.iter_mut().zip(&slants).for_each(|(v, slant)| *v = self.even(k, *slant, f64::from(*v)) as f32);
            }
        }
    }
}
