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
