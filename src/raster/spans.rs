//! Spans, stretches of pixels of one row, and which of them hang together.

/// The columns `start..end` of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Row.
    pub row: u32,
    /// First column.
    pub start: u32,
    /// One past the last column.
    pub end: u32,
}

impl Span {
    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        u64::from(self.end - self.start)
    }
}

/// Calls `found(first, end)` for every maximal stretch of equal values in a row that are not `background`.
///
/// # Cost
/// One pass; long background is skipped sixteen values at a time.
#[inline(always)]
pub fn stretches<T: Copy + PartialEq>(values: &[T], background: T, mut found: impl FnMut(usize, usize)) {
    let mut c = 0;
    while c < values.len() {
        if values[c] == background {
            while values[c..].first_chunk::<16>().is_some_and(|chunk| *chunk == [background; 16]) {
                c += 16;
            }
            while c < values.len() && values[c] == background {
                c += 1;
            }
            continue;
        }
        let start = c;
        while c < values.len() && values[c] == values[start] {
            c += 1;
        }
        found(start, c);
    }
}

/// The pixels of spans that are in none of `taken`; both in raster order, each without overlaps.
pub fn without(spans: &[Span], taken: &[Span]) -> Vec<Span> {
    let mut out = Vec::with_capacity(spans.len());
    let mut next = 0;
    for span in spans {
        let mut start = span.start;
        while taken.get(next).is_some_and(|t| (t.row, t.end) <= (span.row, start)) {
            next += 1;
        }
        for hole in taken[next..].iter().take_while(|t| t.row == span.row && t.start < span.end) {
            if hole.start > start {
                out.push(Span { row: span.row, start, end: hole.start });
            }
            start = start.max(hole.end);
        }
        if start < span.end {
            out.push(Span { row: span.row, start, end: span.end });
        }
    }
    out
}

/// Whether at most `gap` pixels lie between some pixel of `a` and some of `b`, along rows and columns; both in raster order.
pub fn near(a: &[Span], b: &[Span], gap: u32) -> bool {
    let reach = gap + 1;
    a.iter().any(|own| {
        let first = b.partition_point(|s| s.row + reach < own.row);
        let rows = b[first..].iter().take_while(|s| s.row <= own.row + reach);
        rows.into_iter().any(|s| s.start < own.end + reach && own.start < s.end + reach)
    })
}

/// Disjoint sets of the numbers from 0 on; the root of a set is its smallest member.
///
/// # Source
/// R. Tarjan 1975, "Efficiency of a good but not linear set union algorithm", JACM 22(2), with path halving.
pub struct Sets(Vec<u32>);

impl Sets {
    /// `count` sets of one.
    pub fn new(count: usize) -> Sets {
        Sets((0..count as u32).collect())
    }

    /// The root of a number's set.
    pub fn find(&mut self, mut i: u32) -> u32 {
        let parent = &mut self.0;
        while parent[i as usize] != i {
            parent[i as usize] = parent[parent[i as usize] as usize];
            i = parent[i as usize];
        }
        i
    }

    /// Makes one set of two.
    pub fn union(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
    }

    /// The root of every number.
    pub fn roots(mut self) -> Vec<u32> {
        // Parents are smaller than their children, so they are final when a child asks.
        for i in 0..self.0.len() {
            self.0[i] = self.0[self.0[i] as usize];
        }
        self.0
    }
}

/// For spans in raster order, the first span of the set each belongs to: spans hang together where they touch at a side, with `corners`
/// also at a corner, and are `alike`.
///
/// # Source
/// Two scans over runs with union to the minimum: L. He, Y. Chao, K. Suzuki 2008, "A run-based two-scan labeling algorithm",
/// IEEE Transactions on Image Processing 17(5).
pub fn connected(spans: &[Span], corners: bool, alike: impl Fn(usize, usize) -> bool) -> Vec<u32> {
    let mut sets = Sets::new(spans.len());
    let reach = u32::from(corners);
    let (mut above, mut above_end) = (0, 0);
    let mut begin = 0;
    while begin < spans.len() {
        let row = spans[begin].row;
        let mut end = begin + 1;
        while end < spans.len() && spans[end].row == row {
            if spans[end - 1].end == spans[end].start && alike(end - 1, end) {
                sets.union(end as u32 - 1, end as u32);
            }
            end += 1;
        }
        if above_end > above && spans[above].row + 1 == row {
            let mut p = above;
            for (q, here) in spans.iter().enumerate().take(end).skip(begin) {
                while p < above_end && spans[p].end + reach <= here.start {
                    p += 1;
                }
                let mut k = p;
                while k < above_end && spans[k].start < here.end + reach {
                    if alike(k, q) {
                        sets.union(k as u32, q as u32);
                    }
                    k += 1;
                }
            }
        }
        (above, above_end) = (begin, end);
        begin = end;
    }
    sets.roots()
}

#[cfg(test)]
mod tests;
