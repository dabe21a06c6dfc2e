//! How the two dates look against each other where the sky is clear: the yardstick clouds are measured with.
//!
//! Only blue, green and red are needed; every other band helps with shadows. The line that carries one date onto the other
//! runs through their quantiles: it needs no pixel to be unchanged, cannot turn over, and a few percent of cloud or change
//! do not bend it. That is coarse, and enough: a cloud stands out by more than the whole range of the ground.
//!
//! # Source
//! Blue against red: Y. Zhang, B. Guindon, J. Cihlar 2002, "An image transform to characterize and compensate for spatial
//! variations in thin cloud contamination of Landsat images", RSE 82 (the haze optimized transform). Here it is taken of the
//! *difference* of the dates, so that white roofs, sand and turbid water, which stay, cancel out.

use super::MaskParams;
use crate::grid::Window;
use crate::raster::{BandRole, Pixels};
use serde::Serialize;

/// Pixels sampled at most; quantiles of more do not move.
pub const SAMPLE_PX: usize = 100_000;
/// Fewer pixels say nothing about a scene.
const LEAST_SAMPLE: usize = 1000;
/// Quantiles that the line between the dates runs through, percent: clouds fill the upper ones.
const QUANTILES: std::ops::RangeInclusive<usize> = 1..=35;
/// Rounds of fitting without what the last round took for cloud or great change.
const ROUNDS: usize = 3;
/// A sensor's maximum holds at least this many sampled pixels ...
const PLATEAU_PX: usize = 20;
/// ... and this many times as many as the hundredth of the range below it.
const PLATEAU_RATIO: usize = 3;

/// Working positions of the bands the detection names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkyBands {
    /// Blue.
    pub blue: usize,
    /// Green.
    pub green: usize,
    /// Red.
    pub red: usize,
    /// Near infrared, where there is one.
    pub nir: Option<usize>,
}

impl SkyBands {
    /// The bands by role; `None` without blue, green and red.
    pub fn of(roles: &[Option<BandRole>]) -> Option<SkyBands> {
        let at = |role| roles.iter().position(|r| *r == Some(role));
        Some(SkyBands {
            blue: at(BandRole::Blue)?,
            green: at(BandRole::Green)?,
            red: at(BandRole::Red)?,
            nir: at(BandRole::Nir),
        })
    }
}

/// Values of pixels seen at both dates, `[date][band][pixel]`.
#[derive(Clone, Debug, Default)]
pub struct SkySample {
    values: [Vec<Vec<f32>>; 2],
}

impl SkySample {
    /// An empty sample of `bands` bands.
    pub fn new(bands: usize) -> SkySample {
        SkySample { values: [vec![Vec::new(); bands], vec![Vec::new(); bands]] }
    }

    /// Adds every pixel of a window whose working-grid row and column are multiples of `stride` and which both dates show.
    pub fn add(&mut self, window: Window, before: &Pixels, after: &Pixels, stride: usize) {
        let (rows, cols) = before.quality.dim();
        let first = |start: i64| (-start).rem_euclid(stride.max(1) as i64) as usize;
        for i in (first(window.row)..rows).step_by(stride.max(1)) {
            for j in (first(window.col)..cols).step_by(stride.max(1)) {
                if before.quality[(i, j)].is_valid() && after.quality[(i, j)].is_valid() {
                    for (values, pixels) in self.values.iter_mut().zip([before, after]) {
                        values.iter_mut().enumerate().for_each(|(k, v)| v.push(pixels.bands[(k, i, j)]));
                    }
                }
            }
        }
    }

    /// Appends another part; parts are merged in block order.
    pub fn merge(&mut self, other: SkySample) {
        for (mine, theirs) in self.values.iter_mut().flatten().zip(other.values.into_iter().flatten()) {
            mine.extend(theirs);
        }
    }

    fn len(&self) -> usize {
        self.values[0].first().map_or(0, Vec::len)
    }
}

/// One band of a date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SkyBand {
    /// Expected value = gain x value at the other date + offset.
    pub gain: f32,
    /// In the date's own units.
    pub offset: f32,
    /// From the 2nd to the 75th percentile: the unit of rises.
    pub unit: f32,
    /// What is dark.
    pub dark: f32,
    /// The sensor's maximum, where the histogram has a plateau there.
    pub saturated: Option<f32>,
}

/// One date measured against the other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DateSky {
    /// Per working band.
    pub bands: Vec<SkyBand>,
    /// Median rise of blue over red; about 0.
    pub middle: f32,
    /// Rise of blue over red from which on a bright pixel may be cloud.
    pub threshold: f32,
}

impl DateSky {
    /// Rise against the expectation in units of the band.
    pub fn rise(&self, band: usize, value: f32, other: f32) -> f32 {
        let b = &self.bands[band];
        (value - (b.gain * other + b.offset)) / b.unit
    }

    /// Brightness over the dark level as a share of what is expected; 1 = as expected.
    pub fn share(&self, band: usize, value: f32, other: f32) -> f32 {
        let b = &self.bands[band];
        (value - b.dark) / (b.gain * other + b.offset - b.dark).max(0.05 * b.unit)
    }
}

/// Both dates, before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairSky {
    /// Positions of the bands.
    #[serde(skip)]
    pub roles: SkyBands,
    /// Before and after.
    pub dates: [DateSky; 2],
}

/// Value at `percent` of sorted values.
fn quantile(sorted: &[f32], percent: f64) -> f32 {
    let at = percent / 100.0 * (sorted.len().saturating_sub(1)) as f64;
    let (low, part) = (at.floor() as usize, at.fract() as f32);
    let value = |i: usize| sorted[i.min(sorted.len() - 1)];
    value(low) + (value(low + 1) - value(low)) * part
}

/// Median as by [`quantile`].
fn median(values: &mut [f32]) -> f32 {
    if values.is_empty() {
        return quantile(values, 50.0);
    }
    let at = 0.5 * (values.len() - 1) as f64;
    let (_, low, above) = values.select_nth_unstable_by(at as usize, f32::total_cmp);
    let next = above.iter().copied().min_by(f32::total_cmp).unwrap_or(*low);
    *low + (next - *low) * at.fract() as f32
}

/// Positions of values in rising order.
fn order(values: &[f32]) -> Vec<u32> {
    // The order of `total_cmp` as that of whole numbers, with the position below it: far quicker to sort.
    let key = |v: f32| {
        let bits = v.to_bits();
        if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
    };
    let keyed = values.iter().zip(0u64..).map(|(v, i)| u64::from(key(*v)) << 32 | i);
    let mut keyed: Vec<u64> = keyed.collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|k| k as u32).collect()
}

/// Line through the quantiles of both; `None` where one of them does not vary.
fn quantile_line(other: &[f32], own: &[f32]) -> Option<(f32, f32)> {
    let pairs: Vec<(f64, f64)> = QUANTILES
        .map(|q| (f64::from(quantile(other, 2.0 * q as f64)), f64::from(quantile(own, 2.0 * q as f64))))
        .collect();
    let n = pairs.len() as f64;
    let (mx, my) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let sxx: f64 = pairs.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let syy: f64 = pairs.iter().map(|p| (p.1 - my).powi(2)).sum();
    let gain = (syy / sxx).sqrt();
    (gain.is_finite() && gain > 0.0).then_some((gain as f32, (my - gain * mx) as f32))
}

/// The sensor's maximum when pixels pile up at it: more than noise under a ceiling could put there.
fn plateau(all: &[f32]) -> Option<f32> {
    let (top, bottom) = (*all.last()?, *all.first()?);
    let below = top - (top - bottom) / 100.0;
    let first_top = all.partition_point(|v| *v < top);
    let near = first_top - all.partition_point(|v| *v < below);
    let at_top = all.len() - first_top;
    (at_top >= PLATEAU_PX && at_top > PLATEAU_RATIO * near).then_some(top)
}

/// Fits both dates.
///
/// `None` when too little was sampled or a visible band does not vary: then there is no yardstick and nothing is detected.
pub fn fit(sample: &SkySample, roles: SkyBands, params: &MaskParams) -> Option<PairSky> {
    let n = sample.len();
    if n < LEAST_SAMPLE {
        return None;
    }
    let orders = [0, 1].map(|d: usize| sample.values[d].iter().map(|v| order(v)).collect::<Vec<Vec<u32>>>());
    let sorted = |d: usize, keep: &[bool]| -> Vec<Vec<f32>> {
        let each = sample.values[d].iter().zip(&orders[d]);
        each.map(|(v, o)| o.iter().filter(|i| keep[**i as usize]).map(|i| v[*i as usize]).collect()).collect()
    };
    let mut keep = vec![true; n];
    let all = [sorted(0, &keep), sorted(1, &keep)];
    let mut out = None;
    for round in 0..ROUNDS {
        let ordered = if round == 0 { all.clone() } else { [sorted(0, &keep), sorted(1, &keep)] };
        let dates =
            [date(sample, &ordered, 0, roles, &keep, params)?, date(sample, &ordered, 1, roles, &keep, params)?];
        let sky = PairSky { roles, dates };
        let odd = |i: usize| [0, 1].iter().any(|&d| sky.odd(sample, d, i));
        keep = (0..n).map(|i| !odd(i)).collect();
        // Where most has changed there is no better choice than all.
        if keep.iter().filter(|k| **k).count() * 10 < n * 3 {
            keep.fill(true);
        }
        out = Some(sky);
    }
    let mut sky = out?;
    for (date, all) in sky.dates.iter_mut().zip(&all) {
        for (band, all) in date.bands.iter_mut().zip(all) {
            band.dark = quantile(all, 0.1);
            band.saturated = plateau(all);
        }
    }
    Some(sky)
}

fn date(
    sample: &SkySample,
    ordered: &[Vec<Vec<f32>>; 2],
    which: usize,
    roles: SkyBands,
    keep: &[bool],
    params: &MaskParams,
) -> Option<DateSky> {
    let (own, other) = (&ordered[which], &ordered[1 - which]);
    let visible = [roles.blue, roles.green, roles.red];
    let mut bands = Vec::new();
    for (k, (mine, theirs)) in own.iter().zip(other).enumerate() {
        let unit = quantile(mine, 75.0) - quantile(mine, 2.0);
        match quantile_line(theirs, mine) {
            Some((gain, offset)) if unit > 0.0 => {
                bands.push(SkyBand { gain, offset, unit, dark: 0.0, saturated: None });
            }
            _ if visible.contains(&k) => return None,
            // A flat infrared band: as expected everywhere.
            _ => bands.push(SkyBand { gain: 0.0, offset: quantile(mine, 50.0), unit: f32::MAX, ..Default::default() }),
        }
    }
    let mut sky = DateSky { bands, middle: 0.0, threshold: 0.0 };
    let (v, o) = (&sample.values[which], &sample.values[1 - which]);
    let white = |i: usize| {
        let rise = |k: usize| sky.rise(k, v[k][i], o[k][i]);
        rise(roles.blue) - rise(roles.red)
    };
    let mut whites: Vec<f32> = (0..keep.len()).filter(|&i| keep[i]).map(white).collect();
    let middle = median(&mut whites);
    whites.iter_mut().for_each(|w| *w = (*w - middle).abs());
    let spread = median(&mut whites) * 1.4826;
    sky.middle = middle;
    sky.threshold = (params.whiteness as f32).max(params.whiteness_sd as f32 * spread);
    Some(sky)
}

/// A pixel of the sample this much brighter or darker, in units, and of another colour, is left out of the next round.
const ODD_BRIGHTNESS: f32 = 0.3;
/// So is one this much darker in every visible band, whatever its colour: deep shadow would stretch the range of the ground.
const ODD_DARKNESS: f32 = 0.5;

impl PairSky {
    fn odd(&self, sample: &SkySample, which: usize, i: usize) -> bool {
        let (sky, r) = (&self.dates[which], &self.roles);
        let (v, o) = (&sample.values[which], &sample.values[1 - which]);
        let [b, g, red] = [r.blue, r.green, r.red].map(|k| sky.rise(k, v[k][i], o[k][i]));
        let white = b - red - sky.middle;
        let least = if white > 0.0 { b.min(g).min(red) } else { b.max(g).max(red) };
        (white.abs() > sky.threshold && least.abs() > ODD_BRIGHTNESS) || b.max(g).max(red) < -ODD_DARKNESS
    }
}
