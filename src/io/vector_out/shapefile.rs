//! Shapefiles for ArcGIS in China: GBK text, ASCII names of at most 10 bytes, language byte and `.cpg` that agree.
//!
//! ArcGIS reads the language byte of the DBF header first, then `.cpg`; QGIS the other way round. GDAL alone writes
//! only one of the two.

use super::{OutColumn, OutError, OutLayer, cannot, check, distinct, scratch};
use crate::features::{FieldKind, FieldValue, bounds};
use crate::io::{crs, init_gdal, last_gdal_message};
use encoding_rs::GBK;
use gdal::DriverManager;
use gdal::vector::{Feature, FieldDefn, Geometry, LayerAccess, LayerOptions};
use gdal_sys::{OGRFieldType, OGRwkbGeometryType};
use std::borrow::Cow;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// Language byte of GBK (code page 936) and its place in the DBF header.
const LDID_GBK: u8 = 0x4D;
const LDID_AT: u64 = 29;
/// Place of the extent in the headers of `.shp` and `.shx`.
const EXTENT_AT: u64 = 36;
/// Bytes a DBF text can have.
const MAX_TEXT: usize = 254;

/// Writes `<dir>/<layer name>.shp` with its companions, replacing what is there. `dir` must exist.
///
/// Returns what had to be cut or replaced, Chinese sentences.
pub fn write_shapefile(dir: &Path, layer: &OutLayer) -> Result<Vec<String>, OutError> {
    init_gdal();
    let place = dir.join(format!("{}.shp", layer.name));
    let fail = cannot(&place);
    check(layer)?;
    let folder = scratch(dir)?;
    let words = |e: gdal::errors::GdalError| {
        let said = last_gdal_message();
        fail(if said.is_empty() { e.to_string() } else { said })
    };
    let srs = crs::spatial_ref(&layer.crs).map_err(|source| OutError::Crs { layer: layer.name.clone(), source })?;
    let driver = DriverManager::get_driver_by_name("ESRI Shapefile").map_err(words)?;
    let unfinished = folder.path().join(format!("{}.shp", layer.name));
    let mut dataset = driver.create_vector_only(&unfinished).map_err(words)?;
    let options = LayerOptions {
        name: &layer.name,
        srs: Some(&srs),
        ty: OGRwkbGeometryType::wkbPolygon,
        // The date of writing stands in the header; a fixed one keeps the bytes the same.
        options: Some(&["ENCODING=LDID/77", "DBF_DATE_LAST_UPDATE=1970-01-01"]),
    };
    let created = dataset.create_layer(options).map_err(words)?;
    let mut cuts = Cuts::default();
    let widths: Vec<usize> = (0..layer.columns.len()).map(|i| width_of(layer, i)).collect();
    for ((column, name), width) in layer.columns.iter().zip(short_names(&layer.columns)).zip(&widths) {
        let kind = match column.kind {
            FieldKind::Text => OGRFieldType::OFTString,
            FieldKind::Integer => OGRFieldType::OFTInteger64,
            FieldKind::Real => OGRFieldType::OFTReal,
        };
        let field = FieldDefn::new(&name, kind).map_err(words)?;
        match column.kind {
            FieldKind::Text => field.set_width(*width as i32),
            FieldKind::Integer => field.set_width(18),
            FieldKind::Real => {
                field.set_width(24);
                field.set_precision(if column.width == 0 { 6 } else { column.width.min(15) as i32 });
            }
        }
        field.add_to_layer(&created).map_err(words)?;
    }
    for (values, shape) in &layer.rows {
        let mut feature = Feature::new(created.defn()).map_err(words)?;
        for (i, value) in values.iter().enumerate() {
            match value {
                FieldValue::Null => feature.set_field_null(i),
                FieldValue::Integer(v) => feature.set_field_integer64(i, *v),
                FieldValue::Real(v) if v.is_finite() => feature.set_field_double(i, *v),
                FieldValue::Real(_) => feature.set_field_null(i),
                FieldValue::Text(t) => feature.set_field_string(i, &fit(t, widths[i], &mut cuts)),
            }
            .map_err(words)?;
        }
        if let Some(shape) = shape.as_ref().filter(|s| !s.0.is_empty()) {
            let geometry = Geometry::from_wkb(&super::wkb::of_multipolygon(shape)).map_err(words)?;
            feature.set_geometry(geometry).map_err(words)?;
        }
        feature.create(&created).map_err(words)?;
    }
    dataset.close().map_err(words)?;
    finish(folder.path(), dir, layer).map_err(|e| fail(e.to_string()))?;
    Ok(cuts.notes(&layer.name))
}

/// Makes language byte and `.cpg` agree, corrects the extent and moves the files to their place.
fn finish(from: &Path, to: &Path, layer: &OutLayer) -> std::io::Result<()> {
    let name = &layer.name;
    patch(&from.join(format!("{name}.dbf")), LDID_AT, &[LDID_GBK])?;
    std::fs::write(from.join(format!("{name}.cpg")), "GBK")?;
    // GDAL counts a first row without geometry as one at (0, 0).
    let boxes = layer.rows.iter().filter_map(|r| r.1.as_ref().and_then(bounds));
    let extent = boxes.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    let extent: Vec<u8> = extent.unwrap_or([0.0; 4]).into_iter().flat_map(f64::to_le_bytes).collect();
    for ext in ["shp", "shx"] {
        patch(&from.join(format!("{name}.{ext}")), EXTENT_AT, &extent)?;
    }
    for ext in ["shx", "dbf", "prj", "cpg", "shp"] {
        let file = format!("{name}.{ext}");
        if from.join(&file).exists() {
            std::fs::rename(from.join(&file), to.join(&file))?;
        }
    }
    Ok(())
}

fn patch(file: &Path, at: u64, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(file)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What was lost on the way into a DBF.
#[derive(Default)]
struct Cuts {
    cut: usize,
    replaced: usize,
}

impl Cuts {
    fn notes(&self, layer: &str) -> Vec<String> {
        let mut out = Vec::new();
        if self.cut > 0 {
            out.push(format!("shapefile {layer}：{}处文字超过字段长度，已在整字处截断；全文见parcels.gpkg", self.cut));
        }
        if self.replaced > 0 {
            out.push(format!(
                "shapefile {layer}：{}处文字有GBK以外的字，已以“?”代替；原文见parcels.gpkg",
                self.replaced
            ));
        }
        out
    }
}

/// Text that GBK has and the field holds, cut between characters.
fn fit(text: &str, width: usize, cuts: &mut Cuts) -> String {
    let mut replaced = false;
    let mut out = String::new();
    let mut bytes = 0;
    for c in text.chars() {
        let c = if c.is_control() { ' ' } else { c };
        let (c, size) = match size_in_gbk(c) {
            Some(size) => (c, size),
            None => {
                replaced = true;
                ('?', 1)
            }
        };
        if bytes + size > width {
            cuts.cut += 1;
            break;
        }
        bytes += size;
        out.push(c);
    }
    cuts.replaced += usize::from(replaced);
    out
}

fn size_in_gbk(c: char) -> Option<usize> {
    let mut buffer = [0u8; 4];
    let (bytes, _, unmappable): (Cow<'_, [u8]>, _, bool) = GBK.encode(c.encode_utf8(&mut buffer));
    // Four bytes are GB18030's, which code page 936 does not have; the euro sign differs between its versions.
    (!unmappable && bytes.len() <= 2 && c != '€').then_some(bytes.len())
}

fn width_of(layer: &OutLayer, column: usize) -> usize {
    let wanted = layer.columns[column].width;
    if wanted > 0 {
        return wanted.min(MAX_TEXT);
    }
    let size = |v: &FieldValue| match v {
        FieldValue::Text(t) => t.chars().map(|c| size_in_gbk(c).unwrap_or(1)).sum(),
        _ => 0,
    };
    layer.rows.iter().map(|r| size(&r.0[column])).max().unwrap_or(0).clamp(1, MAX_TEXT)
}

/// ASCII names of at most 10 bytes that differ; `F<n>` for columns without one.
fn short_names(columns: &[OutColumn]) -> Vec<String> {
    let names = columns.iter().enumerate().map(|(i, c)| {
        let source = if c.short_name.is_empty() { &c.name } else { &c.short_name };
        let usable = source.is_ascii() && source.starts_with(|c: char| c.is_ascii_alphabetic());
        let clean: String =
            source.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).take(10).collect();
        if usable { clean } else { format!("F{}", i + 1) }
    });
    distinct(names, &[], 10)
}
