use super::*;
use crate::vectorise::{Components, Tracer};
use ndarray::Array2;

const GSD_M: f64 = 2.0;

/// Draws what `inside(x, y)` (metres) says at 2 m and measures the largest component.
fn measured(size_m: f64, inside: impl Fn(f64, f64) -> bool) -> ShapeMeasures {
    let n = (size_m / GSD_M) as usize;
    let mask =
        Array2::from_shape_fn((n, n), |(r, c)| u8::from(inside((c as f64 + 0.5) * GSD_M, (r as f64 + 0.5) * GSD_M)));
    let image = Components::of_image(mask.view());
    let largest = (0..image.components.len()).max_by_key(|&k| image.components[k].pixels).unwrap_or(0);
    shape_measures(&Tracer::new().trace(&image.spans_of(largest)), (GSD_M, GSD_M))
}

/// A bar of `length` x `width` metres turned by `degrees`, in the middle of a field of 400 m.
fn bar(length: f64, width: f64, degrees: f64) -> impl Fn(f64, f64) -> bool {
    let (sin, cos) = f64::sin_cos(degrees.to_radians());
    move |x, y| {
        let (x, y) = (x - 200.3, y - 200.7);
        (x * cos + y * sin).abs() < length / 2.0 && (y * cos - x * sin).abs() < width / 2.0
    }
}

#[test]
fn perimeters_do_not_depend_on_direction() {
    for degrees in [0.0, 10.0, 22.5, 30.0, 45.0, 60.0, 77.0] {
        let m = measured(400.0, bar(200.0, 60.0, degrees));
        assert!((m.perimeter_m / 520.0 - 1.0).abs() < 0.07, "{degrees} degrees: {m:?}");
    }
    let disc = measured(400.0, |x, y| (x - 200.0).hypot(y - 200.0) < 80.0);
    assert!((disc.perimeter_m / (160.0 * std::f64::consts::PI) - 1.0).abs() < 0.02, "{disc:?}");
    assert_eq!(disc.elongation(), 1.0);
}

#[test]
fn straight_roads_are_linear_in_every_direction() {
    for width in [6.0, 8.0, 10.0] {
        for degrees in [0.0, 12.0, 30.0, 45.0, 71.0] {
            let m = measured(400.0, bar(200.0, width, degrees));
            assert!(m.is_linear(&LinearLimits::default()), "{width} m, {degrees} degrees: {m:?}");
            assert!((m.width_m / width - 1.0).abs() < 0.25, "{width} m, {degrees} degrees: {m:?}");
            assert!((m.length_m / 200.0 - 1.0).abs() < 0.15, "{width} m, {degrees} degrees: {m:?}");
        }
    }
}

#[test]
fn a_winding_road_is_linear() {
    for width in [6.0, 10.0] {
        // Half a circle of 64 m radius: 200 m along the centre line.
        let m = measured(400.0, |x, y| {
            let r = (x - 200.0).hypot(y - 200.0);
            y < 200.0 && (r - 64.0).abs() < width / 2.0
        });
        assert!(m.is_linear(&LinearLimits::default()), "{m:?}");
        assert!((m.length_m / 201.0 - 1.0).abs() < 0.1, "{m:?}");
    }
}

#[test]
fn a_ring_road_is_linear_and_its_yard_is_no_pinhole() {
    let m = measured(400.0, |x, y| ((x - 200.0).hypot(y - 200.0) - 60.0).abs() < 4.0);
    assert!(m.is_linear(&LinearLimits::default()), "{m:?}");
}

#[test]
fn buildings_are_not_linear() {
    let limits = LinearLimits::default();
    let square = measured(400.0, bar(40.0, 40.0, 20.0));
    assert!(!square.is_linear(&limits) && square.elongation() < 1.5, "{square:?}");
    let hall = measured(400.0, bar(80.0, 18.0, 33.0));
    assert!(!hall.is_linear(&limits), "{hall:?}");
    for (a, b, w) in [(40.0, 30.0, 10.0), (60.0, 40.0, 12.0), (50.0, 50.0, 14.0)] {
        let angled = measured(400.0, |x, y| {
            let (x, y) = (x - 101.0, y - 101.0);
            x > 0.0 && y > 0.0 && x < a && y < b && (x < w || y < w)
        });
        assert!(!angled.is_linear(&limits), "{a} x {b}, wings of {w} m: {angled:?}");
    }
}

#[test]
fn pinholes_do_not_make_a_yard_linear() {
    let m = measured(400.0, |x, y| {
        let dice = (x as u64).wrapping_mul(0x9E37_79B9).wrapping_add((y as u64).wrapping_mul(0x85EB_CA6B)) >> 7;
        bar(100.0, 60.0, 15.0)(x, y) && !dice.is_multiple_of(11)
    });
    assert!(!m.is_linear(&LinearLimits::default()) && m.elongation() < 4.0, "{m:?}");
}

#[test]
fn nothing_measures_nothing() {
    let m = shape_measures(&[], (2.0, 2.0));
    assert_eq!((m.length_m, m.width_m, m.elongation()), (0.0, 0.0, 1.0));
}

#[test]
fn pixels_need_not_be_square() {
    let square = PixelPolygon { exterior: vec![[0, 0], [100, 0], [100, 200], [0, 200]], holes: vec![] };
    let m = shape_measures(&[square], (2.0, 1.0));
    assert!((m.perimeter_m / 800.0 - 1.0).abs() < 0.1, "{m:?}");
    assert!((m.filled_area_m2 - 40_000.0).abs() < 1e-9);
}
