//! Pictures of a sheet: the same ground at every date, through the same glass.

use crate::grid::Affine;
use crate::raster::Quality;
use crate::report::draw::{draw_outline, north_arrow, scale_bar_of};
use crate::report::picture::{OUTLINE, Stretch, enlarge, enlarged, stretch};
use geo::MultiPolygon;
use image::RgbImage;
use ndarray::{ArrayView2, ArrayView3};

/// Least length of the longer side, px: 87 mm of paper at 190 dots per inch.
const LEAST_PX: usize = 650;

/// Pixels of one date, cut to the window that all dates share.
#[derive(Clone, Copy, Debug)]
pub struct ChipDate<'a> {
    /// `(band, row, col)`.
    pub bands: ArrayView3<'a, f32>,
    /// `(row, col)`.
    pub quality: ArrayView2<'a, Quality>,
}

/// One stretch for any number of dates: the mean of theirs, calmed; `None` without a date.
pub fn shared_stretch(dates: &[Stretch]) -> Option<Stretch> {
    let mean = |of: fn(&Stretch) -> [f32; 3]| {
        std::array::from_fn(|i| dates.iter().map(|s| of(s)[i]).sum::<f32>() / dates.len() as f32)
    };
    (!dates.is_empty()).then(|| Stretch { low: mean(|s| s.low), high: mean(|s| s.high) }.calmed())
}

/// A picture per date with the outline of the patch, a scale bar and a north arrow, all with the same extent and the
/// same stretch, enlarged by whole pixels until they print sharp. Returns the pictures and how often they were enlarged.
///
/// `rgb` are the bands shown (as in [`Stretch::of`]), `affine` is the transform of the window, `metres` the ground width
/// of one of its pixels; `look` is the stretch where it was taken from a larger part ([`shared_stretch`]), else it is
/// taken from the windows.
pub fn evidence_chips(
    dates: &[ChipDate],
    rgb: [usize; 3],
    look: Option<Stretch>,
    affine: &Affine,
    outline: &MultiPolygon<f64>,
    metres: f64,
) -> (Vec<RgbImage>, u32) {
    let own = || shared_stretch(&dates.iter().map(|d| Stretch::of(d.bands, d.quality, rgb)).collect::<Vec<_>>());
    let Some(look) = look.or_else(own) else { return (Vec::new(), 1) };
    let longest = dates.iter().map(|d| d.bands.dim().1.max(d.bands.dim().2)).max().unwrap_or(0).max(1);
    let factor = LEAST_PX.div_ceil(longest) as u32;
    let one = |d: &ChipDate| {
        let mut out = enlarge(&stretch(d.bands, d.quality, rgb, &look), factor);
        let affine = enlarged(affine, factor);
        draw_outline(&mut out, outline, &affine, OUTLINE);
        // Read on paper, where the picture is 58 to 87 mm wide.
        let dot = i64::from(out.width() / 140).max(2);
        scale_bar_of(&mut out, metres / f64::from(factor), dot);
        north_arrow(&mut out, &affine);
        out
    };
    (dates.iter().map(one).collect(), factor)
}
