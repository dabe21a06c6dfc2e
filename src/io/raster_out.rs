//! Writing rasters: tiles in any order into a scratch GeoTIFF, then one cloud-optimised copy.

use super::gdal_env::last_gdal_message;
use crate::grid::{Grid, Window};
use gdal::cpl::CslStringList;
use gdal::raster::{Buffer, ColorEntry, ColorTable, GdalType, PaletteInterpretation, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: cannot be written ({found}); free disk space or choose another --out")]
pub struct WriteError {
    /// File.
    pub path: String,
    /// What the system said.
    pub found: String,
}

impl WriteError {
    /// A failure of the operating system.
    pub fn io(path: &Path, error: &std::io::Error) -> WriteError {
        WriteError { path: path.display().to_string(), found: error.to_string() }
    }

    /// A failure inside GDAL.
    pub fn gdal(path: &Path) -> WriteError {
        WriteError { path: path.display().to_string(), found: last_gdal_message() }
    }
}

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

/// A raster being written.
pub struct RasterOut {
    scratch: PathBuf,
    dataset: Dataset,
    measurement: bool,
}

impl RasterOut {
    /// Starts the scratch file of a raster in `folder`.
    pub fn create<T: GdalType>(folder: &Path, spec: &RasterSpec) -> Result<RasterOut, WriteError> {
        let scratch = folder.join(format!("{}.scratch", spec.name));
        let fail = |_| WriteError::gdal(&scratch);
        let driver = DriverManager::get_driver_by_name("GTiff").map_err(fail)?;
        let options =
            RasterCreationOptions::from_iter(["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "BIGTIFF=IF_SAFER"]);
        let grid = spec.grid;
        let mut dataset = driver
            .create_with_band_type_with_options::<T, _>(&scratch, grid.cols, grid.rows, 1, &options)
            .map_err(fail)?;
        dataset.set_geo_transform(&grid.affine.0).map_err(fail)?;
        let srs = SpatialRef::from_wkt(&grid.crs.wkt).map_err(fail)?;
        dataset.set_spatial_ref(&srs).map_err(fail)?;
        let mut band = dataset.rasterband(1).map_err(fail)?;
        band.set_description(spec.description).map_err(fail)?;
        band.set_no_data_value(Some(spec.nodata)).map_err(fail)?;
        if spec.palette.is_empty() {
            band.set_scale(spec.scale).map_err(fail)?;
            band.set_offset(0.0).map_err(fail)?;
        } else {
            let mut table = ColorTable::new(PaletteInterpretation::Rgba);
            for entry in &spec.palette {
                let [r, g, b] = entry.rgb.map(i16::from);
                table.set_color_entry(u16::from(entry.value), &ColorEntry::rgba(r, g, b, 255));
            }
            band.set_color_table(&table);
            for entry in &spec.palette {
                band.set_metadata_item(&format!("CLASS_{}", entry.value), &entry.name, "").map_err(fail)?;
            }
        }
        Ok(RasterOut { scratch, dataset, measurement: spec.palette.is_empty() })
    }

    /// Writes a window.
    pub fn write<T: GdalType + Copy>(&mut self, window: Window, values: Array2<T>) -> Result<(), WriteError> {
        let size = (window.cols, window.rows);
        let mut buffer = Buffer::new(size, values.into_raw_vec_and_offset().0);
        let mut band = self.dataset.rasterband(1).map_err(|_| WriteError::gdal(&self.scratch))?;
        band.write((window.col as isize, window.row as isize), size, &mut buffer)
            .map_err(|_| WriteError::gdal(&self.scratch))
    }

    /// Turns the scratch file into a cloud-optimised GeoTIFF at `target` and removes it.
    pub fn finish(self, target: &Path, threads: usize) -> Result<(), WriteError> {
        let RasterOut { scratch, mut dataset, measurement } = self;
        dataset.flush_cache().map_err(|_| WriteError::gdal(&scratch))?;
        let cog = DriverManager::get_driver_by_name("COG").map_err(|_| WriteError::gdal(target))?;
        let mut options = CslStringList::new();
        let mut set = |key: &str, value: &str| options.set_name_value(key, value).map_err(|_| WriteError::gdal(target));
        set("COMPRESS", "DEFLATE")?;
        set("BLOCKSIZE", "512")?;
        set("BIGTIFF", "IF_SAFER")?;
        set("NUM_THREADS", &threads.to_string())?;
        set("OVERVIEW_RESAMPLING", if measurement { "AVERAGE" } else { "NEAREST" })?;
        if measurement {
            set("PREDICTOR", "YES")?;
        }
        let options = gdal::raster::RasterCreationOptions::from_iter(options.iter().map(|e| e.to_string()));
        let copy = dataset.create_copy(&cog, target, &options).map_err(|_| WriteError::gdal(target))?;
        copy.close().map_err(|_| WriteError::gdal(target))?;
        drop(dataset);
        std::fs::remove_file(&scratch).map_err(|e| WriteError::io(&scratch, &e))
    }
}
