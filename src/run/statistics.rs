//! Whole-image statistics, from a fixed sample of 512 x 512 blocks: radiometry, score spread, threshold.

use super::images::AlignedPair;
use super::pool::Pool;
use super::progress::Progress;
use crate::align;
use crate::change::{self, ChangeParams, Detector, Method, ScoreHistogram, Threshold};
use crate::grid::{Tiling, Window, sample_stride, sample_tiles, sample_windows};
use crate::normalise::{self, NormaliseError, NormaliseParams, PairSample, Radiometry};
use crate::raster::Pixels;
use ndarray::s;

/// Side of a statistics block, pixels. Fixed: results must not depend on the working tile.
pub const BLOCK: usize = 512;
/// Left out along the sides of blocks that stand alone, so that a shift of a few pixels and the kernel of a resampling do not have
/// their neighbours decoded too.
const MARGIN: usize = 16;

/// The part of the grid that statistics are taken from.
pub struct Sample {
    /// Its windows, in raster order.
    pub blocks: Vec<Window>,
    /// They are the whole grid; else each stands alone and nothing around it should be read.
    pub whole: bool,
}

impl Sample {
    /// The fixed sample of a pair.
    pub fn of(pair: &AlignedPair, most_blocks: usize) -> Sample {
        let tiling = Tiling::new(pair.grid(), BLOCK);
        if tiling.len() <= most_blocks.max(1) {
            return Sample { blocks: tiling.windows().collect(), whole: true };
        }
        let most = most_blocks.max(1);
        let mut blocks = sample_tiles(&tiling, most);
        // Most of a county's rectangle may be empty; where the files say so without being read, nothing is looked for.
        if blocks.iter().filter(|w| pair.may_show(**w)).count() * 2 < blocks.len() {
            let some: Vec<Window> = tiling.windows().filter(|w| pair.may_show(*w)).collect();
            blocks = if some.is_empty() { blocks } else { sample_windows(some, most) };
        }
        let alone = |w: &Window| Window {
            row: w.row + MARGIN as i64,
            col: w.col + MARGIN as i64,
            rows: w.rows.saturating_sub(2 * MARGIN).max(1),
            cols: w.cols.saturating_sub(2 * MARGIN).max(1),
        };
        Sample { blocks: blocks.iter().map(alone).collect(), whole: false }
    }

    /// Pixels of the sample.
    pub fn pixels(&self) -> usize {
        self.blocks.iter().map(Window::pixels).sum()
    }

    /// Pixels of both dates in a window of a block, with what lies around it where the sample is the whole grid.
    pub fn read(&self, pair: &AlignedPair, window: Window) -> (Pixels, Pixels) {
        if self.whole { pair.read(window) } else { pair.read_alone(window) }
    }

    /// What is read of a block, and how far from its sides results are exact, when a result needs `halo` pixels around.
    fn reading(&self, block: &Window, halo: usize) -> (Window, usize) {
        let window = if self.whole { block.with_halo(halo) } else { *block };
        (window, halo.min(window.rows.saturating_sub(1) / 2).min(window.cols.saturating_sub(1) / 2))
    }
}

/// Fits the pair's radiometry on the sample blocks.
pub fn measure_radiometry(
    pair: &AlignedPair,
    sample: &Sample,
    pool: &Pool,
    params: &NormaliseParams,
    progress: &Progress,
) -> Result<Radiometry, NormaliseError> {
    let stride = sample_stride(sample.pixels(), params.max_sample_px);
    let bands = pair.bands().roles.len();
    let bar = progress.stage("sampling for normalisation", sample.blocks.len() as u64);
    let mut values = PairSample { roles: pair.bands().roles.clone(), ..PairSample::new(bands) };
    pool.in_order(
        &sample.blocks,
        |w| {
            let (before, after) = sample.read(pair, *w);
            let mut part = PairSample::new(bands);
            part.add_tile(*w, &before, &after, stride);
            part
        },
        |_, part| {
            values.merge(part);
            bar.add(1);
        },
    );
    let infos = [align::Date::Before, align::Date::After].map(|d| pair.infos(d)[0].dtype.clone());
    let integer = infos.iter().all(|t| !t.starts_with("Float"));
    normalise::fit(values, params, integer)
}

/// Finishes the detector (spread of the unsmoothed score) and finds the pair's threshold, in one or two folds over the sample blocks.
pub fn measure_score(
    pair: &AlignedPair,
    method: Method,
    radiometry: Radiometry,
    sample: &Sample,
    pool: &Pool,
    params: &ChangeParams,
    progress: &Progress,
) -> (Detector, Threshold) {
    let mut detector = Detector { method, radiometry, score_sd: 0.0, params: *params };
    let spread_wanted = matches!(method, Method::Spectral { .. });
    let bar = progress.stage("threshold", (1 + u64::from(spread_wanted)) * sample.blocks.len() as u64);
    if spread_wanted {
        detector.score_sd = score_spread(pair, &detector, sample, pool, || bar.add(1));
    }
    let halo = detector.halo_px();
    let mut histogram = ScoreHistogram::default();
    pool.in_order(
        &sample.blocks,
        |w| {
            let (window, inside) = sample.reading(w, halo);
            let (before, after) = sample.read(pair, window);
            let (score, quality) = detector.score(&before, &after);
            let inner = s![inside..window.rows - inside, inside..window.cols - inside];
            let mut part = ScoreHistogram::default();
            for (score, _) in score.slice(inner).iter().zip(quality.slice(inner)).filter(|(_, q)| q.is_valid()) {
                part.add(*score);
            }
            part
        },
        |_, part| {
            histogram.merge(&part);
            bar.add(1);
        },
    );
    let threshold = change::find_threshold(&histogram, detector.usual_threshold(), params);
    (detector, threshold)
}

/// Standard deviation of the unsmoothed score over the sample blocks.
fn score_spread(pair: &AlignedPair, detector: &Detector, sample: &Sample, pool: &Pool, mut done: impl FnMut()) -> f64 {
    let halo = detector.unsmoothed_halo_px();
    let (mut n, mut sum, mut squares) = (0u64, 0u128, 0u128);
    pool.in_order(
        &sample.blocks,
        |w| {
            let (window, inside) = sample.reading(w, halo);
            let (before, after) = sample.read(pair, window);
            let inner = s![inside..window.rows - inside, inside..window.cols - inside];
            let (raw, quality) = (detector.unsmoothed(&before, &after), change::joint_quality(&before, &after));
            let seen = raw.slice(inner).into_iter().zip(quality.slice(inner)).filter(|(_, q)| q.is_valid());
            // Fixed point, 1/4096: integer sums are the same in any order.
            seen.fold((0u64, 0u128, 0u128), |(n, s, q), (v, _)| {
                let fixed = (f64::from(*v) * 4096.0).min(1e9) as u128;
                (n + 1, s + fixed, q + fixed * fixed)
            })
        },
        |_, part| {
            (n, sum, squares) = (n + part.0, sum + part.1, squares + part.2);
            done();
        },
    );
    let mean = sum as f64 / n.max(1) as f64 / 4096.0;
    (squares as f64 / n.max(1) as f64 / (4096.0 * 4096.0) - mean * mean).max(0.0).sqrt()
}
