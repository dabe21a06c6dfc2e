//! How far a figure may be off: clusters of labels are drawn with replacement and the figure is taken again.
//!
//! Pixels of one site are no independent trials, so whole sites are drawn: a cluster is a changed site (connected
//! component), or the unchanged part of a square of ground. Changed and unchanged clusters are drawn apart, which keeps the
//! prevalence. All methods are drawn with the same clusters, so that their difference has an interval of its own.

use super::definition::BootstrapParams;
use super::random::below;
use crate::evaluate::{CHANGED, Confusion, components};
use ndarray::{Array2, ArrayView2, Zip};
use std::collections::BTreeMap;

/// Labelled pixels of a cluster, and how many of them each method calls changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cluster {
    pixels: u64,
    called: Vec<u64>,
}

/// The clusters of a tile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clusters {
    changed: Vec<Cluster>,
    unchanged: Vec<Cluster>,
    methods: usize,
}

impl Clusters {
    /// Cuts labels into clusters and counts the answers of the methods; all on one grid.
    pub fn new(labels: ArrayView2<u8>, answers: &[ArrayView2<u8>], block_px: usize) -> Clusters {
        let sites = components(labels.mapv(|l| u8::from(l == CHANGED)).view());
        let mut found: BTreeMap<(bool, usize, usize), Cluster> = BTreeMap::new();
        for ((row, col), label) in labels.indexed_iter().filter(|(_, l)| **l != 0) {
            let key = match *label == CHANGED {
                true => (true, sites.ids[(row, col)] as usize, 0),
                false => (false, row / block_px, col / block_px),
            };
            let cluster = found.entry(key).or_insert_with(|| Cluster { pixels: 0, called: vec![0; answers.len()] });
            cluster.pixels += 1;
            for (called, answer) in cluster.called.iter_mut().zip(answers) {
                *called += u64::from(answer[(row, col)] == 1);
            }
        }
        let mut out = Clusters { methods: answers.len(), ..Default::default() };
        for ((changed, _, _), cluster) in found {
            if changed { out.changed.push(cluster) } else { out.unchanged.push(cluster) }
        }
        out
    }

    /// Changed and unchanged clusters.
    pub fn counts(&self) -> (usize, usize) {
        (self.changed.len(), self.unchanged.len())
    }

    /// Kappa of every method in every repetition, `[method][repetition]`; NaN where it does not exist.
    ///
    /// `stream` tells the tiles of a bench apart.
    pub fn kappas(&self, params: &BootstrapParams, stream: u64) -> Vec<Vec<f64>> {
        let mut out = vec![Vec::with_capacity(params.repetitions); self.methods];
        for repetition in 0..params.repetitions as u64 {
            let mut totals = vec![Confusion::default(); self.methods];
            for (changed, all) in [(true, &self.changed), (false, &self.unchanged)] {
                for draw in 0..all.len() {
                    let words = [params.seed, stream, repetition, u64::from(changed), draw as u64];
                    let cluster = &all[below(all.len(), &words)];
                    for (total, &called) in totals.iter_mut().zip(&cluster.called) {
                        let rest = cluster.pixels - called;
                        total.merge(&match changed {
                            true => Confusion { tp: called, fn_: rest, ..Default::default() },
                            false => Confusion { fp: called, tn: rest, ..Default::default() },
                        });
                    }
                }
            }
            for (kappas, total) in out.iter_mut().zip(&totals) {
                kappas.push(total.kappa().unwrap_or(f64::NAN));
            }
        }
        out
    }
}

/// The interval that holds `percent` of the values, as many left out on either side; `None` where more than one in ten
/// repetitions gave none.
pub fn interval(values: &[f64], percent: f64) -> Option<[f64; 2]> {
    let mut known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if known.is_empty() || known.len() * 10 < values.len() * 9 {
        return None;
    }
    known.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        // Linear between the two nearest, as numpy's default.
        let x = share * (known.len() - 1) as f64;
        let (low, part) = (x.floor() as usize, x.fract());
        known[low] + part * (known[(low + 1).min(known.len() - 1)] - known[low])
    };
    let out = (1.0 - percent / 100.0) / 2.0;
    Some([at(out), at(1.0 - out)])
}

/// Value by value the difference of two methods.
pub fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Repetition by repetition the mean over tiles, of those that have a value.
pub fn means(tiles: &[&[f64]]) -> Vec<f64> {
    let most = tiles.iter().map(|t| t.len()).max().unwrap_or(0);
    let mean = |r: usize| {
        let known: Vec<f64> = tiles.iter().filter_map(|t| t.get(r).copied()).filter(|v| v.is_finite()).collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    (0..most).map(mean).collect()
}

/// Labels without the pixels where `drop` is true.
pub fn without(labels: &Array2<u8>, drop: &Array2<bool>) -> Array2<u8> {
    Zip::from(labels).and(drop).map_collect(|l, d| if *d { 0 } else { *l })
}
