//! Which score a pair gets, by rule from what is known and measured of it, and the score itself: the one way to it.

use super::{ChangeParams, Distance, guided_filter, joint_quality, score, structure};
use crate::normalise::Radiometry;
use crate::raster::{BandRole, Pixels, Quality};
use ndarray::Array2;
use serde::Serialize;

/// Shifts beyond this are not forgiven, pixels: every pixel would find its like somewhere.
const MOST_REACH_PX: usize = 2;

/// How change is scored.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Pixel by pixel, by colour ([`score`]).
    Spectral {
        /// What the score is made of.
        distance: Distance,
        /// Residual shift the score is made robust against, pixels; 0 = none.
        reach_px: usize,
    },
    /// Over neighbourhoods, by colour, pattern and edges: fine images that show visible light only.
    Structural {
        /// Spread of the neighbourhood (standard deviation), pixels.
        spread_px: f64,
    },
}

impl Method {
    fn structural(roles: &[Option<BandRole>], gsd_m: f64, params: &ChangeParams) -> Option<Method> {
        let visible = |r: &Option<BandRole>| !matches!(r, Some(BandRole::Nir | BandRole::Swir1 | BandRole::Swir2));
        let fine = roles.len() <= 3 && roles.iter().all(visible) && gsd_m <= params.structure_max_gsd_m;
        fine.then(|| Method::Structural { spread_px: params.structure_scale_m / gsd_m })
    }

    /// The method that looks farthest around a pixel of those the pair can get, before anything is measured.
    pub fn farthest(roles: &[Option<BandRole>], gsd_m: f64, params: &ChangeParams) -> Method {
        let spectral = Method::Spectral { distance: Distance::Fused, reach_px: MOST_REACH_PX };
        Self::structural(roles, gsd_m, params).unwrap_or(spectral)
    }

    /// Chooses the method.
    ///
    /// | pair | method |
    /// |---|---|
    /// | at most three bands, none known to be infrared, pixels up to `structure-max-gsd-m` | structural |
    /// | else, IR-MAD converged and agrees with the change vector by `fuse-min-agreement` or more | spectral, both fused |
    /// | else | spectral, change vector alone |
    ///
    /// A spectral score is made robust within the residual shift (1 or 2 px) where more than `robust-from-px` was measured.
    /// `residual_px` is the shift that correction leaves; `None` where it could not be measured.
    pub fn choose(
        roles: &[Option<BandRole>],
        gsd_m: f64,
        radiometry: &Radiometry,
        residual_px: Option<f64>,
        params: &ChangeParams,
    ) -> Method {
        if let Some(structural) = Self::structural(roles, gsd_m, params) {
            return structural;
        }
        let residual = residual_px.filter(|r| *r > params.robust_from_px).unwrap_or(0.0);
        let fused = radiometry.converged && radiometry.agreement >= params.fuse_min_agreement;
        Method::Spectral {
            distance: if fused { Distance::Fused } else { Distance::ChangeVector },
            reach_px: (residual.ceil() as usize).min(MOST_REACH_PX),
        }
    }
}

/// Scores windows of one pair.
#[derive(Clone, Debug)]
pub struct Detector {
    /// The method.
    pub method: Method,
    /// Radiometric relation of the pair.
    pub radiometry: Radiometry,
    /// Standard deviation of the unsmoothed score over the sample, the guided filter's unit; 0 until it is measured, and for the
    /// structural score, which needs none.
    pub score_sd: f64,
    /// Parameters.
    pub params: ChangeParams,
}

impl Detector {
    /// Pixels around a window that [`Detector::score`] needs.
    pub fn halo_px(&self) -> usize {
        Self::halo_of(self.method, &self.params)
    }

    /// The same, before there is a detector.
    pub fn halo_of(method: Method, params: &ChangeParams) -> usize {
        match method {
            Method::Spectral { reach_px, .. } => 2 * params.smooth_radius_px + reach_px,
            Method::Structural { spread_px } => structure::halo_px(spread_px),
        }
    }

    /// Pixels around a window that [`Detector::unsmoothed`] needs.
    pub fn unsmoothed_halo_px(&self) -> usize {
        match self.method {
            Method::Spectral { reach_px, .. } => reach_px,
            Method::Structural { spread_px } => structure::halo_px(spread_px),
        }
    }

    /// How many thresholds the strongest pixel of a blob must reach. The structural score is a mean over a whole neighbourhood: what
    /// passes its threshold there has passed it many times over, and a second one would only cost small buildings.
    pub fn core_ratio(&self) -> f64 {
        match self.method {
            Method::Spectral { .. } => self.params.core_ratio,
            Method::Structural { .. } => 1.0,
        }
    }

    /// Threshold that is usual for the score, where the score means the same on every pair.
    pub fn usual_threshold(&self) -> Option<f64> {
        match self.method {
            Method::Spectral { .. } => None,
            Method::Structural { .. } => Some(self.params.structure_usual_threshold),
        }
    }

    /// The score before smoothing.
    pub fn unsmoothed(&self, before: &Pixels, after: &Pixels) -> Array2<f32> {
        match self.method {
            Method::Spectral { distance, reach_px } => score(before, after, &self.radiometry, distance, reach_px),
            Method::Structural { spread_px } => structure::score(before, after, &self.radiometry, spread_px),
        }
    }

    /// Score of a window and its joint quality, exact from [`Detector::halo_px`] inside the arrays on; 0 where not valid.
    pub fn score(&self, before: &Pixels, after: &Pixels) -> (Array2<f32>, Array2<Quality>) {
        let quality = joint_quality(before, after);
        let raw = self.unsmoothed(before, after);
        match self.method {
            Method::Structural { .. } => (raw, quality),
            Method::Spectral { .. } => {
                let p = &self.params;
                (guided_filter(&raw, &quality, p.smooth_radius_px, p.smooth_eps, self.score_sd), quality)
            }
        }
    }
}
