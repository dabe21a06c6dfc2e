//! What the file says of its pixels: GDAL puts it into a GeoTIFF of one pixel in memory, from which the fields are copied.
//!
//! So reference systems, transforms (rotated ones too), colours and names are written as GDAL writes them.

use super::super::write_error::WriteError;
use super::layout::Field;
use super::sample::Sample;
use crate::grid::Grid;
use gdal::raster::{ColorEntry, ColorTable, PaletteInterpretation, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{DriverManager, Metadata};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Colours; also of the overviews.
const COLOR_MAP: u16 = 320;
/// Nodata value as text; also of the overviews.
const NODATA: u16 = 42113;
/// Fields of the full image only: pixel scale, tie points, transformation, GeoKeys with their numbers and texts, metadata.
const OF_IMAGE: [u16; 7] = [33550, 33922, 34264, 34735, 34736, 34737, 42112];
/// Bytes of a value by its type, TIFF 6.0.
const VALUE_BYTES: [usize; 13] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/// A class of a paletted raster.
pub struct PaletteEntry {
    /// Pixel value.
    pub value: u8,
    /// Colour.
    pub rgb: [u8; 3],
    /// Name, e.g. `vegetation 绿色植被`.
    pub name: String,
}

/// What a raster is.
pub struct RasterSpec<'a> {
    /// File name without folder.
    pub name: &'a str,
    /// Its grid.
    pub grid: &'a Grid,
    /// Description of its band.
    pub description: &'a str,
    /// Nodata value.
    pub nodata: f64,
    /// Colours and names of its values; empty for a measurement.
    pub palette: Vec<PaletteEntry>,
    /// Factor from stored to true values; 1 for classes.
    pub scale: f64,
}

/// Fields copied from GDAL.
pub struct Template {
    /// Of every resolution.
    pub everywhere: Vec<Field>,
    /// Of the full image.
    pub image: Vec<Field>,
}

impl Template {
    /// The fields of a raster; `path` is named in errors.
    pub fn new<T: Sample>(spec: &RasterSpec, path: &Path) -> Result<Template, WriteError> {
        let bytes = one_pixel::<T>(spec).map_err(|_| WriteError::gdal(path))?;
        let damaged = || WriteError { path: path.display().to_string(), found: "no GeoTIFF from GDAL".to_string() };
        let fields = fields(&bytes).ok_or_else(damaged)?;
        let of = |tags: &[u16]| fields.iter().filter(|f| tags.contains(&f.tag)).cloned().collect();
        Ok(Template { everywhere: of(&[COLOR_MAP, NODATA]), image: of(&OF_IMAGE) })
    }
}

/// A GeoTIFF with one pixel of the raster, by GDAL.
fn one_pixel<T: Sample>(spec: &RasterSpec) -> gdal::errors::Result<Vec<u8>> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!("/vsimem/tuban-{}.tif", NUMBER.fetch_add(1, Ordering::Relaxed));
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let options = RasterCreationOptions::from_iter(["BIGTIFF=NO", "ENDIANNESS=LITTLE"]);
    let mut dataset = driver.create_with_band_type_with_options::<T, _>(&name, 1, 1, 1, &options)?;
    dataset.set_geo_transform(&spec.grid.affine.0)?;
    dataset.set_spatial_ref(&SpatialRef::from_wkt(&spec.grid.crs.wkt)?)?;
    let mut band = dataset.rasterband(1)?;
    band.set_description(spec.description)?;
    band.set_no_data_value(Some(spec.nodata))?;
    if spec.palette.is_empty() {
        band.set_scale(spec.scale)?;
        band.set_offset(0.0)?;
    } else {
        let mut table = ColorTable::new(PaletteInterpretation::Rgba);
        for entry in &spec.palette {
            let [r, g, b] = entry.rgb.map(i16::from);
            table.set_color_entry(u16::from(entry.value), &ColorEntry::rgba(r, g, b, 255));
        }
        band.set_color_table(&table);
        for entry in &spec.palette {
            band.set_metadata_item(&format!("CLASS_{}", entry.value), &entry.name, "")?;
        }
    }
    dataset.close()?;
    gdal::vsi::get_vsi_mem_file_bytes_owned(&name)
}

/// The fields of the first directory of a little-endian TIFF.
fn fields(file: &[u8]) -> Option<Vec<Field>> {
    let short = |at: usize| Some(u16::from_le_bytes(file.get(at..at + 2)?.try_into().ok()?));
    let long = |at: usize| Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?) as usize);
    if file.get(..4)? != b"II*\0" {
        return None;
    }
    let directory = long(4)?;
    let field = |k: usize| {
        let at = directory + 2 + 12 * k;
        let (tag, kind, count) = (short(at)?, short(at + 2)?, long(at + 4)?);
        let size = VALUE_BYTES.get(usize::from(kind))? * count;
        let from = if size <= 4 { at + 8 } else { long(at + 8)? };
        Some(Field { tag, kind, count: count as u64, bytes: file.get(from..from + size)?.to_vec() })
    };
    (0..usize::from(short(directory)?)).map(field).collect()
}
