//! Parcels parted and joined: cores that stand out are cut off, fragments of one site put together.

use super::outline::{Outcomes, Seen};
use crate::grid::Grid;
use crate::landcover::ChangeGroup;
use crate::parcels::{Judged, Kind, OUTCOMES, ParcelParams, Piece, cut_out, gap_px, sites};
use crate::raster::{Span, near, without};
use crate::vectorise::{Component, Components, Tracer};

/// Changed pixels by what belongs together.
pub struct Changed {
    /// Of one group of change.
    pub parcels: Components,
    /// Of one family of works, within those.
    pub cores: Components,
}

/// Where the pixels of a parcel are.
pub(super) enum Place {
    /// A component of one group of change.
    Whole(usize),
    /// A core.
    Core(usize),
    /// What is left of one, or several as one.
    Made(Box<Component>, Vec<Span>),
}

/// A parcel that was outlined.
pub(super) struct Found {
    pub pixels: Place,
    pub seen: Seen,
    pub outcomes: Outcomes,
}

/// A parcel after its division.
pub(super) struct Divided {
    /// The parcel as it was, or what was cut off.
    pub parcels: Vec<Found>,
    /// What is left then.
    pub rest: Option<Found>,
}

impl Changed {
    /// What the pixels at a place add up to.
    pub(super) fn component<'a>(&'a self, place: &'a Place) -> &'a Component {
        match place {
            Place::Whole(k) => &self.parcels.components[*k],
            Place::Core(k) => &self.cores.components[*k],
            Place::Made(component, _) => component,
        }
    }

    fn spans(&self, place: &Place) -> Vec<Span> {
        match place {
            Place::Whole(k) => self.parcels.spans_of(*k),
            Place::Core(k) => self.cores.spans_of(*k),
            Place::Made(_, spans) => spans.clone(),
        }
    }

    /// Cuts those cores off a parcel that are parcels of their own.
    pub(super) fn divided(
        &self,
        whole: Found,
        cores: Vec<Found>,
        grid: &Grid,
        tracer: &mut Tracer,
        params: &ParcelParams,
    ) -> Divided {
        let judged = |f: &Found| Some(Judged { pixels: self.component(&f.pixels).pixels, outcomes: f.outcomes? });
        let cores: Vec<(Judged, Found)> = cores.into_iter().filter_map(|core| Some((judged(&core)?, core))).collect();
        let of_cores: Vec<Judged> = cores.iter().map(|(judged, _)| *judged).collect();
        let cut = judged(&whole).map_or_else(Vec::new, |whole| cut_out(whole, &of_cores, params));
        if cut.is_empty() {
            return Divided { parcels: vec![whole], rest: None };
        }
        let chosen = cores.into_iter().enumerate().filter(|(n, _)| cut.contains(n));
        let parcels: Vec<Found> = chosen.map(|(_, (_, core))| core).collect();
        let mut taken: Vec<Span> = parcels.iter().flat_map(|core| self.spans(&core.pixels)).collect();
        taken.sort_unstable();
        let spans = without(&self.spans(&whole.pixels), &taken);
        let parts = parcels.iter().map(|core| self.component(&core.pixels));
        let left = self.component(&whole.pixels).without(parts, first_of(&spans, grid));
        Divided { parcels, rest: Some(made(left, spans, whole.outcomes, grid, tracer)) }
    }

    /// Puts the fragments of sites together; `kind` decides on a parcel. What no forest decided on is left as it is.
    pub(super) fn joined(
        &self,
        found: Vec<Found>,
        kind: impl Fn(&Found) -> Option<Kind>,
        grid: &Grid,
        tracer: &mut Tracer,
    ) -> Vec<Found> {
        let new_works = |f: &Found| kind(f).filter(|kind| kind.relevant() && f.outcomes.is_some());
        let (mut pieces, mut works, mut out) = (Vec::new(), Vec::new(), Vec::new());
        for parcel in found {
            let Some(kind) = new_works(&parcel) else {
                out.push(parcel);
                continue;
            };
            let Component { pixels, window, .. } = self.component(&parcel.pixels);
            pieces.push(Piece { kind, pixels: *pixels, window: *window });
            works.push(parcel);
        }
        let gap = gap_px(grid.gsd_mean_m());
        let spans = |n: usize| self.spans(&works[n].pixels);
        let site = sites(&pieces, gap, |a, b| near(&spans(a), &spans(b), gap));
        let mut of_site: Vec<Vec<Found>> = site.iter().map(|_| Vec::new()).collect();
        for (parcel, first) in works.into_iter().zip(site) {
            of_site[first].push(parcel);
        }
        out.extend(of_site.into_iter().filter_map(|mut pieces| {
            if pieces.len() < 2 {
                return pieces.pop();
            }
            let mut spans: Vec<Span> = pieces.iter().flat_map(|f| self.spans(&f.pixels)).collect();
            spans.sort_unstable();
            let components: Vec<&Component> = pieces.iter().map(|f| self.component(&f.pixels)).collect();
            let all = components[0].with(components[1..].iter().copied());
            let mut outcomes = [0.0; OUTCOMES.len()];
            for (component, piece) in components.iter().zip(&pieces) {
                let share = component.pixels as f64 / all.pixels as f64;
                let of_piece = piece.outcomes.iter().flatten();
                outcomes.iter_mut().zip(of_piece).for_each(|(sum, p)| *sum += share * p);
            }
            Some(made(all, spans, Some(outcomes), grid, tracer))
        }));
        out
    }
}

/// Number of the first pixel.
fn first_of(spans: &[Span], grid: &Grid) -> u64 {
    spans.first().map_or(0, |s| u64::from(s.row) * grid.cols as u64 + u64::from(s.start))
}

/// A parcel of works whose pixels were put together here.
fn made(component: Component, spans: Vec<Span>, outcomes: Outcomes, grid: &Grid, tracer: &mut Tracer) -> Found {
    let component = Component { first: first_of(&spans, grid), group: ChangeGroup::Works as u8, ..component };
    let seen = Seen::of(&component, &tracer.trace(&spans), grid, true);
    Found { pixels: Place::Made(Box::new(component), spans), seen, outcomes }
}
