//! Wording of codes and figures in both languages of the documents. Chinese terms of the contract come from the codes
//! themselves; adverse English terms begin with "possible", as the Chinese ones begin with 疑似.

use super::document::Lang;
use crate::crosscheck::{Claim, Finding, ListStatus, StateAfter, Verdict};
use crate::parcels::Kind;
use crate::raster::Quality;

impl Lang {
    /// The text of this language.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// A verdict in words.
pub fn verdict(lang: Lang, code: Verdict) -> &'static str {
    let en = match code {
        Verdict::Consistent => "agrees with the image",
        Verdict::FalseDemolition => "possible false demolition",
        Verdict::PartialDemolition => "possible partial demolition",
        Verdict::DemolishedNotRestored => "demolished, not farmed again",
        Verdict::Concealed => "possible concealment",
        Verdict::NoVisibleChange => "no visible change",
        Verdict::CannotJudge => "cannot judge",
    };
    lang.pick(code.zh(), en)
}

/// A finding in words.
pub fn finding(lang: Lang, code: Finding) -> &'static str {
    let en = match code {
        Finding::Unreported => "possibly unreported",
        Finding::Listed => "in the list",
        Finding::Approved => "approved",
        Finding::NotRelevant => "not relevant",
    };
    lang.pick(code.zh(), en)
}

/// A kind of change in words.
pub fn kind(lang: Lang, code: Kind) -> &'static str {
    let en = match code {
        Kind::NewBuilding => "new building or structure",
        Kind::Earthwork => "earthwork",
        Kind::Linear => "new linear feature",
        Kind::Photovoltaic => "new photovoltaics",
        Kind::Greenhouse => "new greenhouse",
        Kind::Excavation => "excavation",
        Kind::Demolition => "demolition",
        Kind::Vegetation => "vegetation change",
        Kind::Water => "water change",
        Kind::Other => "other change",
    };
    lang.pick(code.zh(), en)
}

/// A claim in words.
pub fn claim(lang: Lang, code: Claim) -> &'static str {
    let en = match code {
        Claim::Illegal => "illegal",
        Claim::Legal => "legal",
        Claim::Demolished => "demolished",
        Claim::Restored => "demolished and farmed again",
        Claim::Confiscated => "confiscated",
        Claim::FacilityAgriculture => "farm facility",
        Claim::TemporaryUse => "temporary use",
        Claim::RuralRoad => "village road",
        Claim::NoChange => "nothing changed",
        Claim::Other => "other",
        Claim::None => "none",
    };
    lang.pick(code.zh(), en)
}

/// What stands on a patch, in words.
pub fn state_after(lang: Lang, code: StateAfter) -> &'static str {
    let en = match code {
        StateAfter::Standing => "standing",
        StateAfter::PartlyStanding => "partly standing",
        StateAfter::Disguised => "possibly covered or painted",
        StateAfter::Bare => "bare soil",
        StateAfter::Rubble => "rubble",
        StateAfter::Restored => "farmed or green again",
        StateAfter::None => "nothing built",
        StateAfter::Unknown => "unknown",
    };
    lang.pick(code.zh(), en)
}

/// How much of a candidate is in the list, in words.
pub fn list_status(lang: Lang, code: ListStatus) -> &'static str {
    let en = match code {
        ListStatus::Listed => "listed",
        ListStatus::PartlyListed => "partly listed",
        ListStatus::Unlisted => "not listed",
    };
    lang.pick(code.zh(), en)
}

/// Why a pixel was not judged, in words.
pub fn quality(lang: Lang, code: Quality) -> &'static str {
    let en = match code {
        Quality::Valid => "usable",
        Quality::Outside => "outside an image",
        Quality::Nodata => "no data",
        Quality::Unreadable => "file damaged",
        Quality::Cloud => "cloud",
        Quality::Shadow => "cloud shadow",
        Quality::Saturated => "saturated",
        Quality::Snow => "snow",
    };
    lang.pick(code.zh(), en)
}

/// A number with thousands separated and `decimals` digits after the point.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "—".into();
    }
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    // -0.00 is a rounding of nothing and reads badly.
    if value < 0.0 && plain.chars().any(|c| c.is_ascii_digit() && c != '0') {
        out.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A whole number with thousands separated.
pub fn whole(value: u64) -> String {
    // Exact: goes through text, not through a float.
    let digits = value.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
