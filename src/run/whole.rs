//! A patch as one parcel: what the forest that decides on parcels says of all its pixels together.
//!
//! Pixel by pixel, new earth is told from ploughed soil by little more than a coin's throw; a whole patch by its texture, its outline and what
//! of its pattern is left. Patches are judged one by one, so that each is told among typical parcels and not among its scene's.

use super::tile::{Products, Scene};
use super::told::{Grouped, Told};
use crate::grid::Window;
use crate::parcels::{OUTCOMES, PixelSums, parcel_codes, shape_measures};
use crate::raster::{Span, stretches};
use crate::vectorise::{PixelPolygons, Portrait, Tracer};
use ndarray::{Array2, s};

/// Fewer pixels are no parcel.
const LEAST_PX: u64 = 9;

/// What was gathered of a patch, piece by piece.
pub(super) struct Whole {
    /// Window of all of it.
    window: Window,
    /// Its pixels seen at both dates, by rows and columns of the window.
    spans: Vec<Span>,
    sums: Vec<u64>,
}

impl Whole {
    /// Of nothing yet; `window` holds all of the patch.
    pub fn new(window: Window) -> Whole {
        Whole { window, spans: Vec::new(), sums: Vec::new() }
    }

    /// Adds the pixels `seen` of a piece of a patch.
    pub fn add(&mut self, scene: &Scene, products: &Products, patch: &PixelPolygons, seen: &Array2<bool>) {
        let (Some(_), Some(model), Some(Grouped { told, .. })) = (&scene.parcels, &scene.model, &products.told) else {
            return;
        };
        let window = products.window;
        let group = group_of(told, window, patch);
        let portrait = told.portrait(model, &group, |group| group != 0);
        self.sums.resize(portrait.sums(), 0);
        let (down, right) = ((window.row - self.window.row) as i32, (window.col - self.window.col) as i32);
        for (row, line) in seen.rows().into_iter().enumerate() {
            stretches(&line.to_vec(), false, |start, end| {
                portrait.add(row, start..end, &mut self.sums);
                let from = |at: usize, by: i32| (at as i32 + by) as u32;
                self.spans.push(Span { row: from(row, down), start: from(start, right), end: from(end, right) });
            });
        }
    }

    /// Probability of each outcome, 0-1; `None` without a forest for parcels, or of too few pixels.
    pub fn outcomes(mut self, scene: &Scene) -> Option<[f64; OUTCOMES.len()]> {
        let forest = scene.parcels?;
        let pixels = self.spans.iter().map(|s| u64::from(s.end - s.start)).sum();
        if pixels < LEAST_PX {
            return None;
        }
        // Pieces side by side have rows in common.
        self.spans.sort_unstable();
        let first = |of: fn(&Span) -> u32| self.spans.iter().map(of).min().unwrap_or(0);
        let last = |of: fn(&Span) -> u32| self.spans.iter().map(of).max().unwrap_or(0);
        let extent =
            ((last(|s| s.row) + 1 - first(|s| s.row)) as usize, (last(|s| s.end) - first(|s| s.start)) as usize);
        let grid = scene.pair.grid();
        let shape = shape_measures(&Tracer::new().trace(&self.spans), grid.gsd_m());
        let seen = PixelSums { sums: &self.sums, pixels, extent };
        let columns: Vec<Vec<u8>> =
            parcel_codes(seen, &shape, grid.gsd_mean_m())?.into_iter().map(|c| vec![c]).collect();
        forest.outcomes(&columns, 1).first().copied()
    }
}

/// The patch as a group of change over all that the forest was told: 1 where it was seen, pixels around the window's included.
fn group_of(told: &Told, window: Window, patch: &PixelPolygons) -> Array2<u8> {
    let mut group = Array2::zeros(told.score.dim());
    let place = s![told.halo..told.halo + window.rows, told.halo..told.halo + window.cols];
    let (mut inner, quality) = (group.slice_mut(place), told.quality.slice(place));
    patch.spans(window, |_, row, cols| {
        cols.filter(|col| quality[(row, *col)].is_valid()).for_each(|col| inner[(row, col)] = 1);
    });
    group
}
