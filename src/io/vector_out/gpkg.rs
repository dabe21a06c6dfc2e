//! GeoPackage, with styles that QGIS picks up by itself.
#![allow(unsafe_code)]

use super::{OutColumn, OutError, OutLayer, cannot, check, distinct, scratch, wkb};
use crate::features::{FieldKind, FieldValue, Shape};
use crate::io::{crs, init_gdal, last_gdal_message};
use gdal::spatial_ref::SpatialRef;
use gdal::vector::LayerAccess;
use gdal::{Dataset, DriverManager};
use gdal_sys as sys;
use std::ffi::CString;
use std::path::Path;

/// Fixed time of the styles: the same run gives the same bytes.
const STYLE_TIME: &str = "1970/01/01 00:00:00+00";

/// Writes layers into a new GeoPackage at `path`, replacing what is there.
///
/// Row `i` gets the feature id `i + 1`. A layer without rows or shapes is written with all its columns.
pub fn write_gpkg(path: &Path, layers: &[OutLayer]) -> Result<(), OutError> {
    init_gdal();
    let fail = cannot(path);
    layers.iter().try_for_each(check)?;
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = scratch(parent)?;
    let unfinished = folder.path().join("layers.gpkg");
    let words = |e: gdal::errors::GdalError| {
        let said = last_gdal_message();
        fail(if said.is_empty() { e.to_string() } else { said })
    };
    let driver = DriverManager::get_driver_by_name("GPKG").map_err(words)?;
    let mut dataset = driver.create_vector_only(&unfinished).map_err(words)?;
    for layer in layers {
        let srs = crs::spatial_ref(&layer.crs).map_err(|source| OutError::Crs { layer: layer.name.clone(), source })?;
        write_layer(&mut dataset, layer, &srs).map_err(&fail)?;
    }
    if layers.iter().any(|l| l.style.is_some()) {
        write_styles(&mut dataset, layers).map_err(&fail)?;
    }
    write_aliases(&dataset, layers).map_err(&fail)?;
    // Closing builds the spatial indexes and is where a full disk shows.
    // SAFETY: resets this thread's error state; the next line reads it back.
    unsafe { sys::CPLErrorReset() };
    dataset.close().map_err(words)?;
    // SAFETY: reads this thread's error state.
    if unsafe { sys::CPLGetLastErrorType() } >= sys::CPLErr::CE_Failure {
        return Err(fail(last_gdal_message()));
    }
    std::fs::rename(&unfinished, path).map_err(|e| fail(e.to_string()))
}

/// Names of the id and geometry columns that no column of the layer has.
fn service_names(layer: &OutLayer) -> (String, String) {
    let free = |wanted: &str| {
        let taken = |n: &str| layer.columns.iter().any(|c| c.name.eq_ignore_ascii_case(n));
        let mut name = wanted.to_string();
        while taken(&name) {
            name.push('_');
        }
        name
    };
    (free("fid"), free("geom"))
}

fn field_names(columns: &[OutColumn]) -> Vec<String> {
    let names = columns.iter().enumerate().map(|(i, c)| {
        let name: String = c.name.chars().filter(|c| !c.is_control()).collect();
        if name.trim().is_empty() { format!("field_{}", i + 1) } else { name }
    });
    distinct(names, &[], 64)
}

/// A layer of an open dataset, and how many of its rows are in the running transaction.
struct Target {
    layer: sys::OGRLayerH,
    defn: sys::OGRFeatureDefnH,
}

fn failed(code: sys::OGRErr::Type) -> bool {
    code != sys::OGRErr::OGRERR_NONE || {
        // SAFETY: reads this thread's error state.
        unsafe { sys::CPLGetLastErrorType() >= sys::CPLErr::CE_Failure }
    }
}

fn write_layer(dataset: &mut Dataset, layer: &OutLayer, srs: &SpatialRef) -> Result<(), String> {
    let (fid, geom) = service_names(layer);
    let (fid, geom) = (format!("FID={fid}"), format!("GEOMETRY_NAME={geom}"));
    let options = gdal::vector::LayerOptions {
        name: &layer.name,
        srs: layer.spatial.then_some(srs),
        ty: if layer.spatial { sys::OGRwkbGeometryType::wkbMultiPolygon } else { sys::OGRwkbGeometryType::wkbNone },
        options: Some(if layer.spatial {
            &[fid.as_str(), geom.as_str(), "SPATIAL_INDEX=YES"]
        } else {
            &[fid.as_str()]
        }),
    };
    let handle = dataset.c_dataset();
    let created = dataset.create_layer(options).map_err(|e| e.to_string())?;
    // SAFETY: the layer lives as long as the dataset, which outlives this function.
    let target = unsafe {
        let layer = created.c_layer();
        Target { layer, defn: sys::OGR_L_GetLayerDefn(layer) }
    };
    for (column, name) in layer.columns.iter().zip(field_names(&layer.columns)) {
        add_field(&target, &name, kind_of(column.kind), sys::OGRFieldSubType::OFSTNone)?;
    }
    // SAFETY: the dataset is open; the transaction is ended below, or with the dataset when a row fails.
    unsafe {
        sys::CPLErrorReset();
        if failed(sys::GDALDatasetStartTransaction(handle, 0)) {
            return Err(last_gdal_message());
        }
    }
    for (row, (values, shape)) in layer.rows.iter().enumerate() {
        add_row(&target, row as i64 + 1, values, shape)?;
    }
    // SAFETY: as above.
    if failed(unsafe { sys::GDALDatasetCommitTransaction(handle) }) {
        return Err(last_gdal_message());
    }
    Ok(())
}

fn kind_of(kind: FieldKind) -> sys::OGRFieldType::Type {
    match kind {
        FieldKind::Text => sys::OGRFieldType::OFTString,
        FieldKind::Integer => sys::OGRFieldType::OFTInteger64,
        FieldKind::Real => sys::OGRFieldType::OFTReal,
    }
}

fn add_field(
    target: &Target,
    name: &str,
    kind: sys::OGRFieldType::Type,
    subtype: sys::OGRFieldSubType::Type,
) -> Result<(), String> {
    let name = CString::new(name).map_err(|e| e.to_string())?;
    // SAFETY: the definition is ours, copied by the layer and destroyed here; strings live through the calls.
    unsafe {
        sys::CPLErrorReset();
        let field = sys::OGR_Fld_Create(name.as_ptr(), kind);
        sys::OGR_Fld_SetSubType(field, subtype);
        let code = sys::OGR_L_CreateField(target.layer, field, 0);
        sys::OGR_Fld_Destroy(field);
        if failed(code) { Err(last_gdal_message()) } else { Ok(()) }
    }
}

fn add_row(target: &Target, fid: i64, values: &[FieldValue], shape: &Shape) -> Result<(), String> {
    // SAFETY: the feature is ours until destroyed; field indices are below the number of columns (checked before);
    // the geometry made from bytes is handed over to the feature.
    unsafe {
        sys::CPLErrorReset();
        let feature = sys::OGR_F_Create(target.defn);
        if feature.is_null() {
            return Err(last_gdal_message());
        }
        sys::OGR_F_SetFID(feature, fid);
        for (i, value) in values.iter().enumerate() {
            let i = i as i32;
            match value {
                FieldValue::Null => sys::OGR_F_SetFieldNull(feature, i),
                FieldValue::Integer(v) => sys::OGR_F_SetFieldInteger64(feature, i, *v),
                FieldValue::Real(v) if v.is_finite() => sys::OGR_F_SetFieldDouble(feature, i, *v),
                FieldValue::Real(_) => sys::OGR_F_SetFieldNull(feature, i),
                FieldValue::Text(text) => {
                    let text = CString::new(text.replace('\0', "")).unwrap_or_default();
                    sys::OGR_F_SetFieldString(feature, i, text.as_ptr());
                }
            }
        }
        let mut code = sys::OGRErr::OGRERR_NONE;
        if let Some(shape) = shape.as_ref().filter(|s| !s.0.is_empty()) {
            let bytes = wkb::of_multipolygon(shape);
            let mut geometry = std::ptr::null_mut();
            let size = i32::try_from(bytes.len()).unwrap_or(-1);
            code = sys::OGR_G_CreateFromWkb(bytes.as_ptr().cast(), std::ptr::null_mut(), &mut geometry, size);
            if code == sys::OGRErr::OGRERR_NONE {
                code = sys::OGR_F_SetGeometryDirectly(feature, geometry);
            }
        }
        if code == sys::OGRErr::OGRERR_NONE {
            code = sys::OGR_L_CreateFeature(target.layer, feature);
        }
        sys::OGR_F_Destroy(feature);
        if failed(code) { Err(format!("row {fid}: {}", last_gdal_message())) } else { Ok(()) }
    }
}

/// Chinese names of the columns, as the GeoPackage schema extension has them; GDAL 3.6 does not write it.
fn write_aliases(dataset: &Dataset, layers: &[OutLayer]) -> Result<(), String> {
    let quoted = |s: &str| format!("'{}'", s.replace('\'', "''").replace('\0', ""));
    let mut statements = Vec::new();
    for layer in layers {
        let zh = distinct(layer.columns.iter().map(|c| c.zh.clone()), &[], 64);
        for ((column, name), zh) in layer.columns.iter().zip(field_names(&layer.columns)).zip(zh) {
            if !column.zh.is_empty() && zh != name {
                let (table, name, zh) = (quoted(&layer.name), quoted(&name), quoted(&zh));
                statements.push(format!(
                    "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES ({table}, {name}, {zh}, {zh})"
                ));
            }
        }
    }
    if statements.is_empty() {
        return Ok(());
    }
    let mut all = vec![
        "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, \
         description TEXT, mime_type TEXT, constraint_name TEXT, \
         CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name))"
            .to_string(),
        "INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema', \
         'http://www.geopackage.org/spec121/#extension_schema', 'read-write')"
            .to_string(),
    ];
    all.append(&mut statements);
    for sql in all {
        let sql = CString::new(sql).map_err(|e| e.to_string())?;
        // SAFETY: the dataset is open, the text lives through the call, and a result set is handed back at once.
        unsafe {
            sys::CPLErrorReset();
            let handle = dataset.c_dataset();
            let result = sys::GDALDatasetExecuteSQL(handle, sql.as_ptr(), std::ptr::null_mut(), std::ptr::null());
            if !result.is_null() {
                sys::GDALDatasetReleaseResultSet(handle, result);
            }
            if failed(sys::OGRErr::OGRERR_NONE) {
                return Err(last_gdal_message());
            }
        }
    }
    Ok(())
}

/// The table QGIS looks for styles in; columns as QGIS itself makes them.
fn write_styles(dataset: &mut Dataset, layers: &[OutLayer]) -> Result<(), String> {
    use sys::OGRFieldSubType::{OFSTBoolean, OFSTNone};
    use sys::OGRFieldType::{OFTDateTime, OFTInteger, OFTString};
    let options = gdal::vector::LayerOptions {
        name: "layer_styles",
        srs: None,
        ty: sys::OGRwkbGeometryType::wkbNone,
        options: Some(&["FID=id"]),
    };
    let created = dataset.create_layer(options).map_err(|e| e.to_string())?;
    // SAFETY: as in `write_layer`.
    let target = unsafe {
        let layer = created.c_layer();
        Target { layer, defn: sys::OGR_L_GetLayerDefn(layer) }
    };
    for (name, kind, subtype) in [
        ("f_table_catalog", OFTString, OFSTNone),
        ("f_table_schema", OFTString, OFSTNone),
        ("f_table_name", OFTString, OFSTNone),
        ("f_geometry_column", OFTString, OFSTNone),
        ("styleName", OFTString, OFSTNone),
        ("styleQML", OFTString, OFSTNone),
        ("styleSLD", OFTString, OFSTNone),
        ("useAsDefault", OFTInteger, OFSTBoolean),
        ("description", OFTString, OFSTNone),
        ("owner", OFTString, OFSTNone),
        ("ui", OFTString, OFSTNone),
        ("update_time", OFTDateTime, OFSTNone),
    ] {
        add_field(&target, name, kind, subtype)?;
    }
    let text = |s: &str| FieldValue::Text(s.to_string());
    let styled = layers.iter().filter_map(|l| l.style.as_ref().map(|s| (l, s)));
    for (i, (layer, style)) in styled.enumerate() {
        let values = [
            text(""),
            text(""),
            text(&layer.name),
            text(&service_names(layer).1),
            text(&style.name),
            text(&style.qml),
            text(&style.sld),
            FieldValue::Integer(1),
            text(&style.name),
            text(""),
            FieldValue::Null,
            text(STYLE_TIME),
        ];
        add_row(&target, i as i64 + 1, &values, &None)?;
    }
    Ok(())
}
