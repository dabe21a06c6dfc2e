//! The unit of declared areas: 亩, m2 or hectares, which lists rarely say and channels mix.

use serde::Serialize;

/// Unit of a declared area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaUnit {
    /// 亩, 2000/3 m2.
    Mu,
    /// Square metres.
    M2,
    /// Hectares, 公顷.
    Ha,
}

impl AreaUnit {
    /// Every unit.
    pub const ALL: [AreaUnit; 3] = [AreaUnit::Mu, AreaUnit::M2, AreaUnit::Ha];

    /// Square metres per unit.
    pub fn in_m2(self) -> f64 {
        match self {
            AreaUnit::Mu => 2000.0 / 3.0,
            AreaUnit::M2 => 1.0,
            AreaUnit::Ha => 10_000.0,
        }
    }

    /// Chinese name.
    pub fn zh(self) -> &'static str {
        match self {
            AreaUnit::Mu => "亩",
            AreaUnit::M2 => "平方米",
            AreaUnit::Ha => "公顷",
        }
    }

    /// The unit a field name's brackets or end say.
    pub(crate) fn in_name(name: &str) -> Option<AreaUnit> {
        let lower = super::names::half_width(name).to_lowercase();
        if lower.contains("公顷") || lower.contains("hm2") || lower.contains("(ha") || lower.ends_with("_ha") {
            Some(AreaUnit::Ha)
        } else if lower.contains('亩') || lower.ends_with("_mu") || lower.contains("(mu") {
            Some(AreaUnit::Mu)
        } else if ["平方米", "㎡", "m2", "m²", "平米"].iter().any(|u| lower.contains(u)) {
            Some(AreaUnit::M2)
        } else {
            None
        }
    }
}

/// The unit that explains the median ratio of declared numbers to geometric areas in m2; `None` when none does within
/// a factor of 1.5 (the units lie at least a factor of 15 apart).
pub fn infer_unit(pairs: &[(f64, f64)]) -> Option<AreaUnit> {
    let mut ratios: Vec<f64> = pairs.iter().filter(|(d, g)| *d > 0.0 && *g > 0.0).map(|(d, g)| d / g).collect();
    if ratios.is_empty() {
        return None;
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    AreaUnit::ALL.into_iter().find(|u| (1.0 / 1.5..=1.5).contains(&(median * u.in_m2())))
}
