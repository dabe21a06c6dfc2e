//! Writing layers: GeoPackage for QGIS and everything else, GBK shapefiles for ArcGIS.
//!
//! In: rows as plain data. Out: one output row per input row in the same order, whatever is missing from it. Files are
//! made beside their place and moved there when complete; the same rows give the same bytes.

mod gpkg;
mod shapefile;
mod wkb;

pub use gpkg::write_gpkg;
pub use shapefile::write_shapefile;

use crate::features::{FieldKind, FieldValue, Shape};
use crate::grid::Crs;
use std::path::Path;

/// A column to write.
#[derive(Clone, Debug, PartialEq)]
pub struct OutColumn {
    /// Name in GeoPackages.
    pub name: String,
    /// Name in shapefiles: ASCII, at most 10 bytes; blank lets the writer make one.
    pub short_name: String,
    /// Type.
    pub kind: FieldKind,
    /// Shapefiles only. Text: bytes in GBK, 0 = as long as the longest value (254 at most). Real: decimals, 0 = 6.
    pub width: usize,
    /// Chinese name, shown by QGIS as the field's alias; may be blank.
    pub zh: String,
}

/// How QGIS shows a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct OutStyle {
    /// Name of the style.
    pub name: String,
    /// QGIS style document.
    pub qml: String,
    /// The same as OGC SLD, for other programs; may be blank.
    pub sld: String,
}

/// A layer to write: multipolygons or nothing per row.
#[derive(Clone, Debug)]
pub struct OutLayer {
    /// Table name.
    pub name: String,
    /// Reference system of the shapes.
    pub crs: Crs,
    /// Whether its rows are places; a GeoPackage keeps other tables without a geometry column.
    pub spatial: bool,
    /// The columns.
    pub columns: Vec<OutColumn>,
    /// One value per column, and the shape.
    pub rows: Vec<(Vec<FieldValue>, Shape)>,
    /// How QGIS shows it.
    pub style: Option<OutStyle>,
}

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutError {
    /// The disk or folder refuses.
    #[error("{file}: cannot be written ({why}); free the disk, close the programs that hold it, or give another --out")]
    CannotWrite {
        /// The path.
        file: String,
        /// The system's or GDAL's words.
        why: String,
    },
    /// A row with another number of values than columns: a fault of the program, not of the data.
    #[error("layer {layer}: row {row} has {found} values for {wanted} columns")]
    RowWidth {
        /// The layer.
        layer: String,
        /// The row, from 0.
        row: usize,
        /// Values found.
        found: usize,
        /// Columns.
        wanted: usize,
    },
    /// A reference system that PROJ does not take.
    #[error("layer {layer}: {source}")]
    Crs {
        /// The layer.
        layer: String,
        /// Why.
        source: crate::io::crs::CrsError,
    },
}

fn cannot(path: &Path) -> impl Fn(String) -> OutError + '_ {
    move |why| OutError::CannotWrite { file: path.display().to_string(), why }
}

fn check(layer: &OutLayer) -> Result<(), OutError> {
    let wanted = layer.columns.len();
    match layer.rows.iter().position(|r| r.0.len() != wanted) {
        Some(row) => {
            let found = layer.rows[row].0.len();
            Err(OutError::RowWidth { layer: layer.name.clone(), row, found, wanted })
        }
        None => Ok(()),
    }
}

/// A folder for unfinished files beside their place, removed with everything in it when dropped.
fn scratch(parent: &Path) -> Result<tempfile::TempDir, OutError> {
    tempfile::Builder::new().prefix(".tuban-").tempdir_in(parent).map_err(|e| cannot(parent)(e.to_string()))
}

/// Names that differ without regard to case, and from the reserved ones; later ones get `_2`, `_3`, ...
fn distinct(names: impl Iterator<Item = String>, reserved: &[&str], longest: usize) -> Vec<String> {
    let mut taken: std::collections::HashSet<String> = reserved.iter().map(|r| r.to_lowercase()).collect();
    names
        .map(|name| {
            let mut candidate = name.clone();
            let mut n = 1;
            while !taken.insert(candidate.to_lowercase()) {
                n += 1;
                let suffix = format!("_{n}");
                let room = longest.saturating_sub(suffix.len());
                let head: String = name.chars().take(if longest < 32 { room } else { usize::MAX }).collect();
                candidate = format!("{head}{suffix}");
            }
            candidate
        })
        .collect()
}

#[cfg(test)]
mod tests;
