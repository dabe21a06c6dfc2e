//! What can be set about change detection.

use serde::{Deserialize, Serialize};

/// Change parameters (`[change]` of a pipeline file).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ChangeParams {
    /// Radius of the guided filter's box, pixels.
    pub smooth_radius_px: usize,
    /// Regularisation of the guided filter, in squared standard deviations of the score.
    pub smooth_eps: f64,
    /// Fine images without infrared, up to this ground sampling distance, are scored by structure, m.
    pub structure_max_gsd_m: f64,
    /// Spread (standard deviation) of the neighbourhood the structural score looks at, m: about that of a house.
    pub structure_scale_m: f64,
    /// Threshold of the structural score that is usual; a pair's own is met half way. Changed ground scored 2 to 6 (its middle half)
    /// on thirteen labelled tiles of three data sets, noisy copies of a date up to .5.
    pub structure_usual_threshold: f64,
    /// Least correlation of change vector and IR-MAD distance (of their logarithms, over the sample) for which the score is made of
    /// both, IR-MAD having converged. Measured: .77 to .98 on pairs of five sensors, .3 to .7 where flames misled IR-MAD.
    pub fuse_min_agreement: f64,
    /// A residual shift above this is differenced robustly, pixels.
    pub robust_from_px: f64,
    /// A blob is change only if a pixel of it reaches this many thresholds.
    pub core_ratio: f64,
    /// Blobs of changed pixels smaller than this are dropped (8-connected).
    pub min_blob_px: usize,
    /// Holes in changed areas smaller than this are filled (4-connected).
    pub min_hole_px: usize,
    /// More than this share of the scene is never flagged: the threshold is refused instead, percent.
    pub max_changed_percent: f64,
    /// Bins of the threshold's histogram.
    pub histogram_bins: usize,
    /// The histogram is clipped at this percentile of the score.
    pub clip_percentile: f64,
    /// Least share of either class, percent.
    pub min_class_percent: f64,
    /// The minimum-error threshold is raised towards that of two classes of one spread if this separates them so many times better.
    pub separation_gain_from: f64,
    /// From this gain of separation on it is raised all the way. Measured gains: 1.0 to 1.2 where minimum error was right (weak
    /// contrast, noise), 1.3 to 6 where it cut into unchanged ground of several kinds or changes were rare.
    pub separation_gain_full: f64,
}

impl Default for ChangeParams {
    fn default() -> Self {
        ChangeParams {
            smooth_radius_px: 2,
            smooth_eps: 1.0,
            structure_max_gsd_m: 5.0,
            structure_scale_m: 8.0,
            structure_usual_threshold: 3.0,
            fuse_min_agreement: 0.7,
            robust_from_px: 0.5,
            core_ratio: 1.3,
            min_blob_px: 10,
            min_hole_px: 10,
            max_changed_percent: 60.0,
            histogram_bins: 512,
            clip_percentile: 99.9,
            min_class_percent: 0.1,
            separation_gain_from: 1.2,
            separation_gain_full: 1.8,
        }
    }
}

impl ChangeParams {
    /// Pixels around a tile, beyond the score's own, that the cleaned mask needs: a blob or hole smaller than the limit cannot
    /// reach further.
    pub fn clean_halo_px(&self) -> usize {
        self.min_blob_px + self.min_hole_px
    }
}
