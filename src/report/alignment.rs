//! The alignment in words and as a small table.

use super::document::{Document, Lang, ShiftSummary};
use super::words::number;

/// The measured shift in one sentence.
pub fn shift_sentence(l: Lang, shift: Option<&ShiftSummary>) -> String {
    let px = l.pick("像元", "px");
    let Some(s) = shift else { return l.pick("未能测定", "could not be measured").into() };
    let ties = format!("{} {} / {}", l.pick("一致的连接块", "tie tiles in agreement"), s.agreeing, s.tiles);
    if !s.resolved {
        return format!("{}; {ties}", l.pick("不可靠，未改正", "not reliable, not corrected"));
    }
    let mut parts = vec![
        format!("{} {px} = {} m", number(s.length_px, 2), number(s.length_m, 2)),
        format!("{} {} / {}", l.pick("向下/向右", "down/right"), number(s.row_px, 2), number(s.col_px, 2)),
    ];
    if s.model != "constant" {
        let range = |r: (f64, f64)| format!("{}…{}", number(r.0, 2), number(r.1, 2));
        parts.push(format!(
            "{} {} / {}",
            l.pick("随位置变化", "varies over the image"),
            range(s.local_rows_px),
            range(s.local_cols_px)
        ));
    }
    parts.push(format!("{} {}", l.pick("离散", "spread"), number(s.spread_px, 2)));
    parts.push(ties);
    let done = if s.corrected {
        l.pick("已改正", "corrected")
    } else {
        l.pick("很小，未作改正", "small, left alone")
    };
    parts.push(done.into());
    if let Some(r) = &s.residual {
        parts.push(format!(
            "{} {} {px}; 90%: {}",
            l.pick("残余中位数", "median left"),
            number(r.median_px, 2),
            number(r.p90_px, 2)
        ));
    }
    parts.join(l.pick("，", ", "))
}

/// Residual by ninths of the working grid, a row of the table for each row of ninths.
pub(super) fn ninths(doc: &Document) -> Vec<(String, String)> {
    let Some(residual) = doc.run.shift.as_ref().and_then(|s| s.residual.as_ref()) else { return Vec::new() };
    let l = doc.lang;
    let names = [("上（左 | 中 | 右）", "top (left | middle | right)"), ("中", "middle"), ("下", "bottom")];
    let row = |(name, values): ((&str, &str), &[f64; 3])| {
        let shown: Vec<String> = values.iter().map(|v| number(*v, 2)).collect();
        (l.pick(name.0, name.1).to_string(), shown.join(" | "))
    };
    names.into_iter().zip(&residual.ninths_px).map(row).collect()
}
