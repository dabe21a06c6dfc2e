//! Painting: images as people see them, outlines, maps.
//!
//! In: pixels, a transform, polygons. Out: [`RgbImage`]s and their PNG or JPEG bytes. No text is painted but the digits
//! of the scale bar: legends are the page's.

use super::draw::{disc, fill_shape, north_arrow, stroke};
use super::palette::{self, Rgb};
use crate::features::Shape;
use crate::grid::Affine;
use crate::raster::Quality;
use geo::MultiPolygon;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use ndarray::{ArrayView2, ArrayView3};
use std::sync::LazyLock;

pub use super::draw::{draw_outline, scale_bar};

/// A picture that cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[error("the {width} x {height} px picture '{what}' cannot be encoded as {format}: {found}")]
pub struct PictureError {
    what: &'static str,
    format: &'static str,
    width: u32,
    height: u32,
    found: String,
}

/// What of the values becomes black and white, per displayed channel (red, green, blue).
///
/// Take one from the earlier date and one from the later and [`Stretch::shared`] them, or take it from both at once,
/// so that a pair can be compared by eye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Value that becomes black.
    pub low: [f32; 3],
    /// Value that becomes white.
    pub high: [f32; 3],
}

impl Stretch {
    /// From the 2nd to the 98th percentile of the valid pixels of the three bands `rgb` (indices into `bands`; the same
    /// index three times gives grey).
    ///
    /// # Shapes
    /// `bands (band, row, col)`, `quality (row, col)`.
    ///
    /// # Nodata
    /// Pixels that are not valid do not count; without any valid pixel the stretch is 0 to 1.
    pub fn of(bands: ArrayView3<f32>, quality: ArrayView2<Quality>, rgb: [usize; 3]) -> Stretch {
        let mut out = Stretch { low: [0.0; 3], high: [1.0; 3] };
        for (channel, &band) in rgb.iter().enumerate() {
            let Some(plane) = (band < bands.dim().0).then(|| bands.index_axis(ndarray::Axis(0), band)) else {
                continue;
            };
            let mut values: Vec<f32> = plane
                .iter()
                .zip(quality.iter())
                .filter(|(v, q)| q.is_valid() && v.is_finite())
                .map(|(&v, _)| v)
                .collect();
            if values.is_empty() {
                continue;
            }
            let last = values.len() - 1;
            let mut at = |share: f64| *values.select_nth_unstable_by((last as f64 * share) as usize, f32::total_cmp).1;
            (out.low[channel], out.high[channel]) = (at(0.02), at(0.98));
        }
        out
    }

    /// No narrower than a share of the level in its middle: a quiet field should look like one, and not like its own noise.
    pub fn calmed(self) -> Stretch {
        let mut out = self;
        for (low, high) in out.low.iter_mut().zip(&mut out.high) {
            let middle = (*low + *high) / 2.0;
            let half = (LEAST_RANGE * middle.abs() / 2.0).max((*high - *low) / 2.0);
            (*low, *high) = (middle - half, middle + half);
        }
        out
    }

    /// One stretch for both dates: the mean of the two. Each date keeps its own haze, but both are seen through the
    /// same glass.
    pub fn shared(self, other: Stretch) -> Stretch {
        let mean = |a: [f32; 3], b: [f32; 3]| std::array::from_fn(|i| 0.5 * (a[i] + b[i]));
        Stretch { low: mean(self.low, other.low), high: mean(self.high, other.high) }
    }
}

/// Least range of a calmed stretch, share of the level in its middle. Whole scenes have 1 and more.
const LEAST_RANGE: f32 = 0.8;

/// Steps of the table of the gamma curve.
const GAMMA_STEPS: usize = 4096;

/// Colour of pixels that were not seen.
const UNSEEN: Rgb = [0xd5, 0xd8, 0xdc];

/// The bands `rgb` of `bands` through a stretch.
///
/// # Shapes
/// `bands (band, row, col)`, `quality (row, col)`; the picture is `cols` wide.
///
/// # Nodata
/// Pixels outside, without data or unreadable are light grey; cloud and shadow are shown as they are.
pub fn stretch(bands: ArrayView3<f32>, quality: ArrayView2<Quality>, rgb: [usize; 3], by: &Stretch) -> RgbImage {
    let (count, rows, cols) = bands.dim();
    // A gamma of 1/1.2 lifts the dark end, where fields and forest lie.
    static LIFTED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let lift = |k| (libm::powf(k as f32 / GAMMA_STEPS as f32, 1.0 / 1.2) * 255.0 + 0.5) as u8;
        (0..=GAMMA_STEPS).map(lift).collect()
    });
    let lifted = &*LIFTED;
    RgbImage::from_fn(cols as u32, rows as u32, |x, y| {
        let (row, col) = (y as usize, x as usize);
        let unseen = matches!(
            quality.get((row, col)).copied().unwrap_or(Quality::Outside),
            Quality::Outside | Quality::Nodata | Quality::Unreadable
        );
        if unseen {
            return image::Rgb(UNSEEN);
        }
        image::Rgb(std::array::from_fn(|i| {
            let value = if rgb[i] < count { bands[(rgb[i], row, col)] } else { 0.0 };
            let width = (by.high[i] - by.low[i]).max(f32::MIN_POSITIVE);
            let share = ((value - by.low[i]) / width).clamp(0.0, 1.0);
            lifted[(share * GAMMA_STEPS as f32 + 0.5) as usize]
        }))
    })
}

/// Enlarges by whole pixels (no smoothing: the reader shall see the image's own pixels).
pub fn enlarge(image: &RgbImage, factor: u32) -> RgbImage {
    let factor = factor.max(1) as usize;
    let (width, height) = (image.width() as usize * factor, image.height() as usize * factor);
    let mut out = Vec::with_capacity(width * height * 3);
    for row in image.as_raw().chunks_exact((image.width() as usize * 3).max(1)) {
        let first = out.len();
        out.extend(row.chunks_exact(3).flat_map(|p| std::iter::repeat_n(p, factor)).flatten());
        (1..factor).for_each(|_| out.extend_from_within(first..first + width * 3));
    }
    RgbImage::from_raw(width as u32, height as u32, out).unwrap_or_default()
}

/// Colour of the outline on a cutting.
pub(super) const OUTLINE: Rgb = [0xff, 0xe0, 0x3a];

/// A cutting of one date: the picture enlarged by `factor`, the outline and a scale bar.
///
/// `affine` is the transform of `image` before enlarging; `metres` the width of one of its pixels.
pub fn chip(image: &RgbImage, affine: &Affine, outline: &MultiPolygon<f64>, factor: u32, metres: f64) -> RgbImage {
    let factor = factor.max(1);
    let mut out = enlarge(image, factor);
    draw_outline(&mut out, outline, &enlarged(affine, factor), OUTLINE);
    scale_bar(&mut out, metres / f64::from(factor));
    out
}

/// The transform of a picture enlarged by `factor`.
pub fn enlarged(affine: &Affine, factor: u32) -> Affine {
    let [x, a, b, y, c, d] = affine.0;
    let f = f64::from(factor.max(1));
    Affine([x, a / f, b / f, y, c / f, d / f])
}

/// Something painted on a map.
#[derive(Clone, Debug)]
pub struct Painted<'a> {
    /// Where.
    pub shape: &'a MultiPolygon<f64>,
    /// Colour inside, mixed half and half with what is below.
    pub fill: Option<Rgb>,
    /// Colour of the outline.
    pub line: Rgb,
    /// Smallest size on the picture, px: a smaller shape is marked by a dot of that size, as it could not be seen.
    pub least_px: f64,
}

/// An overview map: the background, toned down, with shapes in their order (later ones on top), a scale bar and a north
/// arrow.
///
/// `affine` is the transform of `background`; `metres` the width of one of its pixels.
pub fn overview(background: &RgbImage, affine: &Affine, metres: f64, painted: &[Painted]) -> RgbImage {
    let mut out = toned(background);
    for item in painted {
        if let Some(fill) = item.fill {
            fill_shape(&mut out, item.shape, affine, fill, 0.55);
        }
        stroke(&mut out, item.shape, affine, item.line, 0.8);
        mark_if_small(&mut out, item, affine);
    }
    scale_bar(&mut out, metres);
    north_arrow(&mut out, affine);
    out
}

/// Towards a light grey, so that colours of shapes stand out.
fn toned(image: &RgbImage) -> RgbImage {
    let mut out = image.clone();
    for p in out.pixels_mut() {
        let grey = (u32::from(p.0[0]) * 299 + u32::from(p.0[1]) * 587 + u32::from(p.0[2]) * 114) / 1000;
        p.0 = p.0.map(|v| ((u32::from(v) * 35 + grey * 30 + 235 * 35) / 100) as u8);
    }
    out
}

fn mark_if_small(out: &mut RgbImage, item: &Painted, affine: &Affine) {
    let (mut low, mut high) = ([f64::MAX; 2], [f64::MIN; 2]);
    for polygon in &item.shape.0 {
        for c in polygon.exterior() {
            let (row, col) = affine.to_pixel(c.x, c.y);
            low = [low[0].min(row), low[1].min(col)];
            high = [high[0].max(row), high[1].max(col)];
        }
    }
    let size = (high[0] - low[0]).max(high[1] - low[1]);
    if size < item.least_px {
        let (row, col) = (0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1]));
        disc(out, row, col, item.least_px * 0.5 + 1.2, [255; 3]);
        disc(out, row, col, item.least_px * 0.5, item.fill.unwrap_or(item.line));
    }
}

/// Picture of `change.tif` values (0, 1, 255).
pub fn change_map(mask: ArrayView2<u8>) -> RgbImage {
    let (rows, cols) = mask.dim();
    RgbImage::from_fn(cols as u32, rows as u32, |x, y| image::Rgb(palette::change(mask[(y as usize, x as usize)])))
}

/// Bounding box of the shapes in map units as `(x_min, y_min, x_max, y_max)`; `None` when there are none.
pub fn bounds<'a>(shapes: impl IntoIterator<Item = &'a Shape>) -> Option<(f64, f64, f64, f64)> {
    let mut out: Option<(f64, f64, f64, f64)> = None;
    for coord in shapes.into_iter().flatten().flat_map(|s| s.0.iter()).flat_map(|p| p.exterior().0.iter()) {
        let (x, y) = (coord.x, coord.y);
        out = Some(out.map_or((x, y, x, y), |b| (b.0.min(x), b.1.min(y), b.2.max(x), b.3.max(y))));
    }
    out
}

/// PNG bytes.
///
/// # Errors
/// [`PictureError`] for a picture without pixels.
pub fn png(image: &RgbImage) -> Result<Vec<u8>, PictureError> {
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    let mut out = Vec::new();
    PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Adaptive)
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(|e| error("map", "PNG", image, e.to_string()))?;
    Ok(out)
}

/// JPEG bytes; `quality` 1-100 (82 is sharp enough for outlines).
///
/// # Errors
/// [`PictureError`] for a picture without pixels or with a side over 65,535 px.
pub fn jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut out = Vec::new();
    let side = |n: u32| u16::try_from(n).unwrap_or(0);
    jpeg_encoder::Encoder::new(&mut out, quality)
        .encode(image.as_raw(), side(image.width()), side(image.height()), jpeg_encoder::ColorType::Rgb)
        .map_err(|e| error("chip", "JPEG", image, e.to_string()))?;
    Ok(out)
}

fn error(what: &'static str, format: &'static str, image: &RgbImage, found: String) -> PictureError {
    PictureError { what, format, width: image.width(), height: image.height(), found }
}
