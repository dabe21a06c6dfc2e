//! Which group a changed pixel belongs to: parcels are formed per group, so that a rotated field touching a building site does
//! not swallow it.

use super::Class;
use ndarray::Array2;

/// Groups of change that never share a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ChangeGroup {
    /// Works now: building, hard surface, greenhouse, photovoltaic, earthwork.
    Works = 1,
    /// Works before, natural ground now.
    Cleared = 2,
    /// Water came or went.
    Water = 3,
    /// Natural ground before and after: the farm year.
    Natural = 4,
    /// Land cover unknown (bands without names).
    Unknown = 5,
    /// Built before and works now, and the change is weak: weathered, dusted, or seen under another light.
    Altered = 6,
}

impl ChangeGroup {
    /// Group of a pair of class values. `strong`: the change is so large that works on built ground are new works.
    pub fn of(before: u8, after: u8, strong: bool) -> ChangeGroup {
        match (Class::from_value(before), Class::from_value(after)) {
            (Some(b), Some(a)) => match () {
                () if a.works() && b.built() && !strong => ChangeGroup::Altered,
                () if a.works() => ChangeGroup::Works,
                () if (a == Class::Water) != (b == Class::Water) => ChangeGroup::Water,
                () if b.works() => ChangeGroup::Cleared,
                () => ChangeGroup::Natural,
            },
            _ => ChangeGroup::Unknown,
        }
    }

    /// Group of a stored number.
    pub fn from_value(value: u8) -> ChangeGroup {
        match value {
            1 => ChangeGroup::Works,
            2 => ChangeGroup::Cleared,
            3 => ChangeGroup::Water,
            4 => ChangeGroup::Natural,
            6 => ChangeGroup::Altered,
            _ => ChangeGroup::Unknown,
        }
    }
}

/// Most frequent group in each changed pixel's neighbourhood, changed pixels only; ties go to the pixel's own group if it is
/// among the most frequent, else to the lower number. 0 (not changed) stays 0.
///
/// Exact from `radius` pixels inside the array on.
pub fn majority(groups: &Array2<u8>, radius: usize) -> Array2<u8> {
    let (rows, cols) = groups.dim();
    Array2::from_shape_fn((rows, cols), |(i, j)| {
        let own = groups[(i, j)];
        if own == 0 {
            return 0;
        }
        let mut votes = [0u16; 7];
        for r in i.saturating_sub(radius)..(i + radius + 1).min(rows) {
            for c in j.saturating_sub(radius)..(j + radius + 1).min(cols) {
                votes[groups[(r, c)].min(6) as usize] += 1;
            }
        }
        votes[0] = 0;
        let most = votes.iter().copied().max().unwrap_or(0);
        if votes[own.min(6) as usize] == most {
            return own;
        }
        votes.iter().position(|v| *v == most).map_or(own, |g| g as u8)
    })
}
