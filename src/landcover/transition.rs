//! How much ground went from which class to which.

use super::Class;

/// Pixels by class before and class after; only pixels classified at both dates are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transitions([[u64; Class::SLOTS]; Class::SLOTS]);

impl Default for Transitions {
    fn default() -> Self {
        Transitions([[0; Class::SLOTS]; Class::SLOTS])
    }
}

impl Transitions {
    /// Adds pixels with the class values of `landcover_*.tif`.
    pub fn add(&mut self, before: u8, after: u8, pixels: u64) {
        if let (Some(b), Some(a)) = (Class::from_value(before), Class::from_value(after)) {
            self.0[b as usize][a as usize] += pixels;
        }
    }

    /// Adds the pixels of another matrix.
    pub fn merge(&mut self, other: &Transitions) {
        self.0.iter_mut().flatten().zip(other.0.iter().flatten()).for_each(|(to, more)| *to += more);
    }

    /// Class before, class after and pixels of every transition that occurs, in the order of the classes.
    pub fn iter(&self) -> impl Iterator<Item = (Class, Class, u64)> {
        Class::ALL
            .into_iter()
            .flat_map(move |b| Class::ALL.into_iter().map(move |a| (b, a, self.0[b as usize][a as usize])))
            .filter(|(_, _, pixels)| *pixels > 0)
    }

    /// Pixels counted.
    pub fn pixels(&self) -> u64 {
        self.0.iter().flatten().sum()
    }
}

#[cfg(test)]
mod tests;
