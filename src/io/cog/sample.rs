//! What the pixels of a raster may be.

use gdal::raster::GdalType;

/// A type of pixel that can be written.
pub trait Sample: GdalType + Copy + Eq + Ord + Send + Sync + 'static {
    /// Bytes of a pixel.
    const BYTES: usize;
    /// The value nearest to a number.
    fn of(value: f64) -> Self;
    /// As a whole number.
    fn whole(self) -> u32;
    /// From a whole number in range.
    fn from_whole(value: u32) -> Self;
    /// Bytes of a row, lowest first; with `differences` every pixel but the first as its difference from the one before it
    /// (TIFF's horizontal predictor).
    fn store(row: &[Self], differences: bool, out: &mut [u8]);
}

impl Sample for u8 {
    const BYTES: usize = 1;

    fn of(value: f64) -> u8 {
        value as u8
    }

    fn whole(self) -> u32 {
        u32::from(self)
    }

    fn from_whole(value: u32) -> u8 {
        value as u8
    }

    fn store(row: &[u8], differences: bool, out: &mut [u8]) {
        out[..row.len()].copy_from_slice(row);
        if differences {
            out[1..].iter_mut().zip(row.windows(2)).for_each(|(o, w)| *o = w[1].wrapping_sub(w[0]));
        }
    }
}

impl Sample for u16 {
    const BYTES: usize = 2;

    fn of(value: f64) -> u16 {
        value as u16
    }

    fn whole(self) -> u32 {
        u32::from(self)
    }

    fn from_whole(value: u32) -> u16 {
        value as u16
    }

    fn store(row: &[u16], differences: bool, out: &mut [u8]) {
        let pairs = out.chunks_exact_mut(2);
        if !differences {
            return pairs.zip(row).for_each(|(o, v)| o.copy_from_slice(&v.to_le_bytes()));
        }
        pairs.zip(row.first()).for_each(|(o, v)| o.copy_from_slice(&v.to_le_bytes()));
        out[2..].chunks_exact_mut(2).zip(row.windows(2)).for_each(|(o, w)| {
            o.copy_from_slice(&w[1].wrapping_sub(w[0]).to_le_bytes());
        });
    }
}
