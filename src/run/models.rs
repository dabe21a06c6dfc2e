//! Which land-cover model a pair gets.

use super::ground::GroundSource;
use super::images::AlignedPair;
use crate::crosscheck::Layer;
use crate::error::Error;
use crate::landcover::{LandModel, LandcoverParams, ModelError};
use crate::parcels::ParcelForest;
use std::path::Path;
use std::sync::Arc;

/// A shipped model.
struct Shipped {
    name: &'static str,
    land: &'static [u8],
    parcels: &'static [u8],
}

/// Shipped models, the most particular first.
const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "bgrn-swir",
        land: include_bytes!("../../models/bgrn-swir/landcover.json"),
        parcels: include_bytes!("../../models/bgrn-swir/parcels.json"),
    },
    Shipped {
        name: "bgrn",
        land: include_bytes!("../../models/bgrn/landcover.json"),
        parcels: include_bytes!("../../models/bgrn/parcels.json"),
    },
];
/// The files of a model folder.
pub(super) const LAND: &str = "landcover.json";
const PARCELS: &str = "parcels.json";

/// The forests of a pair; none where the rules tell.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// Tells land cover.
    pub land: Option<Arc<LandModel>>,
    /// Decides on parcels of works.
    pub parcels: Option<ParcelForest>,
}

impl Models {
    fn parse(land: &[u8], parcels: Option<&[u8]>, folder: &str) -> Result<Models, ModelError> {
        let model = LandModel::parse(land, &format!("{folder}/{LAND}"))?;
        let parcels = match parcels {
            Some(bytes) => Some(parse_parcels(bytes, &model, &format!("{folder}/{PARCELS}"))?),
            None => None,
        };
        Ok(Models { land: Some(Arc::new(model)), parcels })
    }

    /// What natural ground is learnt by where these models tell land cover.
    pub(super) fn ground_source<'a>(
        &'a self,
        params: &'a LandcoverParams,
        survey: Option<&'a Layer>,
    ) -> GroundSource<'a> {
        GroundSource { params, bands: self.land.as_ref().map(|land| land.bands.as_slice()), survey }
    }

    fn check(self, pair: &AlignedPair) -> Result<Models, ModelError> {
        let (roles, gsd_m) = (&pair.bands().roles, pair.grid().gsd_mean_m());
        self.land.iter().try_for_each(|land| land.check(roles, gsd_m))?;
        Ok(self)
    }
}

fn parse_parcels(bytes: &[u8], land: &LandModel, path: &str) -> Result<ParcelForest, ModelError> {
    let broken = |why: String| ModelError::Broken { path: path.to_string(), why };
    let forest: ParcelForest = serde_json::from_slice(bytes).map_err(|e| broken(e.to_string()))?;
    match forest.fault(land) {
        Some(fault) => Err(broken(fault)),
        None => Ok(forest),
    }
}

/// The models that `wanted` names (`landcover.model`).
///
/// # Errors
/// A model that is broken, or was not made for bands and ground sampling distance of the pair.
pub fn choose_models(wanted: &str, pair: &AlignedPair) -> Result<Models, Error> {
    let shipped = |s: &Shipped| Models::parse(s.land, Some(s.parcels), &format!("models/{}", s.name));
    if wanted == "rules" {
        return Ok(Models::default());
    }
    if wanted == "auto" {
        for model in SHIPPED {
            if let Ok(models) = shipped(model)?.check(pair) {
                return Ok(models);
            }
        }
        return Ok(Models::default());
    }
    if let Some(model) = SHIPPED.iter().find(|s| s.name == wanted) {
        return Ok(shipped(model)?.check(pair)?);
    }
    let folder = Path::new(wanted);
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|e| ModelError::Missing {
            path: path.display().to_string(),
            found: e.to_string(),
            names: SHIPPED.iter().map(|s| s.name).collect::<Vec<_>>().join(", "),
        })
    };
    let parcels = if folder.join(PARCELS).exists() { Some(read(PARCELS)?) } else { None };
    Ok(Models::parse(&read(LAND)?, parcels.as_deref(), wanted)?.check(pair)?)
}

#[cfg(test)]
mod tests;
