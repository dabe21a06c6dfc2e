//! How long and how wide a parcel is, from its pixel outline.
//!
//! A stair-step outline overstates a perimeter by up to 4/pi, depending on direction, so the perimeter is estimated
//! from how often lines in four directions cross the outline (Crofton's formula). Length and width are then those of
//! the ribbon with the same area and perimeter, `perimeter = 2 (length + width)`, `area = length x width`. A ribbon may
//! bend and branch: a winding road has the length of its centre line.
//!
//! # Source
//! Cauchy-Crofton on pixel grids: Serra 1982, "Image Analysis and Mathematical Morphology", ch. VIII; the weights for
//! grids that are not square: Legland, Kieu, Devaux 2007, "Computation of Minkowski measures on 2D and 3D binary
//! images", Image Analysis & Stereology 26.

use crate::vectorise::{Corner, PixelPolygon};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// Holes smaller than this are pinholes of the mask, m2: no road encloses so little (20 m x 20 m). Doubling it makes a
/// small yard inside a building count as if it were roofed.
const PINHOLE_M2: f64 = 400.0;

/// Length and width of a parcel as if it were a ribbon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShapeMeasures {
    /// Planar area with pinholes filled, m2.
    pub filled_area_m2: f64,
    /// Perimeter without the overstatement of the stair-steps, m; within about 5 % whatever the direction.
    pub perimeter_m: f64,
    /// Length along the centre line, branches included, m.
    pub length_m: f64,
    /// Mean width, m.
    pub width_m: f64,
}

/// What counts as linear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearLimits {
    /// Smallest length over width. An L-shaped building has 5 to 8, a road of 200 m x 10 m 20.
    pub min_elongation: f64,
    /// Smallest length, m.
    pub min_length_m: f64,
    /// Largest mean width, m.
    pub max_width_m: f64,
}

impl Default for LinearLimits {
    fn default() -> LinearLimits {
        LinearLimits { min_elongation: 10.0, min_length_m: 80.0, max_width_m: 25.0 }
    }
}

impl ShapeMeasures {
    /// Length over width; 1 for a square or a disc.
    pub fn elongation(&self) -> f64 {
        if self.width_m > 0.0 { self.length_m / self.width_m } else { 1.0 }
    }

    /// `true` for a road, a canal, a wall; `false` for a building, also an angled one.
    pub fn is_linear(&self, limits: &LinearLimits) -> bool {
        self.elongation() >= limits.min_elongation
            && self.length_m >= limits.min_length_m
            && self.width_m <= limits.max_width_m
    }
}

/// Measures the outline of a component as [`crate::vectorise::Tracer::trace`] gives it.
///
/// # Units
/// `gsd_m` is the ground size of a pixel in metres `(across rows, across columns)`.
///
/// # Cost
/// Linear in the corners.
pub fn shape_measures(polygons: &[PixelPolygon], gsd_m: (f64, f64)) -> ShapeMeasures {
    let pixel_m2 = gsd_m.0 * gsd_m.1;
    let mut sides = Sides::default();
    let mut pixels = 0.0;
    for polygon in polygons {
        pixels += polygon.pixels() as f64;
        sides.add(&polygon.exterior);
        for hole in &polygon.holes {
            let filled = PixelPolygon { exterior: hole.clone(), holes: Vec::new() }.pixels().abs() as f64;
            if filled * pixel_m2 < PINHOLE_M2 {
                pixels += filled;
            } else {
                sides.add(hole);
            }
        }
    }
    let (filled_area_m2, perimeter_m) = (pixels * pixel_m2, sides.perimeter(gsd_m));
    // Rounder than a square there is no ribbon: the square of the same area stands for it.
    let quarter = perimeter_m / 4.0;
    let spread = (quarter * quarter - filled_area_m2).max(0.0).sqrt();
    let side = filled_area_m2.sqrt();
    let (length_m, width_m) = if spread > 0.0 { (quarter + spread, quarter - spread) } else { (side, side) };
    ShapeMeasures { filled_area_m2, perimeter_m, length_m, width_m }
}

/// Counts of pixel sides and corners along rings.
#[derive(Default)]
struct Sides {
    /// Unit sides between two columns, crossed by a line along a row.
    upright: f64,
    /// Unit sides between two rows.
    level: f64,
    corners: f64,
}

impl Sides {
    fn add(&mut self, ring: &[Corner]) {
        for (i, a) in ring.iter().enumerate() {
            let b = ring[(i + 1) % ring.len()];
            self.upright += f64::from(a[0].abs_diff(b[0]));
            self.level += f64::from(a[1].abs_diff(b[1]));
        }
        self.corners += ring.len() as f64;
    }

    /// Crofton: half the sum over directions of crossings x line spacing x angle the direction stands for.
    fn perimeter(&self, (rows_m, cols_m): (f64, f64)) -> f64 {
        // Around a point of a straight side both diagonal pixel pairs differ, at a corner one does.
        let straight = self.upright + self.level - self.corners;
        let diagonal = 2.0 * straight + self.corners;
        let slope = (rows_m / cols_m).atan();
        let spacing = rows_m * cols_m / rows_m.hypot(cols_m);
        0.5 * (self.upright * rows_m * slope
            + self.level * cols_m * (FRAC_PI_2 - slope)
            + diagonal * spacing * FRAC_PI_4)
    }
}

#[cfg(test)]
mod tests;
