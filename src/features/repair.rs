//! Making the polygons of a row fit for computing with.
//!
//! In: rings as a file gave them, in the working reference system. Out: a valid multipolygon or none, and what was
//! wrong in Chinese sentences. Area counted twice by overlapping parts is counted once; what an odd number of loops
//! encloses is inside (even-odd rule), so both halves of a bow-tie are kept.

use super::Shape;
use geo::bool_ops::FillRule;
use geo::{
    Area, BooleanOps, BoundingRect, Coord, CoordinatePosition, Line, LineString, MakeValid, MultiPolygon, Orient,
    Polygon, Validation, coordinate_position::CoordPos, line_intersection::line_intersection, orient::Direction,
    unary_union,
};
use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree};

/// Bounding box `[x0, y0, x1, y1]` in map units.
pub type Bounds = [f64; 4];

/// Coordinates beyond this are no place on Earth in any unit; also keeps every later computation far from overflow.
const MAX_COORDINATE: f64 = 1e9;
/// Up to this many vertices the exhaustive validity test is fast; its cost grows with the square.
const EXHAUSTIVE_VERTICES: usize = 400;

/// A row's geometry after repair.
#[derive(Clone, Debug, Default)]
pub struct Repaired {
    /// Valid geometry with a positive area; `None` where nothing usable was left.
    pub shape: Shape,
    /// What was wrong and what was done about it, Chinese sentences; empty when nothing was.
    pub problems: Vec<String>,
}

/// Bounding box of a geometry; `None` for an empty one.
pub fn bounds(shape: &MultiPolygon<f64>) -> Option<Bounds> {
    shape.bounding_rect().map(|r| [r.min().x, r.min().y, r.max().x, r.max().y])
}

/// `true` when two boxes touch or overlap.
pub fn in_reach(a: Bounds, b: Bounds) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

/// Turns polygons of any quality into one valid multipolygon.
///
/// Repeated vertices go silently; non-finite vertices, rings without an area, self-crossings, spikes, holes outside
/// and overlapping parts are mended and named.
///
/// # Cost
/// O(n log n) in the vertices.
pub fn repair(polygons: Vec<Polygon<f64>>) -> Repaired {
    let mut problems = Vec::new();
    let (mut bad_vertices, mut flat_rings, mut crossing, mut lost) = (0usize, 0usize, 0usize, 0usize);
    let mut parts: Vec<Polygon<f64>> = Vec::new();
    for polygon in polygons {
        let (exterior, interiors) = polygon.into_inner();
        let Some(exterior) = clean_ring(exterior, &mut bad_vertices) else {
            flat_rings += 1;
            continue;
        };
        let mut holes = Vec::new();
        for ring in interiors {
            match clean_ring(ring, &mut bad_vertices) {
                Some(ring) => holes.push(ring),
                None => flat_rings += 1,
            }
        }
        let polygon = Polygon::new(exterior, holes);
        if is_valid(&polygon) {
            parts.push(polygon);
            continue;
        }
        crossing += 1;
        let mended = mend(&polygon);
        if mended.0.is_empty() {
            lost += 1;
        }
        parts.extend(mended.0);
    }
    parts.retain(|p| p.unsigned_area() > 0.0);
    if bad_vertices > 0 {
        problems.push(format!("图形有{bad_vertices}个坐标无效，已去掉这些顶点"));
    }
    if flat_rings > 0 {
        problems.push(format!("图形有{flat_rings}个环没有面积，已去掉"));
    }
    if crossing > 0 {
        problems.push("图形自相交或内环越界，已自动修复".to_string());
    }
    if lost > 0 && !parts.is_empty() {
        problems.push(format!("图形有{lost}个部分修复后没有面积，已去掉"));
    }
    if parts.is_empty() {
        problems.push("图形没有可用的面，按无图形处理".to_string());
        return Repaired { shape: None, problems };
    }
    let mut shape = MultiPolygon(parts).orient(Direction::Default);
    let before = shape.unsigned_area();
    if !parts_apart(&shape) {
        let merged = valid_parts(union_of(&shape.0));
        if !merged.0.is_empty() {
            let lost = (1.0 - merged.unsigned_area() / before) * 100.0;
            if lost > 1e-6 {
                problems.push(format!("图形各部分互相重叠，已合并（重复面积占{lost:.1}%）"));
            }
            shape = merged;
        }
    }
    Repaired { shape: Some(shape), problems }
}

/// A closed ring of finite, differing vertices; `None` when fewer than three are left or it encloses nothing.
fn clean_ring(ring: LineString<f64>, bad_vertices: &mut usize) -> Option<LineString<f64>> {
    let usable = |c: &Coord<f64>| c.x.is_finite() && c.y.is_finite() && c.x.abs().max(c.y.abs()) <= MAX_COORDINATE;
    let before = ring.0.len();
    let mut points: Vec<Coord<f64>> = ring.0.into_iter().filter(usable).collect();
    *bad_vertices += before - points.len();
    points.dedup();
    while points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
    if points.len() < 3 {
        return None;
    }
    points.push(points[0]);
    let ring = LineString(points);
    // A bow-tie's lobes may cancel to zero, so only a ring on one line is without area.
    let (a, b) = (ring.0[0], ring.0[1]);
    let flat = ring.0.iter().all(|c| (b.x - a.x) * (c.y - a.y) == (b.y - a.y) * (c.x - a.x));
    (!flat).then_some(ring)
}

fn vertices(polygon: &Polygon<f64>) -> usize {
    polygon.exterior().0.len() + polygon.interiors().iter().map(|r| r.0.len()).sum::<usize>()
}

/// Whether a polygon of clean rings is valid. Large ones are tested by a tree of their edges and may be called
/// invalid for a mere touch, which costs a needless but harmless repair.
fn is_valid(polygon: &Polygon<f64>) -> bool {
    if vertices(polygon) <= EXHAUSTIVE_VERTICES {
        return polygon.is_valid();
    }
    let mut edges = Vec::with_capacity(vertices(polygon));
    let rings: Vec<&LineString<f64>> = std::iter::once(polygon.exterior()).chain(polygon.interiors()).collect();
    for (r, ring) in rings.iter().enumerate() {
        let last = ring.0.len().saturating_sub(2);
        edges.extend(ring.lines().enumerate().map(|(i, l)| GeomWithData::new(l, (r, i, last))));
    }
    let tree = RTree::bulk_load(edges);
    for edge in tree.iter() {
        let line = edge.geom();
        let (r, i, last) = edge.data;
        let reach = AABB::from_corners(line.start_point(), line.end_point());
        for other in tree.locate_in_envelope_intersecting(&reach) {
            let (s, j, _) = other.data;
            if (s, j) <= (r, i) {
                continue;
            }
            let neighbours = r == s && (j == i + 1 || (i == 0 && j == last));
            if crosses(*line, *other.geom(), neighbours) {
                return false;
            }
        }
    }
    polygon
        .interiors()
        .iter()
        .all(|hole| hole.0.first().is_none_or(|c| polygon.exterior().coordinate_position(c) == CoordPos::Inside))
        && polygon.interiors().len() < 2_000
}

fn crosses(a: Line<f64>, b: Line<f64>, neighbours: bool) -> bool {
    match line_intersection(a, b) {
        None => false,
        Some(geo::LineIntersection::SinglePoint { .. }) => !neighbours,
        Some(geo::LineIntersection::Collinear { .. }) => true,
    }
}

/// Even-odd overlay of the polygon with nothing; Delaunay repair where that is not enough.
fn mend(polygon: &Polygon<f64>) -> MultiPolygon<f64> {
    let nothing = MultiPolygon::<f64>(Vec::new());
    let overlaid = polygon.union_with_fill_rule(&nothing, FillRule::EvenOdd);
    if !overlaid.0.is_empty() && overlaid.0.iter().all(is_valid) {
        return overlaid;
    }
    valid_parts(overlaid)
}

/// Union of valid polygons, by halves: one overlay of hundreds of nearly equal outlines takes a minute, halves a blink
/// (`TestOverlay-shapely-829` of the JTS suite: 80 s against 0.1 s).
pub(crate) fn union_of(polygons: &[Polygon<f64>]) -> MultiPolygon<f64> {
    if polygons.len() <= 8 {
        return unary_union(polygons);
    }
    let (a, b) = polygons.split_at(polygons.len() / 2);
    let (a, b) = (union_of(a), union_of(b));
    match (bounds(&a), bounds(&b)) {
        (Some(p), Some(q)) if in_reach(p, q) => a.union(&b),
        _ => MultiPolygon(a.0.into_iter().chain(b.0).collect()),
    }
}

/// The polygons that are valid, after a second repair of those that are not.
pub(crate) fn valid_parts(shape: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let mut out = Vec::with_capacity(shape.0.len());
    for polygon in shape.0 {
        if vertices(&polygon) > EXHAUSTIVE_VERTICES || polygon.is_valid() {
            out.push(polygon);
        } else if let Ok(mended) = polygon.make_valid() {
            out.extend(mended.0.into_iter().filter(|p| p.is_valid()));
        }
    }
    out.retain(|p| p.unsigned_area() > 0.0);
    MultiPolygon(out).orient(Direction::Default)
}

/// Whether the parts touch at points at most, as a valid multipolygon asks: no shared area and no shared border.
fn parts_apart(shape: &MultiPolygon<f64>) -> bool {
    if shape.0.len() < 2 {
        return true;
    }
    let boxes: Vec<_> = shape
        .0
        .iter()
        .enumerate()
        .filter_map(|(i, p)| {
            let r = p.bounding_rect()?;
            let corners = AABB::from_corners([r.min().x, r.min().y], [r.max().x, r.max().y]);
            Some(GeomWithData::new(rstar::primitives::Rectangle::from_aabb(corners), i))
        })
        .collect();
    let tree = RTree::bulk_load(boxes);
    let mut pairs = tree.iter().flat_map(|a| {
        let reach = AABB::from_corners(a.geom().lower(), a.geom().upper());
        tree.locate_in_envelope_intersecting(&reach)
            .filter(|b| b.data > a.data)
            .map(|b| (a.data, b.data))
            .collect::<Vec<_>>()
    });
    pairs.all(|(a, b)| {
        let (p, q) = (&shape.0[a], &shape.0[b]);
        // For large neighbours merging is cheaper than asking.
        vertices(p) + vertices(q) <= 2 * EXHAUSTIVE_VERTICES && MultiPolygon(vec![p.clone(), q.clone()]).is_valid()
    })
}
