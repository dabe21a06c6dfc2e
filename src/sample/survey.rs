//! The land survey (DLTB) before the changes, block by block: parcels, roads and rivers that do not overlap.

use super::events::Plan;
use super::geometry::{Point, area, bounds, centre, ground_area, polygon};
use super::land::{Block, Parcel, Use};
use super::params::Scene;
use super::phenology::{Field, Rotation};
use super::vectors::{Row, Value};
use super::world::{HILL, Road};
use geo::{BooleanOps, MultiPolygon};

/// Land class of a parcel (三调): code and name.
pub fn class(parcel: &Parcel) -> (&'static str, &'static str) {
    match parcel.land {
        Use::Crop if parcel.elevation > HILL - 0.1 => ("0103", "旱地"),
        Use::Crop => ("0102", "水浇地"),
        Use::Orchard => ("0201", "果园"),
        Use::Forest => ("0301", "乔木林地"),
        Use::Shrub => ("0305", "灌木林地"),
        Use::Grass => ("0404", "其他草地"),
        Use::Village => ("0702", "农村宅基地"),
        Use::Factory => ("0601", "工业用地"),
        Use::Greenhouse => ("1202", "设施农用地"),
        Use::Pond => ("1104", "坑塘水面"),
    }
}

/// Every block of the lattice that reaches into the image.
pub fn blocks(scene: &Scene) -> impl Iterator<Item = Block> + '_ {
    let (low, high) = scene.extent();
    let (is, js) = scene.world.blocks(low, high);
    js.flat_map(move |j| is.clone().map(move |i| (i, j))).map(|(i, j)| scene.world.block(i, j)).filter(move |b| {
        let (a, c) = bounds(&b.quad.corners);
        a[0] < high[0] && c[0] > low[0] && a[1] < high[1] && c[1] > low[1]
    })
}

/// The river's land near a block, if it comes near.
pub fn river_land(scene: &Scene, block: &Block) -> Option<Vec<Point>> {
    let (low, high) = bounds(&block.quad.corners);
    let world = &scene.world;
    let k = world.river_near((low[1] + high[1]) / 2.0);
    let n = ((high[0] - low[0] + 40.0) / 8.0).ceil() as usize;
    let at = |i: usize| low[0] - 20.0 + i as f64 * 8.0;
    let side = |i: usize, sign: f64| {
        let r = world.river(k, at(i));
        [at(i), r.y + sign * r.bank / r.slant]
    };
    let mut ring: Vec<Point> = (0..=n).map(|i| side(i, -1.0)).collect();
    ring.extend((0..=n).rev().map(|i| side(i, 1.0)));
    let (a, b) = bounds(&ring);
    (a[1] < high[1] && b[1] > low[1]).then_some(ring)
}

/// The survey's polygons of a block: code, name, deduction, outline. Parcels, roads and river do not overlap.
pub fn survey(scene: &Scene, block: &Block) -> Vec<(&'static str, &'static str, f64, MultiPolygon<f64>)> {
    let river = river_land(scene, block).map(|r| polygon(&r));
    let mut out = Vec::new();
    let mut add = |code, name, deduction, ring: &[Point]| {
        if ring.len() < 3 || area(ring) < 1.0 {
            return;
        }
        let own = polygon(ring);
        let whole = match &river {
            Some(r) => own.difference(r),
            None => MultiPolygon(vec![own]),
        };
        out.push((code, name, deduction, whole));
    };
    for parcel in &block.parcels {
        let (code, name) = class(parcel);
        let deduction = if code == "0103" { 0.04 + 0.08 * super::noise::unit(parcel.key) } else { 0.0 };
        add(code, name, deduction, &block.outline(parcel));
    }
    for (road, ring) in block.road_outlines() {
        let (code, name) = if road == Road::County { ("1003", "公路用地") } else { ("1006", "农村道路") };
        add(code, name, 0.0, &ring);
    }
    if let Some(r) = &river {
        let whole = polygon(&block.quad.corners).intersection(r);
        out.push(("1101", "河流水面", 0.0, whole));
    }
    out.retain(|(_, _, _, m)| !m.0.is_empty());
    out
}

/// Fields whose spectrum really changed, the events cut out.
pub fn rotations<'a>(scene: &'a Scene, plan: &'a Plan) -> impl Iterator<Item = Row> + 'a {
    blocks(scene).flat_map(move |block| {
        let river = river_land(scene, &block).map(|r| polygon(&r));
        let (low, high) = bounds(&block.quad.corners);
        let near: Vec<_> = plan
            .sites
            .iter()
            .filter(|s| {
                let (a, b) = s.bounds();
                a[0] < high[0] && b[0] > low[0] && a[1] < high[1] && b[1] > low[1]
            })
            .map(|s| polygon(&s.ring))
            .chain(river)
            .collect();
        let rows: Vec<Row> = block
            .parcels
            .iter()
            .filter(|p| p.rotation == Rotation::Changed)
            .filter_map(|p| {
                let own = block.outline(p);
                if own.len() < 3 {
                    return None;
                }
                let mut whole = MultiPolygon(vec![polygon(&own)]);
                for other in &near {
                    whole = whole.difference(other);
                }
                let size = ground_area(geo::Area::unsigned_area(&whole), centre(&own));
                let state = |f: Field| Value::T(format!("{:?}", f.stage).to_lowercase());
                let values = vec![state(p.field.0), state(p.field.1), Value::R(size)];
                (!whole.0.is_empty()).then_some((values, Some(whole)))
            })
            .collect();
        rows
    })
}
