//! Blobs of a change map against truth objects, on one grid of pixels: what parcels would be, before anything is drawn.
//!
//! The rules are those of the enforcement match of `parcels`, counted in labelled pixels, so that truth with unlabelled
//! ground between its objects can be scored as well: a blob is right when at least 25 % of its labelled pixels are changed;
//! an object is found when right blobs cover at least 50 % of it. Beside it stands the stricter one-to-one match by IoU.

use super::parcels::{FOUND_SHARE, RIGHT_SHARE, SizeRecall, by_size, share};
use super::pixels::{CHANGED, UNLABELLED};
use crate::vectorise::Components;
use ndarray::{Array2, ArrayView2, Zip, s};
use serde::Serialize;
use std::collections::BTreeMap;

/// Numbered pixel sets: 0 is none, `k` the object `k - 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objects {
    /// Number per pixel.
    pub ids: Array2<u32>,
    /// How many there are.
    pub count: usize,
}

/// The 8-connected components of equal non-zero codes, in raster order of their first pixels.
pub fn components(codes: ArrayView2<u8>) -> Objects {
    let image = Components::of_image(codes);
    let mut ids = Array2::zeros(codes.dim());
    for k in 0..image.components.len() {
        for span in image.spans_of(k) {
            ids.slice_mut(s![span.row as usize, span.start as usize..span.end as usize]).fill(k as u32 + 1);
        }
    }
    Objects { ids, count: image.components.len() }
}

/// How blobs answer truth objects. Shares are 0-1; what the truth cannot say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BlobScores {
    /// Truth objects with labelled pixels.
    pub truth: u64,
    /// Found ones.
    pub found: u64,
    /// Found share of the objects.
    pub recall: Option<f64>,
    /// Found share of their area.
    pub area_weighted_recall: Option<f64>,
    /// Blobs large enough to be candidates.
    pub candidates: u64,
    /// Candidates on labelled ground.
    pub scored: u64,
    /// Right ones among them.
    pub right: u64,
    /// Right share of the candidates on labelled ground.
    pub precision: Option<f64>,
    /// Candidates that are not right.
    pub wrong: u64,
    /// Candidates that are not right per km2; only where the truth is complete.
    pub false_per_km2: Option<f64>,
    /// Candidates per km2 judged.
    pub candidates_per_km2: Option<f64>,
    /// Share of objects matched one to one at IoU >= 0.25.
    pub recall_iou_25: Option<f64>,
    /// Share of objects matched one to one at IoU >= 0.5.
    pub recall_iou_50: Option<f64>,
    /// Found objects that several right blobs cover.
    pub split: u64,
    /// Right blobs that cover several found objects.
    pub merged: u64,
    /// Recall per size of object.
    pub by_size: Vec<SizeRecall>,
}

/// Scores the blobs of `change` that have at least `min_px` pixels.
///
/// # Shapes
/// `change` (0, 1, 255), `labels` (0, 1, 2) and the objects lie on one grid; `pixel_m2` is the area of its pixels.
///
/// # Nodata
/// Unlabelled pixels count neither for nor against a blob; an object is the labelled part of it. False blobs per km2 are
/// given when `complete` says that the labels cover the ground.
pub fn score_blobs(
    change: ArrayView2<u8>,
    labels: ArrayView2<u8>,
    objects: &Objects,
    pixel_m2: f64,
    min_px: u64,
    complete: bool,
) -> BlobScores {
    let blobs = components(change.mapv(|v| u8::from(v == 1)).view());
    let (mut size, mut labelled, mut inside) =
        (vec![0u64; blobs.count], vec![0u64; blobs.count], vec![0u64; blobs.count]);
    let mut object_px = vec![0u64; objects.count];
    let mut overlap: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    let mut judged = 0u64;
    Zip::from(&blobs.ids).and(&objects.ids).and(labels).and(change).for_each(|&b, &o, &l, &c| {
        judged += u64::from(c <= 1);
        let object = (o > 0 && l == CHANGED).then(|| o as usize - 1);
        if let Some(o) = object {
            object_px[o] += 1;
        }
        if b == 0 {
            return;
        }
        let b = b as usize - 1;
        size[b] += 1;
        labelled[b] += u64::from(l != UNLABELLED);
        inside[b] += u64::from(l == CHANGED);
        if let Some(o) = object {
            *overlap.entry((o, b)).or_default() += 1;
        }
    });
    let candidate: Vec<bool> = size.iter().map(|s| *s >= min_px).collect();
    let scored: Vec<bool> = candidate.iter().zip(&labelled).map(|(c, l)| *c && *l > 0).collect();
    let right: Vec<bool> =
        (0..blobs.count).map(|b| scored[b] && inside[b] as f64 >= RIGHT_SHARE * labelled[b] as f64).collect();
    overlap.retain(|(_, b), _| candidate[*b]);
    let mut covered = vec![0u64; objects.count];
    let (mut pieces, mut covers) = (vec![0u32; objects.count], vec![0u32; blobs.count]);
    for ((o, _), px) in overlap.iter().filter(|((_, b), _)| right[*b]) {
        covered[*o] += px;
        pieces[*o] += 1;
    }
    let found: Vec<bool> =
        (0..objects.count).map(|o| covered[o] > 0 && covered[o] as f64 >= FOUND_SHARE * object_px[o] as f64).collect();
    for (_, b) in overlap.keys().filter(|(o, b)| found[*o] && right[*b]) {
        covers[*b] += 1;
    }
    let there: Vec<usize> = (0..objects.count).filter(|&o| object_px[o] > 0).collect();
    let count = |flags: &[bool]| flags.iter().filter(|f| **f).count() as u64;
    let total_px: u64 = object_px.iter().sum();
    let found_px: u64 = (0..objects.count).filter(|&o| found[o]).map(|o| object_px[o]).sum();
    let wrong = count(&scored) - count(&right);
    let judged_km2 = judged as f64 * pixel_m2 / 1e6;
    let matched = |least: f64| {
        let edges = overlap.iter().filter_map(|((o, b), &px)| {
            let union = object_px[*o] + labelled[*b] - px;
            (px as f64 >= least * union as f64).then_some((*o, *b))
        });
        share(largest_matching(objects.count, edges) as f64, there.len() as f64)
    };
    let found_there: Vec<bool> = there.iter().map(|&o| found[o]).collect();
    BlobScores {
        truth: there.len() as u64,
        found: count(&found),
        recall: share(count(&found) as f64, there.len() as f64),
        area_weighted_recall: share(found_px as f64, total_px as f64),
        candidates: count(&candidate),
        scored: count(&scored),
        right: count(&right),
        precision: share(count(&right) as f64, count(&scored) as f64),
        wrong,
        false_per_km2: complete.then(|| share(wrong as f64, judged_km2)).flatten(),
        candidates_per_km2: share(count(&candidate) as f64, judged_km2),
        recall_iou_25: matched(0.25),
        recall_iou_50: matched(0.5),
        split: (0..objects.count).filter(|&o| found[o] && pieces[o] > 1).count() as u64,
        merged: covers.iter().filter(|n| **n > 1).count() as u64,
        by_size: by_size(there.iter().map(|&o| object_px[o] as f64 * pixel_m2), &found_there),
    }
}

/// Size of the largest one-to-one assignment along the edges `(object, blob)`, by augmenting paths.
///
/// # Source
/// H. Kuhn 1955, "The Hungarian method for the assignment problem", for edges of equal worth.
fn largest_matching(objects: usize, edges: impl Iterator<Item = (usize, usize)>) -> usize {
    let mut of_object: Vec<Vec<usize>> = vec![Vec::new(); objects];
    edges.for_each(|(o, b)| of_object[o].push(b));
    let mut owner: BTreeMap<usize, usize> = BTreeMap::new();
    let mut blob_of: Vec<Option<usize>> = vec![None; objects];
    let mut size = 0;
    for start in 0..objects {
        // Breadth first from a free object; `from` remembers by which object a blob was reached.
        let mut from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        let mut free = None;
        while let (Some(object), None) = (queue.pop_front(), free) {
            for &blob in &of_object[object] {
                if from.contains_key(&blob) {
                    continue;
                }
                from.insert(blob, object);
                match owner.get(&blob) {
                    Some(&next) => queue.push_back(next),
                    None => {
                        free = Some(blob);
                        break;
                    }
                }
            }
        }
        let Some(mut blob) = free else { continue };
        size += 1;
        // Along the path every blob changes hands, back to the free object.
        while let Some(&object) = from.get(&blob) {
            owner.insert(blob, object);
            let Some(before) = blob_of[object].replace(blob) else { break };
            blob = before;
        }
    }
    size
}
