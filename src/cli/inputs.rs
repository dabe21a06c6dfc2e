//! Options of the commands that work on a pair and a list.

use super::common::Common;
use crate::config::{self, ConfigError, Pipeline};
use crate::crosscheck::LayerKind;
use crate::error::Error;
use crate::io::crs;
use crate::run::{ScanRequest, VectorInputs};
use std::path::PathBuf;

/// Side of a working tile unless told otherwise, pixels.
pub const TILE: u64 = 512;

/// A pair, a list, layers, and where the results go
#[derive(clap::Args)]
pub struct Inputs {
    /// Image(s) of the earlier date; several files are one mosaic
    #[arg(long, required = true, num_args = 1.., value_name = "IMG")]
    pub before: Vec<PathBuf>,
    /// Image(s) of the later date
    #[arg(long, required = true, num_args = 1.., value_name = "IMG")]
    pub after: Vec<PathBuf>,
    /// Mask raster(s) of the earlier date (cloud, shadow, ...): any grid and reference system, or SCL, QA_PIXEL, QA60, Fmask;
    /// what the codes mean is set in the pipeline file
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub before_mask: Vec<PathBuf>,
    /// Mask raster(s) of the later date
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub after_mask: Vec<PathBuf>,
    /// Folder for the results; an earlier run in it is replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The ministry's list of patches 图斑清单 (any GDAL vector, or a table)
    #[arg(long, value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Table of the towns' claims, joined to the list by patch id (xlsx, csv, ...)
    #[arg(long, value_name = "FILE", requires = "list")]
    pub claims: Option<PathBuf>,
    /// Field with the claim, when it is not found by its name
    #[arg(long, value_name = "NAME", requires = "list")]
    pub claim_field: Option<String>,
    #[command(flatten)]
    pub layers: Layers,
    /// Character set of list and layers, when it is not found by itself (gbk, utf-8)
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// Reference system of vector files that declare none, e.g. EPSG:4527
    #[arg(long, value_name = "CRS")]
    pub assume_crs: Option<String>,
    /// Built-in pipeline or pipeline file
    #[arg(long, default_value = "default", value_name = "NAME|FILE")]
    pub pipeline: String,
    /// Change one parameter, e.g. parcels.min-area-m2=400
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Names of the bands in file order: blue,green,red,nir[,swir1,swir2]; '-' leaves one out
    #[arg(long, value_name = "NAMES", allow_hyphen_values = true)]
    pub bands: Option<String>,
    /// Date of the earlier image
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub before_date: Option<String>,
    /// Date of the later image
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    pub after_date: Option<String>,
    /// Heading of the report
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub title: String,
    /// Exit with code 10 when there are findings
    #[arg(long)]
    pub fail_on_findings: bool,
}

/// Background layers; one that is not given leaves its columns empty
#[derive(clap::Args)]
#[command(next_help_heading = "Layers (any GDAL vector, any reference system, GBK or UTF-8)")]
pub struct Layers {
    /// Towns 乡镇
    #[arg(long, value_name = "FILE")]
    towns: Option<PathBuf>,
    /// Land survey 地类图斑 (DLTB)
    #[arg(long, value_name = "FILE")]
    landuse: Option<PathBuf>,
    /// Permanent basic farmland 永久基本农田
    #[arg(long, value_name = "FILE")]
    basic_farmland: Option<PathBuf>,
    /// Protected areas 自然保护地
    #[arg(long, value_name = "FILE")]
    protected: Option<PathBuf>,
    /// Approved land 批准用地
    #[arg(long, value_name = "FILE")]
    approvals: Option<PathBuf>,
    /// Filed farm facilities 设施农用地备案
    #[arg(long, value_name = "FILE")]
    facility_filings: Option<PathBuf>,
    /// Temporary permits 临时用地批准
    #[arg(long, value_name = "FILE")]
    temporary_permits: Option<PathBuf>,
}

impl Layers {
    fn given(&self) -> Vec<(LayerKind, PathBuf)> {
        let all = [
            (LayerKind::Towns, &self.towns),
            (LayerKind::Landuse, &self.landuse),
            (LayerKind::BasicFarmland, &self.basic_farmland),
            (LayerKind::Protected, &self.protected),
            (LayerKind::Approvals, &self.approvals),
            (LayerKind::FacilityFilings, &self.facility_filings),
            (LayerKind::TemporaryPermits, &self.temporary_permits),
        ];
        all.into_iter().filter_map(|(kind, path)| Some((kind, path.clone()?))).collect()
    }
}

/// A date on the command line.
pub fn parse_date(text: &str) -> Result<String, String> {
    let fault = || format!("'{text}' is no date; write it as YYYY-MM-DD");
    let parts: Vec<&str> = text.split('-').collect();
    let [y, m, d] = parts[..] else { return Err(fault()) };
    let number = |s: &str, wide: usize| (s.len() == wide).then(|| s.parse::<u32>().ok()).flatten();
    match (number(y, 4), number(m, 2), number(d, 2)) {
        (Some(_), Some(1..=12), Some(1..=31)) => Ok(text.to_string()),
        _ => Err(fault()),
    }
}

/// A built-in pipeline by name, else a file; then the overrides.
pub fn load_pipeline(name: &str, sets: &[String]) -> Result<Pipeline, ConfigError> {
    let base = if name == "default" {
        config::parse("pipelines/default.toml", config::DEFAULT_TOML)?
    } else {
        let text = std::fs::read_to_string(name)
            .map_err(|e| ConfigError::Unreadable { path: name.to_string(), found: e.to_string() })?;
        config::parse(name, &text)?
    };
    if sets.is_empty() { Ok(base) } else { config::with_overrides(&base, sets) }
}

impl Inputs {
    /// What is asked for; `tile` is the side of a working tile.
    pub fn request(&self, common: &Common, tile: u64) -> Result<ScanRequest, Error> {
        let pipeline = load_pipeline(&self.pipeline, &self.sets)?;
        let assume_crs = match &self.assume_crs {
            Some(text) => Some(crs::parse(text).map_err(|e| Error::Usage(format!("--assume-crs: {e}")))?),
            None => None,
        };
        Ok(ScanRequest {
            before: self.before.clone(),
            after: self.after.clone(),
            before_mask: self.before_mask.clone(),
            after_mask: self.after_mask.clone(),
            out: self.out.clone(),
            vectors: VectorInputs {
                list: self.list.clone(),
                claims: self.claims.clone(),
                layers: self.layers.given(),
                claim_field: self.claim_field.clone(),
                encoding: self.encoding.clone(),
                assume_crs,
            },
            pipeline,
            bands: self.bands.clone(),
            before_date: self.before_date.clone(),
            after_date: self.after_date.clone(),
            threads: common.threads,
            tile: tile as usize,
            max_memory: common.max_memory,
            lang: common.lang(),
            title: self.title.clone(),
        })
    }
}
