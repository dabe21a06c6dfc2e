//! Outlines of components as polygons on the corner grid of the pixels.
//!
//! One sweep over the rows of a component finds the corners on every grid line and links each to its horizontal and
//! its vertical neighbour; the rings are then read off by alternating the two links, so no vertex is collinear. A
//! component is cut into its 4-connected parts, one polygon each. Where two pixels of a part meet only at a corner the
//! links are crossed so that the background pocket between them becomes a ring of its own: a part has exactly one
//! exterior and every ring is simple (a ring that touched itself there would part 4-connected ground, Rosenfeld 1970,
//! "Connectivity in digital pictures"). Pixels of different parts that meet at a corner give polygons that touch in a
//! point, which a multipolygon may.

use crate::grid::Affine;
use crate::raster::{Span, connected};
use geo::{Coord, LineString, MultiPolygon, Polygon};

/// A corner of the pixel grid, `[row, col]`; `[0, 0]` is the outer corner of the first pixel.
pub type Corner = [u32; 2];

/// A 4-connected part of a component. Rings are open (the first corner is not repeated), start at their smallest
/// `(row, col)`, and have the part on their left as seen on a screen with rows running down: exteriors run
/// counter-clockwise, holes clockwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PixelPolygon {
    /// Outer ring.
    pub exterior: Vec<Corner>,
    /// Holes, ordered by their first corner; they may touch each other and the exterior at corners.
    pub holes: Vec<Vec<Corner>>,
}

impl PixelPolygon {
    /// Number of pixels inside, computed from the rings.
    pub fn pixels(&self) -> i64 {
        (signed_area2(&self.exterior) + self.holes.iter().map(|h| signed_area2(h)).sum::<i64>()) / 2
    }
}

/// Twice the area of a ring; positive when it runs counter-clockwise on a screen.
fn signed_area2(ring: &[Corner]) -> i64 {
    let mut sum = 0;
    for (i, a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        sum += i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
    }
    sum
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Vertex {
    at: Corner,
    /// The neighbour along the grid line.
    across: u32,
    /// The neighbour along the column.
    along: u32,
    /// For the left end of a horizontal side: the span it belongs to, and whether that lies below.
    span: u32,
    below: bool,
    /// `true` once its ring has been read.
    read: bool,
}

/// Traces components; keeps its buffers from one to the next.
#[derive(Default)]
pub struct Tracer {
    spans: Vec<Span>,
    parts: Vec<u32>,
    vertices: Vec<Vertex>,
}

/// Sides of the spans of one row: even numbers are left, odd ones right sides.
struct Row<'a> {
    spans: &'a [Span],
    first: usize,
}

impl Row<'_> {
    fn len(&self) -> usize {
        self.spans.len() * 2
    }

    fn side(&self, i: usize) -> u32 {
        match self.spans.get(i / 2) {
            Some(s) if i.is_multiple_of(2) => s.start,
            Some(s) => s.end,
            None => NONE,
        }
    }

    fn span(&self, i: usize) -> u32 {
        (self.first + i / 2) as u32
    }
}

impl Tracer {
    /// A tracer with empty buffers.
    pub fn new() -> Tracer {
        Tracer::default()
    }

    /// The polygons around the union of `spans`, one per 4-connected part, ordered by their first pixel. The spans are in raster
    /// order, as [`super::Components::spans_of`] gives them.
    ///
    /// The areas of the polygons sum to the number of pixels exactly.
    ///
    /// # Cost
    /// Near linear in the spans and corners, no recursion, no look-up per pixel.
    pub fn trace(&mut self, spans: &[Span]) -> Vec<PixelPolygon> {
        self.spans.clear();
        for span in spans {
            match self.spans.last_mut() {
                Some(last) if last.row == span.row && last.end == span.start => last.end = span.end,
                _ => self.spans.push(*span),
            }
        }
        self.parts = connected(&self.spans, false, |_, _| true);
        self.link();
        self.read_rings()
    }

    /// Finds the corners on every grid line and links them.
    fn link(&mut self) {
        self.vertices.clear();
        let n = self.spans.len();
        let (mut above, mut above_end) = (0, 0);
        let (mut hanging, mut next): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        let mut begin = 0;
        while begin < n || above_end > above {
            let line = if above_end > above { self.spans[above].row + 1 } else { self.spans[begin].row };
            let mut end = begin;
            while end < n && self.spans[end].row == line {
                end += 1;
            }
            let upper = Row { spans: &self.spans[above..above_end], first: above };
            let lower = Row { spans: &self.spans[begin..end], first: begin };
            link_line(line, &upper, &lower, &self.parts, &mut self.vertices, &hanging, &mut next);
            std::mem::swap(&mut hanging, &mut next);
            (above, above_end) = (begin, end);
            begin = end;
        }
    }

    /// Reads the rings off the links. Corners are numbered in raster order, so that the first unread one is the
    /// smallest of its ring: its ring leaves it to the right and down.
    fn read_rings(&mut self) -> Vec<PixelPolygon> {
        let mut polygons: Vec<PixelPolygon> = Vec::new();
        let mut polygon_of_part = vec![NONE; self.spans.len()];
        for start in 0..self.vertices.len() {
            let first = self.vertices[start];
            if first.read {
                continue;
            }
            let mut ring = Vec::new();
            // Exteriors go down first, holes to the right: the part stays on the left.
            let mut down = first.below;
            let mut at = start;
            loop {
                let v = &mut self.vertices[at];
                v.read = true;
                ring.push(v.at);
                at = if down { v.along } else { v.across } as usize;
                down = !down;
                if at == start {
                    break;
                }
            }
            // The exterior of a part holds its smallest corner, so it is read before the holes.
            let part = self.parts[first.span as usize] as usize;
            if first.below {
                polygon_of_part[part] = polygons.len() as u32;
                polygons.push(PixelPolygon { exterior: ring, holes: Vec::new() });
            } else {
                polygons[polygon_of_part[part] as usize].holes.push(ring);
            }
        }
        polygons
    }
}

/// Links the corners on one grid line, between the spans `upper` above it and `lower` below it.
///
/// `hanging` has, per side of `upper`, the corner its vertical side began at; `next` gets the same for `lower`.
fn link_line(
    line: u32,
    upper: &Row,
    lower: &Row,
    parts: &[u32],
    vertices: &mut Vec<Vertex>,
    hanging: &[u32],
    next: &mut Vec<u32>,
) {
    next.clear();
    next.resize(lower.len(), NONE);
    let (mut i, mut j) = (0, 0);
    // The corner from which a horizontal side runs to the right, if one does.
    let mut open = NONE;
    while i < upper.len() || j < lower.len() {
        let (a, b) = (upper.side(i), lower.side(j));
        if a == b && i % 2 == j % 2 {
            next[j] = hanging[i];
            (i, j) = (i + 1, j + 1);
        } else if a == b {
            // Two pixels meet at their corners only. `left` ends the side that comes from the left, `right` begins the
            // one that goes on.
            let upper_left = i % 2 == 1;
            let same = parts[upper.span(i) as usize] == parts[lower.span(j) as usize];
            let left = add(vertices, [line, a], NONE, false);
            join_across(vertices, open, left);
            // To the right, the span that goes on: the lower one when the upper one ends here.
            let right = add(vertices, [line, a], if upper_left { lower.span(j) } else { upper.span(i) }, upper_left);
            open = right;
            let (up, down) = if upper_left != same { (left, right) } else { (right, left) };
            join_along(vertices, hanging[i], up);
            next[j] = down;
            (i, j) = (i + 1, j + 1);
        } else {
            let from_above = a < b;
            let x = a.min(b);
            let v = if open == NONE {
                // Exactly one of the rows is filled to the right of here.
                let below = if from_above { i % 2 == 1 } else { j % 2 == 0 };
                let span = if below {
                    // The lower span that begins here, or that runs on below the end of the upper one.
                    lower.span(j)
                } else {
                    upper.span(i)
                };
                add(vertices, [line, x], span, below)
            } else {
                let v = add(vertices, [line, x], NONE, false);
                join_across(vertices, open, v);
                v
            };
            open = if open == NONE { v } else { NONE };
            if from_above {
                join_along(vertices, hanging[i], v);
                i += 1;
            } else {
                next[j] = v;
                j += 1;
            }
        }
    }
}

fn add(vertices: &mut Vec<Vertex>, at: Corner, span: u32, below: bool) -> u32 {
    vertices.push(Vertex { at, across: NONE, along: NONE, span, below, read: false });
    vertices.len() as u32 - 1
}

fn join_across(vertices: &mut [Vertex], a: u32, b: u32) {
    vertices[a as usize].across = b;
    vertices[b as usize].across = a;
}

fn join_along(vertices: &mut [Vertex], a: u32, b: u32) {
    vertices[a as usize].along = b;
    vertices[b as usize].along = a;
}

/// Pixel polygons in map coordinates. Exteriors run counter-clockwise and holes clockwise in the map, whichever way the
/// grid is turned; rings are closed.
pub fn to_map(polygons: &[PixelPolygon], affine: &Affine) -> MultiPolygon<f64> {
    // Rows run down on a screen: a grid whose rows run up in the map mirrors the rings.
    let mirrored = affine.determinant() > 0.0;
    let ring = |corners: &Vec<Corner>| {
        let coord = |c: &Corner| {
            let (x, y) = affine.to_map(c[0].into(), c[1].into());
            Coord { x, y }
        };
        let mut line: Vec<Coord<f64>> = Vec::with_capacity(corners.len() + 1);
        line.extend(corners.iter().map(coord));
        line.extend(corners.first().map(coord));
        if mirrored {
            line.reverse();
        }
        LineString(line)
    };
    MultiPolygon(polygons.iter().map(|p| Polygon::new(ring(&p.exterior), p.holes.iter().map(ring).collect())).collect())
}
