//! Which part of the spectrum a band saw.

use serde::{Deserialize, Serialize};

/// Bands of the widest image that is read: more than any optical sensor of this work has; hyperspectral cubes are another tool's job.
pub const MOST_BANDS: usize = 64;

/// The bands tuban's rules know, in the order it works with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandRole {
    /// 450-520 nm.
    Blue,
    /// 520-600 nm.
    Green,
    /// 630-690 nm.
    Red,
    /// 760-900 nm.
    Nir,
    /// 1550-1750 nm.
    Swir1,
    /// 2080-2350 nm.
    Swir2,
}

impl BandRole {
    /// Every role, in working order.
    pub const ALL: [BandRole; 6] =
        [BandRole::Blue, BandRole::Green, BandRole::Red, BandRole::Nir, BandRole::Swir1, BandRole::Swir2];

    /// Blue, green or red.
    pub fn visible(self) -> bool {
        matches!(self, BandRole::Blue | BandRole::Green | BandRole::Red)
    }

    /// Name as in `--bands`.
    pub fn code(self) -> &'static str {
        match self {
            BandRole::Blue => "blue",
            BandRole::Green => "green",
            BandRole::Red => "red",
            BandRole::Nir => "nir",
            BandRole::Swir1 => "swir1",
            BandRole::Swir2 => "swir2",
        }
    }

    /// A role from a band description or a `--bands` entry: English and Chinese names, case and spaces ignored.
    pub fn from_name(name: &str) -> Option<BandRole> {
        let n: String = name.to_lowercase().chars().filter(|c| !" _-()".contains(*c)).collect();
        Some(match n.as_str() {
            "blue" | "b" | "蓝" | "蓝波段" | "blueband" => BandRole::Blue,
            "green" | "g" | "绿" | "绿波段" | "greenband" => BandRole::Green,
            "red" | "r" | "红" | "红波段" | "redband" => BandRole::Red,
            "nir" | "nir1" | "nearinfrared" | "near" | "infrared" | "近红外" | "近红外波段" | "nirband" => {
                BandRole::Nir
            }
            "swir1" | "swir16" | "swir" | "shortwaveinfrared1" | "短波红外1" | "短波红外" => BandRole::Swir1,
            "swir2" | "swir22" | "shortwaveinfrared2" | "短波红外2" => BandRole::Swir2,
            _ => return None,
        })
    }

    /// A role from a centre wavelength in nanometres.
    pub fn from_wavelength_nm(nm: f64) -> Option<BandRole> {
        Some(match nm {
            x if (435.0..520.0).contains(&x) => BandRole::Blue,
            x if (520.0..605.0).contains(&x) => BandRole::Green,
            x if (620.0..695.0).contains(&x) => BandRole::Red,
            x if (760.0..910.0).contains(&x) => BandRole::Nir,
            x if (1500.0..1780.0).contains(&x) => BandRole::Swir1,
            x if (2050.0..2400.0).contains(&x) => BandRole::Swir2,
            _ => return None,
        })
    }
}
