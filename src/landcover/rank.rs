//! Where a value stands among the date's own pixels.

use libm::log2;

/// Values that share a code: the table has one entry for so many.
const STEP: u32 = 3;
/// Codes per doubling of the odds.
const PER_OCTAVE: f64 = 12.0;

/// Ranks of a plane's values as codes: the logarithm of the odds that a pixel of the date lies below, about 128.
#[derive(Clone, Debug)]
pub(super) struct Rank {
    table: Vec<u8>,
}

impl Rank {
    /// From the values of a sample of the date.
    pub(super) fn new(mut values: Vec<i16>) -> Rank {
        values.sort_unstable();
        let count = values.len() as f64;
        let code = |first: i32| {
            let upper = first + (1 << STEP);
            let below = values.partition_point(|v| i32::from(*v) < first) as f64;
            let under = values.partition_point(|v| i32::from(*v) < upper) as f64;
            let middle = (below + under) / 2.0 + 0.5;
            (128.0 + PER_OCTAVE * log2(middle / (count + 1.0 - middle))).clamp(0.0, 255.0) as u8
        };
        Rank { table: (i32::from(i16::MIN)..=i32::from(i16::MAX)).step_by(1 << STEP).map(code).collect() }
    }

    /// The code of a value.
    #[inline(always)]
    pub(super) fn code(&self, value: i16) -> u8 {
        self.table[((i32::from(value) - i32::from(i16::MIN)) >> STEP) as usize]
    }
}
