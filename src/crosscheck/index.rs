//! An index of polygons that answers overlap questions.
//!
//! Large polygons are cut into pieces first, so that a small shape on a county-wide outline costs as much as on a field.

use super::shared_area::{Outline, directed_rings, inside};
use crate::features::{Bounds, bounds, repair, union_of};
use geo::{Area, BooleanOps, Coord, Intersects, LineString, MultiPolygon, Polygon, Rect, coord};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, Envelope, RTree};
use std::borrow::Borrow;

/// Vertices of a piece: few enough that looking along all edges of a county-wide outline costs little.
const PIECE_VERTICES: usize = 1024;
/// Halvings at most; a polygon denser than this is left as it is.
const MAX_DEPTH: usize = 24;
/// Part of a shape that rows may share between them without being taken for overlapping: neighbours drawn to the same border differ in
/// the last digits.
const HAIR: f64 = 1e-7;
/// Part of the smaller of two polygons that they may share by rounding.
const NOTHING: f64 = 1e-9;

type Entry = GeomWithData<Rectangle<[f64; 2]>, u32>;

/// Polygons by place. Rows are numbered as they were given.
#[derive(Clone, Debug, Default)]
pub struct ShapeIndex {
    /// All points of all rings: a land survey has hundreds of thousands of small polygons, and one allocation for each would weigh more
    /// than their points.
    points: Vec<Coord<f64>>,
    rings: Vec<Ring>,
    pieces: Vec<Piece>,
    tree: RTree<Entry>,
}

/// A closed ring, ending where the next one begins.
#[derive(Clone, Copy, Debug)]
struct Ring {
    first_point: u32,
    outer: bool,
}

/// A row, or part of one; its rings end where the next piece's begin.
#[derive(Clone, Copy, Debug)]
struct Piece {
    row: u32,
    first_ring: u32,
}

impl ShapeIndex {
    /// Builds the index; rows without a shape, or with coordinates that are no numbers, are never found. Shapes given by value are let
    /// go as they are taken in.
    pub fn new<S: Borrow<MultiPolygon<f64>>>(shapes: impl Iterator<Item = Option<S>>) -> ShapeIndex {
        let mut index = ShapeIndex::default();
        let mut entries: Vec<Entry> = Vec::new();
        for (row, shape) in shapes.enumerate() {
            for polygon in shape.iter().map(S::borrow).filter(|s| finite(s)).flatten() {
                let mut parts = Vec::new();
                cut(MultiPolygon(vec![polygon.clone()]), 0, &mut parts);
                for part in parts {
                    let points = part.0.iter().flat_map(|p| &p.exterior().0);
                    let Some(reach) = envelope(points) else { continue };
                    entries.push(GeomWithData::new(Rectangle::from_aabb(reach), index.pieces.len() as u32));
                    index.push(row as u32, &part);
                }
            }
        }
        index.points.shrink_to_fit();
        index.tree = RTree::bulk_load(entries);
        index
    }

    fn push(&mut self, row: u32, part: &MultiPolygon<f64>) {
        self.pieces.push(Piece { row, first_ring: self.rings.len() as u32 });
        for (outer, points) in directed_rings(part) {
            self.rings.push(Ring { first_point: self.points.len() as u32, outer });
            self.points.extend(points);
        }
    }

    fn ring_numbers(&self, piece: u32) -> std::ops::Range<usize> {
        let end = self.pieces.get(piece as usize + 1).map_or(self.rings.len(), |p| p.first_ring as usize);
        self.pieces[piece as usize].first_ring as usize..end
    }

    fn ring(&self, number: usize) -> &[Coord<f64>] {
        let end = self.rings.get(number + 1).map_or(self.points.len(), |r| r.first_point as usize);
        &self.points[self.rings[number].first_point as usize..end]
    }

    fn rings_of(&self, piece: u32) -> impl Iterator<Item = &[Coord<f64>]> + Clone {
        self.ring_numbers(piece).map(|r| self.ring(r))
    }

    /// The parts of some rows that may reach into a rectangle, in the order of the rows.
    pub fn near(&self, [x0, y0, x1, y1]: Bounds, keep: &dyn Fn(usize) -> bool) -> Vec<MultiPolygon<f64>> {
        let reach = AABB::from_corners([x0, y0], [x1, y1]);
        let near = self.tree.locate_in_envelope_intersecting(&reach).map(|e| e.data);
        let mut near: Vec<u32> = near.filter(|&p| keep(self.row_of(p) as usize)).collect();
        near.sort_unstable();
        near.into_iter().map(|p| self.shape_of(p)).collect()
    }

    fn row_of(&self, piece: u32) -> u32 {
        self.pieces[piece as usize].row
    }

    fn shape_of(&self, piece: u32) -> MultiPolygon<f64> {
        let mut polygons: Vec<Polygon<f64>> = Vec::new();
        for number in self.ring_numbers(piece) {
            let ring = LineString(self.ring(number).to_vec());
            match polygons.last_mut().filter(|_| !self.rings[number].outer) {
                Some(polygon) => polygon.interiors_push(ring),
                None => polygons.push(Polygon::new(ring, Vec::new())),
            }
        }
        MultiPolygon(polygons)
    }

    /// Pieces of the kept rows that share an area with a shape, in order of rows: `(piece, shared area)`.
    fn shares(&self, shape: &MultiPolygon<f64>, keep: &dyn Fn(usize) -> bool) -> Vec<(u32, f64)> {
        let Some(b) = bounds(shape).filter(|_| finite(shape)) else { return Vec::new() };
        let reach = AABB::from_corners([b[0], b[1]], [b[2], b[3]]);
        let near = self.tree.locate_in_envelope_intersecting(&reach).map(|e| e.data);
        let mut near: Vec<u32> = near.filter(|&p| keep(self.row_of(p) as usize)).collect();
        if near.is_empty() {
            return Vec::new();
        }
        near.sort_unstable();
        let rings: Vec<Vec<Coord<f64>>> = directed_rings(shape).map(|r| r.1).collect();
        let outline = Outline::new(rings.iter().map(Vec::as_slice), coord! { x: b[0], y: b[1] });
        let whole = shape.unsigned_area();
        let share = |piece| match self.stand(b, piece) {
            Stand::Beside => 0.0,
            Stand::Inside => whole,
            Stand::Across => {
                let area = outline.shared_with(self.rings_of(piece)).min(whole);
                // What rounding leaves of a shared border is no area.
                if area > whole.min(inside(self.rings_of(piece))) * NOTHING { area } else { 0.0 }
            }
        };
        near.into_iter().map(|p| (p, share(p))).filter(|s| s.1 > 0.0).collect()
    }

    /// How a box stands to a piece. Most shapes lie wholly in one piece or outside of it, which takes one look along its edges.
    fn stand(&self, b: [f64; 4], piece: u32) -> Stand {
        if self.rings_of(piece).flat_map(|r| r.windows(2)).any(|w| touches(w[0], w[1], b)) {
            return Stand::Across;
        }
        let middle = coord! { x: (b[0] + b[2]) / 2.0, y: (b[1] + b[3]) / 2.0 };
        if self.shape_of(piece).intersects(&geo::Point(middle)) { Stand::Inside } else { Stand::Beside }
    }

    /// Whether some of the pieces, of differing rows, overlap each other by more than a hair of `area`.
    fn overlapping(&self, shares: &[(u32, f64)], area: f64) -> bool {
        let mut sum = 0.0;
        for &(piece, _) in shares {
            let rings = self.rings_of(piece);
            let Some(reach) = envelope(rings.clone().flatten()) else { continue };
            let mut near: Vec<u32> = self.tree.locate_in_envelope_intersecting(&reach).map(|e| e.data).collect();
            near.retain(|&p| {
                p > piece && self.row_of(p) != self.row_of(piece) && shares.binary_search_by_key(&p, |s| s.0).is_ok()
            });
            near.sort_unstable();
            let outline = Outline::new(rings, coord! { x: reach.lower()[0], y: reach.lower()[1] });
            sum += near.into_iter().map(|p| outline.shared_with(self.rings_of(p))).sum::<f64>();
        }
        sum > area * HAIR
    }

    /// Area of a shape inside the kept rows, in square map units; what several rows cover counts once.
    pub fn overlap(&self, shape: &MultiPolygon<f64>, keep: &dyn Fn(usize) -> bool) -> f64 {
        let shares = self.shares(shape, keep);
        let one_row = shares.windows(2).all(|w| self.row_of(w[0].0) == self.row_of(w[1].0));
        if one_row || !self.overlapping(&shares, shape.unsigned_area()) {
            // The empty sum of floats is -0.
            return shares.iter().map(|s| s.1).sum::<f64>() + 0.0;
        }
        self.union_in(shape, &shares).unsigned_area()
    }

    /// The part of a shape inside the kept rows.
    pub fn clip(&self, shape: &MultiPolygon<f64>, keep: &dyn Fn(usize) -> bool) -> MultiPolygon<f64> {
        match self.shares(shape, keep).as_slice() {
            [] => MultiPolygon(Vec::new()),
            [one] => shape.intersection(&self.shape_of(one.0)),
            // Grid-snapped borders now and then leave a ring that touches itself.
            many => repair(self.union_in(shape, many).0).shape.unwrap_or_else(|| MultiPolygon(Vec::new())),
        }
    }

    fn union_in(&self, shape: &MultiPolygon<f64>, shares: &[(u32, f64)]) -> MultiPolygon<f64> {
        let parts: Vec<Polygon<f64>> = shares.iter().flat_map(|s| shape.intersection(&self.shape_of(s.0)).0).collect();
        union_of(&parts)
    }

    /// Rows a shape overlaps, with the shared area in square map units, in order of rows.
    pub fn overlaps(&self, shape: &MultiPolygon<f64>) -> Vec<(usize, f64)> {
        let mut out: Vec<(usize, f64)> = Vec::new();
        for (piece, area) in self.shares(shape, &|_| true) {
            let row = self.row_of(piece) as usize;
            match out.last_mut() {
                Some(last) if last.0 == row => last.1 += area,
                _ => out.push((row, area)),
            }
        }
        out
    }
}

/// How a box stands to a piece.
enum Stand {
    /// Wholly outside.
    Beside,
    /// Wholly inside.
    Inside,
    /// An edge may run through it.
    Across,
}

/// The box around points; `None` without any.
fn envelope<'a>(points: impl Iterator<Item = &'a Coord<f64>>) -> Option<AABB<[f64; 2]>> {
    points.map(|c| AABB::from_point([c.x, c.y])).reduce(|a, b| a.merged(&b))
}

/// `false` only for an edge that surely does not meet the rectangle.
fn touches(a: Coord<f64>, b: Coord<f64>, [x0, y0, x1, y1]: [f64; 4]) -> bool {
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

fn finite(shape: &MultiPolygon<f64>) -> bool {
    let rings = shape.0.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    rings.flat_map(|r| &r.0).all(|c| c.x.is_finite() && c.y.is_finite())
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
