//! The pixels that statistics are computed from.

use crate::grid::Window;
use crate::raster::{BandRole, Pixels};

/// Values of pixels valid at both dates, one vector per band and date, all of one length.
#[derive(Clone, Debug, Default)]
pub struct PairSample {
    /// Earlier date, `[band][pixel]`.
    pub before: Vec<Vec<f64>>,
    /// Later date, `[band][pixel]`.
    pub after: Vec<Vec<f64>>,
    /// Row and column on the working grid, `[pixel]`.
    pub at: Vec<[u32; 2]>,
    /// What the bands are, as far as it is known.
    pub roles: Vec<Option<BandRole>>,
}

impl PairSample {
    /// An empty sample of `bands` bands.
    pub fn new(bands: usize) -> PairSample {
        PairSample {
            before: vec![Vec::new(); bands],
            after: vec![Vec::new(); bands],
            at: Vec::new(),
            roles: vec![None; bands],
        }
    }

    /// Number of pixels.
    pub fn len(&self) -> usize {
        self.before.first().map_or(0, Vec::len)
    }

    /// `true` without pixels.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds every pixel of a window whose working-grid row and column are multiples of `stride` and which both dates show.
    pub fn add_tile(&mut self, window: Window, before: &Pixels, after: &Pixels, stride: usize) {
        let first = |start: i64| (-start).rem_euclid(stride.max(1) as i64) as usize;
        for i in (first(window.row)..window.rows).step_by(stride.max(1)) {
            for j in (first(window.col)..window.cols).step_by(stride.max(1)) {
                let place = [window.row + i as i64, window.col + j as i64];
                if before.quality[(i, j)].is_valid() && after.quality[(i, j)].is_valid() {
                    self.at.push(place.map(|p| p.max(0) as u32));
                    for (k, values) in self.before.iter_mut().enumerate() {
                        values.push(before.bands[(k, i, j)] as f64);
                    }
                    for (k, values) in self.after.iter_mut().enumerate() {
                        values.push(after.bands[(k, i, j)] as f64);
                    }
                }
            }
        }
    }

    /// Appends another part of the sample; parts are merged in tile order.
    pub fn merge(&mut self, other: PairSample) {
        for (mine, theirs) in self.before.iter_mut().zip(other.before) {
            mine.extend(theirs);
        }
        for (mine, theirs) in self.after.iter_mut().zip(other.after) {
            mine.extend(theirs);
        }
        self.at.extend(other.at);
    }
}
