//! Reading what there is to know of one image: metadata, block table, and a bounded sample of its pixels.

use super::blocks::check_blocks;
use super::records::{BandReport, ImageReport, Measured, Spread};
use crate::grid::{Grid, Window};
use crate::io::source::{ImageInfo, RasterSource};
use crate::io::tiff_layout::read_layout;
use crate::io::{GdalImage, crs};
use crate::raster::{BandRole, Quality};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

/// Windows read at most.
const MOST_WINDOWS: u64 = 48;
/// Values decoded at most, whole blocks counted: a second or two whatever the image.
const MOST_VALUES: u64 = 48_000_000;
/// Pixels of a window.
const WINDOW_PX: usize = 65_536;
/// Values kept per band for the percentiles.
const MOST_KEPT: usize = 200_000;

/// Format by the first bytes: the extension proves nothing.
fn format(path: &Path) -> &'static str {
    let mut head = [0u8; 16];
    let got = std::fs::File::open(path).and_then(|mut f| f.read(&mut head)).unwrap_or(0);
    match &head[..got] {
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => "GeoTIFF",
        [b'I', b'I', 43, 0, ..] | [b'M', b'M', 0, 43, ..] => "BigTIFF",
        h if h.starts_with(b"EHFA_HEADER_TAG") => "ERDAS Imagine",
        h if h.starts_with(b"\x89HDF") => "KEA",
        [0, 0, 0, 12, b'j', b'P', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => "JPEG 2000",
        _ => "ENVI",
    }
}

/// Windows to sample, spread evenly by the golden-ratio sequence; never more than the budget decodes.
pub(super) fn windows(grid: &Grid, block: (usize, usize), bands: usize) -> Vec<Window> {
    // Strips as long as the image are read a few at a time, tiles as squares.
    let strips = block.1 >= grid.cols && grid.cols > 1024;
    let rows = if strips { block.0.clamp(16, 256) } else { 256 }.min(grid.rows);
    let cols = (WINDOW_PX / rows.max(1)).min(grid.cols);
    let (down, across) = (grid.rows.div_ceil(rows) as u64, grid.cols.div_ceil(cols) as u64);
    let all = down.saturating_mul(across);
    let place = |index: u64| {
        let (row, col) = ((index / across) as usize * rows, (index % across) as usize * cols);
        Window { row: row as i64, col: col as i64, rows: rows.min(grid.rows - row), cols: cols.min(grid.cols - col) }
    };
    let cost = |w: &Window| decoded_px(w, grid, block).saturating_mul(bands as u64);
    let (mut chosen, mut values) = (BTreeSet::new(), 0u64);
    let wanted = all.min(MOST_WINDOWS) as usize;
    // Small images: all windows in order; the sequence alone would need many steps to meet the last one.
    let sequence: Vec<u64> = if all <= MOST_WINDOWS {
        (0..all).collect()
    } else {
        (0..MOST_WINDOWS * 2).map(|k| ((k as f64 * 0.618_033_988_749_894_9).fract() * all as f64) as u64).collect()
    };
    for index in sequence {
        let index = index.min(all - 1);
        let next = cost(&place(index));
        if chosen.len() == wanted || (!chosen.is_empty() && values.saturating_add(next) > MOST_VALUES) {
            break;
        }
        if chosen.insert(index) {
            values = values.saturating_add(next);
        }
    }
    chosen.into_iter().map(place).collect()
}

/// Pixels of the blocks that a window touches.
fn decoded_px(w: &Window, grid: &Grid, block: (usize, usize)) -> u64 {
    let cover = |from: i64, to: i64, size: usize, most: usize| {
        let size = size.max(1) as u64;
        let (first, last) = (from as u64 / size, (to as u64 - 1) / size);
        ((last - first + 1) * size).min((most as u64).next_multiple_of(size))
    };
    cover(w.row, w.row_end(), block.0, grid.rows).saturating_mul(cover(w.col, w.col_end(), block.1, grid.cols))
}

/// Spread of sampled values.
fn spread(mut values: Vec<f32>) -> Option<Spread> {
    values.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| values.get(((values.len().saturating_sub(1)) as f64 * share).round() as usize).copied();
    Some(Spread { min: at(0.0)?, p2: at(0.02)?, p50: at(0.5)?, p98: at(0.98)?, max: at(1.0)? })
}

/// Reads the sample of an image.
fn measure(image: &GdalImage) -> (Measured, Vec<Option<Spread>>) {
    let info = image.info();
    let all: Vec<usize> = (0..info.bands.len()).collect();
    let windows = windows(&info.grid, info.block, all.len());
    let pixels: u64 = windows.iter().map(|w| w.pixels() as u64).sum();
    let stride = (pixels as usize / MOST_KEPT).max(1);
    let mut kept: Vec<Vec<f32>> = vec![Vec::new(); all.len()];
    let (mut valid, mut unreadable, mut decoded, mut n) = (0u64, 0u64, 0u64, 0usize);
    let start = Instant::now();
    let mut reading = 0.0;
    for w in &windows {
        let from = start.elapsed();
        let part = image.read(*w, &all);
        reading += (start.elapsed() - from).as_secs_f64();
        decoded += decoded_px(w, &info.grid, info.block);
        for (at, q) in part.quality.indexed_iter() {
            unreadable += u64::from(*q == Quality::Unreadable);
            if !q.is_valid() {
                continue;
            }
            valid += 1;
            n += 1;
            if n % stride == 0 || n == 1 {
                for (k, values) in kept.iter_mut().enumerate() {
                    values.push(part.bands[(k, at.0, at.1)]);
                }
            }
        }
    }
    let percent = |count: u64| count as f64 * 100.0 / pixels.max(1) as f64;
    let measured = Measured {
        windows: windows.len(),
        pixels,
        valid_percent: percent(valid),
        unreadable_percent: percent(unreadable),
        damaged_blocks: image.damaged_blocks(),
        decoded_px_per_s: decoded as f64 / reading.max(1e-6),
    };
    (measured, kept.into_iter().map(spread).collect())
}

fn bits(dtype: &str) -> u64 {
    dtype.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(8)
}

/// Decoded size over file size.
fn ratio(info: &ImageInfo) -> f64 {
    let decoded = info.grid.pixels() as f64 * info.bands.len() as f64 * (bits(&info.dtype) / 8) as f64;
    decoded / info.bytes.max(1) as f64
}

fn extent(grid: &Grid) -> [f64; 4] {
    grid.corners().iter().fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |b, c| {
        [b[0].min(c.0), b[1].min(c.1), b[2].max(c.0), b[3].max(c.1)]
    })
}

fn lonlat(grid: &Grid) -> Option<(f64, f64)> {
    let target = crs::cgcs2000_lonlat().ok()?;
    let (x, y) = grid.affine.to_map(grid.rows as f64 / 2.0, grid.cols as f64 / 2.0);
    crs::Transformer::new(&grid.crs, &target).ok()?.point(x, y)
}

/// Everything about an image.
pub(super) fn look(image: &GdalImage, date: Option<String>, names: Option<&[Option<BandRole>]>) -> ImageReport {
    let info = image.info();
    let (measured, spreads) = measure(image);
    let names = names.filter(|n| n.len() == info.bands.len());
    let bands = info.bands.iter().zip(spreads).enumerate().map(|(i, (band, spread))| BandReport {
        index: band.index,
        name: band.name.clone(),
        role: names.map_or(band.role, |n| n[i]).map(BandRole::code),
        nodata: band.nodata,
        spread,
    });
    let layout = read_layout(image.path()).ok().flatten();
    ImageReport {
        path: info.path.clone(),
        opened: true,
        format: format(image.path()),
        reader: info.reader,
        bytes: info.bytes,
        rows: info.grid.rows,
        cols: info.grid.cols,
        dtype: info.dtype.clone(),
        block: info.block,
        compression: info.compression.clone(),
        compression_ratio: ratio(info),
        bands: bands.collect(),
        crs: info.grid.crs.name.clone(),
        epsg: info.grid.crs.epsg,
        extent: extent(&info.grid),
        lonlat: lonlat(&info.grid),
        gsd_m: info.grid.gsd_mean_m(),
        date: date.or_else(|| info.date.clone()),
        masked: info.masked,
        blocks: layout.as_ref().map(check_blocks),
        measured,
    }
}
