//! One tie tile: how far the later image lies from the earlier one there, and how surely that is told.
//!
//! Gradient phase correlation: the complex gradient of each tile is squared in angle, so that an edge counts the same
//! whichever side is brighter (a field boundary survives its crop), windowed, and the cross spectrum of both dates, partly
//! whitened, is turned back into a correlation surface whose peak is the shift; the peak is refined by an upsampled Fourier
//! sum.
//!
//! # Source
//! V. Argyriou and T. Vlachos 2006, "A study of sub-pixel motion estimation using phase correlation" (gradient correlation);
//! M. Guizar-Sicairos, S. Thurman, J. Fienup 2008, "Efficient subpixel image registration algorithms" (refinement);
//! J. Immerkaer 1996, "Fast noise variance estimation" (the noise that texture has to stand above).

use super::AlignParams;
use crate::raster::Pixels;
use ndarray::{Array2, ArrayView2, Axis};
use rustfft::num_complex::Complex64;
use rustfft::{FftDirection, FftPlanner};
use serde::Serialize;

/// Shift measured on one tie tile: the later image lies `(rows, cols)` further down and right than the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TieTile {
    /// Centre of the tile on the working grid.
    pub row: f64,
    /// Centre of the tile on the working grid.
    pub col: f64,
    /// Measured shift along rows, pixels.
    pub d_row: f64,
    /// Measured shift along columns, pixels.
    pub d_col: f64,
    /// Height of the correlation peak over the rest of the surface, in its standard deviations.
    pub strength: f64,
    /// Whether the shift of the pair rests on it; `false` for a weak tile or one its neighbours contradict.
    pub used: bool,
}

/// Everything a tie tile tells.
#[derive(Clone, Debug)]
pub struct TieMeasure {
    /// The highest peak within the search range, strong or not.
    pub tie: TieTile,
    /// Both dates show structure above their noise, so that a true match had to leave a peak.
    pub textured: bool,
    /// The correlation surface within the search range, `(2 reach + 1)` squared values around no shift in raster order, in
    /// standard deviations of the whole surface.
    pub surface: Vec<f32>,
}

/// Exponent of the whitening: 1 is plain phase correlation, 0 plain correlation. Half of it keeps weak frequencies from
/// shouting: on heavily changed villages (`dsifn`) 4 to 9 of 9 tiles stand out instead of 2 to 8, on Taizhou the tiles scatter
/// no more.
const WHITENING: f64 = 0.5;
/// Spread of the Gaussian over frequencies, as a part of the tile's side: a third of Nyquist, what sensors and resampling
/// leave. Halving it doubles the scatter of the tiles (Taizhou 0.06 to 0.12 px).
const PASS_BAND: f64 = 1.0 / 6.0;
/// Least part of a tile that must be valid at both dates.
const LEAST_VALID: f64 = 0.6;
/// Structure has to spread this many times as wide as noise; pure noise has 1, the calmest tiles of the test pairs 2.5.
const LEAST_TEXTURE: f64 = 2.0;
/// Smallest tile worth correlating, pixels.
const LEAST_SIDE: usize = 32;

/// The search range of a tile of `side` pixels: as asked for, at most a quarter of the tile, beyond which the two windows
/// share too little.
pub fn search_reach(side: usize, params: &AlignParams) -> usize {
    (params.max_shift_px.ceil() as usize).min(side / 4)
}

/// Shift of one tie tile; `None` where too little is valid at both dates.
///
/// # Shapes
/// Both dates `(band, n, n)` on the working grid, `n` a power of two of at least 32.
///
/// # Cost
/// Three Fourier transforms of the tile and two upsampled sums; about 12 ms at 256 px and four bands.
pub fn measure_tie(before: &Pixels, after: &Pixels, centre: (f64, f64), params: &AlignParams) -> Option<TieMeasure> {
    let (rows, cols) = before.shape();
    let n = rows;
    if rows != cols || n < LEAST_SIDE {
        return None;
    }
    let usable = Array2::from_shape_fn((n, n), |p| before.quality[p].is_valid() && after.quality[p].is_valid());
    let valid = usable.iter().filter(|v| **v).count();
    if (valid as f64) < LEAST_VALID * (n * n) as f64 {
        return None;
    }
    let mut a = gradient_field(before, &usable);
    let mut b = gradient_field(after, &usable);
    let mut planner = FftPlanner::new();
    fft2(&mut planner, &mut a, n, FftDirection::Forward);
    fft2(&mut planner, &mut b, n, FftDirection::Forward);
    let sigma = n as f64 * PASS_BAND;
    let pass: Vec<f64> = (0..n).map(|k| (-frequency(k, n).powi(2) / (2.0 * sigma * sigma)).exp()).collect();
    let spectrum: Vec<Complex64> = (0..n * n)
        .map(|k| {
            let c = a[k].conj() * b[k];
            let size = c.norm();
            let low = pass[k / n] * pass[k % n];
            if size > 1e-12 { c * (low * size.powf(-WHITENING)) } else { Complex64::new(0.0, 0.0) }
        })
        .collect();
    let mut correlation = spectrum.clone();
    fft2(&mut planner, &mut correlation, n, FftDirection::Inverse);
    let reach = search_reach(n, params) as i64;
    let (surface, at) = standardised(&correlation, n, reach)?;
    let strength = f64::from(surface[at]);
    let side = 2 * reach as usize + 1;
    let coarse = ((at / side) as f64 - reach as f64, (at % side) as f64 - reach as f64);
    let (d_row, d_col) = refine(&spectrum, n, coarse);
    let tie = TieTile { row: centre.0, col: centre.1, d_row, d_col, strength, used: false };
    Some(TieMeasure { tie, textured: textured(before, &usable) && textured(after, &usable), surface })
}

/// The surface within the search range in its standard deviations, and the place of its highest value.
fn standardised(correlation: &[Complex64], n: usize, reach: i64) -> Option<(Vec<f32>, usize)> {
    let count = correlation.len() as f64;
    let sum: f64 = correlation.iter().map(|c| c.re).sum();
    let squares: f64 = correlation.iter().map(|c| c.re * c.re).sum();
    let mean = sum / count;
    let sd = (squares / count - mean * mean).max(0.0).sqrt();
    if sd <= 0.0 {
        return None;
    }
    let wrap = |d: i64| d.rem_euclid(n as i64) as usize;
    let mut surface = Vec::with_capacity((2 * reach as usize + 1).pow(2));
    let mut best = 0;
    for u in -reach..=reach {
        for v in -reach..=reach {
            surface.push(((correlation[wrap(u) * n + wrap(v)].re - mean) / sd) as f32);
            if surface[surface.len() - 1] > surface[best] {
                best = surface.len() - 1;
            }
        }
    }
    Some((surface, best))
}

/// `true` when some band varies clearly more than its noise.
fn textured(pixels: &Pixels, usable: &Array2<bool>) -> bool {
    pixels.bands.axis_iter(Axis(0)).any(|band| {
        let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for (v, _) in band.iter().zip(usable).filter(|(_, u)| **u) {
            let v = f64::from(*v);
            (n, sum, squares) = (n + 1.0, sum + v, squares + v * v);
        }
        let spread = (squares / n - (sum / n).powi(2)).max(0.0).sqrt();
        // An integer image has at least the noise of rounding, 1/sqrt(12) of a step; of a calibrated one the step is unknown.
        spread > 0.0 && spread >= LEAST_TEXTURE * noise(band, usable)
    })
}

/// Noise of a band: the median size of Immerkaer's mask (difference of two Laplacians, gain 6) over the tile.
fn noise(band: ArrayView2<f32>, usable: &Array2<bool>) -> f64 {
    const MASK: [[f64; 3]; 3] = [[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]];
    let (rows, cols) = band.dim();
    let mut sizes = Vec::new();
    // Every other pixel is plenty for a median.
    for i in (1..rows.saturating_sub(1)).step_by(2) {
        for j in (1..cols.saturating_sub(1)).step_by(2) {
            let near = (0..9).map(|k| (i + k / 3 - 1, j + k % 3 - 1));
            if near.clone().all(|p| usable[p]) {
                let sum: f64 = near.enumerate().map(|(k, p)| MASK[k / 3][k % 3] * f64::from(band[p])).sum();
                sizes.push(sum.abs());
            }
        }
    }
    // 0.6745: median of the size of a standard normal.
    super::robust::median(&mut sizes) / 0.6745 / 6.0
}

/// Gradient field with doubled angle, Hann-windowed; bands are scaled to unit spread before they are added.
fn gradient_field(pixels: &Pixels, usable: &Array2<bool>) -> Vec<Complex64> {
    let (bands, rows, cols) = pixels.bands.dim();
    let mut field = vec![Complex64::new(0.0, 0.0); rows * cols];
    for k in 0..bands {
        let band = pixels.bands.index_axis(Axis(0), k);
        let mut total = 0.0f64;
        let mut part = vec![Complex64::new(0.0, 0.0); rows * cols];
        for i in 1..rows.saturating_sub(1) {
            for j in 1..cols.saturating_sub(1) {
                let near = [(i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)];
                if !near.iter().all(|p| usable[*p]) {
                    continue;
                }
                let gx = f64::from(band[(i, j + 1)] - band[(i, j - 1)]);
                let gy = f64::from(band[(i + 1, j)] - band[(i - 1, j)]);
                let g = Complex64::new(gx, gy);
                let size = g.norm();
                if size > 0.0 {
                    part[i * cols + j] = g * g / size;
                    total += size;
                }
            }
        }
        if total > 0.0 {
            let scale = (rows * cols) as f64 / total;
            field.iter_mut().zip(&part).for_each(|(f, p)| *f += p * scale);
        }
    }
    let hann = |i: usize, n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * (i as f64 + 0.5) / n as f64).cos();
    let across: Vec<f64> = (0..cols).map(|j| hann(j, cols)).collect();
    for i in 0..rows {
        let down = hann(i, rows);
        (0..cols).for_each(|j| field[i * cols + j] *= down * across[j]);
    }
    field
}

fn fft2(planner: &mut FftPlanner<f64>, data: &mut [Complex64], n: usize, direction: FftDirection) {
    let fft = planner.plan_fft(n, direction);
    fft.process(data);
    let mut turned = vec![Complex64::new(0.0, 0.0); n * n];
    transpose(data, &mut turned, n);
    fft.process(&mut turned);
    transpose(&turned, data, n);
}

fn transpose(from: &[Complex64], to: &mut [Complex64], n: usize) {
    for i in 0..n {
        for j in 0..n {
            to[j * n + i] = from[i * n + j];
        }
    }
}

/// Signed frequency of bin `k` of `n`.
fn frequency(k: usize, n: usize) -> f64 {
    if k <= n / 2 { k as f64 } else { k as f64 - n as f64 }
}

/// Upsampled Fourier sum around the coarse peak, in two steps: tenths of a pixel within one pixel, then hundredths. The last
/// step's neighbours give a parabola, whose top is the result.
fn refine(spectrum: &[Complex64], n: usize, coarse: (f64, f64)) -> (f64, f64) {
    let tenth = search(spectrum, n, coarse, 0.1, 10).0;
    let (best, near) = search(spectrum, n, tenth, 0.02, 5);
    let top = |low: f64, mid: f64, high: f64| {
        let bend = low - 2.0 * mid + high;
        if bend < 0.0 { (0.5 * (low - high) / bend).clamp(-0.5, 0.5) * 0.02 } else { 0.0 }
    };
    (best.0 + top(near[1], near[0], near[2]), best.1 + top(near[3], near[0], near[4]))
}

/// Highest value on a grid of `step` pixels within `reach` steps of `centre`: its place, and the values there, one step up,
/// down, left and right (the value itself beyond the grid).
fn search(spectrum: &[Complex64], n: usize, centre: (f64, f64), step: f64, reach: i32) -> ((f64, f64), [f64; 5]) {
    let size = (2 * reach + 1) as usize;
    let offsets: Vec<f64> = (-reach..=reach).map(|k| f64::from(k) * step).collect();
    let waves = |at: f64| -> Vec<Complex64> {
        (0..n).map(|k| Complex64::from_polar(1.0, std::f64::consts::TAU * frequency(k, n) * at / n as f64)).collect()
    };
    // Sum over columns first: n x size, then over rows: size x size.
    let mut half = vec![Complex64::new(0.0, 0.0); n * size];
    for (q, dc) in offsets.iter().enumerate() {
        let wave = waves(centre.1 + dc);
        for i in 0..n {
            half[i * size + q] = spectrum[i * n..(i + 1) * n].iter().zip(&wave).map(|(s, w)| s * w).sum();
        }
    }
    let mut values = Array2::zeros((size, size));
    for (p, dr) in offsets.iter().enumerate() {
        let wave = waves(centre.0 + dr);
        for q in 0..size {
            values[(p, q)] = (0..n).map(|i| half[i * size + q] * wave[i]).sum::<Complex64>().re;
        }
    }
    let mut best = (0, 0);
    for (at, v) in values.indexed_iter() {
        if *v > values[best] {
            best = at;
        }
    }
    let (p, q) = best;
    let value = |i: usize, j: usize| values.get((i, j)).copied().unwrap_or(values[best]);
    let near =
        [values[best], value(p.wrapping_sub(1), q), value(p + 1, q), value(p, q.wrapping_sub(1)), value(p, q + 1)];
    ((centre.0 + offsets[p], centre.1 + offsets[q]), near)
}
