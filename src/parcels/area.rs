//! Area on the ellipsoid, mu, and a point inside.
//!
//! In: outlines in CGCS2000 longitude and latitude. Out: the area that the land survey books, which a planar
//! Gauss-Krueger area overstates by up to some 0.05 % away from the central meridian.
//!
//! # Source
//! 国土调查办发〔2008〕32号《图幅理论面积与图斑椭球面积计算公式及要求》: the area of the trapezoid between two parallels,
//! summed with sign over the edges of a ring against a reference meridian. Constants are those of CGCS2000 (GB 22021).

use geo::{Area, BoundingRect, Centroid, Contains, Coord, InteriorPoint, LineString, MultiPolygon, Point, Polygon};

/// Semi-major axis of CGCS2000, m.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
/// Inverse flattening of CGCS2000.
const INVERSE_FLATTENING: f64 = 298.257_222_101;
/// Longest step in latitude, degrees (about 2 km). An edge is straight in longitude and latitude, its trapezoid is not;
/// doubling the step quadruples an error that is about 3e-9 of the area of a square of that side.
const MAX_STEP_DEG: f64 = 0.02;

/// The factors of the formula: semi-minor axis squared and A to E.
struct Series {
    b2: f64,
    k: [f64; 5],
}

impl Series {
    fn cgcs2000() -> Series {
        let f = 1.0 / INVERSE_FLATTENING;
        let b = SEMI_MAJOR_M * (1.0 - f);
        let e2 = f * (2.0 - f);
        let (e4, e6, e8) = (e2 * e2, e2 * e2 * e2, e2 * e2 * e2 * e2);
        Series {
            b2: b * b,
            k: [
                1.0 + 3.0 / 6.0 * e2 + 30.0 / 80.0 * e4 + 35.0 / 112.0 * e6 + 630.0 / 2304.0 * e8,
                1.0 / 6.0 * e2 + 15.0 / 80.0 * e4 + 21.0 / 112.0 * e6 + 420.0 / 2304.0 * e8,
                3.0 / 80.0 * e4 + 7.0 / 112.0 * e6 + 180.0 / 2304.0 * e8,
                1.0 / 112.0 * e6 + 45.0 / 2304.0 * e8,
                5.0 / 2304.0 * e8,
            ],
        }
    }

    /// Area between two parallels (radians) per radian of longitude, m2; negative when `b2` is south of `b1`.
    fn between(&self, b1: f64, b2: f64) -> f64 {
        let (half, mean) = ((b2 - b1) / 2.0, (b1 + b2) / 2.0);
        let mut sum = 0.0;
        for (i, k) in self.k.iter().enumerate() {
            let n = (2 * i + 1) as f64;
            let term = k * (n * half).sin() * (n * mean).cos();
            sum += if i % 2 == 0 { term } else { -term };
        }
        2.0 * self.b2 * sum
    }

    /// Area inside a ring, without sign, m2.
    fn ring(&self, ring: &LineString<f64>) -> f64 {
        let Some(origin) = ring.0.first() else { return 0.0 };
        let mut sum = 0.0;
        for edge in ring.lines() {
            let (l1, l2) = (turn(edge.start.x - origin.x), turn(edge.end.x - origin.x));
            let (b1, b2) = (edge.start.y, edge.end.y);
            if b1 == b2 {
                continue;
            }
            let steps = ((b2 - b1).abs() / MAX_STEP_DEG).ceil().clamp(1.0, 36_000.0);
            for i in 0..steps as u32 {
                let (s, t) = (f64::from(i) / steps, f64::from(i + 1) / steps);
                let middle = l1 + (l2 - l1) * (s + t) / 2.0;
                let (from, to) = (b1 + (b2 - b1) * s, b1 + (b2 - b1) * t);
                sum += self.between(from.to_radians(), to.to_radians()) * middle.to_radians();
            }
        }
        sum.abs()
    }
}

/// A difference of longitudes brought into -180 to 180 degrees, so that a ring may cross the date line.
fn turn(degrees: f64) -> f64 {
    if (-180.0..=180.0).contains(&degrees) { degrees } else { degrees - 360.0 * (degrees / 360.0).round() }
}

/// Area on the CGCS2000 ellipsoid, m2; holes are taken off.
///
/// Coordinates are CGCS2000 `x` = longitude and `y` = latitude in degrees. Edges are straight in longitude and
/// latitude: where long edges are straight in another system, put points on them there first ([`densified`]).
/// Coordinates that are not finite give NaN.
///
/// # Source
/// 国土调查办发〔2008〕32号.
pub fn ellipsoidal_area_m2(shape: &MultiPolygon<f64>) -> f64 {
    let series = Series::cgcs2000();
    let of_polygon =
        |p: &Polygon<f64>| series.ring(p.exterior()) - p.interiors().iter().map(|hole| series.ring(hole)).sum::<f64>();
    shape.iter().map(of_polygon).sum()
}

/// The shape with points added so that no edge is longer than `limit` (in the shape's own units), for a transformation
/// that bends straight lines: 1 km between points keeps the error of an area under 1e-8.
pub fn densified(shape: &MultiPolygon<f64>, limit: f64) -> MultiPolygon<f64> {
    let ring = |line: &LineString<f64>| {
        let mut out: Vec<Coord<f64>> = Vec::with_capacity(line.0.len());
        for edge in line.lines() {
            let d = edge.delta();
            let steps = (d.x.hypot(d.y) / limit).ceil().clamp(1.0, 100_000.0);
            out.extend((0..steps as u32).map(|i| edge.start + d * (f64::from(i) / steps)));
        }
        out.extend(line.0.last());
        LineString(out)
    };
    MultiPolygon(
        shape.iter().map(|p| Polygon::new(ring(p.exterior()), p.interiors().iter().map(ring).collect())).collect(),
    )
}

/// Square metres as mu (亩): 1 mu is 2000/3 m2.
pub fn mu(area_m2: f64) -> f64 {
    area_m2 * 3.0 / 2000.0
}

/// A point inside the largest polygon of a shape, for labels and for `lon`/`lat`; `None` for a shape without area.
pub fn interior_point(shape: &MultiPolygon<f64>) -> Option<Point<f64>> {
    let mut largest: Option<(f64, &Polygon<f64>)> = None;
    for p in shape {
        let area = p.unsigned_area();
        if area > 0.0 && largest.is_none_or(|(most, _)| area > most) {
            largest = Some((area, p));
        }
    }
    let (_, polygon) = largest?;
    // Moved to the origin first: eastings with a zone prefix leave too few digits for sub-pixel arithmetic.
    let corner = polygon.bounding_rect()?.min();
    let local = {
        use geo::MapCoords;
        polygon.map_coords(|c| c - corner)
    };
    let inside = |p: &Point<f64>| local.contains(p);
    let point = local.interior_point().filter(inside).or_else(|| local.centroid().filter(inside));
    point.or_else(|| local.exterior().points().next()).map(|p| p + Point::from(corner))
}

#[cfg(test)]
mod tests;
