//! Writing the images: tiles rendered by several threads in ordered batches, written by one.

use super::SampleError;
use super::params::{Look, SampleParams, Scene};
use super::render::Tile;
use super::sites::Site;
use crate::grid::Window;
use gdal::raster::{Buffer, ColorInterpretation, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Side of a tile of the files and of the work, pixels.
const TILE: usize = 512;

struct Image {
    path: PathBuf,
    data: Dataset,
}

impl Image {
    fn create(path: PathBuf, scene: &Scene, look: Option<&Look>, threads: usize) -> Result<Image, SampleError> {
        let fail = |e| SampleError::gdal(&path, e);
        let driver = DriverManager::get_driver_by_name("GTiff").map_err(fail)?;
        let threads = format!("NUM_THREADS={threads}");
        let mut options = vec!["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE", "ZLEVEL=2"];
        options.extend(["BIGTIFF=IF_SAFER", &threads]);
        if look.is_some() {
            options.extend(["PREDICTOR=2", "PHOTOMETRIC=MINISBLACK", "ALPHA=NO"]);
        }
        let options = RasterCreationOptions::from_iter(options);
        let n = scene.size;
        let mut data = match look {
            Some(_) => driver.create_with_band_type_with_options::<u16, _>(&path, n, n, 4, &options),
            None => driver.create_with_band_type_with_options::<u8, _>(&path, n, n, 1, &options),
        }
        .map_err(fail)?;
        data.set_geo_transform(&scene.geotransform()).map_err(fail)?;
        data.set_spatial_ref(&SpatialRef::from_epsg(4527).map_err(fail)?).map_err(fail)?;
        if let Some(look) = look {
            let (y, m, d) = look.date;
            data.set_metadata_item("TIFFTAG_DATETIME", &format!("{y:04}:{m:02}:{d:02} 11:05:00"), "").map_err(fail)?;
            data.set_metadata_item("ACQUISITION_DATE", &look.iso(), "").map_err(fail)?;
            data.set_metadata_item("TIFFTAG_SOFTWARE", "tuban sample", "").map_err(fail)?;
            for (k, name) in ["blue", "green", "red", "nir"].into_iter().enumerate() {
                let mut band = data.rasterband(k + 1).map_err(fail)?;
                band.set_description(name).map_err(fail)?;
                band.set_no_data_value(Some(0.0)).map_err(fail)?;
                if k == 0 {
                    band.set_color_interpretation(ColorInterpretation::GrayIndex).map_err(fail)?;
                }
            }
        }
        Ok(Image { path, data })
    }

    fn write<T: gdal::raster::GdalType + Copy>(&mut self, w: Window, planes: &[T]) -> Result<(), SampleError> {
        let n = w.pixels();
        for (k, plane) in planes.chunks(n).enumerate() {
            let mut band = self.data.rasterband(k + 1).map_err(|e| SampleError::gdal(&self.path, e))?;
            let mut buffer = Buffer::new((w.cols, w.rows), plane.to_vec());
            band.write((w.col as isize, w.row as isize), (w.cols, w.rows), &mut buffer)
                .map_err(|e| SampleError::gdal(&self.path, e))?;
        }
        Ok(())
    }

    fn close(mut self) -> Result<(), SampleError> {
        self.data.flush_cache().map_err(|e| SampleError::gdal(&self.path, e))?;
        self.data.close().map_err(|e| SampleError::gdal(&self.path, e))
    }
}

/// Renders and writes `before.tif`, `after.tif`, `truth.tif`, `class_before.tif`, `class_after.tif` and, with clouds, `cloud_after.tif`.
pub fn write(
    params: &SampleParams,
    scene: &Scene,
    sites: &[Site],
    dir: &Path,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<[u64; 3], SampleError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(params.threads)
        .build()
        .map_err(|e| SampleError::Threads { wanted: params.threads, why: e.to_string() })?;
    let threads = pool.current_num_threads();
    let mut before = Image::create(dir.join("before.tif"), scene, Some(&scene.before), threads)?;
    let mut after = Image::create(dir.join("after.tif"), scene, Some(&scene.after), threads)?;
    let mut truth = Image::create(dir.join("truth.tif"), scene, None, threads)?;
    let mut classes = [
        Image::create(dir.join("class_before.tif"), scene, None, threads)?,
        Image::create(dir.join("class_after.tif"), scene, None, threads)?,
    ];
    let mut clouds = match scene.cloud_level {
        Some(_) => Some(Image::create(dir.join("cloud_after.tif"), scene, None, threads)?),
        None => None,
    };
    let windows = windows(scene.size);
    let total = (scene.size * scene.size) as u64;
    let (mut done, mut counts) = (0, [0u64; 3]);
    progress("images", 0, total);
    for batch in windows.chunks(threads * 2) {
        let tiles: Vec<Tile> = pool.install(|| batch.par_iter().map(|w| scene.render(*w, sites)).collect());
        for tile in tiles {
            before.write(tile.window, &tile.before)?;
            after.write(tile.window, &tile.after)?;
            truth.write(tile.window, &tile.truth)?;
            for (image, codes) in classes.iter_mut().zip(&tile.classes) {
                image.write(tile.window, codes)?;
            }
            if let Some(image) = &mut clouds {
                image.write(tile.window, &tile.clouds)?;
            }
            tile.truth.iter().for_each(|&t| counts[t as usize] += 1);
            done += tile.window.pixels() as u64;
            progress("images", done, total);
        }
    }
    before.close()?;
    after.close()?;
    truth.close()?;
    classes.into_iter().try_for_each(Image::close)?;
    if let Some(image) = clouds {
        image.close()?;
    }
    Ok(counts)
}

fn windows(size: usize) -> Vec<Window> {
    let mut out = Vec::new();
    for row in (0..size).step_by(TILE) {
        for col in (0..size).step_by(TILE) {
            out.push(Window {
                row: row as i64,
                col: col as i64,
                rows: TILE.min(size - row),
                cols: TILE.min(size - col),
            });
        }
    }
    out
}
