//! When a parcel is divided: works inside of what farming changed, and two kinds of works that touch.

use super::{Kind, OUTCOMES, Outcome, ParcelParams, new_works};

/// A part of a parcel above this share of it is the parcel.
const MOST_SHARE: f64 = 0.8;
/// Works are divided among parts of at least this share of their parcel.
const LEAST_SHARE: f64 = 0.25;

/// Probability of new works from which a part is cut out of what is none as a whole: a pale spot in a field looks like works alone.
const SURE: f64 = 0.8;

/// A parcel or a part of it, and what it turned out to be.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// Pixels.
    pub pixels: u64,
    /// Probability of each outcome, 0-1.
    pub outcomes: [f64; OUTCOMES.len()],
}

/// Whether a part is small enough beside its parcel to be asked about.
pub fn is_part(part_px: u64, whole_px: u64) -> bool {
    (part_px as f64) < whole_px as f64 * MOST_SHARE
}

/// Which cores become parcels of their own; what is left of the parcel remains one.
///
/// | the whole | cut out |
/// |---|---|
/// | no new works | every core that is surely new works (.8) |
/// | new works | cores that are new works and a quarter of the whole or more, if they are of two kinds; earthwork and pits count as one |
pub fn cut_out(whole: Judged, cores: &[Judged], params: &ParcelParams) -> Vec<usize> {
    let works = |j: &Judged| new_works(&j.outcomes) >= params.min_works_probability;
    let new = (0..cores.len()).filter(|k| works(&cores[*k]));
    if !works(&whole) {
        let sure = SURE.max(params.min_works_probability);
        return new.filter(|k| new_works(&cores[*k].outcomes) >= sure).collect();
    }
    let large: Vec<usize> = new.filter(|k| cores[*k].pixels as f64 >= whole.pixels as f64 * LEAST_SHARE).collect();
    let kind = |k: usize| Outcome::most_likely_works(&cores[k].outcomes).kind().map(Kind::of_site);
    if large.windows(2).any(|w| kind(w[0]) != kind(w[1])) { large } else { Vec::new() }
}

#[cfg(test)]
mod tests;
