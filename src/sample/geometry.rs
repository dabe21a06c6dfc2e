//! Plane geometry of the made-up land: world metres with x to the east and y to the **south**.

use geo::{Coord, LineString, Polygon};

/// A point `[x, y]` in world metres.
pub type Point = [f64; 2];

/// Easting of the world's x = 0, EPSG:4527 (zone 39 with its prefix).
pub const EAST: f64 = 39_500_000.0;
/// Northing of the world's y = 0.
pub const NORTH: f64 = 4_100_000.0;

/// Map coordinates of a world point.
pub fn to_map(p: Point) -> (f64, f64) {
    (EAST + p[0], NORTH - p[1])
}

/// Cross product of two vectors.
#[inline]
pub fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

/// Difference of two points.
#[inline]
pub fn sub(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

/// Distance of two points.
pub fn distance(a: Point, b: Point) -> f64 {
    let d = sub(a, b);
    (d[0] * d[0] + d[1] * d[1]).sqrt()
}

/// Unsigned planar area of a ring, m2.
pub fn area(ring: &[Point]) -> f64 {
    let n = ring.len();
    let twice: f64 = (0..n).map(|i| cross(sub(ring[i], ring[0]), sub(ring[(i + 1) % n], ring[0]))).sum();
    twice.abs() / 2.0
}

/// Ground area of a planar area near an easting of the zone: the map scale of the projection taken out.
/// At 118.2 E the projection overstates areas by 0.029 %.
pub fn ground_area(planar_m2: f64, at: Point) -> f64 {
    const CENTRAL: f64 = 0.0; // the zone's false easting lies on the world's x = 0
    const RADIUS_M: f64 = 6_371_000.0;
    let e = (at[0] - CENTRAL) / RADIUS_M;
    let k = 1.0 + e * e / 2.0;
    planar_m2 / (k * k)
}

/// Mean of a ring's points.
pub fn centre(ring: &[Point]) -> Point {
    let n = ring.len().max(1) as f64;
    [ring.iter().map(|p| p[0]).sum::<f64>() / n, ring.iter().map(|p| p[1]).sum::<f64>() / n]
}

/// Smallest and largest corner of a ring.
pub fn bounds(ring: &[Point]) -> (Point, Point) {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for p in ring {
        for k in 0..2 {
            low[k] = low[k].min(p[k]);
            high[k] = high[k].max(p[k]);
        }
    }
    (low, high)
}

/// `true` when the point lies in the ring (even-odd rule).
#[inline]
pub fn inside(ring: &[Point], x: f64, y: f64) -> bool {
    let mut odd = false;
    let mut j = ring.len() - 1;
    for i in 0..ring.len() {
        let (a, b) = (ring[i], ring[j]);
        if (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] {
            odd = !odd;
        }
        j = i;
    }
    odd
}

/// The part of a convex ring where `normal . p + offset >= 0` (Sutherland and Hodgman 1974).
pub fn clip(ring: &[Point], normal: Point, offset: f64) -> Vec<Point> {
    let side = |p: Point| normal[0] * p[0] + normal[1] * p[1] + offset;
    let mut out = Vec::with_capacity(ring.len() + 1);
    for i in 0..ring.len() {
        let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
        let (sa, sb) = (side(a), side(b));
        if sa >= 0.0 {
            out.push(a);
        }
        if (sa >= 0.0) != (sb >= 0.0) {
            let f = sa / (sa - sb);
            out.push([a[0] + f * (b[0] - a[0]), a[1] + f * (b[1] - a[1])]);
        }
    }
    out
}

/// The ring as a polygon in map coordinates.
pub fn polygon(ring: &[Point]) -> Polygon<f64> {
    let coords: Vec<Coord<f64>> = ring.iter().map(|&p| to_map(p)).map(|(x, y)| Coord { x, y }).collect();
    Polygon::new(LineString(coords), Vec::new())
}

/// A rectangle's own axes: `s` along, `t` across, both in metres from its centre.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Centre.
    pub origin: Point,
    /// Unit vector of `s`.
    pub along: Point,
    /// Half the length, m.
    pub half_s: f64,
    /// Half the width, m.
    pub half_t: f64,
}

impl Frame {
    /// World to own coordinates.
    #[inline]
    pub fn local(&self, x: f64, y: f64) -> (f64, f64) {
        let d = [x - self.origin[0], y - self.origin[1]];
        (d[0] * self.along[0] + d[1] * self.along[1], d[1] * self.along[0] - d[0] * self.along[1])
    }

    /// Own to world coordinates.
    pub fn world(&self, s: f64, t: f64) -> Point {
        let (c, d) = (self.along[0], self.along[1]);
        [self.origin[0] + s * c - t * d, self.origin[1] + s * d + t * c]
    }

    /// Ring through points given in own coordinates.
    pub fn ring(&self, points: &[(f64, f64)]) -> Vec<Point> {
        points.iter().map(|&(s, t)| self.world(s, t)).collect()
    }

    /// The part of the rectangle between two positions along it, as a ring.
    pub fn slice(&self, from: f64, to: f64) -> Vec<Point> {
        let b = self.half_t;
        self.ring(&[(from, -b), (to, -b), (to, b), (from, b)])
    }
}
