//! Getting hold of a vector file: what it is, which driver may read it, what an archive holds.
//!
//! Only drivers for plain local files are allowed: a VRT can name any file or address on the machine, GML fetches
//! schemas and writes beside its input.
#![allow(unsafe_code)]

use super::ogr::Source;
use super::{VectorError, shown};
use gdal_sys as sys;
use std::ffi::{CStr, CString};
use std::io::Read;
use std::path::Path;

/// Drivers a list or layer may be read with.
const DRIVERS: &[&str] = &[
    "ESRI Shapefile",
    "GPKG",
    "GeoJSON",
    "GeoJSONSeq",
    "ESRIJSON",
    "TopoJSON",
    "OpenFileGDB",
    "LIBKML",
    "KML",
    "SQLite",
    "FlatGeobuf",
    "MapInfo File",
];
/// Uncompressed bytes an archive may hold, and members.
const MAX_ARCHIVE_BYTES: u64 = 4 << 30;
const MAX_ARCHIVE_MEMBERS: usize = 20_000;
/// Bytes of a text format, which is held in memory several times over.
const MAX_TEXT_BYTES: u64 = 1 << 30;
/// Bytes copied into memory to rebuild a missing index.
const MAX_REBUILD_BYTES: u64 = 512 << 20;

/// An open file with what has to be cleaned up after it.
pub(super) struct Opened {
    pub source: Source,
    /// What was read inside an archive, for the notes.
    pub inside: Option<String>,
    /// The index of a shapefile was missing and was rebuilt in memory.
    pub rebuilt: bool,
    /// Removed when dropped; must stay behind `source`.
    _scratch: Option<Scratch>,
}

/// A folder in memory, removed with everything in it.
struct Scratch(CString);

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: a NUL-terminated path below /vsimem/ that this process made.
        unsafe { sys::VSIRmdirRecursive(self.0.as_ptr()) };
    }
}

/// Members of a folder or archive as GDAL sees it, relative names with sizes, sorted.
fn members(root: &CStr) -> Vec<(String, u64)> {
    let mut out = Vec::new();
    // SAFETY: the list is null-ended, its strings are copied, and it is freed once; `stat` is plain data.
    unsafe {
        let list = sys::VSIReadDirRecursive(root.as_ptr());
        if list.is_null() {
            return out;
        }
        let mut i = 0;
        while !(*list.add(i)).is_null() && i <= MAX_ARCHIVE_MEMBERS {
            let name = CStr::from_ptr(*list.add(i)).to_string_lossy().into_owned();
            let size = CString::new(format!("{}/{name}", root.to_string_lossy())).map_or(0, |p| size_of_file(&p));
            out.push((name, size));
            i += 1;
        }
        sys::CSLDestroy(list);
    }
    out.sort();
    out
}

/// Bytes of a file, 0 when it cannot be opened. (The bindings leave GDAL's stat buffer opaque.)
fn size_of_file(path: &CStr) -> u64 {
    // SAFETY: the handle is checked and closed; strings are NUL-terminated.
    unsafe {
        let file = sys::VSIFOpenL(path.as_ptr(), c"rb".as_ptr());
        if file.is_null() {
            return 0;
        }
        sys::VSIFSeekL(file, 0, 2);
        let size = sys::VSIFTellL(file);
        sys::VSIFCloseL(file);
        size
    }
}

fn exists(path: &str) -> bool {
    CString::new(path).is_ok_and(|p| {
        // SAFETY: as in `size_of_file`.
        unsafe {
            let file = sys::VSIFOpenL(p.as_ptr(), c"rb".as_ptr());
            if !file.is_null() {
                sys::VSIFCloseL(file);
            }
            !file.is_null()
        }
    })
}

/// Opens a user's path. Relative paths are made absolute, so that no text of the user reaches GDAL as a `/vsi` name.
pub(super) fn open(path: &Path) -> Result<Opened, VectorError> {
    let file = shown(path);
    let meta =
        std::fs::metadata(path).map_err(|e| VectorError::Unreadable { file: file.clone(), why: e.to_string() })?;
    let full =
        std::fs::canonicalize(path).map_err(|e| VectorError::Unreadable { file: file.clone(), why: e.to_string() })?;
    let Some(full) = full.to_str() else { return Err(VectorError::PathNotText { file }) };
    // Windows' canonical form begins with \\?\, which GDAL takes for a network path.
    let full = full.strip_prefix(r"\\?\").unwrap_or(full);
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if meta.is_dir() {
        return open_named(full, &file);
    }
    if meta.len() == 0 {
        return Err(VectorError::Empty { file });
    }
    let mut head = [0u8; 4];
    let got = std::fs::File::open(path).and_then(|mut f| f.read(&mut head));
    got.map_err(|e| VectorError::Unreadable { file: file.clone(), why: e.to_string() })?;
    if head == *b"PK\x03\x04" || head == *b"PK\x05\x06" {
        return open_archive(full, &file, extension == "kmz");
    }
    let text = matches!(extension.as_str(), "json" | "geojson" | "kml" | "mif" | "topojson" | "geojsonl");
    if text && meta.len() > MAX_TEXT_BYTES {
        return Err(VectorError::TooLarge {
            file,
            what: format!("{} MiB of text", meta.len() >> 20),
            wanted: "at most 1024; convert it to GeoPackage".into(),
        });
    }
    if matches!(extension.as_str(), "shx" | "prj" | "cpg" | "sbn" | "sbx") {
        return Err(VectorError::Sidecar { file });
    }
    open_named(full, &file)
}

/// A zip: the one dataset inside it.
fn open_archive(full: &str, file: &str, kmz: bool) -> Result<Opened, VectorError> {
    let root = format!("/vsizip/{{{full}}}");
    let Ok(c_root) = CString::new(root.as_str()) else { return Err(VectorError::PathNotText { file: file.into() }) };
    let list = members(&c_root);
    let total: u64 = list.iter().map(|m| m.1).sum();
    if total > MAX_ARCHIVE_BYTES || list.len() > MAX_ARCHIVE_MEMBERS {
        let what = format!("{} files of {} MiB when unpacked", list.len(), total >> 20);
        return Err(VectorError::TooLarge {
            file: file.into(),
            what,
            wanted: "at most 20000 files of 4096 MiB".into(),
        });
    }
    if kmz {
        return open_named(full, file);
    }
    let ends = |name: &str, ext: &str| name.trim_end_matches('/').to_lowercase().ends_with(ext);
    let within = |name: &str| name.split('/').any(|part| part.starts_with("__MACOSX") || part.starts_with("._"));
    let pick = |extensions: &[&str]| -> Vec<String> {
        let hits = list.iter().filter(|m| !within(&m.0) && extensions.iter().any(|e| ends(&m.0, e)));
        hits.map(|m| m.0.trim_end_matches('/').to_string()).collect()
    };
    let mut found: Vec<String> = pick(&[".gdb"]);
    // A geodatabase's folder may have no entry of its own.
    for (name, _) in &list {
        if let Some(at) = name.to_lowercase().find(".gdb/") {
            found.push(name[..at + 4].to_string());
        }
    }
    found.sort();
    found.dedup();
    if list.iter().any(|m| m.0.ends_with(".gdbtable") && !m.0.contains('/')) {
        found.push(String::new());
    }
    if found.is_empty() {
        found = pick(&[".shp", ".gpkg", ".geojson", ".json", ".kml", ".kmz", ".tab", ".mif", ".sqlite", ".db", ".fgb"]);
    }
    if found.is_empty() {
        found = pick(&[".dbf"]);
    }
    match found.as_slice() {
        [] => Err(VectorError::EmptyArchive { file: file.into() }),
        [one] => {
            let inner = if one.is_empty() { root } else { format!("{root}/{one}") };
            let mut opened = open_named(&inner, file)?;
            opened.inside = Some(one.clone()).filter(|o| !o.is_empty());
            Ok(opened)
        }
        many => Err(VectorError::SeveralInArchive { file: file.into(), names: many.join(", ") }),
    }
}

/// Opens a path GDAL understands, rebuilding the index of a shapefile in memory where it is missing.
fn open_named(name: &str, file: &str) -> Result<Opened, VectorError> {
    let refused = |why: String| {
        let why = if why.is_empty() { "no vector format is recognised in it".into() } else { why };
        VectorError::NotAVector { file: file.into(), why }
    };
    let Ok(c_name) = CString::new(name) else { return Err(VectorError::PathNotText { file: file.into() }) };
    // Raw bytes of shapefile text are wanted; no other driver of the list has an option of that name.
    let options = ["ENCODING="];
    let lower = name.to_lowercase();
    let stem = name.get(..name.len().saturating_sub(4)).unwrap_or(name);
    let table_of_shp = lower.ends_with(".dbf") && (exists(&format!("{stem}.shp")) || exists(&format!("{stem}.SHP")));
    if (lower.ends_with(".shp") || table_of_shp) && !exists(&format!("{stem}.shx")) && !exists(&format!("{stem}.SHX")) {
        let (scratch, inner) = rebuild(stem, file)?;
        let source = restoring("YES", || Source::open(&inner, &["ESRI Shapefile"], &options)).map_err(refused)?;
        return Ok(Opened { source, inside: None, rebuilt: true, _scratch: Some(scratch) });
    }
    let source = restoring("NO", || Source::open(&c_name, DRIVERS, &options)).map_err(refused)?;
    Ok(Opened { source, inside: None, rebuilt: false, _scratch: None })
}

/// Runs with GDAL's index restoring switched for this thread: it would write a `.shx` into the user's folder.
fn restoring<T>(switch: &str, work: impl FnOnce() -> T) -> T {
    let key = "SHAPE_RESTORE_SHX";
    let _ = gdal::config::set_thread_local_config_option(key, switch);
    let out = work();
    let _ = gdal::config::clear_thread_local_config_option(key);
    out
}

/// Copies a shapefile without `.shx` to memory, where GDAL may write a new index without touching the user's folder.
fn rebuild(stem: &str, file: &str) -> Result<(Scratch, CString), VectorError> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let root = format!("/vsimem/tuban_shx_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let broken = || VectorError::NotAVector { file: file.into(), why: "its index (.shx) is missing".into() };
    let scratch = Scratch(CString::new(root.as_str()).map_err(|_| broken())?);
    for (ext, upper) in [("shp", "SHP"), ("dbf", "DBF"), ("prj", "PRJ"), ("cpg", "CPG")] {
        let Some(from) = [ext, upper].iter().map(|e| format!("{stem}.{e}")).find(|p| exists(p)) else { continue };
        let (Ok(from), Ok(to)) = (CString::new(from), CString::new(format!("{root}/list.{ext}"))) else {
            return Err(broken());
        };
        let size = size_of_file(&from);
        if size > MAX_REBUILD_BYTES {
            let what = format!("no index (.shx) and {} MiB", size >> 20);
            return Err(VectorError::TooLarge { file: file.into(), what, wanted: "the .shx file beside it".into() });
        }
        // SAFETY: both are NUL-terminated paths.
        if unsafe { sys::CPLCopyFile(to.as_ptr(), from.as_ptr()) } != 0 {
            return Err(broken());
        }
    }
    let inner = CString::new(format!("{root}/list.shp")).map_err(|_| broken())?;
    Ok((scratch, inner))
}
