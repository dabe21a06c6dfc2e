//! Counter-based randomness: every value is a hash of a seed and coordinates, so that it is the same in any tile and
//! in any order of computation.
//!
//! The finaliser is SplitMix64 (Steele, Lea, Flood 2014, *Fast splittable pseudorandom number generators*).

/// 64 random bits of two coordinates.
#[inline]
pub fn hash(seed: u64, a: i64, b: i64) -> u64 {
    let a = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let b = (b as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F).rotate_left(31);
    finish(seed ^ a ^ b)
}

#[inline]
fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in `[0, 1)` from 64 random bits.
#[inline]
pub fn unit(h: u64) -> f64 {
    (h >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Largest whole number not above `x`; without SSE4.1 the library's `floor` is a call.
#[inline]
fn floor(x: f64) -> i64 {
    let i = x as i64;
    i - (i as f64 > x) as i64
}

/// Smooth noise in `[-1, 1]` with a lattice of one unit (value noise, Perlin's quintic left at the cubic fade).
#[inline]
pub fn noise(seed: u64, x: f64, y: f64) -> f32 {
    let (i, j) = (floor(x), floor(y));
    let (fx, fy) = ((x - i as f64) as f32, (y - j as f64) as f32);
    let (u, v) = (fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy));
    let at = |a: i64, b: i64| (hash(seed, a, b) >> 40) as f32 * (2.0 / 16_777_216.0) - 1.0;
    let top = at(i, j) + u * (at(i + 1, j) - at(i, j));
    let low = at(i, j + 1) + u * (at(i + 1, j + 1) - at(i, j + 1));
    top + v * (low - top)
}

/// Noise along a line, in `[-1, 1]`.
#[inline]
pub fn noise1(seed: u64, x: f64) -> f64 {
    let xf = x.floor();
    let f = x - xf;
    let at = |a: i64| unit(hash(seed, a, 77)) * 2.0 - 1.0;
    let i = xf as i64;
    at(i) + f * f * (3.0 - 2.0 * f) * (at(i + 1) - at(i))
}

/// Sum of octaves, each half as wide and half as strong; about `[-1, 1]`.
pub fn fractal(seed: u64, x: f64, y: f64, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut scale, mut total) = (0.0f32, 1.0f32, 1.0f64, 0.0f32);
    for o in 0..octaves {
        sum += weight * noise(seed.wrapping_add(o as u64 * 7919), x * scale, y * scale);
        total += weight;
        weight *= 0.5;
        scale *= 2.03;
    }
    sum / total
}

/// About normal noise with sd 1 from 64 random bits: the sum of four 16-bit uniforms.
#[inline]
pub fn gaussian(h: u64) -> f32 {
    let sum = (h & 0xFFFF) + ((h >> 16) & 0xFFFF) + ((h >> 32) & 0xFFFF) + (h >> 48);
    // Four uniforms of width 1 have variance 1/3.
    (sum as f32 * (1.0 / 65_536.0) - 2.0) * 1.732_050_8
}

/// A stream of draws for one object, keyed by what the object is.
#[derive(Clone, Debug)]
pub struct Draws {
    state: u64,
}

impl Draws {
    /// The stream of an object.
    pub fn new(key: u64) -> Draws {
        Draws { state: finish(key ^ 0xD1B5_4A32_D192_ED03) }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        finish(self.state)
    }

    /// A number in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// A number in `[low, high)`.
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// `true` with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// An index below `n` (`n` > 0).
    pub fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n.saturating_sub(1))
    }
}

/// Slow noise on a lattice of `step` metres, kept for one window and read by bilinear interpolation.
///
/// The lattice lies at multiples of `step` (a power of two, so that its inverse is exact), so two windows read the same value at the same place.
pub struct Coarse {
    inverse: f64,
    i0: i64,
    j0: i64,
    cols: usize,
    values: Vec<f32>,
}

impl Coarse {
    /// Evaluates `f(x, y)` over the window `x0..x1, y0..y1` (metres).
    pub fn new(step: f64, (x0, y0): (f64, f64), (x1, y1): (f64, f64), f: impl Fn(f64, f64) -> f32) -> Coarse {
        let (i0, j0) = ((x0 / step).floor() as i64, (y0 / step).floor() as i64);
        let (i1, j1) = ((x1 / step).floor() as i64 + 2, (y1 / step).floor() as i64 + 2);
        let cols = (i1 - i0) as usize;
        let mut values = Vec::with_capacity(cols * (j1 - j0) as usize);
        for j in j0..j1 {
            for i in i0..i1 {
                values.push(f(i as f64 * step, j as f64 * step));
            }
        }
        Coarse { inverse: 1.0 / step, i0, j0, cols, values }
    }

    /// The value at a place of the window.
    #[inline]
    pub fn at(&self, x: f64, y: f64) -> f32 {
        let (gx, gy) = (x * self.inverse, y * self.inverse);
        let (i, j) = (floor(gx), floor(gy));
        let (u, v) = ((gx - i as f64) as f32, (gy - j as f64) as f32);
        let k = (j - self.j0) as usize * self.cols + (i - self.i0) as usize;
        let (a, b) = (self.values[k], self.values[k + 1]);
        let (c, d) = (self.values[k + self.cols], self.values[k + self.cols + 1]);
        let (top, low) = (a + u * (b - a), c + u * (d - c));
        top + v * (low - top)
    }
}
