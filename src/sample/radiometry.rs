//! Counties under another sun: season, air, sensor and materials that the usual county does not have.
//!
//! A model that was trained on one generator's spectra knows these and nothing else. Here every material of a county gets a colour of its
//! own, so that only what holds between materials can be learnt.

use super::noise::Draws;
use super::params::{Look, Scene, calendar};
use crate::landcover::Class;

/// Days between the two images of the same quarter, of neighbouring ones, and of any.
const APART: [f64; 3] = [30.0, 100.0, 220.0];

/// Gives a scene the radiometry `number` (1 or more).
///
/// | | 1 | 2 | 3 and more |
/// |---|---|---|---|
/// | days of the year apart, at most | 30 | 100 | 220 |
/// | haze | even | in patches | in patches |
pub(super) fn vary(scene: &mut Scene, number: u32) {
    let mut d = Draws::new(scene.world.seed.wrapping_mul(0x9E37_79B9).wrapping_add(u64::from(number)) ^ 0x0A11_BEE5);
    let apart = APART[(number as usize - 1).min(APART.len() - 1)];
    let before_day = d.range(64.0, 318.0);
    let after_day = (before_day + d.range(-apart, apart)).clamp(64.0, 318.0);
    let seasons = &mut scene.world.seasons;
    (seasons.before_day, seasons.after_day) = (before_day as u32, after_day as u32);
    seasons.rotated = d.range(0.30, 0.75);
    seasons.rare = d.range(0.2, 1.6);
    scene.before.date = calendar(scene.before.date.0, seasons.before_day);
    scene.after.date = calendar(scene.after.date.0, seasons.after_day);
    // Sensors of 10 to 15 bits: the same for both dates half the time.
    let depth = [d.range(0.25, 3.0), d.range(0.25, 3.0)];
    let one_sensor = d.chance(0.5);
    for (n, look) in [&mut scene.before, &mut scene.after].into_iter().enumerate() {
        sense(look, &mut d, depth[if one_sensor { 0 } else { n }], number);
    }
    for (slot, tint) in scene.tints.iter_mut().enumerate() {
        let (sd, band_sd) = (0.18, 0.06);
        let all = normal(&mut d) * sd;
        for band in tint.iter_mut() {
            *band = libm::exp(all + normal(&mut d) * band_sd) as f32;
        }
        if slot == Class::Crop as usize || slot == Class::Woodland as usize {
            // Leaves are dark in red and bright in infrared everywhere.
            tint[2] = tint[2].min(1.25);
            tint[3] = tint[3].max(0.75);
        }
    }
}

fn sense(look: &mut Look, d: &mut Draws, depth: f64, number: u32) {
    let air = d.range(0.2, 2.2) * if d.chance(0.25) { 2.0 } else { 1.0 };
    for k in 0..4 {
        look.gain[k] = (2_600.0 * depth * d.range(0.75, 1.35)) as f32;
        look.offset[k] = d.range(4.0, 160.0) as f32;
        look.haze[k] = (air * [0.046, 0.030, 0.019, 0.007][k]) as f32;
    }
    look.patchy = if number > 1 && d.chance(0.5) { d.range(0.3, 0.9) as f32 } else { 0.22 };
    look.vigour = d.range(0.75, 1.15) as f32;
    look.wet = d.range(0.0, 1.0) as f32;
    look.relief = d.range(0.6, 1.5) as f32;
    look.noise *= d.range(0.8, 2.6) as f32;
    look.psf_px = d.range(0.40, 0.75);
}

/// About normal: Irwin-Hall of 12.
fn normal(d: &mut Draws) -> f64 {
    (0..12).map(|_| d.unit()).sum::<f64>() - 6.0
}
