//! The components of one tile: the only form in which changed pixels leave it.

use crate::grid::Window;
use crate::raster::{Span, connected, stretches};
use ndarray::{Array2, ArrayView2};

/// Widest and highest tile, pixels: spans count columns in 16 bits.
pub const MOST_SIDE: usize = u16::MAX as usize;

/// A stretch of pixels of one row of a tile, counted from the tile's corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TileSpan {
    pub row: u16,
    pub start: u16,
    pub end: u16,
}

/// What is summed up over the pixels of a component, `(rows, cols)` of the tile.
#[derive(Clone, Copy)]
pub struct Measures<'a> {
    /// Class before.
    pub from: ArrayView2<'a, u8>,
    /// Class after.
    pub to: ArrayView2<'a, u8>,
    /// Fixed-point change score.
    pub score: ArrayView2<'a, u16>,
    /// Fixed-point distance from natural ground.
    pub distance: ArrayView2<'a, u16>,
    /// Score from which a pixel is a strong one.
    pub strong: u16,
    /// A group whose pixels are strong whatever their score.
    pub always_strong: Option<u8>,
    /// What else is summed up, of components that may have so many pixels.
    pub portrait: Option<(&'a dyn Portrait, u32)>,
}

/// Sums over pixels that only some groups need: what their decision is made from.
pub trait Portrait {
    /// Whether components of a group are portrayed.
    fn of_group(&self, group: u8) -> bool;
    /// How many sums there are.
    fn sums(&self) -> usize;
    /// Adds the pixels of a stretch of a row of the tile.
    fn add(&self, row: usize, cols: std::ops::Range<usize>, sums: &mut [u64]);
}

/// An 8-connected component of one group within a tile: a part of a [`super::Component`].
#[derive(Clone, Debug)]
pub(super) struct TilePart {
    pub group: u8,
    /// It holds a strong pixel.
    pub strong: bool,
    /// The first part of the 8-connected blob of any groups it belongs to.
    pub blob: u32,
    pub pixels: u32,
    pub sums: [u64; 2],
    /// Its spans, in raster order.
    pub spans: (u32, u32),
    /// Its details.
    pub details: (u32, u32),
    /// Its portrait.
    pub portrait: (u32, u32),
}

/// The components of one tile.
#[derive(Clone, Debug)]
pub struct TileParts {
    pub(super) window: Window,
    pub(super) parts: Vec<TilePart>,
    pub(super) spans: Vec<TileSpan>,
    /// Pixels per detail code, sorted by code within a part.
    pub(super) details: Vec<(u16, u32)>,
    /// Sums of the portraits, part after part.
    pub(super) portraits: Vec<u64>,
}

impl TileParts {
    /// Labels a tile.
    ///
    /// # Shapes
    /// `group` and the measures have the rows and columns of `window`, which lies inside the grid and is at most [`MOST_SIDE`] a side.
    ///
    /// # Nodata
    /// Group 0 is background and belongs to no component; pixels that cannot be judged are background unless they get a group.
    ///
    /// # Cost
    /// One pass over the pixels, then near linear in the spans; 6 bytes are kept per span and about 60 per component.
    pub fn of(window: Window, group: ArrayView2<u8>, measures: Option<&Measures>) -> TileParts {
        debug_assert_eq!(group.dim(), (window.rows, window.cols));
        debug_assert!(window.rows <= MOST_SIDE && window.cols <= MOST_SIDE);
        let mut spans: Vec<Span> = Vec::new();
        let mut groups: Vec<u8> = Vec::new();
        for (i, line) in group.rows().into_iter().enumerate() {
            let line = line.to_slice().map_or_else(|| line.to_vec().into(), std::borrow::Cow::Borrowed);
            stretches(&line, 0, |start, end| {
                groups.push(line[start]);
                spans.push(Span { row: i as u32, start: start as u32, end: end as u32 });
            });
        }
        let roots = connected(&spans, true, |a, b| groups[a] == groups[b]);
        let blobs = measures.map(|_| connected(&spans, true, |_, _| true));
        // Roots are the first span of their component, so the parts come in the order of their first pixels.
        let mut part_of = vec![0u32; spans.len()];
        let mut parts: Vec<TilePart> = Vec::new();
        for (i, span) in spans.iter().enumerate() {
            let root = roots[i] as usize;
            if root == i {
                part_of[i] = parts.len() as u32;
                let blob = blobs.as_ref().map_or(parts.len() as u32, |b| part_of[b[i] as usize]);
                parts.push(TilePart {
                    group: groups[i],
                    strong: measures.is_none(),
                    blob,
                    pixels: 0,
                    sums: [0; 2],
                    spans: (0, 0),
                    details: (0, 0),
                    portrait: (0, 0),
                });
            } else {
                part_of[i] = part_of[root];
            }
            let part = &mut parts[part_of[i] as usize];
            part.pixels += span.end - span.start;
            part.spans.1 += 1;
        }
        let mut out = TileParts { window, parts, spans: Vec::new(), details: Vec::new(), portraits: Vec::new() };
        if let Some(measures) = measures {
            out.measure(&spans, &part_of, measures);
            measures.portrait.into_iter().for_each(|(p, least)| out.portray(&spans, &part_of, p, least));
        }
        out.sort_spans(&spans, &part_of);
        out
    }

    fn measure(&mut self, spans: &[Span], part_of: &[u32], m: &Measures) {
        let mut tallies: Vec<Vec<(u16, u32)>> = vec![Vec::new(); self.parts.len()];
        for (span, &part) in spans.iter().zip(part_of) {
            let (tally, part) = (&mut tallies[part as usize], &mut self.parts[part as usize]);
            let row = span.row as usize;
            let (mut last, mut count) = (None, 0);
            for col in span.start as usize..span.end as usize {
                let at = (row, col);
                part.strong |= m.score[at] >= m.strong || m.always_strong == Some(part.group);
                part.sums[0] += u64::from(m.score[at]);
                part.sums[1] += u64::from(m.distance[at]);
                let detail = u16::from(m.from[at]) << 8 | u16::from(m.to[at]);
                if last == Some(detail) {
                    count += 1;
                } else {
                    last.into_iter().for_each(|d| add(tally, d, count));
                    (last, count) = (Some(detail), 1);
                }
            }
            last.into_iter().for_each(|d| add(tally, d, count));
        }
        for (part, mut tally) in self.parts.iter_mut().zip(tallies) {
            tally.sort_unstable();
            let first = self.details.len() as u32;
            self.details.extend(tally);
            part.details = (first, self.details.len() as u32);
        }
    }

    /// Portrays the parts of `least` pixels or more, and the smaller ones that may go on in another tile.
    fn portray(&mut self, spans: &[Span], part_of: &[u32], portrait: &dyn Portrait, least: u32) {
        let (bottom, right) = (self.window.rows as u32 - 1, self.window.cols as u32);
        let mut open = vec![false; self.parts.len()];
        for (span, &part) in spans.iter().zip(part_of) {
            open[part as usize] |= span.row == 0 || span.row == bottom || span.start == 0 || span.end == right;
        }
        let mut end = 0;
        let wanted =
            |(part, open): &(&mut TilePart, bool)| portrait.of_group(part.group) && (*open || part.pixels >= least);
        for (part, _) in self.parts.iter_mut().zip(open).filter(wanted) {
            part.portrait = (end, end + portrait.sums() as u32);
            end = part.portrait.1;
        }
        self.portraits = vec![0; end as usize];
        for (span, &part) in spans.iter().zip(part_of) {
            let (first, end) = self.parts[part as usize].portrait;
            if first < end {
                let sums = &mut self.portraits[first as usize..end as usize];
                portrait.add(span.row as usize, span.start as usize..span.end as usize, sums);
            }
        }
    }

    /// Orders the spans by part; within a part they stay in raster order.
    fn sort_spans(&mut self, spans: &[Span], part_of: &[u32]) {
        let mut next = 0;
        for part in &mut self.parts {
            let count = part.spans.1;
            part.spans = (next, next);
            next += count;
        }
        self.spans = vec![TileSpan { row: 0, start: 0, end: 0 }; spans.len()];
        for (span, &part) in spans.iter().zip(part_of) {
            let end = &mut self.parts[part as usize].spans.1;
            self.spans[*end as usize] =
                TileSpan { row: span.row as u16, start: span.start as u16, end: span.end as u16 };
            *end += 1;
        }
    }

    pub(super) fn spans_of(&self, part: usize) -> &[TileSpan] {
        let (first, end) = self.parts[part].spans;
        &self.spans[first as usize..end as usize]
    }

    /// Sums of the portrait of a part; empty if it has none.
    pub(super) fn portrait_of(&self, part: usize) -> &[u64] {
        let (first, end) = self.parts[part].portrait;
        &self.portraits[first as usize..end as usize]
    }

    pub(super) fn details_of(&self, part: usize) -> &[(u16, u32)] {
        let (first, end) = self.parts[part].details;
        &self.details[first as usize..end as usize]
    }

    /// The window of the tile.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Group, pixels and smallest window on the grid of every component in the tile.
    pub fn extents(&self) -> impl Iterator<Item = (u8, u32, Window)> {
        self.parts.iter().enumerate().map(|(k, part)| (part.group, part.pixels, self.extent(k)))
    }

    /// The smallest window on the grid around a part.
    pub(super) fn extent(&self, part: usize) -> Window {
        let spans = self.spans_of(part);
        let (left, right) = spans.iter().fold((u16::MAX, 0), |(left, right), s| (left.min(s.start), right.max(s.end)));
        let (first, last) = (spans.first().map_or(0, |s| s.row), spans.last().map_or(0, |s| s.row));
        Window {
            row: self.window.row + i64::from(first),
            col: self.window.col + i64::from(left),
            rows: usize::from(last - first) + 1,
            cols: usize::from(right - left),
        }
    }

    /// Pixels per group, by its number; group 0 has none.
    pub fn pixels_of_groups(&self) -> [u64; 8] {
        let mut out = [0; 8];
        self.parts.iter().for_each(|p| out[usize::from(p.group & 7)] += u64::from(p.pixels));
        out
    }

    /// Number of the part that each pixel of the tile belongs to, plus one; 0 is none.
    pub fn numbers(&self) -> Array2<u32> {
        let mut out = Array2::zeros((self.window.rows, self.window.cols));
        for part in 0..self.parts.len() {
            self.paint(part, part as u32 + 1, &mut out);
        }
        out
    }

    /// Which parts lie in a blob with a strong pixel, as far as the tile shows.
    pub fn strong(&self) -> Vec<bool> {
        let mut blobs = vec![false; self.parts.len()];
        self.parts.iter().for_each(|p| blobs[p.blob as usize] |= p.strong);
        self.parts.iter().map(|p| blobs[p.blob as usize]).collect()
    }

    /// Sets the pixels of a part in an array of the tile's shape.
    pub(super) fn paint<T: Copy>(&self, part: usize, value: T, out: &mut Array2<T>) {
        for s in self.spans_of(part) {
            out.row_mut(s.row.into()).slice_mut(ndarray::s![usize::from(s.start)..usize::from(s.end)]).fill(value);
        }
    }
}

fn add(tally: &mut Vec<(u16, u32)>, detail: u16, count: u32) {
    match tally.iter_mut().find(|(d, _)| *d == detail) {
        Some((_, n)) => *n += count,
        None => tally.push((detail, count)),
    }
}
