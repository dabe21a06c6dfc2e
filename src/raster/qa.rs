//! Bands that say what can be used instead of measuring the ground.

use serde::Serialize;

/// A known coding of quality bands, told by the name of the band or file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QaKind {
    /// Sentinel-2 level 2A scene classification: one class code per pixel.
    Scl,
    /// Landsat collection 2 `QA_PIXEL`: one bit per condition.
    QaPixel,
    /// Sentinel-2 `QA60`: one bit per kind of cloud.
    Qa60,
    /// Fmask: one class code per pixel.
    Fmask,
    /// Any other mask file: codes of its own.
    File,
}

impl QaKind {
    /// The coding of a band by its description, e.g. `SCL` or `QA_PIXEL`; `None` for a band of measurements.
    pub fn from_band_name(name: &str) -> Option<QaKind> {
        let n: String = name.to_lowercase().chars().filter(|c| !" _-".contains(*c)).collect();
        Some(match n.as_str() {
            "scl" | "sceneclassification" | "sceneclassificationmap" => QaKind::Scl,
            "qapixel" => QaKind::QaPixel,
            "qa60" => QaKind::Qa60,
            "fmask" | "cfmask" => QaKind::Fmask,
            _ => return None,
        })
    }

    /// The coding of a mask file by its name, as products are named: `..._SCL_20m.tif`, `..._QA_PIXEL.TIF`, `..._Fmask.tif`.
    pub fn from_file_name(name: &str) -> Option<QaKind> {
        let n = name.to_lowercase();
        if n.contains("qa_pixel") {
            return Some(QaKind::QaPixel);
        }
        n.split(|c: char| !c.is_alphanumeric()).find_map(QaKind::from_band_name)
    }

    /// `true` where conditions are bits, `false` where they are codes.
    pub fn bits(self) -> bool {
        matches!(self, QaKind::QaPixel | QaKind::Qa60)
    }
}
