//! What the user chooses, and what follows from the seed for the two images.

use super::geometry::Point;
use super::noise::{Draws, fractal, hash, noise};
use super::phenology::Seasons;
use super::radiometry;
use super::spectra::Spectrum;
use super::world::World;
use crate::landcover::Class;
use crate::sample::SampleError;

/// What to generate.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleParams {
    /// Side of the square images, pixels (64 to 65,536).
    pub size_px: usize,
    /// Seed of the land, the events and the imagery.
    pub seed: u64,
    /// Ground sampling distance, m (0.25 to 30).
    pub gsd_m: f64,
    /// Share of the later image under clouds, 0 (none) to 0.6; their shadows come on top.
    pub clouds: f64,
    /// Light, air, season, sensor and materials: 0 the usual ones, every other number others that follow from it and the seed.
    pub radiometry: u32,
    /// Worker threads; 0 takes every core.
    pub threads: usize,
}

impl Default for SampleParams {
    fn default() -> SampleParams {
        SampleParams { size_px: 2048, seed: 1, gsd_m: 2.0, clouds: 0.0, radiometry: 0, threads: 0 }
    }
}

impl SampleParams {
    /// Refuses what cannot be generated.
    pub fn check(&self) -> Result<(), SampleError> {
        let bad = |name: &'static str, found: String, wanted: &'static str| {
            Err(SampleError::Parameter { name, found, wanted })
        };
        if !(64..=65_536).contains(&self.size_px) {
            return bad("size", self.size_px.to_string(), "64 to 65536 pixels");
        }
        if !(0.25..=30.0).contains(&self.gsd_m) {
            return bad("gsd", self.gsd_m.to_string(), "0.25 to 30 metres");
        }
        if !(0.0..=0.6).contains(&self.clouds) {
            return bad("clouds", self.clouds.to_string(), "a share between 0 and 0.6");
        }
        Ok(())
    }
}

/// How one image sees the land.
#[derive(Clone, Debug)]
pub struct Look {
    /// Year, month, day.
    pub date: (i32, u32, u32),
    /// DN per unit of reflectance, per band.
    pub gain: [f32; 4],
    /// DN of no light, per band.
    pub offset: [f32; 4],
    /// Reflectance of the haze, per band.
    pub haze: [f32; 4],
    /// How much the haze varies from place to place, share of it.
    pub patchy: f32,
    /// Vigour of the vegetation, about 1.
    pub vigour: f32,
    /// Wetness of the soil, 0-1.
    pub wet: f32,
    /// Strength of the hill shading.
    pub relief: f32,
    /// Noise, reflectance.
    pub noise: f32,
    /// Sd of the point spread, pixels.
    pub psf_px: f64,
    /// Where the image really looks, against its georeference, pixels (across, down).
    pub shift_px: (f64, f64),
    /// Valid where `normal . (col, row) / size + offset >= 0`.
    pub edge: (Point, f64),
}

impl Look {
    /// Date as `YYYY-MM-DD`.
    pub fn iso(&self) -> String {
        let (y, m, d) = self.date;
        format!("{y:04}-{m:02}-{d:02}")
    }
}

/// The county, its place on the map and its two images.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The land.
    pub world: World,
    /// Side, pixels.
    pub size: usize,
    /// Pixel size, m.
    pub gsd: f64,
    /// World column and row of the first pixel (in pixels from the world's origin).
    pub first: (i64, i64),
    /// Before.
    pub before: Look,
    /// After.
    pub after: Look,
    /// Noise level above which the later image is cloudy; `None` without clouds.
    pub cloud_level: Option<f32>,
    /// What makes this county's materials differ from the usual, by class and band.
    pub tints: [Spectrum; Class::SLOTS],
}

/// Offset of a cloud's shadow from the cloud, m.
const SHADOW: Point = [-130.0, -190.0];

impl Scene {
    /// Draws the scene of a seed.
    pub fn new(params: &SampleParams) -> Scene {
        let mut d = Draws::new(params.seed ^ 0xC0FF_EE00);
        let day = [112, 128, 172, 206, 228, 268][d.below(6)] + d.below(12) as u32;
        let drift = d.range(-22.0, 22.0) as i32;
        let after_day = (day as i32 + drift).clamp(95, 290) as u32;
        let seasons = Seasons { before_day: day, after_day, rotated: d.range(0.30, 0.42), rare: 0.0 };
        let world = World { seed: params.seed, seasons };
        let before = look(&mut d, (2018, day), (0.0, 0.0), true);
        let (angle, far) = (d.range(0.0, std::f64::consts::TAU), d.range(0.15, 0.62));
        let shift = (far * libm::cos(angle), far * libm::sin(angle));
        let after = look(&mut d, (2019, after_day), shift, false);
        // The county's middle lies at 118.2 E 36.2 N; every size shares it, so a small county is a cut of a large one.
        let (middle_x, middle_y) = (107_925.0, 91_598.0);
        let half = params.size_px as i64 / 2;
        let first = ((middle_x / params.gsd_m) as i64 - half, (middle_y / params.gsd_m) as i64 - half);
        let mut scene = Scene {
            world,
            size: params.size_px,
            gsd: params.gsd_m,
            first,
            before,
            after,
            cloud_level: None,
            tints: [[1.0; 4]; Class::SLOTS],
        };
        if params.radiometry > 0 {
            radiometry::vary(&mut scene, params.radiometry);
        }
        if params.clouds > 0.0 {
            scene.cloud_level = Some(scene.level_for(params.clouds));
        }
        scene
    }

    /// World corners of the image: north-west and south-east.
    pub fn extent(&self) -> (Point, Point) {
        let (c, r) = self.first;
        let n = self.size as i64;
        let g = self.gsd;
        ([c as f64 * g, r as f64 * g], [(c + n) as f64 * g, (r + n) as f64 * g])
    }

    /// Area of the image, km2.
    pub fn area_km2(&self) -> f64 {
        (self.size as f64 * self.gsd / 1000.0).powi(2)
    }

    /// GDAL geotransform in EPSG:4527.
    pub fn geotransform(&self) -> [f64; 6] {
        let (low, _) = self.extent();
        let (x, y) = super::geometry::to_map(low);
        [x, self.gsd, 0.0, y, 0.0, -self.gsd]
    }

    /// Whether an image has data at a world point.
    pub fn has_data(&self, look: &Look, p: Point) -> bool {
        let (low, high) = self.extent();
        let side = high[0] - low[0];
        let (a, b) = ((p[0] - low[0]) / side, (p[1] - low[1]) / side);
        (0.0..=1.0).contains(&a)
            && (0.0..=1.0).contains(&b)
            && look.edge.0[0] * a + look.edge.0[1] * b + look.edge.1 >= 0.0
    }

    /// Noise the clouds are cut from.
    pub fn cloud_noise(&self, x: f64, y: f64) -> f32 {
        fractal(self.world.salt(60), x / 900.0, y / 900.0, 5)
            + 0.3 * noise(self.world.salt(61), x / 2_400.0, y / 2_400.0)
    }

    /// Noise at the place whose shadow falls here.
    pub fn shadow_noise(&self, x: f64, y: f64) -> f32 {
        self.cloud_noise(x - SHADOW[0], y - SHADOW[1])
    }

    /// Thickness of the cloud for a noise value, 0-1.
    pub fn thickness(&self, value: f32) -> f32 {
        self.cloud_level.map_or(0.0, |level| ((value - level) * 9.0 + 0.25).clamp(0.0, 1.0))
    }

    /// The noise level that the wanted share of the image exceeds.
    fn level_for(&self, share: f64) -> f32 {
        let (low, high) = self.extent();
        let n = 120;
        let at = |k: usize, axis: usize| low[axis] + (k as f64 + 0.5) / n as f64 * (high[axis] - low[axis]);
        let mut values: Vec<f32> = (0..n * n).map(|k| self.cloud_noise(at(k % n, 0), at(k / n, 1))).collect();
        values.sort_by(f32::total_cmp);
        values[(((1.0 - share) * values.len() as f64) as usize).min(values.len() - 1)]
    }

    /// 0 clear, 1 cloud, 2 shadow of a cloud, for the noise here and at the place whose shadow falls here.
    pub fn cover(&self, cloud: f32, shadow: f32) -> u8 {
        match (self.thickness(cloud) > 0.15, self.thickness(shadow) > 0.15) {
            (true, _) => 1,
            (false, true) => 2,
            _ => 0,
        }
    }

    /// The same at a world point of the later image.
    pub fn cloud_code(&self, x: f64, y: f64) -> u8 {
        match self.cloud_level {
            None => 0,
            Some(_) => self.cover(self.cloud_noise(x, y), self.shadow_noise(x, y)),
        }
    }

    /// Key of the sensor noise of a date.
    pub fn noise_key(&self, after: bool) -> u64 {
        hash(self.world.salt(62), after as i64, 0)
    }
}

fn look(d: &mut Draws, (year, day): (i32, u32), shift_px: (f64, f64), west: bool) -> Look {
    let sun = d.range(0.86, 1.14);
    let air = d.range(0.4, 1.7);
    let mut gain = [0.0; 4];
    let mut offset = [0.0; 4];
    let mut haze = [0.0; 4];
    for k in 0..4 {
        gain[k] = (2_600.0 * sun * d.range(0.94, 1.06)) as f32;
        offset[k] = d.range(6.0, 34.0) as f32;
        haze[k] = (air * [0.046, 0.030, 0.019, 0.007][k]) as f32;
    }
    // A strip's slanted edge on the west of one image and on the east of the other.
    let tilt = d.range(0.07, 0.12) * if d.chance(0.5) { 1.0 } else { -1.0 };
    let (c, s) = (libm::cos(tilt), libm::sin(tilt));
    let reach = d.range(0.015, 0.03);
    // The line meets the nearer corner `reach` beyond the side, and cuts into the image towards the other corner.
    let corner = if tilt > 0.0 { 1.0 } else { 0.0 };
    let (normal, offset_edge) = if west { ([c, s], -(s * corner) + reach) } else { ([-c, s], c - s * corner + reach) };
    Look {
        date: calendar(year, day),
        gain,
        offset,
        haze,
        patchy: 0.22,
        vigour: d.range(0.90, 1.10) as f32,
        wet: d.range(0.0, 0.8) as f32,
        relief: d.range(0.7, 1.2) as f32,
        noise: d.range(0.0018, 0.0036) as f32,
        psf_px: d.range(0.40, 0.56),
        shift_px,
        edge: (normal, offset_edge),
    }
}

/// Year, month and day of a day of the year (1-based).
pub(super) fn calendar(year: i32, day: u32) -> (i32, u32, u32) {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let lengths = [31, 28 + leap as u32, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut left = day.max(1);
    for (m, length) in lengths.into_iter().enumerate() {
        if left <= length {
            return (year, m as u32 + 1, left);
        }
        left -= length;
    }
    (year, 12, 31)
}
