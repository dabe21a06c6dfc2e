//! Writing vector layers: GeoPackage in UTF-8, shapefiles in GBK with `.cpg` and language byte consistent.

use super::SampleError;
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Defn, Feature, FieldDefn, LayerOptions, OGRFieldType, OGRwkbGeometryType, ToGdal};
use gdal::{Dataset, DriverManager};
use geo::MultiPolygon;
use std::path::{Path, PathBuf};

/// A field of a layer.
#[derive(Clone, Copy, Debug)]
pub enum Column {
    /// Text of at most this many bytes.
    Text(&'static str, i32),
    /// Whole number.
    Whole(&'static str),
    /// Number with this many decimals.
    Real(&'static str, i32),
}

/// A value of a field.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text.
    T(String),
    /// Whole number.
    I(i64),
    /// Number.
    R(f64),
    /// Empty.
    Null,
}

/// A row: its values and its outline.
pub type Row = (Vec<Value>, Option<MultiPolygon<f64>>);

/// A vector file being written.
pub struct Vectors {
    path: PathBuf,
    data: Dataset,
    shapefile: bool,
}

impl Vectors {
    /// A new file; a name ending in `.shp` makes a GBK shapefile, anything else a GeoPackage.
    pub fn create(path: &Path) -> Result<Vectors, SampleError> {
        let shapefile = path.extension().is_some_and(|e| e == "shp");
        let driver = if shapefile { "ESRI Shapefile" } else { "GPKG" };
        let data = DriverManager::get_driver_by_name(driver)
            .and_then(|d| d.create_vector_only(path))
            .map_err(|e| SampleError::gdal(path, e))?;
        Ok(Vectors { path: path.to_path_buf(), data, shapefile })
    }

    /// Adds a layer of polygons in EPSG:4527.
    pub fn layer(
        &mut self,
        name: &str,
        columns: &[Column],
        rows: impl Iterator<Item = Row>,
    ) -> Result<u64, SampleError> {
        let path = self.path.clone();
        let fail = |e| SampleError::gdal(&path, e);
        let srs = SpatialRef::from_epsg(4527).map_err(fail)?;
        let ty = if self.shapefile { OGRwkbGeometryType::wkbPolygon } else { OGRwkbGeometryType::wkbMultiPolygon };
        let options: &[&str] = if self.shapefile { &["ENCODING=GBK"] } else { &["GEOMETRY_NAME=geom"] };
        let options = LayerOptions { name, srs: Some(&srs), ty, options: Some(options) };
        let transactions = !self.shapefile;
        {
            let layer = self.data.create_layer(options).map_err(fail)?;
            for column in columns {
                let (name, kind, width, decimals) = match *column {
                    Column::Text(n, w) => (n, OGRFieldType::OFTString, w, 0),
                    Column::Whole(n) => (n, OGRFieldType::OFTInteger64, 10, 0),
                    Column::Real(n, d) => (n, OGRFieldType::OFTReal, 18, d),
                };
                let field = FieldDefn::new(name, kind).map_err(fail)?;
                // Widths of a GeoPackage count characters and only get in the way.
                if self.shapefile {
                    field.set_width(width);
                    field.set_precision(decimals);
                }
                field.add_to_layer(&layer).map_err(fail)?;
            }
        }
        let mut count = 0;
        if transactions {
            let mut transaction = self.data.start_transaction().map_err(fail)?;
            count += fill(&mut transaction, name, rows).map_err(fail)?;
            transaction.commit().map_err(fail)?;
        } else {
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            count += fill(&mut self.data, &stem, rows).map_err(fail)?;
        }
        Ok(count)
    }

    /// Closes the file. GDAL leaves the language byte of the table at 0; readers that trust it get GBK (0x4D).
    pub fn close(mut self) -> Result<(), SampleError> {
        self.data.flush_cache().map_err(|e| SampleError::gdal(&self.path, e))?;
        self.data.close().map_err(|e| SampleError::gdal(&self.path, e))?;
        if self.shapefile {
            use std::io::{Seek, SeekFrom, Write};
            let table = self.path.with_extension("dbf");
            let write = || -> std::io::Result<()> {
                let mut file = std::fs::OpenOptions::new().write(true).open(&table)?;
                file.seek(SeekFrom::Start(29))?;
                file.write_all(&[0x4D])?;
                // The date of the last change would differ from day to day.
                file.seek(SeekFrom::Start(1))?;
                file.write_all(&[119, 1, 1])
            };
            write().map_err(|e| SampleError::io(&table, e))?;
        }
        Ok(())
    }
}

fn fill(data: &mut Dataset, name: &str, rows: impl Iterator<Item = Row>) -> gdal::errors::Result<u64> {
    let layer = data.layer_by_name(name)?;
    let defn = Defn::from_layer(&layer);
    let mut count = 0;
    for (values, shape) in rows {
        let mut feature = Feature::new(&defn)?;
        for (k, value) in values.iter().enumerate() {
            match value {
                Value::T(s) => feature.set_field_string(k, s)?,
                Value::I(i) => feature.set_field_integer64(k, *i)?,
                Value::R(r) => feature.set_field_double(k, *r)?,
                Value::Null => feature.set_field_null(k)?,
            }
        }
        if let Some(shape) = shape {
            feature.set_geometry(shape.to_gdal()?)?;
        }
        feature.create(&layer)?;
        count += 1;
    }
    Ok(count)
}
