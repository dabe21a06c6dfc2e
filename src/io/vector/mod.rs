//! Reading a list or layer in any vector format, as it comes.
//!
//! In: a path. Out: every row with decoded text and a valid geometry in the working reference system, or without one
//! and the reason. No row is dropped, nothing is corrected without a note.

mod columns;
pub(crate) mod encoding;
mod ogr;
mod open;
pub(crate) mod place;
mod rows;

pub(crate) use columns::geometry_from_columns;

use crate::features::{Bounds, FeatureTable};
use crate::grid::Crs;
use crate::io::init_gdal;
use encoding_rs::Encoding;
use std::path::Path;

/// How to read.
#[derive(Clone, Debug)]
pub struct VectorOptions<'a> {
    /// Character set of the text (`gbk`, `utf-8`, `936`, ...); found out when `None`.
    pub encoding: Option<&'a str>,
    /// Working reference system.
    pub target: &'a Crs,
    /// System of files that declare none.
    pub assume_crs: Option<&'a Crs>,
    /// Layer or sheet to read; needed only where the file has several that could be meant.
    pub layer: Option<&'a str>,
    /// Extent of the images in `target`; lets wrong zones be found.
    pub extent: Option<Bounds>,
    /// Leave out rows whose box does not reach `extent` (for background layers; never for the list).
    pub only_extent: bool,
    /// Which fields matter, by name; others are left out of the table (a land survey has dozens). `None` reads all.
    pub fields: Option<fn(&str) -> bool>,
}

impl<'a> VectorOptions<'a> {
    /// Options with everything found out.
    pub fn new(target: &'a Crs) -> Self {
        VectorOptions {
            encoding: None,
            target,
            assume_crs: None,
            layer: None,
            extent: None,
            only_extent: false,
            fields: None,
        }
    }
}

/// What was read.
#[derive(Clone, Debug)]
pub struct VectorFile {
    /// The rows in the file's order.
    pub table: FeatureTable,
    /// A point per row in the working reference system where the row has one but no polygon.
    pub points: Vec<Option<[f64; 2]>>,
    /// Character set used and why, Chinese.
    pub encoding: String,
    /// Name of the layer or sheet.
    pub layer: String,
    /// Reference system used and how it was found, Chinese.
    pub crs_note: String,
    /// What a person should know: corrections, assumptions, rows without geometry; Chinese sentences.
    pub notes: Vec<String>,
    /// Rows left out because of `only_extent`.
    pub outside: usize,
}

/// A list or layer that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// Missing or not permitted.
    #[error("{file}: cannot be read ({why}); give the path of an existing file")]
    Unreadable {
        /// The path.
        file: String,
        /// The system's words.
        why: String,
    },
    /// A path that is no text.
    #[error("{file}: the path cannot be written in UTF-8; rename the file")]
    PathNotText {
        /// The path.
        file: String,
    },
    /// No bytes.
    #[error("{file}: is empty (0 bytes); copy it again from its source")]
    Empty {
        /// The path.
        file: String,
    },
    /// A part of a shapefile.
    #[error("{file}: is only a companion of a shapefile; give the .shp file")]
    Sidecar {
        /// The path.
        file: String,
    },
    /// No driver takes it.
    #[error(
        "{file}: is not readable as a vector file ({why}); \
         wanted is shp, zip with a shp, gpkg, gdb, geojson, kml, kmz, sqlite, tab, fgb, xlsx or csv"
    )]
    NotAVector {
        /// The path.
        file: String,
        /// GDAL's words.
        why: String,
    },
    /// No dataset in an archive.
    #[error("{file}: the archive holds no vector data; put the .shp with its .dbf, .shx and .prj into it")]
    EmptyArchive {
        /// The path.
        file: String,
    },
    /// More than one dataset in an archive.
    #[error("{file}: the archive holds several data sets ({names}); unpack it and give one of them")]
    SeveralInArchive {
        /// The path.
        file: String,
        /// What it holds.
        names: String,
    },
    /// A layer that is not there.
    #[error("{file}: has no layer '{wanted}'; it has {names}")]
    NoSuchLayer {
        /// The path.
        file: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        names: String,
    },
    /// More than one layer could be meant.
    #[error("{file}: has several layers ({names}); name the one to read, or give a file with one")]
    SeveralLayers {
        /// The path.
        file: String,
        /// What there is.
        names: String,
    },
    /// No layer at all.
    #[error("{file}: holds no table or layer; export the list again")]
    NoLayer {
        /// The path.
        file: String,
    },
    /// Over a limit that protects memory.
    #[error("{file}: holds {what}; wanted is {wanted}")]
    TooLarge {
        /// The path.
        file: String,
        /// What was found.
        what: String,
        /// The limit or repair.
        wanted: String,
    },
    /// Reading broke off.
    #[error("{file}: is damaged after row {row} of {of} ({why}); copy or export it again")]
    Damaged {
        /// The path.
        file: String,
        /// Last good row, from 1.
        row: usize,
        /// Rows announced.
        of: i64,
        /// GDAL's words.
        why: String,
    },
    /// An unknown character set.
    #[error("the character set '{given}' is unknown; give gbk, gb18030, utf-8 or big5")]
    UnknownEncoding {
        /// What was given.
        given: String,
    },
    /// Coordinates that fit no known system.
    #[error(
        "{file}: has no reference system and its coordinates (around {x:.1}, {y:.1}) fit none known; add the .prj file or give --assume-crs"
    )]
    NoCrs {
        /// The path.
        file: String,
        /// Middle of the coordinates.
        x: f64,
        /// Middle of the coordinates.
        y: f64,
    },
    /// Everything lies elsewhere.
    #[error("{file}: read as '{as_crs}' it lies over 100 km from the images; {likely}")]
    Elsewhere {
        /// The path.
        file: String,
        /// System it was read in.
        as_crs: String,
        /// The likely repair.
        likely: String,
    },
    /// No transformation to the working system.
    #[error("{file}: {source}")]
    Transform {
        /// The path.
        file: String,
        /// Why.
        source: crate::io::crs::CrsError,
    },
    /// A spreadsheet that cannot be read.
    #[error("{file}: is not readable as a table ({why}); save it as xlsx or csv")]
    NotATable {
        /// The path.
        file: String,
        /// The reader's words.
        why: String,
    },
}

/// The file's name for messages: the path as given.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The character set a user named.
pub(crate) fn given_encoding(label: Option<&str>) -> Result<Option<&'static Encoding>, VectorError> {
    match label {
        None => Ok(None),
        Some(text) => match encoding::by_label(text) {
            Some(e) => Ok(Some(e)),
            None => Err(VectorError::UnknownEncoding { given: text.to_string() }),
        },
    }
}

/// Reads a vector file: shp (zipped too), GeoPackage, FileGDB, GeoJSON, KML, SQLite, MapInfo, FlatGeobuf.
pub fn read_vector(path: &Path, options: &VectorOptions<'_>) -> Result<VectorFile, VectorError> {
    init_gdal();
    let given = given_encoding(options.encoding)?;
    let opened = open::open(path)?;
    rows::read(path, &opened, given, options)
}

/// Reads a list or layer whatever it is: spreadsheets and csv by [`crate::io::table::read_table`], all else by
/// [`read_vector`].
pub fn read_any(path: &Path, options: &VectorOptions<'_>) -> Result<VectorFile, VectorError> {
    if crate::io::table::is_table(path) {
        crate::io::table::read_table(path, options)
    } else {
        read_vector(path, options)
    }
}

#[cfg(test)]
mod tests;
