//! What one window of the working grid yields: the stages from normalised pixels to change groups, composed.
//!
//! Used for the tiles of a scan and for the neighbourhood of single patches alike: the same pixels give the same products,
//! whatever window they are computed in.

use super::ground::Ground;
use super::images::AlignedPair;
use super::masks::MaskTally;
use super::told::{Grouped, Told};
use crate::change::{self, ChangeParams, Detector, Method, Threshold};
use crate::grid::Window;
use crate::landcover::{
    self, CORE_HALO, ChangeGroup, Class, Classified, FEATURE_HALO, LandModel, LandcoverParams, RIM,
};
use crate::parcels::ParcelForest;
use crate::raster::{BandRole, Pixels, Quality, stretches, wide_fn};
use crate::vectorise::{Measures, Portrait, TileParts};
use ndarray::{Array2, ArrayView2, s};
use std::sync::Arc;

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
    pub ground: Option<Ground>,
    /// Land-cover parameters.
    pub landcover: LandcoverParams,
    /// The forest that tells land cover; `None` where the rules do.
    pub model: Option<Arc<LandModel>>,
    /// The forest that decides on parcels of works.
    pub parcels: Option<&'a ParcelForest>,
    /// Parcels of works will be decided on, by that forest or in its training: pixels may be generous.
    pub parcels_decided: bool,
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
    /// Both dates as they were read, and the window they were read in.
    pub read: (Window, (Pixels, Pixels)),
    /// What masks cover in the window, by source.
    pub masked: MaskTally,
    /// What the forest was told, and what belongs together, with pixels around the window.
    pub(super) told: Option<Grouped>,
}

impl Products {
    /// Products of a window in which nothing was seen at both dates.
    fn blank(
        window: Window,
        quality: Array2<Quality>,
        masked: MaskTally,
        sights: Vec<Sight>,
        read: (Window, (Pixels, Pixels)),
    ) -> Products {
        let shape = (window.rows, window.cols);
        let unclassified = || Array2::from_elem(shape, Class::UNCLASSIFIED);
        Products {
            window,
            score: Array2::from_elem(shape, SCORE_NODATA),
            quality,
            masked,
            class_before: unclassified(),
            class_after: unclassified(),
            group: Array2::zeros(shape),
            distance: Array2::zeros(shape),
            sights,
            read,
            told: None,
        }
    }

    /// The components of changed pixels; those that may have `portrayed` pixels with what a forest decides on them by.
    pub fn changed(&self, scene: &Scene, portrayed: Option<u32>) -> TileParts {
        let told = scene.model.as_ref().zip(self.told.as_ref()).filter(|_| portrayed.is_some());
        let portrait = told.map(|(model, told)| told.of_changed(model));
        let measures = Measures {
            strong: scene.strong(),
            // Works that a forest sees are judged as parcels, by another forest.
            always_strong: scene.parcels_decided.then_some(ChangeGroup::Works as u8),
            portrait: portrait.as_ref().map(|p| p as &dyn Portrait).zip(portrayed),
            ..self.measures()
        };
        TileParts::of(self.window, self.group.view(), Some(&measures))
    }

    /// The cores of works, those that may have `portrayed` pixels with what a forest decides on them by; none where no forest will.
    pub fn cores(&self, scene: &Scene, portrayed: u32) -> TileParts {
        let told = scene.model.as_ref().zip(self.told.as_ref()).filter(|_| scene.parcels_decided);
        let Some((model, told)) = told else {
            return TileParts::of(self.window, Array2::zeros(self.group.dim()).view(), None);
        };
        let portrait = told.of_cores(model);
        let measures = Measures { portrait: Some((&portrait, portrayed)), ..self.measures() };
        let halo = told.told.halo;
        let inner = s![halo..halo + self.window.rows, halo..halo + self.window.cols];
        TileParts::of(self.window, told.cores.slice(inner), Some(&measures))
    }

    /// What is summed up of any pixels, all of them strong.
    fn measures(&self) -> Measures<'_> {
        Measures {
            from: self.class_before.view(),
            to: self.class_after.view(),
            score: self.score.view(),
            distance: self.distance.view(),
            strong: 0,
            always_strong: None,
            portrait: None,
        }
    }

    /// The components of pixels that could not be judged, by reason (position in [`Quality::UNUSABLE`] + 1).
    pub fn not_judged(&self) -> TileParts {
        TileParts::of(self.window, self.quality.mapv(|q| q as u8).view(), None)
    }
}

/// Radius of the neighbourhood that has to agree where works are taken for change below the threshold, pixels.
const SECOND_LOOK_RADIUS: usize = 1;

/// Pixels around a window that its products need.
fn halo(method: Method, change: &ChangeParams, landcover: &LandcoverParams) -> usize {
    let grouped = landcover.majority_radius_px + CORE_HALO + RIM;
    let told = FEATURE_HALO + grouped + SECOND_LOOK_RADIUS;
    told.max(Detector::halo_of(method, change) + change.clean_halo_px() + grouped + 1)
}

/// Pixels around a tile that a scan with these parameters reads at most, before anything is measured.
pub fn halo_px(pipeline: &crate::config::Pipeline, roles: &[Option<BandRole>], gsd_m: f64) -> usize {
    let method = Method::farthest(roles, gsd_m, &pipeline.change);
    halo(method, &pipeline.change, &pipeline.landcover)
}

/// A stored score.
#[inline(always)]
fn hundredths(value: f32) -> u16 {
    // Scores are never negative, and the cast saturates at 0 and for NaN.
    (value * (1.0 / SCORE_SCALE as f32) + 0.5).min(f32::from(u16::MAX - 1)) as u16
}

/// Stored scores of the inner part of a window.
fn stored(score: ArrayView2<f32>, quality: ArrayView2<Quality>) -> Array2<u16> {
    let mut out = Array2::from_elem(score.dim(), SCORE_NODATA);
    for ((mut to, from), seen) in out.rows_mut().into_iter().zip(score.rows()).zip(quality.rows()) {
        if let (Some(to), Some(from), Some(seen)) = (to.as_slice_mut(), from.to_slice(), seen.to_slice()) {
            store_row(to, from, seen);
        }
    }
    out
}

/// Calls `change` for every pixel of three arrays of one shape, in standard layout.
fn each<A, B, C>(out: &mut Array2<A>, b: &Array2<B>, c: &Array2<C>, change: impl Fn(&mut A, &B, &C)) {
    if let (Some(out), Some(b), Some(c)) = (out.as_slice_mut(), b.as_slice(), c.as_slice()) {
        out.iter_mut().zip(b.iter().zip(c)).for_each(|(a, (b, c))| change(a, b, c));
    }
}

/// Marks the pixels that are `new` and have at least four of their eight neighbours new or marked, but for a margin.
fn take_in(mask: &mut Array2<bool>, new: &Array2<bool>, margin: usize) {
    let before = mask.clone();
    let either = |at: (usize, usize)| before[at] || new[at];
    let (rows, cols) = mask.dim();
    for i in margin..rows - margin {
        for j in margin..cols - margin {
            if new[(i, j)] && !before[(i, j)] {
                let around = (i - 1..=i + 1).flat_map(|r| (j - 1..=j + 1).map(move |c| (r, c)));
                mask[(i, j)] = around.filter(|at| either(*at)).count() > 4;
            }
        }
    }
}

wide_fn!(fn store_row(to: &mut [u16], from: &[f32], seen: &[Quality]) = store);

#[inline(always)]
fn store(to: &mut [u16], from: &[f32], seen: &[Quality]) {
    for ((to, from), q) in to.iter_mut().zip(from).zip(seen) {
        let value = hundredths(*from);
        *to = if q.is_valid() { value } else { SCORE_NODATA };
    }
}

impl Scene<'_> {
    /// Stored score from which a changed pixel is a strong one.
    pub fn strong(&self) -> u16 {
        hundredths((self.threshold.score * self.detector.core_ratio()) as f32)
    }

    /// Score from which works are looked for: below the threshold where a forest decides on parcels, and from the threshold on where it was
    /// refused because most of the scene changed, as between harvest and sowing.
    fn second_look(&self) -> f32 {
        let ratio = match (self.parcels_decided, self.threshold.refused) {
            (true, false) => self.landcover.second_look_ratio as f32,
            (true, true) | (false, false) => 1.0,
            (false, true) => f32::INFINITY,
        };
        self.threshold.score as f32 * ratio
    }

    /// Computes a window. `asked` marks pixels (in the window) whose land cover is wanted whether they changed or not.
    pub fn products(&self, window: Window, asked: Option<&Array2<bool>>) -> Products {
        let c = &self.detector.params;
        let halo = halo(self.detector.method, c, &self.landcover);
        let around = window.with_halo(halo);
        let ((before, after), masked) = self.pair.read_counted(around, Some(window));
        let sights = self.sights(window, halo, &after);
        let inner = s![halo..halo + window.rows, halo..halo + window.cols];
        let mut both = before.quality.slice(inner).into_iter().zip(after.quality.slice(inner));
        // A patch may want the land cover of what only one date shows.
        if asked.is_none() && !both.any(|(b, a)| b.is_valid() && a.is_valid()) {
            let quality = change::joint_quality(&before, &after).slice(inner).to_owned();
            return Products::blank(window, quality, masked, sights, (around, (before, after)));
        }
        let (smooth, quality) = self.detector.score(&before, &after);
        let limit = if self.threshold.refused { f32::INFINITY } else { self.threshold.score as f32 };
        let mut mask = Array2::from_elem(smooth.dim(), false);
        each(&mut mask, &smooth, &quality, |m, s, q| *m = (*s >= limit) & q.is_valid());
        change::clean(&mut mask, c.min_blob_px, c.min_hole_px);
        // A filled hole may hold pixels nobody saw: they stay unjudged.
        each(&mut mask, &quality, &quality, |m, q, _| *m &= q.is_valid());
        // Land cover is wanted as far as the vote over groups looks.
        let radius = self.landcover.majority_radius_px;
        let reach = radius + CORE_HALO + RIM;
        let within = |r: usize| s![halo - r..halo + window.rows + r, halo - r..halo + window.cols + r];
        let mut wanted = Array2::from_elem(mask.dim(), false);
        let looked_at = within(reach + SECOND_LOOK_RADIUS);
        let again = self.second_look();
        wanted.slice_mut(looked_at).assign(&mask.slice(looked_at));
        wanted.slice_mut(looked_at).zip_mut_with(&smooth.slice(looked_at), |w, s| *w |= *s >= again);
        if let Some(asked) = asked {
            wanted.slice_mut(inner).zip_mut_with(asked, |w, a| *w |= a);
        }
        // What one date does not show has no class at either: each is told beside the other.
        each(&mut wanted, &quality, &quality, |w, q, _| *w &= q.is_valid());
        let told = |_| self.told_of(around, halo, (&before, &after), &smooth, &quality, &wanted);
        let told = self.model.as_ref().and_then(told);
        let (cover_before, cover_after) = self.covers(&before, &after, told.as_ref(), &wanted);
        if again < limit {
            let works = |cover: &Classified| cover.distance.mapv(|p| p >= self.landcover.second_look_works as f32);
            let new = &works(&cover_after) & &cover_before.distance.mapv(|p| p < self.landcover.likely_works as f32);
            take_in(&mut mask, &new, halo - reach);
        }
        let likely = self.parcels_decided.then_some(self.landcover.likely_works as f32);
        let strong = self.threshold.score as f32 * self.landcover.altered_max_score_ratio as f32;
        let (mut groups, mut distance) = (Array2::<u8>::zeros(mask.dim()), Array2::<u16>::zeros(mask.dim()));
        for (i, line) in wanted.rows().into_iter().enumerate() {
            stretches(line.to_slice().unwrap_or_default(), false, |start, end| {
                for at in (start..end).map(|j| (i, j)) {
                    if mask[at] {
                        let (before, after) = (cover_before.class[at], cover_after.class[at]);
                        let works = match likely {
                            Some(likely) => cover_after.distance[at] >= likely,
                            None => Class::from_value(after).is_some_and(Class::works),
                        };
                        groups[at] = ChangeGroup::of(before, after, works, smooth[at] >= strong) as u8;
                    }
                    distance[at] = hundredths(cover_before.distance[at].max(cover_after.distance[at]));
                }
            });
        }
        let around_group = landcover::majority(&groups, radius);
        let group = around_group.slice(inner).to_owned();
        let quality = quality.slice(inner).to_owned();
        Products {
            window,
            score: stored(smooth.slice(inner), quality.view()),
            quality,
            class_before: cover_before.class.slice(inner).to_owned(),
            class_after: cover_after.class.slice(inner).to_owned(),
            group,
            distance: distance.slice(inner).to_owned(),
            sights,
            read: (around, (before, after)),
            masked,
            told: told.map(|told| Grouped {
                told,
                cores: landcover::cores(&around_group, &cover_after.class),
                group: around_group,
            }),
        }
    }

    /// Land cover of both dates where `wanted`.
    fn covers(
        &self,
        before: &Pixels,
        after: &Pixels,
        told: Option<&Told>,
        wanted: &Array2<bool>,
    ) -> (Classified, Classified) {
        if let Some((model, told)) = self.model.as_ref().zip(told) {
            let [before, after] = &told.features;
            let of = |this, other| landcover::cover(model, this, other, &told.score, wanted);
            return (of(before, after), of(after, before));
        }
        let Some(ground) = &self.ground else {
            return (Classified::blank(wanted.dim()), Classified::blank(wanted.dim()));
        };
        let by_rules =
            |pixels, reference| landcover::classify(&ground.seen(pixels), wanted, reference, &self.landcover);
        (by_rules(before, &ground.before), by_rules(after, &ground.after))
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

#[cfg(test)]
mod tests;
