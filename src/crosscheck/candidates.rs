//! Reading a candidate: the contract's rules on what a parcel means.

use super::overlay::{Layers, listing, overlay};
use super::{Candidate, CrosscheckParams, Finding, ListStatus, ShapeIndex};
use crate::align::trust;
use crate::pair::{SEASON_DAYS, season_trust};
use crate::parcels::Kind;
use geo::MultiPolygon;

/// A measured parcel before it is held against anything.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Stable id.
    pub id: String,
    /// Kind; `None` without land cover.
    pub kind: Option<Kind>,
    /// Dominant class before.
    pub from_class: Option<&'static str>,
    /// Dominant class after.
    pub to_class: Option<&'static str>,
    /// What it was and became, Chinese.
    pub classes_zh: Option<(&'static str, &'static str)>,
    /// Ellipsoidal area, m2.
    pub area_m2: f64,
    /// Mean score.
    pub score: f64,
    /// 0-1.
    pub confidence: f64,
    /// Longitude and latitude of a point inside.
    pub lonlat: (f64, f64),
    /// Outline in the working reference system.
    pub shape: MultiPolygon<f64>,
}

/// The list as candidates see it.
pub struct ListView<'a> {
    /// Index of its shapes by row.
    pub index: &'a ShapeIndex,
    /// Ids by row.
    pub ids: &'a [String],
}

/// What a finding stands on: how well the dates lie on each other under it, and how far apart their seasons are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Footing {
    /// Residual misregistration there, pixels; `None` where it could not be measured.
    pub residual_px: Option<f64>,
    /// Mean width of the parcel, pixels.
    pub width_px: f64,
    /// Days between the dates' days of the year; `None` where a date is not known.
    pub season_days: Option<u32>,
}

/// Share of a candidate's confidence that opposite seasons cost: anything may have grown there.
const SEASON_COST: f64 = 0.3;
/// What a parcel of unknown registration is credited with, pixels: what images of one county usually differ by.
const UNKNOWN_PX: f64 = 1.0;
/// Residuals above this are said in the reasons, pixels.
const SAID_PX: f64 = 0.5;

impl Footing {
    /// Part of the confidence that is left, where opposite seasons cost `season_cost` of it; see [`trust`] and [`season_trust`].
    pub fn trust(&self, season_cost: f64) -> f64 {
        let season = self.season_days.map_or(1.0, |days| season_trust(days, season_cost));
        trust(self.residual_px.unwrap_or(UNKNOWN_PX), self.width_px) * season
    }

    /// The sentences for the reasons, where there is something to say.
    pub fn reasons(&self) -> Vec<String> {
        let season = self
            .season_days
            .filter(|d| *d > SEASON_DAYS)
            .map(|days| format!("两期影像季节相差约{days}天，作物、植被和水位的差异可能与建设无关，置信度已降低"));
        self.misregistration().into_iter().chain(season).collect()
    }

    fn misregistration(&self) -> Option<String> {
        match self.residual_px {
            None => Some("两期影像的残余错位未能测出，边缘的细小变化可能由错位引起".into()),
            Some(px) if px > SAID_PX => {
                Some(format!("此处两期影像残余错位约{px:.1}像元，边缘的细小变化可能由错位引起"))
            }
            Some(_) => None,
        }
    }
}

/// Name of a row for the tables: its id, or its place where it has none.
pub fn row_name(id: &str, row: usize) -> String {
    if id.is_empty() { format!("(第{}行)", row + 1) } else { id.to_string() }
}

/// Holds a parcel against list and layers; its confidence falls with the misregistration under it and the seasons' distance. `pixel_m2` is the area of
/// one pixel.
pub fn candidate(
    parcel: Parcel,
    footing: Footing,
    list: Option<&ListView>,
    layers: &Layers,
    pixel_m2: f64,
    params: &CrosscheckParams,
) -> Candidate {
    let on = overlay(&parcel.shape, parcel.area_m2, layers);
    let against = list.map(|l| listing(&parcel.shape, parcel.area_m2, l.index, layers, pixel_m2, params));
    let mut reasons = vec![match parcel.classes_zh {
        Some((from, to)) => format!("由{from}变为{to}，平均变化得分{:.1}", parcel.score),
        None => format!("平均变化得分{:.1}；波段未命名，未判断地类", parcel.score),
    }];
    let finding = finding(&parcel, against.as_ref(), on.approved_m2, params, &mut reasons);
    let percent = |m2: f64| m2 * 100.0 / parcel.area_m2.max(1e-9);
    if let Some(m2) = on.basic_farmland_m2.filter(|m2| *m2 >= pixel_m2) {
        reasons.push(format!("占永久基本农田{:.0}平方米（{:.0}%）", m2, percent(m2)));
    }
    if let Some(m2) = on.protected_m2.filter(|m2| *m2 >= pixel_m2) {
        reasons.push(format!("位于自然保护地{:.0}平方米（{:.0}%）", m2, percent(m2)));
    }
    reasons.extend(footing.reasons());
    let (town_code, town_name) = on.town.unwrap_or_default();
    Candidate {
        id: parcel.id,
        kind: parcel.kind,
        from_class: parcel.from_class,
        to_class: parcel.to_class,
        area_m2: parcel.area_m2,
        score: parcel.score,
        confidence: (parcel.confidence * footing.trust(SEASON_COST) * 100.0).round() / 100.0,
        cropland_m2: on.cropland_m2,
        basic_farmland_m2: on.basic_farmland_m2,
        protected_m2: on.protected_m2,
        approved_m2: on.approved_m2,
        town_code,
        town_name,
        lon: parcel.lonlat.0,
        lat: parcel.lonlat.1,
        list_status: against.as_ref().map(|l| l.status),
        list_ids: match (&against, list) {
            (Some(a), Some(l)) => a.rows.iter().map(|&r| row_name(&l.ids[r], r)).collect(),
            _ => Vec::new(),
        },
        finding,
        reasons,
        shape: parcel.shape,
    }
}

fn finding(
    parcel: &Parcel,
    against: Option<&super::overlay::Listing>,
    approved_m2: Option<f64>,
    params: &CrosscheckParams,
    reasons: &mut Vec<String>,
) -> Finding {
    if parcel.kind.is_some_and(|k| !k.relevant()) {
        return Finding::NotRelevant;
    }
    let approved_percent = match against {
        Some(l) => l.uncovered_approved_percent,
        None => approved_m2.map(|m2| m2 * 100.0 / parcel.area_m2.max(1e-9)),
    };
    if let Some(p) = approved_percent.filter(|p| *p >= params.approved_percent) {
        reasons.push(format!("清单以外部分{p:.0}%在批准范围内"));
        return Finding::Approved;
    }
    let Some(l) = against else {
        reasons.push("未提供图斑清单，无法核对是否已列入".into());
        return Finding::Unreported;
    };
    let uncovered_percent = l.uncovered_m2 * 100.0 / parcel.area_m2.max(1e-9);
    match l.status {
        ListStatus::Listed => Finding::Listed,
        ListStatus::PartlyListed
            if l.uncovered_m2 < params.uncovered_min_m2 || uncovered_percent < params.uncovered_min_percent =>
        {
            Finding::Listed
        }
        ListStatus::PartlyListed => {
            reasons.push(format!("超出清单图斑范围{:.0}平方米（{uncovered_percent:.0}%）", l.uncovered_m2));
            Finding::Unreported
        }
        ListStatus::Unlisted => {
            reasons.push("不在任何清单图斑内".into());
            Finding::Unreported
        }
    }
}
