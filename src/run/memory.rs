//! How much memory a scan takes, before it starts: one formula, used by `inspect` and by the promise of `--max-memory`.

/// Everything the peak depends on. Nothing in it grows with the image.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct MemoryPlan {
    /// Side of a working tile, pixels.
    pub tile_px: usize,
    /// Pixels around a tile that its products need.
    pub halo_px: usize,
    /// Bands compared.
    pub bands: usize,
    /// Worker threads.
    pub threads: usize,
    /// File pixels per working pixel (rows x columns) of the date that is resampled most; 1 when all are copied.
    pub shrink: f64,
    /// Bytes of the largest decoded block, all bands of the file.
    pub block_bytes: u64,
}

/// Program, libraries, PROJ and GDAL's tables, bytes. Measured as the resident size of a scan of 64 x 64 pixels.
const BASE: f64 = 90.0 * MIB;
/// GDAL's block cache as set in `io`, bytes.
const BLOCK_CACHE: f64 = 64.0 * MIB;
/// Statistics held at once: the sample for normalisation in double precision with its working copies, per band and date.
const SAMPLE_PER_BAND: f64 = 400_000.0 * 8.0 * 3.0;
const MIB: f64 = 1024.0 * 1024.0;

/// Predicted peak of a scan, bytes.
///
/// ```text
/// base + cache + statistics + threads x (wide x (2 dates x (4 bands + 1) + 48) + source x (4 bands + 5) + block) + 2 threads x tile x 16
/// ```
/// with `wide` = (tile + 2 halo)^2 pixels, `source` = the window of the file that is resampled into it, 48 bytes of score,
/// filter and class planes per pixel, and 16 bytes per pixel of finished products, of which two tiles per thread wait.
pub fn predicted_memory(plan: &MemoryPlan) -> u64 {
    let (bands, threads) = (plan.bands.max(1) as f64, plan.threads.max(1) as f64);
    let wide = ((plan.tile_px + 2 * plan.halo_px) as f64).powi(2);
    let tile = (plan.tile_px as f64).powi(2);
    let source = wide * plan.shrink.max(1.0);
    let working = wide * (2.0 * (4.0 * bands + 1.0) + 48.0) + source * (4.0 * bands + 5.0) + plan.block_bytes as f64;
    let statistics = 2.0 * bands * SAMPLE_PER_BAND;
    (BASE + BLOCK_CACHE + statistics + threads * working + 2.0 * threads * tile * 16.0) as u64
}
