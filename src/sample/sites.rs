//! Sites: pieces of ground where something stands, was built, dug or torn down, and what it looks like.

use super::geometry::{Frame, Point, bounds, inside};
use super::noise::{noise, unit};
use super::paint::{Ground, yard};
use super::patterns;
use super::spectra::*;
use crate::landcover::Class;

/// What covers a site on one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Sheds or houses with a concrete yard.
    Buildings,
    /// One building and the grass and soil around it: a share of about a third is roof.
    Lodge,
    /// Concrete yard only.
    Yard,
    /// Fresh fill with wheel tracks.
    Earthwork,
    /// Paved road.
    Road,
    /// Photovoltaic field.
    Solar,
    /// Greenhouses.
    Greenhouses,
    /// Pit with benches.
    Pit,
    /// Rubble of a demolition.
    Rubble,
    /// Levelled soil after a demolition.
    Bare,
    /// A layer of soil over the old concrete.
    SoilOnConcrete,
    /// Green crop sown again.
    Replanted,
    /// The buildings with roofs and yard painted green.
    Painted,
    /// The buildings under a dust net.
    Netted,
    /// Pond.
    Pond,
    /// Pond bed without water.
    DryPond,
    /// Woods.
    Woods,
    /// Woods cut down.
    Felled,
}

impl Fill {
    /// What all of it is; `None` where its parts differ.
    fn class(self) -> Option<Class> {
        match self {
            Fill::Buildings | Fill::Lodge | Fill::Felled => None,
            Fill::Yard => Some(Class::HardSurface),
            Fill::Earthwork => Some(Class::Earthwork),
            Fill::Road => Some(Class::Road),
            Fill::Solar => Some(Class::Photovoltaic),
            Fill::Greenhouses => Some(Class::Greenhouse),
            Fill::Pit => Some(Class::Excavation),
            Fill::Rubble => Some(Class::Rubble),
            Fill::Bare | Fill::SoilOnConcrete | Fill::DryPond => Some(Class::BareSoil),
            Fill::Replanted => Some(Class::Crop),
            Fill::Painted | Fill::Netted => Some(Class::GreenCover),
            Fill::Pond => Some(Class::Water),
            Fill::Woods => Some(Class::Woodland),
        }
    }
}

/// A piece of ground with its covers; `None` means the land as it is.
#[derive(Clone, Debug)]
pub struct Site {
    /// Exact outline, world metres.
    pub ring: Vec<Point>,
    /// Axes of its patterns.
    pub frame: Frame,
    /// Key of its colours.
    pub key: u64,
    /// Cover before.
    pub before: Option<Fill>,
    /// Cover after.
    pub after: Option<Fill>,
    /// Whether the two dates differ on the ground.
    pub changed: bool,
    low: Point,
    high: Point,
}

impl Site {
    /// A site.
    pub fn new(ring: Vec<Point>, frame: Frame, key: u64, before: Option<Fill>, after: Option<Fill>) -> Site {
        let (low, high) = bounds(&ring);
        Site { ring, frame, key, before, after, changed: before != after, low, high }
    }

    /// Smallest and largest corner.
    pub fn bounds(&self) -> (Point, Point) {
        (self.low, self.high)
    }

    /// `true` when the point lies on the site.
    #[inline]
    pub fn contains(&self, x: f64, y: f64) -> bool {
        x >= self.low[0] && x <= self.high[0] && y >= self.low[1] && y <= self.high[1] && inside(&self.ring, x, y)
    }

    /// The surface of a cover at a place of the site.
    pub fn surface(&self, fill: Fill, g: &Ground) -> Surface {
        let surface = self.bare_surface(fill, g);
        fill.class().map_or(surface, |class| surface.of(class))
    }

    fn bare_surface(&self, fill: Fill, g: &Ground) -> Surface {
        let (s, t) = self.frame.local(g.x, g.y);
        let (a, b) = (self.frame.half_s, self.frame.half_t);
        let key = self.key;
        let fine = noise(key, g.x / 3.2, g.y / 3.2);
        let wide = noise(key ^ 21, g.x / 15.0, g.y / 15.0);
        // Works soil lies within the range of dry fields: 0.88-1.30 of the local soil.
        let fresh = 0.88 + 0.42 * unit(key.rotate_left(23)) as f32;
        match fill {
            Fill::Buildings => yard(s, t, (a, b), key, g),
            Fill::Lodge => {
                if s.abs() < a * 0.62 && t.abs() < b * 0.58 {
                    let slope = if t < 0.0 { 0.9 } else { 1.06 };
                    return Surface::hard(scale(patterns::roof(key, true), slope)).of(Class::Building);
                }
                Surface::earth(scale(g.soil, 0.95 + 0.1 * wide)).blend(Surface::plant(GRASS), 0.3 + 0.2 * fine.abs())
            }
            Fill::Yard => patterns::concrete(key, g.x, g.y),
            Fill::Earthwork => {
                let track = if (t / 13.0 + 0.35 * wide as f64).fract().abs() < 0.12 { 0.88 } else { 1.0 };
                // Dug-up subsoil is dry and brighter than any ploughed field of the same scene.
                Surface::earth(scale(g.soil, 1.3 * fresh * track * (1.0 + 0.07 * wide + 0.04 * fine)))
            }
            Fill::Road => {
                let paved = if key & 1 == 0 { ASPHALT } else { CONCRETE_NEW };
                Surface::hard(scale(paved, 1.0 + 0.05 * fine))
            }
            Fill::Solar => patterns::solar(s, t, key, g.soil),
            Fill::Greenhouses => patterns::greenhouses(s + a, t + b, key, g.soil),
            Fill::Pit => {
                let depth = 1.0 - ((s / a).powi(2) + (t / b).powi(2)).sqrt();
                let bench = (depth * 5.0).fract();
                let shade = if bench < 0.3 && t > 0.0 { 0.62 } else { 1.0 + 0.05 * wide };
                if depth > 0.72 && key & 2 == 0 {
                    return Surface::hard(mix(WATER_TURBID, ROCK, 0.15));
                }
                let rock = unit(key.rotate_left(5)) as f32;
                Surface::earth(scale(mix(scale(g.soil, 1.05), ROCK, 0.25 + 0.7 * rock), shade * (1.0 + 0.09 * fine)))
            }
            Fill::Rubble => {
                let heap = 1.0 + 0.24 * fine + 0.18 * noise(key ^ 3, g.x / 1.7, g.y / 1.7);
                Surface::earth(scale(mix(RUBBLE, g.soil, 0.25 + 0.2 * wide), heap))
            }
            Fill::Bare => Surface::earth(scale(g.soil, fresh * 0.92 * (1.0 + 0.06 * wide + 0.03 * fine))),
            Fill::SoilOnConcrete => {
                let thin = (0.12 + 0.18 * fine).clamp(0.0, 0.35);
                let soil = Surface::earth(scale(g.soil, fresh * 0.95 * (1.0 + 0.05 * wide)));
                soil.blend(patterns::concrete(key, g.x, g.y), thin)
            }
            Fill::Replanted => {
                let cover = (0.74 + 0.12 * unit(key >> 9) as f32 + 0.08 * wide + 0.05 * fine).clamp(0.5, 0.96);
                Surface::earth(g.soil).blend(Surface::plant(LEAF), cover)
            }
            Fill::Painted => match patterns::sheds(s, t, a, b, key) {
                patterns::Part::Roof(slope) => Surface::hard(scale(PAINT_GREEN, slope * (1.0 + 0.03 * fine))),
                patterns::Part::Shadow => Surface::hard(scale(PAINT_GREEN, 0.5)),
                patterns::Part::Yard => Surface::hard(scale(PAINT_GREEN, 0.92 + 0.06 * wide)),
            },
            Fill::Netted => {
                let fold = 1.0 + 0.08 * fine + 0.06 * noise(key ^ 6, s / 4.0, t / 17.0);
                let under = yard(s, t, (a, b), key, g);
                Surface::hard(scale(NET_GREEN, fold)).blend(under, 0.10)
            }
            Fill::Pond => Surface::hard(scale(mix(WATER, WATER_TURBID, unit(key >> 8) as f32), 1.0 + 0.03 * wide)),
            Fill::DryPond => Surface::earth(scale(mix(g.soil, SAND, 0.4), 0.95 + 0.08 * wide + 0.05 * fine)),
            Fill::Woods => patterns::wood(g.x, g.y, key, 0.2),
            Fill::Felled => {
                let scrub = (0.22 + 0.25 * wide).clamp(0.0, 0.6);
                Surface::earth(scale(g.soil, 0.96 + 0.08 * fine)).blend(Surface::plant(GRASS), scrub)
            }
        }
    }
}
