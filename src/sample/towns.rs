//! The towns: the county's land shared out, block by block, to the nearest of their seats.

use super::geometry::{Point, distance, polygon};
use super::noise::{Draws, hash};
use super::params::Scene;
use geo::{MultiPolygon, unary_union};

/// Codes and names of Yiyuan county (National Bureau of Statistics, 2022).
pub const NAMES: [(&str, &str); 12] = [
    ("370323001", "历山街道"),
    ("370323002", "南麻街道"),
    ("370323102", "鲁村镇"),
    ("370323103", "东里镇"),
    ("370323104", "悦庄镇"),
    ("370323105", "西里镇"),
    ("370323106", "大张庄镇"),
    ("370323107", "中庄镇"),
    ("370323108", "张家坡镇"),
    ("370323109", "燕崖镇"),
    ("370323110", "石桥镇"),
    ("370323111", "南鲁山镇"),
];

/// The seats of the towns.
pub struct Towns {
    seats: Vec<Point>,
}

impl Towns {
    /// Three towns at least, all twelve from about 40 km2 on.
    pub fn new(scene: &Scene) -> Towns {
        let (low, high) = scene.extent();
        let n = ((scene.area_km2() / 3.3) as usize).clamp(3, 12);
        let across = (n as f64).sqrt().ceil() as usize;
        let down = n.div_ceil(across);
        let mut d = Draws::new(hash(scene.world.salt(70), 0, 0));
        let seats = (0..n)
            .map(|k| {
                let (i, j) = (k % across, k / across);
                // The last row may hold fewer seats: they share its width.
                let here = if j + 1 == down { n - j * across } else { across };
                let a = (i as f64 + d.range(0.25, 0.75)) / here as f64;
                let b = (j as f64 + d.range(0.25, 0.75)) / down as f64;
                [low[0] + a * (high[0] - low[0]), low[1] + b * (high[1] - low[1])]
            })
            .collect();
        Towns { seats }
    }

    /// Number of towns.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// The town of a place.
    pub fn at(&self, p: Point) -> usize {
        (0..self.seats.len())
            .min_by(|&a, &b| distance(p, self.seats[a]).total_cmp(&distance(p, self.seats[b])))
            .unwrap_or(0)
    }

    /// Outline of every town over the image: whole blocks of the lattice, so that neighbours share their border.
    pub fn outlines(&self, scene: &Scene) -> Vec<MultiPolygon<f64>> {
        let (low, high) = scene.extent();
        let (is, js) = scene.world.blocks(low, high);
        let mut shares = vec![Vec::new(); self.len()];
        for j in js {
            for i in is.clone() {
                let w = &scene.world;
                let ring = [w.vertex(i, j), w.vertex(i + 1, j), w.vertex(i + 1, j + 1), w.vertex(i, j + 1)];
                let middle = [(ring[0][0] + ring[2][0]) / 2.0, (ring[0][1] + ring[2][1]) / 2.0];
                shares[self.at(middle)].push(polygon(&ring));
            }
        }
        shares.iter().map(|s| unary_union(s.iter())).collect()
    }
}
