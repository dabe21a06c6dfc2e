//! The figures of a sheet, in one list.

use crate::crosscheck::{Claim, PatchFinding};
use crate::report::document::mu;
use crate::report::words::number;

/// A figure: what it is, its value, its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is.
    pub label: &'static str,
    /// The value; `None` where it is not known, which is not 0.
    pub value: Option<f64>,
    /// Unit.
    pub unit: &'static str,
    /// Digits after the point.
    pub decimals: usize,
    /// Why it can be unknown, shown behind the dash.
    pub absent: &'static str,
}

impl Figure {
    /// The value with its thousands separated; a dash and the reason where it is not known.
    pub fn shown(&self) -> String {
        match self.value.filter(|v| v.is_finite()) {
            Some(v) => number(v, self.decimals),
            None => format!("—（{}）", self.absent),
        }
    }
}

/// The figures of a sheet in the order they stand there: those of every patch, and those its claim is held against.
pub fn figures(patch: &PatchFinding) -> Vec<Figure> {
    let p = patch;
    let declared = p.list.declared_area_mu;
    let measured = p.area_m2.map(mu);
    let more = measured.zip(declared).map(|(m, d)| m - d);
    let more_percent = more.zip(declared).filter(|(_, d)| *d > 0.0).map(|(m, d)| 100.0 * m / d);
    let shapeless = p.area_m2.is_none();
    let seen = if shapeless { "无图形" } else { "未能测定" };
    let built = if shapeless { "无图形" } else { "未判读地类" };
    let layer = if shapeless { "无图形" } else { "无图层" };
    let figure = |label, value, unit, decimals, absent| Figure { label, value, unit, decimals, absent };
    let f = &p.figures;
    let (least, most) = (f.remaining_bounds_percent.map(|b| b.0), f.remaining_bounds_percent.map(|b| b.1));
    let roof = figure("后期屋顶", f.roof_after_percent, "%", 1, built);
    let along = figure("轮廓同向", f.edges_along_percent, "%", 1, seen);
    // What the verdict on such a claim is read from; the workbook has all of it for every row.
    let own = match p.list.claim {
        Claim::Demolished | Claim::Restored => vec![
            figure("原建筑仍存", f.remaining_percent, "%", 1, "无原建筑"),
            figure("仍存下限", least, "%", 1, "无原建筑"),
            figure("仍存上限", most, "%", 1, "无原建筑"),
            figure("轮廓保持", f.edges_kept_percent, "%", 1, seen),
            figure("相对绿度", f.greenness_percent, "%", 1, seen),
        ],
        Claim::FacilityAgriculture => vec![
            roof,
            figure("后期硬化", f.hard_after_percent, "%", 1, built),
            figure("大棚特征", f.greenhouse_share_percent, "%", 1, built),
            along,
        ],
        Claim::TemporaryUse => vec![roof, figure("轮廓成直角", f.right_angles_percent, "%", 1, seen)],
        Claim::RuralRoad => vec![roof, figure("平均宽度", f.width_m, "m", 1, "无图形"), along],
        _ => vec![
            figure("新增建设", f.new_works_percent, "%", 1, built),
            figure("整体判读新增", f.new_works_probability_percent, "%", 1, "未能判读"),
        ],
    };
    let before = [
        figure("图斑面积", p.area_m2, "m²", 1, "无图形"),
        figure("图斑面积", measured, "亩", 2, "无图形"),
        figure("清单面积", declared, "亩", 2, "清单未填"),
        figure("图斑减清单", more, "亩", 2, "不可比"),
        figure("相差", more_percent, "%", 1, "不可比"),
        figure("可判读部分", p.valid_percent, "%", 1, seen),
        figure("变化部分", p.changed_percent, "%", 1, seen),
        figure("前期建筑", p.built_before_percent, "%", 1, built),
        figure("后期建筑", p.built_after_percent, "%", 1, built),
        figure("后期植被", p.vegetated_after_percent, "%", 1, built),
    ];
    let after = [
        figure("残余错位", p.figures.residual_px, "px", 2, "未能测定"),
        figure("占耕地", p.cropland_m2.map(mu), "亩", 2, layer),
        figure("占永农", p.basic_farmland_m2.map(mu), "亩", 2, layer),
        figure("占自然保护地", p.protected_m2.map(mu), "亩", 2, layer),
        figure("批准范围内", p.approved_percent, "%", 1, layer),
    ];
    before.into_iter().chain(own).chain(after).collect()
}
