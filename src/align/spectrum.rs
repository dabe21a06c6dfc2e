//! The cross spectrum of two gradient fields, its correlation surface, and the place of a peak to a hundredth of a pixel.
//!
//! Only the real part of the correlation is asked for, and it is made by the Hermitian part of the spectrum, of which half says
//! all: frequencies along columns from 0 to n/2. Everything is kept turned, `[frequency along cols][frequency along rows]`, which
//! saves turning it back.

use super::tie::sum;
use rustfft::num_complex::{Complex32, Complex64};
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Spread of the Gaussian over frequencies, as a part of the tile's side: a third of Nyquist, what sensors and resampling
/// leave. Halving it doubles the scatter of the tiles (Taizhou 0.06 to 0.12 px).
const PASS_BAND: f64 = 1.0 / 6.0;
/// Running sums of a dot product.
const LANES: usize = 8;

/// The whitened cross spectrum, folded.
pub(super) struct CrossSpectrum {
    n: usize,
    fft: Arc<dyn Fft<f32>>,
    /// `[n / 2 + 1][n]`, real and imaginary parts; the highest row frequency of a folded row without its mirror image.
    re: Vec<f32>,
    im: Vec<f32>,
    /// Those mirror images: they belong to the highest row frequency below zero.
    highest: Vec<Complex32>,
    /// Mean and variance of the correlation surface, by Parseval's theorem.
    mean: f64,
    variance: f64,
}

impl CrossSpectrum {
    /// Of the earlier and the later field, `n` x `n`, in raster order.
    pub fn new(fields: [Vec<Complex32>; 2], n: usize) -> CrossSpectrum {
        let fft = FftPlanner::new().plan_fft_forward(n);
        let [a, b] = fields.map(|field| turned_spectrum(field, &*fft, n));
        let sigma = n as f64 * PASS_BAND;
        let pass: Vec<f32> = (0..n).map(|k| (-frequency(k, n).powi(2) / (2.0 * sigma * sigma)).exp() as f32).collect();
        let mut whole = vec![Complex32::new(0.0, 0.0); n * n];
        for (i, ((row, a), b)) in whole.chunks_exact_mut(n).zip(a.chunks_exact(n)).zip(b.chunks_exact(n)).enumerate() {
            for (j, c) in row.iter_mut().enumerate() {
                let (re, im) = (a[j].re * b[j].re + a[j].im * b[j].im, a[j].re * b[j].im - a[j].im * b[j].re);
                let size = (re * re + im * im).sqrt();
                // Divided by the root of its size: a whitening of 1/2, where 1 is plain phase correlation and 0 plain correlation.
                // Half of it keeps weak frequencies from shouting: on heavily changed villages (`dsifn`) 4 to 9 of 9 tiles stand
                // out instead of 2 to 8, on Taizhou the tiles scatter no more.
                let low = if size > 1e-12 { pass[i] * pass[j] / size.sqrt() } else { 0.0 };
                *c = Complex32::new(re * low, im * low);
            }
        }
        CrossSpectrum::folded(&whole, n, fft)
    }

    fn folded(whole: &[Complex32], n: usize, fft: Arc<dyn Fft<f32>>) -> CrossSpectrum {
        let half = n / 2;
        let (mut re, mut im) = (vec![0.0f32; (half + 1) * n], vec![0.0f32; (half + 1) * n]);
        let mut highest = vec![Complex32::new(0.0, 0.0); half + 1];
        let mut power = vec![0.0f32; n];
        let mut variance = 0.0;
        for i in 0..=half {
            let single = i == 0 || i == half;
            let (own, mirror) = (&whole[i * n..(i + 1) * n], &whole[(n - i) % n * n..][..n]);
            let (re, im) = (&mut re[i * n..(i + 1) * n], &mut im[i * n..(i + 1) * n]);
            for j in 0..n {
                let (s, m) = (own[j], mirror[(n - j) % n].conj());
                let both = s + m;
                power[j] = both.norm_sqr();
                (re[j], im[j]) = if single { (s.re, s.im) } else { (both.re, both.im) };
            }
            if !single {
                highest[i] = mirror[half].conj();
                (re[half], im[half]) = (own[half].re, own[half].im);
            }
            variance += sum(&power) * if single { 0.25 } else { 0.5 };
        }
        let mean = f64::from(whole[0].re);
        variance = (variance - mean * mean).max(0.0);
        CrossSpectrum { n, fft, re, im, highest, mean, variance }
    }

    /// The correlation within `reach` of no shift, `(2 reach + 1)` squared values in raster order, in standard deviations of the
    /// whole surface; `None` where it is flat.
    pub fn surface(&self, reach: usize) -> Option<Vec<f32>> {
        let (n, half) = (self.n, self.n / 2);
        let sd = self.variance.sqrt();
        if sd <= 0.0 {
            return None;
        }
        // The inverse transform by the forward one: of the conjugate, of which the real part is the same.
        let parts = self.re.iter().zip(&self.im);
        let mut lines: Vec<Complex32> = parts.map(|(re, im)| Complex32::new(*re, -im)).collect();
        for (line, highest) in lines.chunks_exact_mut(n).zip(&self.highest) {
            line[half] += highest.conj();
        }
        let mut scratch = vec![Complex32::new(0.0, 0.0); self.fft.get_inplace_scratch_len()];
        self.fft.process_with_scratch(&mut lines, &mut scratch);
        let wrap = |k: usize| (n + k - reach) % n;
        let side = 2 * reach + 1;
        let mut surface = Vec::with_capacity(side * side);
        let mut line = vec![Complex32::new(0.0, 0.0); n];
        for u in 0..side {
            line.fill(Complex32::new(0.0, 0.0));
            (0..=half).for_each(|i| line[i] = lines[i * n + wrap(u)]);
            self.fft.process_with_scratch(&mut line, &mut scratch);
            surface.extend((0..side).map(|v| ((f64::from(line[wrap(v)].re) - self.mean) / sd) as f32));
        }
        Some(surface)
    }

    /// Upsampled Fourier sum around the coarse peak, in two steps: tenths of a pixel within one pixel, then hundredths. The last
    /// step's neighbours give a parabola, whose top is the result.
    pub fn refine(&self, coarse: (f64, f64)) -> (f64, f64) {
        let tenth = self.search(coarse, 0.1, 10).0;
        let (best, near) = self.search(tenth, 0.02, 5);
        let top = |low: f64, mid: f64, high: f64| {
            let bend = low - 2.0 * mid + high;
            if bend < 0.0 { (0.5 * (low - high) / bend).clamp(-0.5, 0.5) * 0.02 } else { 0.0 }
        };
        (best.0 + top(near[1], near[0], near[2]), best.1 + top(near[3], near[0], near[4]))
    }

    /// Highest value on a grid of `step` pixels within `reach` steps of `centre`: its place, and the values there, one step up,
    /// down, left and right (the value itself beyond the grid).
    fn search(&self, centre: (f64, f64), step: f64, reach: i32) -> ((f64, f64), [f64; 5]) {
        let (n, half) = (self.n, self.n / 2);
        let size = (2 * reach + 1) as usize;
        let offsets: Vec<f64> = (-reach..=reach).map(|k| f64::from(k) * step).collect();
        // Sum over row frequencies first, (n / 2 + 1) x size, then over column frequencies: size x size.
        let (mut part_re, mut part_im) = (vec![0.0f64; (half + 1) * size], vec![0.0f64; (half + 1) * size]);
        for (p, dr) in offsets.iter().enumerate() {
            let wave = wave(centre.0 + dr, n);
            let at = |k: usize| if k <= half { wave[k] } else { wave[n - k].conj() };
            let (wave_re, wave_im): (Vec<f32>, Vec<f32>) = (0..n).map(|k| (at(k).re as f32, at(k).im as f32)).unzip();
            for i in 0..=half {
                let row = i * n..(i + 1) * n;
                let (mut re, mut im) = dot(&self.re[row.clone()], &self.im[row], &wave_re, &wave_im);
                let (h, w) = (self.highest[i], wave[half].conj());
                re += f64::from(h.re) * w.re - f64::from(h.im) * w.im;
                im += f64::from(h.re) * w.im + f64::from(h.im) * w.re;
                (part_re[i * size + p], part_im[i * size + p]) = (re, im);
            }
        }
        let mut values = vec![0.0f64; size * size];
        for (dc, values) in offsets.iter().zip(values.chunks_exact_mut(size)) {
            let wave = wave(centre.1 + dc, n);
            for (i, w) in wave.iter().enumerate() {
                let (re, im) = (&part_re[i * size..(i + 1) * size], &part_im[i * size..(i + 1) * size]);
                values.iter_mut().zip(re.iter().zip(im)).for_each(|(v, (re, im))| *v += re * w.re - im * w.im);
            }
        }
        // `values` is `[col][row]`.
        let value = |p: usize, q: usize| (p < size && q < size).then(|| values[q * size + p]);
        let mut best = (0, 0);
        for p in 0..size {
            for q in 0..size {
                if values[q * size + p] > values[best.1 * size + best.0] {
                    best = (p, q);
                }
            }
        }
        let (p, q) = best;
        let top = values[q * size + p];
        let beside = [(p.wrapping_sub(1), q), (p + 1, q), (p, q.wrapping_sub(1)), (p, q + 1)];
        let [up, down, left, right] = beside.map(|(p, q)| value(p, q).unwrap_or(top));
        ((centre.0 + offsets[p], centre.1 + offsets[q]), [top, up, down, left, right])
    }
}

/// Sum of products of complex numbers in a fixed order; all slices have one length, a multiple of [`LANES`].
fn dot(re: &[f32], im: &[f32], other_re: &[f32], other_im: &[f32]) -> (f64, f64) {
    let (mut sum_re, mut sum_im) = ([0.0f32; LANES], [0.0f32; LANES]);
    let own = re.chunks_exact(LANES).zip(im.chunks_exact(LANES));
    let other = other_re.chunks_exact(LANES).zip(other_im.chunks_exact(LANES));
    for ((ar, ai), (br, bi)) in own.zip(other) {
        for l in 0..LANES {
            sum_re[l] += ar[l] * br[l] - ai[l] * bi[l];
            sum_im[l] += ar[l] * bi[l] + ai[l] * br[l];
        }
    }
    let total = |lanes: [f32; LANES]| lanes.iter().map(|v| f64::from(*v)).sum();
    (total(sum_re), total(sum_im))
}

/// `exp(2 pi i k at / n)` for `k` from 0 to `n / 2`, from a few of them by multiplication.
fn wave(at: f64, n: usize) -> Vec<Complex64> {
    const NEAR: usize = 16;
    let one = |k: usize| Complex64::from_polar(1.0, std::f64::consts::TAU * k as f64 * at / n as f64);
    let near: Vec<Complex64> = (0..NEAR).map(one).collect();
    let far: Vec<Complex64> = (0..=n / 2 / NEAR).map(|k| one(k * NEAR)).collect();
    (0..=n / 2).map(|k| far[k / NEAR] * near[k % NEAR]).collect()
}

/// Fourier transform, `[frequency along cols][frequency along rows]`.
fn turned_spectrum(mut field: Vec<Complex32>, fft: &dyn Fft<f32>, n: usize) -> Vec<Complex32> {
    let mut scratch = vec![Complex32::new(0.0, 0.0); fft.get_inplace_scratch_len()];
    fft.process_with_scratch(&mut field, &mut scratch);
    let mut turned = vec![Complex32::new(0.0, 0.0); n * n];
    // Squares of 16 x 16 stay in the cache.
    for top in (0..n).step_by(16) {
        for left in (0..n).step_by(16) {
            for j in left..left + 16 {
                let to = &mut turned[j * n + top..j * n + top + 16];
                to.iter_mut().enumerate().for_each(|(k, v)| *v = field[(top + k) * n + j]);
            }
        }
    }
    fft.process_with_scratch(&mut turned, &mut scratch);
    turned
}

/// Signed frequency of bin `k` of `n`.
fn frequency(k: usize, n: usize) -> f64 {
    if k <= n / 2 { k as f64 } else { k as f64 - n as f64 }
}
