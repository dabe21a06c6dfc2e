//! A raster source is two methods: which grid, and the pixels of a window.

use crate::grid::{Grid, Window};
use crate::io::crs::PlaceFault;
use crate::raster::{BandRole, Pixels, QaKind};

/// Why an image cannot be used, or could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// No such file.
    #[error("{path}: no such file; check the path given to --before/--after")]
    Missing {
        /// File.
        path: String,
    },
    /// No such mask file.
    #[error("{path}: no such file; check the path given to --before-mask/--after-mask")]
    MaskMissing {
        /// File.
        path: String,
    },
    /// A mask of somewhere else.
    #[error("{path}: this mask does not reach the images; give --{date}-mask a raster of the same area")]
    MaskElsewhere {
        /// File.
        path: String,
        /// `before` or `after`.
        date: &'static str,
    },
    /// Not a raster of an accepted format.
    #[error("{path}: not a readable GeoTIFF ({found}); give a GeoTIFF, COG, ERDAS Imagine, ENVI or JPEG 2000 image")]
    NotAnImage {
        /// File.
        path: String,
        /// What GDAL said.
        found: String,
    },
    /// No reference system.
    #[error(
        "{path}: has no reference system ({found}); write one into the file, e.g. gdal_edit.py -a_srs EPSG:4527 {path}"
    )]
    NoCrs {
        /// File.
        path: String,
        /// What was found.
        found: &'static str,
    },
    /// No or unusable geotransform.
    #[error("{path}: {found}; tuban needs an image placed on the map, e.g. by gdalwarp")]
    NotPlaced {
        /// File.
        path: String,
        /// What was found.
        found: String,
    },
    /// Coordinates that cannot belong to the declared system.
    #[error(
        "{path}: declares {crs}, but its middle lies at {x:.1}, {y:.1}, and {fault}; write the system that fits into the file, e.g. gdal_edit.py -a_srs {repair} {path}"
    )]
    Misplaced {
        /// File.
        path: String,
        /// Declared system.
        crs: String,
        /// Middle of the image.
        x: f64,
        /// Middle of the image.
        y: f64,
        /// What is wrong.
        fault: PlaceFault,
        /// System that would fit, as for GDAL.
        repair: String,
    },
    /// Complex or unknown pixel type.
    #[error(
        "{path}: pixels are {found}; real numbers of 8 to 64 bits are wanted, convert with gdal_translate -ot Float32"
    )]
    PixelType {
        /// File.
        path: String,
        /// Type found.
        found: String,
    },
    /// No band left, or absurdly many.
    #[error("{path}: {found} image bands; between 1 and {most} are wanted")]
    BandCount {
        /// File.
        path: String,
        /// Bands found.
        found: usize,
        /// Most accepted.
        most: usize,
    },
    /// Colour palette instead of measurements.
    #[error(
        "{path}: band 1 is a colour palette index, not a measurement; expand it with gdal_translate -expand rgb or use the original"
    )]
    Palette {
        /// File.
        path: String,
    },
    /// Blocks too large to hold.
    #[error(
        "{path}: one block is {rows} x {cols} pixels ({mib} MiB decoded); rewrite it in tiles with gdal_translate -co TILED=YES"
    )]
    HugeBlock {
        /// File.
        path: String,
        /// Block rows.
        rows: usize,
        /// Block columns.
        cols: usize,
        /// Decoded size, MiB.
        mib: u64,
    },
    /// The files of one date do not fit together.
    #[error("{path}: {found}, but the first file of the same date has {wanted}; a mosaic needs files alike")]
    Mosaic {
        /// File.
        path: String,
        /// What this file has.
        found: String,
        /// What the first has.
        wanted: String,
    },
}

/// What is known of a band without reading pixels.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct BandInfo {
    /// Position in the file, from 1, alpha bands not left out.
    pub index: usize,
    /// Description in the file.
    pub name: String,
    /// Role read from description, wavelength or colour interpretation.
    pub role: Option<BandRole>,
    /// Declared nodata value.
    pub nodata: Option<f64>,
}

/// A band that says what can be used instead of measuring the ground.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct QualityBand {
    /// Position in the file, from 1.
    pub index: usize,
    /// Description in the file.
    pub name: String,
    /// How its values are read.
    pub kind: QaKind,
    /// Declared nodata value: there the band says nothing.
    pub nodata: Option<f64>,
}

/// What is known of an image without reading pixels.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ImageInfo {
    /// File name as given.
    pub path: String,
    /// Grid.
    pub grid: Grid,
    /// Bands with measurements (alpha and mask bands left out).
    pub bands: Vec<BandInfo>,
    /// Bands that say what can be used (`SCL`, `QA_PIXEL`, ...); they take no part as measurements.
    pub quality_bands: Vec<QualityBand>,
    /// Pixel type, GDAL's name.
    pub dtype: String,
    /// Block rows and columns.
    pub block: (usize, usize),
    /// Compression, GDAL's name; blank for none.
    pub compression: String,
    /// `true` when the file carries a mask or an alpha band.
    pub masked: bool,
    /// Acquisition date `YYYY-MM-DD` from the metadata.
    pub date: Option<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Which reader serves it.
    pub reader: &'static str,
}

/// An image that can be read in windows from several threads.
pub trait RasterSource: Send + Sync {
    /// The image's own grid.
    fn grid(&self) -> &Grid;

    /// Values of `bands` (positions in [`ImageInfo::bands`], from 0) in `window`, which may reach beyond the grid:
    /// there the quality is [`crate::raster::Quality::Outside`]. Damaged blocks come back as
    /// [`crate::raster::Quality::Unreadable`] and are counted by the source.
    fn read(&self, window: Window, bands: &[usize]) -> Pixels;
}
