//! What people put on the ground, as functions of a place in the parcel's own axes (metres).

use super::noise::{hash, noise, unit};
use super::spectra::*;
use crate::landcover::Class;

/// Colour of a roof drawn from a key; `works` shifts it from tiles to steel.
pub fn roof(key: u64, works: bool) -> Spectrum {
    let f = unit(key.rotate_left(17));
    let tone = 0.86 + 0.28 * unit(key.rotate_left(39)) as f32;
    let colour = if works {
        match f {
            f if f < 0.42 => STEEL_BLUE,
            f if f < 0.62 => STEEL_WHITE,
            f if f < 0.80 => STEEL_GREY,
            f if f < 0.92 => CONCRETE,
            _ => TILE_RED,
        }
    } else {
        match f {
            f if f < 0.56 => TILE_RED,
            f if f < 0.76 => TILE_GREY,
            f if f < 0.91 => CONCRETE,
            f if f < 0.97 => STEEL_BLUE,
            _ => STEEL_WHITE,
        }
    };
    scale(colour, tone)
}

/// Part of a yard with large roofs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// Roof; brightness of the slope.
    Roof(f32),
    /// Shadow on the ground north of a roof.
    Shadow,
    /// Yard.
    Yard,
}

/// Sheds in a rectangle of half-lengths `a`, `b` around the origin: rows across `t`, cut into buildings along `s`.
#[inline]
pub fn sheds(s: f64, t: f64, a: f64, b: f64, key: u64) -> Part {
    let margin = (0.10 * a.min(b) * 2.0).clamp(1.0, 6.0);
    let (a, b) = (a - margin, b - margin);
    if s.abs() > a || t.abs() > b {
        return Part::Yard;
    }
    let (s, t) = (s + a, t + b);
    let rows = ((2.0 * b) / (24.0 + 10.0 * unit(key))).round().max(1.0);
    let pieces = ((2.0 * a) / (52.0 + 24.0 * unit(key >> 7))).round().max(1.0);
    let (dt, ds) = (2.0 * b / rows, 2.0 * a / pieces);
    let (gap_t, gap_s) = (if rows > 1.0 { 6.5 } else { 0.0 }, if pieces > 1.0 { 7.0 } else { 0.0 });
    let (lt, ls) = (t % dt, s % ds);
    if ls > ds - gap_s {
        return Part::Yard;
    }
    if lt < gap_t {
        return if lt > gap_t - 3.5 { Part::Shadow } else { Part::Yard };
    }
    let across = (lt - gap_t) / (dt - gap_t);
    Part::Roof(if across < 0.5 { 0.90 } else { 1.06 })
}

/// Yard of concrete with stains and joints.
pub fn concrete(key: u64, x: f64, y: f64) -> Surface {
    let age = unit(key.rotate_left(11)) as f32;
    let stain = 1.0 + 0.07 * noise(key, x / 7.0, y / 7.0) + 0.05 * noise(key ^ 5, x / 1.8, y / 1.8);
    Surface::hard(scale(mix(CONCRETE_NEW, CONCRETE, age), stain))
}

/// Lots of a village: house on the north side, yard on the south, lanes between the rows, trees.
pub fn village(s: f64, t: f64, x: f64, y: f64, key: u64, soil: Spectrum) -> Surface {
    let (lot, row) = (14.0 + 3.0 * unit(key >> 3), 24.0 + 4.0 * unit(key >> 9));
    let (k, l) = ((t / row).floor(), (s / lot).floor());
    let (lt, ls) = (t - k * row, s - l * lot);
    let h = hash(key, k as i64, l as i64);
    let lane = row - 3.6;
    // Crowns over everything.
    if h & 3 != 0 {
        let (ct, cs) = (10.0 + 10.0 * unit(h >> 5), lot * unit(h >> 21));
        let r = 1.8 + 2.8 * unit(h >> 33);
        if (lt - ct) * (lt - ct) + (ls - cs) * (ls - cs) < r * r {
            return Surface::plant(scale(BROADLEAF, 0.9 + 0.25 * noise(key, x / 2.0, y / 2.0)));
        }
    }
    if lt > lane {
        return concrete(key ^ 9, x, y).lit(0.86);
    }
    if h.is_multiple_of(19) {
        return Surface::earth(soil).blend(Surface::plant(GRASS), 0.6);
    }
    if ls > 0.7 && ls < lot - 0.7 && lt < 10.5 {
        if lt < 1.8 {
            return concrete(key, x, y).lit(0.45);
        }
        let slope = if lt < 6.1 { 0.84 } else { 1.08 };
        return Surface::hard(scale(roof(h, false), slope)).of(Class::Building);
    }
    // Side house in some yards.
    if h & 0x30 == 0 && ls < 4.5 && lt < 17.0 {
        return Surface::hard(roof(h.rotate_left(9), false)).of(Class::Building);
    }
    let yard = concrete(h, x, y).lit(0.86);
    yard.blend(Surface::earth(soil).blend(Surface::plant(GRASS), 0.35), 0.25 + 0.7 * unit(h >> 13) as f32)
}

/// Rows of greenhouses along `s`, one every ten metres or so.
pub fn greenhouses(s: f64, t: f64, key: u64, soil: Spectrum) -> Surface {
    let period = 9.5 + 4.0 * unit(key >> 5);
    let (k, lt) = ((t / period).floor(), t.rem_euclid(period));
    let h = hash(key, k as i64, 3);
    if lt < 1.7 || (s / 74.0).fract().abs() < 0.04 {
        return Surface::earth(scale(soil, 0.82)).blend(Surface::plant(GRASS), 0.35).of(Class::Greenhouse);
    }
    let bow = (lt - 1.7) / (period - 1.7);
    let shine = 0.84 + 0.22 * (1.0 - (2.0 * bow - 0.9).abs()) as f32;
    let under = 0.08 + 0.24 * unit(h) as f32;
    let film = scale(mix(FILM, LEAF, under), shine * (0.90 + 0.16 * unit(h >> 20) as f32));
    Surface::hard(film).of(Class::Greenhouse)
}

/// Rows of modules over grass and soil.
pub fn solar(s: f64, t: f64, key: u64, soil: Spectrum) -> Surface {
    let period = 6.4 + 1.6 * unit(key >> 4);
    let lt = t.rem_euclid(period);
    if lt < 0.66 * period && s.rem_euclid(44.0) > 2.6 {
        return Surface::hard(scale(SOLAR, 0.92 + 0.16 * unit(key >> 30) as f32)).of(Class::Photovoltaic);
    }
    Surface::earth(scale(soil, 0.80)).blend(Surface::plant(GRASS), 0.3).of(Class::Photovoltaic)
}

/// Fruit trees on a grid.
pub fn orchard(s: f64, t: f64, key: u64, soil: Spectrum) -> Surface {
    let (dt, ds) = (4.2 + 1.2 * unit(key >> 5), 3.4 + 1.0 * unit(key >> 15));
    let (k, l) = ((t / dt).floor(), (s / ds).floor());
    let h = hash(key, k as i64, l as i64);
    let r = (0.40 + 0.13 * unit(key >> 25)) * dt * (0.75 + 0.4 * unit(h));
    let (a, b) = (t - (k + 0.5) * dt, s - (l + 0.5) * ds);
    let grass = 0.25 + 0.4 * unit(key >> 35) as f32;
    let floor = Surface::earth(scale(soil, 0.9)).blend(Surface::plant(GRASS), grass).of(Class::Woodland);
    if !h.is_multiple_of(23) && a * a + b * b < r * r {
        let crown = Surface::plant(mix(BROADLEAF, LEAF, 0.35));
        return floor.blend(crown.lit(if a + b < 0.0 { 0.88 } else { 1.06 }), 0.85);
    }
    floor
}

/// Crowns of a wood; `pine` is the share of conifers.
pub fn wood(x: f64, y: f64, seed: u64, pine: f32) -> Surface {
    let crown = noise(seed, x / 4.6, y / 4.6);
    let clump = noise(seed ^ 11, x / 13.0, y / 13.0);
    let leaf = mix(BROADLEAF, CONIFER, pine.clamp(0.0, 1.0));
    Surface::plant(scale(leaf, 1.0 + 0.26 * crown + 0.12 * clump))
}
