//! What can be set about land cover.

use serde::{Deserialize, Serialize};

/// Land-cover parameters (`[landcover]` of a pipeline file).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LandcoverParams {
    /// Gaussians in the mixture that describes natural ground.
    pub components: usize,
    /// A Gaussian holding less than this share of the smooth ground is no reference for natural ground, percent.
    pub min_component_percent: f64,
    /// A Gaussian this many times as broad as the median one is no reference either.
    pub max_component_spread: f64,
    /// Distance from all natural ground, in its standard deviations, from which a pixel is a work of man.
    pub works_distance: f64,
    /// Most pixels sampled per date.
    pub max_sample_px: usize,
    /// Radius of the majority vote over change groups inside the changed area, pixels.
    pub majority_radius_px: usize,
}

impl Default for LandcoverParams {
    fn default() -> Self {
        LandcoverParams {
            components: 16,
            min_component_percent: 2.0,
            max_component_spread: 2.5,
            works_distance: 4.5,
            max_sample_px: 24_000,
            majority_radius_px: 2,
        }
    }
}
