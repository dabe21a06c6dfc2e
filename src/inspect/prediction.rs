//! How long a scan would take. Pure; memory is predicted in `run`, where it is also promised.

/// Time per working pixel and thread that is no decoding: alignment, score, filter, land cover, outlines, writing.
/// Measured with the sample county; doubling it doubles that part of the prediction.
const COMPUTE_S_PER_PX: f64 = 0.35e-6;
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
    /// Threads.
    pub threads: usize,
}

/// Predicted wall time of a scan, seconds.
///
/// ```text
/// (passes x sum(file pixels / decoding rate) + working pixels x compute) / threads
/// ```
pub fn predicted_seconds(plan: &TimePlan) -> f64 {
    let decode: f64 = plan.file_px.iter().zip(plan.decoded_px_per_s).map(|(px, rate)| px / rate.max(1.0)).sum();
    (PASSES * decode + plan.working_px * COMPUTE_S_PER_PX) / plan.threads.max(1) as f64
}
