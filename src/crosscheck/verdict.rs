//! Reading a verdict: the contract's table, one function per claim.
//!
//! Every rule first asks whether the image can answer; what it cannot answer is 无法判定 with the reason, never a pass.

use super::{Claim, CrosscheckParams, PatchEvidence, StateAfter, Verdict};
use crate::landcover::Class;
use crate::raster::Quality;

/// What is known of a patch besides its pixels.
#[derive(Clone, Debug, Default)]
pub struct PatchContext {
    /// The patch has a usable geometry.
    pub has_shape: bool,
    /// Land cover could be computed at all.
    pub land_cover: bool,
    /// The images have near infrared: plants, soil and roofs can be told apart by their colour.
    pub infrared: bool,
    /// Date of the later image, `YYYY-MM-DD`.
    pub after_date: Option<String>,
    /// Date of the claim, `YYYY-MM-DD`.
    pub claim_date: Option<String>,
    /// Approved share, percent; `None` without the layer.
    pub approved_percent: Option<f64>,
    /// The permit under the patch expired on this date; `None` without the layer or without a date.
    pub permit_expiry: Option<String>,
    /// Mean width of the patch, m.
    pub width_m: Option<f64>,
    /// Residual misregistration under the patch, pixels; `None` where it could not be measured.
    pub residual_px: Option<f64>,
    /// No believable change threshold was found for the pair.
    pub threshold_refused: bool,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Verdict.
    pub verdict: Verdict,
    /// What stands there.
    pub state: StateAfter,
    /// 0-1.
    pub confidence: f64,
    /// Chinese sentences.
    pub reasons: Vec<String>,
}

fn judgement(verdict: Verdict, state: StateAfter, confidence: f64, reason: String) -> Judgement {
    Judgement { verdict, state, confidence, reasons: vec![reason] }
}

/// 0.55 at a limit, rising to 0.95 at `span` beyond it.
fn sure(value: f64, limit: f64, span: f64) -> f64 {
    let t = ((value - limit).abs() / span).min(1.0);
    ((0.55 + 0.4 * t) * 100.0).round() / 100.0
}

/// Why the image cannot answer, if it cannot.
pub(super) fn cannot(e: &PatchEvidence, c: &PatchContext, claim: Claim, p: &CrosscheckParams) -> Option<String> {
    if !c.has_shape {
        return Some("图斑无可用图形，无法在影像上定位".into());
    }
    if e.pixels == 0 {
        return Some("图斑内没有像元中心（面积过小或不在影像范围内）".into());
    }
    if e.valid_percent() < p.min_valid_percent {
        let worst = (0..6).max_by_key(|&i| (e.unusable[i], std::cmp::Reverse(i))).unwrap_or(0);
        let why = Quality::UNUSABLE[worst].zh();
        return Some(format!(
            "两期影像仅覆盖图斑的{:.0}%（要求不低于{:.0}%），主要原因：{why}",
            e.valid_percent(),
            p.min_valid_percent
        ));
    }
    if e.valid < p.min_pixels {
        return Some(format!("图斑内可用像元仅{}个，少于{}个", e.valid, p.min_pixels));
    }
    for (date, sky) in ["前", "后"].iter().zip(e.sky) {
        if let Some(sky) = sky {
            return Some(format!("{date}时相图斑及其周围疑似有{}覆盖，看不清地面", sky.zh()));
        }
    }
    // Outlines are looked for as far as images may be off; nothing else does without infrared.
    let by_edges = !c.infrared && dated(claim) && e.edges.is_some();
    match c.residual_px {
        _ if by_edges => {}
        None => return Some("两期影像的残余错位未能可靠测出，不能逐图斑比较".into()),
        Some(px) if px > p.max_residual_px => {
            return Some(format!("此处两期影像残余错位约{px:.1}像元，超过{:.1}像元", p.max_residual_px));
        }
        Some(_) => {}
    }
    if !c.land_cover && !by_edges {
        return Some("影像波段未命名或缺少必要波段，无法判断地表覆盖".into());
    }
    if let (Some(image), Some(claimed)) = (&c.after_date, &c.claim_date)
        && dated(claim)
        && image <= claimed
    {
        return Some(format!("后时相影像（{image}）不晚于申报日期（{claimed}），不能验证"));
    }
    None
}

/// Claims of something done by a date, which an image can only verify afterwards.
fn dated(claim: Claim) -> bool {
    matches!(claim, Claim::Demolished | Claim::Restored)
}

/// What stands on the patch at the later date.
fn state(e: &PatchEvidence, p: &CrosscheckParams) -> StateAfter {
    let built = e.built_after_percent().unwrap_or(0.0);
    let remaining = e.remaining_percent().unwrap_or(0.0);
    if e.stood_percent().unwrap_or(0.0) >= p.built_before_percent && remaining >= p.partial_demolition_percent {
        let disguised =
            e.standing_altered * 2 > e.standing || e.after_percent(|c| c == Class::GreenCover) > built / 2.0;
        return match () {
            () if remaining < p.false_demolition_percent => StateAfter::PartlyStanding,
            () if disguised => StateAfter::Disguised,
            () => StateAfter::Standing,
        };
    }
    let moved = |c: Class| matches!(c, Class::Earthwork | Class::Excavation | Class::Rubble);
    match () {
        () if built >= p.built_before_percent => StateAfter::Standing,
        () if e.after_percent(Class::vegetated) >= p.restored_percent => StateAfter::Restored,
        () if e.after_percent(moved) >= 25.0 => StateAfter::Rubble,
        () if e.after_percent(|c| c == Class::BareSoil) >= 50.0 => StateAfter::Bare,
        () => StateAfter::None,
    }
}

/// Whether a building still stands, told by its outlines alone: without infrared a painted roof and a field look alike.
fn demolition_by_edges(e: &PatchEvidence, claim: Claim, p: &CrosscheckParams) -> Judgement {
    let cannot = |reason: String| judgement(Verdict::CannotJudge, StateAfter::Unknown, 0.0, reason);
    let Some(edges) = e.edges else {
        return cannot("影像缺近红外波段，图斑内又没有可供比较的轮廓".into());
    };
    let kept = edges.kept() * 100.0;
    let figures = format!("影像缺近红外波段，按轮廓判断：前时相的屋顶、墙线等轮廓在后时相原位保持{kept:.1}%");
    if kept >= p.edges_standing_percent {
        let confidence = sure(kept, p.edges_standing_percent, 20.0);
        return judgement(Verdict::FalseDemolition, StateAfter::Standing, confidence, figures);
    }
    if claim == Claim::Restored {
        return cannot(format!("{figures}，原建(构)筑物疑似已不存在；但缺近红外波段，无法判断是否复耕"));
    }
    judgement(Verdict::Consistent, StateAfter::None, sure(kept, p.edges_standing_percent, 20.0), figures)
}

fn demolition(e: &PatchEvidence, claim: Claim, p: &CrosscheckParams) -> Judgement {
    let before = e.stood_percent().unwrap_or(0.0);
    if before < p.built_before_percent {
        let reason =
            format!("前时相建(构)筑物及硬化占{before:.1}%，不足{:.0}%，没有可供核对的拆除对象", p.built_before_percent);
        return judgement(Verdict::CannotJudge, StateAfter::Unknown, 0.0, reason);
    }
    let remaining = e.remaining_percent().unwrap_or(0.0);
    let now = state(e, p);
    let figures = match e.by_works {
        false => format!("前时相建(构)筑物及硬化占{before:.1}%，其中{remaining:.1}%在后时相仍在原处"),
        true => {
            format!("前时相没有成片建(构)筑物，推填土、采挖、光伏等占{before:.1}%，其中{remaining:.1}%在后时相仍在原处")
        }
    };
    if remaining >= p.false_demolition_percent {
        let mut j =
            judgement(Verdict::FalseDemolition, now, sure(remaining, p.false_demolition_percent, 30.0), figures);
        if now == StateAfter::Disguised {
            j.reasons.push("原建(构)筑物位置颜色改变但仍非自然地表，疑似遮盖或涂刷".into());
        }
        return j;
    }
    if remaining >= p.partial_demolition_percent {
        let margin = (remaining - p.partial_demolition_percent).min(p.false_demolition_percent - remaining);
        return judgement(Verdict::PartialDemolition, now, sure(margin, 0.0, 15.0), figures);
    }
    let most = e.remaining_bounds_percent().map_or(remaining, |b| b.1);
    if most >= p.false_demolition_percent {
        let reason = format!("{figures}，但可能仍存的部分达{most:.1}%，不能断定已拆除，须实地核实");
        return judgement(Verdict::CannotJudge, StateAfter::Unknown, 0.0, reason);
    }
    let kept = e.edges.map(|e| e.kept() * 100.0);
    if let Some(kept) = kept.filter(|kept| *kept >= p.edges_contradict_percent) {
        let reason =
            format!("{figures}，但原有轮廓在后时相原位仍保持{kept:.1}%，与地类判读不一致，疑似涂刷或遮盖，须实地核实");
        return judgement(Verdict::CannotJudge, StateAfter::Unknown, 0.0, reason);
    }
    let farmed = e.after_percent(Class::vegetated);
    if claim == Claim::Restored && farmed < p.restored_percent {
        let reason = format!("{figures}；农作物或植被覆盖{farmed:.0}%，不足{:.0}%", p.restored_percent);
        return judgement(Verdict::DemolishedNotRestored, now, sure(farmed, p.restored_percent, 40.0), reason);
    }
    let green = e.greenness.map(|g| g * 100.0);
    if let Some(green) = green.filter(|g| claim == Claim::Restored && *g < p.restored_greenness_percent) {
        let reason = format!(
            "{figures}；农作物或植被覆盖{farmed:.0}%，但绿度仅为周围地面的{green:.0}%（要求{:.0}%）",
            p.restored_greenness_percent
        );
        let confidence = sure(green, p.restored_greenness_percent, 40.0);
        return judgement(Verdict::DemolishedNotRestored, now, confidence, reason);
    }
    judgement(Verdict::Consistent, now, sure(remaining, p.partial_demolition_percent, 10.0), figures)
}

/// New works on a patch: by its pixels, or by the patch as a whole.
pub(super) struct NewWorks {
    /// They are seen.
    pub seen: bool,
    /// How sure that is, 0-1.
    pub confidence: f64,
    /// What it is read from.
    pub figures: String,
}

impl NewWorks {
    /// By pixels they are seen from `least` percent on; `span` more make it sure, as does nothing of it.
    pub fn of(e: &PatchEvidence, least: f64, span: f64, p: &CrosscheckParams) -> NewWorks {
        let pixels = e.new_works_percent().unwrap_or(0.0);
        let whole = e.new_works_probability.map(|v| v * 100.0);
        let even = p.new_works_probability_percent;
        let by_pixels = (pixels >= least, sure(pixels, least, if pixels >= least { span } else { least }));
        let by_whole = whole.map(|v| (v >= even, sure(v, even, if v >= even { 100.0 - even } else { even })));
        let seen = by_pixels.0 || by_whole.is_some_and(|w| w.0);
        // Seen: the one that says so speaks; not seen: the less sure one.
        let who = [Some(by_pixels), by_whole].into_iter().flatten().filter(|w| w.0 == seen).map(|w| w.1);
        let confidence = if seen { who.fold(0.0, f64::max) } else { who.fold(1.0, f64::min) };
        let as_whole = whole.map_or(String::new(), |v| format!("，按图斑整体判读为新增建设的可能性{v:.1}%"));
        let figures = format!("新增建(构)筑物、硬化、推填土或采挖等占{pixels:.1}%{as_whole}");
        NewWorks { seen, confidence, figures }
    }
}

fn seen_or_not(e: &PatchEvidence, claim: Claim, c: &PatchContext, p: &CrosscheckParams) -> Judgement {
    let NewWorks { seen, confidence, figures } = NewWorks::of(e, p.seen_percent, 20.0, p);
    let figures = format!("{figures}，变化占{:.1}%", e.changed_percent());
    if claim == Claim::Legal
        && let Some(approved) = c.approved_percent
        && approved < p.approved_percent
    {
        let reason = format!("申报合法，但批准范围仅覆盖{approved:.1}%（要求{:.0}%）；{figures}", p.approved_percent);
        return judgement(Verdict::Concealed, state(e, p), sure(approved, p.approved_percent, 30.0), reason);
    }
    let verdict = if seen { Verdict::Consistent } else { Verdict::NoVisibleChange };
    judgement(verdict, state(e, p), confidence, figures)
}

/// The verdict on one patch.
pub fn judge(claim: Claim, e: &PatchEvidence, c: &PatchContext, p: &CrosscheckParams) -> Judgement {
    if let Some(reason) = cannot(e, c, claim, p) {
        return judgement(Verdict::CannotJudge, StateAfter::Unknown, 0.0, reason);
    }
    let roof = e.roof_after_percent().unwrap_or(0.0);
    let hard = e.hard_after_percent().unwrap_or(0.0);
    let concealed = |value: f64, limit: f64, reason: String| {
        judgement(Verdict::Concealed, state(e, p), sure(value, limit, 30.0), reason)
    };
    let consistent = |value: f64, limit: f64, reason: String| {
        judgement(Verdict::Consistent, state(e, p), sure(value, limit, limit.max(1.0)), reason)
    };
    let mut out = match claim {
        Claim::Demolished | Claim::Restored if c.infrared => demolition(e, claim, p),
        Claim::Demolished | Claim::Restored => demolition_by_edges(e, claim, p),
        Claim::Illegal | Claim::Legal | Claim::Other | Claim::None => seen_or_not(e, claim, c, p),
        Claim::Confiscated => judgement(Verdict::Consistent, state(e, p), 0.9, "没收后建筑物可以保留".into()),
        Claim::FacilityAgriculture => {
            // Film, glass and the paths between look like roofs and hard floor here and there; works without any film never look like it.
            let film = e.greenhouse_share_percent().unwrap_or(0.0);
            let along = e.edges_along.unwrap_or(0.0) * 100.0;
            let figures =
                format!("非大棚屋顶占{roof:.1}%，硬化占{hard:.1}%，大棚特征占{film:.1}%，轮廓走向一致{along:.1}%");
            let rows = along >= p.facility_rows_percent && film >= p.facility_rows_film_percent;
            let scattered = e.edges_along.is_some() && along < p.facility_scattered_percent;
            if rows || film >= p.facility_greenhouse_percent && !scattered {
                let (value, limit, what) = match rows {
                    true => (along, p.facility_rows_percent, "成排大棚"),
                    false => (film, p.facility_greenhouse_percent, "大棚"),
                };
                consistent(value, limit, format!("{figures}，为{what}"))
            } else if roof > p.facility_roof_percent {
                concealed(roof, p.facility_roof_percent, format!("申报设施农用地，{figures}"))
            } else if hard > p.facility_hard_percent {
                concealed(hard, p.facility_hard_percent, format!("申报设施农用地，{figures}"))
            } else {
                consistent(roof, p.facility_roof_percent, figures)
            }
        }
        Claim::TemporaryUse => match (&c.permit_expiry, &c.after_date) {
            (Some(expiry), Some(image)) if expiry < image => {
                concealed(100.0, 0.0, format!("临时用地许可已于{expiry}到期，后时相（{image}）仍在使用"))
            }
            _ => {
                // Roofs and yards have the colours of each other; a building has corners, and a yard none but its own.
                let (angles, built) = (e.right_angles.map(|v| v * 100.0), e.built_after_percent().unwrap_or(0.0));
                let (shown, limit) = (angles.unwrap_or(0.0), p.right_angles_percent);
                let figures =
                    format!("建(构)筑物及硬化占{built:.1}%，其中建筑物{roof:.1}%，图斑内部轮廓成直角的占{shown:.1}%");
                let stands = match angles {
                    Some(angles) => built > p.temporary_building_percent && angles >= limit,
                    None => roof > p.temporary_building_percent,
                };
                if stands {
                    concealed(shown, limit, format!("申报临时用地，但{figures}，疑似有永久性建筑物"))
                } else {
                    consistent(shown, limit, figures)
                }
            }
        },
        Claim::RuralRoad => {
            // Outlines are drawn outwards; a road must not become too wide by that.
            let width = (c.width_m.unwrap_or(0.0) - 2.0 * p.road_outline_m).max(0.0);
            let along = e.edges_along.unwrap_or(0.0) * 100.0;
            if roof > p.road_building_percent && along < p.road_along_percent {
                concealed(
                    roof,
                    p.road_building_percent,
                    format!("申报农村道路，但建筑物占{roof:.1}%，轮廓走向一致仅{along:.1}%"),
                )
            } else if width > p.road_max_width_m {
                concealed(
                    width,
                    p.road_max_width_m,
                    format!(
                        "申报农村道路，扣除轮廓外扩（每侧{:.2}米）后平均宽约{width:.1}米，超过{:.0}米",
                        p.road_outline_m, p.road_max_width_m
                    ),
                )
            } else {
                consistent(
                    width,
                    p.road_max_width_m,
                    format!("扣除轮廓外扩后平均宽约{width:.1}米，建筑物占{roof:.1}%，轮廓走向一致{along:.1}%"),
                )
            }
        }
        Claim::NoChange => {
            let NewWorks { seen, confidence, figures } = NewWorks::of(e, p.no_change_percent, 30.0, p);
            match seen {
                true => judgement(Verdict::Concealed, state(e, p), confidence, format!("申报实地未变化，但{figures}")),
                false => judgement(Verdict::Consistent, state(e, p), confidence, figures),
            }
        }
    };
    if c.threshold_refused
        && matches!(claim, Claim::NoChange | Claim::Illegal | Claim::Legal | Claim::Other | Claim::None)
    {
        return judgement(
            Verdict::CannotJudge,
            StateAfter::Unknown,
            0.0,
            "两期影像的变化得分没有可信的分界，无法判断有无变化".into(),
        );
    }
    if c.after_date.is_none() && dated(claim) {
        out.reasons.push("后时相日期不明，未能与申报日期比较".into());
    }
    if out.confidence > 0.0 {
        out.confidence = (out.confidence * (e.valid_percent() / 100.0) * 100.0).round() / 100.0;
    }
    out
}
