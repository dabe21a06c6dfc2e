//! The list, the claims and the layers, read and understood.

use super::geodesy::Geodesy;
use super::manifest::{file_summary, input_bytes};
use super::pool::Pool;
use crate::crosscheck::list::{List, ListHints, join_claims, read_list};
use crate::crosscheck::{Layer, LayerKind, Layers, layers::is_layer_field};
use crate::error::Error;
use crate::features::FieldDef;
use crate::grid::{Crs, Grid};
use crate::io::vector::{VectorOptions, read_any};
use crate::report::document::{FileSummary, LayerSummary, ListSummary, Skipped};
use std::path::{Path, PathBuf};

/// Which vector files there are.
#[derive(Clone, Debug, Default)]
pub struct VectorInputs {
    /// The ministry's list.
    pub list: Option<PathBuf>,
    /// A table of claims to join by id.
    pub claims: Option<PathBuf>,
    /// Background layers.
    pub layers: Vec<(LayerKind, PathBuf)>,
    /// Field of the list with the claim.
    pub claim_field: Option<String>,
    /// Character set of all of them.
    pub encoding: Option<String>,
    /// Reference system of those that declare none.
    pub assume_crs: Option<Crs>,
}

impl VectorInputs {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        let files = self.list.iter().chain(&self.claims).chain(self.layers.iter().map(|l| &l.1));
        files.map(|p| input_bytes(p)).sum()
    }
}

/// What was read.
#[derive(Default)]
pub struct Vectors {
    /// The list; `None` when none was given.
    pub list: Option<List>,
    /// Layers.
    pub layers: Layers,
    /// For the manifest.
    pub list_summary: Option<ListSummary>,
    /// For the manifest, every layer the program knows.
    pub layer_summaries: Vec<LayerSummary>,
    /// Chinese sentences.
    pub warnings: Vec<String>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

impl Vectors {
    /// The list's own fields.
    pub fn list_fields(&self) -> Vec<FieldDef> {
        self.list.as_ref().map_or(Vec::new(), |l| l.fields.clone())
    }
}

/// Option name of a layer.
pub fn layer_option(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Towns => "towns",
        LayerKind::Landuse => "landuse",
        LayerKind::BasicFarmland => "basic-farmland",
        LayerKind::Protected => "protected",
        LayerKind::Approvals => "approvals",
        LayerKind::FacilityFilings => "facility-filings",
        LayerKind::TemporaryPermits => "temporary-permits",
    }
}

/// Extent of a grid, `[x0, y0, x1, y1]`.
fn extent(grid: &Grid) -> [f64; 4] {
    let corners = grid.corners();
    let fold = |f: fn(f64, f64) -> f64, of: fn(&(f64, f64)) -> f64| corners.iter().map(of).reduce(f).unwrap_or(0.0);
    [fold(f64::min, |c| c.0), fold(f64::min, |c| c.1), fold(f64::max, |c| c.0), fold(f64::max, |c| c.1)]
}

/// Reads everything, the layers side by side; the first file that cannot be read ends it.
pub fn read_vectors(inputs: &VectorInputs, grid: &Grid, geodesy: &Geodesy, pool: &Pool) -> Result<Vectors, Error> {
    let mut out = Vectors::default();
    let mut options = VectorOptions::new(&grid.crs);
    options.encoding = inputs.encoding.as_deref();
    options.assume_crs = inputs.assume_crs.as_ref();
    options.extent = Some(extent(grid));
    if let Some(path) = &inputs.list {
        read_the_list(path, inputs, &options, geodesy, &mut out)?;
    }
    options.only_extent = true;
    options.fields = Some(is_layer_field);
    let files = pool.map(&LayerKind::ALL, |kind| {
        let (_, path) = inputs.layers.iter().find(|l| l.0 == *kind)?;
        Some(read_layer(*kind, path, &options))
    });
    for (kind, file) in LayerKind::ALL.into_iter().zip(files) {
        let (name, zh) = (layer_option(kind).to_string(), kind.zh().to_string());
        let Some((layer, file, outside)) = file.transpose()? else {
            out.layer_summaries.push(LayerSummary { name, zh, file: None, features: 0 });
            continue;
        };
        out.warnings.extend(layer.notes.iter().map(|note| format!("{zh}：{note}")));
        if outside > 0 {
            let (what, why) = (format!("{zh}图层要素"), "不在影像范围内".into());
            out.skipped.push(Skipped { what, why, count: outside });
        }
        out.layer_summaries.push(LayerSummary { name, zh, file: Some(file), features: layer.features.len() as u64 });
        out.layers.0.push(layer);
    }
    let missing: Vec<&str> = out.layer_summaries.iter().filter(|l| l.file.is_none()).map(|l| l.zh.as_str()).collect();
    if !missing.is_empty() {
        out.warnings.push(format!("未提供图层：{}；相应的列为空，不等于零", missing.join("、")));
    }
    Ok(out)
}

/// A layer, its file, and how many of its features lie outside the images.
fn read_layer(kind: LayerKind, path: &Path, options: &VectorOptions) -> Result<(Layer, FileSummary, u64), Error> {
    let file = read_any(path, options)?;
    let shapes = file.table.rows.iter().filter(|r| r.shape.is_some()).count();
    if shapes == 0 && file.outside == 0 && !file.table.rows.is_empty() {
        let (path, rows) = (path.display().to_string(), file.table.rows.len());
        return Err(Error::NoPolygons { path, rows });
    }
    let mut layer = Layer::new(kind, file.table);
    layer.notes.splice(..0, file.notes);
    Ok((layer, file_summary(path)?, file.outside as u64))
}

fn read_the_list(
    path: &Path,
    inputs: &VectorInputs,
    options: &VectorOptions,
    geodesy: &Geodesy,
    out: &mut Vectors,
) -> Result<(), Error> {
    let shown = path.display().to_string();
    let file = read_any(path, options)?;
    let hints = ListHints { claim_field: inputs.claim_field.clone(), ..Default::default() };
    // With a table of claims, --claim-field names a field of that table.
    let list_hints = if inputs.claims.is_some() { ListHints::default() } else { hints.clone() };
    let fail = |path: &str| {
        let path = path.to_string();
        move |source| Error::List { path, source }
    };
    let mut list = read_list(&file.table, &list_hints, &|s| geodesy.area_m2(s)).map_err(fail(&shown))?;
    if let Some(claims) = &inputs.claims {
        let table = read_any(claims, options)?;
        let joined = join_claims(&mut list, &table.table, &hints).map_err(fail(&claims.display().to_string()))?;
        out.warnings.extend(joined.notes);
        for (what, why, count) in [
            ("填报表中的行", "编号不在清单中", joined.unmatched.len()),
            ("清单行", "填报表中没有对应编号", joined.list_without_claim.len()),
            ("填报表编号", "重复出现，取第一条已填写的", joined.duplicates.len()),
        ] {
            if count > 0 {
                out.skipped.push(Skipped { what: what.into(), why: why.into(), count: count as u64 });
            }
        }
    }
    out.warnings.extend(file.notes.iter().chain(&list.notes).map(|n| format!("清单：{n}")));
    let area_field = list.area_field.as_ref().map(|f| match list.area_unit {
        Some(unit) => format!("{f}（{}）", unit.zh()),
        None => format!("{f}（单位不明，未采用）"),
    });
    out.list_summary = Some(ListSummary {
        file: file_summary(path)?,
        rows: list.rows.len() as u64,
        without_shape: list.rows.iter().filter(|r| r.shape.is_none()).count() as u64,
        crs: file.crs_note,
        encoding: file.encoding,
        id_field: list.id_field.clone(),
        claim_field: list.claim_field().map(|f| format!("{f}（{}）", list.claim_field_how)),
        area_field,
    });
    out.list = Some(list);
    Ok(())
}
