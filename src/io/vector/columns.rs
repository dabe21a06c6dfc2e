//! Geometry that stands in the columns of a plain table: WKT text, or a pair of coordinates.

use super::ogr::{RawGeometry, geometry_from_wkt};
use super::rows::assemble;
use super::{VectorError, VectorFile, VectorOptions};
use crate::features::{FieldDef, FieldValue};
use std::path::Path;

/// Finished file from a table whose geometry stands in its columns.
pub(crate) fn geometry_from_columns(
    path: &Path,
    fields: Vec<FieldDef>,
    values: Vec<Vec<FieldValue>>,
    encoding: String,
    notes: Vec<String>,
    options: &VectorOptions<'_>,
) -> Result<VectorFile, VectorError> {
    let geometries = from_columns(&fields, &values);
    assemble(path, None, fields, values, geometries, encoding, notes, options)
}

/// Geometry of each row from a column of WKT, else from a pair of coordinate columns.
pub(super) fn from_columns(fields: &[FieldDef], values: &[Vec<FieldValue>]) -> Vec<Option<RawGeometry>> {
    let named = |names: &[&str]| {
        let plain = |s: &str| s.trim().to_uppercase().replace(['_', ' '], "");
        fields.iter().position(|f| names.contains(&plain(&f.name).as_str()))
    };
    let wkt = named(&["WKT", "GEOMETRY", "GEOM", "SHAPE", "TBFW", "图斑范围", "范围", "图形"]);
    let x = named(&["LON", "LNG", "LONGITUDE", "经度", "图斑中心点经度", "中心点经度", "XZB", "X坐标", "X", "LONG"]);
    let y = named(&["LAT", "LATITUDE", "纬度", "图斑中心点纬度", "中心点纬度", "YZB", "Y坐标", "Y"]);
    values
        .iter()
        .map(|row| {
            if let Some(g) = wkt.and_then(|i| row.get(i)).and_then(|v| geometry_from_wkt(&v.text())) {
                return Some(g);
            }
            let number = |i: Option<usize>| i.and_then(|i| row.get(i)).and_then(FieldValue::number);
            let point = (number(x)?, number(y)?);
            Some(RawGeometry { point: Some(point), vertices: 1, ..RawGeometry::default() })
        })
        .collect()
}
