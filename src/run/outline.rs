//! Components to parcels and to areas not judged: outlines traced, measured, decided.

use super::division::{Changed, Found, Place};
use super::geodesy::Geodesy;
use super::pool::Pool;
use super::tile::SCORE_SCALE;
use crate::crosscheck::{NotJudged, Parcel};
use crate::grid::Grid;
use crate::landcover::{ChangeGroup, Class};
use crate::parcels::{
    Evidence, OUTCOMES, ParcelForest, ParcelParams, ShapeMeasures, decide, is_part, parcel_codes, shape_measures,
};
use crate::raster::Quality;
use crate::vectorise::{Component, Components, PixelPolygon, Tracer, Weak, to_map};
use geo::MultiPolygon;

/// Parcels and what was too small to be one.
pub struct Outlined {
    /// In the order of their first pixel.
    pub parcels: Vec<Parcel>,
    /// Components met.
    pub components: u64,
    /// Components under the least area.
    pub dropped: u64,
    /// Their pixels.
    pub dropped_px: u64,
    /// What was dropped as too weak, in the tiles or as a whole.
    pub weak: Weak,
}

/// Where change and works begin; confidence grows with the distance from them.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Threshold of the score.
    pub score: f64,
    /// Weak parcels are dropped (`min-score-ratio` and its like): so for the spectral score.
    pub drop_weak: bool,
    /// Distance from natural ground that makes works.
    pub distance: f64,
}

/// Components traced at once by a worker; tracing keeps one scratch buffer per batch.
const BATCH: usize = 256;

/// Traces components and makes something of each outline, in parallel.
fn traced<T: Send>(
    image: &Components,
    kept: &[usize],
    pool: &Pool,
    make: impl Fn(&Component, &[PixelPolygon]) -> T + Sync + Send,
) -> Vec<T> {
    let batches: Vec<&[usize]> = kept.chunks(BATCH).collect();
    let parts = pool.map(batches, |batch| {
        let mut tracer = Tracer::new();
        let one = |&k: &usize| make(&image.components[k], &tracer.trace(&image.spans_of(k)));
        batch.iter().map(one).collect::<Vec<T>>()
    });
    parts.into_iter().flatten().collect()
}

/// A component with its outline.
pub(super) struct Seen {
    first: u64,
    pub evidence: Evidence,
    pub measures: ShapeMeasures,
    /// Its outline on the map; `None` where it is too weak to be a parcel.
    shape: Option<MultiPolygon<f64>>,
}

impl Seen {
    pub fn of(component: &Component, rings: &[PixelPolygon], grid: &Grid, listed: bool) -> Seen {
        Seen {
            first: component.first,
            evidence: Evidence::of(component),
            measures: shape_measures(rings, grid.gsd_m()),
            shape: listed.then(|| to_map(rings, &grid.affine)),
        }
    }
}

/// Probabilities of a component, where a forest gives any.
pub(super) type Outcomes = Option<[f64; OUTCOMES.len()]>;

/// What a forest says of those that have codes; the first `scene` are the scene's parcels.
fn outcomes_of(forest: &ParcelForest, codes: &[Option<Vec<u8>>], scene: usize) -> Vec<Outcomes> {
    let mut columns: Vec<Vec<u8>> = vec![Vec::new(); forest.typical.len()];
    for codes in codes.iter().flatten() {
        columns.iter_mut().zip(codes).for_each(|(column, code)| column.push(*code));
    }
    let scene = codes[..scene].iter().flatten().count();
    let mut found = forest.outcomes(&columns, scene).into_iter();
    codes.iter().map(|codes| codes.as_ref().and_then(|_| found.next())).collect()
}

/// Traces, measures and decides every component that is large enough, in its parts where it has some.
pub fn outline_parcels(
    changed: Changed,
    grid: &Grid,
    geodesy: &Geodesy,
    limits: Limits,
    forest: Option<&ParcelForest>,
    params: &ParcelParams,
    pool: &Pool,
) -> Outlined {
    let Changed { parcels: image, cores } = &changed;
    let pixel_m2 = geodesy.pixel_m2(grid);
    let large = |c: &Component| c.pixels >= params.min_pixels && c.pixels as f64 * pixel_m2 >= params.min_area_m2;
    let strong = |c: &Component| {
        let group = ChangeGroup::from_value(c.group);
        let least = limits.score * params.least_score_ratio(group);
        // New works that a forest sees may have changed little: another forest decides on them.
        let decided = forest.is_some() && group == ChangeGroup::Works;
        decided || !limits.drop_weak || c.sums[0] as f64 * SCORE_SCALE >= least * c.pixels as f64
    };
    let mut weak = image.weak;
    for c in image.components.iter().filter(|c| large(c) && !strong(c)) {
        weak = Weak { blobs: weak.blobs + 1, pixels: weak.pixels + c.pixels };
    }
    // A forest judges parcels among all of their scene, the weak ones too.
    let among = |c: &Component| forest.is_some() && !c.portrait.is_empty();
    let listed = |c: &Component| large(c) && (strong(c) || among(c));
    let kept: Vec<usize> = (0..image.components.len()).filter(|&k| listed(&image.components[k])).collect();
    let small = image.components.iter().filter(|c| !large(c));
    let (mut dropped, mut dropped_px) = small.fold((0, 0), |(n, px), c| (n + 1, px + c.pixels));
    // Parts of the parcels, in the order of these.
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for (k, whole) in image.holders_of(cores).into_iter().enumerate() {
        let whole = whole.filter(|w| large(&cores.components[k]) && among(&image.components[*w]));
        let whole = whole.filter(|w| is_part(cores.components[k].pixels, image.components[*w].pixels));
        parts.extend(whole.map(|whole| (whole, k)));
    }
    parts.sort_unstable();
    let of_parts: Vec<usize> = parts.iter().map(|(_, k)| *k).collect();

    let gsd_m = grid.gsd_mean_m();
    let codes_of =
        |component: &Component, seen: &Seen| forest.and_then(|_| parcel_codes(component.into(), &seen.measures, gsd_m));
    let seen = traced(image, &kept, pool, |component, rings| {
        let seen = Seen::of(component, rings, grid, strong(component));
        (codes_of(component, &seen), seen)
    });
    let inner = traced(cores, &of_parts, pool, |core, rings| {
        let core = Component { group: ChangeGroup::Works as u8, ..core.clone() };
        let seen = Seen::of(&core, rings, grid, true);
        (codes_of(&core, &seen), seen)
    });
    let (codes, seen): (Vec<_>, Vec<_>) = seen.into_iter().chain(inner).unzip();
    let outcomes = forest.map_or_else(|| vec![None; seen.len()], |f| outcomes_of(f, &codes, kept.len()));
    let mut seen: Vec<(Seen, Outcomes)> = seen.into_iter().zip(outcomes).collect();
    let inner = seen.split_off(kept.len());

    let judge = |seen: &Seen, outcomes: &Outcomes| {
        decide(&seen.evidence, outcomes.as_ref(), &seen.measures, gsd_m, limits.score, limits.distance, params)
    };
    let mut found: Vec<Found> = Vec::with_capacity(seen.len());
    let mut inner = parts.into_iter().zip(inner).peekable();
    let mut tracer = Tracer::new();
    for (k, (seen, outcomes)) in kept.into_iter().zip(seen) {
        let mut own: Vec<Found> = Vec::new();
        while let Some(((_, core), (seen, outcomes))) = inner.next_if(|((of, _), _)| *of == k) {
            own.push(Found { pixels: Place::Core(core), seen, outcomes });
        }
        let whole = Found { pixels: Place::Whole(k), seen, outcomes };
        let divided = changed.divided(whole, own, grid, &mut tracer, params);
        found.extend(divided.parcels);
        if let Some(rest) = divided.rest {
            if large(changed.component(&rest.pixels)) {
                found.push(rest);
            } else {
                (dropped, dropped_px) = (dropped + 1, dropped_px + changed.component(&rest.pixels).pixels);
            }
        }
    }
    let mut found = changed.joined(found, |f| judge(&f.seen, &f.outcomes).kind, grid, &mut tracer);
    found.sort_by_key(|found| found.seen.first);

    // Places and areas need PROJ, which belongs to one thread.
    let parcels = found.into_iter().filter_map(|Found { seen, outcomes, .. }| {
        let decision = judge(&seen, &outcomes);
        let Seen { first, evidence, shape, .. } = seen;
        let shape = shape?;
        let (from, to) = (Evidence::dominant(&evidence.before), evidence.became(decision.kind));
        Some(Parcel {
            id: format!("C{first:010}"),
            kind: decision.kind,
            from_class: from.map(Class::code),
            to_class: to.map(Class::code),
            classes_zh: from.zip(to).map(|(f, t)| (f.zh(), t.zh())),
            area_m2: geodesy.area_m2(&shape),
            score: evidence.score,
            confidence: decision.confidence,
            lonlat: geodesy.point_inside(&shape)?,
            shape,
        })
    });
    Outlined { parcels: parcels.collect(), components: image.components.len() as u64, dropped, dropped_px, weak }
}

/// Outlines of what could not be judged, per reason and connected area.
pub fn outline_not_judged(image: &Components, grid: &Grid, geodesy: &Geodesy, pool: &Pool) -> Vec<NotJudged> {
    let all: Vec<usize> = (0..image.components.len()).collect();
    let outlines = traced(image, &all, pool, |component, rings| {
        let reason = Quality::UNUSABLE[(component.group as usize).clamp(1, Quality::UNUSABLE.len()) - 1];
        (reason, to_map(rings, &grid.affine))
    });
    let area = |(reason, shape)| NotJudged { reason, area_m2: geodesy.area_m2(&shape), shape };
    outlines.into_iter().map(area).collect()
}
