//! The land office's layers: land survey, towns, basic farmland, protected areas, approvals, filings, permits.

use super::SampleError;
use super::events::{Placed, Plan};
use super::geometry::{Frame, Point, area, centre, ground_area, polygon};
use super::land::Use;
use super::noise::{Draws, hash};
use super::params::Scene;
use super::phenology::Rotation;
use super::scenarios::{Outline, Paper};
use super::survey::{blocks, class, river_land, survey};
use super::towns::{NAMES, Towns};
use super::vectors::{Column, Row, Value, Vectors};
use super::world::HIGH;
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
            progress("layers", done, total);
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
