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
use super::lattice::{self, CELL, Lattice, variation_of_nine};
use super::mean::MeanRow;
use super::natural::NaturalGround;
use super::reference::Reference;
use crate::grid::Window;
use crate::raster::{BandRole, Pixels, Quality, wide_fn};
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
            blue: of(BandRole::Blue),
            green: of(BandRole::Green),
            red: of(BandRole::Red),
            nir: of(BandRole::Nir),
            swir1: of(BandRole::Swir1),
            swir2: of(BandRole::Swir2),
        }
    }

    /// The bands in the order of [`Ratios`].
    fn in_order(&self) -> [Option<Band>; 6] {
        [self.blue, self.green, self.red, self.nir, self.swir1, self.swir2]
    }

    /// Ratios of a row whose bands are `line(band)`.
    fn fill<'a>(&self, line: impl Fn(usize) -> &'a [f32], out: &mut RatioRow) {
        for (band, out) in self.in_order().into_iter().zip(&mut out.lines) {
            let Some(Band { place, dark, per }) = band else { continue };
            over_ground(line(place), dark, per, out);
        }
    }

    /// Ratios of one pixel whose bands are `value(band)`.
    pub(super) fn ratios(&self, value: impl Fn(usize) -> f32) -> Ratios {
        let of = |b: Option<Band>| b.map_or(0.0, |b| ratio(value(b.place), b.dark, b.per));
        let [blue, green, red, nir, swir1, swir2] = self.in_order().map(of);
        Ratios { blue, green, red, nir, swir1, swir2 }
    }
}

#[inline(always)]
fn ratio(value: f32, dark: f32, per: f32) -> f32 {
    ((value - dark) * per).max(DARKEST)
}

/// Ratios of a row, band by band in the order of [`Ratios`]; 0 where there is no such band.
struct RatioRow {
    lines: [Vec<f32>; 6],
}

impl RatioRow {
    fn new(cols: usize) -> RatioRow {
        RatioRow { lines: std::array::from_fn(|_| vec![0.0; cols]) }
    }
}

wide_fn!(fn over_ground(values: &[f32], dark: f32, per: f32, out: &mut [f32]) = over_ground_all);
wide_fn!(fn plane_row(plane: Plane, ratios: &RatioRow, seen: &[u8], out: &mut [i16]) = plane_all);
wide_fn!(fn centre_row(values: &[i16], shift: u32, out: &mut [u8]) = centre_all);

#[inline(always)]
fn over_ground_all(values: &[f32], dark: f32, per: f32, out: &mut [f32]) {
    out.iter_mut().zip(values).for_each(|(r, v)| *r = ratio(*v, dark, per));
}

/// A row of a plane; 0 where nothing was seen.
#[inline(always)]
fn plane_all(plane: Plane, ratios: &RatioRow, seen: &[u8], out: &mut [i16]) {
    // One loop per plane: the compiler vectorises each.
    match plane {
        Plane::Brightness => values(Plane::Brightness, ratios, seen, out),
        Plane::Vegetation => values(Plane::Vegetation, ratios, seen, out),
        Plane::BlueRed => values(Plane::BlueRed, ratios, seen, out),
        Plane::Green => values(Plane::Green, ratios, seen, out),
        Plane::Infrared => values(Plane::Infrared, ratios, seen, out),
        Plane::SwirInfrared => values(Plane::SwirInfrared, ratios, seen, out),
        Plane::Swir => values(Plane::Swir, ratios, seen, out),
        Plane::SwirPair => values(Plane::SwirPair, ratios, seen, out),
    }
}

#[inline(always)]
fn values(plane: Plane, ratios: &RatioRow, seen: &[u8], out: &mut [i16]) {
    let n = out.len();
    let ([blue, green, red, nir, swir1, swir2], seen) = (ratios.lines.each_ref().map(|l| &l[..n]), &seen[..n]);
    for j in 0..n {
        let (blue, green, red) = (blue[j], green[j], red[j]);
        let ratios = Ratios { blue, green, red, nir: nir[j], swir1: swir1[j], swir2: swir2[j] };
        out[j] = plane.value(&ratios) * i16::from(seen[j]);
    }
}

#[inline(always)]
fn centre_all(values: &[i16], shift: u32, out: &mut [u8]) {
    out.iter_mut().zip(values).for_each(|(o, v)| *o = centred(i32::from(*v), shift));
}

/// Logarithm to base 2 in fixed point, straight between powers of two: monotone, within .09, and the same bits everywhere.
#[inline(always)]
pub(super) fn octaves(x: f32) -> i16 {
    ((x.to_bits() as i32 - (127 << 23)) >> 14) as i16
}

/// A fixed-point difference as a code about 128.
#[inline(always)]
pub(super) fn centred(value: i32, shift: u32) -> u8 {
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
    /// Some 200 ns a pixel, of which 15 ns where wanted.
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
        let mut ratios = RatioRow::new(shape.1);
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
        codes.extend(planes.iter().zip(&smooth).map(|(p, plane)| centred_plane(plane, p.shift())));
        codes.extend(reference.ranks().iter().zip(&smooth).map(|(rank, plane)| plane.mapv(|v| rank.code(v))));
        for reach in [ROUND, WIDE] {
            let against = |(k, (p, plane)): (usize, (&Plane, &Array2<i16>))| {
                lattice.against(plane, &lattice.means(k, reach), p.shift().saturating_sub(1))
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

impl Features {
    /// Contrasts of the planes to the mean of 20 pixels around, codes about 128.
    pub(super) fn against_near(&self) -> &[Array2<u8>] {
        // Values, ranks, contrasts near and wide come first, one of each per plane.
        let planes = (self.codes.len() - 2 * VARYING.len() - ALONE) / 4;
        &self.codes[2 * planes..3 * planes]
    }
}

/// Features that no plane has: edges, distance, commonness.
const ALONE: usize = 3;

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
fn fill_planes(planes: &[Plane], ratios: &RatioRow, seen: &Array2<u8>, row: usize, out: &mut [Array2<i16>]) {
    let seen = lattice::row(seen, row);
    for (plane, out) in planes.iter().zip(out) {
        if let Some(out) = out.row_mut(row).as_slice_mut() {
            plane_row(*plane, ratios, seen, out);
        }
    }
}

/// A plane as codes about 128.
fn centred_plane(plane: &Array2<i16>, shift: u32) -> Array2<u8> {
    let mut out = Array2::zeros(plane.dim());
    if let (Some(values), Some(out)) = (plane.as_slice(), out.as_slice_mut()) {
        centre_row(values, shift, out);
    }
    out
}

#[cfg(test)]
mod tests;
