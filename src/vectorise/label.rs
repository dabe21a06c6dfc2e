//! Connected components of runs by union-find.
//!
//! # Source
//! Two-pass labelling on runs with union to the minimum: He, Chao, Suzuki 2008, "A run-based two-scan labeling
//! algorithm", IEEE Transactions on Image Processing 17(5).

use super::{Run, RunImage};
use crate::grid::Window;

/// An 8-connected component of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Smallest pixel index `row * cols + col` of the component: its identity, whatever the tiling.
    pub first: u64,
    /// Number of pixels.
    pub pixels: u64,
    /// Connectivity group.
    pub group: u8,
    /// Smallest window around it.
    pub window: Window,
    /// Fixed-point sums over its pixels: change score, distance from natural ground.
    pub sums: [u64; 2],
    /// Pixels per detail code, sorted by code.
    pub details: Vec<(u16, u64)>,
}

/// The components of a [`RunImage`], sorted by [`Component::first`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Component of each run.
    pub of_run: Vec<u32>,
    /// The components.
    pub components: Vec<Component>,
    /// Run numbers ordered by component, then raster order.
    order: Vec<u32>,
    /// Where each component begins in `order`; one more than there are components.
    bounds: Vec<usize>,
}

impl Labels {
    /// The numbers of the runs of a component, in raster order.
    pub fn runs_of(&self, component: usize) -> &[u32] {
        &self.order[self.bounds[component]..self.bounds[component + 1]]
    }
}

/// Joins runs of the same group that touch at a side or a corner, whatever their detail.
///
/// # Cost
/// Near linear in the number of runs; no pixel is looked at.
pub fn label(image: &RunImage) -> Labels {
    let runs = &image.runs;
    let mut parent = join(runs, true, false);
    // Roots are the smallest run of their component, so numbering them in order sorts the components by first pixel.
    let mut components: Vec<Component> = Vec::new();
    let mut of_run = vec![0u32; runs.len()];
    for i in 0..runs.len() {
        let root = find(&mut parent, i as u32) as usize;
        let run = &runs[i];
        if root == i {
            of_run[i] = components.len() as u32;
            components.push(Component {
                first: u64::from(run.row) * image.cols as u64 + u64::from(run.start),
                pixels: 0,
                group: run.group,
                window: Window { row: run.row.into(), col: run.start.into(), rows: 0, cols: 0 },
                sums: [0; 2],
                details: Vec::new(),
            });
        } else {
            of_run[i] = of_run[root];
        }
        components[of_run[i] as usize].add(run);
    }
    let mut bounds = vec![0usize; components.len() + 1];
    for &c in &of_run {
        bounds[c as usize + 1] += 1;
    }
    for c in 0..components.len() {
        bounds[c + 1] += bounds[c];
    }
    let mut next = bounds.clone();
    let mut order = vec![0u32; runs.len()];
    for (i, &c) in of_run.iter().enumerate() {
        order[next[c as usize]] = i as u32;
        next[c as usize] += 1;
    }
    Labels { of_run, components, order, bounds }
}

impl Component {
    /// Adds a run; runs come in raster order.
    fn add(&mut self, run: &Run) {
        self.pixels += run.pixels();
        self.sums = super::runs::add(self.sums, run.sums);
        let col = self.window.col.min(run.start.into());
        let col_end = self.window.col_end().max(run.end.into());
        self.window.col = col;
        self.window.cols = (col_end - col) as usize;
        self.window.rows = (i64::from(run.row) + 1 - self.window.row) as usize;
        match self.details.binary_search_by_key(&run.detail, |&(code, _)| code) {
            Ok(k) => self.details[k].1 += run.pixels(),
            Err(k) => self.details.insert(k, (run.detail, run.pixels())),
        }
    }
}

/// Union-find parents of runs sorted in raster order, joined where runs of the same group (with `mixed` of any) touch at a
/// side, and with `corners` also at a corner. Every root is the smallest run of its set.
pub(super) fn join(runs: &[Run], corners: bool, mixed: bool) -> Vec<u32> {
    let mut parent: Vec<u32> = (0..runs.len() as u32).collect();
    let reach = u32::from(corners);
    let (mut above, mut above_end) = (0, 0);
    let mut begin = 0;
    while begin < runs.len() {
        let row = runs[begin].row;
        let mut end = begin + 1;
        while end < runs.len() && runs[end].row == row {
            if runs[end - 1].end == runs[end].start && (mixed || runs[end - 1].group == runs[end].group) {
                union(&mut parent, end as u32 - 1, end as u32);
            }
            end += 1;
        }
        if above_end > above && runs[above].row + 1 == row {
            let mut p = above;
            for q in begin..end {
                let here = &runs[q];
                while p < above_end && runs[p].end + reach <= here.start {
                    p += 1;
                }
                let mut k = p;
                while k < above_end && runs[k].start < here.end + reach {
                    if mixed || runs[k].group == here.group {
                        union(&mut parent, k as u32, q as u32);
                    }
                    k += 1;
                }
            }
        }
        (above, above_end) = (begin, end);
        begin = end;
    }
    parent
}

/// The root of a set, halving the path on the way.
pub(super) fn find(parent: &mut [u32], mut i: u32) -> u32 {
    while parent[i as usize] != i {
        parent[i as usize] = parent[parent[i as usize] as usize];
        i = parent[i as usize];
    }
    i
}

fn union(parent: &mut [u32], a: u32, b: u32) {
    let (a, b) = (find(parent, a), find(parent, b));
    if a < b {
        parent[b as usize] = a;
    } else {
        parent[a as usize] = b;
    }
}
