//! The area two polygons share, without building the polygon they share.
//!
//! A closed outline is the signed sum of the regions below its edges, and two such regions share what lies below the lower of their two
//! edges. Summing that over all pairs of edges gives the shared area in closed form (the plane-sweep-free "trapezoid" form of polygon
//! clipping, after O'Rourke, Computational Geometry in C, 1998, §1.3.7): no crossings to order, nothing that can fail on touching borders.

use geo::{Coord, LineString, MultiPolygon};

/// An edge from left to right, relative to the outline's origin.
#[derive(Clone, Copy, Debug)]
struct Edge {
    left: Coord<f64>,
    right: Coord<f64>,
    /// +1 where the inside lies below, -1 where it lies above.
    sign: f64,
}

impl Edge {
    /// `None` for an upright edge, below which there is nothing.
    fn new(from: Coord<f64>, to: Coord<f64>, origin: Coord<f64>) -> Option<Edge> {
        let (a, b) = (from - origin, to - origin);
        // Outer rings run counter-clockwise: their tops lead to the left.
        match a.x.total_cmp(&b.x) {
            std::cmp::Ordering::Greater => Some(Edge { left: b, right: a, sign: 1.0 }),
            std::cmp::Ordering::Less => Some(Edge { left: a, right: b, sign: -1.0 }),
            std::cmp::Ordering::Equal => None,
        }
    }

    fn at(&self, x: f64) -> f64 {
        let along = (x - self.left.x) / (self.right.x - self.left.x);
        self.left.y + along * (self.right.y - self.left.y)
    }

    /// Area below both edges, signed.
    fn below_both(&self, other: &Edge) -> f64 {
        let (a, b) = (self.left.x.max(other.left.x), self.right.x.min(other.right.x));
        if a >= b {
            return 0.0;
        }
        let (p, q, r, t) = (self.at(a), other.at(a), self.at(b), other.at(b));
        let (start, end) = (p - q, r - t);
        let mean = if start * end >= 0.0 {
            (p.min(q) + r.min(t)) / 2.0
        } else {
            let crossing = start / (start - end);
            let middle = p + crossing * (r - p);
            (crossing * (p.min(q) + middle) + (1.0 - crossing) * (middle + r.min(t))) / 2.0
        };
        self.sign * other.sign * (b - a) * mean
    }
}

/// An outline made ready for being held against many others.
pub struct Outline {
    /// By their left ends.
    edges: Vec<Edge>,
    /// Length of the widest edge along x.
    widest: f64,
    /// Coordinates are taken from here, so that little is lost to rounding.
    origin: Coord<f64>,
}

impl Outline {
    /// Of closed rings, outer ones counter-clockwise and holes clockwise; `origin` is a place near them.
    pub fn new<'a>(rings: impl Iterator<Item = &'a [Coord<f64>]>, origin: Coord<f64>) -> Outline {
        let mut edges: Vec<Edge> =
            rings.flat_map(|r| r.windows(2)).filter_map(|w| Edge::new(w[0], w[1], origin)).collect();
        edges.sort_unstable_by(|a, b| a.left.x.total_cmp(&b.left.x).then(a.left.y.total_cmp(&b.left.y)));
        let widest = edges.iter().map(|e| e.right.x - e.left.x).fold(0.0, f64::max);
        Outline { edges, widest, origin }
    }

    /// Area shared with rings of the same directions, in square map units.
    pub fn shared_with<'a>(&self, rings: impl Iterator<Item = &'a [Coord<f64>]>) -> f64 {
        let mut sum = 0.0;
        for edge in rings.flat_map(|r| r.windows(2)).filter_map(|w| Edge::new(w[0], w[1], self.origin)) {
            let first = self.edges.partition_point(|e| e.left.x <= edge.left.x - self.widest);
            let near = self.edges[first..].iter().take_while(|e| e.left.x < edge.right.x);
            sum += near.map(|e| e.below_both(&edge)).sum::<f64>();
        }
        sum.max(0.0)
    }
}

/// The rings of a shape in the directions [`Outline`] asks for: `(outer ring, points)`.
pub fn directed_rings(shape: &MultiPolygon<f64>) -> impl Iterator<Item = (bool, Vec<Coord<f64>>)> {
    shape.0.iter().flat_map(|p| {
        let holes = p.interiors().iter().map(|r| (false, directed(r, false)));
        std::iter::once((true, directed(p.exterior(), true))).chain(holes)
    })
}

fn directed(ring: &LineString<f64>, counter_clockwise: bool) -> Vec<Coord<f64>> {
    let mut points = ring.0.clone();
    if (inside(std::iter::once(points.as_slice())) > 0.0) != counter_clockwise {
        points.reverse();
    }
    points
}

/// Area inside closed rings, in square map units; clockwise rings count negative.
pub fn inside<'a>(rings: impl Iterator<Item = &'a [Coord<f64>]>) -> f64 {
    let twice = |ring: &[Coord<f64>]| -> f64 {
        let from = ring.first().copied().unwrap_or_default();
        ring.windows(2).map(|w| (w[0] - from, w[1] - from)).map(|(a, b)| a.x * b.y - b.x * a.y).sum()
    };
    rings.map(twice).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests;
