//! From a labelled component to a parcel: how large, what it was, what it became, what kind of change that is.

use super::{Kind, LinearLimits, OUTCOMES, Outcome, ShapeMeasures, new_works};
use crate::landcover::{ChangeGroup, Class};
use crate::vectorise::Component;
use serde::{Deserialize, Serialize};

/// Parcel parameters (`[parcels]` of a pipeline file).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ParcelParams {
    /// Smallest parcel, m2; smaller ones are counted.
    pub min_area_m2: f64,
    /// Smallest parcel, pixels; smaller ones are counted.
    pub min_pixels: u64,
    /// Parcels whose mean spectral score stays below this many thresholds are counted, not listed: fields in another shade. On three
    /// generated counties it takes two thirds of the false parcels and 1 % of the true ones.
    pub min_score_ratio: f64,
    /// The same for built ground that is built still: roads and roofs in another light, under dust, beside a field that changed.
    pub altered_min_score_ratio: f64,
    /// Probability of new works from which a parcel counts as such, where a forest decides.
    pub min_works_probability: f64,
    /// Length over width from which works are linear.
    pub linear_min_elongation: f64,
    /// Least length of linear works, m.
    pub linear_min_length_m: f64,
    /// Greatest mean width of linear works, m.
    pub linear_max_width_m: f64,
    /// Works whose mean distance from natural ground is below this and which are no wider than `sliver-max-width-px` are the
    /// mixed pixels along a field's edge, not works.
    pub sliver_min_distance: f64,
    /// See `sliver-min-distance`.
    pub sliver_max_width_px: f64,
}

impl Default for ParcelParams {
    fn default() -> Self {
        let linear = LinearLimits::default();
        ParcelParams {
            min_area_m2: 200.0,
            min_pixels: 9,
            min_score_ratio: 1.15,
            altered_min_score_ratio: 2.0,
            min_works_probability: 0.6,
            linear_min_elongation: linear.min_elongation,
            linear_min_length_m: linear.min_length_m,
            linear_max_width_m: linear.max_width_m,
            sliver_min_distance: 7.0,
            sliver_max_width_px: 2.5,
        }
    }
}

impl ParcelParams {
    /// Least mean score of a parcel of a group, thresholds.
    pub fn least_score_ratio(&self, group: ChangeGroup) -> f64 {
        if group == ChangeGroup::Altered { self.altered_min_score_ratio } else { self.min_score_ratio }
    }

    /// Pixels of the smallest parcel, at so many m2 a pixel.
    pub fn least_pixels(&self, pixel_m2: f64) -> u32 {
        self.min_pixels.max((self.min_area_m2 / pixel_m2).ceil() as u64).min(u32::MAX.into()) as u32
    }

    /// What counts as linear.
    pub fn linear(&self) -> LinearLimits {
        LinearLimits {
            min_elongation: self.linear_min_elongation,
            min_length_m: self.linear_min_length_m,
            max_width_m: self.linear_max_width_m,
        }
    }
}

/// What the pixels of a component say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Group of change.
    pub group: ChangeGroup,
    /// Pixels.
    pub pixels: u64,
    /// Mean change score, no-change standard deviations.
    pub score: f64,
    /// Mean distance from natural ground, its standard deviations.
    pub distance: f64,
    /// Pixels per class before, by class value.
    pub before: [u64; Class::SLOTS],
    /// Pixels per class after.
    pub after: [u64; Class::SLOTS],
}

impl Evidence {
    /// Reads the sums of a component; scores and distances are stored in hundredths.
    pub fn of(component: &Component) -> Evidence {
        let (mut before, mut after) = ([0; Class::SLOTS], [0; Class::SLOTS]);
        for &(detail, pixels) in &component.details {
            let classes = [(detail >> 8) as u8, (detail & 255) as u8];
            for (value, counts) in classes.into_iter().zip([&mut before, &mut after]) {
                let slot = Class::from_value(value).map_or(0, |c| c as usize);
                counts[slot] += pixels;
            }
        }
        let mean = |sum: u64| sum as f64 / 100.0 / component.pixels.max(1) as f64;
        Evidence {
            group: ChangeGroup::from_value(component.group),
            pixels: component.pixels,
            score: mean(component.sums[0]),
            distance: mean(component.sums[1]),
            before,
            after,
        }
    }

    /// Share of the pixels of the given classes, 0-1.
    fn share(counts: &[u64; Class::SLOTS], of: impl Fn(Class) -> bool) -> f64 {
        let all: u64 = counts.iter().sum();
        let some: u64 = Class::ALL.iter().filter(|c| of(**c)).map(|c| counts[*c as usize]).sum();
        if all == 0 { 0.0 } else { some as f64 / all as f64 }
    }

    /// What a parcel of a kind became: of new works the most frequent works, whatever else is seen between them.
    pub fn became(&self, kind: Option<Kind>) -> Option<Class> {
        let new_works = kind.is_some_and(Kind::relevant);
        let works = |c: &Class| c.works() && self.after[*c as usize] > 0;
        let most = Class::ALL.into_iter().filter(works).max_by_key(|c| self.after[*c as usize]);
        if new_works && most.is_some() { most } else { Self::dominant(&self.after) }
    }

    /// Most frequent class; `None` without land cover.
    pub fn dominant(counts: &[u64; Class::SLOTS]) -> Option<Class> {
        let best = Class::ALL.iter().max_by_key(|c| (counts[**c as usize], std::cmp::Reverse(**c as u8)))?;
        (counts[*best as usize] > 0).then_some(*best)
    }
}

/// Kind of change and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// Kind; `None` without land cover.
    pub kind: Option<Kind>,
    /// 0-1: how far the evidence stands above its limits.
    pub confidence: f64,
}

/// Decides the kind by the evidence of the whole parcel.
///
/// | group | kind |
/// |---|---|
/// | works, linear shape | linear, unless two thirds are photovoltaic or greenhouse |
/// | works, half or more earthwork | earthwork |
/// | works, half or more photovoltaic / greenhouse | photovoltaic / greenhouse |
/// | works, else | new_building (hard surface included) |
/// | works, but a thin sliver barely off natural ground | vegetation |
/// | cleared | demolition |
/// | altered (built before and after) | other |
/// | water, natural | water, vegetation |
pub fn decide(
    evidence: &Evidence,
    outcomes: Option<&[f64; OUTCOMES.len()]>,
    shape: &ShapeMeasures,
    gsd_m: f64,
    threshold: f64,
    works_distance: f64,
    params: &ParcelParams,
) -> Decision {
    if let Some(outcomes) = outcomes {
        return weigh(evidence, outcomes, shape, params);
    }
    let over = |value: f64, limit: f64| (value / limit.max(1e-9) - 1.0).max(0.0);
    // 0.5 at the limit, 0.9 at three times the limit, never 1.
    let saturate = |x: f64| 0.5 + 0.5 * x / (x + 0.5);
    let changed = saturate(over(evidence.score, threshold));
    let after = |of: fn(Class) -> bool| Evidence::share(&evidence.after, of);
    let photovoltaic = after(|c| c == Class::Photovoltaic);
    let greenhouse = after(|c| c == Class::Greenhouse);
    let kind = match evidence.group {
        ChangeGroup::Unknown => None,
        ChangeGroup::Water => Some(Kind::Water),
        ChangeGroup::Natural => Some(Kind::Vegetation),
        ChangeGroup::Cleared => Some(Kind::Demolition),
        ChangeGroup::Altered => Some(Kind::Other),
        ChangeGroup::Works => {
            let sliver =
                shape.width_m <= params.sliver_max_width_px * gsd_m && evidence.distance < params.sliver_min_distance;
            Some(match () {
                () if sliver => Kind::Vegetation,
                () if photovoltaic >= 0.67 => Kind::Photovoltaic,
                () if greenhouse >= 0.67 => Kind::Greenhouse,
                () if shape.is_linear(&params.linear()) => Kind::Linear,
                () if photovoltaic >= 0.5 => Kind::Photovoltaic,
                () if greenhouse >= 0.5 => Kind::Greenhouse,
                () if after(|c| c == Class::Excavation) >= 0.5 => Kind::Excavation,
                () if after(|c| c == Class::Earthwork) >= 0.5 => Kind::Earthwork,
                () => Kind::NewBuilding,
            })
        }
    };
    let works = matches!(evidence.group, ChangeGroup::Works | ChangeGroup::Cleared);
    let confidence = if works { changed.min(saturate(over(evidence.distance, works_distance))) } else { changed };
    Decision { kind, confidence: (confidence * 100.0).round() / 100.0 }
}

/// Decides by the probabilities of a forest.
///
/// | probability | kind |
/// |---|---|
/// | new works together `min-works-probability` or more | the most probable of them; linear in shape, and roof, surface or earth: linear |
/// | else, demolition more probable than nothing | demolition |
/// | else, built before and after | other |
/// | else | vegetation |
fn weigh(
    evidence: &Evidence,
    outcomes: &[f64; OUTCOMES.len()],
    shape: &ShapeMeasures,
    params: &ParcelParams,
) -> Decision {
    let of = |outcome: Outcome| outcomes[outcome as usize];
    let (nothing, demolition, works) = (of(Outcome::Nothing), of(Outcome::Demolition), new_works(outcomes));
    let best = Outcome::most_likely_works(outcomes);
    let built = |counts| Evidence::share(counts, Class::built) >= 0.5;
    let (kind, sure) = match () {
        () if works >= params.min_works_probability => {
            let may_be_linear = matches!(best, Outcome::Building | Outcome::Earthwork);
            let linear = may_be_linear && shape.is_linear(&params.linear());
            (if linear { Some(Kind::Linear) } else { best.kind() }, works)
        }
        () if demolition > nothing => (Some(Kind::Demolition), demolition),
        () if built(&evidence.before) && built(&evidence.after) => (Some(Kind::Other), 1.0 - works),
        () => (Some(Kind::Vegetation), 1.0 - works),
    };
    Decision { kind, confidence: (sure * 100.0).round() / 100.0 }
}

#[cfg(test)]
mod tests;
