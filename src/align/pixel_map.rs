//! Where a pixel of the working grid lies in a source image.

use super::Displacement;
use crate::grid::Grid;
use std::sync::Arc;

/// Spacing of the nodes at which a change of reference system is computed exactly, pixels of the working grid.
/// In between it is interpolated bilinearly: at 64 px of 2 m the curvature of Gauss-Krueger against UTM is under 1e-4 px,
/// at 64 px of 30 m under 0.01 px; doubling the step makes it four times that.
const NODE_STEP: usize = 64;

/// Maps working pixel positions `(row, col)` (corner convention) to source pixel positions.
#[derive(Clone, Debug)]
pub enum PixelMap {
    /// Same reference system: an exact affine map `[r0, dr/drow, dr/dcol, c0, dc/drow, dc/dcol]`.
    Affine([f64; 6]),
    /// Different reference systems: exact at nodes, bilinear between.
    Lattice {
        /// Nodes per row of nodes.
        across: usize,
        /// Source `(row, col)` at each node in raster order; NaN where the transformation fails.
        nodes: Vec<(f64, f64)>,
    },
    /// A map read at displaced positions: warp and measured shift in one step.
    Displaced {
        /// Where the files' metadata put a working position.
        base: Box<PixelMap>,
        /// How far the later image lies from the earlier one.
        displacement: Arc<Displacement>,
        /// `false`: the later image is read displaced; `true`: the earlier one is read where the displacement came from.
        undo: bool,
    },
}

/// A map without rotation: rows depend on rows alone and columns on columns. Position in the source of a working position
/// `t` of an axis: `origin + t * scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Straight {
    /// Origin and scale along rows.
    pub rows: (f64, f64),
    /// Origin and scale along columns.
    pub cols: (f64, f64),
}

impl Straight {
    /// `true` when the source has pixels of the same size: every pixel lies at the same fraction of its neighbours.
    pub fn is_shift(&self) -> bool {
        self.rows.1 == 1.0 && self.cols.1 == 1.0
    }
}

/// A map counts as straight, and its scale as one, when no position on the target moves by more than this, pixels: far under
/// the rounding of 16-bit data, and far above that of eastings with a zone prefix.
const STRAIGHT_PX: f64 = 1e-6;

impl PixelMap {
    /// The map for two grids of the same reference system.
    pub fn affine(target: &Grid, source: &Grid) -> PixelMap {
        let at = |row: f64, col: f64| {
            let (x, y) = target.affine.to_map(row, col);
            source.affine.to_pixel(x, y)
        };
        // Differences are taken over the whole grid, not one pixel, to keep the digits of large eastings.
        let (span_r, span_c) = (target.rows.max(1) as f64, target.cols.max(1) as f64);
        let (o, r, c) = (at(0.0, 0.0), at(span_r, 0.0), at(0.0, span_c));
        PixelMap::Affine([
            o.0,
            (r.0 - o.0) / span_r,
            (c.0 - o.0) / span_c,
            o.1,
            (r.1 - o.1) / span_r,
            (c.1 - o.1) / span_c,
        ])
    }

    /// The map for grids of different systems; `move_points` brings map coordinates of the target's system into the
    /// source's, in place, NaN where it cannot.
    pub fn lattice(target: &Grid, source: &Grid, move_points: &dyn Fn(&mut [f64], &mut [f64])) -> PixelMap {
        let across = target.cols.div_ceil(NODE_STEP) + 2;
        let down = target.rows.div_ceil(NODE_STEP) + 2;
        let mut nodes = Vec::with_capacity(across * down);
        for i in 0..down {
            let (mut xs, mut ys): (Vec<f64>, Vec<f64>) =
                (0..across).map(|j| target.affine.to_map((i * NODE_STEP) as f64, (j * NODE_STEP) as f64)).unzip();
            move_points(&mut xs, &mut ys);
            nodes.extend(xs.iter().zip(&ys).map(|(&x, &y)| source.affine.to_pixel(x, y)));
        }
        PixelMap::Lattice { across, nodes }
    }

    /// Source position of a working position; NaN where there is none.
    pub fn at(&self, row: f64, col: f64) -> (f64, f64) {
        match self {
            PixelMap::Affine(m) => (m[0] + row * m[1] + col * m[2], m[3] + row * m[4] + col * m[5]),
            PixelMap::Lattice { across, nodes } => on_lattice(*across, nodes, row, col),
            PixelMap::Displaced { base, displacement, undo } => {
                if *undo {
                    let (r, c) = displacement.undo(row, col);
                    return base.at(r, c);
                }
                let d = displacement.at(row, col);
                base.at(row + d.0, col + d.1)
            }
        }
    }

    /// [`PixelMap::at`] for `rows.len()` positions of one row, a pixel apart from `col` on: the same bits.
    #[inline(always)]
    pub fn at_row(&self, row: f64, col: f64, rows: &mut [f64], cols: &mut [f64]) {
        match self {
            PixelMap::Displaced { base, displacement, undo } => {
                let places = rows.iter_mut().zip(cols.iter_mut()).enumerate();
                places.for_each(|(j, (r, c))| (*r, *c) = (row, col + j as f64));
                if *undo {
                    displacement.undo_all(rows, cols);
                } else {
                    displacement.add_to_all(rows, cols);
                }
                base.at_all(rows, cols);
            }
            _ => {
                let places = rows.iter_mut().zip(cols.iter_mut()).enumerate();
                places.for_each(|(j, (r, c))| (*r, *c) = (row, col + j as f64));
                self.at_all(rows, cols);
            }
        }
    }

    /// Maps positions in place.
    #[inline(always)]
    fn at_all(&self, rows: &mut [f64], cols: &mut [f64]) {
        let places = rows.iter_mut().zip(cols.iter_mut());
        match self {
            PixelMap::Affine(m) => places.for_each(|(r, c)| {
                (*r, *c) = (m[0] + *r * m[1] + *c * m[2], m[3] + *r * m[4] + *c * m[5]);
            }),
            PixelMap::Lattice { across, nodes } => {
                places.for_each(|(r, c)| (*r, *c) = on_lattice(*across, nodes, *r, *c))
            }
            PixelMap::Displaced { .. } => places.for_each(|(r, c)| (*r, *c) = self.at(*r, *c)),
        }
    }

    /// The map without its rotation when it has none to speak of on `target`.
    pub fn straight(&self, target: &Grid) -> Option<Straight> {
        let PixelMap::Affine(m) = self else { return None };
        let (rows, cols) = (target.rows.max(1) as f64, target.cols.max(1) as f64);
        let turned = (m[2] * cols).abs().max((m[4] * rows).abs());
        if m.iter().any(|v| !v.is_finite()) || turned > STRAIGHT_PX || m[1] <= 0.0 || m[5] <= 0.0 {
            return None;
        }
        let scale = |scale: f64, side: f64| if ((scale - 1.0) * side).abs() <= STRAIGHT_PX { 1.0 } else { scale };
        Some(Straight { rows: (m[0], scale(m[1], rows)), cols: (m[3], scale(m[5], cols)) })
    }

    /// Source pixels per working pixel along rows and columns, near the middle of the working grid.
    pub fn scale(&self, target: &Grid) -> (f64, f64) {
        let (r, c) = (target.rows as f64 / 2.0, target.cols as f64 / 2.0);
        let (a, dr, dc) = (self.at(r, c), self.at(r + 1.0, c), self.at(r, c + 1.0));
        let row_scale = (dr.0 - a.0).abs().max((dc.0 - a.0).abs());
        let col_scale = (dr.1 - a.1).abs().max((dc.1 - a.1).abs());
        (row_scale, col_scale)
    }

    /// The same map read `displacement` (working pixels) further on, or with `undo` where it came from. A constant moves the
    /// map itself, so that whole pixels can still be copied; anything else is looked up at every pixel.
    pub fn displaced(&self, displacement: &Arc<Displacement>, undo: bool) -> PixelMap {
        match (displacement.as_constant(), self) {
            (Some((rows, cols)), PixelMap::Affine(m)) => {
                let sign = if undo { -1.0 } else { 1.0 };
                let (r, c) = self.at(sign * rows, sign * cols);
                PixelMap::Affine([r, m[1], m[2], c, m[4], m[5]])
            }
            _ => PixelMap::Displaced { base: Box::new(self.clone()), displacement: displacement.clone(), undo },
        }
    }

    /// Whole-pixel offset `(rows, cols)` when pixels can be copied as they are: unit scale, no rotation, and less than
    /// 0.001 px off the source's own pixels anywhere on the target.
    pub fn copy_offset(&self, target: &Grid) -> Option<(i64, i64)> {
        let PixelMap::Affine(m) = self else { return None };
        let (r, c) = (m[0].round(), m[3].round());
        let corners = [
            (0.0, 0.0),
            (target.rows as f64, 0.0),
            (0.0, target.cols as f64),
            (target.rows as f64, target.cols as f64),
        ];
        let off = corners.iter().map(|&(row, col)| {
            let (sr, sc) = self.at(row, col);
            (sr - row - r).abs().max((sc - col - c).abs())
        });
        let worst = off.fold(0.0, f64::max);
        (worst < 1e-3).then_some((r as i64, c as i64))
    }
}

/// Bilinear between the nodes of a lattice.
#[inline(always)]
fn on_lattice(across: usize, nodes: &[(f64, f64)], row: f64, col: f64) -> (f64, f64) {
    let step = NODE_STEP as f64;
    let down = nodes.len() / across;
    let (i, j) = ((row / step).floor(), (col / step).floor());
    // Halo positions beyond the grid continue the nearest cell.
    let i = i.clamp(0.0, down as f64 - 2.0) as usize;
    let j = j.clamp(0.0, across as f64 - 2.0) as usize;
    let (u, v) = (row / step - i as f64, col / step - j as f64);
    let (a, b) = (&nodes[i * across + j..][..2], &nodes[(i + 1) * across + j..][..2]);
    let mix = |a: f64, b: f64, c: f64, d: f64| (1.0 - u) * ((1.0 - v) * a + v * b) + u * ((1.0 - v) * c + v * d);
    (mix(a[0].0, a[1].0, b[0].0, b[1].0), mix(a[0].1, a[1].1, b[0].1, b[1].1))
}
