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
use super::spectrum::CrossSpectrum;
use crate::raster::Pixels;
use rustfft::num_complex::Complex32;
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
/// Two and a half Fourier transforms of the tile in single precision and two upsampled sums; about 3 ms at 256 px and four bands.
pub fn measure_tie(before: &Pixels, after: &Pixels, centre: (f64, f64), params: &AlignParams) -> Option<TieMeasure> {
    let (rows, cols) = before.shape();
    let n = rows;
    if rows != cols || n < LEAST_SIDE || !n.is_power_of_two() {
        return None;
    }
    let both = before.quality.iter().zip(&after.quality).map(|(b, a)| b.is_valid() & a.is_valid());
    let usable: Vec<f32> = both.map(|v| f32::from(u8::from(v))).collect();
    if sum(&usable) < LEAST_VALID * (n * n) as f64 {
        return None;
    }
    let open = open(&usable, n);
    let dates = [before, after].map(|d| d.bands.as_standard_layout());
    let bands: [Vec<&[f32]>; 2] =
        [0, 1].map(|d: usize| dates[d].as_slice().unwrap_or_default().chunks_exact(n * n).collect());
    let spectrum = CrossSpectrum::new([gradient_field(&bands[0], &open, n), gradient_field(&bands[1], &open, n)], n);
    let reach = search_reach(n, params);
    let surface = spectrum.surface(reach)?;
    let mut at = 0;
    for (k, v) in surface.iter().enumerate() {
        if *v > surface[at] {
            at = k;
        }
    }
    let strength = f64::from(surface[at]);
    let side = 2 * reach + 1;
    let coarse = ((at / side) as f64 - reach as f64, (at % side) as f64 - reach as f64);
    let (d_row, d_col) = spectrum.refine(coarse);
    let tie = TieTile { row: centre.0, col: centre.1, d_row, d_col, strength, used: false };
    let textured = bands.iter().all(|date| date.iter().any(|band| textured(band, &usable, n)));
    Some(TieMeasure { tie, textured, surface })
}

/// 1 where a pixel and its four neighbours are usable, else 0; 0 along the rim.
fn open(usable: &[f32], n: usize) -> Vec<f32> {
    let mut open = vec![0.0f32; n * n];
    for i in 1..n - 1 {
        let cut = |row: usize, from: usize| &usable[row * n + from..row * n + from + n - 2];
        let (left, middle, right) = (cut(i, 0), cut(i, 1), cut(i, 2));
        let (up, down) = (cut(i - 1, 1), cut(i + 1, 1));
        for (j, to) in open[i * n + 1..(i + 1) * n - 1].iter_mut().enumerate() {
            *to = left[j] * middle[j] * right[j] * up[j] * down[j];
        }
    }
    open
}

/// Sum in a fixed order: eight running sums of every eighth value.
pub(super) fn sum(values: &[f32]) -> f64 {
    let mut lanes = [0.0f32; 8];
    let chunks = values.chunks_exact(8);
    let rest: f64 = chunks.remainder().iter().map(|v| f64::from(*v)).sum();
    for chunk in chunks {
        (0..8).for_each(|l| lanes[l] += chunk[l]);
    }
    lanes.iter().map(|v| f64::from(*v)).sum::<f64>() + rest
}

/// `true` when a band varies clearly more than its noise.
///
/// The noise is the median size of Immerkaer's mask (difference of two Laplacians, gain 6); that it lies low enough is seen by
/// counting. An integer image has at least the noise of rounding, 1/sqrt(12) of a step; of a calibrated one the step is unknown.
fn textured(band: &[f32], usable: &[f32], n: usize) -> bool {
    let (mut count, mut total, mut squares) = (0.0, 0.0, 0.0);
    for (row, seen) in band.chunks_exact(n).zip(usable.chunks_exact(n)) {
        let (mut s, mut q) = ([0.0f64; 8], [0.0f64; 8]);
        for (values, seen) in row.as_chunks::<8>().0.iter().zip(seen.as_chunks::<8>().0) {
            for l in 0..8 {
                let v = f64::from(if seen[l] > 0.0 { values[l] } else { 0.0 });
                s[l] += v;
                q[l] += v * v;
            }
        }
        count += sum(seen);
        total += s.iter().sum::<f64>();
        squares += q.iter().sum::<f64>();
    }
    let spread = (squares / count - (total / count).powi(2)).max(0.0).sqrt();
    // 0.6745: median of the size of a standard normal.
    let limit = (spread / LEAST_TEXTURE * 0.6745 * 6.0) as f32;
    let (mut asked, mut calm) = (0usize, 0usize);
    let (mut down, mut seen) = (vec![0.0f32; n], vec![0.0f32; n]);
    // Every other pixel is plenty for a median.
    for i in (1..n - 1).step_by(2) {
        let [above, own, below] = [i - 1, i, i + 1].map(|r| r * n..(r + 1) * n);
        let rows = band[above.clone()].iter().zip(&band[own.clone()]).zip(&band[below.clone()]);
        down.iter_mut().zip(rows).for_each(|(d, ((a, b), c))| *d = a - 2.0 * b + c);
        let rows = usable[above].iter().zip(&usable[own]).zip(&usable[below]);
        seen.iter_mut().zip(rows).for_each(|(s, ((a, b), c))| *s = a * b * c);
        for (d, s) in down.windows(3).zip(seen.windows(3)).step_by(2) {
            let all = s[0] * s[1] * s[2] > 0.0;
            asked += usize::from(all);
            calm += usize::from(all & ((d[0] - 2.0 * d[1] + d[2]).abs() <= limit));
        }
    }
    spread > 0.0 && calm * 2 >= asked
}

/// Gradient field with doubled angle, Hann-windowed; bands are scaled to unit spread before they are added.
fn gradient_field(bands: &[&[f32]], open: &[f32], n: usize) -> Vec<Complex32> {
    let mut sizes = vec![0.0f32; n - 2];
    let scales: Vec<f32> = bands
        .iter()
        .map(|band| {
            let total: f64 = (1..n - 1)
                .map(|i| {
                    Near::of(band, open, n, i).sizes(&mut sizes);
                    sum(&sizes)
                })
                .sum();
            if total > 0.0 && total.is_finite() { ((n * n) as f64 / total) as f32 } else { 0.0 }
        })
        .collect();
    let hann: Vec<f32> =
        (0..n).map(|k| (0.5 - 0.5 * (std::f64::consts::TAU * (k as f64 + 0.5) / n as f64).cos()) as f32).collect();
    let mut field = vec![Complex32::new(0.0, 0.0); n * n];
    let (mut re, mut im) = (vec![0.0f32; n - 2], vec![0.0f32; n - 2]);
    for i in 1..n - 1 {
        re.fill(0.0);
        im.fill(0.0);
        for (band, scale) in bands.iter().zip(&scales).filter(|(_, s)| **s > 0.0) {
            Near::of(band, open, n, i).add(*scale, &mut re, &mut im);
        }
        for (j, f) in field[i * n + 1..(i + 1) * n - 1].iter_mut().enumerate() {
            let window = hann[i] * hann[j + 1];
            *f = Complex32::new(re[j] * window, im[j] * window);
        }
    }
    field
}

/// What the gradients of a row are made of, from its second pixel to the last but one.
struct Near<'a> {
    left: &'a [f32],
    right: &'a [f32],
    up: &'a [f32],
    down: &'a [f32],
    open: &'a [f32],
}

impl<'a> Near<'a> {
    fn of(band: &'a [f32], open: &'a [f32], n: usize, i: usize) -> Near<'a> {
        let cut = |of: &'a [f32], row: usize, from: usize| &of[row * n + from..row * n + from + n - 2];
        Near {
            left: cut(band, i, 0),
            right: cut(band, i, 2),
            up: cut(band, i - 1, 1),
            down: cut(band, i + 1, 1),
            open: cut(open, i, 1),
        }
    }

    /// Length of every gradient; 0 where it is not open.
    fn sizes(&self, sizes: &mut [f32]) {
        let n = sizes.len();
        let (left, right, up, down) = (&self.left[..n], &self.right[..n], &self.up[..n], &self.down[..n]);
        let open = &self.open[..n];
        for j in 0..n {
            let (gx, gy) = (right[j] - left[j], down[j] - up[j]);
            let size = (gx * gx + gy * gy).sqrt();
            sizes[j] = if open[j] > 0.0 { size } else { 0.0 };
        }
    }

    /// Adds every gradient with doubled angle, `scale` times as long.
    fn add(&self, scale: f32, re: &mut [f32], im: &mut [f32]) {
        let n = re.len().min(im.len());
        let (left, right, up, down) = (&self.left[..n], &self.right[..n], &self.up[..n], &self.down[..n]);
        let (open, re, im) = (&self.open[..n], &mut re[..n], &mut im[..n]);
        for j in 0..n {
            let (gx, gy) = (right[j] - left[j], down[j] - up[j]);
            let size = (gx * gx + gy * gy).sqrt();
            let weight = scale / size;
            let weight = if (open[j] > 0.0) & (size > 0.0) { weight } else { 0.0 };
            re[j] += (gx * gx - gy * gy) * weight;
            im[j] += 2.0 * gx * gy * weight;
        }
    }
}
