//! Dates as lists write them.

use super::names::half_width;

/// A date; `day` is missing where the list gives a month only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListDate {
    /// Year.
    pub year: i32,
    /// Month, 1-12.
    pub month: u32,
    /// Day, 1-31.
    pub day: Option<u32>,
}

impl ListDate {
    /// `YYYY-MM-DD`; the last day of the month where no day is given, since an image of that month may be earlier.
    pub fn latest(&self) -> String {
        let day = self.day.unwrap_or_else(|| days_in(self.year, self.month));
        format!("{:04}-{:02}-{day:02}", self.year, self.month)
    }
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        _ => 31,
    }
}

/// A date that exists, between 1980 and 2100.
fn checked(year: i64, month: i64, day: Option<i64>) -> Option<ListDate> {
    let (year, month) = (i32::try_from(year).ok()?, u32::try_from(month).ok()?);
    if !(1980..=2100).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let day = match day {
        Some(d) => Some(u32::try_from(d).ok().filter(|d| (1..=days_in(year, month)).contains(d))?),
        None => None,
    };
    Some(ListDate { year, month, day })
}

/// Excel's day number (1900 system) as a date.
///
/// # Source
/// Day 25569 is 1970-01-01; civil-from-days after Hinnant 2013.
fn from_serial(serial: i64) -> Option<ListDate> {
    let z = serial - 25_569 + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    checked(year, month, Some(doy - (153 * mp + 2) / 5 + 1))
}

/// Reads `2024-03-05`, `2024/3/5`, `2024.3.5`, `20240305`, `2024年3月5日`, `2024-3`, `202403`, a time behind any of them,
/// and Excel's day numbers. `None` for anything else and for days that do not exist.
pub fn parse_date(text: &str) -> Option<ListDate> {
    let text = half_width(text);
    let text = text.trim();
    let head = text.split([' ', 'T']).next().unwrap_or(text);
    if head.is_empty() {
        return None;
    }
    if head.chars().all(|c| c.is_ascii_digit()) {
        let n: i64 = head.parse().ok()?;
        return match head.len() {
            8 => checked(n / 10_000, n / 100 % 100, Some(n % 100)),
            6 => checked(n / 100, n % 100, None),
            5 => from_serial(n),
            _ => None,
        };
    }
    if let Some((whole, part)) = head.split_once('.')
        && whole.len() == 5
        && whole.chars().chain(part.chars()).all(|c| c.is_ascii_digit())
    {
        return from_serial(whole.parse().ok()?);
    }
    // Blanks inside Chinese dates (2024年 3月 5日) are dropped, a time behind the day is not read.
    let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let source = if joined.contains('年') { joined.as_str() } else { head };
    let source = source.split_once(['日', '号']).map_or(source, |s| s.0).trim_end_matches('月');
    let parts: Vec<&str> = source.split(['-', '/', '.', '年', '月']).collect();
    let number = |s: &str| s.parse::<i64>().ok().filter(|_| s.len() <= 4 && s.chars().all(|c| c.is_ascii_digit()));
    match parts.as_slice() {
        [y, m] if y.len() == 4 => checked(number(y)?, number(m)?, None),
        [y, m, d] if y.len() == 4 => checked(number(y)?, number(m)?, Some(number(d)?)),
        _ => None,
    }
}
