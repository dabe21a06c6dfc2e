//! Land use: each block of the lattice cut into parcels by recursive splits, each parcel with its use and its crops.

use super::geometry::{Point, clip};
use super::noise::{Draws, hash, noise};
use super::phenology::{Field, Rotation};
use super::world::{HIGH, HILL, Quad, Road, World};

/// Use of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Arable field.
    Crop,
    /// Apple, cherry, peach.
    Orchard,
    /// Woods.
    Forest,
    /// Scrub.
    Shrub,
    /// Rough grass.
    Grass,
    /// Houses and yards.
    Village,
    /// Works, sheds and yards.
    Factory,
    /// Greenhouses that stood before.
    Greenhouse,
    /// Pond with its bank.
    Pond,
}

/// A parcel of land.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Bilinear bounds in its block: u0, u1, v0, v1.
    pub bounds: [f64; 4],
    /// Use.
    pub land: Use,
    /// Key of everything drawn for it.
    pub key: u64,
    /// Length along u, m.
    pub width: f64,
    /// Length along v, m.
    pub height: f64,
    /// State before and after; only crops use it.
    pub field: (Field, Field),
    /// How the states compare; `Same` for what is not a crop.
    pub rotation: Rotation,
    /// Elevation at its middle, about -1..1.
    pub elevation: f32,
}

#[derive(Clone, Debug)]
enum Node {
    Split { along_u: bool, at: f64, first: usize, second: usize },
    Leaf(usize),
}

/// A block of the lattice with its parcels.
#[derive(Clone, Debug)]
pub struct Block {
    /// Lattice column.
    pub i: i64,
    /// Lattice row.
    pub j: i64,
    /// Outline.
    pub quad: Quad,
    /// What runs along the north, east, south and west side.
    pub roads: [Road; 4],
    /// Parcels.
    pub parcels: Vec<Parcel>,
    nodes: Vec<Node>,
}

impl World {
    /// Block `(i, j)` of the lattice.
    pub fn block(&self, i: i64, j: i64) -> Block {
        let corners = [self.vertex(i, j), self.vertex(i + 1, j), self.vertex(i + 1, j + 1), self.vertex(i, j + 1)];
        let quad = Quad::new(corners);
        let roads =
            [self.road(i, j, false), self.road(i + 1, j, true), self.road(i, j + 1, false), self.road(i, j, true)];
        let key = hash(self.salt(20), i, j);
        let mut draws = Draws::new(key);
        let middle = quad.at(0.5, 0.5);
        let high = self.elevation(middle[0], middle[1]) > HIGH;
        let along_u = draws.chance(0.5);
        let (mut strip, mut length) = (draws.range(24.0, 52.0), draws.range(90.0, 210.0));
        if high {
            (strip, length) = (strip * 3.0, length * 1.2);
        }
        let target = if along_u { (length, strip) } else { (strip, length) };
        let mut block = Block { i, j, quad, roads, parcels: Vec::new(), nodes: Vec::new() };
        self.split(&mut block, [0.0, 1.0, 0.0, 1.0], target, &mut draws);
        block
    }

    fn split(&self, block: &mut Block, b: [f64; 4], target: (f64, f64), draws: &mut Draws) -> usize {
        let (w, h) = ((b[1] - b[0]) * block.quad.width, (b[3] - b[2]) * block.quad.height);
        let (rw, rh) = (w / target.0, h / target.1);
        let id = block.nodes.len();
        // Below 1.5 targets a cut would leave slivers; some strips stay double as neighbours farm together.
        if rw.max(rh) < 1.5 || (rw.max(rh) < 2.3 && draws.chance(0.12)) {
            block.nodes.push(Node::Leaf(block.parcels.len()));
            let parcel = self.parcel(block, b, draws.bits());
            block.parcels.push(parcel);
            return id;
        }
        let along_u = rw > rh;
        let f = draws.range(0.36, 0.64);
        let at = if along_u { b[0] + f * (b[1] - b[0]) } else { b[2] + f * (b[3] - b[2]) };
        block.nodes.push(Node::Leaf(0));
        let (mut one, mut two) = (b, b);
        if along_u {
            (one[1], two[0]) = (at, at);
        } else {
            (one[3], two[2]) = (at, at);
        }
        let first = self.split(block, one, target, draws);
        let second = self.split(block, two, target, draws);
        block.nodes[id] = Node::Split { along_u, at, first, second };
        id
    }

    fn parcel(&self, block: &Block, bounds: [f64; 4], key: u64) -> Parcel {
        let p = block.quad.at((bounds[0] + bounds[1]) / 2.0, (bounds[2] + bounds[3]) / 2.0);
        let elevation = self.elevation(p[0], p[1]);
        let land = self.land_use(p, elevation, key);
        let (before, after, rotation) = self.seasons.field(key, hash(self.salt(21), block.i, block.j));
        Parcel {
            bounds,
            land,
            key,
            width: (bounds[1] - bounds[0]) * block.quad.width,
            height: (bounds[3] - bounds[2]) * block.quad.height,
            field: (before, after),
            rotation: if land == Use::Crop { rotation } else { Rotation::Same },
            elevation,
        }
    }

    fn land_use(&self, p: Point, elevation: f32, key: u64) -> Use {
        let mut d = Draws::new(key ^ 0xA5A5);
        let (near, town) = self.village(p);
        if near < 1.0 && self.river_distance(p) > 12.0 {
            return match d.unit() {
                f if f < 0.04 => Use::Grass,
                f if f < if town { 0.20 } else { 0.07 } => Use::Factory,
                _ => Use::Village,
            };
        }
        if elevation > HIGH {
            return match d.unit() {
                f if f < 0.87 => Use::Forest,
                f if f < 0.96 => Use::Shrub,
                _ => Use::Grass,
            };
        }
        if elevation > HILL {
            return match d.unit() {
                f if f < 0.50 => Use::Forest,
                f if f < 0.62 => Use::Shrub,
                f if f < 0.84 => Use::Orchard,
                f if f < 0.90 => Use::Grass,
                _ => Use::Crop,
            };
        }
        if near < 1.45 {
            match d.unit() {
                f if f < 0.08 => return Use::Factory,
                f if f < 0.11 => return Use::Pond,
                f if f < 0.19 => return Use::Orchard,
                f if f < 0.25 => return Use::Greenhouse,
                _ => {}
            }
        }
        let zone = |what: u64, wide: f64| noise(self.salt(what), p[0] / wide, p[1] / wide);
        let f = d.unit();
        if zone(22, 1_300.0) > 0.38 && f < 0.60 {
            return Use::Orchard;
        }
        if zone(23, 1_000.0) > 0.64 && f < 0.65 {
            return Use::Greenhouse;
        }
        match d.unit() {
            f if f < 0.020 => Use::Grass,
            f if f < 0.045 => Use::Forest,
            f if f < 0.052 => Use::Pond,
            _ => Use::Crop,
        }
    }
}

impl Block {
    /// Index of the parcel at bilinear coordinates (clamped into the block).
    #[inline]
    pub fn find(&self, u: f64, v: f64) -> usize {
        let mut id = 0;
        loop {
            match &self.nodes[id] {
                Node::Leaf(parcel) => return *parcel,
                Node::Split { along_u, at, first, second } => {
                    id = if (if *along_u { u } else { v }) < *at { *first } else { *second };
                }
            }
        }
    }

    /// The parcel at a world point, if the point lies in the block.
    pub fn parcel_at(&self, p: Point) -> Option<&Parcel> {
        let (u, v) = self.quad.uv(p[0], p[1]);
        let ok = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
        ok.then(|| &self.parcels[self.find(u, v)])
    }

    /// Outline of a parcel, the land of the roads around the block taken off; empty when nothing is left.
    pub fn outline(&self, parcel: &Parcel) -> Vec<Point> {
        let b = parcel.bounds;
        let q = &self.quad;
        let mut ring = vec![q.at(b[0], b[2]), q.at(b[1], b[2]), q.at(b[1], b[3]), q.at(b[0], b[3])];
        for (k, road) in self.roads.iter().enumerate() {
            let (n, o) = q.sides()[k];
            if road.half_land() > 0.0 {
                ring = clip(&ring, n, o - road.half_land());
            }
        }
        ring
    }

    /// Outlines of the block's halves of the roads around it, without overlaps.
    pub fn road_outlines(&self) -> Vec<(Road, Vec<Point>)> {
        let mut out = Vec::new();
        let mut rest = self.quad.corners.to_vec();
        for (k, road) in self.roads.iter().enumerate() {
            let w = road.half_land();
            if w > 0.0 {
                let (n, o) = self.quad.sides()[k];
                let strip = clip(&rest, [-n[0], -n[1]], w - o);
                rest = clip(&rest, n, o - w);
                if strip.len() >= 3 {
                    out.push((*road, strip));
                }
            }
        }
        out
    }
}
