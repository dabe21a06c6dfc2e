//! Cells: squares of a few pixels, about 10 m wide, that clouds are looked for in.
//!
//! A cloud is a hundred cells and more; a cell averages away the noise, and everything after it costs next to nothing.
//! Cells are counted from the corner of the working grid, so a cell is the same whatever window it is computed in.

use super::{MaskParams, PairSky};
use crate::raster::{Pixels, Quality, wide_fn};
use ndarray::{Array2, CowArray, Ix2, Ix3};

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
}

/// Everything of one row of cells, kept for the next.
struct Row {
    /// Pixels seen at both dates.
    seen: Vec<f32>,
    /// Of those, pixels at the sensor's maximum.
    saturated: Vec<u32>,
    /// `[date][band]`: sums, then means.
    values: [Vec<Vec<f32>>; 2],
    /// One number per pixel column.
    line: Vec<f32>,
    /// Not 0 where a pixel of the row of cells was not seen at both dates, row by row.
    gaps: Vec<u8>,
    /// Rise of one band each; nothing where it does not count.
    rises: [Vec<f32>; 4],
    /// Darker than expected in every band so far.
    dark: [Vec<bool>; 2],
}

/// Both dates as plain slices.
struct Planes<'a> {
    values: [CowArray<'a, f32, Ix3>; 2],
    quality: [CowArray<'a, Quality, Ix2>; 2],
    width: usize,
}

impl Planes<'_> {
    fn line(&self, date: usize, band: usize, row: usize, cols: usize) -> &[f32] {
        let all = self.values[date].as_slice().unwrap_or_default();
        &all[(band * self.quality[date].nrows() + row) * self.width..][..cols]
    }

    fn quality(&self, date: usize, row: usize, cols: usize) -> &[Quality] {
        &self.quality[date].as_slice().unwrap_or_default()[row * self.width..][..cols]
    }
}

/// Measures the cells of a window that begins at a cell's corner and holds whole cells of `px` pixels a side.
///
/// Sums run down the columns of a cell first, then across: the same order in any window.
pub fn measure(before: &Pixels, after: &Pixels, px: usize, sky: &PairSky, params: &MaskParams) -> Cells {
    let (rows, cols) = (before.shape().0 / px, before.shape().1 / px);
    let bands = before.bands.dim().0;
    let mut out = Cells::unseen(rows, cols);
    if ![before, after].iter().any(|p| p.quality.iter().any(|q| q.is_valid())) {
        return out;
    }
    let saturation = sky.dates.each_ref().map(|d| d.bands.iter().map(|b| b.saturated).collect::<Vec<_>>());
    let may_saturate = saturation.iter().all(|d| d.iter().flatten().count() * 2 > bands);
    let planes = Planes {
        values: [before.bands.as_standard_layout(), after.bands.as_standard_layout()],
        quality: [before.quality.as_standard_layout(), after.quality.as_standard_layout()],
        width: before.shape().1,
    };
    let numbers = || vec![0.0f32; cols];
    let mut row = Row {
        seen: numbers(),
        saturated: vec![0; cols],
        values: [vec![numbers(); bands], vec![numbers(); bands]],
        line: vec![0.0; cols * px],
        gaps: vec![0; cols * px * px],
        rises: [(); 4].map(|()| numbers()),
        dark: [vec![false; cols], vec![false; cols]],
    };
    for i in 0..rows {
        sum(&mut row, &planes, i, px);
        if may_saturate {
            row.saturated.fill(0);
            for r in 0..px {
                add_saturated(&mut row, [before, after], i * px + r, r, px, &saturation);
            }
        }
        finish(&mut out, i, &mut row, px, sky, params);
    }
    out
}

wide_fn!(fn sum(row: &mut Row, planes: &Planes, cells: usize, px: usize) = sum_row);
wide_fn!(fn finish(out: &mut Cells, at: usize, row: &mut Row, px: usize, sky: &PairSky, params: &MaskParams) = judge);

/// Sums the pixels of one row of cells.
#[inline(always)]
fn sum_row(row: &mut Row, planes: &Planes, cells: usize, px: usize) {
    let cols = row.line.len();
    let mut any = 0;
    for (r, gaps) in row.gaps.chunks_exact_mut(cols.max(1)).enumerate() {
        let (b, a) = (planes.quality(0, cells * px + r, cols), planes.quality(1, cells * px + r, cols));
        for ((g, b), a) in gaps.iter_mut().zip(b).zip(a) {
            *g = *b as u8 | *a as u8;
            any |= *g;
        }
    }
    if any == 0 {
        row.seen.fill((px * px) as f32);
    } else {
        row.line.fill(0.0);
        for gaps in row.gaps.chunks_exact(cols) {
            row.line.iter_mut().zip(gaps).for_each(|(n, g)| *n += if *g == 0 { 1.0 } else { 0.0 });
        }
        across(&row.line, px, &mut row.seen);
    }
    for (date, values) in row.values.iter_mut().enumerate() {
        for (band, sums) in values.iter_mut().enumerate() {
            row.line.fill(0.0);
            for r in 0..px {
                let from = planes.line(date, band, cells * px + r, cols);
                if any == 0 {
                    row.line.iter_mut().zip(from).for_each(|(n, v)| *n += v);
                } else {
                    let gaps = &row.gaps[r * cols..][..cols];
                    for ((n, v), g) in row.line.iter_mut().zip(from).zip(gaps) {
                        *n += if *g == 0 { *v } else { 0.0 };
                    }
                }
            }
            across(&row.line, px, sums);
        }
    }
}

/// Sums every `px` numbers.
#[inline(always)]
fn across(line: &[f32], px: usize, sums: &mut [f32]) {
    match px {
        1 => sums.copy_from_slice(&line[..sums.len()]),
        2 => across_fixed::<2>(line, sums),
        5 => across_fixed::<5>(line, sums),
        10 => across_fixed::<10>(line, sums),
        _ => sums.iter_mut().zip(line.chunks_exact(px)).for_each(|(s, part)| *s = part.iter().sum()),
    }
}

#[inline(always)]
fn across_fixed<const PX: usize>(line: &[f32], sums: &mut [f32]) {
    sums.iter_mut().zip(line.as_chunks::<PX>().0).for_each(|(s, part)| *s = part.iter().sum());
}

fn add_saturated(
    row: &mut Row,
    dates: [&Pixels; 2],
    at: usize,
    within: usize,
    px: usize,
    tops: &[Vec<Option<f32>>; 2],
) {
    let cols = row.line.len();
    for c in (0..cols).filter(|c| row.gaps[within * cols + c] == 0) {
        let full = |pixels: &Pixels, tops: &[Option<f32>]| {
            let at_top = tops.iter().enumerate().filter(|(k, t)| t.is_some_and(|t| pixels.bands[(*k, at, c)] >= t));
            at_top.count() * 2 > tops.len()
        };
        row.saturated[c / px] += u32::from(full(dates[0], &tops[0]) && full(dates[1], &tops[1]));
    }
}

/// Decides on one row of cells.
#[inline(always)]
fn judge(out: &mut Cells, at: usize, row: &mut Row, px: usize, sky: &PairSky, params: &MaskParams) {
    let (whole, bands) = ((px * px) as f32, row.values[0].len());
    let limit = params.shadow_percent as f32 / 100.0;
    let bright = params.brightness as f32;
    let r = &sky.roles;
    for mean in row.values.iter_mut().flatten() {
        mean.iter_mut().zip(&row.seen).for_each(|(m, n)| *m /= n);
    }
    let [before, after] = &row.values;
    for (d, (own, other)) in [(before, after), (after, before)].into_iter().enumerate() {
        let date = &sky.dates[d];
        let roles = [Some(r.blue), Some(r.green), Some(r.red), r.nir];
        for (rises, k) in row.rises.iter_mut().zip(roles) {
            match k {
                Some(k) => {
                    rises.iter_mut().zip(&own[k]).zip(&other[k]).for_each(|((x, v), o)| *x = date.rise(k, *v, *o))
                }
                None => rises.fill(0.0),
            }
        }
        row.dark[d].fill(true);
        for k in 0..bands {
            let pairs = row.dark[d].iter_mut().zip(&own[k]).zip(&other[k]);
            pairs.for_each(|((dark, v), o)| *dark &= date.share(k, *v, *o) < limit);
        }
        let (Some(flags), Some(whites)) = (line_of(&mut out.flags[d], at), line_of(&mut out.white[d], at)) else {
            return;
        };
        let [blue, green, red, nir] = &row.rises;
        for c in 0..row.seen.len() {
            let (blue, green, red) = (blue[c], green[c], red[c]);
            let white = blue - red - date.middle;
            let least = blue.min(green).min(red);
            let seen = row.seen[c] * 2.0 >= whole;
            let like_cloud = (blue >= green - GREEN_SLACK) & (nir[c] > NIR_FALL);
            let flag = |set: bool, flag: u8| if set { flag } else { 0 };
            let all = VALID
                | flag(like_cloud & (white > date.threshold) & (least > bright), STRONG)
                | flag(like_cloud & (white > date.threshold / 2.0) & (least > bright / 2.0), WEAK)
                | flag(row.dark[d][c], DARK)
                | flag(row.saturated[c] as f32 * 2.0 > whole, SATURATED);
            flags[c] = flag(seen, all);
            whites[c] = if seen { (white * STEPS).round().clamp(-32_000.0, 32_000.0) as i16 } else { 0 };
        }
    }
    let [before, after] = &mut out.flags;
    let (Some(before), Some(after)) = (line_of(before, at), line_of(after, at)) else { return };
    for (b, a) in before.iter_mut().zip(after) {
        // Beside a cloud of the other date everything is dark.
        let (weak_b, weak_a) = (*b & WEAK != 0, *a & WEAK != 0);
        *b &= if weak_a { !DARK } else { !0 };
        *a &= if weak_b { !DARK } else { !0 };
    }
}

fn line_of<T>(a: &mut Array2<T>, row: usize) -> Option<&mut [T]> {
    a.row_mut(row).into_slice()
}
