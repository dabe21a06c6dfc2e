#![allow(clippy::unwrap_used)]

use super::*;
use crate::io::crs;
use geo::{Translate, polygon};

/// A square of `side` metres in EPSG:4548 (CGCS2000 Gauss-Krueger, 117 E) as CGCS2000 longitude and latitude.
fn square(e: f64, n: f64, side: f64, limit: f64) -> MultiPolygon<f64> {
    let planar = polygon![(x: e, y: n), (x: e + side, y: n), (x: e + side, y: n + side), (x: e, y: n + side)];
    let planar = densified(&MultiPolygon(vec![planar]), limit);
    let to = crs::Transformer::new(&crs::parse("EPSG:4548").unwrap(), &crs::cgcs2000_lonlat().unwrap()).unwrap();
    use geo::MapCoords;
    planar.map_coords(|c| to.point(c.x, c.y).unwrap().into())
}

#[test]
fn constants_are_those_of_the_standard() {
    let series = Series::cgcs2000();
    let expected = [
        1.0033640898341927,
        1.1241893819271072E-03,
        1.6994594735188535E-06,
        2.717857845577432E-09,
        4.358419004834252E-12,
    ];
    for (k, e) in series.k.iter().zip(expected) {
        assert!((k / e - 1.0).abs() < 1e-12, "{k} {e}");
    }
    assert!((series.b2.sqrt() - 6356752.314140356).abs() < 1e-6);
}

/// Made with the formula in double precision outside of tuban; PROJ's geodesic area agrees to 0.002 m2.
#[test]
fn areas_are_those_of_document_32() {
    for (e, n, side, expected) in [
        (607924.980, 4008402.393, 200.0, 39_988.505),
        (607924.980, 4008402.393, 2000.0, 3_998_831.235),
        (500000.000, 4007734.841, 200.0, 40_000.000),
        (634907.918, 4008777.954, 200.0, 39_982.047),
    ] {
        let area = ellipsoidal_area_m2(&square(e, n, side, 1e9));
        assert!((area - expected).abs() < 0.01, "{e} {n} {side}: {area}, not {expected}");
    }
}

/// Lines that are straight in the plane, against the integral of the plane's areal scale over the square. Its corners
/// alone give 0.033 m2 more, because the eastern side bends more than the western one.
#[test]
fn points_on_long_edges_follow_the_plane() {
    let area = ellipsoidal_area_m2(&square(607924.980, 4008402.393, 2000.0, 50.0));
    assert!((area - 3_998_831.2).abs() < 0.01, "{area}");
}

#[test]
fn a_square_by_its_corners() {
    let shape = polygon![(x: 118.2, y: 36.2), (x: 118.202223326, y: 36.199977686),
        (x: 118.202250884, y: 36.201779695), (x: 118.200027507, y: 36.201802011)];
    assert!((ellipsoidal_area_m2(&MultiPolygon(vec![shape])) - 39_988.505).abs() < 0.01);
}

#[test]
fn a_cell_of_a_minute() {
    let m = 1.0 / 60.0;
    let cell =
        polygon![(x: 118.2, y: 36.2), (x: 118.2 + m, y: 36.2), (x: 118.2 + m, y: 36.2 + m), (x: 118.2, y: 36.2 + m)];
    let area = ellipsoidal_area_m2(&MultiPolygon(vec![cell.clone()]));
    assert!((area - 2_771_789.041_5).abs() < 0.001, "{area}");
    // The same cell across the date line.
    let mut far = cell.translate(180.0 - 118.2 - m / 2.0, 0.0);
    far.exterior_mut(|ring| ring.0.iter_mut().for_each(|c| c.x = if c.x > 180.0 { c.x - 360.0 } else { c.x }));
    assert!((ellipsoidal_area_m2(&MultiPolygon(vec![far])) - area).abs() < 0.001);
}

#[test]
fn the_whole_ellipsoid() {
    let half = std::f64::consts::FRAC_PI_2;
    let area = Series::cgcs2000().between(-half, half) * 2.0 * std::f64::consts::PI;
    assert!((area / 5.10065621714743E14 - 1.0).abs() < 1e-13);
}

#[test]
fn holes_are_taken_off_and_parts_added_whichever_way_they_run() {
    let outer = square(607924.980, 4008402.393, 200.0, 1e9).0.remove(0);
    let inner = square(607974.980, 4008452.393, 50.0, 1e9).0.remove(0);
    let (a, b) = (MultiPolygon(vec![outer.clone()]), MultiPolygon(vec![inner.clone()]));
    let with_hole = Polygon::new(outer.exterior().clone(), vec![inner.exterior().clone()]);
    let expected = ellipsoidal_area_m2(&a) - ellipsoidal_area_m2(&b);
    assert!((ellipsoidal_area_m2(&MultiPolygon(vec![with_hole])) - expected).abs() < 1e-6);
    let both = MultiPolygon(vec![outer, inner]);
    assert!((ellipsoidal_area_m2(&both) - ellipsoidal_area_m2(&a) - ellipsoidal_area_m2(&b)).abs() < 1e-6);
    assert_eq!(ellipsoidal_area_m2(&MultiPolygon(vec![])), 0.0);
}

#[test]
fn a_mu_is_two_thirds_of_a_thousand_square_metres() {
    assert_eq!(mu(2000.0), 3.0);
}

#[test]
fn the_point_lies_inside() {
    let (e, n) = (39_607_924.98, 4_008_402.393);
    let bent = polygon![(x: 0.0, y: 0.0), (x: 90.0, y: 0.0), (x: 90.0, y: 2.0), (x: 2.0, y: 2.0), (x: 2.0, y: 90.0), (x: 0.0, y: 90.0)];
    let crumb = polygon![(x: 200.0, y: 0.0), (x: 202.0, y: 0.0), (x: 202.0, y: 2.0), (x: 200.0, y: 2.0)];
    let shape = MultiPolygon(vec![crumb, bent.clone()]).translate(e, n);
    let point = interior_point(&shape).unwrap();
    assert!(bent.translate(e, n).contains(&point));
    let flat = polygon![(x: 0.0, y: 0.0), (x: 9.0, y: 0.0), (x: 0.0, y: 0.0)];
    assert_eq!(interior_point(&MultiPolygon(vec![flat])), None);
    assert_eq!(interior_point(&MultiPolygon(vec![])), None);
}
