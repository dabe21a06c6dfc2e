//! Huffman codes for Deflate: lengths from counts, codes from lengths.
//!
//! # Source
//! RFC 1951, 3.2.2 (codes from lengths). Lengths: the two-queue form of Huffman's algorithm; those over the limit are cut to it and
//! the Kraft sum is mended by lengthening the longest shorter codes, as zlib and miniz do.

/// The code of a symbol, ready to be written: bits in the low half (first bit lowest), their number in the high half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Code(u32);

impl Code {
    fn new(bits: u32, length: u32) -> Code {
        Code(bits | length << 16)
    }

    /// The bits.
    pub fn bits(self) -> u64 {
        u64::from(self.0 & 0xffff)
    }

    /// Their number; 0 for a symbol that does not occur.
    pub fn length(self) -> u32 {
        self.0 >> 16
    }
}

/// Lengths of a complete prefix code, at most `limit` bits, for symbols that occur `counts` times; 0 where the count is 0.
///
/// At least two counts must be above 0 for the code to be complete, and at most 2^`limit` may be.
pub fn lengths(counts: &[u32], limit: usize) -> Vec<u8> {
    let mut leaves: Vec<(u32, usize)> =
        counts.iter().enumerate().filter(|(_, n)| **n > 0).map(|(symbol, n)| (*n, symbol)).collect();
    leaves.sort_unstable();
    let n = leaves.len();
    let mut out = vec![0; counts.len()];
    if n < 2 {
        leaves.iter().for_each(|l| out[l.1] = 1);
        return out;
    }
    // Nodes: leaves 0..n by count, then joined pairs in the order they are made, which is by weight too.
    let mut weight: Vec<u64> = leaves.iter().map(|l| u64::from(l.0)).collect();
    let mut parent = vec![0; 2 * n - 1];
    let (mut leaf, mut joined) = (0, n);
    for next in n..2 * n - 1 {
        let mut sum = 0;
        for _ in 0..2 {
            let take_leaf = leaf < n && (joined >= next || weight[leaf] <= weight[joined]);
            let taken = if take_leaf { &mut leaf } else { &mut joined };
            sum += weight[*taken];
            parent[*taken] = next;
            *taken += 1;
        }
        weight.push(sum);
    }
    let mut depth = vec![0; 2 * n - 1];
    let mut of_length = vec![0u32; limit + 1];
    for node in (0..2 * n - 2).rev() {
        depth[node] = depth[parent[node]] + 1;
        if node < n {
            of_length[depth[node].min(limit)] += 1;
        }
    }
    let mut kraft: u64 = (1..=limit).map(|l| u64::from(of_length[l]) << (limit - l)).sum();
    while kraft > 1 << limit {
        of_length[limit] -= 1;
        if let Some(shorter) = (1..limit).rev().find(|l| of_length[*l] > 0) {
            of_length[shorter] -= 1;
            of_length[shorter + 1] += 2;
        }
        kraft -= 1;
    }
    let by_length = (1..=limit).rev().flat_map(|l| std::iter::repeat_n(l as u8, of_length[l] as usize));
    leaves.iter().zip(by_length).for_each(|(leaf, length)| out[leaf.1] = length);
    out
}

/// The codes that Deflate gives to lengths.
pub fn codes(lengths: &[u8]) -> Vec<Code> {
    let mut of_length = [0u32; 16];
    lengths.iter().filter(|l| **l > 0).for_each(|l| of_length[usize::from(*l)] += 1);
    let mut next = [0u32; 16];
    for l in 1..16 {
        next[l] = (next[l - 1] + of_length[l - 1]) << 1;
    }
    let code = |length: &u8| {
        let length = u32::from(*length);
        if length == 0 {
            return Code::default();
        }
        let bits = next[length as usize];
        next[length as usize] += 1;
        Code::new(bits.reverse_bits() >> (32 - length), length)
    };
    lengths.iter().map(code).collect()
}
