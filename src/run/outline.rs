//! Components to parcels and to areas not judged: outlines traced, measured, decided.

use super::geodesy::Geodesy;
use super::pool::Pool;
use super::tile::SCORE_SCALE;
use crate::crosscheck::{NotJudged, Parcel};
use crate::grid::Grid;
use crate::landcover::{ChangeGroup, Class};
use crate::parcels::{
    Evidence, OUTCOMES, ParcelForest, ParcelParams, ShapeMeasures, decide, parcel_codes, shape_measures,
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
struct Seen {
    id: String,
    evidence: Evidence,
    measures: ShapeMeasures,
    /// What a forest is told of it alone.
    codes: Option<Vec<u8>>,
    /// Its outline on the map; `None` where it is too weak to be a parcel.
    shape: Option<MultiPolygon<f64>>,
}

/// What a forest says of those that have codes, which are taken out.
fn outcomes_of(forest: &ParcelForest, seen: &mut [Seen]) -> Vec<Option<[f64; OUTCOMES.len()]>> {
    let mut columns: Vec<Vec<u8>> = vec![Vec::new(); forest.typical.len()];
    let mut told: Vec<bool> = Vec::with_capacity(seen.len());
    for parcel in seen {
        let codes = parcel.codes.take();
        told.push(codes.is_some());
        columns.iter_mut().zip(codes.into_iter().flatten()).for_each(|(column, code)| column.push(code));
    }
    let mut found = forest.outcomes(&columns).into_iter();
    told.into_iter().map(|told| told.then(|| found.next()).flatten()).collect()
}

/// Traces, measures and decides every component that is large enough.
pub fn outline_parcels(
    image: &Components,
    grid: &Grid,
    geodesy: &Geodesy,
    limits: Limits,
    forest: Option<&ParcelForest>,
    params: &ParcelParams,
    pool: &Pool,
) -> Outlined {
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
    let (dropped, dropped_px) = small.fold((0, 0), |(n, px), c| (n + 1, px + c.pixels));
    let gsd = grid.gsd_m();
    let mut seen = traced(image, &kept, pool, |component, rings| {
        let measures = shape_measures(rings, gsd);
        let codes = forest.and_then(|_| parcel_codes(component.into(), &measures, grid.gsd_mean_m()));
        let shape = strong(component).then(|| to_map(rings, &grid.affine));
        Seen { id: format!("C{:010}", component.first), evidence: Evidence::of(component), measures, codes, shape }
    });
    let outcomes = forest.map_or_else(Vec::new, |f| outcomes_of(f, &mut seen));
    // Places and areas need PROJ, which belongs to one thread.
    let parcels = seen.into_iter().enumerate().filter_map(|(n, Seen { id, evidence, measures, shape, .. })| {
        let (shape, outcomes) = (shape?, outcomes.get(n).and_then(Option::as_ref));
        let decision = decide(&evidence, outcomes, &measures, grid.gsd_mean_m(), limits.score, limits.distance, params);
        let (from, to) = (Evidence::dominant(&evidence.before), evidence.became(decision.kind));
        Some(Parcel {
            id,
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
