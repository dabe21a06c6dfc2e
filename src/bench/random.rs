//! Numbers that look random and are the same on every machine and for any number of threads.

/// A number from a seed and a place (splitmix64 over the mixed words).
pub fn hash(words: &[u64]) -> u64 {
    words.iter().fold(0x243F_6A88_85A3_08D3, |state: u64, word| {
        let mut z = (state ^ word).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

/// 0 to below 1.
pub fn unit(words: &[u64]) -> f64 {
    (hash(words) >> 11) as f64 / (1u64 << 53) as f64
}

/// A standard normal number (Box and Muller 1958).
pub fn normal(words: &[u64]) -> f64 {
    let one = hash(words);
    let u = ((one >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    let v = unit(&[one]);
    (-2.0 * libm::log(u)).sqrt() * libm::cos(std::f64::consts::TAU * v)
}

/// A number below `most`, without the bias of a remainder that matters.
pub fn below(most: usize, words: &[u64]) -> usize {
    ((u128::from(hash(words)) * most as u128) >> 64) as usize
}
