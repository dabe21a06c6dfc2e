//! The lie of the land: hills, rivers, villages, and the warped lattice of roads everything else hangs on.

use super::geometry::{Point, cross, sub};
use super::noise::{Draws, fractal, hash, noise, noise1, unit};
use super::phenology::Seasons;

/// Mean side of a block between roads, m.
pub const BLOCK_M: f64 = 480.0;
/// Elevation (about -1..1) above which the land is hill.
pub const HILL: f32 = 0.12;
/// Elevation above which it is forest for good.
pub const HIGH: f32 = 0.26;
/// Distance between rivers, m.
const RIVER_M: f64 = 3_400.0;
/// Side of the square that holds one village, m.
const VILLAGE_M: f64 = 1_440.0;

/// Everything that follows from the seed alone.
#[derive(Clone, Debug)]
pub struct World {
    /// The seed.
    pub seed: u64,
    /// Seasons of the two dates.
    pub seasons: Seasons,
}

/// What runs along an edge of the lattice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Road {
    /// No road, a field balk.
    Balk,
    /// Farm track.
    Dirt,
    /// Concrete village road.
    Village,
    /// County road, asphalt, lined with poplars.
    County,
}

impl Road {
    /// Half the width of the carriageway, m.
    pub fn half_width(self) -> f64 {
        match self {
            Road::Balk => 0.0,
            Road::Dirt => 1.6,
            Road::Village => 2.6,
            Road::County => 5.5,
        }
    }

    /// Half the width of the road land, trees included, m.
    pub fn half_land(self) -> f64 {
        match self {
            Road::Balk => 0.0,
            Road::Dirt => 2.0,
            Road::Village => 3.4,
            Road::County => 11.0,
        }
    }
}

/// A river where it crosses a meridian of the world.
#[derive(Clone, Copy, Debug)]
pub struct RiverAt {
    /// Middle, world y.
    pub y: f64,
    /// Half the width of the water, m, across the stream.
    pub water: f64,
    /// Half the width with the banks, m, across the stream.
    pub bank: f64,
    /// Cosine of the stream's slant: distance across = distance in y times this.
    pub slant: f64,
}

impl World {
    /// A seed of one ingredient.
    pub fn salt(&self, what: u64) -> u64 {
        self.seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ what.wrapping_mul(0x9E6C_63D0_876A_3F6B)
    }

    /// Lattice point `(i, j)`: a grid bent by kilometres-wide noise, so that blocks have many orientations.
    pub fn vertex(&self, i: i64, j: i64) -> Point {
        let (x, y) = (i as f64 * BLOCK_M, j as f64 * BLOCK_M);
        let (a, b) = (self.salt(1), self.salt(2));
        let h = hash(self.salt(3), i, j);
        let jitter = |bits: u64| ((bits & 0xFFFF) as f64 / 65_536.0 - 0.5) * 96.0;
        [
            x + 380.0 * noise(a, x / 6_100.0, y / 6_100.0) as f64 + jitter(h),
            y + 380.0 * noise(b, x / 5_300.0, y / 5_300.0) as f64 + jitter(h >> 16),
        ]
    }

    /// Lattice blocks that may reach into a window of the world: `(i0..i1, j0..j1)`.
    pub fn blocks(&self, low: Point, high: Point) -> (std::ops::Range<i64>, std::ops::Range<i64>) {
        // The lattice is displaced by at most 380 + 48 m.
        let reach = 430.0;
        let from = |v: f64| ((v - reach) / BLOCK_M).floor() as i64 - 1;
        let to = |v: f64| ((v + reach) / BLOCK_M).ceil() as i64 + 1;
        (from(low[0])..to(high[0]), from(low[1])..to(high[1]))
    }

    /// Elevation, about -1..1; lowered in the valleys of the rivers.
    pub fn elevation(&self, x: f64, y: f64) -> f32 {
        let e = 1.5 * fractal(self.salt(4), x / 3_000.0, y / 3_000.0, 4);
        let river = self.river(self.river_near(y), x);
        let d = ((y - river.y) * river.slant) / 420.0;
        e - 0.06 - 0.52 / (1.0 + d * d * d * d) as f32
    }

    /// Number of the river nearest to a place.
    pub fn river_near(&self, y: f64) -> i64 {
        ((y - self.river_phase()) / RIVER_M).round() as i64
    }

    fn river_phase(&self) -> f64 {
        unit(hash(self.salt(5), 0, 0)) * RIVER_M
    }

    /// River `k` at a world x.
    pub fn river(&self, k: i64, x: f64) -> RiverAt {
        let seed = hash(self.salt(6), k, 0);
        let middle = |x: f64| {
            k as f64 * RIVER_M
                + self.river_phase()
                + 620.0 * noise1(seed, x / 2_300.0)
                + 110.0 * noise1(seed ^ 1, x / 520.0)
        };
        let slope = (middle(x + 6.0) - middle(x - 6.0)) / 12.0;
        let water = 17.0 + 11.0 * noise1(seed ^ 2, x / 1_300.0) + 3.0 * noise1(seed ^ 3, x / 140.0);
        let bank = water + 13.0 + 8.0 * noise1(seed ^ 4, x / 260.0);
        RiverAt { y: middle(x), water, bank, slant: 1.0 / (1.0 + slope * slope).sqrt() }
    }

    /// Distance of a place from the land of the nearest river, m; negative inside.
    pub fn river_distance(&self, p: Point) -> f64 {
        let r = self.river(self.river_near(p[1]), p[0]);
        (p[1] - r.y).abs() * r.slant - r.bank
    }

    /// Distance to the nearest village in radii of that village (under 1 = inside), and whether it is a market town.
    pub fn village(&self, p: Point) -> (f64, bool) {
        let (gi, gj) = ((p[0] / VILLAGE_M).floor() as i64, (p[1] / VILLAGE_M).floor() as i64);
        let mut best = (f64::INFINITY, false);
        for j in gj - 1..=gj + 1 {
            for i in gi - 1..=gi + 1 {
                let mut d = Draws::new(hash(self.salt(7), i, j));
                if !d.chance(0.9) {
                    continue;
                }
                let town = d.chance(0.12);
                let at = [(i as f64 + d.range(0.25, 0.75)) * VILLAGE_M, (j as f64 + d.range(0.25, 0.75)) * VILLAGE_M];
                let mut radius = if town { d.range(300.0, 420.0) } else { d.range(115.0, 235.0) };
                let high = self.elevation(at[0], at[1]);
                if high > HILL {
                    radius *= if high > HIGH { 0.0 } else { 0.5 };
                }
                let v = sub(p, at);
                let ragged = 1.0 + 0.35 * noise(self.salt(8), p[0] / 130.0, p[1] / 130.0) as f64;
                let q = (v[0] * v[0] + v[1] * v[1]).sqrt() / (radius * ragged).max(1.0);
                if q < best.0 {
                    best = (q, town);
                }
            }
        }
        best
    }

    /// What runs along the edge that leaves vertex `(i, j)` to the east (`down` = false) or to the south.
    pub fn road(&self, i: i64, j: i64, down: bool) -> Road {
        let (line, offset) = if down { (i, 1) } else { (j, 2) };
        if (line + (hash(self.salt(9), offset, 0) % 5) as i64).rem_euclid(5) == 0 {
            return Road::County;
        }
        let (a, b) = (self.vertex(i, j), if down { self.vertex(i, j + 1) } else { self.vertex(i + 1, j) });
        let h = unit(hash(self.salt(10), i, j * 2 + down as i64));
        match self.elevation((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0) {
            e if e > HIGH => Road::Balk,
            e if e > HILL => [Road::Balk, Road::Dirt][(h < 0.6) as usize],
            _ if h < 0.58 => Road::Village,
            _ if h < 0.88 => Road::Dirt,
            _ => Road::Balk,
        }
    }
}

/// A convex quadrilateral with bilinear coordinates `u` (west to east) and `v` (north to south), both 0..1.
#[derive(Clone, Copy, Debug)]
pub struct Quad {
    /// Corners: north-west, north-east, south-east, south-west.
    pub corners: [Point; 4],
    /// Mean length of the north and south sides, m.
    pub width: f64,
    /// Mean length of the west and east sides, m.
    pub height: f64,
    sides: [(Point, f64); 4],
}

impl Quad {
    /// From its corners.
    pub fn new(corners: [Point; 4]) -> Quad {
        let length = |a: usize, b: usize| super::geometry::distance(corners[a], corners[b]);
        let side = |k: usize| {
            let (a, b) = (corners[k], corners[(k + 1) % 4]);
            let (e, l) = (sub(b, a), length(k, (k + 1) % 4));
            let n = [-e[1] / l, e[0] / l];
            (n, -(n[0] * a[0] + n[1] * a[1]))
        };
        Quad {
            corners,
            width: (length(0, 1) + length(3, 2)) / 2.0,
            height: (length(0, 3) + length(1, 2)) / 2.0,
            sides: [side(0), side(1), side(2), side(3)],
        }
    }

    /// Inward normals and offsets of the north, east, south and west sides.
    pub fn sides(&self) -> &[(Point, f64); 4] {
        &self.sides
    }

    /// Distance to side `k` (north, east, south, west), m, positive inside.
    #[inline]
    pub fn side_distance(&self, k: usize, x: f64, y: f64) -> f64 {
        let (n, o) = self.sides[k];
        n[0] * x + n[1] * y + o
    }

    /// World point of bilinear coordinates.
    pub fn at(&self, u: f64, v: f64) -> Point {
        let [a, b, c, d] = self.corners;
        let f = |k: usize| {
            let (top, low) = (a[k] + u * (b[k] - a[k]), d[k] + u * (c[k] - d[k]));
            top + v * (low - top)
        };
        [f(0), f(1)]
    }

    /// Bilinear coordinates of a world point; outside 0..1 when it lies outside. Closed form, so that the answer does
    /// not depend on a starting value.
    #[inline]
    pub fn uv(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d] = self.corners;
        let (e, f, h) = (sub(b, a), sub(d, a), sub([x, y], a));
        let g = [a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]];
        let k2 = cross(g, f);
        let k1 = cross(e, f) + cross(h, g);
        let k0 = cross(h, e);
        let root = (k1 * k1 - 4.0 * k0 * k2).max(0.0).sqrt();
        let v = -2.0 * k0 / (k1 + root);
        let (dx, dy) = (e[0] + g[0] * v, e[1] + g[1] * v);
        let u = if dx.abs() > dy.abs() { (h[0] - f[0] * v) / dx } else { (h[1] - f[1] * v) / dy };
        (u, v)
    }
}
