//! What GDAL says of an image without reading pixels: driver, grid, roles of the bands, date.

use super::crs;
use super::gdal_env::{forget_gdal_message, init_gdal, last_gdal_message};
use super::source::ImageError;
use crate::grid::{Affine, Grid};
use crate::raster::BandRole;
use gdal::raster::ColorInterpretation;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};
use std::path::Path;

/// Formats that are plain images on disk. VRT and web formats are left out: they can name any file or address.
const DRIVERS: [&str; 5] = ["GTiff", "HFA", "ENVI", "JP2OpenJPEG", "KEA"];

/// What a file that no driver takes seems to be.
fn first_bytes(path: &Path) -> &'static str {
    use std::io::Read;
    if path.is_dir() {
        return "a directory";
    }
    let mut head = [0u8; 64];
    let Ok(got) = std::fs::File::open(path).and_then(|mut f| f.read(&mut head)) else {
        return "it cannot be opened; check the rights";
    };
    let head = &head[..got];
    let starts = |magic: &[u8]| head.starts_with(magic);
    match head {
        [] => "it is empty, 0 bytes",
        _ if starts(b"II*") || starts(b"MM\0*") || starts(b"II+") || starts(b"MM\0+") => "a damaged TIFF",
        _ if starts(b"<VRT") => "a VRT, which may name any other file",
        _ if starts(b"<") => "XML or HTML",
        _ if starts(b"\x89PNG") => "a PNG picture",
        _ if starts(b"\xFF\xD8\xFF") => "a JPEG picture",
        _ if starts(b"PK\x03\x04") => "a zip archive",
        _ if starts(b"\x1F\x8B") => "a gzip archive",
        _ if starts(b"%PDF") => "a PDF document",
        _ if starts(b"\x89HDF") => "an HDF5 file",
        _ if head.iter().all(|b| *b >= 0x20 || b"\t\r\n".contains(b)) => "text",
        _ => "no known format",
    }
}

pub(super) fn open_dataset(path: &Path) -> Result<Dataset, ImageError> {
    init_gdal();
    let shown = path.display().to_string();
    if !path.exists() {
        return Err(ImageError::Missing { path: shown });
    }
    forget_gdal_message();
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_RASTER,
        allowed_drivers: Some(&DRIVERS),
        ..Default::default()
    };
    Dataset::open_ex(path, options).map_err(|_| {
        let said = last_gdal_message();
        let said = said.replace(&format!("`{shown}' "), "").replace(&format!("{shown}: "), "");
        let found = if said.is_empty() || path.is_dir() { first_bytes(path).to_string() } else { said };
        ImageError::NotAnImage { path: shown, found }
    })
}

pub(super) fn read_grid(dataset: &Dataset, path: &str) -> Result<Grid, ImageError> {
    let (cols, rows) = dataset.raster_size();
    let not_placed = |found: String| ImageError::NotPlaced { path: path.to_string(), found };
    let Ok(transform) = dataset.geo_transform() else {
        return Err(not_placed("has no geotransform".into()));
    };
    let affine = Affine(transform);
    let finite = transform.iter().all(|v| v.is_finite());
    if !finite || affine.determinant().abs() < 1e-18 {
        return Err(not_placed(format!("geotransform {transform:?} cannot be inverted")));
    }
    let found = match dataset.spatial_ref() {
        Ok(srs) => match crs::describe(&srs) {
            Some(crs) => {
                let (x, y) = affine.to_map(rows as f64 / 2.0, cols as f64 / 2.0);
                if let Some(fault) = crs::place_fault(&crs, x, y) {
                    let repair = fault.likely_epsg().map_or("EPSG:<code>".into(), |code| format!("EPSG:{code}"));
                    return Err(ImageError::Misplaced { path: path.to_string(), crs: crs.name, x, y, fault, repair });
                }
                return Ok(Grid { crs, affine, rows, cols });
            }
            None => "a local or unknown one",
        },
        Err(_) => "none",
    };
    Err(ImageError::NoCrs { path: path.to_string(), found })
}

pub(super) fn band_role(
    description: &str,
    wavelength_nm: Option<f64>,
    interpretation: ColorInterpretation,
) -> Option<BandRole> {
    let by_name = BandRole::from_name(description);
    let by_wavelength = || wavelength_nm.and_then(BandRole::from_wavelength_nm);
    let by_colour = || match interpretation {
        ColorInterpretation::RedBand => Some(BandRole::Red),
        ColorInterpretation::GreenBand => Some(BandRole::Green),
        ColorInterpretation::BlueBand => Some(BandRole::Blue),
        _ => None,
    };
    by_name.or_else(by_wavelength).or_else(by_colour)
}

/// Centre wavelength in nanometres from the items that common products write.
pub(super) fn wavelength_nm(band: &gdal::raster::RasterBand) -> Option<f64> {
    let number = |key: &str, domain: &str| {
        let text = band.metadata_item(key, domain)?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    let value = number("CENTRAL_WAVELENGTH_UM", "IMAGERY")
        .or_else(|| number("wavelength", ""))
        .or_else(|| number("WAVELENGTH", ""))?;
    Some(if value < 30.0 { value * 1000.0 } else { value })
}

/// `YYYY-MM-DD` out of the metadata items that common products write.
pub(super) fn acquisition_date(dataset: &Dataset) -> Option<String> {
    let items = [
        ("ACQUISITIONDATETIME", "IMAGERY"),
        ("ACQUISITION_DATE", ""),
        ("DATE_ACQUIRED", ""),
        ("SENSING_TIME", ""),
        ("TIFFTAG_DATETIME", ""),
    ];
    items.iter().find_map(|(key, domain)| date_part(&dataset.metadata_item(key, domain)?))
}

fn date_part(text: &str) -> Option<String> {
    let head: String = text.trim().chars().take(10).collect();
    let digits: Vec<&str> = head.split([':', '-', '/', '.']).collect();
    let [y, m, d] = digits[..] else { return None };
    let (y, m, d) = (y.parse::<u32>().ok()?, m.parse::<u32>().ok()?, d.parse::<u32>().ok()?);
    ((1970..2100).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d))
        .then(|| format!("{y:04}-{m:02}-{d:02}"))
}
