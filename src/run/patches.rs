//! Looking at the list's patches, each in its own neighbourhood.
//!
//! In: a scene and outlines. Out: what the pixels of every patch say. A scan and a verification look at a patch with the same eyes: only
//! the pixels around it are read, whatever else was computed, and a patch has the same evidence whichever command asks.

use super::pool::Pool;
use super::progress::Progress;
use super::tile::{Products, Scene};
use crate::change::persistence::{self, Along, EdgePair, Persistence};
use crate::change::standing::{self, Likeness};
use crate::change::tones::separability;
use crate::crosscheck::PatchEvidence;
use crate::grid::Window;
use crate::landcover::forest::Shares;
use crate::landcover::{self, Class, LandModel};
use crate::pair::BandPlan;
use crate::raster::{BandRole, Quality};
use crate::vectorise::PixelPolygons;
use geo::{BoundingRect, MultiPolygon};
use ndarray::{Array2, ArrayView3, s};

/// Side of the pieces that a large patch is looked at in, pixels.
const PIECE: usize = 512;
/// Pixels around a piece in which blobs of change are seen whole enough to tell strong ones from weak.
const CONTEXT: usize = 8;
/// Ground around a patch by which it is told how the dates lie on each other there, m.
const AROUND_M: f64 = 12.0;
/// Fewer pixels have no greenness to speak of.
const LEAST_GREEN_PX: usize = 9;
/// Ground around a patch under this NDVI has nothing green to compare with.
const LEAST_NDVI: f64 = 0.05;
/// A patch reaching farther beyond the images is followed no further, pixels.
const BEYOND: usize = 2048;

/// What the pixels of every patch say, in the order of the outlines; nothing for those without one. Where less than `least_built_percent` was
/// built before, a demolition is measured by works of any kind.
pub fn look_at_patches(
    scene: &Scene,
    shapes: &[Option<&MultiPolygon<f64>>],
    least_built_percent: f64,
    pool: &Pool,
    progress: &Progress,
) -> Vec<PatchEvidence> {
    let bar = progress.stage("looking at patches", shapes.len() as u64);
    let mut out = Vec::with_capacity(shapes.len());
    pool.in_order(
        shapes,
        |shape| shape.map_or_else(PatchEvidence::default, |s| look_at(scene, s, least_built_percent)),
        |_, evidence| {
            out.push(evidence);
            bar.add(1);
        },
    );
    out
}

/// A pixel seen at both dates.
struct Seen {
    classes: (u8, u8),
    changed: bool,
}

/// A piece of a patch, once its pixels were gathered.
struct Piece {
    /// Its pixels seen at both dates; in raster order, piece by piece, they are those of [`Gathered::seen`].
    place: Array2<bool>,
    /// How it looks at the later date as it did at the earlier one; `None` without any edge.
    likeness: Option<Likeness>,
}

/// What was gathered of a patch.
#[derive(Default)]
struct Gathered {
    evidence: PatchEvidence,
    seen: Vec<Seen>,
    /// Shares of the classes of `seen` before and after; empty where no forest tells.
    shares: [Vec<Shares>; 2],
}

/// Window of pixels around a shape, no farther beyond the grid than is followed.
fn window_of(scene: &Scene, shape: &MultiPolygon<f64>) -> Option<Window> {
    let b = shape.bounding_rect()?;
    let grid = scene.pair.grid();
    let (low, high) = grid.affine.pixel_extent(b.min().x_y(), b.max().x_y());
    let clip = |v: f64, most: usize| v.clamp(-(BEYOND as f64), (most + BEYOND) as f64) as i64;
    let (row, col) = (clip(low.0.floor(), grid.rows), clip(low.1.floor(), grid.cols));
    let (end, right) = (clip(high.0.ceil(), grid.rows), clip(high.1.ceil(), grid.cols));
    (end > row && right > col).then(|| Window { row, col, rows: (end - row) as usize, cols: (right - col) as usize })
}

/// A window in pieces.
fn pieces(window: Window) -> impl Iterator<Item = Window> {
    let rows = (0..window.rows).step_by(PIECE);
    rows.flat_map(move |i| (0..window.cols).step_by(PIECE).map(move |j| (i, j))).map(move |(i, j)| Window {
        row: window.row + i as i64,
        col: window.col + j as i64,
        rows: PIECE.min(window.rows - i),
        cols: PIECE.min(window.cols - j),
    })
}

/// What the pixels of one patch say.
fn look_at(scene: &Scene, shape: &MultiPolygon<f64>, least_built_percent: f64) -> PatchEvidence {
    let polygon = PixelPolygons::new([Some(shape)], &scene.pair.grid().affine);
    let mut gathered = Gathered::default();
    let mut edges: [Vec<(u64, Persistence)>; 2] = Default::default();
    let (mut parts, mut along, mut brightness) = (Vec::<Piece>::new(), Along::default(), Vec::new());
    let mut greenness: [Vec<f32>; 2] = Default::default();
    let gsd_m = scene.pair.grid().gsd_mean_m();
    let window = window_of(scene, shape);
    for piece in window.into_iter().flat_map(pieces) {
        let margin = CONTEXT.max(persistence::halo_px(gsd_m) + (AROUND_M / gsd_m) as usize);
        let window = piece.with_halo(margin);
        let mut asked = Array2::from_elem((window.rows, window.cols), false);
        polygon.spans(piece, |_, row, cols| {
            cols.for_each(|col| asked[(row + margin, col + margin)] = true);
        });
        let pixels = asked.iter().filter(|a| **a).count() as u64;
        if pixels == 0 {
            continue;
        }
        let products = scene.products(window, Some(&asked));
        let place = gather(scene, &products, &asked, &mut gathered);
        let both = Bands::of(&products);
        let pair = both.edges(gsd_m);
        let ring = around(&asked, gsd_m);
        let found = [&asked, &ring].map(|on| pair.persistence(on.view()));
        for (all, found) in edges.iter_mut().zip(&found) {
            all.extend(found.map(|e| (pixels, e)));
        }
        for (all, on) in greenness.iter_mut().zip([&place, &ring]) {
            all.extend(both.ndvi_after(scene.pair.bands(), on));
        }
        along.add(pair.along(place.view()));
        brightness.extend(both.brightness_after(scene.pair.bands(), &place));
        let likeness = found[0].map(|e| both.likeness(&pair, &place, e.offset, gsd_m));
        parts.push(Piece { place, likeness });
        let (_, (before, after)) = products.read;
        before.recycle();
        after.recycle();
    }
    let Gathered { mut evidence, seen, shares } = gathered;
    if let Some(model) = scene.model.as_deref() {
        for (k, class) in model.classes.iter().enumerate() {
            evidence.likely_after[*class as usize] = shares[1].iter().map(|s| u64::from(s[k])).sum();
        }
    }
    let told = scene.model.as_deref().map(|m| shares.map(|s| landcover::classes_by_mix(&s, &m.classes)));
    let mut classes = Vec::with_capacity(seen.len());
    for (n, pixel) in seen.iter().enumerate() {
        // What no forest was told keeps the class it has.
        let class = |date: usize, otherwise: u8| {
            let by_mix = told.as_ref().and_then(|t| t[date].get(n).copied());
            Class::from_value(otherwise).and(by_mix).or(Class::from_value(otherwise))
        };
        let (before, after) = (class(0, pixel.classes.0), class(1, pixel.classes.1));
        evidence.add_valid(before, after);
        if pixel.changed {
            evidence.add_changed(1, before, after);
        }
        classes.push([before, after]);
    }
    evidence.choose_measure(least_built_percent);
    let measured = |class: Option<Class>| class.is_some_and(|c| evidence.measured(c));
    let built: Vec<[bool; 2]> = classes.into_iter().map(|dates| dates.map(measured)).collect();
    [evidence.edges, evidence.edges_around] = edges.map(|pieces| joined(&pieces));
    let kept = evidence.edges.map_or(0.0, |e| e.kept());
    for (n, log_odds) in standing(&parts, &built, kept, gsd_m).into_iter().enumerate().filter(|(n, _)| built[*n][0]) {
        evidence.add_standing(log_odds, seen[n].changed || !built[n][1]);
    }
    evidence.greenness = relative_greenness(greenness);
    (evidence.edges_along, evidence.tones) = (along.share(), separability(&brightness));
    evidence.sky = window.map_or([None; 2], |w| scene.pair.sky_over(&polygon, w));
    evidence
}

/// Log-odds that what was built at a pixel stands, of all pixels seen in turn; `built` says which were built before and after.
fn standing(parts: &[Piece], built: &[[bool; 2]], kept: f64, gsd_m: f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(built.len());
    let mut left = built.iter();
    for Piece { place, likeness } in parts {
        let mut own = [place.clone(), place.clone()];
        for (at, _) in place.indexed_iter().filter(|(_, p)| **p) {
            let [before, after] = left.next().copied().unwrap_or_default();
            (own[0][at], own[1][at]) = (before, after);
        }
        let odds = likeness.as_ref().map(|l| standing::log_odds(l, &own[0], &own[1], kept, gsd_m));
        let by_class = |at| if own[1][at] { 1.0 } else { -1.0 };
        let pixels = place.indexed_iter().filter(|(_, p)| **p);
        out.extend(pixels.map(|(at, _)| odds.as_ref().map_or_else(|| by_class(at), |o| o[at])));
    }
    out
}

/// Adds the asked pixels of a piece, and tells which of them both dates show.
fn gather(scene: &Scene, products: &Products, asked: &Array2<bool>, to: &mut Gathered) -> Array2<bool> {
    let parts = products.changed(scene);
    let (numbers, strong) = (parts.numbers(), parts.strong());
    let mut seen = Array2::from_elem(asked.dim(), false);
    for (at, _) in asked.indexed_iter().filter(|(_, a)| **a) {
        if let Some(reason) = Quality::UNUSABLE.iter().position(|q| *q == products.quality[at]) {
            to.evidence.add_unusable(reason);
            continue;
        }
        seen[at] = true;
        let changed = numbers[at].checked_sub(1).is_some_and(|part| strong[part as usize]);
        to.seen.push(Seen { classes: (products.class_before[at], products.class_after[at]), changed });
    }
    if let (Some(model), Some((told, _))) = (&scene.model, &products.told) {
        let [before, after] = shares_of(model, told, products.window, &seen);
        to.shares[0].extend(before);
        to.shares[1].extend(after);
    }
    seen
}

/// Shares of the classes of the pixels of a window that were `seen`, before and after.
fn shares_of(model: &LandModel, told: &super::told::Told, window: Window, seen: &Array2<bool>) -> [Vec<Shares>; 2] {
    let mut wanted = Array2::from_elem(told.score.dim(), false);
    wanted.slice_mut(s![told.halo..told.halo + window.rows, told.halo..told.halo + window.cols]).assign(seen);
    let [before, after] = &told.features;
    let of = |this, other| landcover::pixel_shares(model, this, other, &told.score, &wanted);
    [of(before, after), of(after, before)]
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

    /// Mean of the visible bands after, of all bands where none is known to be one, on some pixels.
    fn brightness_after(&self, bands: &BandPlan, on: &Array2<bool>) -> Vec<f32> {
        let visible: Vec<usize> =
            [BandRole::Blue, BandRole::Green, BandRole::Red].into_iter().filter_map(|r| bands.position(r)).collect();
        let all: Vec<usize> = (0..self.after.dim().0).collect();
        let used = if visible.is_empty() { &all } else { &visible };
        let mean = |(i, j)| used.iter().map(|k| self.after[(*k, i, j)]).sum::<f32>() / used.len().max(1) as f32;
        on.indexed_iter().filter(|(_, on)| **on).map(|(at, _)| mean(at)).collect()
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

    fn edges(&self, gsd_m: f64) -> EdgePair {
        EdgePair::new(self.before, self.after, self.seen.view(), gsd_m)
    }

    fn likeness(&self, edges: &EdgePair, on: &Array2<bool>, offset: (i64, i64), gsd_m: f64) -> Likeness {
        standing::likeness(edges, (self.before, self.after), (self.seen.view(), on.view()), offset, gsd_m)
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
