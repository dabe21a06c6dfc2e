//! What a forest is told of a window, and the portraits of its parcels.

use super::tile::Scene;
use crate::grid::Window;
use crate::landcover::{self, ChangeGroup, FEATURE_HALO, Features, LandModel, Witness};
use crate::raster::{Pixels, Quality};
use crate::vectorise::Portrait;
use ndarray::Array2;

/// What a forest is told of a window, with pixels around it.
pub(super) struct Told {
    /// Pixels around the window.
    pub halo: usize,
    /// Joint quality.
    pub quality: Array2<Quality>,
    /// Features before and after.
    pub features: [Features; 2],
    /// Codes of the change score.
    pub score: Array2<u8>,
}

impl Told {
    /// `group` is the change group, right from [`landcover::RIM`] pixels around the window.
    pub(super) fn portrait<'a>(&'a self, model: &'a LandModel, group: &'a Array2<u8>) -> PixelPortrait<'a> {
        let Told { halo, quality, features, score } = self;
        PixelPortrait {
            halo: *halo,
            witness: Witness::new(model, landcover::Sight { features, score, quality, group }),
        }
    }
}

/// What parcels of works are decided on, summed over the pixels of a tile.
pub(super) struct PixelPortrait<'a> {
    halo: usize,
    witness: Witness<'a>,
}

impl Portrait for PixelPortrait<'_> {
    fn of_group(&self, group: u8) -> bool {
        matches!(ChangeGroup::from_value(group), ChangeGroup::Works | ChangeGroup::Altered | ChangeGroup::Cleared)
    }

    fn sums(&self) -> usize {
        self.witness.sums()
    }

    fn add(&self, row: usize, cols: std::ops::Range<usize>, sums: &mut [u64]) {
        self.witness.add(row + self.halo, cols.start + self.halo..cols.end + self.halo, sums);
    }
}

impl Scene<'_> {
    /// The score as forests are told it.
    fn score_codes(&self, score: &Array2<f32>) -> Array2<u8> {
        let threshold = self.threshold.score as f32;
        score.mapv(|s| landcover::score_code(s, threshold))
    }

    /// What a forest is told of pixels that were read; `None` where nothing can be told.
    pub(super) fn told_of(
        &self,
        window: Window,
        halo: usize,
        (before, after): (&Pixels, &Pixels),
        score: &Array2<f32>,
        quality: &Array2<Quality>,
        wanted: &Array2<bool>,
    ) -> Option<Told> {
        let (ground_before, ground_after) = self.ground.as_ref()?;
        let of = |pixels, ground| Features::of(pixels, window, wanted, ground);
        let features = [of(before, ground_before)?, of(after, ground_after)?];
        Some(Told { halo, quality: quality.clone(), features, score: self.score_codes(score) })
    }

    /// What a forest would be told of all pixels of a window.
    pub(super) fn told(&self, window: Window) -> Option<Told> {
        let halo = FEATURE_HALO.max(self.detector.halo_px());
        let around = window.with_halo(halo);
        let ((before, after), _) = self.pair.read_counted(around, Some(window));
        let (score, quality) = self.detector.score(&before, &after);
        let all = Array2::from_elem(score.dim(), true);
        self.told_of(around, halo, (&before, &after), &score, &quality, &all)
    }
}
