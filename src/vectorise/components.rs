//! Connected components over the whole grid: the parts of all tiles, joined over the seams.
//!
//! Only what lies on a seam is looked at again. Components are numbered by their first pixel and everything about them is an integer, so
//! the tiling leaves no trace.
//!
//! # Source
//! Change that is nowhere strong is dropped as a whole 8-connected blob, which keeps the weak rim of strong change: thresholding with
//! hysteresis, J. Canny 1986, "A computational approach to edge detection", IEEE TPAMI 8(6), section VI.

use super::tile::{MOST_SIDE, TileParts};
use crate::grid::Window;
use crate::raster::{Sets, Span, connected};
use ndarray::{Array2, ArrayView2};
use serde::Serialize;

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
    /// Pixels per detail code (`class before * 256 + class after`), sorted by code.
    pub details: Vec<(u16, u64)>,
    /// Sums of its [`super::Portrait`]; empty where it has none.
    pub portrait: Vec<u64>,
}

/// Change that was dropped because it is nowhere strong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Weak {
    /// Blobs without a strong pixel.
    pub blobs: u64,
    /// Their pixels.
    pub pixels: u64,
}

/// The components of a grid, sorted by [`Component::first`].
#[derive(Clone, Debug, Default)]
pub struct Components {
    /// The components.
    pub components: Vec<Component>,
    /// What was dropped.
    pub weak: Weak,
    tiles: Vec<TileParts>,
    /// Number of each tile's first part.
    first_part: Vec<u32>,
    /// Component of each part; [`DROPPED`] for weak ones.
    of_part: Vec<u32>,
    /// Tile and part numbers ordered by component, and where each component begins.
    order: Vec<(u32, u32)>,
    bounds: Vec<u32>,
}

const DROPPED: u32 = u32::MAX;

impl Components {
    /// Joins the tiles of a grid, which must cover it without overlap, in any order.
    pub fn join(grid_rows: usize, grid_cols: usize, mut tiles: Vec<TileParts>) -> Components {
        tiles.sort_by_key(|t| (t.window.row, t.window.col));
        let mut first_part = Vec::with_capacity(tiles.len() + 1);
        let mut count = 0u32;
        for tile in &tiles {
            first_part.push(count);
            count += tile.parts.len() as u32;
        }
        let (of_group, of_blob) = joined(&tiles, &first_part, count as usize, (grid_rows, grid_cols));
        let mut strong = vec![false; count as usize];
        let all = || tiles.iter().flat_map(|t| &t.parts).enumerate();
        all().for_each(|(p, part)| strong[of_blob[p] as usize] |= part.strong);
        let mut weak = Weak::default();
        for (p, part) in all().filter(|(p, _)| !strong[of_blob[*p] as usize]) {
            weak.blobs += u64::from(of_blob[p] as usize == p);
            weak.pixels += u64::from(part.pixels);
        }
        let mut out = Components { weak, tiles, first_part, of_part: vec![DROPPED; count as usize], ..Self::default() };
        out.collect(&of_group, |p| strong[of_blob[p] as usize], grid_cols as u64);
        out
    }

    /// The 8-connected components of equal non-zero codes of one image.
    pub fn of_image(codes: ArrayView2<u8>) -> Components {
        let (rows, cols) = codes.dim();
        let side = MOST_SIDE / 2;
        let windows = (0..rows).step_by(side).flat_map(|row| (0..cols).step_by(side).map(move |col| (row, col)));
        let tiles = windows.map(|(row, col)| {
            let (high, wide) = (side.min(rows - row), side.min(cols - col));
            let window = Window { row: row as i64, col: col as i64, rows: high, cols: wide };
            TileParts::of(window, codes.slice(ndarray::s![row..row + high, col..col + wide]), None)
        });
        Components::join(rows, cols, tiles.collect())
    }

    /// Sums the parts up to components, sorts these and finds the parts of each.
    fn collect(&mut self, of_group: &[u32], kept: impl Fn(usize) -> bool, grid_cols: u64) {
        let mut slot = vec![DROPPED; of_group.len()];
        let mut parts: Vec<(u32, u32)> = Vec::new();
        for (t, tile) in self.tiles.iter().enumerate() {
            for k in 0..tile.parts.len() {
                let p = self.first_part[t] as usize + k;
                if !kept(p) {
                    continue;
                }
                let part = part_alone(tile, k, grid_cols);
                let root = of_group[p] as usize;
                if slot[root] == DROPPED {
                    slot[root] = self.components.len() as u32;
                    self.components.push(part);
                } else {
                    self.components[slot[root] as usize].add(part);
                }
                self.of_part[p] = slot[root];
                parts.push((t as u32, k as u32));
            }
        }
        let mut by_first: Vec<u32> = (0..self.components.len() as u32).collect();
        by_first.sort_unstable_by_key(|&c| self.components[c as usize].first);
        let mut rank = vec![0u32; by_first.len()];
        by_first.iter().enumerate().for_each(|(to, &from)| rank[from as usize] = to as u32);
        self.of_part.iter_mut().filter(|c| **c != DROPPED).for_each(|c| *c = rank[*c as usize]);
        self.components.sort_unstable_by_key(|c| c.first);
        parts.sort_by_key(|&(t, k)| self.of_part[(self.first_part[t as usize] + k) as usize]);
        self.bounds = vec![0; self.components.len() + 1];
        for &(t, k) in &parts {
            self.bounds[self.of_part[(self.first_part[t as usize] + k) as usize] as usize + 1] += 1;
        }
        for c in 0..self.components.len() {
            self.bounds[c + 1] += self.bounds[c];
        }
        self.order = parts;
    }

    /// Number of the tile with this window.
    pub fn tile_at(&self, window: Window) -> Option<usize> {
        self.tiles.binary_search_by_key(&(window.row, window.col), |t| (t.window.row, t.window.col)).ok()
    }

    /// The tiles, by row and column.
    pub fn tiles(&self) -> &[TileParts] {
        &self.tiles
    }

    /// The component that a part of a tile belongs to; `None` when it was dropped.
    pub fn of_part(&self, tile: usize, part: u32) -> Option<usize> {
        let c = self.of_part[(self.first_part[tile] + part) as usize];
        (c != DROPPED).then_some(c as usize)
    }

    /// Pixels of all components.
    pub fn pixels(&self) -> u64 {
        self.components.iter().map(|c| c.pixels).sum()
    }

    /// The pixels of a component, in raster order.
    pub fn spans_of(&self, component: usize) -> Vec<Span> {
        let mut spans = Vec::new();
        for &(t, k) in &self.order[self.bounds[component] as usize..self.bounds[component + 1] as usize] {
            let tile = &self.tiles[t as usize];
            let (row, col) = (tile.window.row as u32, tile.window.col as u32);
            spans.extend(tile.spans_of(k as usize).iter().map(|s| Span {
                row: row + u32::from(s.row),
                start: col + u32::from(s.start),
                end: col + u32::from(s.end),
            }));
        }
        spans.sort_unstable();
        spans
    }

    /// For every component of `inner`, which is on the same tiles and has no pixel outside of the components here, the one it lies in; `None`
    /// where that one was dropped.
    pub fn holders_of(&self, inner: &Components) -> Vec<Option<usize>> {
        let mut out = vec![None; inner.components.len()];
        let mut asked: Vec<(u32, (u16, u16), usize)> = Vec::with_capacity(out.len());
        for component in 0..out.len() {
            let (t, k) = inner.order[inner.bounds[component] as usize];
            let first = inner.tiles[t as usize].spans_of(k as usize)[0];
            asked.push((t, (first.row, first.start), component));
        }
        asked.sort_unstable();
        for of_tile in asked.chunk_by(|a, b| a.0 == b.0) {
            let t = of_tile[0].0 as usize;
            let parts = 0..self.tiles[t].parts.len();
            let mut spans: Vec<_> = parts
                .flat_map(|k| self.tiles[t].spans_of(k).iter().map(move |s| ((s.row, s.start), s.end, k)))
                .collect();
            spans.sort_unstable();
            for (_, (row, col), component) in of_tile {
                let at = spans.partition_point(|s| s.0 <= (*row, *col));
                let holding = spans[..at].last().filter(|((r, _), end, _)| r == row && col < end);
                out[*component] = holding.and_then(|(_, _, k)| self.of_part(t, *k as u32));
            }
        }
        out
    }

    /// Sets the pixels of a tile that belong to a component.
    pub fn paint(&self, tile: usize, value: u8, out: &mut Array2<u8>) {
        for part in 0..self.tiles[tile].parts.len() {
            if self.of_part(tile, part as u32).is_some() {
                self.tiles[tile].paint(part, value, out);
            }
        }
    }
}

impl Component {
    /// What is left of it without parts of it, whose first pixel is `first`; it has no portrait.
    ///
    /// Its window stays that of the whole.
    pub fn without<'a>(&self, parts: impl IntoIterator<Item = &'a Component>, first: u64) -> Component {
        let mut left = Component { first, portrait: Vec::new(), ..self.clone() };
        for part in parts {
            left.pixels -= part.pixels;
            left.sums = [left.sums[0] - part.sums[0], left.sums[1] - part.sums[1]];
            for (detail, pixels) in &part.details {
                if let Ok(k) = left.details.binary_search_by_key(detail, |&(code, _)| code) {
                    left.details[k].1 -= pixels;
                }
            }
        }
        left
    }

    /// It and others as one, without a portrait.
    pub fn with<'a>(&self, others: impl IntoIterator<Item = &'a Component>) -> Component {
        let mut all = Component { portrait: Vec::new(), ..self.clone() };
        others.into_iter().for_each(|other| all.add(Component { portrait: Vec::new(), ..other.clone() }));
        all
    }

    fn add(&mut self, part: Component) {
        self.first = self.first.min(part.first);
        self.pixels += part.pixels;
        self.sums = [self.sums[0] + part.sums[0], self.sums[1] + part.sums[1]];
        self.portrait.iter_mut().zip(&part.portrait).for_each(|(a, b)| *a += b);
        let (a, b) = (self.window, part.window);
        let (row, col) = (a.row.min(b.row), a.col.min(b.col));
        let (end, right) = (a.row_end().max(b.row_end()), a.col_end().max(b.col_end()));
        self.window = Window { row, col, rows: (end - row) as usize, cols: (right - col) as usize };
        for (detail, pixels) in part.details {
            match self.details.binary_search_by_key(&detail, |&(code, _)| code) {
                Ok(k) => self.details[k].1 += pixels,
                Err(k) => self.details.insert(k, (detail, pixels)),
            }
        }
    }
}

/// A part as a component of its own.
fn part_alone(tile: &TileParts, k: usize, grid_cols: u64) -> Component {
    let (part, spans) = (&tile.parts[k], tile.spans_of(k));
    let (row, col) = (tile.window.row, tile.window.col);
    let first = spans[0];
    Component {
        first: (row as u64 + u64::from(first.row)) * grid_cols + col as u64 + u64::from(first.start),
        pixels: part.pixels.into(),
        group: part.group,
        window: tile.extent(k),
        sums: part.sums,
        details: tile.details_of(k).iter().map(|&(d, n)| (d, n.into())).collect(),
        portrait: tile.portrait_of(k).to_vec(),
    }
}

/// For every part the first part of its component and of its blob, found on the spans along the seams.
fn joined(tiles: &[TileParts], first_part: &[u32], count: usize, grid: (usize, usize)) -> (Vec<u32>, Vec<u32>) {
    let mut border: Vec<(Span, u32, u8)> = Vec::new();
    let (mut groups, mut blobs) = (Sets::new(count), Sets::new(count));
    for (tile, &first) in tiles.iter().zip(first_part) {
        let w = tile.window;
        let (row, col) = (w.row as u32, w.col as u32);
        let (bottom, right) = (w.rows as u16 - 1, w.cols as u16);
        for (k, part) in tile.parts.iter().enumerate() {
            let number = first + k as u32;
            blobs.union(number, first + part.blob);
            let mut seam = |span: Span| border.push((span, number, part.group));
            for s in tile.spans_of(k) {
                let at = |start: u16, end: u16| Span {
                    row: row + u32::from(s.row),
                    start: col + u32::from(start),
                    end: col + u32::from(end),
                };
                let level = s.row == 0 && w.row > 0 || s.row == bottom && (w.row_end() as usize) < grid.0;
                let (on_left, on_right) =
                    (s.start == 0 && w.col > 0, s.end == right && (w.col_end() as usize) < grid.1);
                match () {
                    () if level => seam(at(s.start, s.end)),
                    // One pixel is enough to be met from the side.
                    () if on_left && on_right && s.end - s.start < 3 => seam(at(s.start, s.end)),
                    () => {
                        on_left.then(|| seam(at(s.start, s.start + 1)));
                        on_right.then(|| seam(at(s.end - 1, s.end)));
                    }
                }
            }
        }
    }
    border.sort_unstable();
    let spans: Vec<Span> = border.iter().map(|b| b.0).collect();
    let alike = connected(&spans, true, |a, b| border[a].2 == border[b].2);
    let touching = connected(&spans, true, |_, _| true);
    for (i, (_, part, _)) in border.iter().enumerate() {
        groups.union(*part, border[alike[i] as usize].1);
        blobs.union(*part, border[touching[i] as usize].1);
    }
    (groups.roots(), blobs.roots())
}
