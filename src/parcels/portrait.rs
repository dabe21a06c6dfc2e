//! What a parcel looks like to a forest: bytes about its pixels together, and about its outline.

use super::{Kind, ShapeMeasures};
use crate::landcover::forest::{BATCH, Forest, Predictor, Scores, probabilities};
use crate::landcover::{LandModel, Plane, RIM_SUMS, feature_names, witness_names};
use crate::vectorise::Component;
use serde::{Deserialize, Serialize};

/// What a parcel can turn out to be; the number is the class of the forest.
pub const OUTCOMES: [Outcome; 7] = [
    Outcome::Nothing,
    Outcome::Building,
    Outcome::Earthwork,
    Outcome::Excavation,
    Outcome::Photovoltaic,
    Outcome::Greenhouse,
    Outcome::Demolition,
];

/// What a parcel can turn out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// No work of man is new here.
    Nothing,
    /// Roofs or hard surface, roads included.
    Building,
    /// Moved earth.
    Earthwork,
    /// A pit.
    Excavation,
    /// Solar panels.
    Photovoltaic,
    /// Greenhouses.
    Greenhouse,
    /// Works are gone.
    Demolition,
}

impl Outcome {
    /// Kind of a parcel that is not linear; `None` for [`Outcome::Nothing`].
    pub fn kind(self) -> Option<Kind> {
        match self {
            Outcome::Nothing => None,
            Outcome::Building => Some(Kind::NewBuilding),
            Outcome::Earthwork => Some(Kind::Earthwork),
            Outcome::Excavation => Some(Kind::Excavation),
            Outcome::Photovoltaic => Some(Kind::Photovoltaic),
            Outcome::Greenhouse => Some(Kind::Greenhouse),
            Outcome::Demolition => Some(Kind::Demolition),
        }
    }
}

/// A forest that decides on parcels of works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ParcelForest {
    /// Columns it is asked with.
    pub columns: Vec<String>,
    /// The trees.
    pub forest: Forest,
}

/// Names of the codes of a parcel, for what a witness sums up.
pub fn parcel_columns(witness: &[String]) -> Vec<String> {
    let mut names = witness.to_vec();
    names.extend(["area", "width", "elongation", "fill", "angular size"].map(str::to_string));
    names
}

/// Codes of a parcel; `None` without a portrait.
pub fn parcel_codes(component: &Component, shape: &ShapeMeasures, gsd_m: f64) -> Option<Vec<u8>> {
    if component.portrait.is_empty() {
        return None;
    }
    let mean = |sum: u64, of: u64| (sum / of.max(1)).min(255) as u8;
    let (of_pixels, of_rim) = component.portrait.split_at(component.portrait.len().checked_sub(RIM_SUMS)?);
    let mut codes: Vec<u8> = of_pixels.iter().map(|sum| mean(*sum, component.pixels)).collect();
    // Sides of the rim per 64 pixels, then means over the sides.
    codes.push(mean(of_rim[0] * 64, component.pixels));
    codes.extend(of_rim[1..].iter().map(|sum| mean(*sum, of_rim[0])));
    let octaves = |v: f64, per: f64| (libm::log2(v.max(1.0)) * per).clamp(0.0, 255.0) as u8;
    let window = &component.window;
    let (high, wide) = (window.rows as f64, window.cols as f64);
    codes.push(octaves(shape.filled_area_m2, 12.0));
    codes.push(octaves(shape.width_m, 24.0));
    codes.push(octaves(shape.elongation(), 32.0));
    codes.push((component.pixels as f64 / (high * wide) * 255.0) as u8);
    codes.push(octaves(high.hypot(wide) * gsd_m, 16.0));
    Some(codes)
}

impl ParcelForest {
    /// What keeps it from going with a land-cover model, if anything.
    pub fn fault(&self, land: &LandModel) -> Option<String> {
        let features = feature_names(&Plane::of(&land.bands)?);
        let known = parcel_columns(&witness_names(&features, &land.classes));
        if self.columns != known || self.forest.features != known.len() {
            return Some(format!("{} columns where {} are known", self.columns.len(), known.len()));
        }
        if self.forest.classes != OUTCOMES.len() {
            return Some(format!("{} outcomes where {} are known", self.forest.classes, OUTCOMES.len()));
        }
        self.forest.fault()
    }

    /// Probability of each of [`OUTCOMES`], 0-1.
    pub fn outcomes(&self, codes: &[u8]) -> [f64; OUTCOMES.len()] {
        let mut batch = vec![0u8; self.forest.features * BATCH];
        batch.chunks_exact_mut(BATCH).zip(codes).for_each(|(lane, code)| lane[0] = *code);
        let mut scores = [Scores::default()];
        Predictor::new(&self.forest).scores(&batch, &mut scores);
        let shares = probabilities(&scores[0], OUTCOMES.len());
        std::array::from_fn(|k| f64::from(shares[k]) / 255.0)
    }
}
