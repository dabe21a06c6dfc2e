//! What a forest is told about a pixel: bytes that mean the same in every scene, season and sensor.
//!
//! Every band is taken over the date's own dark and in units of the date's own smooth ground, so that gain, offset and even haze cancel. Of
//! some ratios and logarithms of these ([`Plane`]) a pixel gets
//!
//! - the value itself, mean of 3 x 3 pixels;
//! - its rank among the date's own pixels (log odds): where it stands among the fields, whatever they look like;
//! - its contrast to the mean of 20 and of 52 pixels around;
//!
//! and besides the variation within 3 and 12 pixels, the density of edges within 12 pixels, the distance from the date's natural ground,
//! and how common its colour is. Wider surroundings are told on a lattice of 4 x 4 pixels of the grid, summed as integers: the same for any tiling.

use super::commonness::Commonness;
use super::lattice::{CELL, Lattice, variation_of_nine};
use super::mean::MeanRow;
use super::natural::NaturalGround;
use super::reference::Reference;
use crate::grid::Window;
use crate::raster::{BandRole, Pixels, Quality};
use ndarray::Array2;

/// Cells on each side that make 12, 20 and 52 pixels around.
const NEAR: usize = 1;
const ROUND: usize = 2;
const WIDE: usize = 6;
/// Pixels around a window that its features depend on.
pub const FEATURE_HALO: usize = (WIDE + 1) * CELL + 1;
/// Fixed point of the planes: units per octave, or per unit of an index.
const UNIT: f32 = 512.0;
/// Least ratio to the smooth ground: darker is noise.
const DARKEST: f32 = 1.0 / 64.0;

/// A quantity that a pixel has at one date, from its bands over dark in units of smooth ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// Mean of blue, green, red; octaves.
    Brightness,
    /// Vegetation index of red and infrared (Rouse 1974), of ratios.
    Vegetation,
    /// Blue over red, octaves.
    BlueRed,
    /// Green over the mean of blue and red, octaves.
    Green,
    /// Infrared, octaves.
    Infrared,
    /// First short-wave infrared over infrared, octaves (the sense of NDBI, Zha 2003).
    SwirInfrared,
    /// First short-wave infrared, octaves.
    Swir,
    /// First over second short-wave infrared, octaves.
    SwirPair,
}

impl Plane {
    /// Those that a set of bands allows; `None` without blue, green, red and infrared.
    pub fn of(roles: &[BandRole]) -> Option<Vec<Plane>> {
        use BandRole::{Blue, Green, Nir, Red, Swir1, Swir2};
        let has = |wanted: &[BandRole]| wanted.iter().all(|r| roles.contains(r));
        let four = [Plane::Brightness, Plane::Vegetation, Plane::BlueRed, Plane::Green, Plane::Infrared];
        let swir = [Plane::SwirInfrared, Plane::Swir, Plane::SwirPair];
        let more: &[Plane] = if has(&[Swir1, Swir2]) { &swir } else { &[] };
        has(&[Blue, Green, Red, Nir]).then(|| four.iter().chain(more).copied().collect())
    }

    /// Name in tables of features.
    pub fn name(self) -> &'static str {
        match self {
            Plane::Brightness => "brightness",
            Plane::Vegetation => "vegetation",
            Plane::BlueRed => "blue-red",
            Plane::Green => "green",
            Plane::Infrared => "infrared",
            Plane::SwirInfrared => "swir-infrared",
            Plane::Swir => "swir",
            Plane::SwirPair => "swir-pair",
        }
    }

    /// Bits dropped when a value becomes a code about 128.
    fn shift(self) -> u32 {
        match self {
            Plane::Brightness | Plane::Infrared | Plane::Swir => 4,
            Plane::BlueRed | Plane::SwirInfrared => 3,
            Plane::Vegetation | Plane::Green | Plane::SwirPair => 2,
        }
    }

    /// The value in fixed point.
    #[inline(always)]
    pub(super) fn value(self, ratio: &Ratios) -> i16 {
        let index = |a: f32, b: f32| ((a - b) / (a + b) * UNIT) as i16;
        match self {
            Plane::Brightness => octaves(ratio.blue + ratio.green + ratio.red) - THIRD,
            Plane::Vegetation => index(ratio.nir, ratio.red),
            Plane::BlueRed => octaves(ratio.blue) - octaves(ratio.red),
            Plane::Green => octaves(ratio.green) - octaves(ratio.blue + ratio.red) + UNIT as i16,
            Plane::Infrared => octaves(ratio.nir),
            Plane::SwirInfrared => octaves(ratio.swir1) - octaves(ratio.nir),
            Plane::Swir => octaves(ratio.swir1),
            Plane::SwirPair => octaves(ratio.swir1) - octaves(ratio.swir2),
        }
    }
}

/// Octaves of 3.
const THIRD: i16 = 768;

/// Bands over dark in units of smooth ground.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ratios {
    pub blue: f32,
    pub green: f32,
    pub red: f32,
    pub nir: f32,
    pub swir1: f32,
    pub swir2: f32,
}

impl Ratios {
    /// From the means of a pixel, `value(band)`.
    pub(super) fn of(yard: &Yardstick, value: impl Fn(usize) -> f32) -> Ratios {
        let mut one = [Ratios::default()];
        let values: Vec<[f32; 1]> = (0..yard.bands).map(|k| [value(k)]).collect();
        yard.fill(|k| &values[k], &mut one);
        one[0]
    }
}

/// What the ratios of a band are taken with.
#[derive(Clone, Copy, Debug)]
struct Band {
    place: usize,
    dark: f32,
    /// One over its smooth ground.
    per: f32,
}

/// Where each band is, its dark, and its smooth ground.
#[derive(Clone, Copy, Debug)]
pub(super) struct Yardstick {
    bands: usize,
    blue: Option<Band>,
    green: Option<Band>,
    red: Option<Band>,
    nir: Option<Band>,
    swir1: Option<Band>,
    swir2: Option<Band>,
}

impl Yardstick {
    pub(super) fn new(roles: &[BandRole], dark: &[f64], smooth: &[f64]) -> Yardstick {
        let of = |role: BandRole| {
            let place = roles.iter().position(|r| *r == role)?;
            Some(Band { place, dark: dark[place] as f32, per: (1.0 / smooth[place].max(1e-9)) as f32 })
        };
        Yardstick {
            bands: roles.len(),
            blue: of(BandRole::Blue),
            green: of(BandRole::Green),
            red: of(BandRole::Red),
            nir: of(BandRole::Nir),
            swir1: of(BandRole::Swir1),
            swir2: of(BandRole::Swir2),
        }
    }

    /// Ratios of a row whose bands are `line(band)`.
    fn fill<'a>(&self, line: impl Fn(usize) -> &'a [f32], out: &mut [Ratios]) {
        let mut fill = |band: Option<Band>, set: fn(&mut Ratios, f32)| {
            let Some(Band { place, dark, per }) = band else { return };
            out.iter_mut().zip(line(place)).for_each(|(r, v)| set(r, ((v - dark) * per).max(DARKEST)));
        };
        fill(self.blue, |r, v| r.blue = v);
        fill(self.green, |r, v| r.green = v);
        fill(self.red, |r, v| r.red = v);
        fill(self.nir, |r, v| r.nir = v);
        fill(self.swir1, |r, v| r.swir1 = v);
        fill(self.swir2, |r, v| r.swir2 = v);
    }
}

/// Logarithm to base 2 in fixed point, straight between powers of two: monotone, within .09, and the same bits everywhere.
#[inline(always)]
pub(super) fn octaves(x: f32) -> i16 {
    ((x.to_bits() as i32 - (127 << 23)) >> 14) as i16
}

/// A fixed-point difference as a code about 128.
#[inline(always)]
fn centred(value: i32, shift: u32) -> u8 {
    ((value >> shift) + 128).clamp(0, 255) as u8
}

/// Codes of every feature over a window.
pub struct Features {
    /// `[feature]` `(rows, cols)`.
    pub codes: Vec<Array2<u8>>,
}

/// Names of the features of one date, in order.
pub fn feature_names(planes: &[Plane]) -> Vec<String> {
    let of = |what: &'static str| planes.iter().map(move |p| format!("{} {what}", p.name()));
    let mut names: Vec<String> = of("value").chain(of("rank")).chain(of("against 20 px")).collect();
    names.extend(of("against 52 px"));
    names.extend(["brightness", "vegetation", "infrared"].map(|p| format!("{p} variation in 3 px")));
    names.extend(["brightness", "vegetation", "infrared"].map(|p| format!("{p} variation in 12 px")));
    names.extend(["edges in 12 px", "distance from natural ground", "commonness"].map(str::to_string));
    names
}

/// Planes whose variation is looked at.
const VARYING: [Plane; 3] = [Plane::Brightness, Plane::Vegetation, Plane::Infrared];

impl Features {
    /// Features of one date over `window`; exact from [`FEATURE_HALO`] pixels inside on. The distance is computed where `wanted`.
    ///
    /// # Nodata
    /// Pixels that were not seen add nothing to any mean; their own codes mean nothing.
    ///
    /// # Cost
    /// Some 40 ns a pixel, and 15 ns where wanted.
    pub fn of(pixels: &Pixels, window: Window, wanted: &Array2<bool>, reference: &Reference) -> Option<Features> {
        let planes = Plane::of(reference.roles())?;
        let yard = reference.yardstick();
        let shape = pixels.shape();
        let seen = pixels.quality.mapv(|q| u8::from(q == Quality::Valid));
        let mut smooth = vec![Array2::<i16>::zeros(shape); planes.len()];
        let mut raw = vec![Array2::<i16>::zeros(shape); VARYING.len()];
        let mut distance = Array2::<u8>::zeros(shape);
        let natural = NaturalGround::new(reference);
        let mut means = MeanRow::new(pixels.bands.dim().0, shape.1);
        let mut ratios = vec![Ratios::default(); shape.1];
        for row in 0..shape.0 {
            means.fill(pixels, &seen, row);
            yard.fill(|k| means.band(k), &mut ratios);
            fill_planes(&planes, &ratios, &seen, row, &mut smooth);
            yard.fill(|k| row_of(pixels, k, row), &mut ratios);
            fill_planes(&VARYING, &ratios, &seen, row, &mut raw);
            natural.codes(&means, wanted.row(row), distance.row_mut(row));
        }
        let lattice = Lattice::of(window, &seen, &smooth, &raw);
        let mut codes: Vec<Array2<u8>> = Vec::with_capacity(4 * planes.len() + 8);
        codes.extend(planes.iter().zip(&smooth).map(|(p, plane)| plane.mapv(|v| centred(v.into(), p.shift()))));
        codes.extend(reference.ranks().iter().zip(&smooth).map(|(rank, plane)| plane.mapv(|v| rank.code(v))));
        for reach in [ROUND, WIDE] {
            let against = |(k, (p, plane)): (usize, (&Plane, &Array2<i16>))| {
                let shift = p.shift().saturating_sub(1);
                lattice.against(plane, &lattice.means(k, reach), |v, around| centred(i32::from(v) - around, shift))
            };
            codes.extend(planes.iter().zip(&smooth).enumerate().map(against));
        }
        codes.extend(raw.iter().map(|plane| variation_of_nine(plane, &seen)));
        codes.extend((0..VARYING.len()).map(|k| lattice.spread_out(&lattice.variances(k, NEAR))));
        codes.push(lattice.spread_out(&lattice.edges(NEAR)));
        codes.push(distance);
        codes.push(commonness_of(reference.commonness(), &planes, &smooth)?);
        Some(Features { codes })
    }
}

/// How common the colours of a window are.
fn commonness_of(commonness: &Commonness, planes: &[Plane], smooth: &[Array2<i16>]) -> Option<Array2<u8>> {
    let mut out = Array2::zeros(smooth.first()?.dim());
    let of = Commonness::places(planes)?.map(|k| smooth[k].as_slice());
    let [Some(a), Some(b), Some(c), Some(d)] = of else { return None };
    let colours = a.iter().zip(b).zip(c).zip(d);
    for (out, (((a, b), c), d)) in out.iter_mut().zip(colours) {
        *out = commonness.code(|axis| [*a, *b, *c, *d][axis]);
    }
    Some(out)
}

/// A row of a band.
fn row_of(pixels: &Pixels, band: usize, row: usize) -> &[f32] {
    let (_, rows, cols) = pixels.bands.dim();
    let first = (band * rows + row) * cols;
    pixels.bands.as_slice().map_or(&[], |s| &s[first..first + cols])
}

/// A row of every plane; 0 where nothing was seen.
fn fill_planes(planes: &[Plane], ratios: &[Ratios], seen: &Array2<u8>, row: usize, out: &mut [Array2<i16>]) {
    let seen = seen.row(row);
    for (plane, out) in planes.iter().zip(out) {
        for ((out, ratio), seen) in out.row_mut(row).iter_mut().zip(ratios).zip(seen) {
            *out = plane.value(ratio) * i16::from(*seen);
        }
    }
}

#[cfg(test)]
mod tests;
