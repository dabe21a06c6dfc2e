//! Lines, fills, the scale bar and the north arrow: painting on a picture without any font.

use super::palette::Rgb;
use crate::grid::Affine;
use geo::{LineString, MultiPolygon};
use image::RgbImage;

/// A filled disc.
pub(super) fn disc(out: &mut RgbImage, row: f64, col: f64, radius: f64, colour: Rgb) {
    let reach = radius.ceil() as i64 + 1;
    let (middle_row, middle_col) = (row.floor() as i64, col.floor() as i64);
    for y in middle_row - reach..=middle_row + reach {
        for x in middle_col - reach..=middle_col + reach {
            let distance = (y as f64 + 0.5 - row).hypot(x as f64 + 0.5 - col);
            blend(out, y, x, colour, (radius - distance + 0.5).clamp(0.0, 1.0));
        }
    }
}

/// Outlines of `shape` on a picture with the transform `affine`: a bright line on a dark halo, to be seen on any ground.
pub fn draw_outline(out: &mut RgbImage, shape: &MultiPolygon<f64>, affine: &Affine, colour: Rgb) {
    // Lines grow with the picture, so that they survive being shown small.
    let half = (f64::from(out.width().max(out.height())) / 220.0).clamp(0.9, 3.0);
    stroke(out, shape, affine, [0x14, 0x18, 0x1d], half + 1.1);
    stroke(out, shape, affine, colour, half);
}

/// Lines `2 * half` px wide along all rings.
pub(super) fn stroke(out: &mut RgbImage, shape: &MultiPolygon<f64>, affine: &Affine, colour: Rgb, half: f64) {
    for polygon in &shape.0 {
        stroke_ring(out, polygon.exterior(), affine, colour, half);
        polygon.interiors().iter().for_each(|ring| stroke_ring(out, ring, affine, colour, half));
    }
}

fn stroke_ring(out: &mut RgbImage, ring: &LineString<f64>, affine: &Affine, colour: Rgb, half: f64) {
    let points: Vec<(f64, f64)> = ring.0.iter().map(|c| affine.to_pixel(c.x, c.y)).collect();
    for pair in points.windows(2) {
        segment(out, pair[0], pair[1], colour, half);
    }
}

/// An anti-aliased line from `a` to `b`, both `(row, col)`.
fn segment(out: &mut RgbImage, a: (f64, f64), b: (f64, f64), colour: Rgb, half: f64) {
    let (height, width) = (f64::from(out.height()), f64::from(out.width()));
    let reach = half + 1.0;
    // Only pixels of the picture are visited, however long the segment is.
    let first_row = (a.0.min(b.0) - reach).max(0.0).floor();
    let last_row = (a.0.max(b.0) + reach).min(height - 1.0).floor();
    let (dr, dc) = (b.0 - a.0, b.1 - a.1);
    let length2 = dr * dr + dc * dc;
    if !(length2.is_finite() && first_row <= last_row) {
        return;
    }
    for y in first_row as i64..=last_row as i64 {
        let row = y as f64 + 0.5;
        let (from, to) = columns_near(a, (dr, dc), row, reach);
        let (from, to) = (from.max(0.0).floor(), to.min(width - 1.0).floor());
        if from > to {
            continue;
        }
        for x in from as i64..=to as i64 {
            let col = x as f64 + 0.5;
            let t = if length2 > 0.0 { (((row - a.0) * dr + (col - a.1) * dc) / length2).clamp(0.0, 1.0) } else { 0.0 };
            let distance = (row - a.0 - t * dr).hypot(col - a.1 - t * dc);
            blend(out, y, x, colour, (half - distance + 0.5).clamp(0.0, 1.0));
        }
    }
}

/// Range of columns in which a line can touch the row `row` within `reach`.
fn columns_near(a: (f64, f64), (dr, dc): (f64, f64), row: f64, reach: f64) -> (f64, f64) {
    let at = |r: f64| {
        let t = if dr == 0.0 { 0.0 } else { ((r - a.0) / dr).clamp(0.0, 1.0) };
        a.1 + t * dc
    };
    let (mut low, mut high) = (at(row - reach).min(at(row + reach)), at(row - reach).max(at(row + reach)));
    if dr == 0.0 {
        (low, high) = (a.1.min(a.1 + dc), a.1.max(a.1 + dc));
    }
    (low - reach - 1.0, high + reach + 1.0)
}

/// Fills `shape` (even-odd, so holes stay open) mixing `share` of the colour with what is below.
pub(super) fn fill_shape(out: &mut RgbImage, shape: &MultiPolygon<f64>, affine: &Affine, colour: Rgb, share: f64) {
    let mut edges: Vec<((f64, f64), (f64, f64))> = Vec::new();
    for polygon in &shape.0 {
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            let points: Vec<(f64, f64)> = ring.0.iter().map(|c| affine.to_pixel(c.x, c.y)).collect();
            edges.extend(points.windows(2).map(|w| (w[0], w[1])));
        }
    }
    let finite = |e: &((f64, f64), (f64, f64))| [e.0.0, e.0.1, e.1.0, e.1.1].iter().all(|v| v.is_finite());
    edges.retain(finite);
    let top = edges.iter().map(|e| e.0.0.min(e.1.0)).fold(f64::MAX, f64::min).max(0.0).floor();
    let bottom = edges.iter().map(|e| e.0.0.max(e.1.0)).fold(f64::MIN, f64::max).min(f64::from(out.height()));
    let mut row = top;
    while row < bottom {
        let middle = row + 0.5;
        let mut crossings: Vec<f64> = edges
            .iter()
            .filter(|(a, b)| (a.0 <= middle) != (b.0 <= middle))
            .map(|(a, b)| a.1 + (middle - a.0) / (b.0 - a.0) * (b.1 - a.1))
            .collect();
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let from = (pair[0] - 0.5).ceil().max(0.0);
            let to = (pair[1] - 0.5).ceil().min(f64::from(out.width()));
            for x in from as i64..to as i64 {
                blend(out, row as i64, x, colour, share);
            }
        }
        row += 1.0;
    }
}

fn blend(out: &mut RgbImage, row: i64, col: i64, colour: Rgb, share: f64) {
    if share <= 0.0 || row < 0 || col < 0 || row >= i64::from(out.height()) || col >= i64::from(out.width()) {
        return;
    }
    let pixel = out.get_pixel_mut(col as u32, row as u32);
    for (v, c) in pixel.0.iter_mut().zip(colour) {
        *v = (f64::from(*v) * (1.0 - share) + f64::from(c) * share + 0.5) as u8;
    }
}

/// 3 x 5 digits, `k` and `m`, one row per number, the highest of three bits on the left.
const GLYPHS: [(char, [u8; 5]); 12] = [
    ('0', [7, 5, 5, 5, 7]),
    ('1', [2, 6, 2, 2, 7]),
    ('2', [7, 1, 7, 4, 7]),
    ('3', [7, 1, 7, 1, 7]),
    ('4', [5, 5, 7, 1, 1]),
    ('5', [7, 4, 7, 1, 7]),
    ('6', [7, 4, 7, 5, 7]),
    ('7', [7, 1, 2, 2, 2]),
    ('8', [7, 5, 7, 5, 7]),
    ('9', [7, 5, 7, 1, 7]),
    ('k', [4, 5, 6, 6, 5]),
    ('m', [0, 7, 7, 5, 5]),
];

/// A scale bar of a round length in the lower left corner; `metres` is the width of a pixel.
pub fn scale_bar(out: &mut RgbImage, metres: f64) {
    // Glyphs have two sizes: 2 px a dot on chips, 3 on maps.
    let dot = if out.width() >= 600 { 3 } else { 2 };
    scale_bar_of(out, metres, dot);
}

/// The same with digits of `dot` px a dot, and lines as strong as fits them.
pub(super) fn scale_bar_of(out: &mut RgbImage, metres: f64, dot: i64) {
    let (width, height) = (f64::from(out.width()), i64::from(out.height()));
    if !(metres > 0.0 && metres.is_finite()) || width < 60.0 || height < 40 {
        return;
    }
    let most = width * metres * 0.28;
    let power = libm::pow(10.0, libm::log10(most).floor());
    let round = [5.0, 2.0, 1.0].into_iter().map(|f| f * power).find(|&l| l <= most).unwrap_or(power);
    let bar = (round / metres).round() as i64;
    let line = (dot / 2).max(2);
    let tick = 3 * line;
    let label = if round >= 1000.0 { format!("{}km", round / 1000.0) } else { format!("{round}m") };
    let text_width = label.chars().count() as i64 * 4 * dot;
    let (left, base) = (6, height - 7);
    let (box_width, box_height) = (bar.max(text_width) + 10, 5 * dot + 9 + tick);
    for y in base - box_height + 6..base + 4 {
        for x in left - 3..left - 3 + box_width {
            blend(out, y, x, [255; 3], 0.78);
        }
    }
    let ink = [0x1a, 0x20, 0x28];
    for x in left..left + bar {
        (base - line..base).for_each(|y| blend(out, y, x, ink, 1.0));
    }
    for x in (left..left + line).chain(left + bar - line..left + bar) {
        (base - tick..base).for_each(|y| blend(out, y, x, ink, 1.0));
    }
    let mut x = left + 4;
    for c in label.chars() {
        let Some((_, rows)) = GLYPHS.iter().find(|g| g.0 == c) else { continue };
        for (i, bits) in rows.iter().enumerate() {
            for j in 0..3 {
                if bits & (4 >> j) != 0 {
                    for (dy, dx) in (0..dot).flat_map(|a| (0..dot).map(move |b| (a, b))) {
                        blend(out, base - tick - 1 - 5 * dot + i as i64 * dot + dy, x + j * dot + dx, ink, 1.0);
                    }
                }
            }
        }
        x += 4 * dot;
    }
}

/// A north arrow in the upper right corner, turned as the grid is.
pub(super) fn north_arrow(out: &mut RgbImage, affine: &Affine) {
    if out.width() < 160 || out.height() < 160 {
        return;
    }
    let (r0, c0) = affine.to_pixel(affine.0[0], affine.0[3]);
    let step = affine.determinant().abs().sqrt();
    let (r1, c1) = affine.to_pixel(affine.0[0], affine.0[3] + step);
    let (dr, dc) = (r1 - r0, c1 - c0);
    let length = dr.hypot(dc);
    if !(length > 0.0 && length.is_finite()) {
        return;
    }
    let (up, right) = ((dr / length, dc / length), (-dc / length, dr / length));
    let middle = (32.0, f64::from(out.width()) - 32.0);
    let ink = [0x1a, 0x20, 0x28];
    // A ring, so that it stands out from snow and concrete too.
    disc(out, middle.0, middle.1, 22.5, ink);
    disc(out, middle.0, middle.1, 21.0, [255; 3]);
    let at = |u: f64, r: f64| (middle.0 + up.0 * u - right.0 * r, middle.1 + up.1 * u - right.1 * r);
    for i in 0..=28 {
        let t = f64::from(i) / 28.0;
        let half = 7.5 * t;
        segment(out, at(15.0 - 28.0 * t, -half), at(15.0 - 28.0 * t, 0.0), ink, 0.6);
        segment(out, at(15.0 - 28.0 * t, 0.0), at(15.0 - 28.0 * t, half), [0x9a, 0xa5, 0xb1], 0.6);
    }
}
