//! Learning what natural ground looks like at both dates, from the sample blocks.

use super::images::AlignedPair;
use super::pool::Pool;
use super::progress::Progress;
use super::statistics::Sample;
use crate::crosscheck::{Layer, LayerFeature};
use crate::grid::{Grid, Window, sample_stride};
use crate::landcover::{LandcoverParams, Reference, ReferenceSample, SurveyGround, ground_of};
use crate::normalise::Radiometry;
use crate::raster::{BandRole, Pixels};
use crate::vectorise::PixelPolygons;
use ndarray::Array2;
use std::borrow::Cow;

/// Natural ground at both dates, and the bands it is known by.
pub struct Ground {
    bands: GroundBands,
    /// Before.
    pub before: Reference,
    /// After.
    pub after: Reference,
}

impl Ground {
    /// Pixels as land cover looks at them.
    pub(super) fn seen<'a>(&self, pixels: &'a Pixels) -> Cow<'a, Pixels> {
        self.bands.seen(pixels)
    }
}

/// Bands that land cover is told by: what they measure, and where they lie among the working bands.
pub(super) struct GroundBands {
    roles: Vec<BandRole>,
    places: Vec<usize>,
}

impl GroundBands {
    /// Of working bands those that are `wanted`, in their own order; or all, `None` where one of them has no name.
    pub(super) fn of(roles: &[Option<BandRole>], wanted: Option<&[BandRole]>) -> Option<GroundBands> {
        let Some(wanted) = wanted else {
            let roles = roles.iter().copied().collect::<Option<Vec<_>>>()?;
            return Some(GroundBands { places: (0..roles.len()).collect(), roles });
        };
        let named = roles.iter().enumerate().filter_map(|(place, role)| Some((place, (*role)?)));
        let (places, roles) = named.filter(|(_, role)| wanted.contains(role)).unzip();
        Some(GroundBands { roles, places })
    }

    /// Pixels in these bands.
    pub(super) fn seen<'a>(&self, pixels: &'a Pixels) -> Cow<'a, Pixels> {
        pixels.of_bands(&self.places)
    }
}

/// What natural ground is learnt by.
#[derive(Clone, Copy)]
pub struct GroundSource<'a> {
    /// Parameters.
    pub params: &'a LandcoverParams,
    /// Bands of the model that will tell land cover, which knows distances from ground in these alone; `None` where the rules do.
    pub bands: Option<&'a [BandRole]>,
    /// Says which ground is natural.
    pub survey: Option<&'a Layer>,
}

/// Pixels of a window that a land survey calls natural ground; `None` where the survey has no codes.
fn natural_ground(survey: &Layer, grid: &Grid, window: Window) -> Option<Array2<bool>> {
    survey.features.iter().any(|f| f.code.is_some()).then(|| {
        let corners = [(window.row, window.col), (window.row_end(), window.col_end())];
        let [a, b] = corners.map(|(row, col)| grid.affine.to_map(row as f64, col as f64));
        let reach = [a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)];
        let natural = |f: &LayerFeature| f.code.as_deref().and_then(ground_of).is_some_and(SurveyGround::natural);
        let shapes = survey.near(reach, &natural);
        let mut out = Array2::from_elem((window.rows, window.cols), false);
        PixelPolygons::new(shapes.iter().map(Some), &grid.affine)
            .spans(window, |_, row, cols| cols.for_each(|col| out[(row, col)] = true));
        out
    })
}

/// Natural ground of both dates. `None` when the bands have no names or the scene shows too little.
pub fn learn_ground(
    pair: &AlignedPair,
    radiometry: &Radiometry,
    sample: &Sample,
    pool: &Pool,
    source: GroundSource,
    progress: &Progress,
) -> Option<Ground> {
    let GroundSource { params, survey, .. } = source;
    let bands = GroundBands::of(&pair.bands().roles, source.bands)?;
    let stride = sample_stride(sample.pixels(), params.max_sample_px);
    // Noise of each date in its own units.
    let noise = || bands.places.iter().map(|k| &radiometry.bands[*k]);
    let scale_before: Vec<f64> = noise().map(|b| b.residual_sd).collect();
    let scale_after: Vec<f64> = noise().map(|b| b.residual_sd / b.gain.abs().max(1e-6)).collect();
    let bar = progress.stage("learning the ground", sample.blocks.len() as u64);
    let (mut before, mut after) = (ReferenceSample::default(), ReferenceSample::default());
    pool.in_order(
        &sample.blocks,
        |w| {
            let (b, a) = sample.read(pair, *w);
            let natural = survey.and_then(|s| natural_ground(s, pair.grid(), *w));
            let of = |pixels, scale| ReferenceSample::of_tile(&bands.seen(pixels), stride, scale, natural.as_ref());
            (of(&b, &scale_before), of(&a, &scale_after))
        },
        |_, (b, a)| {
            before.merge(b);
            after.merge(a);
            bar.add(1);
        },
    );
    let learnt = pool.map(&[before, after], |sample| Reference::learn(sample, &bands.roles, params));
    let [before, after]: [Option<Reference>; 2] = learnt.try_into().ok()?;
    Some(Ground { bands, before: before?, after: after? })
}

/// The reference of a single image, paired with itself: its noise is what neighbouring pixels differ by.
pub(super) fn learn_ground_of(
    pair: &AlignedPair,
    bands: &GroundBands,
    sample: &Sample,
    pool: &Pool,
    params: &LandcoverParams,
    progress: &Progress,
) -> Option<Reference> {
    let stride = sample_stride(sample.pixels(), params.max_sample_px);
    let bar = progress.stage("learning the ground", sample.blocks.len() as u64);
    // Only the proportion of the bands' noise matters, and over a whole image the differences of neighbours have it.
    let differences = pool.map(&sample.blocks, |w| {
        let (pixels, _) = sample.read(pair, *w);
        let of = |band: ndarray::ArrayView2<f32>| {
            let pairs = band
                .rows()
                .into_iter()
                .map(|row| row.windows(2).into_iter().map(|w| f64::from(w[0] - w[1]).abs()).sum::<f64>());
            pairs.sum::<f64>()
        };
        bands.seen(&pixels).bands.outer_iter().map(of).collect::<Vec<f64>>()
    });
    let mut scale = vec![0.0; bands.roles.len()];
    differences.iter().for_each(|block| scale.iter_mut().zip(block).for_each(|(s, d)| *s += d));
    let scale: Vec<f64> = scale.iter().map(|s| (s / sample.pixels().max(1) as f64).max(1e-9)).collect();
    let mut all = ReferenceSample::default();
    pool.in_order(
        &sample.blocks,
        |w| ReferenceSample::of_tile(&bands.seen(&sample.read(pair, *w).0), stride, &scale, None),
        |_, part| {
            all.merge(part);
            bar.add(1);
        },
    );
    Reference::learn(&all, &bands.roles, params)
}

#[cfg(test)]
mod tests;
