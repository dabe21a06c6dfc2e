//! The stress grid: which cases there are, and what each makes of a pair.

use super::definition::StressParams;
use super::image::{Image, Truth};
use super::random::hash;
use super::{bootstrap, resample, stress};
use crate::error::Error;
use crate::evaluate::{CHANGED, UNCHANGED, UNLABELLED, components};
use crate::grid::Window;
use crate::raster::BandRole;
use ndarray::Array2;

/// A stress case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Case {
    /// Later image moved by so many pixels.
    Shift(f64),
    /// Bands times factors.
    Gain,
    /// Bands plus constants.
    Offset,
    /// A veil.
    Haze,
    /// Noise on the later image.
    Noise,
    /// The earlier image with noise as the later one: nothing changed.
    Copy,
    /// So many percent of the changed sites kept.
    Dilution(f64),
    /// Clouds and shadows.
    Clouds,
    /// Borders without data.
    Borders,
    /// Every quarter by itself.
    Quadrants,
    /// Another reference system.
    OtherCrs,
    /// Coarser pixels.
    Resolution(f64),
}

/// A pair under stress; what is `None` stays as it was.
#[derive(Default)]
pub struct Stressed {
    /// Earlier image.
    pub before: Option<Image>,
    /// Later image.
    pub after: Option<Image>,
    /// Labels on the truth's grid.
    pub codes: Option<Array2<u8>>,
    /// Where clouds and shadows were painted, 1 inside, on the later image's grid; labels there are not scored.
    pub cloud: Option<Truth>,
    /// Shadows.
    pub shadow: Option<Truth>,
    /// Nothing changed: what is flagged is false, labels say nothing.
    pub no_change: bool,
}

/// What a case works on.
pub struct Pair<'a> {
    /// Earlier image.
    pub before: &'a Image,
    /// Later image.
    pub after: &'a Image,
    /// Truth, where there is one.
    pub truth: Option<&'a Truth>,
}

impl Case {
    /// The cases that are asked for.
    pub fn all(params: &StressParams) -> Vec<Case> {
        let on = |value: f64, case: Case| (value > 0.0).then_some(case);
        let mut out: Vec<Case> = params.shifts_px.iter().map(|s| Case::Shift(*s)).collect();
        out.extend(on(params.gain_percent, Case::Gain));
        out.extend(on(params.offset_percent, Case::Offset));
        out.extend(on(params.haze_percent, Case::Haze));
        out.extend(on(params.noise_percent, Case::Noise));
        out.extend(on(params.copy_noise_percent, Case::Copy));
        out.extend(params.dilution_percents.iter().map(|d| Case::Dilution(*d)));
        out.extend(on(params.cloud_percent, Case::Clouds));
        out.extend(on(params.border_percent, Case::Borders));
        out.extend(params.quadrants.then_some(Case::Quadrants));
        out.extend(params.other_crs.then_some(Case::OtherCrs));
        out.extend(on(params.resolution_factor, Case::Resolution(params.resolution_factor)));
        out
    }

    /// Name in tables and files.
    pub fn name(self) -> String {
        match self {
            Case::Shift(px) => format!("shift-{px}px"),
            Case::Gain => "gain".into(),
            Case::Offset => "offset".into(),
            Case::Haze => "haze".into(),
            Case::Noise => "noise".into(),
            Case::Copy => "no-change".into(),
            Case::Dilution(percent) => format!("dilution-{percent}%"),
            Case::Clouds => "clouds".into(),
            Case::Borders => "borders".into(),
            Case::Quadrants => "quadrants".into(),
            Case::OtherCrs => "other-crs".into(),
            Case::Resolution(factor) => format!("resolution-{factor}x"),
        }
    }

    /// The pair under this stress: one, or several whose counts are pooled. `stream` tells tiles apart.
    /// `Ok(Err(reason))` where the case does not apply to the pair.
    pub fn apply(
        self,
        pair: &Pair,
        params: &StressParams,
        stream: u64,
    ) -> Result<Result<Vec<Stressed>, &'static str>, Error> {
        let seed = hash(&[params.seed, stream]);
        let after = &pair.after.pixels;
        let later = |pixels| Stressed { after: Some(pair.after.with(pixels)), ..Default::default() };
        let share = |percent: f64| percent / 100.0;
        let one = match self {
            Case::Shift(px) => {
                let unit = px / 5f64.sqrt();
                later(resample::shifted(after, 2.0 * unit, unit))
            }
            Case::Gain => later(stress::gain(after, share(params.gain_percent), seed)),
            Case::Offset => later(stress::offset(after, share(params.offset_percent), seed)),
            Case::Haze => later(stress::haze(after, share(params.haze_percent), &veil(pair.after), seed)),
            Case::Noise => later(stress::noise(after, share(params.noise_percent), seed)),
            Case::Copy => {
                let pixels = stress::noise(&pair.before.pixels, share(params.copy_noise_percent), seed);
                Stressed { after: Some(pair.before.with(pixels)), no_change: true, ..Default::default() }
            }
            Case::Dilution(percent) => return Ok(dilution(pair, share(percent), seed)),
            Case::Clouds => {
                let painted = stress::clouds(
                    after,
                    pair.after.grid.gsd_mean_m(),
                    share(params.cloud_percent),
                    &shade(pair.after),
                    seed,
                );
                let place = |mask: &Array2<bool>| {
                    Some(Truth { grid: pair.after.grid.clone(), codes: mask.mapv(u8::from), polygons: None })
                };
                Stressed { cloud: place(&painted.cloud), shadow: place(&painted.shadow), ..later(painted.pixels) }
            }
            Case::Borders => {
                let (pixels, lost) = stress::borders(after, share(params.border_percent));
                let lost = Truth { grid: pair.after.grid.clone(), codes: lost.mapv(u8::from), polygons: None };
                let codes = match pair.truth {
                    Some(truth) => {
                        let lost = lost.on(&truth.grid)?.codes.mapv(|l| l == 1);
                        Some(bootstrap::without(&truth.codes, &lost))
                    }
                    None => None,
                };
                Stressed { codes, ..later(pixels) }
            }
            Case::Quadrants => return Ok(quadrants(pair)),
            Case::OtherCrs => Stressed { after: Some(pair.after.elsewhere()?), ..Default::default() },
            Case::Resolution(factor) => Stressed { after: Some(pair.after.coarser(factor)), ..Default::default() },
        };
        Ok(Ok(vec![one]))
    }
}

/// How much of a veil each band sees: scattering falls with the wavelength. Bands that carry no name see all of it.
fn veil(image: &Image) -> Vec<f64> {
    let part = |role: Option<BandRole>| match role {
        Some(BandRole::Green) => 0.8,
        Some(BandRole::Red) => 0.65,
        Some(BandRole::Nir) => 0.4,
        Some(BandRole::Swir1 | BandRole::Swir2) => 0.15,
        Some(BandRole::Blue) | None => 1.0,
    };
    image.info.bands.iter().map(|b| part(b.role)).collect()
}

/// What a cloud's shadow takes of the light of each band: the sky goes on shining, most in blue.
fn shade(image: &Image) -> Vec<f64> {
    let part = |role: Option<BandRole>| match role {
        Some(BandRole::Blue) => 0.4,
        Some(BandRole::Green) => 0.47,
        Some(BandRole::Red) => 0.53,
        _ => 0.6,
    };
    image.info.bands.iter().map(|b| part(b.role)).collect()
}

fn dilution(pair: &Pair, kept: f64, seed: u64) -> Result<Vec<Stressed>, &'static str> {
    let Some(truth) = pair.truth else { return Err("there is no truth to thin out") };
    if pair.before.grid != pair.after.grid {
        return Err("the dates lie on different grids");
    }
    let sites = components(truth.codes.mapv(|c| u8::from(c == CHANGED)).view());
    if sites.count < 3 {
        return Err("fewer than three changed sites");
    }
    let stay = stress::chosen(sites.count, kept, seed);
    let alike = truth.codes.mapv(|c| c == UNCHANGED);
    let (pixels, replaced) = stress::undone(&pair.before.pixels, &pair.after.pixels, &sites, &stay, &alike, seed);
    let mut codes = truth.codes.clone();
    codes.zip_mut_with(&replaced, |c, r| *c = if *r { UNLABELLED } else { *c });
    Ok(vec![Stressed { after: Some(pair.after.with(pixels)), codes: Some(codes), ..Default::default() }])
}

fn quadrants(pair: &Pair) -> Result<Vec<Stressed>, &'static str> {
    let (before, after) = (&pair.before.grid, &pair.after.grid);
    if before != after {
        return Err("the dates lie on different grids");
    }
    let (rows, cols) = (before.rows / 2, before.cols / 2);
    if rows < 32 || cols < 32 {
        return Err("quarters of less than 32 pixels");
    }
    let corner = |row: usize, col: usize| {
        let (high, wide) =
            (if row > 0 { before.rows - rows } else { rows }, if col > 0 { before.cols - cols } else { cols });
        let window = Window { row: row as i64, col: col as i64, rows: high, cols: wide };
        Stressed { before: Some(pair.before.cut(window)), after: Some(pair.after.cut(window)), ..Default::default() }
    };
    Ok(vec![corner(0, 0), corner(0, cols), corner(rows, 0), corner(rows, cols)])
}
