//! From tie tiles to the shift of the pair: which tiles can be believed, and how the shift varies over the image.
//!
//! Tiles are believed when their peak is strong and their neighbours say the same (normalised median test); the model is the
//! simplest whose error on tiles left out of the fit is not significantly above the best one's, so that noise cannot make it
//! worse than a single shift.
//!
//! # Source
//! J. Westerweel and F. Scarano 2005, "Universal outlier detection for PIV data", eq. 2; the one-standard-error rule: L. Breiman
//! et al. 1984, "Classification and Regression Trees", section 3.4.3.

use super::model::{Frame, fit, miss};
use super::robust::{median, quantile};
use super::{Displacement, ModelKind, Stack, TiePlan, TieTile};
use serde::Serialize;

/// The shift of the whole pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shift {
    /// Shift of the later image along rows, pixels of the working grid (positive: it lies further down).
    pub rows_px: f64,
    /// Shift along columns, pixels (positive: further right).
    pub cols_px: f64,
    /// Median distance of the used tiles from the shift, pixels.
    pub spread_px: f64,
    /// Tiles measured.
    pub tiles: usize,
    /// Tiles used: strong, and in agreement with their neighbours.
    pub agreeing: usize,
    /// Enough of them agree.
    pub resolved: bool,
}

impl Shift {
    /// Nothing could be measured.
    pub fn unknown() -> Shift {
        Shift { rows_px: 0.0, cols_px: 0.0, spread_px: 0.0, tiles: 0, agreeing: 0, resolved: false }
    }

    /// Length of the shift, pixels.
    pub fn length_px(&self) -> f64 {
        self.rows_px.hypot(self.cols_px)
    }
}

/// A model that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ModelScore {
    /// The model.
    pub kind: ModelKind,
    /// Root mean square distance of tiles left out of its fit, capped at 1.5 px each, pixels.
    pub left_out_px: f64,
}

/// The shift over the image, as measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShiftField {
    /// The shift of the pair as one vector.
    pub global: Shift,
    /// How it varies.
    pub model: ModelKind,
    /// The fitted displacement, pixels.
    pub displacement: Displacement,
    /// Every tile measured, with whether it was used.
    pub ties: Vec<TieTile>,
    /// The models tried, simplest first.
    pub tried: Vec<ModelScore>,
}

/// Strength from which a tile's own peak counts wherever it lies; of tiles without any match 2 % reach it.
const STRONG: f64 = 8.0;
/// Strength from which it counts near the shift that all tiles together show.
const STRONG_NEAR: f64 = 6.0;
/// What is near, pixels: chance puts 3 % of the peaks of a 16 px search there.
const NEAR_PX: f64 = 3.0;
/// A tile further from its neighbours' median than this many of their own median distances is an outlier.
const OUTLYING: f64 = 3.0;
/// Added to the neighbours' median distance: what measurement noise and true relief leave between good neighbours, pixels.
const TOLERANCE_PX: f64 = 0.2;
/// Neighbours asked.
const NEIGHBOURS: usize = 8;
/// Tiles agree with the fitted shift within this distance, pixels.
const AGREE_PX: f64 = 1.0;
/// A miss counts at most this much when models are compared, pixels: beyond it a tile is simply wrong.
const MOST_MISS_PX: f64 = 1.5;
/// Groups that are left out in turn.
const FOLDS: usize = 36;
/// A model that departs from the single vector by less than this on nine of ten tiles is not worth having, pixels: it is of the
/// size of the measurement's own error, and a lattice cannot be copied.
const LEAST_VARIATION_PX: f64 = 0.1;
/// Stiffnesses tried for the lattice, the stiffest first.
const STIFFNESS: [f64; 4] = [10.0, 1.0, 0.1, 0.02];

/// Fits the shift to the tiles of one measurement.
pub fn fit_field(plan: &TiePlan, mut ties: Vec<TieTile>, stack: &Stack) -> ShiftField {
    let common = stack.sure().map(|s| (s.rows_px, s.cols_px));
    let start = common.or_else(|| densest(&ties));
    let mut used = believed(&ties, start);
    used = without_outliers(&ties, &used, plan);
    let unresolved = |ties: Vec<TieTile>, global: Shift| ShiftField {
        displacement: Displacement::constant(global.rows_px, global.cols_px),
        model: ModelKind::Constant,
        tried: Vec::new(),
        global,
        ties,
    };
    let measured = ties.len();
    if used.is_empty() {
        return unresolved(ties, Shift { tiles: measured, ..Shift::unknown() });
    }
    let good: Vec<TieTile> = used.iter().map(|&i| ties[i]).collect();
    let frame = frame(&good, plan.side);
    let (mut model, tried) = choose(&good, frame, plan);
    let vector = fit(ModelKind::Constant, &good, frame);
    let (rows_px, cols_px) = vector.nodes[0];
    let mut displacement = fit(model, &good, frame);
    let mut departs: Vec<f64> =
        good.iter().map(|t| displacement.at(t.row, t.col)).map(|d| (d.0 - rows_px).hypot(d.1 - cols_px)).collect();
    if quantile(&mut departs, 0.9) < LEAST_VARIATION_PX {
        (model, displacement) = (ModelKind::Constant, vector);
    }
    let agreeing: Vec<usize> = used.iter().copied().filter(|&i| miss(&displacement, &ties[i]) <= AGREE_PX).collect();
    agreeing.iter().for_each(|&i| ties[i].used = true);
    let mut distance: Vec<f64> =
        agreeing.iter().map(|&i| (ties[i].d_row - rows_px).hypot(ties[i].d_col - cols_px)).collect();
    let strong = ties.iter().filter(|t| t.strength >= STRONG).count();
    let enough = agreeing.len() >= 3.min(measured) && agreeing.len() as f64 >= 0.3 * strong as f64;
    let global = Shift {
        rows_px,
        cols_px,
        spread_px: median(&mut distance),
        tiles: measured,
        agreeing: agreeing.len(),
        // Without a common shift beyond doubt a single tile or a chance pair must not move an image.
        resolved: enough && (common.is_some() || agreeing.len() >= 3),
    };
    if !global.resolved {
        return unresolved(ties, global);
    }
    ShiftField { global, model, displacement, ties, tried }
}

/// The strong tile with the most others within one pixel, where no common shift stands out.
fn densest(ties: &[TieTile]) -> Option<(f64, f64)> {
    let near = |p: &TieTile, q: &TieTile| (p.d_row - q.d_row).hypot(p.d_col - q.d_col) <= AGREE_PX;
    let strong: Vec<&TieTile> = ties.iter().filter(|t| t.strength >= STRONG).collect();
    let votes = |p: &TieTile| strong.iter().filter(|q| near(p, q)).count();
    strong
        .iter()
        .max_by(|p, q| votes(p).cmp(&votes(q)).then(p.strength.total_cmp(&q.strength)))
        .map(|t| (t.d_row, t.d_col))
}

/// Tiles whose peak is strong enough for where it lies.
fn believed(ties: &[TieTile], start: Option<(f64, f64)>) -> Vec<usize> {
    let Some(start) = start else { return Vec::new() };
    let enough = |t: &TieTile| {
        let off = (t.d_row - start.0).hypot(t.d_col - start.1);
        t.strength >= if off <= NEAR_PX { STRONG_NEAR } else { STRONG }
    };
    (0..ties.len()).filter(|&i| enough(&ties[i])).collect()
}

/// Normalised median test against the nearest believed neighbours, twice: outliers found first no longer vote.
fn without_outliers(ties: &[TieTile], believed: &[usize], plan: &TiePlan) -> Vec<usize> {
    let mut kept = believed.to_vec();
    for _ in 0..2 {
        if kept.len() < 4 {
            break;
        }
        let agrees = |&i: &usize| {
            let t = &ties[i];
            let away = |k: usize| (ties[k].row - t.row).hypot(ties[k].col - t.col);
            let mut others: Vec<usize> = kept.iter().copied().filter(|k| *k != i).collect();
            others.sort_by(|a, b| away(*a).total_cmp(&away(*b)).then(a.cmp(b)));
            others.truncate(NEIGHBOURS);
            let part = |of: fn(&TieTile) -> f64| median(&mut others.iter().map(|k| of(&ties[*k])).collect::<Vec<_>>());
            let middle = (part(|t| t.d_row), part(|t| t.d_col));
            let off = |t: &TieTile| (t.d_row - middle.0).hypot(t.d_col - middle.1);
            let usual = median(&mut others.iter().map(|k| off(&ties[*k])).collect::<Vec<_>>());
            // Neighbours further off may differ more: relief and distortion grow with distance.
            let reach = others.last().map_or(0.0, |k| away(*k)) / plan.spacing_px.max(1.0);
            off(t) <= OUTLYING * (usual + TOLERANCE_PX * reach.clamp(1.0, 2.0))
        };
        let now: Vec<usize> = kept.iter().copied().filter(agrees).collect();
        if now.len() == kept.len() {
            break;
        }
        kept = now;
    }
    kept
}

/// The ground under the tiles.
fn frame(ties: &[TieTile], side: usize) -> Frame {
    let half = side as f64 / 2.0;
    let fold = |of: fn(&TieTile) -> f64, pick: fn(f64, f64) -> f64| ties.iter().map(of).reduce(pick).unwrap_or(0.0);
    (
        fold(|t| t.row, f64::min) - half,
        fold(|t| t.col, f64::min) - half,
        fold(|t| t.row, f64::max) + half,
        fold(|t| t.col, f64::max) + half,
    )
}

/// Models in question, simplest first.
fn candidates(ties: &[TieTile], frame: Frame, plan: &TiePlan) -> Vec<ModelKind> {
    let mut out = vec![ModelKind::Constant, ModelKind::Affine];
    // Two nodes for three tiles: finer, a node would rest on a single tile.
    let nodes = |extent: f64| {
        let tiles = (extent - plan.side as f64) / plan.spacing_px.max(1.0) + 1.0;
        ((tiles * 2.0 / 3.0).round() as usize).clamp(3, 8)
    };
    let count = (nodes(frame.2 - frame.0), nodes(frame.3 - frame.1));
    out.extend(STIFFNESS.map(|stiffness| ModelKind::Lattice { nodes: count, stiffness }));
    out.retain(|k| ties.len() >= k.least_ties());
    out
}

/// Squared misses, capped, of every tile by a model fitted without it and without tiles that share much of its ground.
fn left_out(kind: ModelKind, ties: &[TieTile], frame: Frame, side: usize) -> Vec<f64> {
    let apart = |p: &TieTile, q: &TieTile| {
        let half = side as f64 / 2.0;
        (p.row - q.row).abs() >= half || (p.col - q.col).abs() >= half
    };
    let folds = ties.len().min(FOLDS);
    let mut out = vec![0.0; ties.len()];
    for fold in 0..folds {
        let held: Vec<usize> = (fold..ties.len()).step_by(folds).collect();
        let rest: Vec<TieTile> = ties.iter().filter(|t| held.iter().all(|&h| apart(t, &ties[h]))).copied().collect();
        // With nothing left to fit, the model says nothing of this tile.
        let model = (!rest.is_empty()).then(|| fit(kind, &rest, frame));
        for h in held {
            let off = model.as_ref().map_or(MOST_MISS_PX, |m| miss(m, &ties[h]).min(MOST_MISS_PX));
            out[h] = off * off;
        }
    }
    out
}

/// The simplest model within one standard error of the best on tiles left out.
fn choose(ties: &[TieTile], frame: Frame, plan: &TiePlan) -> (ModelKind, Vec<ModelScore>) {
    let kinds = candidates(ties, frame, plan);
    if kinds.len() < 2 {
        return (ModelKind::Constant, Vec::new());
    }
    let misses: Vec<Vec<f64>> = kinds.iter().map(|k| left_out(*k, ties, frame, plan.side)).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let tried: Vec<ModelScore> =
        kinds.iter().zip(&misses).map(|(k, m)| ModelScore { kind: *k, left_out_px: mean(m).sqrt() }).collect();
    let best =
        (0..kinds.len()).min_by(|a, b| mean(&misses[*a]).total_cmp(&mean(&misses[*b])).then(a.cmp(b))).unwrap_or(0);
    let as_good = |k: &usize| {
        let gain: Vec<f64> = misses[*k].iter().zip(&misses[best]).map(|(a, b)| a - b).collect();
        let m = mean(&gain);
        let variance = gain.iter().map(|g| (g - m).powi(2)).sum::<f64>() / (gain.len() as f64 - 1.0).max(1.0);
        m <= (variance / gain.len() as f64).sqrt()
    };
    let chosen = (0..kinds.len()).find(as_good).unwrap_or(best);
    (kinds[chosen], tried)
}

impl ShiftField {
    /// Nothing could be measured.
    pub fn unknown() -> ShiftField {
        fit_field(&TiePlan { side: 0, spacing_px: 0.0, windows: Vec::new() }, Vec::new(), &Stack::default())
    }

    /// The same field with `(rows, cols)` added: measured after the later image was already read that much further on.
    pub fn plus(mut self, rows: f64, cols: f64) -> ShiftField {
        self.displacement = self.displacement.plus(rows, cols);
        (self.global.rows_px, self.global.cols_px) = (self.global.rows_px + rows, self.global.cols_px + cols);
        self.ties.iter_mut().for_each(|t| (t.d_row, t.d_col) = (t.d_row + rows, t.d_col + cols));
        self
    }

    /// What a correction by `displacement` leaves of the field by computation alone.
    pub fn less(mut self, displacement: &Displacement) -> ShiftField {
        for t in &mut self.ties {
            let d = displacement.at(t.row, t.col);
            (t.d_row, t.d_col) = (t.d_row - d.0, t.d_col - d.1);
        }
        let used: Vec<TieTile> = self.ties.iter().filter(|t| t.used).copied().collect();
        if !used.is_empty() {
            self.displacement = fit(ModelKind::Constant, &used, frame(&used, 0));
            (self.global.rows_px, self.global.cols_px) = self.displacement.nodes[0];
            let (r, c) = self.displacement.nodes[0];
            self.global.spread_px =
                median(&mut used.iter().map(|t| (t.d_row - r).hypot(t.d_col - c)).collect::<Vec<_>>());
        }
        self.model = ModelKind::Constant;
        self
    }

    /// Least and greatest shift over the used tiles' ground along rows and along columns, pixels.
    pub fn local_range(&self) -> [(f64, f64); 2] {
        let used = || self.ties.iter().filter(|t| t.used).map(|t| self.displacement.at(t.row, t.col));
        let range = |of: fn((f64, f64)) -> f64| {
            let fold = |pick: fn(f64, f64) -> f64| used().map(of).reduce(pick);
            (fold(f64::min).unwrap_or(0.0), fold(f64::max).unwrap_or(0.0))
        };
        [range(|d| d.0), range(|d| d.1)]
    }

    /// Length of the shift that nine of ten used tiles stay below by the fitted model, pixels.
    pub fn p90_px(&self) -> f64 {
        let used = self.ties.iter().filter(|t| t.used).map(|t| self.displacement.at(t.row, t.col));
        quantile(&mut used.map(|d| d.0.hypot(d.1)).collect::<Vec<_>>(), 0.9)
    }
}
