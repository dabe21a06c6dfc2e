//! Medians and weights that a few wrong values cannot move.

/// Median; 0 of nothing.
pub(super) fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

/// Quantile `q` of the values, the mean of both neighbours where it falls between two; 0 of nothing. Sorts in place.
pub(super) fn quantile(values: &mut [f64], q: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let at = q * (values.len() - 1) as f64;
    (values[at.floor() as usize] + values[at.ceil() as usize]) / 2.0
}

/// Tukey's biweight of a distance, 1 at 0 and 0 from `limit` on.
///
/// # Source
/// A. Beaton and J. Tukey 1974, "The fitting of power series, meaning polynomials, illustrated on band-spectroscopic data".
pub fn biweight(distance: f64, limit: f64) -> f64 {
    let t = distance / limit;
    if t < 1.0 { (1.0 - t * t).powi(2) } else { 0.0 }
}
