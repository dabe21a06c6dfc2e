//! Whole-image statistics, from a fixed sample of 512 x 512 blocks: radiometry, score spread, threshold.

use super::images::AlignedPair;
use super::pool::Pool;
use super::progress::Progress;
use crate::align;
use crate::change::{self, ChangeParams, ScoreHistogram, Threshold};
use crate::grid::{Tiling, Window, sample_tiles};
use crate::normalise::{self, NormaliseError, NormaliseParams, PairSample, Radiometry};
use std::convert::Infallible;

/// Side of a statistics block, pixels. Fixed: results must not depend on the working tile.
pub const BLOCK: usize = 512;

/// The blocks that statistics are taken from.
pub fn sample_blocks(pair: &AlignedPair, params: &NormaliseParams) -> Vec<Window> {
    sample_tiles(&Tiling::new(pair.grid(), BLOCK), params.max_sample_blocks.max(1))
}

/// Fits the pair's radiometry on the sample blocks.
pub fn measure_radiometry(
    pair: &AlignedPair,
    blocks: &[Window],
    pool: &Pool,
    params: &NormaliseParams,
    progress: &Progress,
) -> Result<Radiometry, NormaliseError> {
    let pixels: usize = blocks.iter().map(Window::pixels).sum();
    let stride = ((pixels as f64 / params.max_sample_px.max(1) as f64).sqrt().ceil() as usize).max(1);
    let bands = pair.bands().roles.len();
    let bar = progress.stage("sampling for normalisation", blocks.len() as u64);
    let mut sample = PairSample::new(bands);
    let taken: Result<(), Infallible> = pool.ordered(
        blocks,
        |w| {
            let (before, after) = pair.read(*w);
            let mut part = PairSample::new(bands);
            part.add_tile(*w, &before, &after, stride);
            part
        },
        |_, part| {
            sample.merge(part);
            bar.add(1);
            Ok(())
        },
    );
    let Ok(()) = taken;
    let infos = [align::Date::Before, align::Date::After].map(|d| pair.infos(d)[0].dtype.clone());
    let integer = infos.iter().all(|t| !t.starts_with("Float"));
    normalise::fit(&sample, params, integer)
}

/// Spread of the raw score and the pair's threshold.
pub struct ScoreStatistics {
    /// Standard deviation of the unsmoothed score over the sample.
    pub score_sd: f64,
    /// The threshold of the smoothed score.
    pub threshold: Threshold,
}

/// Two folds over the sample blocks: the spread of the score (the guide's unit), then the histogram of the smoothed score.
pub fn measure_score(
    pair: &AlignedPair,
    radiometry: &Radiometry,
    blocks: &[Window],
    pool: &Pool,
    params: &ChangeParams,
    progress: &Progress,
) -> ScoreStatistics {
    let bar = progress.stage("threshold", 2 * blocks.len() as u64);
    let raw = |w: Window| {
        let (before, after) = pair.read(w);
        change::score(&before, &after, radiometry)
    };
    let (mut n, mut sum, mut squares) = (0u64, 0u128, 0u128);
    let spread: Result<(), Infallible> = pool.ordered(
        blocks,
        |w| {
            let (score, quality) = raw(*w);
            // Fixed point, 1/4096: integer sums are the same in any order.
            score.iter().zip(&quality).filter(|(_, q)| q.is_valid()).fold((0u64, 0u128, 0u128), |(n, s, q), (v, _)| {
                let fixed = (*v as f64 * 4096.0).min(1e9) as u128;
                (n + 1, s + fixed, q + fixed * fixed)
            })
        },
        |_, part| {
            (n, sum, squares) = (n + part.0, sum + part.1, squares + part.2);
            bar.add(1);
            Ok(())
        },
    );
    let Ok(()) = spread;
    let mean = sum as f64 / n.max(1) as f64 / 4096.0;
    let score_sd = (squares as f64 / n.max(1) as f64 / (4096.0 * 4096.0) - mean * mean).max(0.0).sqrt();
    let halo = params.score_halo_px();
    let mut histogram = ScoreHistogram::default();
    let counted: Result<(), Infallible> = pool.ordered(
        blocks,
        |w| {
            let (score, quality) = raw(w.with_halo(halo));
            let smooth = change::guided_filter(&score, &quality, params.smooth_radius_px, params.smooth_eps, score_sd);
            let mut part = ScoreHistogram::default();
            for i in halo..halo + w.rows {
                for j in halo..halo + w.cols {
                    if quality[(i, j)].is_valid() {
                        part.add(smooth[(i, j)]);
                    }
                }
            }
            part
        },
        |_, part| {
            histogram.merge(&part);
            bar.add(1);
            Ok(())
        },
    );
    let Ok(()) = counted;
    ScoreStatistics { score_sd, threshold: change::kittler_illingworth(&histogram, params) }
}
