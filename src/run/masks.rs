//! Masks the user gives: files of their own, and quality bands within the images.

use super::geodesy::mover;
use super::images::AlignedPair;
use crate::align::{Date, Displacement, PixelMap};
use crate::grid::{Grid, Window};
use crate::io::GdalImage;
use crate::io::source::{ImageError, QualityBand};
use crate::mask::MaskParams;
use crate::raster::{QaKind, Quality};
use ndarray::{Array2, ArrayView2};
use std::path::PathBuf;
use std::sync::Arc;

/// Points a side at which the reach of a mask is tried.
const TRIES: usize = 64;

/// A mask file and where its pixels lie.
struct MaskFile {
    image: GdalImage,
    band: QualityBand,
    /// By metadata alone.
    planned: PixelMap,
    /// The same moved along with the images.
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
                out.files[which].push(MaskFile { image, band, planned: map.clone(), map });
            }
        }
        Ok(out)
    }

    /// `true` when a date has mask files.
    pub fn any(&self, which: usize) -> bool {
        !self.files[which].is_empty()
    }

    /// Moves a date's masks along with its images (see [`AlignedPair::correct`]); replaces any earlier move.
    pub fn displace(&mut self, which: usize, displacement: &Arc<Displacement>, undo: bool) {
        for file in &mut self.files[which] {
            file.map = file.planned.displaced(displacement, undo);
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

/// Pixels that masks cover, by date (before, after), source (given, detected) and position in [`Quality::UNUSABLE`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaskTally(pub [[[u64; Quality::UNUSABLE.len()]; 2]; 2]);

/// Source of a mask in [`MaskTally`]: files and quality bands.
pub const GIVEN: usize = 0;
/// Source of a mask in [`MaskTally`]: found in the images.
pub const DETECTED: usize = 1;
/// Reasons that only masks give.
const MASKED: [Quality; 4] = [Quality::Cloud, Quality::Shadow, Quality::Saturated, Quality::Snow];

impl MaskTally {
    /// Counts what masks cover in a quality; pixels already covered in `before` are not counted.
    pub fn count(
        &mut self,
        date: usize,
        source: usize,
        quality: ArrayView2<Quality>,
        before: Option<ArrayView2<Quality>>,
    ) {
        for (p, q) in quality.indexed_iter().filter(|(_, q)| MASKED.contains(q)) {
            if before.as_ref().is_none_or(|b| b[p].is_valid())
                && let Some(i) = Quality::UNUSABLE.iter().position(|u| u == q)
            {
                self.0[date][source][i] += 1;
            }
        }
    }

    /// Adds another part of the image.
    pub fn merge(&mut self, other: &MaskTally) {
        let mine = self.0.iter_mut().flatten().flatten();
        mine.zip(other.0.iter().flatten().flatten()).for_each(|(a, b)| *a += b);
    }
}

/// Less of the working grid under a mask than this is said, percent.
const WHOLE_PERCENT: f64 = 99.0;

/// What the reader must know of clouds and masks, Chinese sentences.
pub fn warnings(pair: &AlignedPair, params: &MaskParams, tally: &MaskTally) -> Vec<String> {
    let mut out = Vec::new();
    for note in pair.mask_notes().iter().filter(|n| n.reach_percent < WHOLE_PERCENT) {
        out.push(format!("掩膜 {} 只覆盖工作范围的{:.0}%，其余部分按无掩膜处理", note.path, note.reach_percent));
    }
    let pixels = pair.grid().pixels().max(1) as f64;
    let sky = pair.sky();
    for (which, (date, zh)) in [(Date::Before, "前期"), (Date::After, "后期")].into_iter().enumerate() {
        let percent = |reason: Quality| {
            let at = Quality::UNUSABLE.iter().position(|u| *u == reason);
            at.map_or(0.0, |i| tally.0[which][DETECTED][i] as f64 * 100.0 / pixels)
        };
        let (cloud, shadow) = (percent(Quality::Cloud), percent(Quality::Shadow));
        if cloud > 0.0 {
            let mut text = format!("{zh}影像检测到云，约占{cloud:.2}%");
            match sky.as_ref().and_then(|s| s.weather[which].shadow_offset_m) {
                Some(_) => text += &format!("，云影约占{shadow:.2}%"),
                None => text += "，未能分辨出云影（云影可能被看成变化）",
            }
            out.push(text + "；这些范围记为无法判定，请对照影像核对");
        }
        if sky.as_ref().is_some_and(|s| s.weather[which].hazy) {
            out.push(format!("{zh}影像大范围有薄云或霾，变化结果可靠性降低，建议更换影像"));
        }
        if sky.is_none() && !pair.has_given_mask(date) {
            out.push(match params.detect {
                true => format!("{zh}影像未检测云：缺少蓝、绿、红波段或可用像元过少；云会被看成变化，可给出掩膜"),
                false => format!("{zh}影像未检测云（mask.detect = false），也没有给出掩膜；云会被看成变化"),
            });
        }
    }
    out
}
