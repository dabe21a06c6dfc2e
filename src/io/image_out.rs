//! Writing a whole image in the pixel type of the one it was made from.

use super::crs;
use super::source::ImageInfo;
use super::write_error::WriteError;
use crate::grid::Grid;
use crate::raster::Pixels;
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::{Dataset, DriverManager, Metadata};
use std::path::Path;

/// Writes `pixels` as an uncompressed GeoTIFF on `grid`, with the pixel type, band names, nodata values and date of
/// `like`.
///
/// # Nodata
/// Pixels that are not valid get the band's nodata value; without one 0 in integer data (all bands 0 is fill) and NaN in
/// real data. A valid value that rounds to nodata is moved by one, as a provider would.
///
/// # Errors
/// [`WriteError`] when the disk does not take it.
pub fn write_image(path: &Path, grid: &Grid, pixels: &Pixels, like: &ImageInfo) -> Result<(), WriteError> {
    let integer = |low: f64, high: f64| Some((low, high));
    match like.dtype.as_str() {
        "Byte" | "UInt8" => write_as::<u8>(path, grid, pixels, like, integer(0.0, u8::MAX.into()), |v| v as u8),
        "UInt16" => write_as::<u16>(path, grid, pixels, like, integer(0.0, u16::MAX.into()), |v| v as u16),
        "Int16" => write_as::<i16>(path, grid, pixels, like, integer(i16::MIN.into(), i16::MAX.into()), |v| v as i16),
        "UInt32" => write_as::<u32>(path, grid, pixels, like, integer(0.0, u32::MAX.into()), |v| v as u32),
        "Int32" => write_as::<i32>(path, grid, pixels, like, integer(i32::MIN.into(), i32::MAX.into()), |v| v as i32),
        _ => write_as::<f32>(path, grid, pixels, like, None, |v| v as f32),
    }
}

fn write_as<T: GdalType + Copy>(
    path: &Path,
    grid: &Grid,
    pixels: &Pixels,
    like: &ImageInfo,
    range: Option<(f64, f64)>,
    to: impl Fn(f64) -> T,
) -> Result<(), WriteError> {
    super::init_gdal();
    let fail = |_| WriteError::gdal(path);
    let (bands, rows, cols) = pixels.bands.dim();
    let driver = DriverManager::get_driver_by_name("GTiff").map_err(fail)?;
    let options = ["TILED=YES", "INTERLEAVE=BAND", "PHOTOMETRIC=MINISBLACK", "ALPHA=NO", "BIGTIFF=IF_SAFER"];
    let options = RasterCreationOptions::from_iter(options);
    let mut data: Dataset =
        driver.create_with_band_type_with_options::<T, _>(path, cols, rows, bands, &options).map_err(fail)?;
    data.set_geo_transform(&grid.affine.0).map_err(fail)?;
    let srs = crs::spatial_ref(&grid.crs)
        .map_err(|e| WriteError { path: path.display().to_string(), found: e.to_string() })?;
    data.set_spatial_ref(&srs).map_err(fail)?;
    if let Some(date) = &like.date {
        data.set_metadata_item("ACQUISITION_DATE", date, "").map_err(fail)?;
    }
    // Without any declared nodata, integer pixels that are 0 in every band are fill.
    let zero_is_fill = range.is_some() && like.bands.iter().all(|b| b.nodata.is_none());
    for (k, info) in like.bands.iter().enumerate().take(bands) {
        let unseen = info.nodata.unwrap_or(if range.is_some() { 0.0 } else { f64::NAN });
        let taken = info.nodata.or((zero_is_fill && k == 0).then_some(0.0));
        let plane = pixels.bands.index_axis(ndarray::Axis(0), k);
        let values = plane.iter().zip(&pixels.quality).map(|(v, q)| {
            if !q.is_valid() {
                return to(unseen);
            }
            let mut value = f64::from(*v);
            if let Some((low, high)) = range {
                value = value.round().clamp(low, high);
                if taken == Some(value) {
                    value += if value < high { 1.0 } else { -1.0 };
                }
            }
            to(value)
        });
        let mut buffer = Buffer::new((cols, rows), values.collect());
        let mut band = data.rasterband(k + 1).map_err(fail)?;
        let name = if info.name.is_empty() { info.role.map_or("", |r| r.code()) } else { &info.name };
        band.set_description(name).map_err(fail)?;
        band.set_no_data_value(info.nodata).map_err(fail)?;
        band.write((0, 0), (cols, rows), &mut buffer).map_err(fail)?;
    }
    data.flush_cache().map_err(fail)?;
    data.close().map_err(fail)
}
