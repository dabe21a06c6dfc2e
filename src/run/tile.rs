//! What one window of the working grid yields: the stages from normalised pixels to change groups, composed.
//!
//! Used for the tiles of a scan and for the neighbourhood of single patches alike: the same pixels give the same products,
//! whatever window they are computed in.

use super::images::AlignedPair;
use super::masks::MaskTally;
use crate::change::{self, ChangeParams, Detector, Method, Threshold};
use crate::grid::Window;
use crate::landcover::{self, ChangeGroup, Class, LandcoverParams, Reference};
use crate::raster::{BandRole, Pixels, Quality};
use ndarray::{Array2, Zip, s};

/// Values of `change.tif`.
pub const UNCHANGED: u8 = 0;
/// Changed.
pub const CHANGED: u8 = 1;
/// Not judged.
pub const NOT_JUDGED: u8 = 255;
/// Stored scores are hundredths; the largest value is nodata.
pub const SCORE_SCALE: f64 = 0.01;
/// Nodata of `score.tif`.
pub const SCORE_NODATA: u16 = u16::MAX;

/// Everything a window's products depend on besides pixels.
pub struct Scene<'a> {
    /// The pair on the working grid.
    pub pair: &'a AlignedPair,
    /// How change is scored.
    pub detector: &'a Detector,
    /// The threshold.
    pub threshold: Threshold,
    /// Natural ground at both dates; `None` where land cover cannot be told.
    pub ground: Option<(Reference, Reference)>,
    /// Land-cover parameters.
    pub landcover: LandcoverParams,
    /// Working bands shown as red, green and blue.
    pub shown: [usize; 3],
    /// Every how many rows and columns a pixel is kept for the overview.
    pub overview_step: usize,
}

/// A pixel kept for the overview.
pub struct Sight {
    /// Row and column of the overview.
    pub at: (usize, usize),
    /// Red, green, blue of the later date; `None` where it was not seen.
    pub after: Option<[f32; 3]>,
}

/// Products of a window, all `(rows, cols)` of it.
pub struct Products {
    /// The window.
    pub window: Window,
    /// 0 unchanged, 1 changed, 255 not judged, as in `change.tif` but for blobs that are nowhere strong.
    pub change: Array2<u8>,
    /// Score in hundredths of its unit; 65535 where not judged.
    pub score: Array2<u16>,
    /// Joint quality of both dates.
    pub quality: Array2<Quality>,
    /// Class before.
    pub class_before: Array2<u8>,
    /// Class after.
    pub class_after: Array2<u8>,
    /// Change group ([`ChangeGroup`]); 0 where unchanged or not judged.
    pub group: Array2<u8>,
    /// Greater distance from natural ground of the two dates, hundredths of a standard deviation.
    pub distance: Array2<u16>,
    /// Pixels kept for the overview.
    pub sights: Vec<Sight>,
    /// What masks cover in the window, by source.
    pub masked: MaskTally,
}

impl Products {
    /// From/to classes of a pixel in one number, `from * 256 + to`.
    pub fn detail(&self) -> Array2<u16> {
        Zip::from(&self.class_before).and(&self.class_after).map_collect(|b, a| u16::from(*b) << 8 | u16::from(*a))
    }

    /// Score and distance side by side, for the sums of runs.
    pub fn values(&self) -> Array2<[u16; 2]> {
        Zip::from(&self.score).and(&self.distance).map_collect(|s, d| [*s, *d])
    }
}

/// Pixels around a window that its products need.
fn halo(method: Method, change: &ChangeParams, landcover: &LandcoverParams) -> usize {
    Detector::halo_of(method, change) + change.clean_halo_px() + landcover.majority_radius_px + 1
}

/// Pixels around a tile that a scan with these parameters reads at most, before anything is measured.
pub fn halo_px(pipeline: &crate::config::Pipeline, roles: &[Option<BandRole>], gsd_m: f64) -> usize {
    let method = Method::farthest(roles, gsd_m, &pipeline.change);
    halo(method, &pipeline.change, &pipeline.landcover)
}

fn hundredths(value: f32) -> u16 {
    (f64::from(value) / SCORE_SCALE).round().clamp(0.0, f64::from(u16::MAX - 1)) as u16
}

impl Scene<'_> {
    /// Stored score from which a changed pixel is a strong one.
    pub fn strong(&self) -> u16 {
        hundredths((self.threshold.score * self.detector.core_ratio()) as f32)
    }

    /// Computes a window. `asked` marks pixels (in the window) whose land cover is wanted whether they changed or not.
    pub fn products(&self, window: Window, asked: Option<&Array2<bool>>) -> Products {
        let c = &self.detector.params;
        let halo = halo(self.detector.method, c, &self.landcover);
        let wide = window.with_halo(halo);
        let ((before, after), masked) = self.pair.read_counted(wide, Some(window));
        let sights = self.sights(window, halo, &after);
        let (smooth, quality) = self.detector.score(&before, &after);
        let limit = if self.threshold.refused { f32::INFINITY } else { self.threshold.score as f32 };
        let mut mask = Zip::from(&smooth).and(&quality).map_collect(|s, q| q.is_valid() && *s >= limit);
        change::clean(&mut mask, c.min_blob_px, c.min_hole_px);
        // A filled hole may hold pixels nobody saw: they stay unjudged.
        Zip::from(&mut mask).and(&quality).for_each(|m, q| *m &= q.is_valid());
        let inner = s![halo..halo + window.rows, halo..halo + window.cols];
        let mut wanted = mask.clone();
        if let Some(asked) = asked {
            wanted.slice_mut(inner).zip_mut_with(asked, |w, a| *w |= a);
        }
        let (cover_before, cover_after) = match &self.ground {
            Some((b, a)) => (
                landcover::classify(&before, &wanted, b, &self.landcover),
                landcover::classify(&after, &wanted, a, &self.landcover),
            ),
            None => {
                let nothing = landcover::Classified {
                    class: Array2::from_elem(wanted.dim(), Class::UNCLASSIFIED),
                    distance: Array2::zeros(wanted.dim()),
                };
                (nothing.clone(), nothing)
            }
        };
        let strong = limit * self.landcover.altered_max_score_ratio as f32;
        let mut groups = Zip::from(&mask)
            .and(&cover_before.class)
            .and(&cover_after.class)
            .and(&smooth)
            .map_collect(|_, b, a, s| ChangeGroup::of(*b, *a, *s >= strong) as u8);
        groups.zip_mut_with(&mask, |g, m| *g *= u8::from(*m));
        let group = landcover::majority(&groups, self.landcover.majority_radius_px).slice(inner).to_owned();
        let quality = quality.slice(inner).to_owned();
        let change = Zip::from(mask.slice(inner)).and(&quality).map_collect(|m, q| match (q.is_valid(), m) {
            (false, _) => NOT_JUDGED,
            (true, true) => CHANGED,
            (true, false) => UNCHANGED,
        });
        let score = Zip::from(smooth.slice(inner))
            .and(&quality)
            .map_collect(|s, q| if q.is_valid() { hundredths(*s) } else { SCORE_NODATA });
        let distance = Zip::from(cover_before.distance.slice(inner))
            .and(cover_after.distance.slice(inner))
            .map_collect(|b, a| hundredths(b.max(*a)));
        Products {
            window,
            change,
            score,
            quality,
            class_before: cover_before.class.slice(inner).to_owned(),
            class_after: cover_after.class.slice(inner).to_owned(),
            group,
            distance,
            sights,
            masked,
        }
    }

    fn sights(&self, window: Window, halo: usize, after: &Pixels) -> Vec<Sight> {
        let step = self.overview_step.max(1);
        let first = |start: i64| (start as usize).div_ceil(step) * step;
        let mut out = Vec::new();
        for row in (first(window.row)..window.row_end() as usize).step_by(step) {
            for col in (first(window.col)..window.col_end() as usize).step_by(step) {
                let (i, j) = (row - window.row as usize + halo, col - window.col as usize + halo);
                let seen = after.quality[(i, j)].is_valid();
                let colour = || self.shown.map(|k| after.bands[(k, i, j)]);
                out.push(Sight { at: (row / step, col / step), after: seen.then(colour) });
            }
        }
        out
    }
}
