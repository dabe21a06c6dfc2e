//! The residual shift between the dates, measured on the images themselves.
//!
//! Gradient phase correlation on tie tiles: the complex gradient of each tile is squared in angle, so that an edge counts the
//! same whichever side is brighter (a field boundary survives its crop), windowed, and the phase of the cross spectrum gives
//! the shift; the peak is refined by an upsampled Fourier sum. Tiles that disagree with the median are left out.
//!
//! # Source
//! V. Argyriou and T. Vlachos 2006, "A study of sub-pixel motion estimation using phase correlation" (gradient correlation);
//! M. Guizar-Sicairos, S. Thurman, J. Fienup 2008, "Efficient subpixel image registration algorithms" (refinement).

use super::AlignParams;
use crate::raster::Pixels;
use ndarray::Array2;
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
}

/// The shift of the whole pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shift {
    /// Shift of the later image along rows, pixels of the working grid (positive: it lies further down).
    pub rows_px: f64,
    /// Shift along columns, pixels (positive: further right).
    pub cols_px: f64,
    /// Median distance of the agreeing tiles from the shift, pixels.
    pub spread_px: f64,
    /// Tiles measured.
    pub tiles: usize,
    /// Tiles that agree within half a pixel.
    pub agreeing: usize,
    /// `true` when enough tiles agree for the figure to be believed.
    pub resolved: bool,
}

impl Shift {
    /// No tile could be measured.
    pub fn unknown() -> Shift {
        Shift { rows_px: 0.0, cols_px: 0.0, spread_px: 0.0, tiles: 0, agreeing: 0, resolved: false }
    }

    /// Length of the shift, pixels.
    pub fn length_px(&self) -> f64 {
        self.rows_px.hypot(self.cols_px)
    }
}

/// Peaks weaker than this many standard deviations of the correlation surface are noise: among the 65,536 values of a 256 px
/// tile the largest of pure noise is about 4.5; doubling it would lose tiles of gentle terrain.
const LEAST_STRENGTH: f64 = 7.0;
/// Tiles agree when within this distance of the median, pixels.
const AGREE_PX: f64 = 0.5;
/// Pixel fraction of the refined peak.
const UPSAMPLE: f64 = 50.0;
/// Least part of a tile that must be valid at both dates.
const LEAST_VALID: f64 = 0.6;

/// Gradient field with doubled angle, Hann-windowed; bands are scaled to unit spread before they are added.
fn gradient_field(pixels: &Pixels, usable: &Array2<bool>) -> Vec<Complex64> {
    let (bands, rows, cols) = pixels.bands.dim();
    let mut field = vec![Complex64::new(0.0, 0.0); rows * cols];
    for k in 0..bands {
        let band = pixels.bands.index_axis(ndarray::Axis(0), k);
        let mut total = 0.0f64;
        let mut part = vec![Complex64::new(0.0, 0.0); rows * cols];
        for i in 1..rows.saturating_sub(1) {
            for j in 1..cols.saturating_sub(1) {
                let near = [(i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)];
                if !near.iter().all(|p| usable[*p]) {
                    continue;
                }
                let gx = (band[(i, j + 1)] - band[(i, j - 1)]) as f64;
                let gy = (band[(i + 1, j)] - band[(i - 1, j)]) as f64;
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
    for i in 0..rows {
        for j in 0..cols {
            field[i * cols + j] *= hann(i, rows) * hann(j, cols);
        }
    }
    field
}

fn fft2(data: &mut [Complex64], n: usize, direction: FftDirection) {
    let fft = FftPlanner::new().plan_fft(n, direction);
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

/// Shift of one tie tile; `None` where too little is valid or no clear peak stands out.
///
/// # Shapes
/// Both dates `(band, n, n)` on the working grid, `n` a power of two.
pub fn tie_shift(before: &Pixels, after: &Pixels, centre: (f64, f64), params: &AlignParams) -> Option<TieTile> {
    let (rows, cols) = before.shape();
    let n = rows;
    if rows != cols || n < 32 {
        return None;
    }
    let usable = Array2::from_shape_fn((n, n), |p| before.quality[p].is_valid() && after.quality[p].is_valid());
    let valid = usable.iter().filter(|v| **v).count();
    if (valid as f64) < LEAST_VALID * (n * n) as f64 {
        return None;
    }
    let mut a = gradient_field(before, &usable);
    let mut b = gradient_field(after, &usable);
    fft2(&mut a, n, FftDirection::Forward);
    fft2(&mut b, n, FftDirection::Forward);
    // Whitened cross spectrum; a Gaussian keeps the frequencies that sensor and resampling left (sigma a quarter of Nyquist).
    let sigma = n as f64 / 8.0;
    let mut cross: Vec<Complex64> = (0..n * n)
        .map(|k| {
            let (u, v) = (frequency(k / n, n), frequency(k % n, n));
            let c = a[k].conj() * b[k];
            let size = c.norm();
            let low = (-(u * u + v * v) / (2.0 * sigma * sigma)).exp();
            if size > 1e-12 { c / size * low } else { Complex64::new(0.0, 0.0) }
        })
        .collect();
    let spectrum = cross.clone();
    fft2(&mut cross, n, FftDirection::Inverse);
    let (peak, strength) = coarse_peak(&cross, n, params.max_shift_px)?;
    let (d_row, d_col) = refine(&spectrum, n, peak);
    (strength >= LEAST_STRENGTH).then_some(TieTile { row: centre.0, col: centre.1, d_row, d_col, strength })
}

/// The highest value within the search range and how far it stands out of the surface.
fn coarse_peak(surface: &[Complex64], n: usize, max_shift: f64) -> Option<((f64, f64), f64)> {
    let reach = max_shift.min(n as f64 / 4.0);
    let mut best = (f64::NEG_INFINITY, 0usize);
    let (mut sum, mut squares) = (0.0, 0.0);
    for (k, c) in surface.iter().enumerate() {
        sum += c.re;
        squares += c.re * c.re;
        let (u, v) = (frequency(k / n, n), frequency(k % n, n));
        if u.abs() <= reach && v.abs() <= reach && c.re > best.0 {
            best = (c.re, k);
        }
    }
    let count = surface.len() as f64;
    let sd = (squares / count - (sum / count).powi(2)).max(0.0).sqrt();
    (sd > 0.0).then(|| ((frequency(best.1 / n, n), frequency(best.1 % n, n)), (best.0 - sum / count) / sd))
}

/// Upsampled Fourier sum around the coarse peak: the highest of a grid of 1/[`UPSAMPLE`] px within one pixel, found in two
/// steps (tenths first).
fn refine(spectrum: &[Complex64], n: usize, coarse: (f64, f64)) -> (f64, f64) {
    let search = |centre: (f64, f64), step: f64, reach: i32| -> (f64, f64) {
        let size = (2 * reach + 1) as usize;
        let offsets: Vec<f64> = (-reach..=reach).map(|k| k as f64 * step).collect();
        let wave =
            |k: usize, d: f64| Complex64::from_polar(1.0, std::f64::consts::TAU * frequency(k, n) * d / n as f64);
        // Sum over columns first: n x size, then over rows: size x size.
        let mut half = vec![Complex64::new(0.0, 0.0); n * size];
        for (q, dc) in offsets.iter().enumerate() {
            let waves: Vec<Complex64> = (0..n).map(|k| wave(k, centre.1 + dc)).collect();
            for i in 0..n {
                half[i * size + q] = spectrum[i * n..(i + 1) * n].iter().zip(&waves).map(|(s, w)| s * w).sum();
            }
        }
        let mut best = (f64::NEG_INFINITY, centre);
        for dr in &offsets {
            let waves: Vec<Complex64> = (0..n).map(|k| wave(k, centre.0 + dr)).collect();
            for (q, dc) in offsets.iter().enumerate() {
                let value: Complex64 = (0..n).map(|i| half[i * size + q] * waves[i]).sum();
                if value.re > best.0 {
                    best = (value.re, (centre.0 + dr, centre.1 + dc));
                }
            }
        }
        best.1
    };
    let tenth = search(coarse, 0.1, 10);
    search(tenth, 1.0 / UPSAMPLE, 6)
}

fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let m = values.len() / 2;
    if values.len() % 2 == 1 { values[m] } else { (values[m - 1] + values[m]) / 2.0 }
}

/// One shift for the pair: the mean of the tiles within half a pixel of the densest agreement.
///
/// Resolved when at least three tiles (or all of one or two) and 30 % of those measured agree.
pub fn global_shift(tiles: &[TieTile]) -> Shift {
    if tiles.is_empty() {
        return Shift::unknown();
    }
    let near = |p: &TieTile, q: &TieTile| (p.d_row - q.d_row).hypot(p.d_col - q.d_col) <= AGREE_PX;
    let votes = |p: &TieTile| tiles.iter().filter(|q| near(p, q)).count();
    let Some(centre) = tiles.iter().max_by(|p, q| votes(p).cmp(&votes(q)).then(p.strength.total_cmp(&q.strength)))
    else {
        return Shift::unknown();
    };
    let group: Vec<&TieTile> = tiles.iter().filter(|t| near(centre, t)).collect();
    let (rows_px, cols_px) = (
        median(&mut group.iter().map(|t| t.d_row).collect::<Vec<_>>()),
        median(&mut group.iter().map(|t| t.d_col).collect::<Vec<_>>()),
    );
    let mut distances: Vec<f64> = group.iter().map(|t| (t.d_row - rows_px).hypot(t.d_col - cols_px)).collect();
    let agreeing = group.len();
    let enough = agreeing >= 3.min(tiles.len()) && agreeing as f64 >= 0.3 * tiles.len() as f64;
    Shift { rows_px, cols_px, spread_px: median(&mut distances), tiles: tiles.len(), agreeing, resolved: enough }
}
