//! Images: metadata through GDAL, pixels by blocks where the file is a GeoTIFF of a common kind, else through GDAL too.
//!
//! A pool of dataset handles serves the threads: a GDAL dataset may move between threads but not be shared by them.

use super::gdal_env::last_gdal_message;
use super::gdal_meta::{acquisition_date, band_role, open_dataset, read_grid, wavelength_nm};
use super::geotiff::{BlockCache, BlockFile, Expected, Rules};
use super::source::{BandInfo, ImageError, ImageInfo, QualityBand, RasterSource};
use crate::grid::{Grid, Window};
use crate::raster::{MOST_BANDS, Pixels, QaKind, Quality};
use gdal::raster::{ColorInterpretation, GdalDataType};
use gdal::{Dataset, Metadata};
use ndarray::{Array2, s};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A block larger than this cannot be read in windows (a whole image in one strip).
const MOST_BLOCK_MIB: u64 = 512;
/// Decoded blocks an image keeps that shares no cache, bytes.
const OWN_CACHE: usize = 64 << 20;

/// An image on disk.
pub struct GdalImage {
    path: PathBuf,
    info: ImageInfo,
    /// Reads pixels instead of GDAL, where it can.
    blocks: Option<BlockFile>,
    /// 1-based GDAL index of the band whose values say what is valid, if any.
    alpha: Option<usize>,
    /// The file has a mask band shared by all bands.
    file_mask: bool,
    /// All-zero pixels are fill: integer data without any declared nodata or mask.
    zero_is_fill: bool,
    pool: Mutex<Vec<Dataset>>,
    damaged: Mutex<BTreeSet<(usize, usize)>>,
}

impl GdalImage {
    /// Opens an image and checks everything that can be checked without reading pixels.
    pub fn open(path: &Path) -> Result<GdalImage, ImageError> {
        GdalImage::open_as(path, false)
    }

    /// Opens an image that GDAL reads, whatever it is.
    #[cfg(test)]
    pub(super) fn open_through_gdal(path: &Path) -> Result<GdalImage, ImageError> {
        Ok(GdalImage { blocks: None, ..GdalImage::open(path)? })
    }

    /// Opens a raster of codes: palettes are welcome, and its first quality band (by name, else band 1) is the only band.
    pub fn open_mask(path: &Path) -> Result<GdalImage, ImageError> {
        let mut image = GdalImage::open_as(path, true).map_err(|e| match e {
            ImageError::Missing { path } => ImageError::MaskMissing { path },
            other => other,
        })?;
        if image.info.quality_bands.is_empty() {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let kind = QaKind::from_file_name(&name).unwrap_or(QaKind::File);
            let first = image.info.bands.first().map(|b| (b.index, b.nodata));
            let (index, nodata) = first.unwrap_or((1, None));
            image.info.quality_bands.push(QualityBand { index, name, kind, nodata });
        }
        image.info.quality_bands.truncate(1);
        Ok(image)
    }

    fn open_as(path: &Path, codes: bool) -> Result<GdalImage, ImageError> {
        let dataset = open_dataset(path)?;
        let shown = path.display().to_string();
        let count = dataset.raster_count();
        if count == 0 || count > MOST_BANDS {
            return Err(ImageError::BandCount { path: shown, found: count, most: MOST_BANDS });
        }
        let (mut bands, mut alpha, mut dtype, mut block, mut file_mask) =
            (Vec::new(), None, String::new(), (1, 1), false);
        let (mut quality_bands, mut nodata) = (Vec::new(), Vec::new());
        for index in 1..=count {
            let unreadable = |_| ImageError::NotAnImage { path: shown.clone(), found: last_gdal_message() };
            let band = dataset.rasterband(index).map_err(unreadable)?;
            nodata.push(band.no_data_value());
            let interpretation = band.color_interpretation();
            if interpretation == ColorInterpretation::AlphaBand {
                alpha = Some(index);
                continue;
            }
            let name = band.description().unwrap_or_default();
            if let Some(kind) = QaKind::from_band_name(&name) {
                quality_bands.push(QualityBand { index, name, kind, nodata: band.no_data_value() });
                continue;
            }
            if interpretation == ColorInterpretation::PaletteIndex && !codes {
                return Err(ImageError::Palette { path: shown });
            }
            let kind = band.band_type();
            if matches!(kind, GdalDataType::Unknown) || kind.name().starts_with('C') {
                return Err(ImageError::PixelType { path: shown, found: kind.name() });
            }
            let (block_cols, block_rows) = band.block_size();
            let mib = (block_cols as u64 * block_rows as u64 * (kind.bits() as u64 / 8) * count as u64) >> 20;
            if mib > MOST_BLOCK_MIB {
                return Err(ImageError::HugeBlock { path: shown, rows: block_rows, cols: block_cols, mib });
            }
            if bands.is_empty() {
                dtype = kind.name();
                block = (block_rows, block_cols);
                file_mask = band.mask_flags().is_ok_and(|f| f.is_per_dataset() && !f.is_alpha() && !f.is_all_valid());
            }
            let role = band_role(&name, wavelength_nm(&band), interpretation);
            bands.push(BandInfo { index, name, role, nodata: band.no_data_value() });
        }
        if bands.is_empty() && (!codes || quality_bands.is_empty()) {
            return Err(ImageError::BandCount { path: shown, found: 0, most: MOST_BANDS });
        }
        let grid = read_grid(&dataset, &shown)?;
        let masked = alpha.is_some() || file_mask;
        let zero_is_fill = !masked && bands.iter().all(|b| b.nodata.is_none()) && !dtype.starts_with("Float");
        let blocks = if file_mask || codes {
            None
        } else {
            let expected = Expected { rows: grid.rows, cols: grid.cols, bands: count, block, dtype: &dtype };
            let rules = Rules { nodata, alpha: alpha.map(|a| a - 1), zero_is_fill };
            BlockFile::open(path, &expected, rules, Arc::new(BlockCache::new(OWN_CACHE)))
        };
        let info = ImageInfo {
            date: acquisition_date(&dataset),
            compression: dataset.metadata_item("COMPRESSION", "IMAGE_STRUCTURE").unwrap_or_default(),
            bytes: std::fs::metadata(path).map(|m| m.len()).unwrap_or(0),
            path: shown,
            grid,
            bands,
            quality_bands,
            dtype,
            block,
            masked,
            reader: if blocks.is_some() { "blocks" } else { "gdal" },
        };
        Ok(GdalImage {
            path: path.to_path_buf(),
            info,
            blocks,
            alpha,
            file_mask,
            zero_is_fill,
            pool: Mutex::new(vec![dataset]),
            damaged: Mutex::new(BTreeSet::new()),
        })
    }

    /// Shares a cache of decoded blocks with other images.
    pub fn use_cache(&mut self, cache: Arc<BlockCache>) {
        if let Some(blocks) = &mut self.blocks {
            blocks.use_cache(cache);
        }
    }

    /// What is known without reading pixels.
    pub fn info(&self) -> &ImageInfo {
        &self.info
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The parts of the file that what was read so far rests on; `None` where GDAL reads it and does not say.
    pub fn bytes_used(&self) -> Option<Vec<Range<u64>>> {
        self.blocks.as_ref().map(BlockFile::bytes_used)
    }

    /// Blocks `(block row, block column)` that could not be decoded so far.
    pub fn damaged_blocks(&self) -> Vec<(usize, usize)> {
        self.damaged.lock().map(|d| d.iter().copied().collect()).unwrap_or_default()
    }

    /// `false` where a window surely shows nothing, told without reading pixels.
    pub fn may_show(&self, window: Window) -> bool {
        let inside = window.intersect(&self.info.grid.full());
        inside.is_some_and(|inside| self.blocks.as_ref().is_none_or(|b| b.may_show(inside)))
    }

    /// Codes of a quality band in a window, which may reach beyond the grid; `Err` where there is no code, with the reason.
    /// The declared nodata value is no code: the band says nothing there, and neither does this ([`Quality::Outside`]).
    pub fn read_codes(&self, window: Window, band: &QualityBand) -> Array2<Result<u32, Quality>> {
        let mut out = Array2::from_elem((window.rows, window.cols), Err(Quality::Outside));
        let Some(inside) = window.intersect(&self.info.grid.full()) else { return out };
        let at = ((inside.row - window.row) as usize, (inside.col - window.col) as usize);
        let size = (inside.cols, inside.rows);
        let read = self.with_dataset(|ds| {
            let origin = (inside.col as isize, inside.row as isize);
            ds.rasterband(band.index).and_then(|b| b.read_as::<u32>(origin, size, size, None)).ok()
        });
        let buffer = read.flatten();
        let nodata = band.nodata.filter(|n| *n >= 0.0).map(|n| n as u32);
        for i in 0..inside.rows {
            for j in 0..inside.cols {
                out[(at.0 + i, at.1 + j)] = match &buffer {
                    // A damaged mask must not pass for a clear sky.
                    None => Err(Quality::Unreadable),
                    Some(b) => match b.data()[i * inside.cols + j] {
                        v if nodata == Some(v) => Err(Quality::Outside),
                        v => Ok(v),
                    },
                };
            }
        }
        out
    }

    fn with_dataset<T>(&self, work: impl FnOnce(&Dataset) -> T) -> Option<T> {
        let taken = self.pool.lock().ok().and_then(|mut p| p.pop());
        let dataset = match taken {
            Some(d) => d,
            None => open_dataset(&self.path).ok()?,
        };
        let out = work(&dataset);
        if let Ok(mut pool) = self.pool.lock() {
            pool.push(dataset);
        }
        Some(out)
    }

    /// Fills `out` from `inside` (wholly within the grid) at `(row, col)` of `out`; `false` when GDAL could not decode it.
    fn read_part(&self, ds: &Dataset, inside: Window, bands: &[usize], out: &mut Pixels, at: (usize, usize)) -> bool {
        let origin = (inside.col as isize, inside.row as isize);
        let size = (inside.cols, inside.rows);
        let rows = at.0..at.0 + inside.rows;
        let cols = at.1..at.1 + inside.cols;
        let mut zero = vec![self.zero_is_fill; inside.pixels()];
        let mut bad = vec![false; inside.pixels()];
        for (k, &b) in bands.iter().enumerate() {
            let info = &self.info.bands[b];
            let Ok(buffer) = ds.rasterband(info.index).and_then(|band| band.read_as::<f32>(origin, size, size, None))
            else {
                return false;
            };
            let values = buffer.data();
            let nodata = info.nodata.map(|v| v as f32);
            for (i, &v) in values.iter().enumerate() {
                bad[i] |= !v.is_finite() || nodata.is_some_and(|n| v == n);
                zero[i] &= v == 0.0;
            }
            if let Ok(view) = ndarray::ArrayView2::from_shape((inside.rows, inside.cols), values) {
                out.bands.slice_mut(s![k, rows.clone(), cols.clone()]).assign(&view);
            }
        }
        if let Some(mask) = self.mask_values(ds, origin, size) {
            bad.iter_mut().zip(mask).for_each(|(b, m)| *b |= m == 0);
        }
        for (i, (b, z)) in bad.iter().zip(&zero).enumerate() {
            let here = (at.0 + i / inside.cols, at.1 + i % inside.cols);
            let unusable = *b || *z;
            out.quality[here] = if unusable { Quality::Nodata } else { Quality::Valid };
            if unusable {
                out.bands.slice_mut(s![.., here.0, here.1]).fill(0.0);
            }
        }
        true
    }

    fn mask_values(&self, ds: &Dataset, origin: (isize, isize), size: (usize, usize)) -> Option<Vec<u8>> {
        let read = |band: gdal::raster::RasterBand| band.read_as::<u8>(origin, size, size, None).ok();
        let buffer = if let Some(index) = self.alpha {
            read(ds.rasterband(index).ok()?)?
        } else if self.file_mask {
            read(ds.rasterband(1).ok()?.open_mask_band().ok()?)?
        } else {
            return None;
        };
        Some(buffer.data().to_vec())
    }

    /// Reads block by block, so that a damaged block costs only its own pixels.
    fn read_by_blocks(&self, ds: &Dataset, inside: Window, bands: &[usize], out: &mut Pixels, at: (usize, usize)) {
        let (block_rows, block_cols) = self.info.block;
        let (first_row, last_row) = (inside.row as usize / block_rows, (inside.row_end() as usize - 1) / block_rows);
        let (first_col, last_col) = (inside.col as usize / block_cols, (inside.col_end() as usize - 1) / block_cols);
        for i in first_row..=last_row {
            for j in first_col..=last_col {
                self.read_block(Some(ds), (i, j), inside, bands, out, at);
            }
        }
    }

    /// Reads what of a block lies in `inside`, or says that it is damaged.
    fn read_block(
        &self,
        ds: Option<&Dataset>,
        (i, j): (usize, usize),
        inside: Window,
        bands: &[usize],
        out: &mut Pixels,
        at: (usize, usize),
    ) {
        let (rows, cols) = self.info.block;
        let block = Window { row: (i * rows) as i64, col: (j * cols) as i64, rows, cols };
        let Some(part) = block.intersect(&inside) else { return };
        let to = (at.0 + (part.row - inside.row) as usize, at.1 + (part.col - inside.col) as usize);
        if ds.is_some_and(|ds| self.read_part(ds, part, bands, out, to)) {
            return;
        }
        out.quality.slice_mut(s![to.0..to.0 + part.rows, to.1..to.1 + part.cols]).fill(Quality::Unreadable);
        out.bands.slice_mut(s![.., to.0..to.0 + part.rows, to.1..to.1 + part.cols]).fill(0.0);
        if let Ok(mut damaged) = self.damaged.lock() {
            damaged.insert((i, j));
        }
    }
}

impl RasterSource for GdalImage {
    fn grid(&self) -> &Grid {
        &self.info.grid
    }

    fn read(&self, window: Window, bands: &[usize]) -> Pixels {
        let inside = window.intersect(&self.info.grid.full());
        // Wholly inside every pixel is set by the blocks.
        let mut out = match self.blocks.is_some() && inside == Some(window) {
            true => Pixels::unset(bands.len(), window.rows, window.cols),
            false => Pixels::unseen(bands.len(), window.rows, window.cols, Quality::Outside),
        };
        let Some(inside) = inside else { return out };
        let at = ((inside.row - window.row) as usize, (inside.col - window.col) as usize);
        if let Some(blocks) = &self.blocks {
            let samples: Vec<usize> = bands.iter().map(|b| self.info.bands[*b].index - 1).collect();
            let damaged = blocks.read(inside, &samples, &mut out, at);
            if !damaged.is_empty() {
                // GDAL has the last word on what cannot be read.
                let retry = |ds: Option<&Dataset>, out: &mut Pixels| {
                    damaged.iter().for_each(|b| self.read_block(ds, *b, inside, bands, out, at));
                };
                if self.with_dataset(|ds| retry(Some(ds), &mut out)).is_none() {
                    retry(None, &mut out);
                }
            }
            return out;
        }
        let done = self.with_dataset(|ds| {
            if !self.read_part(ds, inside, bands, &mut out, at) {
                self.read_by_blocks(ds, inside, bands, &mut out, at);
            }
        });
        if done.is_none() {
            out.quality.slice_mut(s![at.0..at.0 + inside.rows, at.1..at.1 + inside.cols]).fill(Quality::Unreadable);
        }
        out
    }
}
