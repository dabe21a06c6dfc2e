//! The farm year: which state a field is in on a date, and whether it was rotated between two dates.

use super::noise::Draws;
use super::spectra::{ASH, FILM, GRASS, LEAF, RIPE, STRAW, Spectrum, Surface, WATER_TURBID, mix, ndvi, scale};
use crate::landcover::Class;

/// State of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Closed green crop (winter wheat in spring, maize in summer).
    Dense,
    /// Open green crop: vegetables, seedlings, peanut.
    Sparse,
    /// Ploughed and dry.
    BareDry,
    /// Ploughed or irrigated, moist.
    BareMoist,
    /// Stubble and straw.
    Stubble,
    /// Ripe, standing.
    Ripe,
    /// Under rows of plastic film.
    Mulch,
    /// Stubble burnt off.
    Burnt,
    /// Flooded paddy.
    Flooded,
    /// Fallow under weeds.
    Weedy,
}

const STAGES: [Stage; 10] = [
    Stage::Dense,
    Stage::Sparse,
    Stage::BareDry,
    Stage::BareMoist,
    Stage::Stubble,
    Stage::Ripe,
    Stage::Mulch,
    Stage::Burnt,
    Stage::Flooded,
    Stage::Weedy,
];
/// Shares of the stages, in their order.
type Shares = [f64; STAGES.len()];

/// Shares of the stages in the double-cropping plain (winter wheat, summer maize) by day of the year.
fn shares(day: u32, rare: f64) -> Shares {
    let common: [f64; 6] = match day {
        0..=140 => [0.52, 0.13, 0.15, 0.08, 0.07, 0.05],
        141..=180 => [0.16, 0.16, 0.13, 0.08, 0.23, 0.24],
        181..=255 => [0.58, 0.19, 0.07, 0.06, 0.04, 0.06],
        _ => [0.20, 0.15, 0.17, 0.13, 0.13, 0.22],
    };
    let mut all = [0.0; STAGES.len()];
    all[..common.len()].copy_from_slice(&common);
    all[common.len()..].copy_from_slice(&RARE.map(|share| share * rare));
    all
}

/// Film, burnt stubble, flooded paddies and weeds where a county has them, for every field of the common stages.
const RARE: [f64; 4] = [0.08, 0.03, 0.05, 0.08];

/// A field on one date.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Stage.
    pub stage: Stage,
    /// Share of the ground the crop or straw covers, 0-1.
    pub cover: f32,
    /// Brightness of the field's soil, about 1.
    pub tone: f32,
}

impl Field {
    fn draw(stage: Stage, draws: &mut Draws) -> Field {
        let (low, high) = match stage {
            Stage::Dense => (0.74, 0.96),
            Stage::Sparse => (0.24, 0.52),
            Stage::BareDry | Stage::BareMoist => (0.0, 0.07),
            Stage::Stubble => (0.45, 0.75),
            Stage::Ripe => (0.70, 0.92),
            Stage::Mulch => (0.45, 0.92),
            Stage::Burnt => (0.5, 0.95),
            Stage::Flooded => (0.6, 0.97),
            Stage::Weedy => (0.3, 0.85),
        };
        Field { stage, cover: draws.range(low, high) as f32, tone: draws.range(0.84, 1.20) as f32 }
    }

    /// What the field looks like on a soil.
    #[inline]
    pub fn surface(&self, soil: Spectrum) -> Surface {
        let ground = Surface::earth(scale(soil, self.tone));
        let (surface, class) = match self.stage {
            Stage::Dense | Stage::Sparse => (ground.blend(Surface::plant(LEAF), self.cover), Class::Crop),
            Stage::BareDry => (ground.blend(Surface::plant(GRASS), self.cover), Class::BareSoil),
            Stage::BareMoist => (ground.lit(0.70).blend(Surface::plant(GRASS), self.cover), Class::BareSoil),
            Stage::Stubble => (ground.blend(Surface::earth(scale(STRAW, 0.9)), self.cover), Class::SparseVegetation),
            Stage::Ripe => {
                let ripe = Surface { spectrum: RIPE, green: 0.3, soil: 0.0, class: Class::SparseVegetation };
                (ground.blend(ripe, self.cover), Class::SparseVegetation)
            }
            Stage::Mulch => (ground.blend(Surface::hard(scale(FILM, 0.8)), self.cover), Class::BareSoil),
            Stage::Burnt => (ground.blend(Surface::hard(ASH), self.cover), Class::SparseVegetation),
            Stage::Flooded => (ground.lit(0.65).blend(Surface::hard(WATER_TURBID), self.cover), Class::Water),
            Stage::Weedy => (ground.blend(Surface::plant(GRASS), self.cover), Class::SparseVegetation),
        };
        surface.of(class)
    }
}

fn pick(shares: Shares, without: Option<Stage>, draws: &mut Draws) -> Stage {
    let keep = |s: Stage| Some(s) != without;
    let total: f64 = STAGES.iter().zip(shares).filter(|(s, _)| keep(**s)).map(|(_, w)| w).sum();
    let mut left = draws.unit() * total;
    let mut last = Stage::Dense;
    for (stage, weight) in STAGES.into_iter().zip(shares) {
        if keep(stage) {
            last = stage;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
    }
    last
}

/// How a field's two dates compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Same crop in the same stage.
    Same,
    /// Another stage that looks alike: neither changed nor unchanged.
    Alike,
    /// Another stage with another spectrum.
    Changed,
}

/// The seasons of the two images.
#[derive(Clone, Copy, Debug)]
pub struct Seasons {
    /// Day of the year before.
    pub before_day: u32,
    /// Day of the year after.
    pub after_day: u32,
    /// Share of fields that are in another stage at the later date.
    pub rotated: f64,
    /// Share of rare stages against the usual one, 0 for none.
    pub rare: f64,
}

impl Seasons {
    /// A field's states on the two dates. `block` is the key of the fields around it, which often carry the same crop.
    pub fn field(&self, key: u64, block: u64) -> (Field, Field, Rotation) {
        let mut draws = Draws::new(key ^ 0x5EED_F1E1);
        let shared = draws.chance(0.4);
        let first = shares(self.before_day, self.rare);
        let stage = if shared { pick(first, None, &mut Draws::new(block)) } else { pick(first, None, &mut draws) };
        let before = Field::draw(stage, &mut draws);
        if draws.chance(self.rotated) {
            let next = pick(shares(self.after_day, self.rare), Some(stage), &mut draws);
            let after = Field::draw(next, &mut draws);
            let rotation = if differ(before, after) { Rotation::Changed } else { Rotation::Alike };
            return (before, after, rotation);
        }
        // The same crop is never quite the same a year later.
        let cover = (before.cover + draws.range(-0.07, 0.07) as f32).clamp(0.0, 0.97);
        let tone = before.tone * draws.range(0.95, 1.05) as f32;
        (before, Field { stage, cover, tone }, Rotation::Same)
    }
}

/// Whether two states of a field are told apart by their spectra: NDVI by 0.15, or any band by 30 %.
fn differ(a: Field, b: Field) -> bool {
    let soil = mix(super::spectra::SOIL_BROWN, super::spectra::SOIL_RED, 0.3);
    let (a, b) = (a.surface(soil).spectrum, b.surface(soil).spectrum);
    (ndvi(a) - ndvi(b)).abs() > 0.15 || (0..4).any(|k| (a[k] - b[k]).abs() > 0.3 * a[k].min(b[k]))
}
