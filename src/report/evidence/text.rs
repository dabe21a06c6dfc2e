//! Texts of users' files made fit for XML, and figures as text.

use crate::crosscheck::PatchFinding;
use std::borrow::Cow;

/// The text on one line and without what XML 1.0 cannot hold or what turns the direction of reading: each such
/// character becomes `�`, so that it is seen that something stood there; line ends and tabs become spaces.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !c.is_control() && !forbidden(c);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let one = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
        c if plain(c) => c,
        _ => char::REPLACEMENT_CHARACTER,
    };
    Cow::Owned(text.chars().map(one).collect())
}

/// Noncharacters, and marks by which a text is read in another order than it is written.
fn forbidden(c: char) -> bool {
    let code = u32::from(c);
    code & 0xfffe == 0xfffe
        || (0xfdd0..=0xfdef).contains(&code)
        || matches!(code, 0x2028 | 0x2029 | 0x202a..=0x202e | 0x2066..=0x2069)
}

/// Width of a text in half-width characters: Chinese ones count two.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) < 0x2e80 { 1 } else { 2 }).sum()
}

/// Id of a row as people call it; rows may have none.
pub(super) fn patch_name(patch: &PatchFinding) -> String {
    let id = clean(patch.list.patch_id.trim());
    if id.is_empty() { format!("清单第{}行（无编号）", patch.list.row + 1) } else { id.into_owned() }
}

/// What the town claims, in its own words; the kind it was taken for behind it where that says something else.
pub(super) fn claim(patch: &PatchFinding) -> String {
    let (own, kind) = (clean(patch.list.claim_text.trim()), patch.list.claim.zh());
    match own.as_ref() {
        "" => kind.into(),
        own if own == kind => kind.into(),
        own => format!("{own}（归为：{kind}）"),
    }
}

/// Confidence as a percentage.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.0}%", 100.0 * share.clamp(0.0, 1.0)) } else { "—".into() }
}
