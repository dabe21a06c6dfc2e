//! What a parcel looks like to a forest: bytes about its pixels together, and about its outline.

use super::{Kind, ShapeMeasures, among_columns, among_others};
use crate::landcover::forest::{BATCH, Forest, Predictor, Scores, Shares};
use crate::landcover::{LandModel, Plane, Summed, feature_names, pattern_codes, witness_names};
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

impl Outcome {
    /// The most probable of new works.
    pub fn most_likely_works(outcomes: &[f64; OUTCOMES.len()]) -> Outcome {
        let of = |outcome: Outcome| outcomes[outcome as usize];
        let new = OUTCOMES.into_iter().filter(|o| !matches!(o, Outcome::Nothing | Outcome::Demolition));
        new.fold(Outcome::Building, |best, o| if of(o) > of(best) { o } else { best })
    }
}

/// Probability of new works of any kind, 0-1.
pub fn new_works(outcomes: &[f64; OUTCOMES.len()]) -> f64 {
    (1.0 - outcomes[Outcome::Nothing as usize] - outcomes[Outcome::Demolition as usize]).clamp(0.0, 1.0)
}

/// A forest that decides on parcels of works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ParcelForest {
    /// Columns it is asked with.
    pub columns: Vec<String>,
    /// Codes of a typical parcel, one for each column of single parcels.
    pub typical: Vec<u8>,
    /// The trees.
    pub forest: Forest,
}

/// Names of the codes of a parcel, for what a witness sums up.
pub fn parcel_columns(witness: &[String]) -> Vec<String> {
    let mut names = witness.to_vec();
    names.extend(["area", "width", "elongation", "fill", "angular size"].map(str::to_string));
    names
}

/// Codes per doubling of the area.
pub(super) const AREA_PER_OCTAVE: f64 = 12.0;

/// What the pixels of a parcel add up to.
#[derive(Clone, Copy, Debug)]
pub struct PixelSums<'a> {
    /// Sums of its portrait; empty where it has none.
    pub sums: &'a [u64],
    /// Pixels.
    pub pixels: u64,
    /// Rows and columns of the smallest window around it.
    pub extent: (usize, usize),
}

impl<'a> From<&'a Component> for PixelSums<'a> {
    fn from(component: &'a Component) -> PixelSums<'a> {
        let Component { portrait, pixels, window, .. } = component;
        PixelSums { sums: portrait, pixels: *pixels, extent: (window.rows, window.cols) }
    }
}

/// Codes of a parcel; `None` without a portrait.
pub fn parcel_codes(seen: PixelSums, shape: &ShapeMeasures, gsd_m: f64) -> Option<Vec<u8>> {
    let Summed { of_pixels, of_pattern, of_rim } = Summed::of(seen.sums)?;
    let mean = |sum: u64, of: u64| (sum / of.max(1)).min(255) as u8;
    let mut codes: Vec<u8> = of_pixels.iter().map(|sum| mean(*sum, seen.pixels)).collect();
    // Sides of the rim per 64 pixels, then means over the sides.
    codes.push(mean(of_rim[0] * 64, seen.pixels));
    codes.extend(of_rim[1..].iter().map(|sum| mean(*sum, of_rim[0])));
    codes.extend(pattern_codes(of_pattern, seen.pixels));
    let octaves = |v: f64, per: f64| (libm::log2(v.max(1.0)) * per).clamp(0.0, 255.0) as u8;
    let (high, wide) = (seen.extent.0 as f64, seen.extent.1 as f64);
    codes.push(octaves(shape.filled_area_m2, AREA_PER_OCTAVE));
    codes.push(octaves(shape.width_m, 24.0));
    codes.push(octaves(shape.elongation(), 32.0));
    codes.push((seen.pixels as f64 / (high * wide) * 255.0) as u8);
    codes.push(octaves(high.hypot(wide) * gsd_m, 16.0));
    Some(codes)
}

impl ParcelForest {
    /// What keeps it from going with a land-cover model, if anything.
    pub fn fault(&self, land: &LandModel) -> Option<String> {
        let features = feature_names(&Plane::of(&land.bands)?);
        let single = parcel_columns(&witness_names(&features, &land.classes));
        let known = among_columns(&single);
        if self.columns != known || self.forest.features != known.len() {
            return Some(format!("{} columns where {} are known", self.columns.len(), known.len()));
        }
        if self.typical.len() != single.len() {
            return Some(format!("{} typical codes for {} columns", self.typical.len(), single.len()));
        }
        if self.forest.classes != OUTCOMES.len() {
            return Some(format!("{} outcomes where {} are known", self.forest.classes, OUTCOMES.len()));
        }
        self.forest.fault()
    }

    /// Probability of each of [`OUTCOMES`], 0-1, for every parcel of a scene.
    ///
    /// # Shapes
    /// `single` is `[column][parcel]`, columns as [`parcel_columns`] names them; the first `scene` parcels are the scene's, the others parts of
    /// them.
    pub fn outcomes(&self, single: &[Vec<u8>], scene: usize) -> Vec<[f64; OUTCOMES.len()]> {
        let columns = among_others(single, scene, &self.typical, &self.columns[..self.typical.len()]);
        let predictor = Predictor::new(&self.forest);
        let parcels = single.first().map_or(0, Vec::len);
        let mut batch = vec![0u8; self.forest.features * BATCH];
        let (mut scores, mut shares) = ([Scores::default(); BATCH], [Shares::default(); BATCH]);
        let mut out = Vec::with_capacity(parcels);
        for first in (0..parcels).step_by(BATCH) {
            let count = BATCH.min(parcels - first);
            for (to, column) in batch.chunks_exact_mut(BATCH).zip(&columns) {
                to[..count].copy_from_slice(&column[first..first + count]);
            }
            predictor.scores(&batch, &mut scores[..count]);
            predictor.shares(&scores[..count], &mut shares);
            out.extend(shares[..count].iter().map(|s| std::array::from_fn(|k| f64::from(s[k]) / 255.0)));
        }
        out
    }
}
