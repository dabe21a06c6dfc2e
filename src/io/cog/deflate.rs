//! A Deflate encoder for blocks of pixels: repeats of the pixel before and of the row above, Huffman codes for the rest.
//!
//! In: the bytes of a block, row by row. Out: a zlib stream that every reader of TIFF knows. A general encoder looks for repeats
//! anywhere in the last 32 KiB; in class maps and scores they lie at two distances, known beforehand, and the search was most of its
//! work. What it costs and gains stands in the head of this module's folder.
//!
//! # Source
//! RFC 1950 (zlib), RFC 1951 (Deflate).

use super::huffman::{Code, codes, lengths};

/// Bytes that share one pair of Huffman codes: enough that the codes' own 100 bytes do not count, few enough to stay in the cache.
const SECTION: usize = 1 << 16;
/// Longest code: four literals fit into 64 bits beside 7 that wait.
const LONGEST: usize = 14;
/// Longest repeat that Deflate can name.
const MOST: usize = 258;
/// Bytes that are looked at together where nothing repeats.
const GLANCE: usize = 32;
/// End of a section, among literals and lengths.
const END: usize = 256;
/// Number of literals and lengths.
const SYMBOLS: usize = 286;
/// Number of distances.
const DISTANCES: usize = 30;
/// Order in which the lengths of the codes of the lengths are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Literals, then a repeat; `length` 0 for none.
struct Step {
    from: usize,
    to: usize,
    length: usize,
    distance: usize,
}

/// A symbol with bits after it.
#[derive(Clone, Copy)]
struct Extended {
    symbol: usize,
    extra: u64,
    extra_bits: u32,
}

/// The zlib stream of `data`, whose rows have `row` bytes and whose pixels have `pixel`; a row is at most 32 KiB.
///
/// `buffer` is memory to work in; what it holds does not matter.
pub fn zlib(data: &[u8], pixel: usize, row: usize, buffer: &mut Vec<u8>) -> Vec<u8> {
    let mut out = Bits { bytes: std::mem::take(buffer), at: 0, waiting: 0, count: 0 };
    out.reserve(16);
    out.put(0x0178, 16);
    let mut steps = Vec::new();
    let mut start = 0;
    loop {
        let end = (start + SECTION).min(data.len());
        find_repeats(data, start, end, [pixel, row], &mut steps);
        write_section(data, &steps, end == data.len(), &mut out);
        start = end;
        if start == data.len() {
            break;
        }
    }
    out.align();
    let check = libdeflater::adler32(data).to_be_bytes();
    let stream = [&out.bytes[..out.at], &check].concat();
    *buffer = out.bytes;
    stream
}

fn word(data: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&data[at..at + 8]);
    u64::from_le_bytes(bytes)
}

/// How many bytes from `at` on equal those `distance` before them.
fn repeat(data: &[u8], at: usize, end: usize, distance: usize) -> usize {
    let mut to = at;
    while to + 8 <= end {
        let unlike = word(data, to) ^ word(data, to - distance);
        if unlike != 0 {
            return to + unlike.trailing_zeros() as usize / 8 - at;
        }
        to += 8;
    }
    while to < end && data[to] == data[to - distance] {
        to += 1;
    }
    to - at
}

/// `true` where no repeat of 8 bytes begins in the `GLANCE - 3` bytes from `at` on: it would hold one of the words of 4 bytes.
fn nothing_near(data: &[u8], at: usize, distances: [usize; 2]) -> bool {
    let here = &data[at..at + GLANCE];
    let equal = |d: usize| {
        let words = here.chunks_exact(4).zip(data[at - d..at - d + GLANCE].chunks_exact(4));
        words.fold(false, |any, (a, b)| any | (a == b))
    };
    !(equal(distances[0]) | equal(distances[1]))
}

/// Cuts `start..end` into literals and repeats of 8 bytes or more at one of two distances.
fn find_repeats(data: &[u8], start: usize, end: usize, distances: [usize; 2], steps: &mut Vec<Step>) {
    steps.clear();
    let (mut from, mut at) = (start, start);
    while at + 8 <= end {
        if distances.iter().all(|d| at >= *d) && at + GLANCE <= end && nothing_near(data, at, distances) {
            at += GLANCE - 3;
            continue;
        }
        let here = word(data, at);
        let unlike = distances.map(|d| if at >= d { here ^ word(data, at - d) } else { u64::MAX });
        if unlike[0] != 0 && unlike[1] != 0 {
            // No repeat can begin up to the last byte that differs.
            at += 8 - (unlike[0].leading_zeros().max(unlike[1].leading_zeros()) / 8) as usize;
            continue;
        }
        let [near, far] = [0, 1].map(|i| if unlike[i] == 0 { repeat(data, at, end, distances[i]) } else { 0 });
        let (length, distance) = if near >= far { (near, distances[0]) } else { (far, distances[1]) };
        steps.push(Step { from, to: at, length, distance });
        at += length;
        from = at;
    }
    steps.push(Step { from, to: end, length: 0, distance: 0 });
}

/// A repeat in pieces that Deflate can name, 3 to 258 bytes each.
fn pieces(length: usize) -> (usize, [usize; 2]) {
    let (whole, rest) = (length / MOST, length % MOST);
    match rest {
        0 => (whole, [0, 0]),
        1 | 2 if whole > 0 => (whole - 1, [MOST - 3, rest + 3]),
        _ => (whole, [rest, 0]),
    }
}

fn length_symbol(length: usize) -> Extended {
    match length {
        MOST => Extended { symbol: 285, extra: 0, extra_bits: 0 },
        3..=10 => Extended { symbol: 254 + length, extra: 0, extra_bits: 0 },
        _ => {
            let over = length - 3;
            let extra_bits = over.ilog2() - 2;
            let symbol = 257 + 4 * (extra_bits as usize + 1) + ((over >> extra_bits) & 3);
            Extended { symbol, extra: (over & ((1 << extra_bits) - 1)) as u64, extra_bits }
        }
    }
}

fn distance_symbol(distance: usize) -> Extended {
    let over = distance - 1;
    if over < 4 {
        return Extended { symbol: over, extra: 0, extra_bits: 0 };
    }
    let extra_bits = over.ilog2() - 1;
    let symbol = 2 * (extra_bits as usize + 1) + ((over >> extra_bits) & 1);
    Extended { symbol, extra: (over & ((1 << extra_bits) - 1)) as u64, extra_bits }
}

/// Counts of literals and lengths, and of distances.
fn count(data: &[u8], steps: &[Step]) -> ([u32; SYMBOLS], [u32; DISTANCES]) {
    // Four tables, for equal bytes follow each other often and a count would wait for the one before it.
    let mut literals = [[0u32; 256]; 4];
    let (mut symbols, mut distances) = ([0u32; SYMBOLS], [0u32; DISTANCES]);
    for step in steps {
        let fours = data[step.from..step.to].chunks_exact(4);
        fours.remainder().iter().for_each(|b| literals[0][usize::from(*b)] += 1);
        for four in fours {
            (0..4).for_each(|k| literals[k][usize::from(four[k])] += 1);
        }
        if step.length > 0 {
            let (whole, rest) = pieces(step.length);
            symbols[285] += whole as u32;
            let mut named = whole as u32;
            for piece in rest.into_iter().filter(|p| *p > 0) {
                symbols[length_symbol(piece).symbol] += 1;
                named += 1;
            }
            distances[distance_symbol(step.distance).symbol] += named;
        }
    }
    for (value, symbol) in symbols[..256].iter_mut().enumerate() {
        *symbol = literals.iter().map(|l| l[value]).sum();
    }
    symbols[END] = 1;
    // Complete codes only, which every reader takes: two distances at least, even where fewer occur.
    for symbol in 0..2 {
        if distances.iter().filter(|n| **n > 0).count() < 2 {
            distances[symbol] = distances[symbol].max(1);
        }
    }
    if symbols.iter().filter(|n| **n > 0).count() < 2 {
        symbols[0] = 1;
    }
    (symbols, distances)
}

fn write_section(data: &[u8], steps: &[Step], last: bool, out: &mut Bits) {
    let (symbols, distances) = count(data, steps);
    let (of_symbols, of_distances) = (lengths(&symbols, LONGEST), lengths(&distances, LONGEST));
    out.reserve(bound(&symbols, &of_symbols));
    out.put(u64::from(last), 1);
    out.put(2, 2);
    write_lengths(&of_symbols, &of_distances, out);
    let (symbols, distances) = (codes(&of_symbols), codes(&of_distances));
    let mut literals = [Code::default(); 256];
    literals.copy_from_slice(&symbols[..256]);
    for step in steps {
        out.put_literals(&data[step.from..step.to], &literals);
        if step.length > 0 {
            let distance = distance_symbol(step.distance);
            let mut piece = |length: usize| {
                let named = length_symbol(length);
                out.put_code(symbols[named.symbol]);
                out.put(named.extra, named.extra_bits);
                out.put_code(distances[distance.symbol]);
                out.put(distance.extra, distance.extra_bits);
            };
            let (whole, rest) = pieces(step.length);
            (0..whole).for_each(|_| piece(MOST));
            rest.into_iter().filter(|p| *p > 0).for_each(piece);
        }
    }
    out.put_code(symbols[END]);
}

/// Bytes that a section takes at most.
fn bound(counts: &[u32], lengths: &[u8]) -> usize {
    // A repeat adds at most 5 bits to its length and a distance of 14 bits with 13 more.
    let bits = |(symbol, (n, length)): (usize, (&u32, &u8))| {
        *n as usize * (usize::from(*length) + if symbol > END { 32 } else { 0 })
    };
    counts.iter().zip(lengths).enumerate().map(bits).sum::<usize>() / 8 + 512
}

/// Writes the lengths of both codes, themselves in a Huffman code with repeats.
fn write_lengths(symbols: &[u8], distances: &[u8], out: &mut Bits) {
    let used =
        |lengths: &[u8], least: usize| lengths.iter().rposition(|l| *l > 0).map_or(least, |i| (i + 1).max(least));
    let (of_symbols, of_distances) = (used(symbols, 257), used(distances, 1));
    let all: Vec<u8> = symbols[..of_symbols].iter().chain(&distances[..of_distances]).copied().collect();
    let mut names: Vec<Extended> = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let run = all[at..].iter().take_while(|l| **l == all[at]).count();
        let (symbol, extra_bits, least, taken) = match (all[at], run) {
            (0, 11..) => (18, 7, 11, run.min(138)),
            (0, 3..) => (17, 3, 3, run),
            (length, 4..) => {
                names.push(Extended { symbol: usize::from(length), extra: 0, extra_bits: 0 });
                at += 1;
                (16, 2, 3, (run - 1).min(6))
            }
            (length, _) => (usize::from(length), 0, 1, 1),
        };
        names.push(Extended { symbol, extra: (taken - least) as u64, extra_bits });
        at += taken;
    }
    let mut counts = [0u32; 19];
    names.iter().for_each(|n| counts[n.symbol] += 1);
    if counts.iter().filter(|n| **n > 0).count() < 2 {
        counts[0] += 1;
        counts[1] += 1;
    }
    let of_names = lengths(&counts, 7);
    let codes = codes(&of_names);
    let written = ORDER.iter().rposition(|s| of_names[*s] > 0).map_or(4, |i| (i + 1).max(4));
    out.put((of_symbols - 257) as u64, 5);
    out.put((of_distances - 1) as u64, 5);
    out.put((written - 4) as u64, 4);
    ORDER[..written].iter().for_each(|s| out.put(u64::from(of_names[*s]), 3));
    for name in names {
        out.put_code(codes[name.symbol]);
        out.put(name.extra, name.extra_bits);
    }
}

/// Bits on their way into bytes, lowest first.
struct Bits {
    bytes: Vec<u8>,
    /// Whole bytes written.
    at: usize,
    waiting: u64,
    /// Bits that wait, at most 7.
    count: u32,
}

impl Bits {
    /// Makes room for `more` bytes.
    fn reserve(&mut self, more: usize) {
        let needed = self.at + more + 16;
        if self.bytes.len() < needed {
            self.bytes.resize(needed.max(self.bytes.len() * 2), 0);
        }
    }

    /// Writes up to 57 bits.
    fn put(&mut self, bits: u64, count: u32) {
        self.waiting |= bits << self.count;
        self.count += count;
        self.bytes[self.at..self.at + 8].copy_from_slice(&self.waiting.to_le_bytes());
        self.at += (self.count / 8) as usize;
        self.waiting >>= self.count & !7;
        self.count &= 7;
    }

    fn put_code(&mut self, code: Code) {
        self.put(code.bits(), code.length());
    }

    fn put_literals(&mut self, data: &[u8], codes: &[Code; 256]) {
        let fours = data.chunks_exact(4);
        let rest = fours.remainder();
        // In variables of its own, which stay in registers.
        let (mut at, mut waiting, mut count) = (self.at, self.waiting, self.count);
        for four in fours {
            let [a, b, c, d] = [0, 1, 2, 3].map(|k| codes[usize::from(four[k])]);
            let (ab, cd) = (a.bits() | b.bits() << a.length(), c.bits() | d.bits() << c.length());
            let first = a.length() + b.length();
            waiting |= (ab | cd << first) << count;
            count += first + c.length() + d.length();
            self.bytes[at..at + 8].copy_from_slice(&waiting.to_le_bytes());
            at += (count / 8) as usize;
            waiting >>= count & !7;
            count &= 7;
        }
        (self.at, self.waiting, self.count) = (at, waiting, count);
        rest.iter().for_each(|b| self.put_code(codes[usize::from(*b)]));
    }

    /// Fills the last byte.
    fn align(&mut self) {
        let gap = (8 - self.count) & 7;
        self.reserve(8);
        self.put(0, gap);
    }
}
