//! Multipolygons as well-known binary (OGC 06-103r4, little endian).

use geo::{LineString, MultiPolygon};

const POLYGON: u32 = 3;
const MULTIPOLYGON: u32 = 6;

/// The bytes of a multipolygon; rings are closed by construction of `geo`'s polygons.
pub(super) fn of_multipolygon(shape: &MultiPolygon<f64>) -> Vec<u8> {
    let mut out = Vec::new();
    head(&mut out, MULTIPOLYGON, shape.0.len());
    for polygon in &shape.0 {
        head(&mut out, POLYGON, 1 + polygon.interiors().len());
        ring(&mut out, polygon.exterior());
        polygon.interiors().iter().for_each(|r| ring(&mut out, r));
    }
    out
}

fn head(out: &mut Vec<u8>, kind: u32, count: usize) {
    out.push(1);
    out.extend(kind.to_le_bytes());
    out.extend((count as u32).to_le_bytes());
}

fn ring(out: &mut Vec<u8>, ring: &LineString<f64>) {
    out.extend((ring.0.len() as u32).to_le_bytes());
    for c in &ring.0 {
        out.extend(c.x.to_le_bytes());
        out.extend(c.y.to_le_bytes());
    }
}
