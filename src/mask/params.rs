//! What can be set about masks.

use crate::raster::{QaKind, Quality};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A set of codes (0-255) or of bits (0-31), written as a list in the pipeline file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes([u64; 4]);

impl Codes {
    /// The set of these codes.
    pub const fn of(codes: &[u8]) -> Codes {
        let mut words = [0u64; 4];
        let mut k = 0;
        while k < codes.len() {
            words[codes[k] as usize / 64] |= 1 << (codes[k] % 64);
            k += 1;
        }
        Codes(words)
    }

    /// `true` without any code.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// Whether the set holds a code.
    pub fn has(&self, code: u32) -> bool {
        code < 256 && self.0[code as usize / 64] >> (code % 64) & 1 == 1
    }

    /// The codes, ascending.
    pub fn list(&self) -> Vec<u8> {
        (0..=255u8).filter(|c| self.has(u32::from(*c))).collect()
    }
}

impl Serialize for Codes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Codes, D::Error> {
        Ok(Codes::of(&Vec::<u8>::deserialize(deserializer)?))
    }
}

/// What the codes (or bits) of a quality band mean. A code that stands nowhere is usable ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Scheme {
    /// Nothing was observed.
    pub nodata: Codes,
    /// Cloud, cirrus, haze.
    pub cloud: Codes,
    /// Cloud shadow.
    pub shadow: Codes,
    /// Snow and ice.
    pub snow: Codes,
    /// Saturated.
    pub saturated: Codes,
}

impl Scheme {
    fn reasons(&self) -> [(Quality, &Codes); 5] {
        [
            (Quality::Nodata, &self.nodata),
            (Quality::Cloud, &self.cloud),
            (Quality::Shadow, &self.shadow),
            (Quality::Snow, &self.snow),
            (Quality::Saturated, &self.saturated),
        ]
    }

    /// What a value says; with `bits` every set bit counts, the first reason in the order of [`Quality`] wins.
    pub fn quality(&self, value: u32, bits: bool) -> Quality {
        let says =
            |codes: &Codes| if bits { (0..32).any(|b| value >> b & 1 == 1 && codes.has(b)) } else { codes.has(value) };
        self.reasons().into_iter().find(|(_, codes)| says(codes)).map_or(Quality::Valid, |(quality, _)| quality)
    }

    /// `true` when no code means anything.
    pub fn is_empty(&self) -> bool {
        self.reasons().iter().all(|(_, codes)| codes.is_empty())
    }

    /// A bit above 31 exists in no band.
    pub fn highest(&self) -> u8 {
        self.reasons().iter().flat_map(|(_, codes)| codes.list()).max().unwrap_or(0)
    }
}

/// Mask parameters (`[mask]` of a pipeline file).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct MaskParams {
    /// Look for clouds and their shadows.
    pub detect: bool,
    /// Least rise of blue over red against the other date that a cloud shows, in units of the scene's own range (from the 2nd
    /// to the 75th percentile of a band). Doubling it misses thin cloud.
    pub whiteness: f64,
    /// ... and never less than this many robust standard deviations of that rise over the scene.
    pub whiteness_sd: f64,
    /// Least rise of every visible band, in the same units.
    pub brightness: f64,
    /// Narrower bright areas are no cloud while nothing else says that the date has clouds, m. Keeps large white roofs.
    pub lone_min_width_m: f64,
    /// Narrower bright areas are no cloud even at a date that has clouds, m. Keeps ordinary white roofs.
    pub min_width_m: f64,
    /// More than this share of a lone area's edge falling off within one cell makes it a work of man, percent.
    pub sharp_edge_percent: f64,
    /// Thin cloud around found cloud is followed this far, m.
    pub rim_m: f64,
    /// Added around clouds and shadows, m.
    pub margin_m: f64,
    /// Shadow is darker than this share of the expected brightness in every band, percent.
    pub shadow_percent: f64,
    /// Farthest a shadow is looked for from its cloud, m.
    pub shadow_reach_m: f64,
    /// Codes of Sentinel-2 scene classification bands (`SCL`).
    pub scl: Scheme,
    /// Bits of Landsat collection 2 quality bands (`QA_PIXEL`).
    pub qa_pixel: Scheme,
    /// Bits of Sentinel-2 cloud bands (`QA60`).
    pub qa60: Scheme,
    /// Codes of Fmask bands.
    pub fmask: Scheme,
    /// Codes of all other mask files; while it is empty, everything but 0 is cloud.
    pub file: Scheme,
}

impl Default for MaskParams {
    fn default() -> Self {
        let none = Codes([0; 4]);
        MaskParams {
            detect: true,
            whiteness: 0.5,
            whiteness_sd: 3.0,
            brightness: 0.25,
            lone_min_width_m: 360.0,
            min_width_m: 120.0,
            sharp_edge_percent: 50.0,
            rim_m: 120.0,
            margin_m: 30.0,
            shadow_percent: 75.0,
            shadow_reach_m: 1500.0,
            scl: Scheme {
                nodata: Codes::of(&[0]),
                cloud: Codes::of(&[8, 9, 10]),
                shadow: Codes::of(&[3]),
                snow: Codes::of(&[11]),
                saturated: Codes::of(&[1]),
            },
            qa_pixel: Scheme {
                nodata: Codes::of(&[0]),
                cloud: Codes::of(&[1, 2, 3]),
                shadow: Codes::of(&[4]),
                snow: Codes::of(&[5]),
                saturated: none,
            },
            qa60: Scheme { cloud: Codes::of(&[10, 11]), ..Scheme::default() },
            fmask: Scheme {
                nodata: Codes::of(&[255]),
                cloud: Codes::of(&[4]),
                shadow: Codes::of(&[2]),
                snow: Codes::of(&[3]),
                saturated: none,
            },
            file: Scheme::default(),
        }
    }
}

impl MaskParams {
    /// What a value of a quality band or mask file says.
    pub fn quality(&self, kind: QaKind, value: u32) -> Quality {
        let scheme = match kind {
            QaKind::Scl => &self.scl,
            QaKind::QaPixel => &self.qa_pixel,
            QaKind::Qa60 => &self.qa60,
            QaKind::Fmask => &self.fmask,
            QaKind::File if self.file.is_empty() => {
                return if value == 0 { Quality::Valid } else { Quality::Cloud };
            }
            QaKind::File => &self.file,
        };
        scheme.quality(value, kind.bits())
    }
}
