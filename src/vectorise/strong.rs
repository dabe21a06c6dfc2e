//! Dropping change that is nowhere strong.
//!
//! A blob just above the threshold from end to end is a field in another shade or the edge of a shadow; real change has a core.
//! The decision is made for the whole 8-connected blob, over all tiles and groups, so that the weak rim of a strong change stays.
//!
//! # Source
//! Thresholding with hysteresis: J. Canny 1986, "A computational approach to edge detection", IEEE TPAMI 8(6), section VI.

use super::label::{find, join};
use super::{Run, RunImage};
use serde::Serialize;

/// What was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Weak {
    /// Blobs without a strong pixel.
    pub blobs: u64,
    /// Their pixels.
    pub pixels: u64,
}

/// Keeps the runs of every 8-connected blob (of any mixture of groups) that holds a strong pixel ([`Run::core`]).
///
/// # Cost
/// Near linear in the number of runs; no pixel is looked at.
pub fn keep_strong(image: RunImage) -> (RunImage, Weak) {
    let RunImage { rows, cols, runs } = image;
    let mut parent = join(&runs, true, true);
    let mut strong = vec![false; runs.len()];
    let roots: Vec<usize> = (0..runs.len()).map(|i| find(&mut parent, i as u32) as usize).collect();
    for (run, &root) in runs.iter().zip(&roots) {
        strong[root] |= run.core > 0;
    }
    let mut weak = Weak::default();
    for (i, run) in runs.iter().enumerate().filter(|(i, _)| !strong[roots[*i]]) {
        weak.blobs += u64::from(roots[i] == i);
        weak.pixels += run.pixels();
    }
    let kept: Vec<Run> = runs.into_iter().zip(&roots).filter(|(_, root)| strong[**root]).map(|(run, _)| run).collect();
    (RunImage { rows, cols, runs: kept }, weak)
}
