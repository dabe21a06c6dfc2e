//! How long a scan would take. Pure; memory is predicted in `run`, where it is also promised.

/// Processor time per working pixel that is no decoding: alignment, score, filter, land cover, outlines, writing. Fitted with
/// the two below to scans of sample counties of 67 and 419 million pixels (9 and 45 s of processor time, release build);
/// doubling it doubles that part of the prediction.
const COMPUTE_S_PER_PX: f64 = 0.07e-6;
/// Processor time per pixel of the statistics' sample: shift, normalisation, threshold, natural ground.
const SAMPLE_S_PER_PX: f64 = 0.05e-6;
/// Everything that does not depend on the size: opening, layers, documents.
const START_S: f64 = 1.0;
/// Reads of every pixel: one by the tiles with their halo, and a share by the samples of the statistics.
const PASSES: f64 = 1.25;

/// What a prediction rests on.
#[derive(Clone, Copy, Debug)]
pub struct TimePlan {
    /// Pixels of the files, before and after.
    pub file_px: [f64; 2],
    /// Measured decoding rate of each, pixels (all bands) per second and thread.
    pub decoded_px_per_s: [f64; 2],
    /// Pixels of the working grid.
    pub working_px: f64,
    /// Pixels that statistics are taken from, at most all of them.
    pub sampled_px: f64,
    /// Threads.
    pub threads: usize,
}

/// Predicted wall time of a scan, seconds.
///
/// ```text
/// start + (passes x sum(file pixels / decoding rate) + working pixels x compute + sampled pixels x sample) / threads
/// ```
pub fn predicted_seconds(plan: &TimePlan) -> f64 {
    let decode: f64 = plan.file_px.iter().zip(plan.decoded_px_per_s).map(|(px, rate)| px / rate.max(1.0)).sum();
    let compute = plan.working_px * COMPUTE_S_PER_PX + plan.sampled_px.min(plan.working_px) * SAMPLE_S_PER_PX;
    START_S + (PASSES * decode + compute) / plan.threads.max(1) as f64
}
