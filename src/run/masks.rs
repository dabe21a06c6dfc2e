//! Masks the user gives: files of their own, and quality bands within the images.

use super::images::mover;
use crate::align::{Date, PixelMap};
use crate::grid::{Grid, Window};
use crate::io::GdalImage;
use crate::io::source::{ImageError, QualityBand};
use crate::mask::MaskParams;
use crate::raster::{QaKind, Quality};
use ndarray::Array2;
use std::path::PathBuf;

/// Points a side at which the reach of a mask is tried.
const TRIES: usize = 64;

/// A mask file and where its pixels lie.
struct MaskFile {
    image: GdalImage,
    band: QualityBand,
    map: PixelMap,
}

/// What was understood of a mask file, for the manifest.
#[derive(Clone, Debug, serde::Serialize)]
pub struct MaskNote {
    /// File.
    pub path: String,
    /// `before` or `after`.
    pub date: Date,
    /// Band read, from 1.
    pub band: usize,
    /// How its codes are read.
    pub kind: QaKind,
    /// Part of the working grid that it reaches, percent.
    pub reach_percent: f64,
}

/// The mask files of both dates.
#[derive(Default)]
pub struct GivenMasks {
    files: [Vec<MaskFile>; 2],
    /// What was understood.
    pub notes: Vec<MaskNote>,
    /// How codes are read.
    pub params: MaskParams,
}

impl GivenMasks {
    /// Opens mask files and checks that each reaches the working grid.
    pub fn open(files: [&[PathBuf]; 2], grid: &Grid, params: &MaskParams) -> Result<GivenMasks, ImageError> {
        let mut out = GivenMasks { params: *params, ..GivenMasks::default() };
        for (which, date) in [Date::Before, Date::After].into_iter().enumerate() {
            for path in files[which] {
                let image = GdalImage::open_mask(path)?;
                let info = image.info();
                let Some(band) = info.quality_bands.first().cloned() else { continue };
                let map = match mover(grid, &info.grid) {
                    None => PixelMap::affine(grid, &info.grid),
                    Some(moves) => PixelMap::lattice(grid, &info.grid, &*moves),
                };
                let reach_percent = reach_percent(grid, &map, &info.grid);
                if reach_percent == 0.0 {
                    let date = if date == Date::Before { "before" } else { "after" };
                    return Err(ImageError::MaskElsewhere { path: info.path.clone(), date });
                }
                let (path, index) = (info.path.clone(), band.index);
                out.notes.push(MaskNote { path, date, band: index, kind: band.kind, reach_percent });
                out.files[which].push(MaskFile { image, band, map });
            }
        }
        Ok(out)
    }

    /// `true` when a date has mask files.
    pub fn any(&self, which: usize) -> bool {
        !self.files[which].is_empty()
    }

    /// Moves a date's masks along with its images, working pixels.
    pub fn shift(&mut self, which: usize, rows: f64, cols: f64) {
        for file in &mut self.files[which] {
            let (o, p) = (file.map.at(0.0, 0.0), file.map.at(rows, cols));
            file.map = file.map.offset(p.0 - o.0, p.1 - o.1);
        }
    }

    /// Lays the masks of a date over the quality of a window of the working grid.
    pub fn apply(&self, which: usize, window: Window, quality: &mut Array2<Quality>) {
        for file in &self.files[which] {
            let Some(from) = source_window(&file.map, file.image.info().grid.full(), window) else { continue };
            let codes = file.image.read_codes(from, &file.band);
            for ((i, j), q) in quality.indexed_iter_mut().filter(|(_, q)| q.is_valid()) {
                let (r, c) = file.map.at((window.row + i as i64) as f64 + 0.5, (window.col + j as i64) as f64 + 0.5);
                if !(r.is_finite() && c.is_finite()) {
                    continue;
                }
                let at = (r.floor() as i64 - from.row, c.floor() as i64 - from.col);
                if at.0 >= 0 && at.1 >= 0 {
                    let code = codes.get((at.0 as usize, at.1 as usize));
                    *q = said(&self.params, file.band.kind, code);
                }
            }
        }
    }

    /// Lays the quality bands of an image over the quality of a window of that image.
    pub fn apply_own(&self, image: &GdalImage, window: Window, quality: &mut Array2<Quality>) {
        for band in &image.info().quality_bands {
            let codes = image.read_codes(window, band);
            for (q, code) in quality.iter_mut().zip(&codes).filter(|(q, _)| q.is_valid()) {
                *q = said(&self.params, band.kind, Some(code));
            }
        }
    }
}

/// What a code says; where there is none nothing is said, except that a damaged mask never means a clear sky.
fn said(params: &MaskParams, kind: QaKind, code: Option<&Result<u32, Quality>>) -> Quality {
    match code {
        Some(Ok(value)) => params.quality(kind, *value),
        Some(Err(Quality::Unreadable)) => Quality::Unreadable,
        _ => Quality::Valid,
    }
}

/// Part of the grid that a map leads into a file, percent.
fn reach_percent(grid: &Grid, map: &PixelMap, file: &Grid) -> f64 {
    let hits = (0..TRIES * TRIES).filter(|k| {
        let at = |n: usize, side: usize| (n as f64 + 0.5) * side as f64 / TRIES as f64;
        let (r, c) = map.at(at(k / TRIES, grid.rows), at(k % TRIES, grid.cols));
        r >= 0.0 && c >= 0.0 && r < file.rows as f64 && c < file.cols as f64
    });
    hits.count() as f64 * 100.0 / (TRIES * TRIES) as f64
}

/// The part of a file that a working window falls on.
fn source_window(map: &PixelMap, file: Window, target: Window) -> Option<Window> {
    let (mut lo, mut hi) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    for k in 0..=16 {
        let (u, v) = (target.rows as f64 * k as f64 / 16.0, target.cols as f64 * k as f64 / 16.0);
        let (r0, c0) = (target.row as f64, target.col as f64);
        let (r1, c1) = (target.row_end() as f64, target.col_end() as f64);
        for (row, col) in [(r0 + u, c0), (r0 + u, c1), (r0, c0 + v), (r1, c0 + v)] {
            let (r, c) = map.at(row, col);
            if r.is_finite() && c.is_finite() {
                (lo, hi) = ((lo.0.min(r), lo.1.min(c)), (hi.0.max(r), hi.1.max(c)));
            }
        }
    }
    if !lo.0.is_finite() {
        return None;
    }
    // Clamped first, so that a far window cannot overflow.
    let side = |v: f64, most: usize| v.clamp(-2.0, most as f64 + 2.0) as i64;
    let (row, col) = (side(lo.0.floor() - 1.0, file.rows), side(lo.1.floor() - 1.0, file.cols));
    let (end, right) = (side(hi.0.ceil() + 1.0, file.rows), side(hi.1.ceil() + 1.0, file.cols));
    Window { row, col, rows: (end - row).max(0) as usize, cols: (right - col).max(0) as usize }.intersect(&file)
}
