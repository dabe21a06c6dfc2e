//! What the sample says of a date as a whole: whether it has clouds, whether haze is everywhere, and where shadows fall.

use super::cells::{Cells, DARK, STEPS, VALID, WEAK};
use super::local::{Shape, lone_clouds, small_clouds};
use super::{MaskParams, PairSky};
use ndarray::{Array2, Zip};
use serde::Serialize;
use std::collections::BTreeMap;

/// A date has clouds when large soft ones cover this much of what was sampled, percent.
const CLOUDY_PERCENT: f64 = 0.02;
/// Haze is scene-wide when thin cloud covers more than this of what was sampled, percent.
const HAZY_PERCENT: f64 = 25.0;
/// Width of the coarse cells that the offset of shadows is looked for on, m.
const COARSE_M: f64 = 30.0;
/// Cloud cells the offset is looked for with; more are thinned evenly.
const MOST_CORES: usize = 3000;
/// Fewer say nothing.
const LEAST_CORES: usize = 8;
/// Shadows are told from other dark ground when clouds meet dark ground at one offset this many times as often as at the
/// median of all offsets (what the scene's dark ground gives by chance) ...
const LEAST_CONTRAST: f64 = 4.0;
/// ... this many times as often as on average, which a lake or burn scar beside a cloud does not reach ...
const LEAST_PEAK: f64 = 3.0;
/// ... and on this share of their area.
const LEAST_OVERLAP: f64 = 0.08;
/// Only cloud this many times whiter than the least throws a shadow worth looking for.
const THICK: f32 = 2.0;
/// Nearer than this a cloud hides its shadow, m.
const NEAREST_M: f64 = 100.0;

const SEEN: u8 = 1;
const CORE: u8 = 2;
const TALL: u8 = 4;
const THROWN: u8 = 8;

/// What is known of a date's sky.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Weather {
    /// Large soft clouds were seen: smaller bright areas may be clouds too.
    pub cloudy: bool,
    /// Clouds, percent of the sample, without rim and margin.
    pub cloud_percent: f64,
    /// Thin cloud or haze covers much of the scene.
    pub hazy: bool,
    /// From a cloud to its shadow, `(rows, cols)` in metres along the grid; `None` where shadows were not told apart.
    pub shadow_offset_m: Option<(f64, f64)>,
}

/// Coarse flags of one block, both dates.
pub struct BlockSurvey {
    coarse: [Array2<u8>; 2],
    valid: u64,
    lone: [u64; 2],
    small: [u64; 2],
    weak: [u64; 2],
}

/// Cells a coarse cell is wide.
pub fn coarse_cells(cell_m: f64) -> usize {
    ((COARSE_M / cell_m + 0.5) as usize).max(1)
}

fn number(mask: &Array2<bool>) -> u64 {
    mask.iter().filter(|m| **m).count() as u64
}

/// Surveys a block of cells whose sides are multiples of `factor` (short last blocks lose their odd cells).
pub fn survey_block(cells: &Cells, sky: &PairSky, shape: &Shape, factor: usize) -> BlockSurvey {
    let (rows, cols) = cells.flags[0].dim();
    let mut out = BlockSurvey {
        coarse: [0, 1].map(|_| Array2::zeros((rows / factor, cols / factor))),
        valid: number(&cells.where_set(0, VALID)),
        lone: [0; 2],
        small: [0; 2],
        weak: [0; 2],
    };
    for d in 0..2 {
        let (lone, small, weak) =
            (lone_clouds(cells, d, shape), small_clouds(cells, d, shape), cells.where_set(d, WEAK));
        let thick = (sky.dates[d].threshold * THICK * STEPS) as i32;
        let tall = Zip::from(&small).and(&cells.white[d]).map_collect(|s, w| *s && i32::from(*w) > thick);
        let layers =
            [(SEEN, &cells.where_set(d, VALID)), (CORE, &small), (TALL, &tall), (THROWN, &cells.where_set(d, DARK))];
        out.coarse[d].indexed_iter_mut().for_each(|((i, j), flags)| {
            for (flag, layer) in layers {
                let square = (0..factor * factor).filter(|k| layer[(i * factor + k / factor, j * factor + k % factor)]);
                if square.count() * 2 >= factor * factor {
                    *flags |= flag;
                }
            }
        });
        (out.lone[d], out.small[d], out.weak[d]) = (number(&lone), number(&small), number(&weak));
    }
    out
}

/// All blocks of the sample, by block row and column.
#[derive(Default)]
pub struct Survey {
    blocks: BTreeMap<(i64, i64), BlockSurvey>,
}

impl Survey {
    /// Adds a block.
    pub fn add(&mut self, at: (i64, i64), block: BlockSurvey) {
        self.blocks.insert(at, block);
    }

    /// Judges one date. `block` is the side of a block in coarse cells, `cell_m` the width of a cell (not a coarse one).
    pub fn weather(&self, date: usize, block: usize, cell_m: f64, params: &MaskParams) -> Weather {
        let sum = |f: fn(&BlockSurvey, usize) -> u64| self.blocks.values().map(|b| f(b, date)).sum::<u64>() as f64;
        let valid = sum(|b, _| b.valid).max(1.0);
        let percent = |part: f64| part * 100.0 / valid;
        let cloudy = percent(sum(|b, d| b.lone[d])) >= CLOUDY_PERCENT;
        let clouds = if cloudy { sum(|b, d| b.small[d]) } else { sum(|b, d| b.lone[d]) };
        let coarse_m = cell_m * coarse_cells(cell_m) as f64;
        let offset = if cloudy { self.shadow_offset(date, block, coarse_m, params) } else { None };
        Weather {
            cloudy,
            cloud_percent: percent(clouds),
            hazy: percent(sum(|b, d| b.weak[d])) > HAZY_PERCENT,
            shadow_offset_m: offset,
        }
    }

    /// The offset at which clouds lie on dark ground far more often than at any other, metres.
    fn shadow_offset(&self, date: usize, block: usize, coarse_m: f64, params: &MaskParams) -> Option<(f64, f64)> {
        let side = block.max(1) as i64;
        let mut cores: Vec<(i64, i64)> = Vec::new();
        for ((bi, bj), b) in &self.blocks {
            let flagged = b.coarse[date].indexed_iter().filter(|(_, f)| **f & TALL != 0);
            cores.extend(flagged.map(|((i, j), _)| (bi * side + i as i64, bj * side + j as i64)));
        }
        if cores.len() < LEAST_CORES {
            return None;
        }
        let step = cores.len().div_ceil(MOST_CORES);
        let cores: Vec<_> = cores.into_iter().step_by(step).collect();
        let flags = |r: i64, c: i64| {
            let b = self.blocks.get(&(r.div_euclid(side), c.div_euclid(side)))?;
            b.coarse[date].get((r.rem_euclid(side) as usize, c.rem_euclid(side) as usize)).copied()
        };
        let reach = (params.shadow_reach_m / coarse_m) as i64;
        let width = (2 * reach + 1) as usize;
        let mut overlap = Array2::<f64>::zeros((width, width));
        let mut asked = Array2::from_elem((width, width), false);
        for dr in -reach..=reach {
            for dc in -reach..=reach {
                let length = (dr as f64).hypot(dc as f64) * coarse_m;
                if length > params.shadow_reach_m || length < NEAREST_M {
                    continue;
                }
                let (mut seen, mut dark) = (0u32, 0u32);
                for (r, c) in &cores {
                    let Some(f) = flags(r + dr, c + dc) else { continue };
                    let open_ground = f & SEEN != 0 && f & CORE == 0;
                    seen += u32::from(open_ground);
                    dark += u32::from(open_ground && f & THROWN != 0);
                }
                let at = ((dr + reach) as usize, (dc + reach) as usize);
                if f64::from(seen) > 0.2 * cores.len() as f64 {
                    asked[at] = true;
                    overlap[at] = f64::from(dark) / f64::from(seen);
                }
            }
        }
        let mut shares: Vec<f64> = asked.iter().zip(&overlap).filter(|(a, _)| **a).map(|(_, o)| *o).collect();
        shares.sort_unstable_by(f64::total_cmp);
        let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
        let median = shares.get(shares.len() / 2).copied().unwrap_or(0.0);
        // Over three by three coarse cells, where those are small, because heights differ.
        let blur = usize::from(coarse_m < 2.0 * COARSE_M - 1.0);
        let smooth = |(i, j): (usize, usize)| {
            let (a, b) =
                (i.saturating_sub(blur)..(i + blur + 1).min(width), j.saturating_sub(blur)..(j + blur + 1).min(width));
            let n = (2 * blur + 1).pow(2) as f64;
            a.map(|r| b.clone().map(|c| overlap[(r, c)]).sum::<f64>()).sum::<f64>() / n
        };
        let mut best: Option<((usize, usize), f64)> = None;
        for (at, _) in asked.indexed_iter().filter(|(_, a)| **a) {
            let value = smooth(at);
            if best.is_none_or(|(_, v)| value > v) {
                best = Some((at, value));
            }
        }
        let ((i, j), peak) = best?;
        let found = peak >= LEAST_OVERLAP && peak >= LEAST_CONTRAST * median && peak >= LEAST_PEAK * mean;
        found.then(|| ((i as i64 - reach) as f64 * coarse_m, (j as i64 - reach) as f64 * coarse_m))
    }
}
