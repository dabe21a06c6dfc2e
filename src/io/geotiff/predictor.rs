//! One stored row to rows of samples by band: bytes to numbers, predictor undone, bands taken apart, in one pass.
//!
//! # Source
//! TIFF 6.0 (Adobe 1992), section 14; Adobe technical note 3 (floating-point predictor).

use super::structure::Predictor;

/// A pixel type.
pub(super) trait Sample: Copy + Default + PartialEq + Send + Sync + 'static {
    /// Bytes of a sample.
    const BYTES: usize;
    /// Every value is a different 32-bit real, so that values compare as their reals do.
    const EXACT: bool;
    /// The unsigned integer of the same bytes, in which differences wrap.
    type Bits: Copy + Default;
    fn load(bytes: &[u8]) -> Self::Bits;
    fn add(a: Self::Bits, b: Self::Bits) -> Self::Bits;
    fn of(bits: Self::Bits) -> Self;
    /// As GDAL converts.
    fn real(self) -> f32;
    /// As GDAL converts: rounded, and clamped to what the type holds.
    fn from_real(value: f64) -> Self;
    /// The value whose real this is.
    fn exactly(value: f32) -> Option<Self>;
    fn is_finite(self) -> bool;
}

macro_rules! integer {
    ($t:ty, $bits:ty, $exact:expr) => {
        impl Sample for $t {
            const BYTES: usize = size_of::<$t>();
            const EXACT: bool = $exact;
            type Bits = $bits;
            #[inline(always)]
            fn load(bytes: &[u8]) -> $bits {
                <$bits>::from_le_bytes(<[u8; size_of::<$t>()]>::try_from(bytes).unwrap_or_default())
            }
            #[inline(always)]
            fn add(a: $bits, b: $bits) -> $bits {
                a.wrapping_add(b)
            }
            #[inline(always)]
            fn of(bits: $bits) -> $t {
                bits as $t
            }
            #[inline(always)]
            fn real(self) -> f32 {
                self as f32
            }
            fn from_real(value: f64) -> $t {
                // Casts clamp, and turn NaN into 0.
                (if value < 0.0 { (value - 0.5).ceil() } else { (value + 0.5).floor() }) as $t
            }
            fn exactly(value: f32) -> Option<$t> {
                (value as $t as f32 == value).then_some(value as $t)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                true
            }
        }
    };
}

integer!(u8, u8, true);
integer!(i8, u8, true);
integer!(u16, u16, true);
integer!(i16, u16, true);
integer!(u32, u32, false);
integer!(i32, u32, false);

macro_rules! real {
    ($t:ty, $bits:ty, $to:expr) => {
        impl Sample for $t {
            const BYTES: usize = size_of::<$t>();
            const EXACT: bool = false;
            type Bits = $bits;
            #[inline(always)]
            fn load(bytes: &[u8]) -> $bits {
                <$bits>::from_le_bytes(<[u8; size_of::<$t>()]>::try_from(bytes).unwrap_or_default())
            }
            #[inline(always)]
            fn add(a: $bits, b: $bits) -> $bits {
                a.wrapping_add(b)
            }
            #[inline(always)]
            fn of(bits: $bits) -> $t {
                <$t>::from_bits(bits)
            }
            #[inline(always)]
            fn real(self) -> f32 {
                $to(self)
            }
            fn from_real(value: f64) -> $t {
                value as $t
            }
            fn exactly(_: f32) -> Option<$t> {
                None
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                Sample::real(self).is_finite()
            }
        }
    };
}

real!(f32, u32, |v| v);
// Beyond the largest 32-bit real GDAL gives infinity, without rounding first.
real!(f64, u64, |v: f64| if v.abs() > f64::from(f32::MAX) { f32::INFINITY.copysign(v as f32) } else { v as f32 });

/// How a stored row lies in its bytes.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// Samples per pixel.
    pub stride: usize,
    pub predictor: Predictor,
    /// Least significant byte first.
    pub little: bool,
    /// Pixels wanted, from the first; a tile's row may be longer.
    pub cols: usize,
}

/// Takes a stored row apart: band `s` comes to lie in `out` from `s * pitch` on. `raw` is used up.
pub(super) fn take_apart<T: Sample>(raw: &mut [u8], row: Row, scratch: &mut Vec<u8>, out: &mut [T], pitch: usize) {
    if row.predictor == Predictor::Float {
        undo_float::<T>(raw, row.stride, scratch);
    } else if !row.little {
        raw.chunks_exact_mut(T::BYTES).for_each(<[u8]>::reverse);
    }
    let cols = row.cols;
    match (row.predictor, row.stride) {
        (Predictor::Horizontal, 1) => together::<T, 1, true>(raw, cols, out, pitch),
        (Predictor::Horizontal, 2) => together::<T, 2, true>(raw, cols, out, pitch),
        (Predictor::Horizontal, 3) => together::<T, 3, true>(raw, cols, out, pitch),
        (Predictor::Horizontal, 4) => together::<T, 4, true>(raw, cols, out, pitch),
        (Predictor::Horizontal, stride) => band_by_band::<T, true>(raw, stride, cols, out, pitch),
        (_, 1) => together::<T, 1, false>(raw, cols, out, pitch),
        (_, 2) => together::<T, 2, false>(raw, cols, out, pitch),
        (_, 3) => together::<T, 3, false>(raw, cols, out, pitch),
        (_, 4) => together::<T, 4, false>(raw, cols, out, pitch),
        (_, stride) => band_by_band::<T, false>(raw, stride, cols, out, pitch),
    }
}

/// Pixels taken through the inner loops at a time: enough for whole vector registers on their way out.
const STEP: usize = 8;

fn together<T: Sample, const S: usize, const DIFFERENCES: bool>(raw: &[u8], cols: usize, out: &mut [T], pitch: usize) {
    let mut left = [T::Bits::default(); S];
    let size = S * T::BYTES;
    let whole = cols - cols % STEP;
    for (n, bytes) in raw[..whole * size].chunks_exact(STEP * size).enumerate() {
        let bytes = &bytes[..STEP * size];
        let mut bands = [[T::default(); STEP]; S];
        for i in 0..STEP {
            for s in 0..S {
                let at = i * size + s * T::BYTES;
                let bits = T::load(&bytes[at..at + T::BYTES]);
                left[s] = if DIFFERENCES { T::add(left[s], bits) } else { bits };
                bands[s][i] = T::of(left[s]);
            }
        }
        for s in 0..S {
            if let Some(to) = out[s * pitch + n * STEP..].first_chunk_mut::<STEP>() {
                *to = bands[s];
            }
        }
    }
    for (c, bytes) in raw.chunks_exact(size).enumerate().take(cols).skip(whole) {
        for s in 0..S {
            let bits = T::load(&bytes[s * T::BYTES..(s + 1) * T::BYTES]);
            left[s] = if DIFFERENCES { T::add(left[s], bits) } else { bits };
            out[s * pitch + c] = T::of(left[s]);
        }
    }
}

fn band_by_band<T: Sample, const DIFFERENCES: bool>(
    raw: &[u8],
    stride: usize,
    cols: usize,
    out: &mut [T],
    pitch: usize,
) {
    for s in 0..stride {
        let mut left = T::Bits::default();
        let pixels = raw.chunks_exact(stride * T::BYTES);
        for (to, bytes) in out[s * pitch..s * pitch + cols].iter_mut().zip(pixels) {
            let bits = T::load(&bytes[s * T::BYTES..(s + 1) * T::BYTES]);
            left = if DIFFERENCES { T::add(left, bits) } else { bits };
            *to = T::of(left);
        }
    }
}

/// Leaves samples in `raw`, least significant byte first.
fn undo_float<T: Sample>(raw: &mut [u8], stride: usize, scratch: &mut Vec<u8>) {
    for i in stride..raw.len() {
        raw[i] = raw[i].wrapping_add(raw[i - stride]);
    }
    scratch.clear();
    scratch.extend_from_slice(raw);
    let count = raw.len() / T::BYTES;
    for (i, sample) in raw.chunks_exact_mut(T::BYTES).enumerate() {
        for (b, byte) in sample.iter_mut().enumerate() {
            *byte = scratch[(T::BYTES - 1 - b) * count + i];
        }
    }
}
