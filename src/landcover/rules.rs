//! The rules: from a spectrum and the date's own reference to a class.
//!
//! All figures are relative to the date's own bare soil (over dark), so that gain, haze and sensor cancel. With `d` the
//! distance from natural ground, `i` the vegetation index, and `soil`, `green` the scene's own indices:
//!
//! | first that holds | class |
//! |---|---|
//! | infrared < 0.15 of the scene's brightest and no more than green | water |
//! | d < works-distance, i > half-way soil to green | green vegetation |
//! | d < works-distance, i > a fifth of the way | sparse vegetation |
//! | d < works-distance | bare soil |
//! | i > 0.75 of the way to green | green vegetation (unusual, but leaves) |
//! | i > 0.3 of the way to green and greener than soil is red | green cover (net, paint) |
//! | infrared < 0.45 and red < 0.45 of soil's | photovoltaic |
//! | infrared < 0.75 and red < 0.75 of soil's | hard surface (asphalt) |
//! | of the soil's colour (spectral angle under 8 degrees) and over 1.1 of it in every visible band | earthwork |
//! | blue against red > 1.35 of soil's and every band > 1.35 of soil's | greenhouse |
//! | blue against red within 1.3-1.7 of soil's | hard surface |
//! | else | building (red, blue or other roof) |
//!
//! Excavation and rubble are not told from hard surface and earthwork by these rules; their codes wait for trained models.

use super::reference::{Reference, seen};
use super::{Class, LandcoverParams};
use crate::raster::{BandRole, Pixels};
use ndarray::Array2;

/// Cosine of 7.7 degrees: moved earth of a scene stays within 5 to 8 of its soil, concrete is 8 and more away.
const SOIL_COLOUR: f64 = 0.991;

/// Class and distance from natural ground per pixel.
#[derive(Clone, Debug)]
pub struct Classified {
    /// [`Class`] as a value; [`Class::UNCLASSIFIED`] where not asked for or not seen.
    pub class: Array2<u8>,
    /// Distance from natural ground, its standard deviations; 0 where not classified.
    pub distance: Array2<f32>,
}

/// Classifies the pixels where `wanted` is true.
///
/// # Shapes
/// `pixels (band, rows, cols)`, `wanted` and results `(rows, cols)`. Exact from one pixel inside the array on (3 x 3 mean).
/// # Nodata
/// [`Class::UNCLASSIFIED`].
pub fn classify(pixels: &Pixels, wanted: &Array2<bool>, reference: &Reference, params: &LandcoverParams) -> Classified {
    let smooth = super::smooth3(pixels);
    let bands = smooth.dim().0;
    let mut class = Array2::from_elem(wanted.dim(), Class::UNCLASSIFIED);
    let mut distance = Array2::zeros(wanted.dim());
    let mut spectrum = vec![0.0f32; bands];
    for (at, _) in wanted.indexed_iter().filter(|(_, w)| **w) {
        if !seen(&pixels.quality, at) {
            continue;
        }
        (0..bands).for_each(|k| spectrum[k] = smooth[(k, at.0, at.1)]);
        let d = reference.distance(&spectrum);
        distance[at] = d as f32;
        class[at] = class_of(&spectrum, d, reference, params) as u8;
    }
    Classified { class, distance }
}

fn class_of(spectrum: &[f32], distance: f64, reference: &Reference, params: &LandcoverParams) -> Class {
    let over: Vec<f64> = spectrum.iter().zip(&reference.dark).map(|(v, d)| (*v as f64 - d).max(0.0)).collect();
    if reference.watery(&over) {
        return Class::Water;
    }
    let way =
        (reference.index(&over) - reference.soil_index) / (reference.green_index - reference.soil_index).max(0.05);
    if distance < params.works_distance {
        return match way {
            w if w > 0.5 => Class::Vegetation,
            w if w > 0.2 => Class::SparseVegetation,
            _ => Class::BareSoil,
        };
    }
    let roles = reference.roles();
    let at = |role: BandRole| roles.iter().position(|r| *r == role);
    let relative = |role: BandRole| at(role).map(|k| over[k] / reference.soil[k]);
    let (red, green) = (relative(BandRole::Red).unwrap_or(1.0), relative(BandRole::Green).unwrap_or(1.0));
    let blue = relative(BandRole::Blue).unwrap_or(green);
    let nir = relative(BandRole::Nir).unwrap_or(red);
    if way > 0.75 {
        return Class::Vegetation;
    }
    // Net and paint: green stands over red and blue as no soil does, yet the infrared stays behind leaves.
    if way > 0.2 && green > 1.25 * red && green > blue {
        return Class::GreenCover;
    }
    let colour = blue / red.max(1e-6);
    let soil_coloured = reference.soil_likeness(&over) > SOIL_COLOUR;
    match () {
        () if nir < 0.45 && red < 0.45 => Class::Photovoltaic,
        () if nir < 0.75 && red < 0.75 => Class::HardSurface,
        () if soil_coloured && red.min(green).min(blue) > 1.1 => Class::Earthwork,
        () if colour > 1.35 && red.min(nir) > 1.35 => Class::Greenhouse,
        () if (1.3..1.7).contains(&colour) => Class::HardSurface,
        () => Class::Building,
    }
}
