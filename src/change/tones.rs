//! Whether some ground has one tone or two: a bare yard has one; a building with its yard and its shadow two.
//!
//! # Source
//! N. Otsu 1979, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9(1), equation 12: eta, the share of the
//! variance that lies between two classes at the best threshold. Of one normal distribution it is 2/pi = .637, whatever its spread.

/// Fewer values have no distribution to speak of.
const LEAST: usize = 20;

/// Eta of some values, 0 to 1; `None` of too few, or where they do not vary.
pub fn separability(values: &[f32]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().filter(|v| v.is_finite()).map(|v| f64::from(*v)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let sum: f64 = sorted.iter().sum();
    let mean = sum / n;
    let variance = sorted.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    if sorted.len() < LEAST || variance <= 0.0 {
        return None;
    }
    let (mut below, mut most) = (0.0, 0.0f64);
    for (k, v) in sorted.iter().enumerate().take(sorted.len() - 1) {
        below += v;
        let count = (k + 1) as f64;
        let apart = below / count - (sum - below) / (n - count);
        most = most.max(count * (n - count) / (n * n) * apart * apart);
    }
    Some((most / variance).min(1.0))
}

#[cfg(test)]
mod tests;
