//! Growing and shrinking of masks by true discs, and sums and extremes over boxes.
//!
//! Everything works on plain arrays; what lies beyond them counts as not set.

use ndarray::Array2;

/// Squared distance to the nearest set cell, looked for up to `reach` cells away; `u32::MAX` beyond.
///
/// # Cost
/// Cells x (2 x reach + 1).
fn near2(mask: &Array2<bool>, reach: usize) -> Array2<u32> {
    let (rows, cols) = mask.dim();
    let far = u32::MAX;
    // Down the columns: rows to the nearest set cell above or below.
    let mut down = Array2::from_elem((rows, cols), far);
    for j in 0..cols {
        let mut last: Option<usize> = None;
        for i in 0..rows {
            last = if mask[(i, j)] { Some(i) } else { last };
            if let Some(k) = last.filter(|k| i - k <= reach) {
                down[(i, j)] = (i - k) as u32;
            }
        }
        last = None;
        for i in (0..rows).rev() {
            last = if mask[(i, j)] { Some(i) } else { last };
            if let Some(k) = last.filter(|k| k - i <= reach) {
                down[(i, j)] = down[(i, j)].min((k - i) as u32);
            }
        }
    }
    let mut out = Array2::from_elem((rows, cols), far);
    for i in 0..rows {
        // Rows without anything in reach are common and cheap.
        if (0..cols).all(|j| down[(i, j)] == far) {
            continue;
        }
        for j in 0..cols {
            let mut best = far;
            for k in j.saturating_sub(reach)..(j + reach + 1).min(cols) {
                let d = down[(i, k)];
                if d != far {
                    let across = j.abs_diff(k) as u32;
                    best = best.min(d * d + across * across);
                }
            }
            out[(i, j)] = best;
        }
    }
    out
}

/// Every cell within `radius` cells of a set one.
pub fn dilate(mask: &Array2<bool>, radius: f64) -> Array2<bool> {
    if !mask.iter().any(|m| *m) {
        return mask.clone();
    }
    let limit = radius * radius;
    near2(mask, radius.floor() as usize).mapv(|d| d != u32::MAX && f64::from(d) <= limit)
}

/// Set cells that a disc of `radius` cells, set all over, covers.
pub fn open(mask: &Array2<bool>, radius: f64) -> Array2<bool> {
    let mut core = mask.clone();
    let (rows, cols) = mask.dim();
    let limit = radius * radius;
    let reach = radius.floor() as usize;
    let side = reach as i64;
    let disc = (-side..=side).flat_map(|i| (-side..=side).map(move |j| i * i + j * j)).filter(|d| *d as f64 <= limit);
    if mask.iter().filter(|m| **m).count() < disc.count() {
        core.fill(false);
        return core;
    }
    let gaps = near2(&mask.mapv(|m| !m), reach);
    // Beyond the array nothing is set.
    core.indexed_iter_mut().for_each(|((i, j), c)| {
        let border = (i + 1).min(j + 1).min(rows - i).min(cols - j) as f64;
        *c = border > radius && (gaps[(i, j)] == u32::MAX || f64::from(gaps[(i, j)]) > limit);
    });
    dilate(&core, radius)
}

/// Set cells of a 2 x 2 square that is set all over.
pub fn open_squares(mask: &Array2<bool>) -> Array2<bool> {
    let (rows, cols) = mask.dim();
    let mut out = Array2::from_elem((rows, cols), false);
    for i in 1..rows {
        for j in 1..cols {
            let square = [(i, j), (i - 1, j), (i, j - 1), (i - 1, j - 1)];
            if square.iter().all(|p| mask[*p]) {
                square.iter().for_each(|p| out[*p] = true);
            }
        }
    }
    out
}

/// How many cells are set in the box of `2 radius + 1` cells around each.
pub fn count(mask: &Array2<bool>, radius: usize) -> Array2<u32> {
    let (rows, cols) = mask.dim();
    let mut sums = Array2::<u32>::zeros((rows + 1, cols + 1));
    for i in 0..rows {
        let mut line = 0;
        for j in 0..cols {
            line += u32::from(mask[(i, j)]);
            sums[(i + 1, j + 1)] = sums[(i, j + 1)] + line;
        }
    }
    Array2::from_shape_fn((rows, cols), |(i, j)| {
        let (a, b) = (i.saturating_sub(radius), (i + radius + 1).min(rows));
        let (c, d) = (j.saturating_sub(radius), (j + radius + 1).min(cols));
        sums[(b, d)] + sums[(a, c)] - sums[(a, d)] - sums[(b, c)]
    })
}

/// Extreme (`i16::max` or `i16::min`) of the box of `2 radius + 1` cells around each.
pub fn extreme(values: &Array2<i16>, radius: usize, pick: fn(i16, i16) -> i16) -> Array2<i16> {
    let (rows, cols) = values.dim();
    let across = Array2::from_shape_fn((rows, cols), |(i, j)| {
        let line = j.saturating_sub(radius)..(j + radius + 1).min(cols);
        line.map(|k| values[(i, k)]).fold(values[(i, j)], pick)
    });
    Array2::from_shape_fn((rows, cols), |(i, j)| {
        let line = i.saturating_sub(radius)..(i + radius + 1).min(rows);
        line.map(|k| across[(k, j)]).fold(across[(i, j)], pick)
    })
}
