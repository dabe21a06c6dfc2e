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

/// What a forest was told of a window, and which of its pixels belong together; both right from [`landcover::RIM`] pixels around it.
pub(super) struct Grouped {
    /// What it was told.
    pub told: Told,
    /// Change groups.
    pub group: Array2<u8>,
    /// Families of the cores of works.
    pub cores: Array2<u8>,
}

impl Grouped {
    /// Portraits of the parcels of works, of what was built before, and of what is gone.
    pub(super) fn of_changed<'a>(&'a self, model: &'a LandModel) -> PixelPortrait<'a> {
        let portrayed = |group| {
            matches!(ChangeGroup::from_value(group), ChangeGroup::Works | ChangeGroup::Altered | ChangeGroup::Cleared)
        };
        self.told.portrait(model, &self.group, portrayed)
    }

    /// Portraits of the cores.
    pub(super) fn of_cores<'a>(&'a self, model: &'a LandModel) -> PixelPortrait<'a> {
        self.told.portrait(model, &self.cores, |family| family != 0)
    }
}

impl Told {
    /// Portraits of those groups of pixels that are `portrayed`; `group` is right from [`landcover::RIM`] pixels around the window.
    pub(super) fn portrait<'a>(
        &'a self,
        model: &'a LandModel,
        group: &'a Array2<u8>,
        portrayed: fn(u8) -> bool,
    ) -> PixelPortrait<'a> {
        let Told { halo, quality, features, score } = self;
        PixelPortrait {
            halo: *halo,
            portrayed,
            witness: Witness::new(model, landcover::Sight { features, score, quality, group }),
        }
    }
}

/// What parcels of works are decided on, summed over the pixels of a tile.
pub(super) struct PixelPortrait<'a> {
    halo: usize,
    portrayed: fn(u8) -> bool,
    witness: Witness<'a>,
}

impl Portrait for PixelPortrait<'_> {
    fn of_group(&self, group: u8) -> bool {
        (self.portrayed)(group)
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
        let ground = self.ground.as_ref()?;
        let of = |pixels, reference| Features::of(&ground.seen(pixels), window, wanted, reference);
        let features = [of(before, &ground.before)?, of(after, &ground.after)?];
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
