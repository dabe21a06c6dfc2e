//! A sheet as a Word document (ISO/IEC 29500-1, transitional) that Word, WPS and LibreOffice open.
//!
//! The parts are written from templates and packed here: no content controls, no macros, pictures as the JPEGs they are,
//! so that their SHA-256 can be checked against the one printed. Lines have exact heights, so that a page is the same
//! page whichever font stands in for a missing one. Entries carry no time: same sheet, same bytes.

use super::html::environment;
use super::view::{SheetView, view};
use super::{EvidenceError, EvidenceSheet};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const DOCUMENT: &str = include_str!("docx/document.xml.j2");
const FOOTER: &str = include_str!("docx/footer.xml.j2");
const RELATIONS: &str = include_str!("docx/relations.xml.j2");
const CORE: &str = include_str!("docx/core.xml.j2");
/// Parts that are the same in every sheet.
const FIXED: [(&str, &str); 5] = [
    ("[Content_Types].xml", include_str!("docx/content_types.xml")),
    ("_rels/.rels", include_str!("docx/package.rels")),
    ("word/styles.xml", include_str!("docx/styles.xml")),
    ("word/fontTable.xml", include_str!("docx/fonts.xml")),
    ("word/settings.xml", include_str!("docx/settings.xml")),
];

/// English Metric Units in a millimetre, the unit of pictures.
const EMU_PER_MM: f64 = 36_000.0;

/// The bytes of a sheet's docx, A4.
///
/// # Cost
/// The pictures' bytes and about 10 kB.
///
/// # Errors
/// [`EvidenceError`] when a part does not render or cannot be packed; no text of a user's file makes it do so.
pub fn evidence_docx(sheet: &EvidenceSheet) -> Result<Vec<u8>, EvidenceError> {
    let content = view(sheet);
    // (width, height) in EMU, by number of the picture.
    let emu = |mm: f64| (mm * EMU_PER_MM).round() as i64;
    let sizes: Vec<(i64, i64)> =
        content.pictures.iter().flatten().map(|p| (emu(p.width_mm), emu(p.height_mm))).collect();
    let parts = [
        ("word/document.xml", render(DOCUMENT, &content, &sizes)?),
        ("word/footer1.xml", render(FOOTER, &content, &sizes)?),
        ("word/_rels/document.xml.rels", render(RELATIONS, &content, &sizes)?),
        ("docProps/core.xml", render(CORE, &content, &sizes)?),
    ];
    let packed = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, bytes: &[u8], options: SimpleFileOptions| -> Result<(), EvidenceError> {
        zip.start_file(name, options)?;
        Ok(zip.write_all(bytes).map_err(zip::result::ZipError::from)?)
    };
    for (name, text) in FIXED {
        put(name, text.trim_end().as_bytes(), packed)?;
    }
    for (name, text) in &parts {
        put(name, text.as_bytes(), packed)?;
    }
    for (i, chip) in sheet.chips.iter().enumerate() {
        put(
            &format!("word/media/image{}.jpeg", i + 1),
            &chip.jpeg,
            packed.compression_method(CompressionMethod::Stored),
        )?;
    }
    Ok(zip.finish()?.into_inner())
}

fn render(template: &'static str, content: &SheetView, sizes: &[(i64, i64)]) -> Result<String, EvidenceError> {
    // The name's ending turns on escaping, which is that of XML too.
    let env = environment("part.xml", template)?;
    let s = minijinja::Value::from(minijinja::value::Serde(content));
    let pictures: Vec<usize> = (1..=sizes.len()).collect();
    let context = minijinja::context! { s, pictures, sizes => sizes.to_vec() };
    Ok(env.get_template("part.xml")?.render(context)?)
}
