//! Cells: squares of a few pixels, about 10 m wide, that clouds are looked for in.
//!
//! A cloud is a hundred cells and more; a cell averages away the noise, and everything after it costs next to nothing.
//! Cells are counted from the corner of the working grid, so a cell is the same whatever window it is computed in.

use super::{MaskParams, PairSky};
use crate::raster::Pixels;
use ndarray::{Array2, s};

/// Width of a cell that is aimed at, m; coarser images have cells of one pixel.
const CELL_M: f64 = 10.0;
/// Cells of more pixels than this a side gain nothing.
const MOST_PX: usize = 64;
/// Steps of a stored rise per unit.
pub const STEPS: f32 = 256.0;
/// How far blue may rise less than green in a cloud, units: rounding only; fresh vegetation and algae raise green more.
const GREEN_SLACK: f32 = 0.05;
/// How far near infrared may fall under a cloud, units. Water that comes over land takes it down further.
const NIR_FALL: f32 = -0.5;

/// Seen at both dates on at least half of the cell.
pub const VALID: u8 = 1;
/// White and bright enough for cloud.
pub const STRONG: u8 = 2;
/// Half of that.
pub const WEAK: u8 = 4;
/// Darker than expected in every band.
pub const DARK: u8 = 8;
/// Most bands saturated at both dates.
pub const SATURATED: u8 = 16;

/// Cells of a rectangle, for both dates.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// Flags, before and after.
    pub flags: [Array2<u8>; 2],
    /// Rise of blue over red in 1/256 units, before and after.
    pub white: [Array2<i16>; 2],
}

/// Pixels a cell is wide on a grid of `gsd_m`.
pub fn cell_px(gsd_m: f64) -> usize {
    ((CELL_M / gsd_m + 1e-6) as usize).clamp(1, MOST_PX)
}

impl Cells {
    /// Cells in which nothing was seen.
    pub fn unseen(rows: usize, cols: usize) -> Cells {
        Cells {
            flags: [Array2::zeros((rows, cols)), Array2::zeros((rows, cols))],
            white: [Array2::zeros((rows, cols)), Array2::zeros((rows, cols))],
        }
    }

    /// Cells where a flag is set.
    pub fn where_set(&self, date: usize, flag: u8) -> Array2<bool> {
        self.flags[date].mapv(|f| f & flag != 0)
    }

    /// `true` when no cell has any of these flags at either date.
    pub fn free_of(&self, flags: u8) -> bool {
        self.flags.iter().all(|f| f.iter().all(|v| v & flags == 0))
    }
}

/// Sums of one row of cells.
struct Sums {
    seen: Vec<u32>,
    saturated: Vec<u32>,
    /// `[date][band][cell]`.
    values: [Vec<Vec<f32>>; 2],
}

/// Measures the cells of a window that begins at a cell's corner and holds whole cells of `px` pixels a side.
pub fn measure(before: &Pixels, after: &Pixels, px: usize, sky: &PairSky, params: &MaskParams) -> Cells {
    let (rows, cols) = (before.shape().0 / px, before.shape().1 / px);
    let bands = before.bands.dim().0;
    let mut out = Cells::unseen(rows, cols);
    let saturation = sky.dates.each_ref().map(|d| d.bands.iter().map(|b| b.saturated).collect::<Vec<_>>());
    let may_saturate = saturation.iter().all(|d| d.iter().flatten().count() * 2 > bands);
    for i in 0..rows {
        let mut sums = Sums {
            seen: vec![0; cols],
            saturated: vec![0; cols],
            values: [vec![vec![0.0; cols]; bands], vec![vec![0.0; cols]; bands]],
        };
        for r in i * px..(i + 1) * px {
            let line = s![r, ..cols * px];
            let seen: Vec<bool> = (before.quality.slice(line).iter().zip(after.quality.slice(line)))
                .map(|(b, a)| b.is_valid() && a.is_valid())
                .collect();
            for (n, cell) in sums.seen.iter_mut().zip(seen.chunks(px)) {
                *n += cell.iter().filter(|s| **s).count() as u32;
            }
            for (values, pixels) in sums.values.iter_mut().zip([before, after]) {
                for (k, sum) in values.iter_mut().enumerate() {
                    let line = pixels.bands.slice(s![k, r, ..cols * px]);
                    for (c, (v, ok)) in line.iter().zip(&seen).enumerate() {
                        sum[c / px] += if *ok { *v } else { 0.0 };
                    }
                }
            }
            if may_saturate {
                add_saturated(&mut sums.saturated, [before, after], r, px, &saturation, &seen);
            }
        }
        finish(&mut out, i, &sums, px, sky, params);
    }
    out
}

fn add_saturated(
    into: &mut [u32],
    dates: [&Pixels; 2],
    row: usize,
    px: usize,
    tops: &[Vec<Option<f32>>; 2],
    seen: &[bool],
) {
    for (c, _) in seen.iter().enumerate().filter(|(_, s)| **s) {
        let full = |pixels: &Pixels, tops: &[Option<f32>]| {
            let at_top = tops.iter().enumerate().filter(|(k, t)| t.is_some_and(|t| pixels.bands[(*k, row, c)] >= t));
            at_top.count() * 2 > tops.len()
        };
        into[c / px] += u32::from(full(dates[0], &tops[0]) && full(dates[1], &tops[1]));
    }
}

fn finish(out: &mut Cells, row: usize, sums: &Sums, px: usize, sky: &PairSky, params: &MaskParams) {
    let (whole, bands) = ((px * px) as u32, sums.values[0].len());
    let limit = params.shadow_percent as f32 / 100.0;
    let bright = params.brightness as f32;
    let r = &sky.roles;
    for c in 0..sums.seen.len() {
        if sums.seen[c] * 2 < whole {
            continue;
        }
        let mean = |d: usize, k: usize| sums.values[d][k][c] / sums.seen[c] as f32;
        let mut flags = [VALID; 2];
        for d in 0..2 {
            let date = &sky.dates[d];
            let rise = |k: usize| date.rise(k, mean(d, k), mean(1 - d, k));
            let (blue, green, red) = (rise(r.blue), rise(r.green), rise(r.red));
            let white = blue - red - date.middle;
            let least = blue.min(green).min(red);
            let like_cloud = blue >= green - GREEN_SLACK && r.nir.is_none_or(|k| rise(k) > NIR_FALL);
            if like_cloud && white > date.threshold && least > bright {
                flags[d] |= STRONG;
            }
            if like_cloud && white > date.threshold / 2.0 && least > bright / 2.0 {
                flags[d] |= WEAK;
            }
            if (0..bands).all(|k| date.share(k, mean(d, k), mean(1 - d, k)) < limit) {
                flags[d] |= DARK;
            }
            if sums.saturated[c] * 2 > whole {
                flags[d] |= SATURATED;
            }
            out.white[d][(row, c)] = (white * STEPS).round().clamp(-32_000.0, 32_000.0) as i16;
        }
        for d in 0..2 {
            // Beside a cloud of the other date everything is dark.
            if flags[1 - d] & WEAK != 0 {
                flags[d] &= !DARK;
            }
            out.flags[d][(row, c)] = flags[d];
        }
    }
}
