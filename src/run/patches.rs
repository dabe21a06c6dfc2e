//! Looking at the list's patches, each in its own neighbourhood.
//!
//! In: a scene and outlines. Out: what the pixels of every patch say. A scan and a verification look at a patch with the same eyes: only
//! the pixels around it are read, whatever else was computed, and a patch has the same evidence whichever command asks.

use super::marks::Marks;
use super::pool::Pool;
use super::progress::Progress;
use super::tile::{Products, Scene};
use super::told::Grouped;
use super::whole::Whole;
use crate::crosscheck::PatchEvidence;
use crate::grid::Window;
use crate::landcover::forest::Shares;
use crate::landcover::{self, Class, LandModel};
use crate::parcels::new_works;
use crate::raster::Quality;
use crate::vectorise::PixelPolygons;
use geo::{BoundingRect, MultiPolygon};
use ndarray::{Array2, s};

/// Side of the pieces that a large patch is looked at in, pixels.
const PIECE: usize = 512;
/// Pixels around a piece in which blobs of change are seen whole enough to tell strong ones from weak.
const CONTEXT: usize = 8;
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
    let mut marks = Marks::new(scene);
    let window = window_of(scene, shape);
    let mut whole = window.map(Whole::new);
    for piece in window.into_iter().flat_map(pieces) {
        let margin = CONTEXT.max(marks.halo_px());
        let window = piece.with_halo(margin);
        let mut asked = Array2::from_elem((window.rows, window.cols), false);
        polygon.spans(piece, |_, row, cols| {
            cols.for_each(|col| asked[(row + margin, col + margin)] = true);
        });
        if !asked.iter().any(|a| *a) {
            continue;
        }
        let products = scene.products(window, Some(&asked));
        let place = gather(scene, &products, &asked, &mut gathered);
        whole.iter_mut().for_each(|w| w.add(scene, &products, &polygon, &place));
        marks.add(&products, &asked, place);
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
    marks.finish(&mut evidence);
    for (n, log_odds) in marks.standing(&evidence, &built).into_iter().enumerate().filter(|(n, _)| built[*n][0]) {
        evidence.add_standing(log_odds, seen[n].changed || !built[n][1]);
    }
    evidence.new_works_probability = whole.and_then(|w| w.outcomes(scene)).map(|o| new_works(&o));
    evidence.sky = window.map_or([None; 2], |w| scene.pair.sky_over(&polygon, w));
    evidence
}

/// Adds the asked pixels of a piece, and tells which of them both dates show.
fn gather(scene: &Scene, products: &Products, asked: &Array2<bool>, to: &mut Gathered) -> Array2<bool> {
    let parts = products.changed(scene, None);
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
    if let (Some(model), Some(Grouped { told, .. })) = (&scene.model, &products.told) {
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
