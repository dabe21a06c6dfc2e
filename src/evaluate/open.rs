//! Opening the files an evaluation needs, and what can be wrong with them.

use super::EvalPolygon;
use crate::features::repair;
use crate::grid::{Affine, Crs, Grid, Window};
use crate::io::{crs, init_gdal, last_gdal_message};
use crate::parcels::{Kind, ellipsoidal_area_m2};
use gdal::raster::GdalDataType;
use gdal::vector::{Layer, LayerAccess};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use geo::{Geometry, MapCoordsInPlace, MultiPolygon, Polygon};
use ndarray::Array2;
use std::path::Path;

/// Why an evaluation is not possible; all of these are faults of the input data.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The file is not there.
    #[error("{path}: no such file; {wanted}")]
    Missing {
        /// File.
        path: String,
        /// What should be given.
        wanted: &'static str,
    },
    /// GDAL cannot read it.
    #[error("{path}: cannot be read as {wanted} ({found}); give {repair}")]
    Unreadable {
        /// File.
        path: String,
        /// What GDAL said.
        found: String,
        /// What was looked for.
        wanted: &'static str,
        /// What to give.
        repair: &'static str,
    },
    /// It lies nowhere.
    #[error(
        "{path}: {found}, so it cannot be laid over {other}; give it a reference system and a transform, e.g. with gdal_translate -a_srs -a_ullr, or a file of the same {rows} x {cols} pixels"
    )]
    NotPlaced {
        /// File.
        path: String,
        /// What is missing.
        found: &'static str,
        /// What it should be laid over.
        other: String,
        /// Rows wanted of a file without a place.
        rows: usize,
        /// Columns wanted.
        cols: usize,
    },
    /// A vector layer without reference system.
    #[error(
        "{path}: layer {layer} has no reference system, so it cannot be laid over the change map; give it one, e.g. a .prj file or ogr2ogr -a_srs"
    )]
    NoCrs {
        /// File.
        path: String,
        /// Layer.
        layer: String,
    },
    /// Pixels of a type that holds no codes.
    #[error("{path}: pixels are {found}; {wanted} is wanted")]
    Type {
        /// File.
        path: String,
        /// Type found.
        found: String,
        /// Type wanted.
        wanted: &'static str,
    },
    /// A code with no meaning.
    #[error("{path}: value {value} at row {row}, column {col}; wanted are {wanted}")]
    Code {
        /// File.
        path: String,
        /// Value found.
        value: i32,
        /// Row of the file.
        row: i64,
        /// Column of the file.
        col: i64,
        /// Codes allowed.
        wanted: &'static str,
    },
    /// The score lies on another grid than the change map.
    #[error(
        "{path}: {found_rows} x {found_cols} pixels that do not lie on those of {other} ({rows} x {cols}); give the score of the same run"
    )]
    OtherGrid {
        /// File.
        path: String,
        /// Rows found.
        found_rows: usize,
        /// Columns found.
        found_cols: usize,
        /// The change map.
        other: String,
        /// Its rows.
        rows: usize,
        /// Its columns.
        cols: usize,
    },
    /// A layer that is not in the file.
    #[error("{path}: no layer '{layer}'; the file has {found}")]
    NoLayer {
        /// File.
        path: String,
        /// Layer asked for.
        layer: String,
        /// Layers of the file.
        found: String,
    },
    /// Nothing to compare with.
    #[error("{path}: {found}; {wanted}")]
    NoTruth {
        /// File.
        path: String,
        /// What was found.
        found: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// A reference system PROJ does not take.
    #[error("{path}: {source}")]
    Crs {
        /// File.
        path: String,
        /// Why.
        source: crs::CrsError,
    },
}

/// Raster formats that hold codes; formats that can name other files or addresses are left out.
const RASTERS: [&str; 6] = ["GTiff", "HFA", "ENVI", "KEA", "JP2OpenJPEG", "PNG"];
/// Vector formats, likewise.
const VECTORS: [&str; 10] = [
    "GPKG",
    "ESRI Shapefile",
    "GeoJSON",
    "FlatGeobuf",
    "OpenFileGDB",
    "MapInfo File",
    "GML",
    "KML",
    "LIBKML",
    "SQLite",
];

/// Every pixel type an image may have, for rasters of which only the place is wanted.
pub(super) const REAL_TYPES: [GdalDataType; 7] = [
    GdalDataType::UInt8,
    GdalDataType::UInt16,
    GdalDataType::Int16,
    GdalDataType::UInt32,
    GdalDataType::Int32,
    GdalDataType::Float32,
    GdalDataType::Float64,
];

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A raster of small whole numbers, read window by window.
pub(super) struct CodeRaster {
    pub path: String,
    pub rows: usize,
    pub cols: usize,
    /// `None` when the file says neither where it lies nor in what system.
    pub grid: Option<Grid>,
    /// Why `grid` is missing.
    pub unplaced: &'static str,
    pub nodata: Option<f64>,
    dataset: Dataset,
}

impl CodeRaster {
    /// Opens a raster whose first band holds codes of `types`; `Ok(None)` when the file is no raster at all.
    pub fn open(
        path: &Path,
        missing: &'static str,
        types: &[GdalDataType],
        wanted: &'static str,
    ) -> Result<Option<CodeRaster>, EvaluateError> {
        init_gdal();
        if !path.exists() {
            return Err(EvaluateError::Missing { path: shown(path), wanted: missing });
        }
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_RASTER,
            allowed_drivers: Some(&RASTERS),
            ..Default::default()
        };
        let Ok(dataset) = Dataset::open_ex(path, options) else { return Ok(None) };
        let unreadable = |_| EvaluateError::Unreadable {
            path: shown(path),
            found: last_gdal_message(),
            wanted: "a raster",
            repair: "a readable GeoTIFF",
        };
        let (cols, rows) = dataset.raster_size();
        let (dtype, nodata) = {
            let band = dataset.rasterband(1).map_err(unreadable)?;
            (band.band_type(), band.no_data_value())
        };
        if !types.contains(&dtype) {
            return Err(EvaluateError::Type { path: shown(path), found: dtype.name(), wanted });
        }
        let affine = dataset.geo_transform().ok().map(Affine);
        let affine = affine.filter(|a| a.0.iter().all(|v| v.is_finite()) && a.determinant().abs() > 1e-18);
        let system = dataset.spatial_ref().ok().and_then(|srs| crs::describe(&srs));
        let unplaced = if affine.is_none() { "no usable geotransform" } else { "no reference system" };
        let grid = affine.zip(system).map(|(affine, crs)| Grid { crs, affine, rows, cols });
        Ok(Some(CodeRaster { path: shown(path), rows, cols, grid, unplaced, nodata, dataset }))
    }

    /// The codes of a window that lies inside the raster.
    pub fn read(&self, window: Window) -> Result<Array2<i32>, EvaluateError> {
        let unreadable = || EvaluateError::Unreadable {
            path: self.path.clone(),
            found: last_gdal_message(),
            wanted: "a raster",
            repair: "a file that is not damaged",
        };
        let size = (window.cols, window.rows);
        let band = self.dataset.rasterband(1).map_err(|_| unreadable())?;
        let buffer = band
            .read_as::<i32>((window.col as isize, window.row as isize), size, size, None)
            .map_err(|_| unreadable())?;
        Array2::from_shape_vec((window.rows, window.cols), buffer.into_shape_and_vec().1).map_err(|_| unreadable())
    }
}

/// Polygons of a layer, in the system of the change map.
pub(super) struct Polygons {
    pub layer: String,
    pub polygons: Vec<EvalPolygon>,
    /// Rows without a usable polygon.
    pub skipped: u64,
}

/// Opens a vector file; `Ok(None)` when it is none.
pub(super) fn open_vectors(path: &Path) -> Option<Dataset> {
    init_gdal();
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_VECTOR,
        allowed_drivers: Some(&VECTORS),
        ..Default::default()
    };
    Dataset::open_ex(path, options).ok().filter(|d| d.layer_count() > 0)
}

/// Reads the polygons of `layer`, or of the first layer that has some, transformed to `to`.
pub(super) fn read_polygons(
    dataset: &Dataset,
    path: &Path,
    layer: Option<&str>,
    to: &Crs,
) -> Result<Polygons, EvaluateError> {
    if let Some(name) = layer {
        let found = dataset.layers().map(|l| l.name()).collect::<Vec<_>>().join(", ");
        let layer = dataset.layer_by_name(name).map_err(|_| EvaluateError::NoLayer {
            path: shown(path),
            layer: name.to_string(),
            found,
        })?;
        return read_layer(layer, path, to);
    }
    for layer in dataset.layers() {
        let read = read_layer(layer, path, to)?;
        if !read.polygons.is_empty() {
            return Ok(read);
        }
    }
    Err(EvaluateError::NoTruth {
        path: shown(path),
        found: "no layer with polygons".into(),
        wanted: "polygons around what changed are wanted, or a raster of 0 unlabelled, 1 unchanged, 2 changed",
    })
}

fn read_layer(mut layer: Layer, path: &Path, to: &Crs) -> Result<Polygons, EvaluateError> {
    let name = layer.name();
    let mut out = Polygons { layer: name.clone(), polygons: Vec::new(), skipped: 0 };
    let fields: Vec<String> = layer.defn().fields().map(|f| f.name().to_ascii_lowercase()).collect();
    let field = |wanted: &str| fields.iter().position(|f| f == wanted);
    let (kind, relevant) = (field("kind").or_else(|| field("label")), field("relevant"));
    let system = layer.spatial_ref().and_then(|srs| crs::describe(&srs));
    let wrong = |source| EvaluateError::Crs { path: shown(path), source };
    let moves = match &system {
        Some(from) => {
            let lonlat = crs::cgcs2000_lonlat().map_err(wrong)?;
            Some((crs::Transformer::new(from, to).map_err(wrong)?, crs::Transformer::new(to, &lonlat).map_err(wrong)?))
        }
        None => None,
    };
    for feature in layer.features() {
        let parts = feature.geometry().map(polygons_of).unwrap_or_default();
        if parts.is_empty() {
            out.skipped += 1;
            continue;
        }
        let Some((to_map, to_lonlat)) = &moves else {
            return Err(EvaluateError::NoCrs { path: shown(path), layer: name });
        };
        let moved = moved(MultiPolygon(parts), to_map);
        let Some(shape) = repair(moved.0).shape else {
            out.skipped += 1;
            continue;
        };
        let area_m2 = ellipsoidal_area_m2(&self::moved(shape.clone(), to_lonlat));
        if !area_m2.is_finite() {
            out.skipped += 1;
            continue;
        }
        let text = |i: usize| feature.field_as_string(i).ok().flatten().filter(|s| !s.trim().is_empty());
        let flag = |i: usize| feature.field_as_integer(i).ok().flatten().map(|v| v != 0);
        let kind = kind.and_then(text).map(|s| s.trim().to_string());
        // A file that does not say what matters may still name the contract's kinds.
        let by_kind = || Kind::ALL.into_iter().find(|k| Some(k.code()) == kind.as_deref()).map(Kind::relevant);
        let relevant = relevant.and_then(flag).or_else(by_kind);
        out.polygons.push(EvalPolygon { shape, area_m2, kind, relevant });
    }
    Ok(out)
}

/// The polygons of a geometry; curves, points and lines are none.
fn polygons_of(geometry: &gdal::vector::Geometry) -> Vec<Polygon<f64>> {
    fn collect(geometry: Geometry<f64>, out: &mut Vec<Polygon<f64>>) {
        match geometry {
            Geometry::Polygon(p) => out.push(p),
            Geometry::MultiPolygon(m) => out.extend(m),
            Geometry::GeometryCollection(c) => c.into_iter().for_each(|g| collect(g, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    // An empty polygon has no rings, which the conversion does not expect.
    if !geometry.is_empty()
        && let Ok(converted) = Geometry::try_from(geometry)
    {
        collect(converted, &mut out);
    }
    out
}

/// A shape with every vertex moved; what cannot be moved becomes NaN.
pub(super) fn moved(mut shape: MultiPolygon<f64>, by: &crs::Transformer) -> MultiPolygon<f64> {
    if by.is_identity() {
        return shape;
    }
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    geo::CoordsIter::coords_iter(&shape).for_each(|c| {
        xs.push(c.x);
        ys.push(c.y);
    });
    by.apply(&mut xs, &mut ys);
    let at = std::cell::Cell::new(0);
    shape.map_coords_in_place(|_| {
        let i = at.get();
        at.set(i + 1);
        geo::Coord { x: xs[i], y: ys[i] }
    });
    shape
}
