//! A land-cover model as it is stored: a forest and what it may be used on.

use super::Class;
use super::cover::column_names;
use super::features::{Plane, feature_names};
use super::forest::Forest;
use crate::raster::BandRole;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Version of the file.
pub const MODEL_SCHEMA: u32 = 1;

/// A forest with the names of what it is asked and of what it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LandModel {
    /// [`MODEL_SCHEMA`].
    pub schema: u32,
    /// Name; that of its folder.
    pub name: String,
    /// Bands it needs.
    pub bands: Vec<BandRole>,
    /// Finest and coarsest ground sampling distance it was trained for, m.
    pub gsd_m: [f64; 2],
    /// Columns it is asked with, in the forest's order.
    pub columns: Vec<String>,
    /// Classes it tells apart, in the forest's order.
    pub classes: Vec<Class>,
    /// The trees.
    pub forest: Forest,
}

/// Why a model cannot be used.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Not a model file.
    #[error("model {path}: {why}; wanted is a landcover.json of schema {MODEL_SCHEMA} as tuban train writes it")]
    Broken {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// No such file.
    #[error("model {path}: {found}; landcover.model takes auto, rules, {names}, or a folder with a landcover.json")]
    Missing {
        /// The file.
        path: String,
        /// What the system said.
        found: String,
        /// Shipped models.
        names: String,
    },
    /// Bands are missing.
    #[error(
        "model {name} needs the bands {needs}, the images have {found}; name them with --bands or use landcover.model=rules"
    )]
    Bands {
        /// The model.
        name: String,
        /// What it needs.
        needs: String,
        /// What there is.
        found: String,
    },
    /// Another ground sampling distance.
    #[error(
        "model {name} was trained for {from} to {to} m a pixel, the working grid has {found:.2} m; use landcover.model=rules"
    )]
    Gsd {
        /// The model.
        name: String,
        /// Finest.
        from: f64,
        /// Coarsest.
        to: f64,
        /// The grid's.
        found: f64,
    },
}

impl ModelError {
    /// Bands that a model needs are not among those of the images.
    pub fn bands(name: &str, needs: &[BandRole], roles: &[Option<BandRole>]) -> ModelError {
        let names = |roles: &mut dyn Iterator<Item = &BandRole>| roles.map(|r| r.code()).collect::<Vec<_>>().join(",");
        let (needs, found) = (names(&mut needs.iter()), names(&mut roles.iter().flatten()));
        let found = if found.is_empty() { "none with a name".to_string() } else { found };
        ModelError::Bands { name: name.to_string(), needs, found }
    }
}

impl LandModel {
    /// Reads a model; `path` is for the errors.
    pub fn parse(bytes: &[u8], path: &str) -> Result<LandModel, ModelError> {
        let broken = |why: String| ModelError::Broken { path: path.to_string(), why };
        let model: LandModel = serde_json::from_slice(bytes).map_err(|e| broken(e.to_string()))?;
        if model.schema != MODEL_SCHEMA {
            return Err(broken(format!("schema {}", model.schema)));
        }
        let planes = Plane::of(&model.bands).ok_or_else(|| broken("bands without blue, green, red, nir".into()))?;
        let known = column_names(&feature_names(&planes));
        if model.columns != known || model.forest.features != known.len() {
            return Err(broken(format!("{} columns that this version does not compute", model.columns.len())));
        }
        if model.classes.len() != model.forest.classes {
            return Err(broken(format!("{} names for {} classes", model.classes.len(), model.forest.classes)));
        }
        match model.forest.fault() {
            Some(fault) => Err(broken(fault)),
            None => Ok(model),
        }
    }

    /// Refuses images the model was not made for.
    pub fn check(&self, roles: &[Option<BandRole>], gsd_m: f64) -> Result<(), ModelError> {
        if !self.bands.iter().all(|b| roles.contains(&Some(*b))) {
            return Err(ModelError::bands(&self.name, &self.bands, roles));
        }
        let [from, to] = self.gsd_m;
        if !(from..=to).contains(&gsd_m) {
            return Err(ModelError::Gsd { name: self.name.clone(), from, to, found: gsd_m });
        }
        Ok(())
    }
}
