//! Areas and places on the ellipsoid, from the working reference system.

use crate::grid::{Crs, Grid};
use crate::io::crs::{CrsError, Transformer, cgcs2000_lonlat};
use crate::parcels::{densified, ellipsoidal_area_m2, interior_point};
use geo::{LineString, MultiPolygon, Polygon};

/// Edges longer than this are densified before they are moved: they are straight in the map, not on the ellipsoid.
const LONGEST_EDGE_M: f64 = 500.0;

/// Brings map coordinates of one grid's system into another's.
pub(super) fn mover(from: &Grid, to: &Grid) -> Option<Box<dyn Fn(&mut [f64], &mut [f64])>> {
    let transformer = Transformer::new(&from.crs, &to.crs).ok();
    match transformer {
        Some(t) if t.is_identity() => None,
        Some(t) => Some(Box::new(move |x, y| t.apply(x, y))),
        // Systems PROJ cannot connect: no point has a place in the other image.
        None => Some(Box::new(|x, y| {
            x.fill(f64::NAN);
            y.fill(f64::NAN);
        })),
    }
}

/// Moves shapes to CGCS2000 longitude and latitude. Belongs to one thread.
pub struct Geodesy {
    to_lonlat: Transformer,
    longest_edge: f64,
}

impl Geodesy {
    /// For shapes of a reference system.
    pub fn new(crs: &Crs) -> Result<Geodesy, CrsError> {
        let to_lonlat = Transformer::new(crs, &cgcs2000_lonlat()?)?;
        let longest_edge = if crs.geographic { LONGEST_EDGE_M / 111_320.0 } else { LONGEST_EDGE_M / crs.unit_m };
        Ok(Geodesy { to_lonlat, longest_edge })
    }

    /// A shape in longitude and latitude.
    pub(super) fn lonlat(&self, shape: &MultiPolygon<f64>) -> MultiPolygon<f64> {
        let ring = |line: &LineString<f64>| -> LineString<f64> {
            let (mut x, mut y): (Vec<f64>, Vec<f64>) = line.0.iter().map(|c| (c.x, c.y)).unzip();
            self.to_lonlat.apply(&mut x, &mut y);
            x.into_iter().zip(y).map(|(x, y)| geo::coord! { x: x, y: y }).collect()
        };
        let polygon = |p: &Polygon<f64>| Polygon::new(ring(p.exterior()), p.interiors().iter().map(ring).collect());
        MultiPolygon(shape.0.iter().map(polygon).collect())
    }

    /// Ellipsoidal area, m2.
    pub fn area_m2(&self, shape: &MultiPolygon<f64>) -> f64 {
        ellipsoidal_area_m2(&self.lonlat(&densified(shape, self.longest_edge)))
    }

    /// Longitude and latitude of a point of the map.
    pub(super) fn point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        self.to_lonlat.point(x, y)
    }

    /// Longitude and latitude of a point inside.
    pub fn point_inside(&self, shape: &MultiPolygon<f64>) -> Option<(f64, f64)> {
        let p = interior_point(shape)?;
        self.to_lonlat.point(p.x(), p.y())
    }

    /// Mean ellipsoidal area of a pixel, m2.
    pub fn pixel_m2(&self, grid: &Grid) -> f64 {
        let corners = grid.corners();
        let ring: LineString<f64> =
            corners.iter().chain([&corners[0]]).map(|&(x, y)| geo::coord! { x: x, y: y }).collect();
        let area = self.area_m2(&MultiPolygon(vec![Polygon::new(ring, vec![])])) / grid.pixels().max(1) as f64;
        if area.is_finite() && area > 0.0 { area } else { grid.gsd_mean_m().powi(2) }
    }
}
