//! Two images together: the plan a scan would follow, and a sample of common ground.

use super::InspectInput;
use super::prediction::{TimePlan, predicted_seconds};
use super::records::{ImageReport, PairReport};
use crate::align::Date;
use crate::config::Pipeline;
use crate::error::Error;
use crate::grid::{Grid, Tiling, Window, sample_tiles};
use crate::pair::BandPlan;
use crate::raster::BandRole;
use crate::run::{AlignedPair, Pool, Progress, Sample, ScanSize, align_pair};
use std::path::PathBuf;

/// Side of a block that a scan takes its statistics from, pixels.
const BLOCK: usize = 512;
/// Windows of common ground read, and their side.
const WINDOWS: usize = 24;
const SIDE_PX: usize = 192;
/// Blocks in which clouds are looked for.
const SKY_BLOCKS: usize = 8;
/// A pair of other bands must correlate better by this before the order of bands is doubted: in vegetation neighbouring
/// visible bands differ by less.
const CROSSED_BY: f64 = 0.15;

/// Sums for the correlations of all bands before with all bands after.
struct Correlations {
    bands: usize,
    n: f64,
    sum: Vec<f64>,
    square: Vec<f64>,
    product: Vec<f64>,
}

impl Correlations {
    fn new(bands: usize) -> Correlations {
        let (sum, square) = (vec![0.0; 2 * bands], vec![0.0; 2 * bands]);
        Correlations { bands, n: 0.0, sum, square, product: vec![0.0; bands * bands] }
    }

    fn add(&mut self, before: &[f64], after: &[f64]) {
        self.n += 1.0;
        for (i, v) in before.iter().chain(after).enumerate() {
            self.sum[i] += v;
            self.square[i] += v * v;
        }
        for (i, b) in before.iter().enumerate() {
            for (j, a) in after.iter().enumerate() {
                self.product[i * self.bands + j] += b * a;
            }
        }
    }

    /// Correlation of band `i` before with band `j` after; `None` where one of them is constant.
    fn of(&self, i: usize, j: usize) -> Option<f64> {
        if self.n < 100.0 {
            return None;
        }
        let (b, a) = (i, self.bands + j);
        let spread = |k: usize| self.square[k] - self.sum[k] * self.sum[k] / self.n;
        let (sb, sa) = (spread(b), spread(a));
        let tiny = 1e-9 * self.n;
        (sb > tiny && sa > tiny)
            .then(|| (self.product[i * self.bands + j] - self.sum[b] * self.sum[a] / self.n) / (sb * sa).sqrt())
    }

    /// Bands `(i, j)` that, swapped, would correlate clearly better than as they are matched.
    fn crossed(&self) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        for i in 0..self.bands {
            for j in i + 1..self.bands {
                let (Some(ii), Some(jj), Some(ij), Some(ji)) =
                    (self.of(i, i), self.of(j, j), self.of(i, j), self.of(j, i))
                else {
                    continue;
                };
                if (ij + ji) / 2.0 > (ii + jj) / 2.0 + CROSSED_BY {
                    out.push((i, j));
                }
            }
        }
        out
    }
}

fn band_name(plan: &BandPlan, at: usize) -> String {
    plan.roles[at].map_or_else(|| format!("{}", plan.before[at] + 1), |r| BandRole::code(r).to_string())
}

/// Share of usable common ground in percent, and the correlations.
fn sample(pair: &AlignedPair) -> (f64, Correlations) {
    let bands = pair.bands().roles.len();
    let mut sums = Correlations::new(bands);
    let (mut pixels, mut valid) = (0u64, 0u64);
    let windows: Vec<Window> = sample_tiles(&Tiling::new(pair.grid(), SIDE_PX), WINDOWS);
    for w in windows {
        let (before, after) = pair.read(w);
        for (at, q) in before.quality.indexed_iter() {
            pixels += 1;
            if !(q.is_valid() && after.quality[at].is_valid()) {
                continue;
            }
            valid += 1;
            // Every seventh pixel is plenty and odd, so that it does not follow rows.
            if valid % 7 == 0 {
                let values = |p: &crate::raster::Pixels| -> Vec<f64> {
                    (0..bands).map(|k| f64::from(p.bands[(k, at.0, at.1)])).collect()
                };
                sums.add(&values(&before), &values(&after));
            }
        }
    }
    (valid as f64 * 100.0 / pixels.max(1) as f64, sums)
}

/// The pair and its working grid.
pub(super) fn look(
    paths: &[PathBuf; 2],
    images: &[ImageReport; 2],
    names: Option<&[Option<BandRole>]>,
    pipeline: &Pipeline,
    input: &InspectInput,
) -> Result<(PairReport, Grid), Error> {
    let mut pair = AlignedPair::open(&paths[..1], &paths[1..], names, &pipeline.align)?;
    let grid = pair.grid().clone();
    let (valid_both_percent, sums) = sample(&pair);
    let pool = Pool::new(input.threads).map_err(|e| Error::Bug(e.to_string()))?;
    let few = Sample::of(&pair, SKY_BLOCKS);
    pair.detect_clouds(&few, &pipeline.mask, &pool, &Progress::Silent);
    let weather = pair.sky().map(|s| s.weather);
    let plan = pair.bands().clone();
    let gsd = [images[0].gsd_m, images[1].gsd_m];
    let threads = match input.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    };
    let area = |i: usize| images[i].rows as f64 * images[i].cols as f64;
    let time = TimePlan {
        file_px: [area(0), area(1)],
        decoded_px_per_s: [images[0].measured.decoded_px_per_s, images[1].measured.decoded_px_per_s],
        working_px: grid.pixels() as f64,
        sampled_px: (pipeline.normalise.max_sample_blocks * BLOCK * BLOCK) as f64,
        threads,
    };
    let count = plan.roles.len();
    // Before the measured shift is undone: what the plan from metadata would do.
    let feeding = [Date::Before, Date::After].map(|d| pair.feeding(d).first().copied().unwrap_or("resampled"));
    let pool = Pool::new(input.threads).map_err(|e| Error::Bug(e.to_string()))?;
    let sample = Sample::of(&pair, pipeline.normalise.max_sample_blocks);
    let alignment = align_pair(&mut pair, &sample, &pool, &pipeline.align, &Progress::Silent)?;
    let predicted = ScanSize::of(&pair, pipeline, input.tile_px, threads, 0).plan(pipeline, u64::MAX).peak;
    let report = PairReport {
        reference: if pair.reference == Date::Before { "before" } else { "after" },
        feeding,
        shift: alignment.summary(grid.gsd_mean_m()),
        rows: grid.rows,
        cols: grid.cols,
        gsd_m: grid.gsd_mean_m(),
        gsd_ratio: (gsd[0] / gsd[1]).max(gsd[1] / gsd[0]),
        overlap_percent: pair.overlap_percent,
        valid_both_percent,
        season_days: crate::pair::season_days(images[0].date.as_deref(), images[1].date.as_deref()),
        correlation: (0..count).map(|k| sums.of(k, k)).collect(),
        crossed_bands: sums.crossed().iter().map(|(i, j)| (band_name(&plan, *i), band_name(&plan, *j))).collect(),
        weather,
        predicted_memory_mib: predicted.div_ceil(1 << 20),
        predicted_seconds: predicted_seconds(&time),
        threads,
        tile_px: input.tile_px,
        bands: plan,
    };
    Ok((report, grid))
}
