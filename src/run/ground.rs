//! Learning what natural ground looks like at both dates, from the sample blocks.

use super::images::AlignedPair;
use super::pool::Pool;
use super::progress::Progress;
use super::statistics::Sample;
use crate::grid::sample_stride;
use crate::landcover::{LandcoverParams, Reference, ReferenceSample};
use crate::normalise::Radiometry;
use crate::raster::BandRole;

/// The references of both dates; `None` when the bands have no names or the scene shows too little.
pub fn learn_ground(
    pair: &AlignedPair,
    radiometry: &Radiometry,
    sample: &Sample,
    pool: &Pool,
    params: &LandcoverParams,
    progress: &Progress,
) -> Option<(Reference, Reference)> {
    let roles: Vec<BandRole> = pair.bands().roles.iter().copied().collect::<Option<_>>()?;
    let stride = sample_stride(sample.pixels(), params.max_sample_px);
    // Noise of each date in its own units.
    let scale_before: Vec<f64> = radiometry.bands.iter().map(|b| b.residual_sd).collect();
    let scale_after: Vec<f64> = radiometry.bands.iter().map(|b| b.residual_sd / b.gain.abs().max(1e-6)).collect();
    let bar = progress.stage("learning the ground", sample.blocks.len() as u64);
    let (mut before, mut after) = (ReferenceSample::default(), ReferenceSample::default());
    pool.in_order(
        &sample.blocks,
        |w| {
            let (b, a) = sample.read(pair, *w);
            (ReferenceSample::of_tile(&b, stride, &scale_before), ReferenceSample::of_tile(&a, stride, &scale_after))
        },
        |_, (b, a)| {
            before.merge(b);
            after.merge(a);
            bar.add(1);
        },
    );
    let learnt = pool.map(&[before, after], |sample| Reference::learn(sample, &roles, params));
    let [before, after]: [Option<Reference>; 2] = learnt.try_into().ok()?;
    Some((before?, after?))
}

/// The reference of a single image, paired with itself: its noise is what neighbouring pixels differ by.
pub fn learn_ground_of(
    pair: &AlignedPair,
    sample: &Sample,
    pool: &Pool,
    params: &LandcoverParams,
    progress: &Progress,
) -> Option<Reference> {
    let roles: Vec<BandRole> = pair.bands().roles.iter().copied().collect::<Option<_>>()?;
    let stride = sample_stride(sample.pixels(), params.max_sample_px);
    let bar = progress.stage("learning the ground", sample.blocks.len() as u64);
    // Only the proportion of the bands' noise matters, and over a whole image the differences of neighbours have it.
    let differences = pool.map(&sample.blocks, |w| {
        let (pixels, _) = sample.read(pair, *w);
        let of = |band: ndarray::ArrayView2<f32>| {
            let pairs = band.rows().into_iter().map(|row| row.windows(2).into_iter().map(|w| f64::from(w[0] - w[1]).abs()).sum::<f64>());
            pairs.sum::<f64>()
        };
        pixels.bands.outer_iter().map(of).collect::<Vec<f64>>()
    });
    let mut scale = vec![0.0; roles.len()];
    differences.iter().for_each(|block| scale.iter_mut().zip(block).for_each(|(s, d)| *s += d));
    let scale: Vec<f64> = scale.iter().map(|s| (s / sample.pixels().max(1) as f64).max(1e-9)).collect();
    let mut all = ReferenceSample::default();
    pool.in_order(
        &sample.blocks,
        |w| ReferenceSample::of_tile(&sample.read(pair, *w).0, stride, &scale),
        |_, part| {
            all.merge(part);
            bar.add(1);
        },
    );
    Reference::learn(&all, &roles, params)
}
