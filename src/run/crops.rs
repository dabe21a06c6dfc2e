//! Cuttings of both images taken while the pass has their pixels at hand, so that the pictures of findings need not read the files
//! again.
//!
//! In: what the pass reads, around every patch of the list and around new works. Out: pixels of a window, the same bits that
//! [`super::AlignedPair::read`] gives; `None` where the cuttings do not cover it. They wait in an unnamed scratch file.

use crate::grid::Window;
use crate::io::WriteError;
use crate::raster::{Pixels, Quality};
use ndarray::{Array2, Array3, s};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Larger cuttings are not kept: their pictures are thinned anyway, and few.
const MOST_SIDE: usize = 700;

/// A cutting: the shown bands of both dates.
pub struct Crop {
    window: Window,
    dates: [Pixels; 2],
}

impl Crop {
    /// The part of `window` that lies in `read`, the window that `both` were read in; `None` when there is none, or it is too large.
    pub fn of(window: Window, read: Window, both: &(Pixels, Pixels), shown: [usize; 3]) -> Option<Crop> {
        let part = window.intersect(&read).filter(|p| p.rows.max(p.cols) <= MOST_SIDE)?;
        let (row, col) = ((part.row - read.row) as usize, (part.col - read.col) as usize);
        let cut = |pixels: &Pixels| {
            let mut bands = Array3::zeros((3, part.rows, part.cols));
            for (k, band) in shown.iter().enumerate() {
                let from = pixels.bands.slice(s![*band, row..row + part.rows, col..col + part.cols]);
                bands.slice_mut(s![k, .., ..]).assign(&from);
            }
            let quality = pixels.quality.slice(s![row..row + part.rows, col..col + part.cols]).to_owned();
            Pixels { bands, quality }
        };
        Some(Crop { window: part, dates: [cut(&both.0), cut(&both.1)] })
    }
}

/// Cuttings being gathered.
pub struct CropSpool {
    file: BufWriter<File>,
    path: PathBuf,
    bytes: u64,
    places: Vec<(Window, u64)>,
}

/// Cuttings ready to be looked at.
pub struct Crops {
    file: Mutex<File>,
    places: Vec<(Window, u64)>,
}

impl CropSpool {
    /// An empty scratch file in `folder`.
    pub fn create(folder: &Path) -> Result<CropSpool, WriteError> {
        let file = tempfile::tempfile_in(folder).map_err(|e| WriteError::io(folder, &e))?;
        Ok(CropSpool { file: BufWriter::new(file), path: folder.to_path_buf(), bytes: 0, places: Vec::new() })
    }

    /// Adds a cutting.
    pub fn add(&mut self, crop: &Crop) -> Result<(), WriteError> {
        let at = self.bytes;
        let mut write = |bytes: &[u8]| {
            self.bytes += bytes.len() as u64;
            self.file.write_all(bytes)
        };
        let mut all = || -> std::io::Result<()> {
            for pixels in &crop.dates {
                pixels.bands.iter().try_for_each(|v| write(&v.to_le_bytes()))?;
                pixels.quality.iter().try_for_each(|q| write(&[*q as u8]))?;
            }
            Ok(())
        };
        all().map_err(|e| WriteError::io(&self.path, &e))?;
        self.places.push((crop.window, at));
        Ok(())
    }

    /// Ends the gathering.
    pub fn finish(self) -> Result<Crops, WriteError> {
        let CropSpool { file, path, places, .. } = self;
        let file = file.into_inner().map_err(|e| WriteError::io(&path, e.error()))?;
        Ok(Crops { file: Mutex::new(file), places })
    }
}

impl Crops {
    /// Red, green and blue of both dates in a window; `None` unless cuttings cover it whole.
    pub fn read(&self, window: Window) -> Option<(Pixels, Pixels)> {
        let blank = || Pixels::unseen(3, window.rows, window.cols, Quality::Outside);
        let mut both = [blank(), blank()];
        let mut left = Array2::from_elem((window.rows, window.cols), true);
        for (place, at) in &self.places {
            let Some(part) = place.intersect(&window) else { continue };
            let to = |whole: &Window| {
                let (row, col) = ((part.row - whole.row) as usize, (part.col - whole.col) as usize);
                s![row..row + part.rows, col..col + part.cols]
            };
            if !left.slice(to(&window)).iter().any(|l| *l) {
                continue;
            }
            for (pixels, crop) in both.iter_mut().zip(self.load(*place, *at)?) {
                pixels.quality.slice_mut(to(&window)).assign(&crop.quality.slice(to(place)));
                for k in 0..3 {
                    let from = crop.bands.index_axis(ndarray::Axis(0), k);
                    let mut band = pixels.bands.index_axis_mut(ndarray::Axis(0), k);
                    band.slice_mut(to(&window)).assign(&from.slice(to(place)));
                }
            }
            left.slice_mut(to(&window)).fill(false);
        }
        let [before, after] = both;
        (!left.iter().any(|l| *l)).then_some((before, after))
    }

    fn load(&self, place: Window, at: u64) -> Option<[Pixels; 2]> {
        let pixels = place.pixels();
        let mut bytes = vec![0u8; 2 * pixels * 13];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(at)).ok()?;
            file.read_exact(&mut bytes).ok()?;
        }
        let date = |bytes: &[u8]| {
            let (values, codes) = bytes.split_at(pixels * 12);
            let values = values.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            let quality = codes.iter().map(|c| Quality::from_number(*c)).collect();
            Some(Pixels {
                bands: Array3::from_shape_vec((3, place.rows, place.cols), values).ok()?,
                quality: Array2::from_shape_vec((place.rows, place.cols), quality).ok()?,
            })
        };
        let (before, after) = bytes.split_at(pixels * 13);
        Some([date(before)?, date(after)?])
    }
}

#[cfg(test)]
mod tests;
