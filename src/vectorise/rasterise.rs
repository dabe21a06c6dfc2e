//! Polygons on the pixel grid: a pixel belongs to a polygon that its centre lies in.

use crate::grid::{Affine, Window};
use geo::{BoundingRect, MultiPolygon};
use std::ops::Range;

/// Polygons laid on a grid, ready to be drawn window by window.
pub struct PixelPolygons {
    shapes: Vec<PixelShape>,
}

struct PixelShape {
    /// Edges `(row, col) -> (row, col)`, not level.
    edges: Vec<[f64; 4]>,
    rows: (f64, f64),
    cols: (f64, f64),
}

impl PixelPolygons {
    /// Polygons in map coordinates; empty ones keep their number and are never drawn.
    pub fn new<'a>(shapes: impl IntoIterator<Item = Option<&'a MultiPolygon<f64>>>, affine: &Affine) -> PixelPolygons {
        let shapes = shapes.into_iter().map(|shape| {
            let mut on_grid = PixelShape { edges: Vec::new(), rows: (f64::MAX, f64::MIN), cols: (f64::MAX, f64::MIN) };
            let Some(shape) = shape.filter(|s| s.bounding_rect().is_some()) else { return on_grid };
            let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
            for line in rings.flat_map(|ring| ring.lines()) {
                let a = affine.to_pixel(line.start.x, line.start.y);
                let b = affine.to_pixel(line.end.x, line.end.y);
                on_grid.rows = (on_grid.rows.0.min(a.0), on_grid.rows.1.max(a.0));
                on_grid.cols = (on_grid.cols.0.min(a.1), on_grid.cols.1.max(a.1));
                if a.0 != b.0 {
                    on_grid.edges.push([a.0, a.1, b.0, b.1]);
                }
            }
            on_grid
        });
        PixelPolygons { shapes: shapes.collect() }
    }

    /// How many polygons there are, empty ones included.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Calls `span` for every stretch of pixels of every polygon in a window: number of the polygon, row and columns
    /// relative to the window.
    ///
    /// # Cost
    /// Edges of the polygons that reach into the window x rows they span.
    pub fn spans(&self, window: Window, mut span: impl FnMut(usize, usize, Range<usize>)) {
        let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); window.rows];
        for (number, shape) in self.shapes.iter().enumerate().filter(|(_, s)| s.reaches(window)) {
            for &[r1, c1, r2, c2] in &shape.edges {
                let (top, bottom) = (r1.min(r2), r1.max(r2));
                // Rows whose centre line lies in [top, bottom): an end shared by two edges counts once.
                let first = ((top - 0.5).ceil() as i64 - window.row).max(0);
                let last = ((bottom - 0.5).ceil() as i64 - window.row).min(window.rows as i64);
                for i in first..last {
                    let centre = (i + window.row) as f64 + 0.5;
                    crossings[i as usize].push(c1 + (c2 - c1) * (centre - r1) / (r2 - r1));
                }
            }
            for (i, row) in crossings.iter_mut().enumerate() {
                row.sort_unstable_by(f64::total_cmp);
                for pair in row.chunks_exact(2) {
                    let column = |x: f64| {
                        ((x - 0.5).ceil() as i64).saturating_sub(window.col).clamp(0, window.cols as i64) as usize
                    };
                    let cols = column(pair[0])..column(pair[1]);
                    if !cols.is_empty() {
                        span(number, i, cols);
                    }
                }
                row.clear();
            }
        }
    }
}

impl PixelShape {
    fn reaches(&self, window: Window) -> bool {
        self.rows.1 >= window.row as f64
            && self.rows.0 <= window.row_end() as f64
            && self.cols.1 >= window.col as f64
            && self.cols.0 <= window.col_end() as f64
    }
}
