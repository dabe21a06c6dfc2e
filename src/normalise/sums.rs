//! Sums over columns of the sample, in a fixed order that lets one instruction serve several pixels.

/// Running sums.
const SUMS: usize = 8;

/// Sum of `of` over the rows of columns of one length.
#[inline(always)]
pub(super) fn sum<const N: usize>(columns: [&[f64]; N], of: impl Fn([f64; N]) -> f64) -> f64 {
    let parts = columns.map(|c| c.as_chunks::<SUMS>());
    let mut sums = [0.0f64; SUMS];
    let chunks = parts.iter().map(|p| p.0.len()).min().unwrap_or(0);
    let chunked = parts.map(|p| &p.0[..chunks]);
    for k in 0..chunks {
        let rows = chunked.map(|c| &c[k]);
        for l in 0..SUMS {
            sums[l] += of(rows.map(|r| r[l]));
        }
    }
    let rest = parts.iter().map(|p| p.1.len()).min().unwrap_or(0);
    sums.iter().sum::<f64>() + (0..rest).map(|i| of(parts.map(|p| p.1[i]))).sum::<f64>()
}
