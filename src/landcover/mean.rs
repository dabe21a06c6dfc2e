//! Means of 3 x 3 pixels, a row at a time.

use crate::raster::Pixels;
use ndarray::Array2;

/// Means of a row's 3 x 3 neighbourhoods, of the pixels that were seen.
pub(super) struct MeanRow {
    /// `[band][col]`.
    means: Vec<Vec<f32>>,
    columns: Vec<f32>,
    counts: Vec<f32>,
}

impl MeanRow {
    pub(super) fn new(bands: usize, cols: usize) -> MeanRow {
        MeanRow { means: vec![vec![0.0; cols]; bands], columns: vec![0.0; cols], counts: vec![0.0; cols] }
    }

    /// Computes a row.
    pub(super) fn fill(&mut self, pixels: &Pixels, seen: &Array2<u8>, row: usize) {
        let rows = row.saturating_sub(1)..(row + 2).min(pixels.shape().0);
        self.columns.fill(0.0);
        for r in rows.clone() {
            self.columns.iter_mut().zip(seen.row(r)).for_each(|(c, s)| *c += f32::from(*s));
        }
        three(&self.columns, &mut self.counts);
        for (band, means) in pixels.bands.outer_iter().zip(&mut self.means) {
            self.columns.fill(0.0);
            for r in rows.clone() {
                let line = self.columns.iter_mut().zip(band.row(r)).zip(seen.row(r));
                line.for_each(|((c, v), s)| *c += if *s == 1 { *v } else { 0.0 });
            }
            three(&self.columns, means);
            means.iter_mut().zip(&self.counts).for_each(|(m, n)| *m /= n.max(1.0));
        }
    }

    pub(super) fn bands(&self) -> usize {
        self.means.len()
    }

    /// Means of a band.
    pub(super) fn band(&self, band: usize) -> &[f32] {
        &self.means[band]
    }

    /// Mean of a band at a column.
    #[inline(always)]
    pub(super) fn at(&self, band: usize, col: usize) -> f32 {
        self.means[band][col]
    }
}

/// Sums of each column and its neighbours.
fn three(columns: &[f32], out: &mut [f32]) {
    let n = columns.len();
    if n < 2 {
        out.copy_from_slice(columns);
        return;
    }
    for (out, c) in out[1..n - 1].iter_mut().zip(columns.windows(3)) {
        *out = c[0] + c[1] + c[2];
    }
    out[0] = columns[0] + columns[1];
    out[n - 1] = columns[n - 2] + columns[n - 1];
}
