//! The rule: which cells are cloud and which are shadow, from the cells around them.
//!
//! The same function serves a corner of a tile and a whole small image; a cell's answer depends on nothing farther away than
//! [`Shape::reach`], so the size of the tiles cannot change it.
//!
//! # Source
//! Clouds by brightness, whiteness and the haze transform, shadows by projecting clouds: Z. Zhu, C. Woodcock 2012,
//! "Object-based cloud and cloud shadow detection in Landsat imagery", RSE 118 (Fmask). What is told there by a thermal band
//! and the sun's angle is told here by the other date and by the direction measured on the scene.

use super::MaskParams;
use super::cells::{Cells, DARK, SATURATED, STRONG, VALID, WEAK};
use super::morphology::{count, dilate, extreme, open, open_squares};
use ndarray::{Array2, Zip};

/// Fall within one cell that makes an edge sharp, share of the greatest rise nearby, percent.
const SHARP_FALL_PERCENT: i32 = 55;
/// An area is judged by its edges within this distance, m: works of man up to twice as wide have an edge near everywhere.
const EDGE_M: f64 = 600.0;
/// Cells within which the greatest rise of a single bright area is looked for.
const AMPLITUDE: usize = 8;
/// Heights of clouds differ: shadows lie at these shares of the measured offset.
const SHADOW_STEPS: [f64; 7] = [0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3];
/// How far a shadow may lie from the projected cloud, m.
const SHADOW_SLACK_M: f64 = 60.0;

/// The sizes of the rule in cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    lone: f64,
    small: f64,
    edge: usize,
    amplitude: usize,
    rim: f64,
    margin: f64,
    slack: f64,
    sharp_percent: f64,
}

impl Shape {
    /// Metres to cells of `cell_m`; one or two cells always remain so that single pixels never make a cloud.
    pub fn new(params: &MaskParams, cell_m: f64) -> Shape {
        let cells = |m: f64, least: f64| (m / cell_m).max(least);
        Shape {
            lone: cells(params.lone_min_width_m / 2.0, 2.5),
            small: cells(params.min_width_m / 2.0, 1.0),
            edge: (EDGE_M / cell_m).round().max(2.0) as usize,
            amplitude: (params.rim_m / cell_m).round().max(1.0) as usize,
            rim: cells(params.rim_m, 1.5),
            margin: cells(params.margin_m, 1.5),
            slack: cells(SHADOW_SLACK_M, 1.5),
            sharp_percent: params.sharp_edge_percent,
        }
    }

    /// Cells around a cell that decide whether it is cloud.
    pub fn reach(&self) -> usize {
        self.around() + (self.rim + self.margin).ceil() as usize
    }

    /// Cells around a cell that decide whether it is the core of a cloud.
    fn around(&self) -> usize {
        (2 * self.lone.max(self.small).ceil() as usize).max(self.edge + self.amplitude.max(2)) + 2
    }

    /// Cells around a window that its shadows may be decided by, besides the offset.
    pub fn shadow_reach(&self) -> usize {
        (self.margin + self.slack).ceil() as usize + 3
    }
}

/// Large soft areas: cloud whatever the rest of the scene says.
///
/// A roof or a field of greenhouses ends within a cell; a cloud's edge is ragged and thins out. Inside an area so large that
/// no edge is near there is nothing to ask.
pub fn lone_clouds(cells: &Cells, date: usize, shape: &Shape) -> Array2<bool> {
    let strong = cells.where_set(date, STRONG);
    let mut large = open(&strong, shape.lone);
    if !large.iter().any(|m| *m) {
        return large;
    }
    let (border, sharp) = edges(cells, date, &strong, shape.amplitude);
    let (all, steep) = (count(&border, shape.edge), count(&sharp, shape.edge));
    let limit = shape.sharp_percent;
    Zip::from(&mut large).and(&all).and(&steep).for_each(|m, n, s| {
        *m &= f64::from(*s) * 100.0 < limit * f64::from((*n).max(1));
    });
    large
}

/// Cells of an area that lie beside other ground, and those of them where it falls off within a cell; `amplitude` is how far its greatest
/// rise is looked for.
fn edges(cells: &Cells, date: usize, area: &Array2<bool>, amplitude: usize) -> (Array2<bool>, Array2<bool>) {
    let ground = Zip::from(&cells.flags[date]).and(area).map_collect(|f, a| f & VALID != 0 && !*a);
    let beside = dilate(&ground, 1.5);
    let border = Zip::from(area).and(&beside).map_collect(|s, g| *s && *g);
    let white = &cells.white[date];
    let (low, high, top) =
        (extreme(white, 1, i16::min), extreme(white, 1, i16::max), extreme(white, amplitude, i16::max));
    let sharp = Zip::from(&border)
        .and(&low)
        .and(&high)
        .and(&top)
        .map_collect(|b, l, h, t| *b && (i32::from(*h) - i32::from(*l)) * 100 > SHARP_FALL_PERCENT * i32::from(*t));
    (border, sharp)
}

/// Share of an area's edge, but for its part `within`, that falls off within a cell; 0 without an edge.
pub(super) fn sharp_edges(cells: &Cells, date: usize, area: &Array2<bool>, within: &Array2<bool>) -> f64 {
    let (border, sharp) = edges(cells, date, area, AMPLITUDE);
    let number = |mask: &Array2<bool>| mask.iter().zip(within).filter(|(m, w)| **m && !**w).count() as f64;
    number(&sharp) / number(&border).max(1.0)
}

/// Clouds of any size of a date that is known to have clouds.
pub fn small_clouds(cells: &Cells, date: usize, shape: &Shape) -> Array2<bool> {
    open(&cells.where_set(date, STRONG), shape.small)
}

/// Clouds of a date with their thin rim, without the margin.
pub fn clouds(cells: &Cells, date: usize, cloudy: bool, shape: &Shape) -> Array2<bool> {
    let core = if cloudy { small_clouds(cells, date, shape) } else { lone_clouds(cells, date, shape) };
    let near = dilate(&core, shape.rim);
    Zip::from(&core).and(&near).and(&cells.flags[date]).map_collect(|c, n, f| *c || *n && f & WEAK != 0)
}

/// Adds the margin.
pub fn with_margin(mask: &Array2<bool>, shape: &Shape) -> Array2<bool> {
    dilate(mask, shape.margin)
}

/// Areas as large as a lone cloud in which both dates show nothing but the sensor's maximum. Smaller ones are bright roofs,
/// and a roof that is as bright as it was is evidence that it still stands.
pub fn saturated(cells: &Cells, shape: &Shape) -> Array2<bool> {
    open(&cells.where_set(0, SATURATED), shape.lone)
}

/// Shadows without the margin: dark cells where a cloud throws its shadow.
///
/// `cloud_at(row, col)` gives whether a cell, counted as those of `cells`, is cloud; it is asked at the measured offset of a
/// cell towards the sun. `offset` is `(rows, cols)` from a cloud to its shadow, cells.
pub fn shadows(cells: &Cells, date: usize, offset: (f64, f64), near: &dyn Fn(i64, i64) -> bool) -> Array2<bool> {
    let dark = cells.where_set(date, DARK);
    let mut thrown = dark;
    thrown.indexed_iter_mut().filter(|(_, d)| **d).for_each(|((i, j), d)| {
        *d = SHADOW_STEPS
            .iter()
            .any(|t| near(i as i64 - (offset.0 * t).round() as i64, j as i64 - (offset.1 * t).round() as i64));
    });
    open_squares(&thrown)
}

/// Widens clouds by what a shadow may be off.
pub fn with_slack(mask: &Array2<bool>, shape: &Shape) -> Array2<bool> {
    dilate(mask, shape.slack)
}

/// Farthest share of the offset that is asked.
pub const FARTHEST: f64 = SHADOW_STEPS[6];
/// Nearest share of the offset that is asked.
pub const NEAREST: f64 = SHADOW_STEPS[0];
