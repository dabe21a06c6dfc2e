//! The land office's layers: land survey, towns, basic farmland, protected areas, approvals, filings, permits.

use super::SampleError;
use super::events::{Placed, Plan};
use super::geometry::{Frame, Point, area, bounds, centre, ground_area, polygon};
use super::land::{Block, Parcel, Use};
use super::noise::{Draws, hash};
use super::params::Scene;
use super::phenology::Rotation;
use super::scenarios::{Outline, Paper};
use super::towns::{NAMES, Towns};
use super::vectors::{Column, Row, Value, Vectors};
use super::world::{HIGH, HILL, Road};
use geo::{BooleanOps, MultiPolygon};
use std::path::Path;

fn text(s: impl Into<String>) -> Value {
    Value::T(s.into())
}

fn shape(ring: &[Point]) -> Option<MultiPolygon<f64>> {
    Some(MultiPolygon(vec![polygon(ring)]))
}

/// The rectangle of a site, wider by `by` metres, from `from` (0..1 of its length) to its end.
fn around(placed: &Placed, by: f64, from: f64) -> Vec<Point> {
    let f = placed.frame;
    let wide = Frame { half_s: f.half_s + by, half_t: f.half_t + by, ..f };
    wide.slice(wide.half_s * (2.0 * from - 1.0), wide.half_s)
}

/// Writes `approvals.shp`, `facility_filings.gpkg` and `temporary_permits.shp`.
pub fn papers(scene: &Scene, plan: &Plan, dir: &Path) -> Result<(), SampleError> {
    let of = |papers: &'static [Paper]| plan.placed.iter().filter(move |p| papers.contains(&p.scenario.paper));
    let mut draws = Draws::new(scene.world.salt(90));
    let mut number = 0;
    let mut rows: Vec<Row> = Vec::new();
    for placed in of(&[Paper::Approved, Paper::Half]) {
        let half = placed.scenario.paper == Paper::Half;
        let ring = around(placed, 5.0, if half { 0.5 } else { 0.0 });
        number += 1;
        let uses = ["工业用地", "城镇住宅用地", "公用设施用地", "仓储用地"];
        let used =
            if matches!(placed.scenario.outline, Outline::Ribbon(..)) { "公路用地" } else { uses[number % 4] };
        rows.push((
            vec![
                text(format!("鲁政土字〔2018〕{}号", 300 + number * 7)),
                text(format!("2018-{:02}-{:02}", 1 + draws.below(12), 1 + draws.below(28))),
                text(used),
                text(format!("沂源县2018年第{number}批次")),
                Value::R(ground_area(area(&ring), centre(&ring))),
            ],
            shape(&ring),
        ));
    }
    let columns = [
        Column::Text("PZWH", 60),
        Column::Text("批准时间", 20),
        Column::Text("批准用途", 60),
        Column::Text("XMMC", 100),
        Column::Real("批准面积", 2),
    ];
    let mut file = Vectors::create(&dir.join("approvals.shp"))?;
    file.layer("approvals", &columns, rows.into_iter())?;
    file.close()?;

    let filings: Vec<Row> = of(&[Paper::Filed])
        .enumerate()
        .map(|(k, placed)| {
            let ring = around(placed, 5.0, 0.0);
            let values = vec![
                text(format!("沂设农备〔2019〕{}号", k + 1)),
                text(format!("2019-{:02}-{:02}", 1 + draws.below(3), 1 + draws.below(28))),
                text("蔬菜大棚"),
                Value::R(ground_area(area(&ring), centre(&ring))),
            ];
            (values, shape(&ring))
        })
        .collect();
    let columns = [
        Column::Text("备案编号", 60),
        Column::Text("备案时间", 20),
        Column::Text("批准用途", 60),
        Column::Real("批准面积", 2),
    ];
    let mut file = Vectors::create(&dir.join("facility_filings.gpkg"))?;
    file.layer("facility_filings", &columns, filings.into_iter())?;
    file.close()?;

    let permits: Vec<Row> = of(&[Paper::Permit, Paper::Expired])
        .enumerate()
        .map(|(k, placed)| {
            let ring = around(placed, 5.0, 0.0);
            let (from, to) = if placed.scenario.paper == Paper::Expired { (2016, 2018) } else { (2019, 2021) };
            let day = format!("{:02}-{:02}", 1 + draws.below(3), 1 + draws.below(28));
            let values = vec![
                text(format!("沂临用字〔{from}〕{}号", k + 1)),
                text(format!("{from}-{day}")),
                text(format!("{to}-{day}")),
                text("施工便道及堆料场"),
                Value::R(ground_area(area(&ring), centre(&ring))),
            ];
            (values, shape(&ring))
        })
        .collect();
    let columns = [
        Column::Text("PZWH", 60),
        Column::Text("批准时间", 20),
        Column::Text("到期时间", 20),
        Column::Text("批准用途", 60),
        Column::Real("批准面积", 2),
    ];
    let mut file = Vectors::create(&dir.join("temporary_permits.shp"))?;
    file.layer("temporary_permits", &columns, permits.into_iter())?;
    file.close()
}

/// Land class of a parcel (三调): code and name.
fn class(parcel: &Parcel) -> (&'static str, &'static str) {
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
fn river_land(scene: &Scene, block: &Block) -> Option<Vec<Point>> {
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
fn survey(scene: &Scene, block: &Block) -> Vec<(&'static str, &'static str, f64, MultiPolygon<f64>)> {
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

/// Writes `landuse.gpkg`, `basic_farmland.gpkg`, `protected.gpkg` and `towns.gpkg`.
/// Answers with the number of fields in the image and of fields whose spectrum really changed.
pub fn land(
    scene: &Scene,
    towns: &Towns,
    dir: &Path,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<(u64, u64), SampleError> {
    let (low, high) = scene.extent();
    let total = blocks(scene).count() as u64;
    let mut fields = (0, 0);
    let mut done = 0;
    let mut serial = 0u64;
    let columns = [
        Column::Text("BSM", 18),
        Column::Text("DLBM", 5),
        Column::Text("DLMC", 60),
        Column::Text("QSXZ", 2),
        Column::Text("ZLDWDM", 19),
        Column::Text("ZLDWMC", 254),
        Column::Real("TBMJ", 2),
        Column::Real("KCXS", 4),
        Column::Real("KCMJ", 2),
        Column::Real("TBDLMJ", 2),
    ];
    let rows = blocks(scene).flat_map(|block| {
        done += 1;
        if done % 64 == 0 || done == total {
            progress("图层", done, total);
        }
        for p in &block.parcels {
            let b = p.bounds;
            let m = block.quad.at((b[0] + b[1]) / 2.0, (b[2] + b[3]) / 2.0);
            if p.land == Use::Crop && m[0] > low[0] && m[0] < high[0] && m[1] > low[1] && m[1] < high[1] {
                fields.0 += 1;
                fields.1 += (p.rotation == Rotation::Changed) as u64;
            }
        }
        let middle = block.quad.at(0.5, 0.5);
        let (code, town) = NAMES[towns.at(middle)];
        let village = 201 + hash(scene.world.salt(91), block.i.div_euclid(3), block.j.div_euclid(3)) % 40;
        survey(scene, &block)
            .into_iter()
            .map(|(dlbm, dlmc, deduction, whole)| {
                serial += 1;
                let size = ground_area(geo::Area::unsigned_area(&whole), middle);
                let values = vec![
                    text(format!("370323201{serial:09}")),
                    text(dlbm),
                    text(dlmc),
                    text(if dlbm == "1003" || dlbm == "1101" { "20" } else { "30" }),
                    text(format!("{code}{village:03}0000000")),
                    text(format!("沂源县{town}第{}村", village - 200)),
                    Value::R(size),
                    Value::R(deduction),
                    Value::R(size * deduction),
                    Value::R(size * (1.0 - deduction)),
                ];
                (values, Some(whole))
            })
            .collect::<Vec<_>>()
    });
    let mut file = Vectors::create(&dir.join("landuse.gpkg"))?;
    file.layer("DLTB", &columns, rows)?;
    file.close()?;

    // Basic farmland: the fields of most blocks of the plain, the roads left out.
    let columns = [
        Column::Text("YJJBNTTBBH", 20),
        Column::Text("XZQDM", 12),
        Column::Text("DLBM", 5),
        Column::Real("YJJBNTMJ", 2),
    ];
    let mut number = 0;
    let rows = blocks(scene).flat_map(|block| {
        let chosen = hash(scene.world.salt(92), block.i, block.j) % 10 < 7;
        let river = river_land(scene, &block).map(|r| polygon(&r));
        let kept: Vec<Row> = block
            .parcels
            .iter()
            .filter(|p| chosen && p.land == Use::Crop)
            .filter_map(|p| {
                let own = block.outline(p);
                if own.len() < 3 {
                    return None;
                }
                let whole = match &river {
                    Some(r) => polygon(&own).difference(r),
                    None => MultiPolygon(vec![polygon(&own)]),
                };
                number += 1;
                let size = ground_area(geo::Area::unsigned_area(&whole), centre(&own));
                let values = vec![text(format!("{number:08}")), text("370323"), text(class(p).0), Value::R(size)];
                (!whole.0.is_empty()).then_some((values, Some(whole)))
            })
            .collect();
        kept
    });
    let mut file = Vectors::create(&dir.join("basic_farmland.gpkg"))?;
    file.layer("YJJBNTBHTB", &columns, rows)?;
    file.close()?;

    // Protected land: whole blocks of the high hills, joined.
    let high_blocks: Vec<_> = blocks(scene)
        .filter(|b| {
            let m = b.quad.at(0.5, 0.5);
            scene.world.elevation(m[0], m[1]) > HIGH + 0.02
        })
        .map(|b| polygon(&b.quad.corners))
        .collect();
    let joined = geo::unary_union(high_blocks.iter());
    let rows = joined.0.into_iter().enumerate().map(|(k, part)| {
        let values = vec![text(format!("鲁山自然保护地第{}片", k + 1)), text("生态保护红线")];
        (values, Some(MultiPolygon(vec![part])))
    });
    let mut file = Vectors::create(&dir.join("protected.gpkg"))?;
    file.layer("protected", &[Column::Text("MC", 100), Column::Text("LX", 40)], rows)?;
    file.close()?;

    let rows = towns
        .outlines(scene)
        .into_iter()
        .enumerate()
        .map(|(k, outline)| (vec![text(NAMES[k].0), text(NAMES[k].1), text("沂源县")], Some(outline)));
    let columns = [Column::Text("XZQDM", 12), Column::Text("XZQMC", 60), Column::Text("XMC", 60)];
    let mut file = Vectors::create(&dir.join("towns.gpkg"))?;
    file.layer("towns", &columns, rows)?;
    file.close()?;
    Ok(fields)
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
                let state = |f: super::phenology::Field| text(format!("{:?}", f.stage).to_lowercase());
                let values = vec![state(p.field.0), state(p.field.1), Value::R(size)];
                (!whole.0.is_empty()).then_some((values, Some(whole)))
            })
            .collect();
        rows
    })
}
