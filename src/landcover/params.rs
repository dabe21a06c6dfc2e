//! What can be set about land cover.

use serde::{Deserialize, Serialize};

/// A Gaussian holding less than this of the smooth ground must look like the common ground to be a reference, percent.
pub const RARE_PERCENT: f64 = 5.0;
/// Brightness against the common soil, in every visible band, from which rare ground is suspected to be works.
pub const BRIGHT: f64 = 1.25;

/// Which pixels are classified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Those that changed, and those of the list's patches.
    #[default]
    Parcels,
    /// Every pixel that both dates show; the transitions between classes are counted per town.
    Full,
}

/// Land-cover parameters (`[landcover]` of a pipeline file).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LandcoverParams {
    /// `auto`, `rules`, the name of a built-in model, or a folder with a `landcover.json`.
    pub model: String,
    /// Which pixels are classified.
    pub extent: Extent,
    /// Gaussians in the mixture that describes natural ground.
    pub components: usize,
    /// A Gaussian holding less than this share of the smooth ground is no reference for natural ground, percent.
    pub min_component_percent: f64,
    /// A Gaussian holding less than 5 % and this many times as broad as the median one, or brighter than the
    /// common ground by a quarter, is no reference either: it has gathered what fits nowhere else, works included.
    pub max_component_spread: f64,
    /// Distance from all natural ground, in its standard deviations, from which a pixel is a work of man.
    pub works_distance: f64,
    /// Probability of works from which a changed pixel is put to the decision on parcels, where a forest tells land cover: less than
    /// even, because a parcel is told better than a pixel.
    pub likely_works: f64,
    /// Share of the threshold of change from which a pixel is looked at a second time, where a forest tells land cover: on ground that
    /// differs as much from year to year as a building site from a ploughed field, no threshold of the score alone parts the two. 1: never.
    pub second_look_ratio: f64,
    /// Such a pixel changed if works are that probable after, not likely before, and in most of its neighbours too.
    pub second_look_works: f64,
    /// Works on ground that was built before count as new only where the score is this many times the threshold: light,
    /// dust and a fraction of a pixel of shift move bright roofs by one to two thresholds, a new roof by more than three.
    pub altered_max_score_ratio: f64,
    /// Most pixels sampled per date.
    pub max_sample_px: usize,
    /// Radius of the majority vote over change groups inside the changed area, pixels.
    pub majority_radius_px: usize,
}

impl Default for LandcoverParams {
    fn default() -> Self {
        LandcoverParams {
            model: "auto".to_string(),
            extent: Extent::Parcels,
            components: 16,
            min_component_percent: 2.0,
            max_component_spread: 1.6,
            works_distance: 4.2,
            likely_works: 0.2,
            second_look_ratio: 0.45,
            second_look_works: 0.2,
            altered_max_score_ratio: 3.0,
            max_sample_px: 24_000,
            majority_radius_px: 2,
        }
    }
}
