//! One tile of the two images and the truth.
//!
//! The ground is sampled twice per pixel in each direction, then seen through the point spread of each date (which
//! also carries the misregistration), the air and the sensor. Nothing depends on the tile, only on seed and place.

use super::land::Block;
use super::noise::{Coarse, fractal, gaussian, hash, noise};
use super::paint::{self, Ground, Seen};
use super::params::{Look, Scene};
use super::phenology::Rotation;
use super::sites::Site;
use super::spectra::{SOIL_BROWN, SOIL_RED, Spectrum, mix, scale};
use super::world::{HILL, RiverAt, Road};
use crate::grid::Window;
use crate::landcover::Class;

/// Samples beyond the tile on each side: shift (1.3) + half the point spread (4) and the truth's rim (4).
const HALO: usize = 8;
/// Taps of the point spread, samples.
const TAPS: usize = 8;

/// What is rendered of a tile: band-major DN (blue, green, red, nir), row-major truth and clouds.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// The pixels of the image it covers.
    pub window: Window,
    /// DN before, 4 planes; 0 = nodata.
    pub before: Vec<u16>,
    /// DN after, 4 planes; 0 = nodata.
    pub after: Vec<u16>,
    /// 0 unlabelled, 1 unchanged, 2 changed.
    pub truth: Vec<u8>,
    /// 0 clear, 1 cloud, 2 shadow; empty without clouds.
    pub clouds: Vec<u8>,
    /// Land cover before and after ([`crate::landcover::Class`] as a value); 255 where an image has no data.
    pub classes: [Vec<u8>; 2],
}

/// Noise of clouds and shadows over a window.
type Sky = Option<(Coarse, Coarse)>;

struct Samples {
    cols: usize,
    rows: usize,
    /// World position of sample (0, 0)'s centre.
    x0: f64,
    y0: f64,
    step: f64,
    before: Vec<Spectrum>,
    after: Vec<Spectrum>,
    label: Vec<u8>,
    /// Class values before and after.
    classes: Vec<[u8; 2]>,
}

impl Scene {
    /// Renders the pixels of `window`, which must lie in the image.
    pub fn render(&self, window: Window, sites: &[Site]) -> Tile {
        let samples = self.sample(window, sites);
        let sky = self.sky(window);
        let before = self.see(&samples, window, &self.before, None);
        let after = self.see(&samples, window, &self.after, Some(&sky));
        let mut truth = labels(&samples, window);
        let mut clouds = Vec::new();
        if let Some((cloud, shadow)) = &sky {
            clouds = self.over(window, |x, y| self.cover(cloud.at(x, y), shadow.at(x, y)));
            truth.iter_mut().zip(&clouds).for_each(|(t, &c)| *t = if c > 0 { 0 } else { *t });
        }
        let n = window.pixels();
        for (k, t) in truth.iter_mut().enumerate() {
            if before[k] == 0 || after[k] == 0 {
                *t = 0;
            }
        }
        debug_assert_eq!(before.len(), 4 * n);
        let mut classes = [0, 1].map(|date| classes(&samples, window, date));
        for (classes, image) in classes.iter_mut().zip([&before, &after]) {
            let unseen = |(class, dn): (&mut u8, &u16)| *class = if *dn == 0 { Class::UNCLASSIFIED } else { *class };
            classes.iter_mut().zip(&image[..n]).for_each(unseen);
        }
        Tile { window, before, after, truth, clouds, classes }
    }

    /// World coordinates of a pixel's centre.
    fn pixel(&self, row: i64, col: i64) -> (f64, f64) {
        (
            (self.first.0 + col) as f64 * self.gsd + self.gsd / 2.0,
            (self.first.1 + row) as f64 * self.gsd + self.gsd / 2.0,
        )
    }

    fn over<T>(&self, w: Window, f: impl Fn(f64, f64) -> T) -> Vec<T> {
        let mut out = Vec::with_capacity(w.pixels());
        for r in w.row..w.row_end() {
            for c in w.col..w.col_end() {
                let (x, y) = self.pixel(r, c);
                out.push(f(x, y));
            }
        }
        out
    }

    fn sample(&self, window: Window, sites: &[Site]) -> Samples {
        let step = self.gsd / 2.0;
        let (rows, cols) = (window.rows * 2 + 2 * HALO, window.cols * 2 + 2 * HALO);
        let first_col = (self.first.0 + window.col) * 2 - HALO as i64;
        let first_row = (self.first.1 + window.row) * 2 - HALO as i64;
        let x_of = |c: usize| (first_col + c as i64) as f64 * step + step / 2.0;
        let y_of = |r: usize| (first_row + r as i64) as f64 * step + step / 2.0;
        let (low, high) = ((x_of(0), y_of(0)), (x_of(cols - 1), y_of(rows - 1)));
        let world = &self.world;
        let (s1, s2, s3, s4) = (world.salt(30), world.salt(31), world.salt(32), world.salt(33));
        let tone = Coarse::new(16.0, low, high, |x, y| 0.30 + 0.55 * fractal(s1, x / 700.0, y / 700.0, 3));
        let light = Coarse::new(16.0, low, high, |x, y| 0.92 + 0.20 * fractal(s2, x / 260.0, y / 260.0, 3));
        let pine = Coarse::new(16.0, low, high, |x, y| 0.4 + 0.9 * fractal(s3, x / 420.0, y / 420.0, 3));
        let clump = Coarse::new(8.0, low, high, |x, y| 1.3 * fractal(s4, x / 42.0, y / 42.0, 2));
        let shade = Coarse::new(8.0, low, high, |x, y| self.shade(x, y));

        let mut out = Samples {
            cols,
            rows,
            x0: low.0,
            y0: low.1,
            step,
            before: vec![[0.0; 4]; rows * cols],
            after: vec![[0.0; 4]; rows * cols],
            label: vec![255; rows * cols],
            classes: vec![[Class::UNCLASSIFIED; 2]; rows * cols],
        };
        let (ks, rivers) = self.rivers(&out);
        let near: Vec<&Site> = sites
            .iter()
            .filter(|s| {
                let (a, b) = s.bounds();
                a[0] <= high.0 && b[0] >= low.0 && a[1] <= high.1 && b[1] >= low.1
            })
            .collect();
        let (is, js) = world.blocks([low.0, low.1], [high.0, high.1]);
        for j in js {
            for i in is.clone() {
                let Some((block, span)) = self.block_in(i, j, &out) else { continue };
                for r in span.0..span.1 {
                    let y = y_of(r);
                    for c in span.2..span.3 {
                        let k = r * cols + c;
                        if out.label[k] != 255 {
                            continue;
                        }
                        let x = x_of(c);
                        if (0..4).any(|side| block.quad.side_distance(side, x, y) < -1e-3) {
                            continue;
                        }
                        let (u, v) = block.quad.uv(x, y);
                        // The hair's breadth keeps rounding from leaving gaps between blocks.
                        if !(-1e-7..=1.0 + 1e-7).contains(&u) || !(-1e-7..=1.0 + 1e-7).contains(&v) {
                            continue;
                        }
                        let soil = scale(mix(SOIL_BROWN, SOIL_RED, tone.at(x, y).clamp(0.0, 1.0)), light.at(x, y));
                        let g = Ground { x, y, soil, pine: pine.at(x, y), clump: clump.at(x, y) };
                        let river = &rivers[c * ks.1..(c + 1) * ks.1];
                        let (seen, label) = self.ground(&block, &g, (u, v), river, &near);
                        let s = shade.at(x, y) - 1.0;
                        let on = |surface: super::spectra::Surface, look: &Look| {
                            let tint = self.tints[surface.class as usize];
                            let seen = surface.on(look.vigour, look.wet);
                            let seen = std::array::from_fn(|b| seen[b] * tint[b]);
                            scale(seen, (1.0 + look.relief * s).max(0.15))
                        };
                        out.before[k] = on(seen.before, &self.before);
                        out.after[k] = on(seen.after, &self.after);
                        out.label[k] = label;
                        out.classes[k] = [seen.before.class as u8, seen.after.class as u8];
                    }
                }
            }
        }
        out
    }

    /// Block `(i, j)` and the samples its bounding box covers: rows from, to, columns from, to.
    fn block_in(&self, i: i64, j: i64, s: &Samples) -> Option<(Block, (usize, usize, usize, usize))> {
        let w = &self.world;
        let corners = [w.vertex(i, j), w.vertex(i + 1, j), w.vertex(i + 1, j + 1), w.vertex(i, j + 1)];
        let (low, high) = super::geometry::bounds(&corners);
        let span = |low: f64, high: f64, first: f64, n: usize| {
            let a = ((low - first) / s.step).floor() - 1.0;
            let b = ((high - first) / s.step).ceil() + 2.0;
            (a.clamp(0.0, n as f64) as usize, b.clamp(0.0, n as f64) as usize)
        };
        let (c0, c1) = span(low[0], high[0], s.x0, s.cols);
        let (r0, r1) = span(low[1], high[1], s.y0, s.rows);
        (c0 < c1 && r0 < r1).then(|| (w.block(i, j), (r0, r1, c0, c1)))
    }

    /// The rivers of every sample column: `(first number, how many)` and the rivers, column by column.
    fn rivers(&self, s: &Samples) -> ((i64, usize), Vec<RiverAt>) {
        let w = &self.world;
        let (a, b) = (w.river_near(s.y0) - 1, w.river_near(s.y0 + s.rows as f64 * s.step) + 1);
        let n = (b - a + 1) as usize;
        let x = |c: usize| s.x0 + c as f64 * s.step;
        ((a, n), (0..s.cols).flat_map(|c| (a..=b).map(move |k| w.river(k, x(c)))).collect())
    }

    fn ground(&self, block: &Block, g: &Ground, uv: (f64, f64), rivers: &[RiverAt], sites: &[&Site]) -> (Seen, u8) {
        let river = rivers.iter().find_map(|r| paint::river(&self.world, r, g));
        let bridge = || {
            block.roads.iter().enumerate().any(|(k, r)| {
                matches!(r, Road::County | Road::Village) && block.quad.side_distance(k, g.x, g.y) < r.half_width()
            })
        };
        let mut seen = match river {
            Some(surface) if !bridge() => Seen { before: surface, after: surface, rotation: Rotation::Same },
            _ => paint::land(&self.world, block, g, uv),
        };
        let mut label = match seen.rotation {
            Rotation::Same => 1,
            Rotation::Alike => 0,
            Rotation::Changed => 2,
        };
        for site in sites {
            if site.contains(g.x, g.y) {
                let (before, after) = (site.before, site.after);
                seen.before = before.map_or(seen.before, |f| site.surface(f, g));
                seen.after = after.map_or(seen.after, |f| site.surface(f, g));
                label = if site.changed { 2 } else { 1 };
            }
        }
        (seen, label)
    }

    /// Hill shading for a sun in the south-east: 1 on flat land.
    fn shade(&self, x: f64, y: f64) -> f32 {
        let w = &self.world;
        let height = |x: f64, y: f64| {
            let e = w.elevation(x, y);
            // Ridges and gullies on the slopes only.
            let rough = (e - HILL + 0.08).clamp(0.0, 0.35);
            e + rough * 0.55 * fractal(w.salt(34), x / 210.0, y / 210.0, 3)
        };
        let d = 6.0;
        let dx = (height(x + d, y) - height(x - d, y)) / (2.0 * d as f32);
        let dy = (height(x, y + d) - height(x, y - d)) / (2.0 * d as f32);
        // 190 m of relief per unit; the light falls from +x, +y.
        (1.0 - 190.0 * 0.62 * (dx + dy)).clamp(0.35, 1.5)
    }

    /// Noise of the clouds and of what throws its shadow here, over a window; `None` without clouds.
    fn sky(&self, w: Window) -> Sky {
        self.cloud_level?;
        let (low, high) = (self.pixel(w.row, w.col), self.pixel(w.row_end() - 1, w.col_end() - 1));
        let cloud = Coarse::new(16.0, low, high, |x, y| self.cloud_noise(x, y));
        Some((cloud, Coarse::new(16.0, low, high, |x, y| self.shadow_noise(x, y))))
    }

    /// The samples through optics, air and sensor: band-major DN.
    fn see(&self, s: &Samples, w: Window, look: &Look, later: Option<&Sky>) -> Vec<u16> {
        let after = later.is_some();
        let source = if after { &s.after } else { &s.before };
        let (cx, wx) = taps(look.shift_px.0, look.psf_px);
        let (cy, wy) = taps(look.shift_px.1, look.psf_px);
        // Rows first: one value per pixel column and sample row.
        let mut across = vec![[0.0f32; 4]; s.rows * w.cols];
        for r in 0..s.rows {
            for c in 0..w.cols {
                let at = (r * s.cols) as i64 + (2 * c + HALO) as i64 + cx;
                let mut sum = [0.0f32; 4];
                for (t, weight) in wx.iter().enumerate() {
                    let p = source[(at + t as i64) as usize];
                    for b in 0..4 {
                        sum[b] += weight * p[b];
                    }
                }
                across[r * w.cols + c] = sum;
            }
        }
        let n = w.pixels();
        let mut out = vec![0u16; 4 * n];
        let key = self.noise_key(after);
        let (low, high) = (self.pixel(w.row, w.col), self.pixel(w.row_end() - 1, w.col_end() - 1));
        let mist = Coarse::new(64.0, low, high, |x, y| 1.0 + look.patchy * noise(key ^ 7, x / 3_300.0, y / 3_300.0));
        let sky = later.and_then(Option::as_ref);
        for r in 0..w.rows {
            for c in 0..w.cols {
                let (row, col) = (w.row + r as i64, w.col + c as i64);
                let (x, y) = self.pixel(row, col);
                if !self.has_data(look, [x, y]) {
                    continue;
                }
                let mut sum = [0.0f32; 4];
                for (t, weight) in wy.iter().enumerate() {
                    let line = ((2 * r + HALO) as i64 + cy + t as i64) as usize;
                    let p = across[line * w.cols + c];
                    for b in 0..4 {
                        sum[b] += weight * p[b];
                    }
                }
                if let Some((cloud, shadow)) = sky {
                    let (cloud, shadow) = (self.thickness(cloud.at(x, y)), self.thickness(shadow.at(x, y)));
                    for (b, v) in sum.iter_mut().enumerate() {
                        *v *= 1.0 - shadow * [0.52, 0.58, 0.62, 0.66][b];
                        *v += cloud * ([0.74, 0.73, 0.72, 0.74][b] - *v);
                    }
                }
                let air = mist.at(x, y);
                let id = hash(key, self.first.0 + col, self.first.1 + row);
                for b in 0..4 {
                    let value = sum[b] + look.haze[b] * air;
                    let grain = look.noise * (0.6 + 2.0 * value) * gaussian(hash(id, b as i64, 1));
                    let dn = (value + grain) * look.gain[b] + look.offset[b];
                    out[b * n + r * w.cols + c] = dn.round().clamp(1.0, 65_535.0) as u16;
                }
            }
        }
        out
    }
}

/// First sample (from the pixel's first own sample) and weights of a Gaussian point spread, moved by `shift` pixels.
fn taps(shift: f64, sd_px: f64) -> (i64, [f32; TAPS]) {
    // In samples: the pixel's middle lies one sample right of its first sample's west edge.
    let middle = 1.0 + 2.0 * shift;
    let first = (middle - TAPS as f64 / 2.0).round() as i64;
    let mut weights = [0.0; TAPS];
    for (t, w) in weights.iter_mut().enumerate() {
        let d = (first + t as i64) as f64 + 0.5 - middle;
        *w = libm::exp(-d * d / (2.0 * (2.0 * sd_px) * (2.0 * sd_px)));
    }
    let total: f64 = weights.iter().sum();
    (first, weights.map(|w| (w / total) as f32))
}

/// The class that most of a pixel's four samples have; of several, the first sample's.
fn classes(s: &Samples, w: Window, date: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(w.pixels());
    for r in 0..w.rows {
        for c in 0..w.cols {
            let k = (2 * r + HALO) * s.cols + 2 * c + HALO;
            let four = [k, k + 1, k + s.cols, k + s.cols + 1].map(|k| s.classes[k][date]);
            let votes = four.map(|v| four.iter().filter(|o| **o == v).count());
            let best = (0..4).fold(0, |best, k| if votes[k] > votes[best] { k } else { best });
            out.push(four[best]);
        }
    }
    out
}

/// Truth per pixel: the label all samples within 1.5 pixels agree on, else 0.
fn labels(s: &Samples, w: Window) -> Vec<u8> {
    let (rows, cols) = (w.rows + 4, w.cols + 4);
    let mut own = vec![0u8; rows * cols];
    for r in 0..rows {
        for c in 0..cols {
            // Two pixels of rim = four samples; the halo is eight.
            let k = (2 * r + HALO - 4) * s.cols + 2 * c + HALO - 4;
            let four = [s.label[k], s.label[k + 1], s.label[k + s.cols], s.label[k + s.cols + 1]];
            own[r * cols + c] = if four.iter().all(|&v| v == four[0] && v != 255) { four[0] } else { 0 };
        }
    }
    let mut out = Vec::with_capacity(w.pixels());
    for r in 2..rows - 2 {
        for c in 2..cols - 2 {
            let v = own[r * cols + c];
            let same = (r - 1..=r + 1).all(|i| (c - 1..=c + 1).all(|j| own[i * cols + j] == v));
            out.push(if same { v } else { 0 });
        }
    }
    out
}
