//! Surface reflectance of the materials, blue, green, red, near infrared (fractions of 1).
//!
//! Orders of magnitude follow the USGS spectral library (Kokaly et al. 2017) averaged over the bands of a 2 m
//! multispectral camera. Bare field, fresh fill, rubble and weathered concrete overlap on purpose: they do in life.

use crate::landcover::Class;

/// Reflectance in blue, green, red, near infrared.
pub type Spectrum = [f32; 4];

/// Dry brown loam.
pub const SOIL_BROWN: Spectrum = [0.098, 0.136, 0.178, 0.252];
/// Dry reddish cinnamon soil of the hills.
pub const SOIL_RED: Spectrum = [0.082, 0.118, 0.187, 0.262];
/// Closed green canopy.
pub const LEAF: Spectrum = [0.030, 0.062, 0.036, 0.440];
/// Straw and stubble.
pub const STRAW: Spectrum = [0.115, 0.165, 0.215, 0.300];
/// Ripe standing grain.
pub const RIPE: Spectrum = [0.072, 0.122, 0.168, 0.288];
/// Burnt stubble.
pub const ASH: Spectrum = [0.042, 0.048, 0.056, 0.084];
/// Broadleaf crowns.
pub const BROADLEAF: Spectrum = [0.028, 0.052, 0.031, 0.345];
/// Pine and arborvitae crowns.
pub const CONIFER: Spectrum = [0.024, 0.040, 0.026, 0.235];
/// Grass and weeds.
pub const GRASS: Spectrum = [0.048, 0.083, 0.068, 0.290];
/// Weathered concrete.
pub const CONCRETE: Spectrum = [0.182, 0.208, 0.226, 0.250];
/// New concrete.
pub const CONCRETE_NEW: Spectrum = [0.262, 0.290, 0.308, 0.330];
/// Asphalt.
pub const ASPHALT: Spectrum = [0.088, 0.097, 0.104, 0.122];
/// Red clay tiles.
pub const TILE_RED: Spectrum = [0.070, 0.092, 0.168, 0.222];
/// Grey cement tiles.
pub const TILE_GREY: Spectrum = [0.122, 0.132, 0.140, 0.156];
/// Blue coated steel (彩钢).
pub const STEEL_BLUE: Spectrum = [0.248, 0.198, 0.128, 0.172];
/// White coated steel.
pub const STEEL_WHITE: Spectrum = [0.400, 0.418, 0.424, 0.430];
/// Grey coated steel.
pub const STEEL_GREY: Spectrum = [0.232, 0.246, 0.254, 0.262];
/// Roof painted green: green to the eye, dark in the near infrared.
pub const PAINT_GREEN: Spectrum = [0.066, 0.140, 0.078, 0.112];
/// Dust net (绿网) over whatever it covers.
pub const NET_GREEN: Spectrum = [0.064, 0.116, 0.076, 0.126];
/// Greenhouse film.
pub const FILM: Spectrum = [0.292, 0.322, 0.332, 0.392];
/// Photovoltaic modules.
pub const SOLAR: Spectrum = [0.082, 0.068, 0.058, 0.076];
/// Clear deep water.
pub const WATER: Spectrum = [0.058, 0.056, 0.034, 0.014];
/// Turbid water.
pub const WATER_TURBID: Spectrum = [0.082, 0.104, 0.090, 0.042];
/// River sand and gravel.
pub const SAND: Spectrum = [0.165, 0.198, 0.225, 0.268];
/// Broken limestone of a quarry face.
pub const ROCK: Spectrum = [0.218, 0.242, 0.262, 0.292];
/// Rubble: brick, mortar and dust.
pub const RUBBLE: Spectrum = [0.142, 0.164, 0.198, 0.238];

/// `a` with the share `f` of `b`.
#[inline]
pub fn mix(a: Spectrum, b: Spectrum, f: f32) -> Spectrum {
    [a[0] + f * (b[0] - a[0]), a[1] + f * (b[1] - a[1]), a[2] + f * (b[2] - a[2]), a[3] + f * (b[3] - a[3])]
}

/// Brighter or darker.
#[inline]
pub fn scale(a: Spectrum, f: f32) -> Spectrum {
    [a[0] * f, a[1] * f, a[2] * f, a[3] * f]
}

/// Normalised difference vegetation index.
pub fn ndvi(a: Spectrum) -> f32 {
    (a[3] - a[2]) / (a[3] + a[2])
}

/// What a sample of ground looks like, apart from the date.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    /// Reflectance.
    pub spectrum: Spectrum,
    /// Green share, 0-1: follows the vigour of the date.
    pub green: f32,
    /// Bare soil share, 0-1: follows the wetness of the date.
    pub soil: f32,
    /// What it is.
    pub class: Class,
}

impl Surface {
    /// A surface that no season touches.
    pub fn hard(spectrum: Spectrum) -> Surface {
        Surface { spectrum, green: 0.0, soil: 0.0, class: Class::HardSurface }
    }

    /// Living cover.
    pub fn plant(spectrum: Spectrum) -> Surface {
        Surface { spectrum, green: 1.0, soil: 0.0, class: Class::Woodland }
    }

    /// Bare ground.
    pub fn earth(spectrum: Spectrum) -> Surface {
        Surface { spectrum, green: 0.0, soil: 1.0, class: Class::BareSoil }
    }

    /// The same surface as a part of something.
    pub fn of(self, class: Class) -> Surface {
        Surface { class, ..self }
    }

    /// Part of each; the class is that of the larger part.
    #[inline]
    pub fn blend(self, other: Surface, f: f32) -> Surface {
        Surface {
            spectrum: mix(self.spectrum, other.spectrum, f),
            green: self.green + f * (other.green - self.green),
            soil: self.soil + f * (other.soil - self.soil),
            class: if f > 0.5 { other.class } else { self.class },
        }
    }

    /// The same surface brighter or darker.
    #[inline]
    pub fn lit(self, f: f32) -> Surface {
        Surface { spectrum: scale(self.spectrum, f), ..self }
    }

    /// Reflectance on a date of the given vigour (1 = usual) and wetness (0 = dry).
    #[inline]
    pub fn on(self, vigour: f32, wet: f32) -> Spectrum {
        let g = 1.0 + self.green * (vigour - 1.0);
        let r = 1.0 - 0.6 * self.green * (vigour - 1.0);
        let w = 1.0 - 0.3 * self.soil * wet;
        let s = self.spectrum;
        [s[0] * w, s[1] * w, s[2] * w * r, s[3] * w * g]
    }
}
