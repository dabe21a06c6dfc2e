//! Pictures of a run: the overview map and the before/after cuttings.

use super::crops::Crops;
use super::images::AlignedPair;
use super::pass::PassResult;
use super::pool::Pool;
use crate::crosscheck::{Candidate, Finding, PatchFinding};
use crate::grid::{Grid, Window};
use crate::pair::BandPlan;
use crate::raster::{BandRole, Pixels};
use crate::report::document::{ChipOf, ChipPair, adverse, candidate_chip, patch_chip, wanted_chips};
use crate::report::palette;
use crate::report::picture::{Painted, Stretch, chip, jpeg, overview, png, stretch};
use geo::{BoundingRect, MultiPolygon};
use ndarray::s;
use std::collections::BTreeMap;

/// Longer side of the overview, pixels.
pub const OVERVIEW_PX: usize = 1400;
/// Side of a cutting, pixels on the page.
const CHIP_PX: usize = 300;
/// Most cuttings in one report; the page names what is left out.
const MOST_CHIPS: usize = 300;
/// Ground shown around a parcel, as a share of its size, and at least this many pixels.
const MARGIN: f64 = 0.35;
const LEAST_MARGIN_PX: f64 = 12.0;

/// Working bands shown as red, green, blue: true colour where the bands are known, else the first ones.
pub fn shown_bands(plan: &BandPlan) -> [usize; 3] {
    let last = plan.roles.len() - 1;
    let at = |role, otherwise: usize| plan.position(role).unwrap_or(otherwise.min(last));
    if plan.position(BandRole::Red).is_some() {
        [at(BandRole::Red, 0), at(BandRole::Green, 0), at(BandRole::Blue, 0)]
    } else {
        [0, 1.min(last), 2.min(last)]
    }
}

/// The overview map as PNG: the later image toned down, findings filled, adverse patches outlined.
pub fn overview_png(
    pass: &PassResult,
    grid: &Grid,
    step: usize,
    candidates: &[Candidate],
    patches: &[PatchFinding],
) -> Option<Vec<u8>> {
    let rgb = [0, 1, 2];
    let look = Stretch::of(pass.overview.view(), pass.overview_quality.view(), rgb);
    let background = stretch(pass.overview.view(), pass.overview_quality.view(), rgb, &look);
    let affine = grid.affine.thinned(0.0, 0.0, step);
    // Farm changes are left out of the map: they are many and no finding.
    let findings = candidates.iter().filter(|c| c.finding != Finding::NotRelevant).map(|c| {
        let colour = palette::finding(c.finding);
        Painted { shape: &c.shape, fill: Some(colour), line: colour, least_px: 5.0 }
    });
    let verdicts = patches.iter().filter_map(|p| {
        let least_px = if adverse(p.verdict) { 6.0 } else { 0.0 };
        Some(Painted { shape: p.list.shape.as_ref()?, fill: None, line: palette::verdict(p.verdict), least_px })
    });
    let painted: Vec<Painted> = findings.chain(verdicts).collect();
    png(&overview(&background, &affine, grid.gsd_m().1 * step as f64, &painted)).ok()
}

/// The window around a shape that its picture shows, a little larger than the shape, square.
pub fn window_around(shape: &MultiPolygon<f64>, grid: &Grid) -> Option<Window> {
    let b = shape.bounding_rect()?;
    let (low, high) = grid.affine.pixel_extent(b.min().x_y(), b.max().x_y());
    window_of(low, high, (grid.rows + grid.cols) as f64 * 4.0)
}

/// The same around a rectangle of pixels, with what rounding may shift it by.
pub fn window_around_pixels(extent: &Window) -> Option<Window> {
    let (low, high) = ((extent.row as f64, extent.col as f64), (extent.row_end() as f64, extent.col_end() as f64));
    window_of(low, high, f64::INFINITY).map(|w| w.with_halo(2))
}

/// `None` for what is no place, or farther than `reach` away.
fn window_of(low: (f64, f64), high: (f64, f64), reach: f64) -> Option<Window> {
    let size = (high.0 - low.0).max(high.1 - low.1);
    let side = (size * (1.0 + 2.0 * MARGIN)).max(size + 2.0 * LEAST_MARGIN_PX).ceil();
    let (row, col) = ((low.0 + high.0 - side) / 2.0, (low.1 + high.1 - side) / 2.0);
    (side.is_finite() && row.abs() < reach && col.abs() < reach && side < reach).then(|| Window {
        row: row.floor() as i64,
        col: col.floor() as i64,
        rows: side as usize,
        cols: side as usize,
    })
}

/// Every `step`-th pixel.
fn thinned(pixels: &Pixels, step: usize) -> Pixels {
    let step = step as isize;
    Pixels {
        bands: pixels.bands.slice(s![.., ..;step, ..;step]).to_owned(),
        quality: pixels.quality.slice(s![..;step, ..;step]).to_owned(),
    }
}

/// The ground around a shape at both dates.
pub(super) struct Cutting {
    /// Bands shown as red, green and blue.
    pub rgb: [usize; 3],
    /// Before and after.
    pub dates: [Pixels; 2],
    /// Transform of the pixels.
    pub affine: crate::grid::Affine,
    /// Width of a pixel, m.
    pub metres: f64,
}

/// Cuts out what is shown of a shape, thinned to about `most` pixels a side; `None` for what is no place, or too large to be shown.
pub(super) fn cutting(
    pair: &AlignedPair,
    crops: Option<&Crops>,
    shape: &MultiPolygon<f64>,
    most: usize,
) -> Option<Cutting> {
    let grid = pair.grid();
    let window = window_around(shape, grid)?;
    // Very large parcels are read in strips by the source; the cutting keeps every step-th pixel.
    let step = window.rows.div_ceil(most).max(1);
    if window.rows > 16 * most {
        return None;
    }
    let (rgb, (before, after)) = match crops.and_then(|c| c.read(window)) {
        Some(both) => ([0, 1, 2], both),
        None => (shown_bands(pair.bands()), pair.read(window)),
    };
    let affine = grid.affine.thinned(window.row as f64, window.col as f64, step);
    let metres = grid.gsd_m().1 * step as f64;
    Some(Cutting { rgb, dates: [thinned(&before, step), thinned(&after, step)], affine, metres })
}

fn chip_pair(pair: &AlignedPair, crops: Option<&Crops>, shape: &MultiPolygon<f64>) -> Option<ChipPair> {
    let Cutting { rgb, dates: [before, after], affine, metres } = cutting(pair, crops, shape, CHIP_PX)?;
    let factor = (CHIP_PX / before.shape().0.max(1)).max(1) as u32;
    let draw = |p: &Pixels| {
        let look = Stretch::of(p.bands.view(), p.quality.view(), rgb).calmed();
        let image = stretch(p.bands.view(), p.quality.view(), rgb, &look);
        chip(&image, &affine, shape, factor, metres)
    };
    let (one, two) = (draw(&before), draw(&after));
    let (width, height) = one.dimensions();
    Some(ChipPair { before: jpeg(&one, 82).ok()?, after: jpeg(&two, 82).ok()?, width, height })
}

/// Before/after cuttings of the rows that matter most.
pub fn chips(
    pair: &AlignedPair,
    crops: Option<&Crops>,
    candidates: &[Candidate],
    patches: &[PatchFinding],
    pool: &Pool,
) -> BTreeMap<String, ChipPair> {
    let wanted = wanted_chips(candidates, patches, MOST_CHIPS);
    let made = pool.map(&wanted, |w| match w {
        ChipOf::Candidate(i) => {
            let c = &candidates[*i];
            Some((candidate_chip(c), chip_pair(pair, crops, &c.shape)?))
        }
        ChipOf::Patch(i) => {
            let p = &patches[*i];
            Some((patch_chip(p), chip_pair(pair, crops, p.list.shape.as_ref()?)?))
        }
    });
    made.into_iter().flatten().collect()
}
