//! What an inspection found, as plain data.

use super::blocks::BlockCheck;
use crate::crosscheck::Claim;
use crate::mask::Weather;
use crate::pair::BandPlan;
use crate::report::Lang;
use crate::report::document::ShiftSummary;
use serde::Serialize;
use std::path::Path;

/// Weight of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// The result will be worse for it.
    Warning,
    /// Cannot be used because of it.
    Reason,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Weight.
    pub level: Level,
    /// Stable code.
    pub code: &'static str,
    /// File concerned; blank for the pair.
    pub about: String,
    /// Chinese sentence.
    pub zh: String,
    /// English sentence.
    pub en: String,
}

impl Finding {
    fn new(level: Level, about: impl AsRef<Path>, code: &'static str, zh: String, en: String) -> Finding {
        Finding { level, code, about: about.as_ref().display().to_string(), zh, en }
    }

    /// Worth knowing.
    pub fn note(about: impl AsRef<Path>, code: &'static str, zh: String, en: String) -> Finding {
        Finding::new(Level::Note, about, code, zh, en)
    }

    /// The result will be worse for it.
    pub fn warning(about: impl AsRef<Path>, code: &'static str, zh: String, en: String) -> Finding {
        Finding::new(Level::Warning, about, code, zh, en)
    }

    /// Cannot be used because of it.
    pub fn reason(about: impl AsRef<Path>, code: &'static str, zh: String, en: String) -> Finding {
        Finding::new(Level::Reason, about, code, zh, en)
    }

    /// The sentence in a language.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// Spread of the valid values of a band in the sample, in the file's units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Least.
    pub min: f32,
    /// 2nd percentile.
    pub p2: f32,
    /// Median.
    pub p50: f32,
    /// 98th percentile.
    pub p98: f32,
    /// Greatest.
    pub max: f32,
}

/// A band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandReport {
    /// Position in the file, from 1.
    pub index: usize,
    /// Description in the file.
    pub name: String,
    /// What it measures; `None` when neither the file nor `--bands` says.
    pub role: Option<&'static str>,
    /// Declared nodata value.
    pub nodata: Option<f64>,
    /// Spread of the sampled values; `None` when no valid pixel was met.
    pub spread: Option<Spread>,
}

/// What reading a sample of the pixels showed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// Windows read.
    pub windows: usize,
    /// Pixels read.
    pub pixels: u64,
    /// Usable pixels among them, percent.
    pub valid_percent: f64,
    /// Pixels among them that could not be decoded, percent.
    pub unreadable_percent: f64,
    /// Blocks `(row, column)` that could not be decoded.
    pub damaged_blocks: Vec<(usize, usize)>,
    /// Pixels (all bands) decoded per second by one thread.
    pub decoded_px_per_s: f64,
}

/// An image.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImageReport {
    /// File as given.
    pub path: String,
    /// `false` when it could not be opened; then nothing below is known.
    pub opened: bool,
    /// Format by the file's first bytes.
    pub format: &'static str,
    /// Which reader serves it.
    pub reader: &'static str,
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Pixel type.
    pub dtype: String,
    /// Rows and columns of a block.
    pub block: (usize, usize),
    /// Compression; blank for none.
    pub compression: String,
    /// Decoded bytes per byte of the file.
    pub compression_ratio: f64,
    /// The bands.
    pub bands: Vec<BandReport>,
    /// Name of the reference system.
    pub crs: String,
    /// Its EPSG code.
    pub epsg: Option<u32>,
    /// West, south, east, north in the image's own system.
    pub extent: [f64; 4],
    /// Longitude and latitude of the middle, degrees; `None` where PROJ cannot tell.
    pub lonlat: Option<(f64, f64)>,
    /// Ground sampling distance, m.
    pub gsd_m: f64,
    /// Acquisition date, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The file carries a mask or an alpha band.
    pub masked: bool,
    /// Where the blocks lie in the file; `None` for formats other than TIFF.
    pub blocks: Option<BlockCheck>,
    /// What reading a sample showed.
    pub measured: Measured,
}

impl ImageReport {
    /// An image that could not be opened.
    pub fn refused(path: &Path) -> ImageReport {
        let bytes = std::fs::metadata(path).map(|m| m.len()).unwrap_or(0);
        ImageReport { path: path.display().to_string(), bytes, ..ImageReport::default() }
    }
}

/// Two images together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairReport {
    /// How the bands were matched.
    pub bands: BandPlan,
    /// Which date gives the working grid: `before` or `after`.
    pub reference: &'static str,
    /// `copied` or `resampled`, before and after.
    pub feeding: [&'static str; 2],
    /// Rows of the working grid.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Working ground sampling distance, m.
    pub gsd_m: f64,
    /// Coarser over finer ground sampling distance.
    pub gsd_ratio: f64,
    /// Part of the working grid that the other image reaches, percent.
    pub overlap_percent: f64,
    /// Part of the sampled working grid where both images are usable, percent.
    pub valid_both_percent: f64,
    /// Days between the days of the year of the two dates.
    pub season_days: Option<u32>,
    /// Correlation of each working band between the dates over the sample; `None` without spread.
    pub correlation: Vec<Option<f64>>,
    /// Working bands `(before, after)` that correlate clearly better with each other than with their own partners.
    pub crossed_bands: Vec<(String, String)>,
    /// Measured shift between the dates and what a scan would leave of it; `None` when no tile could be measured.
    pub shift: Option<ShiftSummary>,
    /// Clouds at both dates, from a sample; `None` where the bands do not allow to look for them.
    pub weather: Option<[Weather; 2]>,
    /// Predicted peak memory of a scan, MiB.
    pub predicted_memory_mib: u64,
    /// Predicted time of a scan, seconds.
    pub predicted_seconds: f64,
    /// Threads of that prediction.
    pub threads: usize,
    /// Tile of that prediction, pixels.
    pub tile_px: usize,
}

/// Where the patches of a list lie against the images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PatchPlaces {
    /// Wholly inside every image.
    pub inside: usize,
    /// Across an edge.
    pub partly: usize,
    /// Wholly outside one of the images.
    pub outside: usize,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListReport {
    /// File as given.
    pub path: String,
    /// Layer or sheet.
    pub layer: String,
    /// Rows.
    pub rows: usize,
    /// Rows with a polygon.
    pub polygons: usize,
    /// Rows with only a point.
    pub points: usize,
    /// Rows without any geometry.
    pub without_geometry: usize,
    /// Problems by their text, with the number of rows, the commonest first.
    pub problems: Vec<(String, usize)>,
    /// Character set and why, Chinese.
    pub encoding: String,
    /// Reference system and how it was found, Chinese.
    pub crs_note: String,
    /// Number of fields.
    pub fields: Vec<String>,
    /// Field with the id.
    pub id_field: Option<String>,
    /// Fields with claims.
    pub claim_fields: Vec<String>,
    /// How they were found, Chinese.
    pub claim_field_how: String,
    /// Field with the declared area.
    pub area_field: Option<String>,
    /// Unit of the declared area, Chinese.
    pub area_unit: Option<&'static str>,
    /// Field with the date of the claim.
    pub claim_date_field: Option<String>,
    /// Rows per claim, in the order of the contract, without the empty ones.
    pub claims: Vec<(Claim, usize)>,
    /// Where the patches lie; `None` without images.
    pub places: Option<PatchPlaces>,
    /// What a person should know, Chinese.
    pub notes: Vec<String>,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inspection {
    /// Nothing stands against using it.
    pub usable: bool,
    /// The images.
    pub images: Vec<ImageReport>,
    /// The pair, where two usable images were given that can be compared.
    pub pair: Option<PairReport>,
    /// The lists.
    pub lists: Vec<ListReport>,
    /// What was found, files in the order given.
    pub findings: Vec<Finding>,
}

impl Inspection {
    /// Why it cannot be used.
    pub fn reasons(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.level == Level::Reason)
    }

    /// The verdict in one line.
    pub fn verdict(&self, lang: Lang) -> String {
        if self.usable {
            return lang.pick("可以使用", "can be used").to_string();
        }
        let reasons: Vec<&str> = self.reasons().map(|f| f.text(lang)).collect();
        let head = lang.pick("不能使用，因为", "cannot be used, because ");
        format!("{head}{}", reasons.join(lang.pick("；", "; ")))
    }
}
