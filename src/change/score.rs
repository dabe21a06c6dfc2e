//! Normalised change vector analysis.
//!
//! s = sqrt( sum over bands of ( (before - gain * after - offset) / residual_sd )^2 ), the length of the change vector in units of
//! what the pair's unchanged pixels scatter (W. Malila 1980, change vector analysis; scaled as in A. Singh 1989).

use crate::normalise::Radiometry;
use crate::raster::{Pixels, Quality};
use ndarray::{Array2, Zip};

/// Score per pixel and its joint quality.
///
/// # Shapes
/// `(band, rows, cols)` at both dates, `(rows, cols)` out.
/// # Units
/// No-change standard deviations, >= 0.
/// # Nodata
/// 0 with the joint reason where either date is not valid.
pub fn score(before: &Pixels, after: &Pixels, radiometry: &Radiometry) -> (Array2<f32>, Array2<Quality>) {
    let quality = Zip::from(&before.quality).and(&after.quality).map_collect(|a, b| a.worse(*b));
    let mut squares = Array2::<f32>::zeros(quality.dim());
    for (k, r) in radiometry.bands.iter().enumerate() {
        let (gain, offset) = (r.gain as f32, r.offset as f32);
        let scale = (1.0 / r.residual_sd) as f32;
        let (b, a) = (before.bands.index_axis(ndarray::Axis(0), k), after.bands.index_axis(ndarray::Axis(0), k));
        Zip::from(&mut squares).and(&b).and(&a).for_each(|s, &b, &a| {
            let d = (b - (gain * a + offset)) * scale;
            *s += d * d;
        });
    }
    Zip::from(&mut squares).and(&quality).for_each(|s, q| *s = if q.is_valid() { s.sqrt() } else { 0.0 });
    (squares, quality)
}
