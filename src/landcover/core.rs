//! Cores: where, within changed ground that may be works, works of one family stand out.
//!
//! What may be works is taken generously, and then a new roof and the ploughed field around it are one parcel. The pixels that are works
//! more likely than not, of one family and most of their neighbours too, are its cores: what it can be divided into.

use super::Class;
use super::group::{ChangeGroup, majority};
use ndarray::{Array2, Zip};

/// Works that look alike; the number is the connectivity group of cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Family {
    Construction = 1,
    Earth = 2,
    Photovoltaic = 3,
    Greenhouse = 4,
}

/// Pixels that may be works, and are of no family.
const NO_FAMILY: u8 = 5;
/// Radius of the vote over families, pixels.
const RADIUS: usize = 2;
/// Pixels around a window that its cores depend on.
pub const CORE_HALO: usize = RADIUS;

impl Family {
    fn of(class: Class) -> Option<Family> {
        match class {
            Class::Building | Class::HardSurface | Class::Road | Class::Rubble => Some(Family::Construction),
            Class::Earthwork | Class::Excavation | Class::GreenCover => Some(Family::Earth),
            Class::Photovoltaic => Some(Family::Photovoltaic),
            Class::Greenhouse => Some(Family::Greenhouse),
            _ => None,
        }
    }
}

/// Family of every pixel that belongs to a core, 1 to 4; 0 elsewhere.
///
/// # Shapes
/// `group` (change groups) and `after` (classes of the later date) are `(rows, cols)` of one window; exact from [`CORE_HALO`] pixels inside on.
pub fn cores(group: &Array2<u8>, after: &Array2<u8>) -> Array2<u8> {
    let families = Zip::from(group).and(after).map_collect(|group, after| {
        let family = || Class::from_value(*after).and_then(Family::of).map_or(NO_FAMILY, |f| f as u8);
        if *group == ChangeGroup::Works as u8 { family() } else { 0 }
    });
    let mut out = majority(&families, RADIUS);
    out.iter_mut().filter(|f| **f == NO_FAMILY).for_each(|f| *f = 0);
    out
}

#[cfg(test)]
mod tests;
