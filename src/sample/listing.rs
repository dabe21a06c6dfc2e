//! The ministry's list of patches (图斑) as it comes: a GBK shapefile with the towns' claims and with faults.

use super::SampleError;
use super::events::{Placed, Plan, share_of};
use super::geometry::{Point, area, centre, ground_area, polygon, to_map};
use super::noise::Draws;
use super::params::Scene;
use super::scenarios::{Outline, Scenario};
use super::towns::{NAMES, Towns};
use super::vectors::{Column, Value, Vectors};
use crate::crosscheck::{Claim, StateAfter, Verdict};
use crate::parcels::Kind;
use geo::MultiPolygon;
use std::path::Path;

/// A row of the list, and what an honest reading answers.
#[derive(Clone, Debug)]
pub struct ListedPatch {
    /// The list's own id; may be blank or given twice.
    pub id: String,
    /// Type of the patch in the ministry's words.
    pub kind: &'static str,
    /// Outline as the ministry drew it; `None` for the row without geometry.
    pub ring: Option<Vec<Point>>,
    /// Claim.
    pub claim: Claim,
    /// The claim in the town's words.
    pub words: &'static str,
    /// Disposition.
    pub handling: &'static str,
    /// Date of the claim, `YYYY-MM-DD` or blank.
    pub date: String,
    /// Remark.
    pub remark: &'static str,
    /// Name of the town.
    pub town: &'static str,
    /// Verdict by the contract's rules.
    pub verdict: Verdict,
    /// State at the later date.
    pub state: StateAfter,
}

fn words(claim: Claim, d: &mut Draws) -> &'static str {
    let pick = |d: &mut Draws, of: &[&'static str]| of[d.below(of.len())];
    match claim {
        Claim::Illegal => pick(d, &["违法用地", "违法图斑", "违法"]),
        Claim::Legal => pick(d, &["合法用地", "合法图斑", "合法"]),
        Claim::Demolished => pick(d, &["已拆除", "拆除到位"]),
        Claim::Restored => pick(d, &["拆除复耕", "复耕复绿"]),
        Claim::Confiscated => "没收",
        Claim::FacilityAgriculture => pick(d, &["设施农用地", "设施农业用地"]),
        Claim::TemporaryUse => "临时用地",
        Claim::RuralRoad => "农村道路",
        Claim::NoChange => pick(d, &["实地未变化", "伪变化", "伪图斑"]),
        Claim::Other => "农业结构调整",
        Claim::None => "",
    }
}

fn handling(claim: Claim) -> &'static str {
    match claim {
        Claim::Illegal => "立案",
        Claim::Demolished | Claim::Restored => "拆除",
        Claim::Confiscated => "没收",
        _ => "",
    }
}

fn kind_words(kind: Option<Kind>, d: &mut Draws) -> &'static str {
    match kind {
        Some(Kind::Earthwork | Kind::Excavation) => "新增推填土",
        Some(Kind::Linear) => "新增线性地物",
        Some(Kind::Photovoltaic) => "新增光伏用地",
        Some(Kind::NewBuilding) => "新增建（构）筑物",
        _ => ["疑似新增变化用地", "新增建（构）筑物"][d.below(2)],
    }
}

/// The ministry's outline of a site: moved by a metre or two, corners a little off, smooth lines made straight.
fn drawn(scene: &Scene, placed: &Placed, d: &mut Draws) -> Vec<Point> {
    let f = placed.frame;
    let off = [d.range(-1.4, 1.4), d.range(-1.4, 1.4)];
    let step = match placed.scenario.outline {
        Outline::Blob(..) => 2,
        _ => 1,
    };
    let loose = 0.35 * scene.gsd.min(4.0);
    let whole = match placed.scenario.drawn {
        share if share < 1.0 => f.slice(-f.half_s, f.half_s * (2.0 * share - 1.0)),
        _ => placed.ring.clone(),
    };
    whole
        .iter()
        .step_by(step)
        .map(|&p| {
            // A little outwards, as people draw.
            let (s, t) = f.local(p[0], p[1]);
            let l = (s * s + t * t).sqrt().max(1.0);
            let grow = if matches!(placed.scenario.outline, Outline::Ribbon(..)) { 0.0 } else { d.range(0.0, 1.0) };
            let q = f.world(s + s / l * grow, t + t / l * grow);
            [q[0] + off[0] + d.range(-loose, loose) * 0.6, q[1] + off[1] + d.range(-loose, loose) * 0.6]
        })
        .collect()
}

/// The rows of the list, in the list's order.
pub fn rows(scene: &Scene, plan: &Plan, towns: &Towns) -> Vec<ListedPatch> {
    let mut out = Vec::new();
    let mut d = Draws::new(scene.world.salt(80));
    let (_, month, day) = scene.after.date;
    for placed in &plan.placed {
        let Scenario { listing: Some(listing), kind, late, .. } = placed.scenario else { continue };
        let mut own = Draws::new(placed.key ^ 0x715);
        let ring = drawn(scene, placed, &mut own);
        // What the images do not show, or show in under nine pixels, cannot be judged, whatever the story was.
        let seen = share_of(&ring, scene.gsd, |p| {
            scene.has_data(&scene.before, p) && scene.has_data(&scene.after, p) && scene.cloud_code(p[0], p[1]) == 0
        });
        let (mut verdict, mut state) = (listing.verdict, listing.state);
        if seen < 0.8 || area(&ring) < 9.0 * scene.gsd * scene.gsd {
            (verdict, state) = (Verdict::CannotJudge, StateAfter::Unknown);
        }
        let acted = matches!(listing.claim, Claim::Demolished | Claim::Restored | Claim::Confiscated);
        let date = match (late, acted) {
            (true, _) => "2019-12-20".to_string(),
            (false, true) => {
                // Between a month and a week before the image.
                let back = 8 + own.below(20) as u32;
                let (m, dd) = if day > back { (month, day - back) } else { (month - 1, 28 + day - back.min(27)) };
                format!("2019-{m:02}-{:02}", dd.clamp(1, 28))
            }
            _ => String::new(),
        };
        out.push(ListedPatch {
            id: format!("370323WP19{:06}", out.len() + 1),
            kind: kind_words(kind, &mut own),
            town: NAMES[towns.at(centre(&ring))].1,
            ring: Some(ring),
            claim: listing.claim,
            words: words(listing.claim, &mut own),
            handling: handling(listing.claim),
            date,
            remark: "",
            verdict,
            state,
        });
    }
    faults(&mut out, &mut d);
    out
}

/// Lists come with faults: an id missing, an id given twice, a row whose geometry was lost.
fn faults(rows: &mut Vec<ListedPatch>, d: &mut Draws) {
    let n = rows.len();
    if n >= 3 {
        let k = 1 + d.below(n - 2);
        rows[k].id.clear();
        rows[k].remark = "编号缺失";
    }
    if n >= 8 {
        rows[n - 1].id = rows[n - 3].id.clone();
    }
    rows.push(ListedPatch {
        id: format!("370323WP19{:06}", n + 1),
        kind: "新增建（构）筑物",
        ring: None,
        claim: Claim::Illegal,
        words: "违法用地",
        handling: "立案",
        date: String::new(),
        remark: "图形丢失",
        town: NAMES[0].1,
        verdict: Verdict::CannotJudge,
        state: StateAfter::Unknown,
    });
}

/// Writes `list.shp`.
pub fn write(scene: &Scene, rows: &[ListedPatch], dir: &Path) -> Result<(), SampleError> {
    let mut file = Vectors::create(&dir.join("list.shp"))?;
    let columns = [
        Column::Text("JCBH", 30),
        Column::Text("TBLX", 40),
        Column::Text("XZQDM", 12),
        Column::Text("XMC", 40),
        Column::Text("乡镇街道", 40),
        Column::Real("JCMJ", 2),
        Column::Text("QSX", 20),
        Column::Text("HSX", 20),
        Column::Real("XZB", 3),
        Column::Real("YZB", 3),
        Column::Text("判定结果", 60),
        Column::Text("处置", 40),
        Column::Text("处置日期", 20),
        Column::Text("BZ", 254),
    ];
    let (qsx, hsx) = (scene.before.iso(), scene.after.iso());
    let text = |s: &str| Value::T(s.to_string());
    let values = rows.iter().map(|r| {
        let ring = r.ring.as_deref();
        let mu = ring.map(|g| ground_area(area(g), centre(g)) * 3.0 / 2000.0);
        let middle = ring.map(|g| to_map(centre(g)));
        let number = |v: Option<f64>| v.map_or(Value::Null, Value::R);
        let values = vec![
            text(&r.id),
            text(r.kind),
            text("370323"),
            text("沂源县"),
            text(r.town),
            number(mu),
            text(&qsx),
            text(&hsx),
            number(middle.map(|m| m.0)),
            number(middle.map(|m| m.1)),
            text(r.words),
            text(r.handling),
            text(&r.date),
            text(r.remark),
        ];
        (values, ring.map(|g| MultiPolygon(vec![polygon(g)])))
    });
    file.layer("list", &columns, values)?;
    file.close()
}
