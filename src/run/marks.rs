//! What is measured on a patch besides its classes: outlines, their directions, greenness, and what still stands.
//!
//! In: the products of its pieces, one after the other. Out: figures of the evidence, and the log-odds that its pixels stand.

use super::tile::{Products, Scene};
use crate::change::inner;
use crate::change::persistence::{self, Along, EdgePair, Persistence};
use crate::change::standing::{self, Likeness};
use crate::crosscheck::PatchEvidence;
use crate::pair::BandPlan;
use crate::raster::BandRole;
use ndarray::{Array2, ArrayView3, s};

/// Ground around a patch by which it is told how the dates lie on each other there, m.
const AROUND_M: f64 = 12.0;
/// Outlines of patches are drawn along edges; what lies so far inside is the patch's own, m.
const INSIDE_M: f64 = 4.0;
/// Of narrower pieces, with fewer pixels inside, everything is taken.
const LEAST_INSIDE_PX: usize = 12;
/// Fewer pixels have no greenness to speak of.
const LEAST_GREEN_PX: usize = 9;
/// Ground around a patch under this NDVI has nothing green to compare with.
const LEAST_NDVI: f64 = 0.05;

/// A piece of a patch.
struct Piece {
    /// Its pixels seen at both dates.
    place: Array2<bool>,
    /// How it looks at the later date as it did at the earlier one; `None` without any edge.
    likeness: Option<Likeness>,
}

/// Everything measured of the pieces so far.
pub(super) struct Marks<'a> {
    bands: &'a BandPlan,
    gsd_m: f64,
    pieces: Vec<Piece>,
    /// Edges kept by each piece, with its pixels, and by the ground around it.
    edges: [Vec<(u64, Persistence)>; 2],
    along: Along,
    angles: Along,
    /// NDVI after, of the patch and of the ground around it.
    greenness: [Vec<f32>; 2],
}

impl<'a> Marks<'a> {
    /// Of nothing yet.
    pub fn new(scene: &'a Scene) -> Marks<'a> {
        Marks {
            bands: scene.pair.bands(),
            gsd_m: scene.pair.grid().gsd_mean_m(),
            pieces: Vec::new(),
            edges: Default::default(),
            along: Along::default(),
            angles: Along::default(),
            greenness: Default::default(),
        }
    }

    /// Pixels around a piece that are looked at.
    pub fn halo_px(&self) -> usize {
        persistence::halo_px(self.gsd_m) + (AROUND_M / self.gsd_m) as usize
    }

    /// Adds the pixels `asked` of a piece; `place` are those that both dates show.
    pub fn add(&mut self, products: &Products, asked: &Array2<bool>, place: Array2<bool>) {
        let pixels = asked.iter().filter(|a| **a).count() as u64;
        let both = Bands::of(products);
        let pair = EdgePair::new(both.before, both.after, both.seen.view(), self.gsd_m);
        let ring = around(asked, self.gsd_m);
        let found = [asked, &ring].map(|on| pair.persistence(on.view()));
        for (all, found) in self.edges.iter_mut().zip(&found) {
            all.extend(found.map(|e| (pixels, e)));
        }
        for (all, on) in self.greenness.iter_mut().zip([&place, &ring]) {
            all.extend(both.ndvi_after(self.bands, on));
        }
        self.along.add(pair.along(place.view()));
        let inside = inner(place.view(), (INSIDE_M / self.gsd_m).round().max(1.0) as usize);
        let enough = inside.iter().filter(|i| **i).count() >= LEAST_INSIDE_PX;
        self.angles.add(pair.right_angles(if enough { inside.view() } else { place.view() }));
        let dates = (both.before, both.after);
        let likeness =
            found[0].map(|e| standing::likeness(&pair, dates, (both.seen.view(), place.view()), e.offset, self.gsd_m));
        self.pieces.push(Piece { place, likeness });
    }

    /// Puts the figures of all pieces into the evidence.
    pub fn finish(&mut self, evidence: &mut PatchEvidence) {
        [evidence.edges, evidence.edges_around] = [0, 1].map(|k| joined(&self.edges[k]));
        evidence.greenness = relative_greenness(std::mem::take(&mut self.greenness));
        (evidence.edges_along, evidence.right_angles) = (self.along.share(), self.angles.share());
    }

    /// Log-odds that what was built at a pixel stands, of the pixels that both dates show, in raster order, piece by piece; `built` says which
    /// of them were built before and after.
    pub fn standing(&self, evidence: &PatchEvidence, built: &[[bool; 2]]) -> Vec<f64> {
        let kept = evidence.edges.map_or(0.0, |e| e.kept());
        let mut out = Vec::with_capacity(built.len());
        let mut left = built.iter();
        for Piece { place, likeness } in &self.pieces {
            let mut own = [place.clone(), place.clone()];
            for (at, _) in place.indexed_iter().filter(|(_, p)| **p) {
                let [before, after] = left.next().copied().unwrap_or_default();
                (own[0][at], own[1][at]) = (before, after);
            }
            let odds = likeness.as_ref().map(|l| standing::log_odds(l, &own[0], &own[1], kept, self.gsd_m));
            let by_class = |at| if own[1][at] { 1.0 } else { -1.0 };
            let pixels = place.indexed_iter().filter(|(_, p)| **p);
            out.extend(pixels.map(|(at, _)| odds.as_ref().map_or_else(|| by_class(at), |o| o[at])));
        }
        out
    }
}

/// Both dates in the window of some products.
struct Bands<'a> {
    before: ArrayView3<'a, f32>,
    after: ArrayView3<'a, f32>,
    seen: Array2<bool>,
}

impl<'a> Bands<'a> {
    fn of(products: &'a Products) -> Bands<'a> {
        let (read, (before, after)) = &products.read;
        let w = products.window;
        let (row, col) = ((w.row - read.row) as usize, (w.col - read.col) as usize);
        let inner = s![row..row + w.rows, col..col + w.cols];
        let bands = s![.., row..row + w.rows, col..col + w.cols];
        let mut seen = Array2::from_elem((w.rows, w.cols), false);
        ndarray::Zip::from(&mut seen)
            .and(before.quality.slice(inner))
            .and(after.quality.slice(inner))
            .for_each(|s, b, a| *s = b.is_valid() && a.is_valid());
        Bands { before: before.bands.slice(bands), after: after.bands.slice(bands), seen }
    }

    /// NDVI after of some pixels, those not seen left out; nothing without red or infrared.
    fn ndvi_after(&self, bands: &BandPlan, on: &Array2<bool>) -> Vec<f32> {
        let (Some(red), Some(nir)) = (bands.position(BandRole::Red), bands.position(BandRole::Nir)) else {
            return Vec::new();
        };
        let seen = on.indexed_iter().filter(|(at, on)| **on && self.seen[*at]);
        let values = seen.map(|((i, j), _)| {
            let (red, nir) = (self.after[(red, i, j)], self.after[(nir, i, j)]);
            (nir - red) / (nir + red)
        });
        values.filter(|v| v.is_finite()).collect()
    }
}

/// Median NDVI of a patch over that of the ground around; `None` where either is not known or nothing around is green at all.
fn relative_greenness(values: [Vec<f32>; 2]) -> Option<f64> {
    let [own, around] = values.map(|mut values| {
        let middle = values.len() / 2;
        (values.len() >= LEAST_GREEN_PX).then(|| f64::from(*values.select_nth_unstable_by(middle, f32::total_cmp).1))
    });
    around.filter(|a| *a >= LEAST_NDVI).and_then(|around| Some((own? / around).max(0.0)))
}

/// The ground around a piece of a patch.
fn around(asked: &Array2<bool>, gsd_m: f64) -> Array2<bool> {
    let edge = persistence::halo_px(gsd_m);
    let (rows, cols) = asked.dim();
    Array2::from_shape_fn((rows, cols), |(i, j)| {
        let inside = |at: usize, size: usize| (edge..size.saturating_sub(edge)).contains(&at);
        inside(i, rows) && inside(j, cols) && !asked[(i, j)]
    })
}

/// The edges of all pieces, weighted by their pixels; the place is that of the largest.
fn joined(pieces: &[(u64, Persistence)]) -> Option<Persistence> {
    let largest = pieces.iter().reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    let pixels: f64 = pieces.iter().map(|p| p.0 as f64).sum();
    let mean = |of: fn(&Persistence) -> f64| pieces.iter().map(|(n, p)| *n as f64 * of(p)).sum::<f64>() / pixels;
    Some(Persistence { best: mean(|p| p.best), usual: mean(|p| p.usual), offset: largest.1.offset })
}
