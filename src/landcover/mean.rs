//! Means of 3 x 3 pixels, a row at a time.

use crate::raster::{Pixels, wide_fn};
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
        let (_, rows, cols) = pixels.bands.dim();
        let (Some(bands), Some(seen)) = (pixels.bands.as_slice(), seen.as_slice()) else { return };
        let around = row.saturating_sub(1)..(row + 2).min(rows);
        let line = |of: usize| of * cols..(of + 1) * cols;
        self.columns.fill(0.0);
        around.clone().for_each(|r| count(&seen[line(r)], &mut self.columns));
        three(&self.columns, &mut self.counts);
        for (band, means) in self.means.iter_mut().enumerate() {
            self.columns.fill(0.0);
            around.clone().for_each(|r| add(&bands[line(band * rows + r)], &seen[line(r)], &mut self.columns));
            three(&self.columns, means);
            share_out(&self.counts, means);
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

wide_fn!(fn count(seen: &[u8], columns: &mut [f32]) = count_all);
wide_fn!(fn add(values: &[f32], seen: &[u8], columns: &mut [f32]) = add_all);
wide_fn!(
    /// Sums of each column and its neighbours.
    fn three(columns: &[f32], out: &mut [f32]) = three_all
);
wide_fn!(fn share_out(counts: &[f32], sums: &mut [f32]) = share_all);

#[inline(always)]
fn count_all(seen: &[u8], columns: &mut [f32]) {
    columns.iter_mut().zip(seen).for_each(|(c, s)| *c += f32::from(*s));
}

#[inline(always)]
fn add_all(values: &[f32], seen: &[u8], columns: &mut [f32]) {
    for ((c, v), s) in columns.iter_mut().zip(values).zip(seen) {
        *c += if *s == 1 { *v } else { 0.0 };
    }
}

#[inline(always)]
fn three_all(columns: &[f32], out: &mut [f32]) {
    let n = columns.len();
    if n < 2 {
        out.copy_from_slice(columns);
        return;
    }
    for (out, ((a, b), c)) in out[1..n - 1].iter_mut().zip(columns.iter().zip(&columns[1..]).zip(&columns[2..])) {
        *out = a + b + c;
    }
    out[0] = columns[0] + columns[1];
    out[n - 1] = columns[n - 2] + columns[n - 1];
}

#[inline(always)]
fn share_all(counts: &[f32], sums: &mut [f32]) {
    sums.iter_mut().zip(counts).for_each(|(m, n)| *m /= n.max(1.0));
}
