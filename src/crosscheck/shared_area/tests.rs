use super::*;
use crate::features::repair;
use geo::{Area, BooleanOps, Polygon};
use proptest::prelude::*;

fn shared(a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> f64 {
    let (a, b): (Vec<_>, Vec<_>) = (directed_rings(a).map(|r| r.1).collect(), directed_rings(b).map(|r| r.1).collect());
    let origin = a.first().and_then(|r: &Vec<Coord<f64>>| r.first().copied()).unwrap_or_default();
    Outline::new(a.iter().map(Vec::as_slice), origin).shared_with(b.iter().map(Vec::as_slice))
}

/// Any points, mended into a valid shape with holes and parts.
fn shapes() -> impl Strategy<Value = MultiPolygon<f64>> {
    let ring = prop::collection::vec((0i32..40, 0i32..40), 3..14);
    prop::collection::vec(ring, 1..4).prop_filter_map("no area", |rings| {
        let at = |(x, y): (i32, i32)| (500_000.0 + f64::from(x), 3_400_000.0 + f64::from(y));
        let polygons = rings.into_iter().map(|r| Polygon::new(r.into_iter().map(at).collect(), Vec::new()));
        repair(polygons.collect()).shape
    })
}

proptest! {
    /// Held against the polygon that is shared, as built by another algorithm; whole coordinates make touching borders common.
    #[test]
    fn is_the_area_of_the_intersection(a in shapes(), b in shapes()) {
        let wanted = a.intersection(&b).unsigned_area();
        prop_assert!((shared(&a, &b) - wanted).abs() < 1e-4, "{} {wanted}", shared(&a, &b));
        prop_assert!((shared(&a, &b) - shared(&b, &a)).abs() < 1e-7);
        prop_assert!((shared(&a, &a) - a.unsigned_area()).abs() < 1e-7);
    }
}
