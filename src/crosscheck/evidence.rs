//! What the pixels of a patch say.

use crate::change::persistence::Persistence;
use crate::landcover::Class;
use crate::raster::Quality;

/// Share of edges that the dates must have in common for their offset to be believed.
const SHARED_EDGES: f64 = 0.15;

/// Log-odds up to which nobody can say whether a building stands: about one in three is otherwise.
const STANDING_DOUBT: f64 = 0.6;

/// Counts over the pixels of a patch, and its edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatchEvidence {
    /// Pixels whose centre lies in the patch.
    pub pixels: u64,
    /// Of them, seen at both dates.
    pub valid: u64,
    /// Unusable pixels by quality code (position in [`Quality::UNUSABLE`]).
    pub unusable: [u64; Quality::UNUSABLE.len()],
    /// Changed.
    pub changed: u64,
    /// Built before.
    pub built_before: u64,
    /// Works of any kind before: built, or moved earth, pits and panels.
    pub works_before: u64,
    /// Nothing to speak of was built before, but there were works: then they are what a demolition is measured by.
    pub by_works: bool,
    /// Built after.
    pub built_after: u64,
    /// Built before and standing after: more likely than not.
    pub standing: u64,
    /// Built before and standing after beyond doubt, and all that might be.
    pub standing_bounds: (u64, u64),
    /// Standing, but in another colour, or as if nothing were built there.
    pub standing_altered: u64,
    /// Changed into works (built, earthwork, excavation, photovoltaic).
    pub new_works: u64,
    /// Pixels per class after, by class value; 0 = not classified.
    pub after: [u64; Class::SLOTS],
    /// Pixels per class before.
    pub before: [u64; Class::SLOTS],
    /// Land cover was computed.
    pub classified: u64,
    /// Sum of the shares of each class after over the pixels, 255ths, by class value: what the forest says before the patch's own mix.
    pub likely_after: [u64; Class::SLOTS],
    /// How much of the edges on it stayed; `None` where there are none.
    pub edges: Option<Persistence>,
    /// The same of the ground around it.
    pub edges_around: Option<Persistence>,
    /// How far its edges after run one way, 0 to 1; `None` where there are none.
    pub edges_along: Option<f64>,
    /// How far the edges after inside it are parallel or at right angles, 0 to 1; `None` where there are none.
    pub right_angles: Option<f64>,
    /// Its median NDVI after over that of the ground around it; `None` where nothing around is green.
    pub greenness: Option<f64>,
    /// Probability that works are new on it as a whole, 0 to 1; `None` where no forest tells.
    pub new_works_probability: Option<f64>,
    /// Cloud or shadow over it before and after that no mask shows.
    pub sky: [Option<Quality>; 2],
}

impl PatchEvidence {
    /// Adds one pixel that both dates show; whether it changed is told by [`PatchEvidence::add_changed`].
    pub fn add_valid(&mut self, before: Option<Class>, after: Option<Class>) {
        self.pixels += 1;
        self.valid += 1;
        self.before[before.map_or(0, |c| c as usize)] += 1;
        self.after[after.map_or(0, |c| c as usize)] += 1;
        let (Some(b), Some(a)) = (before, after) else { return };
        self.classified += 1;
        self.built_before += u64::from(b.built());
        self.works_before += u64::from(b.works());
        self.built_after += u64::from(a.built());
    }

    /// Once all pixels are there: measures a demolition by works of any kind where less than `least_percent` was built and no less were works.
    pub fn choose_measure(&mut self, least_percent: f64) {
        let share = |part| Self::percent(part, self.classified);
        self.by_works = share(self.built_before) < least_percent && share(self.works_before) >= least_percent;
    }

    /// What a demolition is measured by.
    pub fn measured(&self, class: Class) -> bool {
        if self.by_works { class.works() } else { class.built() }
    }

    fn stood(&self) -> u64 {
        if self.by_works { self.works_before } else { self.built_before }
    }

    /// Share before of what a demolition is measured by, percent; `None` without land cover.
    pub fn stood_percent(&self) -> Option<f64> {
        (self.classified > 0).then(|| Self::percent(self.stood(), self.classified))
    }

    /// Share of works of any kind before, percent; `None` without land cover.
    pub fn works_before_percent(&self) -> Option<f64> {
        (self.classified > 0).then(|| Self::percent(self.works_before, self.classified))
    }

    /// Says of a pixel built before, with the log-odds that it stands, whether it is `altered` if it does.
    pub fn add_standing(&mut self, log_odds: f64, altered: bool) {
        self.standing += u64::from(log_odds > 0.0);
        self.standing_altered += u64::from(log_odds > 0.0 && altered);
        self.standing_bounds.0 += u64::from(log_odds > STANDING_DOUBT);
        self.standing_bounds.1 += u64::from(log_odds > -STANDING_DOUBT);
    }

    /// Says of `pixels` added before that they changed.
    pub fn add_changed(&mut self, pixels: u64, before: Option<Class>, after: Option<Class>) {
        self.changed += pixels;
        let (Some(b), Some(a)) = (before, after) else { return };
        self.new_works += pixels * u64::from(a.works() && !b.built());
    }

    /// Adds one pixel that could not be used; `reason` is its position in [`Quality::UNUSABLE`].
    pub fn add_unusable(&mut self, reason: usize) {
        self.pixels += 1;
        self.unusable[reason.min(self.unusable.len() - 1)] += 1;
    }

    /// How far the ground around it lies off between the dates, whole pixels; `None` where that shows nothing the dates share.
    pub fn residual_px(&self) -> Option<f64> {
        let around = self.edges_around.filter(|e| e.kept() >= SHARED_EDGES)?;
        let (down, right) = around.offset;
        Some(((down * down + right * right) as f64).sqrt())
    }

    fn percent(part: u64, whole: u64) -> f64 {
        if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
    }

    /// Part seen at both dates, percent.
    pub fn valid_percent(&self) -> f64 {
        Self::percent(self.valid, self.pixels)
    }

    /// Changed share of what was seen, percent.
    pub fn changed_percent(&self) -> f64 {
        Self::percent(self.changed, self.valid)
    }

    /// Built share before, percent; `None` without land cover.
    pub fn built_before_percent(&self) -> Option<f64> {
        (self.classified > 0).then(|| Self::percent(self.built_before, self.classified))
    }

    /// Built share after, percent.
    pub fn built_after_percent(&self) -> Option<f64> {
        (self.classified > 0).then(|| Self::percent(self.built_after, self.classified))
    }

    /// Vegetated share after, percent.
    pub fn vegetated_after_percent(&self) -> Option<f64> {
        (self.classified > 0).then(|| self.after_percent(Class::vegetated))
    }

    /// Share of classes after, percent of the classified part.
    pub fn after_percent(&self, of: impl Fn(Class) -> bool) -> f64 {
        let part: u64 = Class::ALL.iter().filter(|c| of(**c)).map(|c| self.after[*c as usize]).sum();
        Self::percent(part, self.classified)
    }

    /// Part of what was built before that still stands, percent; `None` where nothing was built, or land cover is not known.
    pub fn remaining_percent(&self) -> Option<f64> {
        (self.stood() > 0).then(|| Self::percent(self.standing, self.stood()))
    }

    /// The least and the most of it that may stand, percent.
    pub fn remaining_bounds_percent(&self) -> Option<(f64, f64)> {
        let (least, most) = self.standing_bounds;
        (self.stood() > 0).then(|| (Self::percent(least, self.stood()), Self::percent(most, self.stood())))
    }

    /// Rubble among all works that the forest sees after, percent of their shares; `None` where no forest told.
    pub fn rubble_share_percent(&self) -> Option<f64> {
        self.likely_percent(|c| c == Class::Rubble, Class::works)
    }

    /// Greenhouses among all that the forest sees built after, percent of their shares; `None` where no forest told.
    pub fn greenhouse_share_percent(&self) -> Option<f64> {
        self.likely_percent(|c| c == Class::Greenhouse, Class::built)
    }

    fn likely_percent(&self, part: impl Fn(Class) -> bool, whole: impl Fn(Class) -> bool) -> Option<f64> {
        let sum = |of: &dyn Fn(Class) -> bool| -> u64 {
            Class::ALL.iter().filter(|c| of(**c)).map(|c| self.likely_after[*c as usize]).sum()
        };
        let whole = sum(&whole);
        (whole > 0).then(|| Self::percent(sum(&part), whole))
    }

    /// Roofs after, greenhouses left out, percent; painted and netted ones count.
    pub fn roof_after_percent(&self) -> Option<f64> {
        (self.classified > 0).then(|| self.after_percent(|c| matches!(c, Class::Building | Class::GreenCover)))
    }

    /// Hard surface after, percent.
    pub fn hard_after_percent(&self) -> Option<f64> {
        (self.classified > 0).then(|| self.after_percent(|c| matches!(c, Class::HardSurface | Class::Road)))
    }

    /// Changed into works that were not built before, percent.
    pub fn new_works_percent(&self) -> Option<f64> {
        (self.classified > 0).then(|| Self::percent(self.new_works, self.classified))
    }
}
