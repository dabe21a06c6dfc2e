//! Where a run is written: a scratch folder beside the target, moved into place when complete.

use super::pool::Pool;
use crate::error::Error;
use crate::grid::Crs;
use crate::io::WriteError;
use crate::io::vector_out::{OutColumn, OutLayer, OutStyle, write_gpkg, write_shapefile};
use crate::report::document::Document;
use crate::report::html::report_html;
use crate::report::styles::layer_styles;
use crate::report::tables::{TableData, all_tables};
use crate::report::xlsx::findings_xlsx;
use std::path::{Path, PathBuf};

/// A file by which a folder is known to be a run of ours.
const MANIFEST: &str = "run.json";

/// The output folder of a run in the making; removed with everything in it unless it is finished.
pub struct OutputFolder {
    target: PathBuf,
    // Dropped in this order: the scratch folder first, then the parents that were made for it.
    scratch: tempfile::TempDir,
    parents: MadeParents,
}

/// Folders made above the target, deepest first; removed again unless the run is finished.
struct MadeParents(Vec<PathBuf>);

impl Drop for MadeParents {
    fn drop(&mut self) {
        for folder in &self.0 {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

impl OutputFolder {
    /// Checks the target and makes the scratch folder. An earlier run of ours is replaced when the new one is complete;
    /// a folder with anything else in it is refused.
    pub fn prepare(target: &Path) -> Result<OutputFolder, Error> {
        OutputFolder::prepare_marked(target, MANIFEST)
    }

    /// As [`OutputFolder::prepare`], for results by which an earlier folder is known by the file `marker`.
    pub fn prepare_marked(target: &Path, marker: &str) -> Result<OutputFolder, Error> {
        let refuse = |found: &str, repair: &str| Error::Output {
            path: target.display().to_string(),
            found: found.to_string(),
            repair: repair.to_string(),
        };
        if target.is_file() {
            return Err(refuse("is a file", "give a folder with --out"));
        }
        if target.is_dir() && !target.join(marker).is_file() {
            let empty = std::fs::read_dir(target).map(|mut d| d.next().is_none()).unwrap_or(false);
            if !empty {
                return Err(refuse("is not empty and holds no earlier run", "give a new or empty folder with --out"));
            }
        }
        let absolute = std::path::absolute(target).map_err(|e| WriteError::io(target, &e))?;
        let parent = absolute.parent().unwrap_or(Path::new("/"));
        let missing = parent.ancestors().take_while(|p| !p.exists()).map(Path::to_path_buf).collect();
        let parents = MadeParents(missing);
        if !parent.is_dir() {
            std::fs::create_dir_all(parent).map_err(|e| WriteError::io(parent, &e))?;
        }
        let scratch = tempfile::Builder::new()
            .prefix(".tuban-scan-")
            .tempdir_in(parent)
            .map_err(|e| WriteError::io(parent, &e))?;
        Ok(OutputFolder { target: absolute, scratch, parents })
    }

    /// Where to write meanwhile.
    pub fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Moves the finished folder into place.
    pub fn finish(self) -> Result<PathBuf, Error> {
        let OutputFolder { target, scratch, mut parents } = self;
        let fail = |e: std::io::Error| WriteError::io(&target, &e);
        // Scratch folders are private; a run is meant to be shared.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o755)).map_err(fail)?;
        }
        let old = target.is_dir().then(|| scratch.path().with_extension("old"));
        if let Some(old) = &old {
            std::fs::rename(&target, old).map_err(fail)?;
        }
        let made = scratch.keep();
        if let Err(e) = std::fs::rename(&made, &target) {
            if let Some(old) = &old {
                let _ = std::fs::rename(old, &target);
            }
            let _ = std::fs::remove_dir_all(&made);
            return Err(fail(e).into());
        }
        if let Some(old) = &old {
            std::fs::remove_dir_all(old).map_err(fail)?;
        }
        parents.0.clear();
        Ok(target)
    }
}

/// A table as a layer to write.
pub(super) fn out_layer(table: &TableData, crs: &Crs, style: Option<OutStyle>, for_shapefile: bool) -> OutLayer {
    let column = |c: &crate::report::tables::Column| OutColumn {
        name: c.name.clone(),
        short_name: c.short_name.clone(),
        kind: c.kind,
        // The writer reads a text's width as bytes and a real number's as decimals; GeoPackages have neither.
        width: match c.kind {
            crate::features::FieldKind::Real => c.decimals,
            _ if for_shapefile => c.width,
            _ => 0,
        },
        zh: c.zh.clone(),
    };
    OutLayer {
        name: table.name.to_string(),
        crs: crs.clone(),
        spatial: table.spatial(),
        columns: table.columns.iter().map(column).collect(),
        rows: table.rows.iter().cloned().enumerate().map(|(i, row)| (row, table.shape(i))).collect(),
        style,
    }
}

/// Bytes into a file.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    std::fs::write(path, bytes).map_err(|e| WriteError::io(path, &e))
}

/// Writes every document of a run into its folder, side by side.
pub fn write_documents(
    folder: &Path,
    doc: &Document,
    crs: &Crs,
    manifest: &serde_json::Value,
    pool: &Pool,
) -> Result<(), Error> {
    let bug = |e: String| Error::Bug(e);
    let tables = all_tables(doc);
    let styles = layer_styles(doc.lang);
    let style = |name: &str| {
        let found = styles.iter().find(|s| s.layer == name)?;
        Some(OutStyle { name: found.name.clone(), qml: found.qml.clone(), sld: found.sld.clone() })
    };
    let shapefiles = folder.join("shapefile");
    std::fs::create_dir_all(&shapefiles).map_err(|e| WriteError::io(&shapefiles, &e))?;
    let geopackage = || -> Result<(), Error> {
        let layers: Vec<OutLayer> = tables.iter().map(|t| out_layer(t, crs, style(t.name), false)).collect();
        Ok(write_gpkg(&folder.join("parcels.gpkg"), &layers)?)
    };
    let shapefile = |name: &str| -> Result<(), Error> {
        let table = tables.iter().find(|t| t.name == name);
        table.map(|t| write_shapefile(&shapefiles, &out_layer(t, crs, None, true))).transpose()?;
        Ok(())
    };
    let workbook = || -> Result<(), Error> {
        Ok(write_file(&folder.join("findings.xlsx"), &findings_xlsx(doc).map_err(|e| bug(e.to_string()))?)?)
    };
    let page = || -> Result<(), Error> {
        Ok(write_file(&folder.join("report.html"), &report_html(doc).map_err(|e| bug(e.to_string()))?)?)
    };
    let candidates = || shapefile("candidates");
    let patches = || shapefile("patches");
    // The longest first.
    let documents: [&(dyn Fn() -> Result<(), Error> + Sync); 5] =
        [&geopackage, &workbook, &page, &candidates, &patches];
    pool.map(&documents, |write| write()).into_iter().collect::<Result<(), Error>>()?;
    let text = serde_json::to_string_pretty(manifest).map_err(|e| bug(e.to_string()))?;
    write_file(&folder.join(MANIFEST), (text + "\n").as_bytes())?;
    Ok(())
}
