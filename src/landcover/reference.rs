//! What natural ground looks like at one date.
//!
//! Fields, forest and water cover smooth ground by the hectare; roofs and roads do not. So pixels whose neighbourhood varies
//! least are sampled, a mixture of Gaussians is fitted, and Gaussians that hold next to nothing are dropped: a building site is
//! smooth too, but rare.

use super::LandcoverParams;
use super::commonness::Commonness;
use super::features::{Plane, Yardstick};
use super::mixture::{self, Component};
use super::params::{BRIGHT, RARE_PERCENT};
use super::rank::Rank;
use crate::raster::{BandRole, Pixels};
use nalgebra::{DMatrix, DVector};
use ndarray::{Array2, s};
use serde::Serialize;

/// Radius of the neighbourhood whose variation is looked at, pixels: wider than a village road, narrower than a field.
const SMOOTH_RADIUS: usize = 3;
const SMOOTH_SIDE: usize = 2 * SMOOTH_RADIUS + 1;
/// Pixels of natural ground from which a land survey teaches what it looks like.
const LEAST_SURVEYED: usize = 400;
/// A Gaussian of the survey's natural ground holding less than this is none, percent.
const TAUGHT_PERCENT: f64 = 1.0;
/// Share of the sampled ground that counts as smooth.
const SMOOTH_SHARE: f64 = 0.5;

/// Pixels of one date from which the reference is learnt; parts are merged in tile order.
#[derive(Clone, Debug, Default)]
pub struct ReferenceSample {
    /// Smoothed values, `[band][pixel]`.
    values: Vec<Vec<f32>>,
    /// Variation of each pixel's neighbourhood.
    variation: Vec<f32>,
    /// Whether the land survey calls each pixel natural ground; empty without a survey.
    surveyed: Vec<bool>,
}

impl ReferenceSample {
    /// Samples every `stride`-th pixel of a tile whose neighbourhood is wholly valid; `scale` is the noise of each band, `survey` marks the
    /// pixels that the land survey calls natural ground.
    pub fn of_tile(pixels: &Pixels, stride: usize, scale: &[f64], survey: Option<&Array2<bool>>) -> ReferenceSample {
        let (bands, rows, cols) = pixels.bands.dim();
        let r = SMOOTH_RADIUS;
        let mut out = ReferenceSample { values: vec![Vec::new(); bands], ..ReferenceSample::default() };
        for i in (r..rows.saturating_sub(r)).step_by(stride) {
            for j in (r..cols.saturating_sub(r)).step_by(stride) {
                let around = s![i - r..=i + r, j - r..=j + r];
                if !pixels.quality.slice(around).iter().all(|q| q.is_valid()) {
                    continue;
                }
                let mut variation = 0.0f64;
                for (band, (values, sd)) in pixels.bands.outer_iter().zip(out.values.iter_mut().zip(scale)) {
                    let (mut sums, mut squares) = ([0.0f64; SMOOTH_SIDE], [0.0f64; SMOOTH_SIDE]);
                    for row in band.slice(around).rows() {
                        for (c, v) in row.iter().enumerate() {
                            let v = f64::from(*v);
                            sums[c] += v;
                            squares[c] += v * v;
                        }
                    }
                    let n = (SMOOTH_SIDE * SMOOTH_SIDE) as f64;
                    let (sum, squares) = (sums.iter().sum::<f64>(), squares.iter().sum::<f64>());
                    variation += (squares / n - (sum / n).powi(2)).max(0.0) / (sd * sd);
                    // The mean that land cover is told from, of which nothing is missing here.
                    let near = band.slice(s![i - 1..=i + 1, j - 1..=j + 1]);
                    values.push(near.iter().fold(0.0f32, |sum, v| sum + v) / 9.0);
                }
                out.variation.push(variation as f32);
                out.surveyed.extend(survey.map(|s| s[(i, j)]));
            }
        }
        out
    }

    /// Appends another part.
    pub fn merge(&mut self, other: ReferenceSample) {
        self.values.resize_with(self.values.len().max(other.values.len()), Vec::new);
        self.values.iter_mut().zip(other.values).for_each(|(mine, theirs)| mine.extend(theirs));
        self.variation.extend(other.variation);
        self.surveyed.extend(other.surveyed);
    }
}

/// The value of rank `at`.
fn ranked(values: &[f32], at: usize) -> f32 {
    *values.to_vec().select_nth_unstable_by(at, f32::total_cmp).1
}

/// Natural ground at one date, and the yardsticks of the rules.
#[derive(Clone, Debug, Serialize)]
pub struct Reference {
    /// Darkest value of each band (haze and offset), in the image's units.
    pub dark: Vec<f64>,
    /// Median of the smooth ground over dark, each band.
    pub smooth: Vec<f64>,
    /// Bare soil over dark, each band.
    pub soil: Vec<f64>,
    /// Vegetation index of bare soil.
    pub soil_index: f64,
    /// Vegetation index of the greenest ground.
    pub green_index: f64,
    /// Infrared over dark of the ground brightest in it; 0 without an infrared band.
    pub infrared: f64,
    /// Natural Gaussians: share of the smooth ground.
    pub weights: Vec<f64>,
    /// Their spread: geometric mean of the standard deviations along their axes, in the image's units.
    pub spreads: Vec<f64>,
    /// Spread and share of the Gaussians left out because they are too broad or too rare.
    pub left_out: Vec<(f64, f64)>,
    #[serde(skip)]
    ranks: Vec<Rank>,
    #[serde(skip)]
    commonness: Commonness,
    #[serde(skip)]
    roles: Vec<BandRole>,
    #[serde(skip)]
    means: Vec<DVector<f64>>,
    #[serde(skip)]
    whitening: Vec<DMatrix<f64>>,
}

impl Reference {
    /// Learns the reference; `None` when the scene shows too little smooth ground or the bands carry no red.
    pub fn learn(sample: &ReferenceSample, roles: &[BandRole], params: &LandcoverParams) -> Option<Reference> {
        let count = sample.variation.len();
        if count < 400 || !roles.contains(&BandRole::Red) || !roles.contains(&BandRole::Green) {
            return None;
        }
        // With a land survey, natural ground is what it says. It is never all of it right, but what was built on farmland since is rare there.
        let surveyed: Vec<usize> = (0..sample.surveyed.len()).filter(|n| sample.surveyed[*n]).collect();
        let taught = surveyed.len() >= LEAST_SURVEYED;
        let ground: Vec<usize> = if taught { surveyed } else { (0..count).collect() };
        let variation: Vec<f32> = ground.iter().map(|n| sample.variation[*n]).collect();
        let limit = ranked(&variation, ((variation.len() - 1) as f64 * SMOOTH_SHARE) as usize);
        let calm: Vec<usize> = ground.iter().copied().filter(|n| sample.variation[*n] <= limit).collect();
        let chosen = |values: &Vec<f32>| calm.iter().map(|n| f64::from(values[*n])).collect::<Vec<f64>>();
        let smooth: Vec<Vec<f64>> = sample.values.iter().map(chosen).collect();
        let dark: Vec<f64> = sample.values.iter().map(|v| f64::from(ranked(v, count / 1000))).collect();
        // Half a per cent of the brightness range: quantisation must not make a Gaussian a needle.
        let range = smooth.iter().flatten().fold(0.0, |most: f64, v| most.max(v.abs()));
        let floor = (range * 0.002).powi(2).max(1e-12);
        let fitted = mixture::fit(&smooth, params.components, floor);
        let (natural, left_out) = match taught {
            true => fitted.iter().partition(|c| c.weight * 100.0 >= TAUGHT_PERCENT),
            false => natural_part(&fitted, &dark, roles, params),
        };
        let over = |values: &[f64], dark: f64| {
            let mut values = values.to_vec();
            let middle = values.len() / 2;
            (*values.select_nth_unstable_by(middle, f64::total_cmp).1 - dark).max(range * 0.002).max(1e-9)
        };
        let median: Vec<f64> = smooth.iter().zip(&dark).map(|(v, d)| over(v, *d)).collect();
        let yard = Yardstick::new(roles, &dark, &median);
        let spectrum = |n: usize| yard.ratios(|k| sample.values[k][n]);
        let planes = Plane::of(roles).unwrap_or_default();
        let mut reference = Reference {
            ranks: planes.iter().map(|p| Rank::new((0..count).map(|n| p.value(&spectrum(n))).collect())).collect(),
            commonness: Commonness::of(ground.iter().map(|n| spectrum(*n))),
            smooth: median,
            dark,
            soil: Vec::new(),
            soil_index: 0.0,
            green_index: 0.0,
            infrared: 0.0,
            weights: natural.iter().map(|c| c.weight).collect(),
            spreads: natural.iter().map(|c| spread(c)).collect(),
            left_out: left_out.iter().map(|c| (spread(c), c.weight)).collect(),
            roles: roles.to_vec(),
            means: natural.iter().map(|c| c.mean.clone()).collect(),
            whitening: natural.iter().filter_map(|c| c.covariance.clone().cholesky()?.l().try_inverse()).collect(),
        };
        if reference.whitening.len() != natural.len() || natural.is_empty() {
            return None;
        }
        reference.find_yardsticks();
        Some(reference)
    }

    /// Bare soil is the natural ground that is least green without being water; green is the greenest.
    fn find_yardsticks(&mut self) {
        let over_dark: Vec<Vec<f64>> =
            self.means.iter().map(|m| m.iter().zip(&self.dark).map(|(v, d)| (v - d).max(0.0)).collect()).collect();
        self.infrared = over_dark.iter().filter_map(|s| self.band(s, BandRole::Nir)).fold(0.0, f64::max);
        let dry: Vec<(f64, f64, &Vec<f64>)> = over_dark
            .iter()
            .zip(&self.weights)
            .filter(|(s, _)| !self.watery(s))
            .map(|(s, w)| (self.index(s), *w, s))
            .collect();
        let least = dry.iter().map(|d| d.0).fold(f64::INFINITY, f64::min);
        self.green_index = dry.iter().map(|d| d.0).fold(f64::NEG_INFINITY, f64::max);
        // Soils differ in moisture: all ground within a tenth of the index of the barest one speaks for soil, by its share.
        let soils: Vec<(f64, &Vec<f64>)> = dry.iter().filter(|d| d.0 <= least + 0.1).map(|d| (d.1, d.2)).collect();
        let share: f64 = soils.iter().map(|s| s.0).sum();
        self.soil = (0..self.dark.len())
            .map(|k| (soils.iter().map(|s| s.0 * s.1[k]).sum::<f64>() / share.max(1e-12)).max(1e-6))
            .collect();
        self.soil_index = if least.is_finite() { least } else { 0.0 };
        if !self.green_index.is_finite() {
            self.green_index = self.soil_index;
        }
    }

    /// Dark and smooth ground as features take them.
    pub(super) fn yardstick(&self) -> Yardstick {
        Yardstick::new(&self.roles, &self.dark, &self.smooth)
    }

    /// Ranks of the planes of the features.
    pub(super) fn ranks(&self) -> &[Rank] {
        &self.ranks
    }

    /// How common colours are.
    pub(super) fn commonness(&self) -> &Commonness {
        &self.commonness
    }

    /// Bands, in the order of all vectors here.
    pub fn roles(&self) -> &[BandRole] {
        &self.roles
    }

    fn band(&self, spectrum: &[f64], role: BandRole) -> Option<f64> {
        self.roles.iter().position(|r| *r == role).map(|k| spectrum[k])
    }

    /// Vegetation index of a spectrum over dark: NDVI (Rouse 1974) with an infrared band, else green against red.
    pub fn index(&self, over_dark: &[f64]) -> f64 {
        let red = self.band(over_dark, BandRole::Red).unwrap_or(0.0);
        let other =
            self.band(over_dark, BandRole::Nir).or_else(|| self.band(over_dark, BandRole::Green)).unwrap_or(0.0);
        if other + red > 0.0 { (other - red) / (other + red) } else { 0.0 }
    }

    /// Open water: under 15 % of the brightest ground's infrared, and no more infrared than green (the sense of NDWI > 0,
    /// McFeeters 1996, with a margin for scenes where water is the darkest thing in every band). Never without infrared.
    pub fn watery(&self, over_dark: &[f64]) -> bool {
        match (self.band(over_dark, BandRole::Green), self.band(over_dark, BandRole::Nir)) {
            (Some(g), Some(n)) => n < 0.15 * self.infrared && n <= g + 0.03 * self.infrared,
            _ => false,
        }
    }

    /// Cosine of the angle between a spectrum over dark and the soil's (spectral angle, Kruse 1993): 1 = the same colour.
    pub fn soil_likeness(&self, over_dark: &[f64]) -> f64 {
        let dot: f64 = over_dark.iter().zip(&self.soil).map(|(a, b)| a * b).sum();
        let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        dot / (length(over_dark) * length(&self.soil)).max(1e-12)
    }

    /// The natural Gaussians: means, and the lower triangles that whiten (the inverse Cholesky factors of the covariances).
    pub(super) fn gaussians(&self) -> impl Iterator<Item = (&DVector<f64>, &DMatrix<f64>)> {
        self.means.iter().zip(&self.whitening)
    }
}

/// Geometric mean of a Gaussian's standard deviations along its axes.
fn spread(c: &Component) -> f64 {
    let dims = c.mean.len() as f64;
    c.covariance.determinant().max(0.0).powf(0.5 / dims)
}

/// Gaussians that describe natural ground: common ones, and rare ones that are neither broad nor brighter than the common soil.
fn natural_part<'a>(
    fitted: &'a [Component],
    dark: &[f64],
    roles: &[BandRole],
    params: &LandcoverParams,
) -> (Vec<&'a Component>, Vec<&'a Component>) {
    let mut by_spread: Vec<&Component> = fitted.iter().collect();
    by_spread.sort_by(|a, b| spread(a).total_cmp(&spread(b)));
    let half = fitted.iter().map(|c| c.weight).sum::<f64>() / 2.0;
    let mut seen = 0.0;
    let median = by_spread.iter().find(|c| {
        seen += c.weight;
        seen >= half
    });
    let broad = median.map_or(f64::INFINITY, |c| spread(c) * params.max_component_spread);
    let percent = |c: &Component| c.weight * 100.0;
    let visible: Vec<usize> =
        (0..roles.len()).filter(|&k| matches!(roles[k], BandRole::Blue | BandRole::Green | BandRole::Red)).collect();
    // The brightest common ground in each visible band.
    let common: Vec<f64> = visible
        .iter()
        .map(|&k| {
            let of = fitted.iter().filter(|c| percent(c) >= RARE_PERCENT).map(|c| c.mean[k] - dark[k]);
            of.fold(0.0, f64::max)
        })
        .collect();
    let bright =
        |c: &Component| visible.iter().zip(&common).all(|(&k, m)| *m > 0.0 && c.mean[k] - dark[k] > BRIGHT * m);
    fitted.iter().partition(|c| {
        let odd = spread(c) > broad || bright(c);
        percent(c) >= if odd { RARE_PERCENT } else { params.min_component_percent }
    })
}
