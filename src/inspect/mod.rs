//! Preflight: can these images and this list be used, and if not, why.
//!
//! In: paths. Out: an [`Inspection`] that says what each file is, what is odd about it, and one verdict with all reasons.
//! Reading (`image`, `pair`, `list`) is apart from judging (`checks`, `blocks`, `prediction`), which is pure.

mod blocks;
mod checks;
mod image;
mod list;
mod pair;
mod prediction;
mod records;
mod render;
mod words;

pub use blocks::{BlockCheck, check_blocks};
pub use records::{
    BandReport, Finding, ImageReport, Inspection, Level, ListReport, Measured, PairReport, PatchPlaces, Spread,
};

use crate::config::Pipeline;
use crate::error::Error;
use crate::grid::Crs;
use crate::io::GdalImage;
use crate::io::source::ImageError;
use crate::pair::{BandPlan, parse_band_names};
use std::path::{Path, PathBuf};

/// What to look at, and how a scan would be run.
#[derive(Clone, Debug, Default)]
pub struct InspectInput {
    /// Images, two of which make a pair; vector files and tables among them are looked at as lists.
    pub files: Vec<PathBuf>,
    /// The ministry's list.
    pub list: Option<PathBuf>,
    /// `--bands` as given.
    pub bands: Option<String>,
    /// Character set of the list.
    pub encoding: Option<String>,
    /// Reference system of lists that declare none.
    pub assume_crs: Option<Crs>,
    /// Field of the list with the claim.
    pub claim_field: Option<String>,
    /// Date of the first image, `YYYY-MM-DD`.
    pub before_date: Option<String>,
    /// Date of the second image.
    pub after_date: Option<String>,
    /// Threads a scan would use; 0 = one per processor.
    pub threads: usize,
    /// Tile a scan would use, pixels.
    pub tile_px: usize,
    /// Memory a scan may take, bytes.
    pub max_memory: u64,
}

/// A file by what it turned out to be.
enum Opened {
    Image(Box<GdalImage>),
    Refused(PathBuf, ImageError),
    List(PathBuf),
}

/// Whether a name is that of a vector file or table.
fn named_as_list(path: &Path) -> bool {
    const NAMES: [&str; 23] = [
        "shp", "dbf", "shx", "prj", "cpg", "zip", "gpkg", "gdb", "geojson", "json", "kml", "kmz", "sqlite", "db",
        "tab", "mif", "fgb", "xlsx", "xls", "ods", "csv", "tsv", "topojson",
    ];
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    NAMES.contains(&extension.as_str())
}

fn open(path: &Path) -> Opened {
    if named_as_list(path) && path.exists() {
        return Opened::List(path.to_path_buf());
    }
    match GdalImage::open(path) {
        Ok(image) => Opened::Image(Box::new(image)),
        Err(e @ ImageError::NotAnImage { .. }) => {
            if path.is_file() && list::opens(path) {
                Opened::List(path.to_path_buf())
            } else {
                Opened::Refused(path.into(), e)
            }
        }
        Err(e) => Opened::Refused(path.to_path_buf(), e),
    }
}

/// Looks at everything and judges it.
///
/// # Errors
/// Only for a malformed `--bands` or date or an unknown character set; whatever is wrong with a file is part of the answer.
pub fn inspect(input: &InspectInput) -> Result<Inspection, Error> {
    crate::io::init_gdal();
    let names = input.bands.as_deref().map(parse_band_names).transpose()?;
    crate::io::vector::given_encoding(input.encoding.as_deref())?;
    for date in [&input.before_date, &input.after_date].into_iter().flatten() {
        if crate::pair::day_number(date).is_none() {
            return Err(Error::Usage(format!("'{date}' is no date; write it as YYYY-MM-DD")));
        }
    }
    let mut out = Inspection::default();
    let (mut images, mut lists) = (Vec::new(), Vec::new());
    let given = [&input.before_date, &input.after_date];
    for path in &input.files {
        match open(path) {
            Opened::Image(image) => {
                let date = given.get(images.len()).and_then(|d| (*d).clone());
                let report = image::look(&image, date, names.as_deref());
                out.findings.extend(checks::image(&report));
                out.images.push(report);
                images.push(image);
            }
            Opened::List(path) => lists.push(path),
            Opened::Refused(path, error) => {
                let report = image::look_refused(&path);
                out.findings.extend(checks::blocks(&report));
                out.images.push(report);
                out.findings.push(Finding::reason(&path, "unreadable", words::image(&error), error.to_string()));
            }
        }
    }
    let refused = out.images.iter().filter(|i| !i.opened).count();
    lists.extend(input.list.clone());
    if let ([_], Some(names)) = (images.as_slice(), &names) {
        single_bands(images[0].info(), names, &mut out.findings);
    }
    let mut frame = list::Frame::new(images.iter().map(|i| i.info().grid.clone()).collect());
    if let ([before, after], 0) = (images.as_slice(), refused) {
        let paths = [before.path().to_path_buf(), after.path().to_path_buf()];
        let reports = [out.images[0].clone(), out.images[1].clone()];
        match pair::look(&paths, &reports, names.as_deref(), &Pipeline::default(), input) {
            Ok((report, grid)) => {
                out.findings.extend(checks::pair(&report, &reports, input.max_memory));
                out.pair = Some(report);
                frame = frame.on(grid);
            }
            Err(error) => {
                out.findings.push(Finding::reason("", "not_comparable", words::open(&error), error.to_string()))
            }
        }
    }
    for path in &lists {
        match list::look(path, &frame, input) {
            Ok(report) => {
                out.findings.extend(checks::list(&report));
                out.lists.push(report);
            }
            Err(error) => out.findings.push(Finding::reason(path, "list", words::list(&error), error.to_string())),
        }
    }
    out.usable = !out.findings.iter().any(|f| f.level == Level::Reason);
    Ok(out)
}

/// `--bands` against one image alone: the same check a pair gets.
fn single_bands(
    info: &crate::io::source::ImageInfo,
    names: &[Option<crate::raster::BandRole>],
    findings: &mut Vec<Finding>,
) {
    let own = || crate::pair::ImageBands { path: &info.path, bands: &info.bands };
    let plan: Result<BandPlan, _> = crate::pair::match_bands(&own(), &own(), Some(names));
    if let Err(error) = plan {
        findings.push(Finding::reason(&info.path, "bands", words::pair(&error), error.to_string()));
    }
}

#[cfg(test)]
mod tests;
