//! Looking at the list's patches, each in its own neighbourhood.
//!
//! In: a scene and outlines. Out: what the pixels of every patch say. A scan and a verification look at a patch with the same eyes: only
//! the pixels around it are read, whatever else was computed, and a patch has the same evidence whichever command asks.

use super::pool::Pool;
use super::progress::Progress;
use super::tile::{Products, Scene};
use crate::change::persistence::{self, EdgePair, Persistence};
use crate::change::remove_small;
use crate::crosscheck::PatchEvidence;
use crate::grid::Window;
use crate::landcover::forest::Shares;
use crate::landcover::{self, Class, LandModel};
use crate::raster::Quality;
use crate::vectorise::PixelPolygons;
use geo::{BoundingRect, MultiPolygon};
use ndarray::{Array2, s};

/// Side of the pieces that a large patch is looked at in, pixels.
const PIECE: usize = 512;
/// Pixels around a piece in which blobs of change are seen whole enough to tell strong ones from weak.
const CONTEXT: usize = 8;
/// Fewer pixels built at both dates in one piece are noise of the classes; what verdicts need at least.
const LEAST_KEPT_PX: usize = 9;
/// Ground around a patch by which it is told how the dates lie on each other there, m.
const AROUND_M: f64 = 12.0;
/// A patch reaching farther beyond the images is followed no further, pixels.
const BEYOND: usize = 2048;

/// What the pixels of every patch say, in the order of the outlines; nothing for those without one.
pub fn look_at_patches(
    scene: &Scene,
    shapes: &[Option<&MultiPolygon<f64>>],
    pool: &Pool,
    progress: &Progress,
) -> Vec<PatchEvidence> {
    let bar = progress.stage("looking at patches", shapes.len() as u64);
    let mut out = Vec::with_capacity(shapes.len());
    pool.in_order(
        shapes,
        |shape| shape.map_or_else(PatchEvidence::default, |s| look_at(scene, s)),
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
fn look_at(scene: &Scene, shape: &MultiPolygon<f64>) -> PatchEvidence {
    let polygon = PixelPolygons::new([Some(shape)], &scene.pair.grid().affine);
    let mut gathered = Gathered::default();
    let mut edges: [Vec<(u64, Persistence)>; 2] = Default::default();
    let mut places: Vec<Array2<bool>> = Vec::new();
    let window = window_of(scene, shape);
    for piece in window.into_iter().flat_map(pieces) {
        let gsd_m = scene.pair.grid().gsd_mean_m();
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
        places.push(gather(scene, &products, &asked, &mut gathered));
        let pair = edge_pair(&products, gsd_m);
        for (all, on) in edges.iter_mut().zip([&asked, &around(&asked, gsd_m)]) {
            all.extend(pair.persistence(on.view()).map(|e| (pixels, e)));
        }
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
    let mut kept = Vec::with_capacity(seen.len());
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
        let built = |class: Option<Class>| class.is_some_and(Class::built);
        kept.push(built(before) && built(after));
    }
    for (n, _) in scattered(&places, &kept).iter().enumerate().filter(|(_, s)| **s) {
        evidence.take_back_kept(seen[n].changed);
    }
    [evidence.edges, evidence.edges_around] = edges.map(|pieces| joined(&pieces));
    evidence.sky = window.map_or([None; 2], |w| scene.pair.sky_over(&polygon, w));
    evidence
}

/// Which pixels that are `kept` hang together with too few others to mean anything; `places` are the pixels of every piece in turn.
fn scattered(places: &[Array2<bool>], kept: &[bool]) -> Vec<bool> {
    let mut out = Vec::with_capacity(kept.len());
    let mut left = kept.iter();
    for place in places {
        let mut own = place.clone();
        own.iter_mut().filter(|p| **p).for_each(|p| *p = left.next().is_some_and(|k| *k));
        let mut large = own.clone();
        remove_small(&mut large, true, LEAST_KEPT_PX, true);
        let small = own.iter().zip(&large).zip(place).filter(|(_, p)| **p);
        out.extend(small.map(|((own, large), _)| *own && !large));
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

/// The edges of both dates in the window of some products.
fn edge_pair(products: &Products, gsd_m: f64) -> EdgePair {
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
    EdgePair::new(before.bands.slice(bands), after.bands.slice(bands), seen.view(), gsd_m)
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
