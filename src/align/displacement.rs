//! How far the later image lies from the earlier one at every place: a lattice of vectors, bilinear in between.

use serde::Serialize;

/// Displacement of the later image against the earlier one over the working grid, pixels: bilinear between its nodes, and
/// beyond its outermost nodes as at the nearest place inside, so that nothing is extrapolated where no tie tile lies.
///
/// A constant is one node; an affine displacement is exactly 2 x 2 nodes; anything else is a finer lattice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Displacement {
    /// Row and column of the first node on the working grid, pixels.
    pub origin: (f64, f64),
    /// Pixels between nodes along rows and columns.
    pub step: (f64, f64),
    /// Nodes along rows and columns.
    pub count: (usize, usize),
    /// `(rows, cols)` at each node, pixels, in raster order.
    pub nodes: Vec<(f64, f64)>,
}

impl Displacement {
    /// The same everywhere.
    pub fn constant(rows: f64, cols: f64) -> Displacement {
        Displacement { origin: (0.0, 0.0), step: (1.0, 1.0), count: (1, 1), nodes: vec![(rows, cols)] }
    }

    /// The vector when it is the same everywhere.
    pub fn as_constant(&self) -> Option<(f64, f64)> {
        if self.nodes.len() == 1 { Some(self.nodes[0]) } else { None }
    }

    /// Displacement at a position of the working grid (corner convention), pixels.
    #[inline(always)]
    pub fn at(&self, row: f64, col: f64) -> (f64, f64) {
        let axis = |at: f64, origin: f64, step: f64, count: usize| {
            let t = ((at - origin) / step).clamp(0.0, (count - 1) as f64);
            let first = (t.floor() as usize).min(count.saturating_sub(2));
            (first, (first + 1).min(count - 1), t - first as f64)
        };
        let (i, k, u) = axis(row, self.origin.0, self.step.0, self.count.0);
        let (j, l, v) = axis(col, self.origin.1, self.step.1, self.count.1);
        let node = |a: usize, b: usize| self.nodes[a * self.count.1 + b];
        let (a, b, c, d) = (node(i, j), node(i, l), node(k, j), node(k, l));
        let mix = |a: f64, b: f64, c: f64, d: f64| (1.0 - u) * ((1.0 - v) * a + v * b) + u * ((1.0 - v) * c + v * d);
        (mix(a.0, b.0, c.0, d.0), mix(a.1, b.1, c.1, d.1))
    }

    /// Where the ground of the later image's position `(row, col)` lies in the earlier image: the solution of
    /// `q + displacement(q) = (row, col)`, by fixed-point steps. A displacement that changes by less than a tenth of a pixel
    /// per pixel is undone to 0.001 of its change over its own length after four.
    #[inline(always)]
    pub fn undo(&self, row: f64, col: f64) -> (f64, f64) {
        let mut q = (row, col);
        for _ in 0..4 {
            let d = self.at(q.0, q.1);
            q = (row - d.0, col - d.1);
        }
        q
    }

    /// Adds the displacement to positions, in place.
    #[inline(always)]
    pub fn add_to_all(&self, rows: &mut [f64], cols: &mut [f64]) {
        for (r, c) in rows.iter_mut().zip(cols) {
            let d = self.at(*r, *c);
            (*r, *c) = (*r + d.0, *c + d.1);
        }
    }

    /// [`Displacement::undo`] for many positions, in place.
    #[inline(always)]
    pub fn undo_all(&self, rows: &mut [f64], cols: &mut [f64]) {
        rows.iter_mut().zip(cols).for_each(|(r, c)| (*r, *c) = self.undo(*r, *c));
    }

    /// Longest vector, pixels.
    pub fn longest_px(&self) -> f64 {
        self.nodes.iter().map(|n| n.0.hypot(n.1)).fold(0.0, f64::max)
    }

    /// The same with `(rows, cols)` added everywhere.
    pub fn plus(&self, rows: f64, cols: f64) -> Displacement {
        Displacement { nodes: self.nodes.iter().map(|n| (n.0 + rows, n.1 + cols)).collect(), ..self.clone() }
    }
}
