//! What can be set about normalisation.

use serde::{Deserialize, Serialize};

/// Normalisation parameters (`[normalise]` of a pipeline file).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NormaliseParams {
    /// Most IR-MAD iterations.
    pub max_iterations: usize,
    /// IR-MAD stops when no canonical correlation moved by more than this.
    pub tolerance: f64,
    /// A pixel counts as unchanged when its no-change probability exceeds this.
    pub no_change_probability: f64,
    /// Haze that thickens across the scene is taken off the later image when that narrows the spread of the differences to this
    /// share of what it is, in any band; 0 = never. Measured: .79 and more without such haze, .23 to .73 with.
    pub veil_max_spread_ratio: f64,
    /// The same for haze that lies in patches, in any visible band, once its pattern was found to be that of haze. Measured: .63 to .90 with
    /// such haze; .84 where a city grew out of fields and there was none.
    pub patchy_veil_max_spread_ratio: f64,
    /// Most pixels sampled for IR-MAD and the regression.
    pub max_sample_px: usize,
    /// Most 512 x 512 blocks that statistics are taken from; smaller images are used whole.
    pub max_sample_blocks: usize,
}

impl Default for NormaliseParams {
    fn default() -> Self {
        NormaliseParams {
            max_iterations: 30,
            tolerance: 1e-3,
            no_change_probability: 0.9,
            veil_max_spread_ratio: 0.75,
            patchy_veil_max_spread_ratio: 0.8,
            max_sample_px: 400_000,
            max_sample_blocks: 48,
        }
    }
}
