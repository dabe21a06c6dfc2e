//! Truth laid on the grid of an image, whole, for whoever scores several answers against it.

use super::open::{CodeRaster, REAL_TYPES};
use super::truth::open_truth;
use super::{EvalPolygon, EvaluateError, EvaluateInput};
use crate::grid::Window;
use ndarray::Array2;
use std::path::Path;

/// Truth on an image's grid.
#[derive(Clone, Debug)]
pub struct Labels {
    /// 0 unlabelled, 1 unchanged, 2 changed.
    pub codes: Array2<u8>,
    /// Truth polygons in the image's reference system; `None` for a truth raster.
    pub polygons: Option<Vec<EvalPolygon>>,
    /// What was left out or done differently.
    pub notes: Vec<String>,
}

/// Reads truth (a raster of 0, 1, 2, or polygons around what changed) for the pixels of `image`.
///
/// # Errors
/// [`EvaluateError`]: a file is missing, unreadable, not placed, or holds other codes than the contract's.
pub fn read_labels(image: &Path, truth: &Path) -> Result<Labels, EvaluateError> {
    let wanted = "a raster of real numbers";
    let unreadable = || EvaluateError::Unreadable {
        path: image.display().to_string(),
        found: crate::io::last_gdal_message(),
        wanted,
        repair: "a GeoTIFF",
    };
    let place =
        CodeRaster::open(image, "give the image the truth belongs to", &REAL_TYPES, wanted)?.ok_or_else(unreadable)?;
    let mut notes = Vec::new();
    let (labels, polygons) = open_truth(&EvaluateInput::of_change(image, truth), &place, &mut notes)?;
    let codes = labels.read(Window { row: 0, col: 0, rows: place.rows, cols: place.cols })?;
    Ok(Labels { codes, polygons, notes })
}
