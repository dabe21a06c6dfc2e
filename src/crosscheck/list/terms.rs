//! What a town's words claim.

use super::names::half_width;
use crate::crosscheck::Claim;

/// Words that turn a disposal into something still to come: ordered or planned is not done.
const NOT_YET: &[&str] = &[
    "未拆",
    "拟拆",
    "待拆",
    "限期",
    "责令",
    "应拆",
    "建议",
    "正在",
    "计划",
    "尚未",
    "没有拆",
    "拒不",
    "需拆",
    "部分拆",
    "拆除中",
    "未整改",
    "未没收",
    "拟没收",
    "待没收",
    "不予没收",
];

/// The claim in a value; [`Claim::None`] for a blank, [`Claim::Other`] for words the table does not know.
///
/// Disposals stand before legality (`违法（已拆除）` is demolished), the narrower term before the wider
/// (`拆除复耕` before `拆除`; `非新增-临时用地` is temporary use).
pub fn claim_of(text: &str) -> Claim {
    let plain: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.trim_matches(|c: char| matches!(c, '"' | '\'' | '“' | '”' | '。' | ';')).to_lowercase();
    if plain.is_empty()
        || matches!(plain.as_str(), "/" | "-" | "--" | "—" | "——" | "无" | "null" | "<null>" | "none" | "\\")
    {
        return Claim::None;
    }
    if let Some(claim) = Claim::ALL.iter().find(|c| c.code() == plain) {
        return *claim;
    }
    let has = |words: &[&str]| words.iter().any(|w| plain.contains(w));
    let pending = has(NOT_YET);
    if !pending {
        let farmed = has(&["复耕", "复绿", "复垦", "恢复耕种", "恢复种植", "恢复农业用途"]);
        let not_farmed = has(&["未复耕", "未复绿", "未复垦", "未恢复", "没有复耕"]);
        if farmed && !not_farmed {
            return Claim::Restored;
        }
        if has(&["没收"]) {
            return Claim::Confiscated;
        }
        if has(&["拆除", "已拆", "拆完", "拆到位"]) {
            return Claim::Demolished;
        }
    }
    if has(&["设施农", "设施大棚", "农业设施"]) {
        return Claim::FacilityAgriculture;
    }
    if has(&["临时用地", "临时占地", "临时使用", "临时建设用地"]) {
        return Claim::TemporaryUse;
    }
    if has(&["农村道路", "田间道", "生产路", "机耕路", "乡村道路"]) {
        return Claim::RuralRoad;
    }
    if has(&["未变化", "无变化", "没有变化", "伪变化", "伪图斑", "未发生变化", "提取错误", "非卫片关心变化"])
    {
        return Claim::NoChange;
    }
    if has(&["未违法", "不违法", "非违法", "不属于违法", "不构成违法"]) {
        return Claim::Legal;
    }
    if has(&["违法", "非法", "不合法", "未批先建", "未批先用", "未供先用", "违规占"]) {
        return Claim::Illegal;
    }
    let legal = plain.replace("合法性", "");
    if legal.contains("合法") || has(&["农转用", "增减挂钩", "历史批文", "手续齐全", "批供手续", "已批准"])
    {
        return Claim::Legal;
    }
    Claim::Other
}

/// How much a claim says: what was done with the building before what the land is said to be, before mere legality.
fn weight(claim: Claim) -> u8 {
    match claim {
        Claim::Demolished | Claim::Restored | Claim::Confiscated => 4,
        Claim::FacilityAgriculture | Claim::TemporaryUse | Claim::RuralRoad | Claim::NoChange => 3,
        Claim::Legal | Claim::Illegal => 2,
        Claim::Other => 1,
        Claim::None => 0,
    }
}

/// One claim from all claim columns of a row, disposal columns first: `(claim, its words, contradiction)`.
///
/// Rule: a disposal that was carried out (demolished, restored, confiscated) outranks every judgement; else the more
/// specific term (facility, temporary, road, no change) outranks legal and illegal; among equals the first column
/// counts, except that restored outranks demolished. Two equals that differ are a contradiction, named in Chinese.
pub fn combine(values: &[String]) -> (Claim, String, Option<String>) {
    let mut best: Option<(Claim, &String)> = None;
    let mut against = None;
    for text in values {
        let claim = claim_of(text);
        let Some((held, words)) = best else {
            best = Some((claim, text));
            continue;
        };
        if weight(claim) > weight(held) {
            (best, against) = (Some((claim, text)), None);
        } else if weight(claim) == weight(held) && claim != held && weight(claim) >= 2 {
            if (held, claim) == (Claim::Demolished, Claim::Restored) {
                best = Some((claim, text));
            } else if (held, claim) != (Claim::Restored, Claim::Demolished) {
                against = Some(format!("填报说法不一：“{}”与“{}”，按前者", words.trim(), text.trim()));
            }
        }
    }
    match best {
        Some((claim, text)) => (claim, text.trim().to_string(), against),
        None => (Claim::None, String::new(), None),
    }
}
