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
}

impl Default for ChangeParams {
    fn default() -> Self {
        ChangeParams {
            smooth_radius_px: 2,
            smooth_eps: 1.0,
            min_blob_px: 10,
            min_hole_px: 10,
            max_changed_percent: 60.0,
            histogram_bins: 512,
            clip_percentile: 99.9,
            min_class_percent: 0.1,
        }
    }
}

impl ChangeParams {
    /// Pixels around a tile that the smoothed score needs.
    pub fn score_halo_px(&self) -> usize {
        2 * self.smooth_radius_px
    }

    /// Pixels around a tile that the cleaned mask needs: a blob or hole smaller than the limit cannot reach further.
    pub fn mask_halo_px(&self) -> usize {
        self.score_halo_px() + self.min_blob_px + self.min_hole_px
    }
}
