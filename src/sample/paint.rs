//! From a place on the land to its surface on the two dates.

use super::land::{Block, Parcel, Use};
use super::noise::{Draws, hash, noise, unit};
use super::patterns;
use super::phenology::Rotation;
use super::spectra::*;
use super::world::{HILL, RiverAt, Road, World};
use crate::landcover::Class;

/// What is slow over the land, at one place.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// World x, m.
    pub x: f64,
    /// World y, m.
    pub y: f64,
    /// Soil of the place.
    pub soil: Spectrum,
    /// Share of conifers in woods.
    pub pine: f32,
    /// Clumps of a few tens of metres, -1..1.
    pub clump: f32,
}

/// The two dates of a place.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Before.
    pub before: Surface,
    /// After.
    pub after: Surface,
    /// How they compare.
    pub rotation: Rotation,
}

impl Seen {
    fn still(surface: Surface) -> Seen {
        Seen { before: surface, after: surface, rotation: Rotation::Same }
    }
}

/// The river at a place, if it is one.
pub fn river(world: &World, at: &RiverAt, g: &Ground) -> Option<Surface> {
    let d = (g.y - at.y).abs() * at.slant;
    if d > at.bank {
        return None;
    }
    let seed = world.salt(40);
    if d < at.water {
        let bar = noise(seed, g.x / 90.0, g.y / 40.0) > 0.62;
        if bar {
            return Some(Surface::earth(scale(SAND, 0.95 + 0.12 * g.clump)));
        }
        let turbid = (0.45 + 0.5 * noise(seed ^ 1, g.x / 400.0, g.y / 400.0)).clamp(0.0, 1.0);
        let shore = ((at.water - d) / 7.0).min(1.0) as f32;
        let water = mix(mix(SAND, WATER_TURBID, 0.8), mix(WATER, WATER_TURBID, turbid), shore);
        return Some(Surface::hard(water).of(Class::Water));
    }
    let green = 0.5 + 0.5 * noise(seed ^ 2, g.x / 28.0, g.y / 28.0);
    Some(Surface::earth(SAND).blend(Surface::plant(mix(GRASS, BROADLEAF, 0.4)), green.clamp(0.05, 0.95)))
}

/// The land without rivers and without sites, `u, v` inside `block`.
pub fn land(world: &World, block: &Block, g: &Ground, (u, v): (f64, f64)) -> Seen {
    if let Some(surface) = road(world, block, g) {
        return Seen::still(surface);
    }
    let parcel = &block.parcels[block.find(u, v)];
    let b = parcel.bounds;
    let (s, t) = ((u - b[0]) * block.quad.width, (v - b[2]) * block.quad.height);
    let edge = s.min(parcel.width - s).min(t).min(parcel.height - t);
    let high = parcel.elevation > HILL;
    let balk = 0.5 + 0.9 * unit(parcel.key >> 6);
    if edge < balk && !matches!(parcel.land, Use::Forest | Use::Shrub | Use::Village | Use::Grass) {
        let grass = 0.35 + 0.4 * unit(parcel.key >> 26) as f32;
        return Seen::still(Surface::earth(scale(g.soil, 0.9)).blend(Surface::plant(GRASS), grass));
    }
    match parcel.land {
        Use::Crop => crop(parcel, g, high, (s, t)),
        _ => Seen::still(still(world, parcel, g, (s, t))),
    }
}

fn road(world: &World, block: &Block, g: &Ground) -> Option<Surface> {
    for (k, road) in block.roads.iter().enumerate() {
        let half = road.half_land();
        if half <= 0.0 {
            continue;
        }
        let d = block.quad.side_distance(k, g.x, g.y);
        if d > half {
            continue;
        }
        let seed = world.salt(41);
        let wear = 1.0 + 0.06 * noise(seed, g.x / 9.0, g.y / 9.0);
        if d < road.half_width() {
            return Some(match road {
                Road::County if d < 0.35 => Surface::hard(scale(CONCRETE, 1.1)).of(Class::Road),
                Road::County => Surface::hard(scale(ASPHALT, wear)).of(Class::Road),
                Road::Village => Surface::hard(scale(CONCRETE, 1.05 * wear)).of(Class::Road),
                _ => Surface::earth(scale(g.soil, 1.05 * wear)).blend(Surface::plant(GRASS), 0.2),
            });
        }
        if *road == Road::County {
            // Poplars, with gaps.
            if d > 7.0 && d < 10.5 && noise(seed ^ 3, g.x / 5.0, g.y / 5.0) > -0.45 {
                return Some(patterns::wood(g.x, g.y, seed, 0.0));
            }
            return Some(Surface::earth(g.soil).blend(Surface::plant(GRASS), 0.6));
        }
        return Some(Surface::earth(scale(g.soil, 0.95)).blend(Surface::plant(GRASS), 0.45));
    }
    None
}

fn crop(parcel: &Parcel, g: &Ground, high: bool, (s, t): (f64, f64)) -> Seen {
    // Rows along the longer side; terraces on slopes; patches of better and worse ground.
    let across = if parcel.width > parcel.height { t } else { s };
    let row = noise(parcel.key, across / 2.6, 0.5) * 0.05;
    let terrace = if high && (across / 11.0).fract() < 0.14 { -0.22 } else { 0.0 };
    let spot = 0.09 * g.clump + row + terrace;
    let at = |field: super::phenology::Field, sign: f32| {
        let mut f = field;
        f.cover = (f.cover * (1.0 + 0.8 * spot)).clamp(0.0, 0.98);
        f.surface(g.soil).lit(1.0 + 0.5 * spot * sign)
    };
    Seen { before: at(parcel.field.0, 1.0), after: at(parcel.field.1, 0.9), rotation: parcel.rotation }
}

fn still(world: &World, parcel: &Parcel, g: &Ground, (s, t): (f64, f64)) -> Surface {
    let key = parcel.key;
    match parcel.land {
        Use::Orchard => patterns::orchard(s, t, key, g.soil),
        Use::Forest => patterns::wood(g.x, g.y, world.salt(42), g.pine),
        Use::Shrub => {
            let bush = patterns::wood(g.x, g.y, world.salt(43), g.pine * 0.5).lit(1.25);
            let floor = Surface::earth(g.soil).blend(Surface::plant(GRASS), 0.55);
            let cover = 0.5 + 0.45 * noise(world.salt(44), g.x / 7.5, g.y / 7.5) + 0.2 * g.clump;
            floor.blend(bush, cover.clamp(0.0, 1.0))
        }
        Use::Grass => {
            let cover = 0.55 + 0.3 * g.clump + 0.15 * noise(key, g.x / 6.0, g.y / 6.0);
            Surface::earth(g.soil).blend(Surface::plant(GRASS), cover.clamp(0.1, 0.95))
        }
        Use::Village => patterns::village(s, t, g.x, g.y, key, g.soil),
        Use::Greenhouse => patterns::greenhouses(s, t, key, g.soil),
        Use::Factory => {
            let (a, b) = (parcel.width / 2.0, parcel.height / 2.0);
            yard(s - a, t - b, (a - 2.0, b - 2.0), key, g)
        }
        Use::Pond => {
            let (a, b) = (parcel.width / 2.0 - 5.0, parcel.height / 2.0 - 5.0);
            let (p, q) = ((s - parcel.width / 2.0) / a.max(3.0), (t - parcel.height / 2.0) / b.max(3.0));
            if p * p * p * p + q * q * q * q < 1.0 {
                return Surface::hard(mix(WATER, WATER_TURBID, unit(key >> 8) as f32)).of(Class::Water);
            }
            Surface::earth(g.soil).blend(Surface::plant(GRASS), 0.5 + 0.4 * g.clump.abs())
        }
        Use::Crop => parcel.field.0.surface(g.soil),
    }
}

/// Sheds and their yard in a rectangle of half-lengths `half` around the origin of `s, t`.
pub fn yard(s: f64, t: f64, half: (f64, f64), key: u64, g: &Ground) -> Surface {
    match patterns::sheds(s, t, half.0, half.1, key) {
        patterns::Part::Roof(slope) => {
            let row = ((t + half.1) / 26.0).floor() as i64;
            let mut d = Draws::new(hash(key, row, 1));
            let colour = if d.chance(0.7) { patterns::roof(key, true) } else { patterns::roof(d.bits(), true) };
            // Sheets of slightly different age.
            let sheet = 1.0 + 0.035 * noise(key, s / 9.0, t / 30.0);
            Surface::hard(scale(colour, slope * sheet)).of(Class::Building)
        }
        patterns::Part::Shadow => patterns::concrete(key, g.x, g.y).lit(0.42),
        patterns::Part::Yard => patterns::concrete(key, g.x, g.y),
    }
}
