//! Seasons: how far apart in the year the dates are, and what that leaves of a finding's confidence.

/// Days between the seasons above which farmland looks changed everywhere.
pub const SEASON_DAYS: u32 = 45;
/// Half a year: seasons cannot be farther apart.
const OPPOSITE_DAYS: u32 = 182;

/// Day of the year and days since year 0 of `YYYY-MM-DD`; `None` for another text or an impossible day.
pub fn day_number(date: &str) -> Option<(i64, i64)> {
    let parts: Vec<&str> = date.split('-').collect();
    let [y, m, d] = parts[..] else { return None };
    let (y, m, d) = (y.parse::<i64>().ok()?, m.parse::<usize>().ok()?, d.parse::<i64>().ok()?);
    let leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let lengths = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1900..=2200).contains(&y) || !(1..=12).contains(&m) || d < 1 || d > lengths[m - 1] {
        return None;
    }
    let of_year = lengths[..m - 1].iter().sum::<i64>() + d;
    let before = y - 1;
    Some((of_year, before * 365 + before / 4 - before / 100 + before / 400 + of_year))
}

/// Days between the days of the year of two dates, the shorter way round.
pub fn season_days(before: Option<&str>, after: Option<&str>) -> Option<u32> {
    let (a, b) = (day_number(before?)?.0, day_number(after?)?.0);
    let apart = (a - b).unsigned_abs() as u32;
    Some(apart.min(365u32.saturating_sub(apart)))
}

/// Part of a finding's confidence that the difference of the seasons leaves: all of it up to [`SEASON_DAYS`], falling evenly to
/// `1 - cost` at half a year. Crops, leaves and water levels change the score and the land cover of both dates then.
pub fn season_trust(days: u32, cost: f64) -> f64 {
    let over = f64::from(days.saturating_sub(SEASON_DAYS)) / f64::from(OPPOSITE_DAYS - SEASON_DAYS);
    1.0 - cost * over.min(1.0)
}
