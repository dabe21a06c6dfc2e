//! What the layers say of a shape.

use super::{CrosscheckParams, Layer, LayerKind, ListStatus, ShapeIndex, is_cropland};
use geo::{Area, BooleanOps, MultiPolygon};

/// The layers that were given.
#[derive(Clone, Debug, Default)]
pub struct Layers(pub Vec<Layer>);

impl Layers {
    /// A layer, if it was given.
    pub fn get(&self, kind: LayerKind) -> Option<&Layer> {
        self.0.iter().find(|l| l.kind == kind)
    }
}

/// Overlap of a shape with each layer, m2; `None` without the layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// On cropland; `None` also where the land survey carries no class codes.
    pub cropland_m2: Option<f64>,
    /// On permanent basic farmland.
    pub basic_farmland_m2: Option<f64>,
    /// In protected areas.
    pub protected_m2: Option<f64>,
    /// Under approvals.
    pub approved_m2: Option<f64>,
    /// Town with the largest share: code and name.
    pub town: Option<(Option<String>, Option<String>)>,
}

/// Overlays a shape. `area_m2` is its ellipsoidal area; overlaps are planar and scaled by the shape's own ratio of the two,
/// which is constant over a parcel to better than 1e-6.
pub fn overlay(shape: &MultiPolygon<f64>, area_m2: f64, layers: &Layers) -> Overlay {
    let planar = shape.unsigned_area();
    let scale = if planar > 0.0 { area_m2 / planar } else { 0.0 };
    let m2 = |part: f64| (part * scale).min(area_m2);
    let whole = |kind| layers.get(kind).map(|l| m2(l.overlap(shape)));
    let cropland = layers
        .get(LayerKind::Landuse)
        .filter(|l| l.features.iter().any(|f| f.code.is_some()))
        .map(|l| m2(l.overlap_where(shape, &|f| f.code.as_deref().is_some_and(is_cropland))));
    let town = layers.get(LayerKind::Towns).and_then(|l| {
        let f = &l.features[l.largest_overlap(shape)?];
        Some((f.code.as_deref().map(str::to_string), f.name.as_deref().map(str::to_string)))
    });
    Overlay {
        cropland_m2: cropland,
        basic_farmland_m2: whole(LayerKind::BasicFarmland),
        protected_m2: whole(LayerKind::Protected),
        approved_m2: whole(LayerKind::Approvals),
        town,
    }
}

/// How a candidate stands against the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Listed, partly, unlisted.
    pub status: ListStatus,
    /// Rows of the list it touches.
    pub rows: Vec<usize>,
    /// Part outside the list, m2.
    pub uncovered_m2: f64,
    /// Approved share of the part outside the list, percent; `None` without the layer or without such a part.
    pub uncovered_approved_percent: Option<f64>,
}

/// Compares a candidate with the list patches. Touches of less than `least_m2` (a pixel) are not reported.
pub fn listing(
    shape: &MultiPolygon<f64>,
    area_m2: f64,
    list: &ShapeIndex,
    layers: &Layers,
    least_m2: f64,
    params: &CrosscheckParams,
) -> Listing {
    let planar = shape.unsigned_area();
    let scale = if planar > 0.0 { area_m2 / planar } else { 0.0 };
    let touched = list.overlaps(shape);
    let covered = list.overlap(shape, &|_| true) * scale;
    let percent = if area_m2 > 0.0 { covered * 100.0 / area_m2 } else { 0.0 };
    let status = match percent {
        p if p >= params.listed_percent => ListStatus::Listed,
        p if p < params.unlisted_percent => ListStatus::Unlisted,
        _ => ListStatus::PartlyListed,
    };
    let uncovered_m2 = (area_m2 - covered).max(0.0);
    let uncovered_approved_percent = layers.get(LayerKind::Approvals).filter(|_| uncovered_m2 >= least_m2).map(|l| {
        let outside = if touched.is_empty() { shape.clone() } else { shape.difference(&list.clip(shape, &|_| true)) };
        (l.overlap(&outside) * scale * 100.0 / uncovered_m2).min(100.0)
    });
    let rows = touched.iter().filter(|t| t.1 * scale >= least_m2).map(|t| t.0).collect();
    Listing { status, rows, uncovered_m2, uncovered_approved_percent }
}
