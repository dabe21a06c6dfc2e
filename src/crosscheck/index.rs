//! An index of polygons that answers overlap questions.
//!
//! Large polygons are cut into pieces first, so that a small shape on a county-wide outline costs as much as on a field.

use crate::features::{bounds, repair, union_of};
use geo::{Area, BooleanOps, Intersects, Line, LineString, MultiPolygon, Polygon, Rect, coord};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// Vertices of a piece; doubling it halves the number of pieces and doubles the cost of each overlay.
const PIECE_VERTICES: usize = 256;
/// Halvings at most; a polygon denser than this is left as it is.
const MAX_DEPTH: usize = 24;

type Entry = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// Polygons by place. Rows are numbered as they were given.
#[derive(Clone, Debug)]
pub struct ShapeIndex {
    pieces: Vec<(usize, MultiPolygon<f64>)>,
    tree: RTree<Entry>,
}

impl ShapeIndex {
    /// Builds the index; rows without a shape, or with coordinates that are no numbers, are never found.
    pub fn new<'a>(shapes: impl Iterator<Item = Option<&'a MultiPolygon<f64>>>) -> ShapeIndex {
        let mut pieces = Vec::new();
        for (row, shape) in shapes.enumerate() {
            for polygon in shape.into_iter().filter(|s| finite(s)).flatten() {
                let mut parts = Vec::new();
                cut(MultiPolygon(vec![polygon.clone()]), 0, &mut parts);
                pieces.extend(parts.into_iter().map(|p| (row, p)));
            }
        }
        let entries: Vec<Entry> = pieces
            .iter()
            .enumerate()
            .filter_map(|(i, (_, p))| {
                let b = bounds(p)?;
                let corners = AABB::from_corners([b[0], b[1]], [b[2], b[3]]);
                Some(GeomWithData::new(Rectangle::from_aabb(corners), i))
            })
            .collect();
        ShapeIndex { pieces, tree: RTree::bulk_load(entries) }
    }

    /// Intersections of a shape with the kept rows, `(row, part)` in order of rows.
    fn parts(&self, shape: &MultiPolygon<f64>, keep: &dyn Fn(usize) -> bool) -> Vec<(usize, MultiPolygon<f64>)> {
        if !finite(shape) {
            return Vec::new();
        }
        let Some(b) = bounds(shape) else { return Vec::new() };
        let reach = AABB::from_corners([b[0], b[1]], [b[2], b[3]]);
        let mut hits: Vec<usize> = self.tree.locate_in_envelope_intersecting(&reach).map(|e| e.data).collect();
        hits.sort_unstable();
        hits.into_iter()
            .filter(|i| keep(self.pieces[*i].0))
            .map(|i| (self.pieces[i].0, self.part_in(shape, b, i)))
            .filter(|p| p.1.unsigned_area() > 0.0)
            .collect()
    }

    /// The part of a shape with bounds `b` in a piece. Most shapes lie wholly in one piece or outside of it, which takes one look along
    /// its edges instead of an overlay.
    fn part_in(&self, shape: &MultiPolygon<f64>, b: [f64; 4], piece: usize) -> MultiPolygon<f64> {
        let piece = &self.pieces[piece].1;
        if rings(piece).flat_map(|r| r.lines()).any(|edge| touches(&edge, b)) {
            return shape.intersection(piece);
        }
        let middle = coord! { x: (b[0] + b[2]) / 2.0, y: (b[1] + b[3]) / 2.0 };
        if piece.intersects(&geo::Point(middle)) { shape.clone() } else { MultiPolygon(Vec::new()) }
    }

    /// Area of a shape inside the kept rows, in square map units; what several rows cover counts once.
    pub fn overlap(&self, shape: &MultiPolygon<f64>, keep: &dyn Fn(usize) -> bool) -> f64 {
        let parts = self.parts(shape, keep);
        let one_row = parts.windows(2).all(|w| w[0].0 == w[1].0);
        if one_row {
            // The empty sum of floats is -0.
            return parts.iter().map(|p| p.1.unsigned_area()).sum::<f64>() + 0.0;
        }
        union_of_parts(parts).unsigned_area()
    }

    /// The part of a shape inside the kept rows.
    pub fn clip(&self, shape: &MultiPolygon<f64>, keep: &dyn Fn(usize) -> bool) -> MultiPolygon<f64> {
        let parts = self.parts(shape, keep);
        match parts.as_slice() {
            [] => MultiPolygon(Vec::new()),
            [one] => one.1.clone(),
            many => {
                let union = union_of_parts(many.to_vec());
                // Grid-snapped borders now and then leave a ring that touches itself.
                repair(union.0).shape.unwrap_or_else(|| MultiPolygon(Vec::new()))
            }
        }
    }

    /// Rows a shape overlaps, with the shared area in square map units, in order of rows.
    pub fn overlaps(&self, shape: &MultiPolygon<f64>) -> Vec<(usize, f64)> {
        let mut out: Vec<(usize, f64)> = Vec::new();
        for (row, part) in self.parts(shape, &|_| true) {
            let area = part.unsigned_area();
            match out.last_mut() {
                Some(last) if last.0 == row => last.1 += area,
                _ => out.push((row, area)),
            }
        }
        out
    }
}

fn rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    shape.0.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
}

/// `false` only for an edge that surely does not meet the rectangle.
fn touches(edge: &Line<f64>, [x0, y0, x1, y1]: [f64; 4]) -> bool {
    let (a, b) = (edge.start, edge.end);
    let beside = a.x.max(b.x) < x0 || a.x.min(b.x) > x1 || a.y.max(b.y) < y0 || a.y.min(b.y) > y1;
    if beside {
        return false;
    }
    // All corners on one side of the line, by more than rounding can hide.
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let side = |x: f64, y: f64| dx * (y - a.y) - dy * (x - a.x);
    let slack = 1e-9 * (dx.abs() + dy.abs()) * ((x1 - x0) + (y1 - y0) + dx.abs() + dy.abs());
    let sides = [side(x0, y0), side(x1, y0), side(x0, y1), side(x1, y1)];
    !(sides.iter().all(|s| *s > slack) || sides.iter().all(|s| *s < -slack))
}

fn union_of_parts(parts: Vec<(usize, MultiPolygon<f64>)>) -> MultiPolygon<f64> {
    let polygons: Vec<Polygon<f64>> = parts.into_iter().flat_map(|p| p.1.0).collect();
    union_of(&polygons)
}

fn finite(shape: &MultiPolygon<f64>) -> bool {
    rings(shape).flat_map(|r| &r.0).all(|c| c.x.is_finite() && c.y.is_finite())
}

/// Halves a shape across its longer side until the pieces are small. Areas add up to the whole.
fn cut(shape: MultiPolygon<f64>, depth: usize, out: &mut Vec<MultiPolygon<f64>>) {
    let count = |p: &Polygon<f64>| p.exterior().0.len() + p.interiors().iter().map(|r| r.0.len()).sum::<usize>();
    let vertices: usize = shape.0.iter().map(count).sum();
    let Some([x0, y0, x1, y1]) = bounds(&shape) else { return };
    if vertices <= PIECE_VERTICES || depth >= MAX_DEPTH {
        out.push(shape);
        return;
    }
    // The halves reach a little beyond the box, so that only the middle line cuts.
    let (mx, my) = ((x1 - x0) * 0.01 + f64::EPSILON, (y1 - y0) * 0.01 + f64::EPSILON);
    let rect = |a: f64, b: f64, c: f64, d: f64| Rect::new(coord! { x: a, y: b }, coord! { x: c, y: d }).to_polygon();
    let halves = if x1 - x0 >= y1 - y0 {
        let m = (x0 + x1) / 2.0;
        [rect(x0 - mx, y0 - my, m, y1 + my), rect(m, y0 - my, x1 + mx, y1 + my)]
    } else {
        let m = (y0 + y1) / 2.0;
        [rect(x0 - mx, y0 - my, x1 + mx, m), rect(x0 - mx, m, x1 + mx, y1 + my)]
    };
    for half in halves {
        let part = shape.intersection(&half);
        if part.unsigned_area() > 0.0 {
            cut(part, depth + 1, out);
        }
    }
}
