//! Alignment by the images themselves: measure, correct once, measure what is left, or refuse.

use super::images::AlignedPair;
use super::pool::Pool;
use super::progress::Progress;
use super::statistics::{BLOCK, Sample};
use crate::align::{
    self, AlignError, AlignParams, Date, Displacement, MatchEvidence, ModelKind, ResidualField, ResidualSummary, Shift,
    ShiftField, Stack, TieMeasure, TiePlan,
};
use crate::error::Error;
use crate::grid::{Grid, Window};
use crate::report::document::ShiftSummary;
use geo::{BoundingRect, CoordsIter, MultiPolygon};
use serde::Serialize;

/// Agreement below this is not undone even where it costs nothing, pixels: it is measurement error.
const NOTHING_PX: f64 = 0.02;
/// Places along an outline at which the residual is asked.
const PLACES: usize = 16;

/// What was measured and done about alignment.
#[derive(Clone, Debug, Serialize)]
pub struct Alignment {
    /// The shift as found, before any correction.
    pub field: ShiftField,
    /// What speaks for and against a match.
    pub evidence: MatchEvidence,
    /// What was undone; `None` when everything was left alone.
    pub corrected: Option<Displacement>,
    /// The shift measured again after the correction; `None` when nothing was corrected.
    pub after_correction: Option<ShiftField>,
    /// What is left; `None` where it could not be measured.
    pub residual: Option<ResidualSummary>,
}

impl Alignment {
    /// The shift that is left as one vector.
    pub fn left(&self) -> &Shift {
        &self.after_correction.as_ref().unwrap_or(&self.field).global
    }

    /// Length of the shift that is left, pixels; `None` where it could not be measured.
    pub fn residual_px(&self) -> Option<f64> {
        self.left().resolved.then(|| self.left().length_px())
    }
}

impl Alignment {
    /// In figures, for people and `run.json`; `None` when no tile could be measured.
    pub fn summary(&self, gsd_m: f64) -> Option<ShiftSummary> {
        let s = &self.field.global;
        let [local_rows_px, local_cols_px] = self.field.local_range();
        (s.tiles > 0).then(|| ShiftSummary {
            row_px: s.rows_px,
            col_px: s.cols_px,
            length_px: s.length_px(),
            length_m: s.length_px() * gsd_m,
            residual_px: self.residual_px(),
            resolved: s.resolved,
            tiles: s.tiles,
            agreeing: s.agreeing,
            spread_px: s.spread_px,
            model: self.field.model.code().into(),
            local_rows_px,
            local_cols_px,
            corrected: self.corrected.is_some(),
            residual: self.residual.clone(),
        })
    }
}

/// One measurement on the pair as it is read now.
struct Measurement {
    field: ShiftField,
    evidence: MatchEvidence,
}

fn measure(pair: &AlignedPair, plan: &TiePlan, pool: &Pool, params: &AlignParams, progress: &Progress) -> Measurement {
    let bar = progress.stage("measuring the shift", plan.windows.len() as u64);
    let mut stack = Stack::default();
    let mut ties = Vec::new();
    let tie = |w: &Window| {
        let (before, after) = pair.read(*w);
        let half = plan.side as f64 / 2.0;
        align::measure_tie(&before, &after, (w.row as f64 + half, w.col as f64 + half), params)
    };
    // What lies in one block is one item, lest one worker wait for the block that another decodes.
    let block = |w: &Window| (w.row.div_euclid(BLOCK as i64), w.col.div_euclid(BLOCK as i64));
    let items: Vec<&[Window]> = plan.windows.chunk_by(|a, b| block(a) == block(b)).collect();
    pool.in_order(
        &items,
        |windows| windows.iter().map(tie).collect(),
        |_, found: Vec<Option<TieMeasure>>| {
            for t in found.iter().flatten() {
                stack.add(&t.surface);
                ties.push((t.tie, t.textured));
            }
            bar.add(found.len() as u64);
        },
    );
    let evidence = MatchEvidence::of(&ties, plan, &stack);
    let field = align::fit_field(plan, ties.into_iter().map(|t| t.0).collect(), &stack);
    Measurement { field, evidence }
}

/// Measures the shift between the dates, undoes it in the pair's one resampling, measures what is left and keeps that with the
/// pair.
///
/// # Errors
/// [`AlignError::Mismatch`] when both dates show structure but not the same; see [`MatchEvidence::denies_match`].
pub fn align_pair(
    pair: &mut AlignedPair,
    sample: &Sample,
    pool: &Pool,
    params: &AlignParams,
    progress: &Progress,
) -> Result<Alignment, Error> {
    let (rows, cols) = (pair.grid().rows, pair.grid().cols);
    let in_sample = (!sample.whole).then(|| align::tie_plan_in(&sample.blocks, rows, cols, params)).flatten();
    let plan = in_sample.unwrap_or_else(|| align::tie_plan(rows, cols, params));
    let first = measure(pair, &plan, pool, params, progress);
    let evidence = first.evidence;
    if !first.field.global.resolved {
        if evidence.denies_match() {
            return Err(mismatch(pair, &evidence, params).into());
        }
        return Ok(Alignment { field: first.field, evidence, corrected: None, after_correction: None, residual: None });
    }
    let mut field = first.field;
    // Tiles that were cut a pixel or more apart share less ground and are biased towards no shift: cut them again in place.
    let whole = (field.global.rows_px.round(), field.global.cols_px.round());
    if whole != (0.0, 0.0) {
        pair.correct(Displacement::constant(whole.0, whole.1), f64::INFINITY);
        let again = measure(pair, &plan, pool, params, progress).field;
        if again.global.resolved {
            field = again.plus(whole.0, whole.1);
        }
    }
    let (corrected, left) = undo(pair, &field, &plan, pool, params, progress);
    let residual = ResidualField::of(left.as_ref().unwrap_or(&field), &plan, rows, cols);
    let summary = residual.as_ref().map(ResidualField::summary);
    pair.set_residual(residual);
    Ok(Alignment { field, evidence, corrected, after_correction: left, residual: summary })
}

/// Undoes the field where it is worth it, and measures what is left. A field that leaves more than a single vector would have
/// left is given up for the vector.
fn undo(
    pair: &mut AlignedPair,
    field: &ShiftField,
    plan: &TiePlan,
    pool: &Pool,
    params: &AlignParams,
    progress: &Progress,
) -> (Option<Displacement>, Option<ShiftField>) {
    let nothing = Displacement::constant(0.0, 0.0);
    let worth = if pair.resampled_anyway() { NOTHING_PX } else { params.leave_alone_px };
    if field.p90_px() <= worth {
        pair.correct(nothing, params.leave_alone_px);
        return (None, None);
    }
    let vector = Displacement::constant(field.global.rows_px, field.global.cols_px);
    let mut tried = Vec::new();
    if field.model != ModelKind::Constant {
        tried.push(field.displacement.clone());
    }
    tried.push(vector);
    let mut best: Option<(Displacement, ShiftField, f64)> = None;
    for displacement in tried {
        pair.correct(displacement.clone(), params.leave_alone_px);
        let mut left = measure(pair, plan, pool, params, progress).field;
        if !left.global.resolved {
            // A pair at the edge of what can be measured: what the first measurement leaves by computation.
            left = field.clone().less(&displacement);
        }
        let length = typical(&left);
        if field.model == ModelKind::Constant || length <= typical_about_vector(field) {
            return (Some(displacement), Some(left));
        }
        if best.as_ref().is_none_or(|b| length < b.2) {
            best = Some((displacement, left, length));
        }
    }
    let Some((displacement, left, _)) = best else { return (None, None) };
    pair.correct(displacement.clone(), params.leave_alone_px);
    (Some(displacement), Some(left))
}

/// Root mean square length of the shifts of the used tiles, pixels; infinite where nothing is resolved.
fn typical(field: &ShiftField) -> f64 {
    rms(field, (0.0, 0.0))
}

/// The same about the field's own vector: what correcting that vector would leave.
fn typical_about_vector(field: &ShiftField) -> f64 {
    rms(field, (field.global.rows_px, field.global.cols_px))
}

fn rms(field: &ShiftField, from: (f64, f64)) -> f64 {
    let used: Vec<f64> =
        field.ties.iter().filter(|t| t.used).map(|t| (t.d_row - from.0).powi(2) + (t.d_col - from.1).powi(2)).collect();
    if used.is_empty() || !field.global.resolved {
        return f64::INFINITY;
    }
    (used.iter().sum::<f64>() / used.len() as f64).sqrt()
}

fn mismatch(pair: &AlignedPair, evidence: &MatchEvidence, params: &AlignParams) -> AlignError {
    let names = |date| pair.infos(date).iter().map(|i| i.path.as_str()).collect::<Vec<_>>().join(", ");
    AlignError::Mismatch {
        before: names(Date::Before),
        after: names(Date::After),
        textured: evidence.textured,
        agreeing: evidence.agreeing,
        wanted: (evidence.strong.max(evidence.textured / 3)).max(3),
        reach: params.max_shift_px,
    }
}

/// Greatest residual misregistration along the outline of a shape in map coordinates, pixels; `None` where it could not be
/// measured or there is no shape.
pub fn residual_along(pair: &AlignedPair, shape: &MultiPolygon<f64>) -> Option<f64> {
    let grid: &Grid = pair.grid();
    let count = shape.coords_count();
    let field = pair.residual()?;
    let outline = shape.coords_iter().step_by(count.div_ceil(PLACES).max(1));
    let middle = shape.bounding_rect()?.center();
    let pixel = |c: geo::Coord<f64>| grid.affine.to_pixel(c.x, c.y);
    field.worst(outline.chain([middle]).map(pixel))
}
