//! How common a colour is at a date.
//!
//! A roof, a heap of earth or a panel may have any colour, but few pixels of its date have the same; of a straw field, a flooded or a burnt
//! one there are others. Where the land survey says which ground is farmland, woods or water, its colours alone are counted.

use super::features::{Plane, Ratios};
use libm::log2;

/// Planes that make a colour, and the width of a cell in each, fixed-point units.
const AXES: [(Plane, i32); 4] =
    [(Plane::Brightness, 160), (Plane::Vegetation, 56), (Plane::BlueRed, 96), (Plane::Green, 48)];
/// Cells along an axis, half of them on either side of the smooth ground's own colour.
const SIDE: usize = 16;
/// Codes per doubling of the share.
const PER_OCTAVE: f64 = 16.0;
/// Share of the pixels that has the highest code.
const MOST: f64 = 0.1;

/// Share of a date's pixels that look like a colour, as codes: 255 for a tenth of all or more, 16 less per halving.
#[derive(Clone, Debug)]
pub(super) struct Commonness {
    table: Vec<u8>,
}

/// Where a value lies along an axis, cells.
#[inline(always)]
fn along(value: i16, width: i32) -> i32 {
    i32::from(value) + width * (SIDE as i32 / 2)
}

impl Commonness {
    /// From the colours of a sample of the date; each counts for the cells around it by how near they are.
    pub(super) fn of(colours: impl Iterator<Item = Ratios>) -> Commonness {
        let mut counts = vec![0.0f64; SIDE.pow(AXES.len() as u32)];
        let mut all = 0.0;
        for colour in colours {
            all += 1.0;
            // Halves of a cell to either side: (cell, weight) twice per axis.
            let near = AXES.map(|(plane, width)| {
                let place = f64::from(along(plane.value(&colour), width)) / f64::from(width) - 0.5;
                let (first, part) = (place.floor(), place - place.floor());
                let cell = |at: f64| at.clamp(0.0, (SIDE - 1) as f64) as usize;
                [(cell(first), 1.0 - part), (cell(first + 1.0), part)]
            });
            for corner in 0..1usize << AXES.len() {
                let (mut index, mut weight) = (0, 1.0);
                for (axis, near) in near.iter().enumerate() {
                    let (cell, share) = near[corner >> axis & 1];
                    (index, weight) = (index * SIDE + cell, weight * share);
                }
                counts[index] += weight;
            }
        }
        let code = |count: f64| {
            let share = (count + 0.25) / (all + 1.0);
            (255.0 + PER_OCTAVE * log2(share / MOST)).clamp(0.0, 255.0) as u8
        };
        Commonness { table: counts.into_iter().map(code).collect() }
    }

    /// The code of a colour, from its values in the planes of a date; `value(plane)`.
    #[inline(always)]
    pub(super) fn code(&self, value: impl Fn(usize) -> i16) -> u8 {
        let mut index = 0;
        for (axis, (_, width)) in AXES.iter().enumerate() {
            let cell = along(value(axis), *width).div_euclid(*width).clamp(0, SIDE as i32 - 1);
            index = index * SIDE + cell as usize;
        }
        self.table[index]
    }

    /// Positions of its planes among those of the features.
    pub(super) fn places(planes: &[Plane]) -> Option<[usize; 4]> {
        let mut places = [0; 4];
        for (place, (plane, _)) in places.iter_mut().zip(AXES) {
            *place = planes.iter().position(|p| *p == plane)?;
        }
        Some(places)
    }
}

#[cfg(test)]
mod tests;
