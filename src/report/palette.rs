//! Every colour of the outputs, in one place: pictures, page and QGIS styles agree.
//!
//! Verdicts and findings follow the colour-blind-safe set of Okabe and Ito (2008, "Color universal design"), darkened
//! where they carry text; none is told by colour alone: the page adds a shape, the map a legend.

use crate::crosscheck::{Finding, Verdict};
use crate::parcels::Kind;
use crate::raster::Quality;

/// Red, green, blue, 0-255.
pub type Rgb = [u8; 3];

/// `#rrggbb`.
pub fn hex(rgb: Rgb) -> String {
    format!("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2])
}

/// Colour of a verdict.
pub fn verdict(code: Verdict) -> Rgb {
    match code {
        Verdict::FalseDemolition => [0xc4, 0x3c, 0x00],
        Verdict::Concealed => [0x9e, 0x2a, 0x6f],
        Verdict::PartialDemolition => [0xb8, 0x68, 0x00],
        Verdict::DemolishedNotRestored => [0x8a, 0x6d, 0x1f],
        Verdict::CannotJudge => [0x6b, 0x72, 0x7c],
        Verdict::NoVisibleChange => [0x2f, 0x7d, 0xb8],
        Verdict::Consistent => [0x00, 0x7a, 0x5e],
    }
}

/// Colour of a finding.
pub fn finding(code: Finding) -> Rgb {
    match code {
        Finding::Unreported => [0xd1, 0x2f, 0x1f],
        Finding::Listed => [0x1f, 0x6f, 0xb5],
        Finding::Approved => [0x00, 0x8f, 0x6b],
        Finding::NotRelevant => [0x6f, 0x77, 0x82],
    }
}

/// Colour of a kind of change.
pub fn kind(code: Kind) -> Rgb {
    match code {
        Kind::NewBuilding => [0xd5, 0x5e, 0x00],
        Kind::Earthwork => [0xb5, 0x7a, 0x2a],
        Kind::Linear => [0x55, 0x55, 0x55],
        Kind::Photovoltaic => [0x33, 0x22, 0x88],
        Kind::Greenhouse => [0x88, 0xcc, 0xee],
        Kind::Excavation => [0x66, 0x11, 0x00],
        Kind::Demolition => [0xcc, 0x79, 0xa7],
        Kind::Vegetation => [0x44, 0xaa, 0x55],
        Kind::Water => [0x00, 0x72, 0xb2],
        Kind::Other => [0x99, 0x99, 0x99],
    }
}

/// Colour of a reason why nothing was judged.
pub fn quality(code: Quality) -> Rgb {
    match code {
        Quality::Valid => [0xff, 0xff, 0xff],
        Quality::Outside => [0x8c, 0x8c, 0x8c],
        Quality::Nodata => [0x6e, 0x6e, 0x6e],
        Quality::Unreadable => [0x9e, 0x2a, 0x6f],
        Quality::Cloud => [0xbc, 0xd3, 0xe6],
        Quality::Shadow => [0x4b, 0x55, 0x66],
        Quality::Saturated => [0xf0, 0xe4, 0x42],
        Quality::Snow => [0x9a, 0xe3, 0xf2],
    }
}

/// Colours of `change.tif`: `(value, colour, Chinese, English)`.
pub const CHANGE: [(u8, Rgb, &str, &str); 3] = [
    (0, [0xf2, 0xf0, 0xea], "未变化", "unchanged"),
    (1, [0xc4, 0x3c, 0x00], "变化", "changed"),
    (255, [0xa9, 0xae, 0xb6], "未能判读", "cannot judge"),
];

/// Colour of a value of `change.tif`; grey for one that should not occur.
pub fn change(value: u8) -> Rgb {
    CHANGE.iter().find(|c| c.0 == value).map_or([0x80; 3], |c| c.1)
}
