//! What can befall a pair besides change, as pure functions on the later image.
//!
//! In: pixels and a seed. Out: pixels, and where something was painted. Nothing here knows how detection works.

use super::random::{below, normal, unit};
use crate::evaluate::Objects;
use crate::normalise::Moments;
use crate::raster::{Pixels, Quality};
use ndarray::{Array2, Axis, Zip};

/// Value below which `percent` of a band's valid pixels lie; 0 without any.
fn percentile(pixels: &Pixels, band: usize, percent: f64) -> f64 {
    let plane = pixels.bands.index_axis(Axis(0), band);
    let mut values: Vec<f32> =
        plane.iter().zip(&pixels.quality).filter(|(_, q)| q.is_valid()).map(|(v, _)| *v).collect();
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f64 * percent / 100.0) as usize;
    f64::from(*values.select_nth_unstable_by(at, f32::total_cmp).1)
}

fn spread(pixels: &Pixels, band: usize) -> f64 {
    let plane = pixels.bands.index_axis(Axis(0), band);
    let valid = plane.iter().zip(&pixels.quality).filter(|(_, q)| q.is_valid()).map(|(v, _)| f64::from(*v));
    Moments::of(&valid.collect::<Vec<f64>>()).sd
}

/// Every value of `pixels` through `f(band, row, col, value)`; pixels that are not valid stay as they are.
fn mapped(pixels: &Pixels, f: impl Fn(usize, usize, usize, f64) -> f64) -> Pixels {
    let mut out = pixels.clone();
    for ((k, i, j), v) in out.bands.indexed_iter_mut() {
        if pixels.quality[(i, j)].is_valid() {
            *v = f(k, i, j, f64::from(*v)) as f32;
        }
    }
    out
}

/// Every band times its own factor, `most` off 1 at most. The first band gets the largest and the next the smallest, so
/// that bands are pulled apart whatever the seed.
pub fn gain(pixels: &Pixels, most: f64, seed: u64) -> Pixels {
    let factor =
        |k: usize| 1.0 + most * (0.5 + 0.5 * unit(&[seed, 1, k as u64])) * if k.is_multiple_of(2) { 1.0 } else { -1.0 };
    mapped(pixels, |k, _, _, v| v * factor(k))
}

/// Every band plus its own constant, at most the share `most` of its 2-98 % range; always upwards, as nothing reflects
/// less than nothing.
pub fn offset(pixels: &Pixels, most: f64, seed: u64) -> Pixels {
    let constants: Vec<f64> = (0..pixels.bands.dim().0)
        .map(|k| {
            most * (0.5 + 0.5 * unit(&[seed, 2, k as u64])) * (percentile(pixels, k, 98.0) - percentile(pixels, k, 2.0))
        })
        .collect();
    mapped(pixels, |k, _, _, v| v + constants[k])
}

/// A white veil that thickens across the scene from nothing to the opacity `most`, in a direction of the seed; band `k` sees
/// the share `thickness[k]` of it.
pub fn haze(pixels: &Pixels, most: f64, thickness: &[f64], seed: u64) -> Pixels {
    let (rows, cols) = pixels.shape();
    let angle = std::f64::consts::TAU * unit(&[seed, 3]);
    let (dr, dc) = (libm::sin(angle), libm::cos(angle));
    let reach = (dr.abs() + dc.abs()) / 2.0;
    let white: Vec<f64> = (0..pixels.bands.dim().0).map(|k| percentile(pixels, k, 99.5)).collect();
    mapped(pixels, |k, i, j, v| {
        let (y, x) = ((i as f64 + 0.5) / rows as f64 - 0.5, (j as f64 + 0.5) / cols as f64 - 0.5);
        let along = (dr * y + dc * x) / reach / 2.0 + 0.5;
        let veil = most * along * thickness.get(k).copied().unwrap_or(1.0);
        v * (1.0 - veil) + white[k] * veil
    })
}

/// White noise with the share `share` of each band's standard deviation.
pub fn noise(pixels: &Pixels, share: f64, seed: u64) -> Pixels {
    let sd: Vec<f64> = (0..pixels.bands.dim().0).map(|k| share * spread(pixels, k)).collect();
    mapped(pixels, |k, i, j, v| v + sd[k] * normal(&[seed, 4, k as u64, i as u64, j as u64]))
}

/// Clouds and their shadows painted on an image, and where they are.
pub struct Painted {
    /// The image.
    pub pixels: Pixels,
    /// More than half hidden by cloud.
    pub cloud: Array2<bool>,
    /// In shadow and not under cloud.
    pub shadow: Array2<bool>,
}

/// Radius of the smallest cloud, m, where the scene has room for it: fair-weather clouds are a few hundred metres wide.
const CLOUD_M: f64 = 200.0;

/// Paints round clouds with soft rims until they hide the share `share`, and the shadow of each, all thrown the same way; a shadow
/// takes the share `shade[k]` of band `k`'s light.
pub fn clouds(pixels: &Pixels, gsd_m: f64, share: f64, shade: &[f64], seed: u64) -> Painted {
    let (rows, cols) = pixels.shape();
    let side = rows.min(cols) as f64;
    let least = (side / 24.0).max((CLOUD_M / gsd_m).min(side / 6.0));
    let mut opacity = Array2::<f64>::zeros((rows, cols));
    let mut dimming = Array2::<f64>::zeros((rows, cols));
    let wanted = share * (rows * cols) as f64;
    // A hundred of them cover anything that is asked for.
    for n in 0..100u64 {
        if opacity.iter().filter(|o| **o > 0.5).count() as f64 >= wanted {
            break;
        }
        let draw = |what: u64| unit(&[seed, 5, n, what]);
        let (row, col) = (draw(0) * rows as f64, draw(1) * cols as f64);
        let (high, wide) = (least * (1.0 + draw(2) * 0.7), least * (1.0 + draw(3) * 0.7));
        let blot = |r: f64, c: f64, into: &mut Array2<f64>| {
            // Opaque to 0.9 of the radius, nothing from 1.1 on.
            let span = |middle: f64, reach: f64, most: usize| {
                (middle - reach).max(0.0) as usize..((middle + reach).ceil().max(0.0) as usize).min(most)
            };
            for i in span(r, 1.1 * high, rows) {
                for j in span(c, 1.1 * wide, cols) {
                    let (y, x) = ((i as f64 + 0.5 - r) / high, (j as f64 + 0.5 - c) / wide);
                    let o = &mut into[(i, j)];
                    *o = o.max(((1.1 - y.hypot(x)) / 0.2).clamp(0.0, 1.0));
                }
            }
        };
        blot(row, col, &mut opacity);
        blot(row + 1.6 * least, col + 1.1 * least, &mut dimming);
    }
    let white: Vec<f64> = (0..pixels.bands.dim().0).map(|k| 1.4 * percentile(pixels, k, 99.8)).collect();
    let out = mapped(pixels, |k, i, j, v| {
        let dark = v * (1.0 - shade.get(k).copied().unwrap_or(0.6) * dimming[(i, j)]);
        // Clouds are bright, never quite even.
        let bright = white[k] * (0.9 + 0.1 * unit(&[seed, 6, i as u64 / 3, j as u64 / 3]));
        dark * (1.0 - opacity[(i, j)]) + bright * opacity[(i, j)]
    });
    let cloud = opacity.mapv(|o| o > 0.5);
    let shadow = Zip::from(&dimming).and(&cloud).map_collect(|d, c| *d > 0.5 && !c);
    Painted { pixels: out, cloud, shadow }
}

/// The image without the ground of two slanted borders (left and right, as satellite scenes have), about the share `share`
/// of it, and where that is.
pub fn borders(pixels: &Pixels, share: f64) -> (Pixels, Array2<bool>) {
    let (rows, cols) = pixels.shape();
    // Two triangles of base `2 * share * cols` and the full height.
    let lost = Array2::from_shape_fn((rows, cols), |(i, j)| {
        let down = (i as f64 + 0.5) / rows as f64;
        let across = (j as f64 + 0.5) / cols as f64;
        across < share * (1.0 - down) || across > 1.0 - share * down
    });
    let mut out = pixels.clone();
    Zip::from(&mut out.quality).and(&lost).for_each(|q, l| {
        if *l {
            *q = Quality::Nodata;
        }
    });
    (out, lost)
}

/// Which of `count` changed sites stay when the share `kept` is to: at least one, chosen by the seed.
pub fn chosen(count: usize, kept: f64, seed: u64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..count).collect();
    for i in (1..count).rev() {
        order.swap(i, below(i + 1, &[seed, 8, i as u64]));
    }
    let stay = ((count as f64 * kept).round() as usize).clamp(count.min(1), count);
    let mut out = vec![false; count];
    order.iter().take(stay).for_each(|&k| out[k] = true);
    out
}

/// Undoes the change of the sites that are not `kept`: the later image shows the earlier one there, brought to its own
/// radiometry by matching mean and standard deviation of every band over the ground `alike` (labelled unchanged), with the
/// residual's spread as noise, and 2 px beyond their rims, but never on a kept site.
///
/// Returns the image and where it was replaced. Both dates must lie on one grid.
pub fn undone(
    before: &Pixels,
    after: &Pixels,
    sites: &Objects,
    kept: &[bool],
    alike: &Array2<bool>,
    seed: u64,
) -> (Pixels, Array2<bool>) {
    let (rows, cols) = after.shape();
    let dropped = sites.ids.mapv(|s| s > 0 && !kept[s as usize - 1]);
    let stays = sites.ids.mapv(|s| s > 0 && kept[s as usize - 1]);
    let mut replaced = dropped.clone();
    for ((i, j), _) in dropped.indexed_iter().filter(|(_, d)| **d) {
        for r in i.saturating_sub(2)..(i + 3).min(rows) {
            for c in j.saturating_sub(2)..(j + 3).min(cols) {
                replaced[(r, c)] |= !stays[(r, c)];
            }
        }
    }
    let mut out = after.clone();
    for k in 0..after.bands.dim().0 {
        let planes = [before, after].map(|p| p.bands.index_axis(Axis(0), k));
        let pairs: Vec<(f64, f64)> = alike
            .indexed_iter()
            .filter(|(at, a)| **a && before.quality[*at].is_valid() && after.quality[*at].is_valid())
            .map(|(at, _)| (f64::from(planes[0][at]), f64::from(planes[1][at])))
            .collect();
        let n = pairs.len().max(1) as f64;
        let (mb, ma) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
        let about = |f: &dyn Fn(&(f64, f64)) -> f64| (pairs.iter().map(f).map(|d| d * d).sum::<f64>() / n).sqrt();
        let (sb, sa) = (about(&|p| p.0 - mb), about(&|p| p.1 - ma));
        let gain = if sb > 0.0 { sa / sb } else { 1.0 };
        let rest = about(&|p| p.1 - ma - gain * (p.0 - mb));
        for ((i, j), _) in replaced.indexed_iter().filter(|(_, r)| **r) {
            if before.quality[(i, j)].is_valid() && after.quality[(i, j)].is_valid() {
                let noise = rest * normal(&[seed, 9, k as u64, i as u64, j as u64]);
                out.bands[(k, i, j)] = (ma + gain * (f64::from(planes[0][(i, j)]) - mb) + noise) as f32;
            }
        }
    }
    (out, replaced)
}
