//! Evidence sheets (举证单): one A4 page per row of the list, and what a field team takes along.
//!
//! In: an [`EvidenceSheet`]: the run, a row with its verdict, pictures, corners. Out: a Word document
//! ([`evidence_docx`]), a page to print ([`evidence_html`]), and per town KML and GeoJSON ([`field_kml`],
//! [`field_geojson`]). Both forms of a sheet are made of the same view, so they say the same.
//!
//! Sheets are in Chinese: they are papers of a Chinese office. Texts of a user's file are data: control characters are
//! taken out (XML cannot hold them), everything else is escaped and shown as it is.

mod chip;
mod docx;
mod field;
mod figures;
mod html;
mod text;
mod view;

pub use chip::{ChipDate, evidence_chips, shared_stretch};
pub use docx::evidence_docx;
pub use field::{FieldPatch, field_geojson, field_kml};
pub use figures::{Figure, figures};
pub use html::evidence_html;

use super::document::{FileSummary, RunSummary, hexadecimal};
use crate::crosscheck::PatchFinding;
use crate::features::FieldDef;
use sha2::{Digest, Sha256};

/// A sheet that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A template did not render.
    #[error("the evidence sheet cannot be made: {0}; report this with the run's run.json")]
    Template(#[from] minijinja::Error),
    /// The parts did not go into the archive.
    #[error("the evidence sheet cannot be packed as docx: {0}; report this with the run's run.json")]
    Package(#[from] zip::result::ZipError),
}

/// What one sheet is made of.
#[derive(Clone, Debug)]
pub struct EvidenceSheet<'a> {
    /// The run that gave the verdict.
    pub run: &'a RunSummary,
    /// Field definitions of the list, in the order of [`crate::crosscheck::ListRow::fields`].
    pub list_fields: &'a [FieldDef],
    /// The row and its verdict.
    pub patch: &'a PatchFinding,
    /// Pictures of the same ground, oldest first; two or three, none for a row without geometry.
    pub chips: Vec<EvidenceChip<'a>>,
    /// Corners of the pictures' extent, from north-west clockwise; none for a row without geometry.
    pub corners: Vec<Corner>,
    /// Reference system of [`Corner::x_m`] and [`Corner::y_m`], e.g. `CGCS2000 / 3度带 39带 中央经线117°E`.
    pub zone: String,
    /// Ground width of a pixel of the pictures, m; what is not positive is not shown.
    pub scale_m_per_px: f64,
}

/// A picture of one date.
#[derive(Clone, Debug)]
pub struct EvidenceChip<'a> {
    /// Which date, e.g. `前时相`, `后时相`, `更早时相`.
    pub caption: String,
    /// Date taken, `YYYY-MM-DD`, where known.
    pub date: Option<String>,
    /// Sensor where known.
    pub sensor: Option<String>,
    /// Resolution of the image it was cut from, m.
    pub gsd_m: f64,
    /// The files of that image.
    pub files: &'a [FileSummary],
    /// JPEG, embedded as it is.
    pub jpeg: Vec<u8>,
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// SHA-256 of `jpeg`, lower-case hexadecimal; of a docx `word/media` holds these very bytes.
    pub sha256: String,
}

impl<'a> EvidenceChip<'a> {
    /// A picture of an image of the run; `picture` is JPEG, width and height in pixels.
    pub fn new(
        caption: &str,
        image: &'a super::document::ImageSummary,
        picture: (Vec<u8>, u32, u32),
    ) -> EvidenceChip<'a> {
        let (jpeg, width, height) = picture;
        EvidenceChip {
            caption: caption.into(),
            date: image.date.clone(),
            sensor: image.sensor.clone(),
            gsd_m: image.gsd_m,
            files: &image.files,
            sha256: hexadecimal(&Sha256::digest(&jpeg)),
            jpeg,
            width,
            height,
        }
    }
}

/// A corner in degrees and in a national grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Corner {
    /// `西北`, `东北`, `东南` or `西南`.
    pub name: String,
    /// Longitude, degrees.
    pub lon: f64,
    /// Latitude, degrees.
    pub lat: f64,
    /// North, m.
    pub x_m: f64,
    /// East, m, with the zone's number in front where the zone has it.
    pub y_m: f64,
}

/// Id of a sheet: the first 12 hexadecimal digits of the SHA-256 of run id and row.
pub fn evidence_id(run_id: &str, row: usize) -> String {
    hexadecimal(&Sha256::digest(format!("{run_id}\n{row}").as_bytes()))[..12].to_uppercase()
}

#[cfg(test)]
mod tests;
