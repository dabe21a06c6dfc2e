//! Parcels against truth polygons: would an officer who follows the parcels have found the sites?
//!
//! The enforcement match is many-to-many. A predicted parcel is right when at least 25 % of its area lies in truth
//! polygons; a truth polygon is found when at least 50 % of its area lies in right parcels. A site found as several
//! pieces, or several sites found as one parcel, are found; a parcel that swallows a site and much else is not.

use crate::parcels::Kind;
use geo::{Area, BooleanOps, BoundingRect, Coord, MapCoords, MultiPolygon, Rect};
use rstar::{AABB, RTree, primitives::GeomWithData, primitives::Rectangle};
use serde::Serialize;
use std::collections::BTreeMap;

/// Smallest covered share of a truth polygon that is found.
pub(super) const FOUND_SHARE: f64 = 0.5;
/// Smallest share of a predicted parcel that lies in truth polygons for it to be right.
pub(super) const RIGHT_SHARE: f64 = 0.25;
/// Upper limits of the size classes, m2 (ha: .04, .2, 1, 3, 10), and their names.
const SIZES: [(f64, &str); 6] = [
    (400.0, "<0.04"),
    (2_000.0, "0.04-0.2"),
    (10_000.0, "0.2-1"),
    (30_000.0, "1-3"),
    (100_000.0, "3-10"),
    (f64::INFINITY, ">10"),
];

/// A truth polygon or a predicted parcel.
#[derive(Clone, Debug)]
pub struct EvalPolygon {
    /// Outline; truth and predictions in one reference system.
    pub shape: MultiPolygon<f64>,
    /// Area, m2.
    pub area_m2: f64,
    /// Kind, where it is known.
    pub kind: Option<String>,
    /// Whether enforcement cares for it, where that is known.
    pub relevant: Option<bool>,
}

/// Recall of the truth polygons of one size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SizeRecall {
    /// Size class, hectares; the lower limit belongs to the class.
    pub hectares: &'static str,
    /// Truth polygons.
    pub truth: u64,
    /// Found ones.
    pub found: u64,
    /// Found share; `None` without truth.
    pub recall: Option<f64>,
}

/// Recall of the truth polygons of one kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindRecall {
    /// Kind as the truth names it.
    pub kind: String,
    /// Truth polygons.
    pub truth: u64,
    /// Found ones.
    pub found: u64,
    /// Found ones of which the parcel that covers most has the same kind; `None` when parcels have no kind.
    pub same_kind: Option<u64>,
    /// Found share; `None` without truth.
    pub recall: Option<f64>,
}

/// How parcels answer truth polygons.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ParcelScores {
    /// Truth polygons.
    pub truth: u64,
    /// Found ones.
    pub found: u64,
    /// Found share of the truth polygons.
    pub recall: Option<f64>,
    /// Right share of the predicted parcels.
    pub precision: Option<f64>,
    /// Found share of the truth polygons' area.
    pub area_weighted_recall: Option<f64>,
    /// Parcels that are not right, per square kilometre judged.
    pub false_per_km2: Option<f64>,
    /// Predicted parcels.
    pub predicted: u64,
    /// Right ones.
    pub right: u64,
    /// Found truth polygons that more than one right parcel covers.
    pub split: u64,
    /// Right parcels that cover more than one found truth polygon.
    pub merged: u64,
    /// Median of right parcels' area / truth's area over the found truth polygons: 1 is the right size.
    pub median_size_ratio: Option<f64>,
    /// Recall per size of truth.
    pub by_size: Vec<SizeRecall>,
    /// Recall per kind of truth; empty when the truth has no kinds.
    pub by_kind: Vec<KindRecall>,
}

pub(super) fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// An overlap of a truth polygon and a prediction; `area` in square map units.
struct Overlap {
    truth: usize,
    predicted: usize,
    area: f64,
}

/// Scores predicted parcels against truth polygons; `judged_m2` is the area the false alarms are spread over.
///
/// # Cost
/// One polygon intersection per pair of overlapping bounding boxes.
pub fn score_parcels(truth: &[EvalPolygon], predicted: &[EvalPolygon], judged_m2: f64) -> ParcelScores {
    let overlaps = overlaps(truth, predicted);
    let planar = |p: &EvalPolygon| p.shape.unsigned_area();
    let mut inside = vec![0.0; predicted.len()];
    for o in &overlaps {
        inside[o.predicted] += o.area;
    }
    let right: Vec<bool> =
        predicted.iter().zip(&inside).map(|(p, a)| *a > 0.0 && *a >= RIGHT_SHARE * planar(p)).collect();
    let mut covered = vec![0.0; truth.len()];
    let mut pieces: Vec<Vec<&Overlap>> = truth.iter().map(|_| Vec::new()).collect();
    for o in overlaps.iter().filter(|o| right[o.predicted]) {
        covered[o.truth] += o.area;
        pieces[o.truth].push(o);
    }
    let found: Vec<bool> = truth.iter().zip(&covered).map(|(t, a)| *a > 0.0 && *a >= FOUND_SHARE * planar(t)).collect();
    let mut of_parcel = vec![0u32; predicted.len()];
    for o in overlaps.iter().filter(|o| found[o.truth] && right[o.predicted]) {
        of_parcel[o.predicted] += 1;
    }
    let count = |flags: &[bool]| flags.iter().filter(|f| **f).count() as u64;
    let total_m2: f64 = truth.iter().map(|t| t.area_m2).sum();
    let found_m2: f64 = truth.iter().zip(&found).filter(|(_, f)| **f).map(|(t, _)| t.area_m2).sum();
    let wrong = predicted.len() as u64 - count(&right);
    let mut ratios: Vec<f64> = (0..truth.len())
        .filter(|&t| found[t])
        .filter_map(|t| share(pieces[t].iter().map(|o| planar(&predicted[o.predicted])).sum(), planar(&truth[t])))
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    ParcelScores {
        truth: truth.len() as u64,
        found: count(&found),
        recall: share(count(&found) as f64, truth.len() as f64),
        precision: share(count(&right) as f64, predicted.len() as f64),
        area_weighted_recall: share(found_m2, total_m2),
        false_per_km2: share(wrong as f64, judged_m2 / 1e6),
        predicted: predicted.len() as u64,
        right: count(&right),
        split: (0..truth.len()).filter(|&t| found[t] && pieces[t].len() > 1).count() as u64,
        merged: of_parcel.iter().filter(|n| **n > 1).count() as u64,
        median_size_ratio: ratios.get(ratios.len() / 2).copied(),
        by_size: by_size(truth.iter().map(|t| t.area_m2), &found),
        by_kind: by_kind(truth, predicted, &found, &pieces),
    }
}

fn overlaps(truth: &[EvalPolygon], predicted: &[EvalPolygon]) -> Vec<Overlap> {
    let boxes = predicted.iter().enumerate().filter_map(|(i, p)| {
        let b: Rect<f64> = p.shape.bounding_rect()?;
        Some(GeomWithData::new(Rectangle::from_corners([b.min().x, b.min().y], [b.max().x, b.max().y]), i))
    });
    let tree = RTree::bulk_load(boxes.collect());
    let mut out = Vec::new();
    for (t, polygon) in truth.iter().enumerate() {
        let Some(b) = polygon.shape.bounding_rect() else { continue };
        let around = AABB::from_corners([b.min().x, b.min().y], [b.max().x, b.max().y]);
        let mut near: Vec<usize> = tree.locate_in_envelope_intersecting(&around).map(|g| g.data).collect();
        near.sort_unstable();
        // Moved to the origin: eastings with a zone prefix leave too few digits.
        let local = |shape: &MultiPolygon<f64>| shape.map_coords(|c: Coord<f64>| c - b.min());
        let here = local(&polygon.shape);
        for p in near {
            let area = here.intersection(&local(&predicted[p].shape)).unsigned_area();
            if area > 0.0 {
                out.push(Overlap { truth: t, predicted: p, area });
            }
        }
    }
    out
}

pub(super) fn by_size(areas_m2: impl Iterator<Item = f64>, found: &[bool]) -> Vec<SizeRecall> {
    let mut counts = [(0u64, 0u64); SIZES.len()];
    for (area_m2, f) in areas_m2.zip(found) {
        let class = SIZES.iter().position(|(limit, _)| area_m2 < *limit).unwrap_or(SIZES.len() - 1);
        counts[class].0 += 1;
        counts[class].1 += u64::from(*f);
    }
    let row = |((_, hectares), (truth, found)): (&(f64, &'static str), (u64, u64))| SizeRecall {
        hectares,
        truth,
        found,
        recall: share(found as f64, truth as f64),
    };
    SIZES.iter().zip(counts).map(row).collect()
}

fn by_kind(
    truth: &[EvalPolygon],
    predicted: &[EvalPolygon],
    found: &[bool],
    pieces: &[Vec<&Overlap>],
) -> Vec<KindRecall> {
    let kinds_known = predicted.iter().any(|p| p.kind.is_some());
    let mut kinds: BTreeMap<(usize, &str), (u64, u64, u64)> = BTreeMap::new();
    for (t, polygon) in truth.iter().enumerate() {
        let Some(kind) = polygon.kind.as_deref() else { continue };
        // The contract's kinds in their order, others after them.
        let place = Kind::ALL.iter().position(|k| k.code() == kind).unwrap_or(Kind::ALL.len());
        let row = kinds.entry((place, kind)).or_default();
        row.0 += 1;
        if found[t] {
            row.1 += 1;
            let most = pieces[t].iter().max_by(|a, b| a.area.total_cmp(&b.area));
            let same = most.is_some_and(|o| predicted[o.predicted].kind.as_deref() == Some(kind));
            row.2 += u64::from(same);
        }
    }
    let row = |((_, kind), (truth, found, same)): ((usize, &str), (u64, u64, u64))| KindRecall {
        kind: kind.to_string(),
        truth,
        found,
        same_kind: kinds_known.then_some(same),
        recall: share(found as f64, truth as f64),
    };
    kinds.into_iter().map(row).collect()
}
