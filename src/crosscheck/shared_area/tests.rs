use super::*;
use crate::features::union_of;
use geo::{Area, BooleanOps, Polygon, Validation};
use proptest::prelude::*;

fn shared(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> f64 {
    let (a, b): (Vec<_>, Vec<_>) = (directed_rings(a).map(|r| r.1).collect(), directed_rings(b).map(|r| r.1).collect());
    let origin = a.first().and_then(|r: &Vec<Coord<f64>>| r.first().copied()).unwrap_or_default();
    Outline::new(a.iter().map(Vec::as_slice), origin).shared_with(b.iter().map(Vec::as_slice))
}

/// Triangles, less another one: parts, holes and touching corners.
fn shapes() -> impl Strategy<Value = MultiPolygon<f64>> {
    let corner = (0i32..40, 0i32..40).prop_map(|(x, y)| (500_000.0 + f64::from(x), 3_400_000.0 + f64::from(y)));
    let triangle =
        prop::collection::vec(corner, 3).prop_map(|ring| Polygon::new(ring.into_iter().collect(), Vec::new()));
    let solid = triangle.prop_filter("no area", |t| t.unsigned_area() > 0.0);
    (prop::collection::vec(solid.clone(), 1..6), solid).prop_filter_map("not valid", |(triangles, less)| {
        let shape = union_of(&triangles).difference(&less);
        (shape.is_valid() && shape.unsigned_area() > 0.0).then_some(shape)
    })
}

proptest! {
    /// Held against the polygon that is shared, as built by another algorithm; whole coordinates make touching borders common. The
    /// other one snaps crossings to a grid of some 1e-8.
    #[test]
    fn is_the_area_of_the_intersection(a in shapes(), b in shapes()) {
        let wanted = a.intersection(&b).unsigned_area();
        prop_assert!((shared(&a, &b) - wanted).abs() < 1e-3, "{} {wanted}", shared(&a, &b));
        prop_assert!((shared(&a, &b) - shared(&b, &a)).abs() < 1e-7);
        prop_assert!((shared(&a, &a) - a.unsigned_area()).abs() < 1e-3);
    }
}
