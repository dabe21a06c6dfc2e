//! `tuban scan`.

use super::Done;
use super::common::{Common, Format, answer};
use super::summary;
use crate::config::{self, ConfigError, Pipeline};
use crate::crosscheck::{Finding, LayerKind};
use crate::error::Error;
use crate::io::crs;
use crate::report::document::adverse;
use crate::run::{ScanRequest, VectorInputs, scan};
use std::path::PathBuf;

/// Find what changed between two dates and hold it against the list
#[derive(clap::Args)]
pub struct Args {
    /// Image(s) of the earlier date; several files are one mosaic
    #[arg(long, required = true, num_args = 1.., value_name = "IMG")]
    before: Vec<PathBuf>,
    /// Image(s) of the later date
    #[arg(long, required = true, num_args = 1.., value_name = "IMG")]
    after: Vec<PathBuf>,
    /// Mask raster(s) of the earlier date (cloud, shadow, ...): any grid and reference system, or SCL, QA_PIXEL, QA60, Fmask;
    /// what the codes mean is set in the pipeline file
    #[arg(long, num_args = 1.., value_name = "FILE")]
    before_mask: Vec<PathBuf>,
    /// Mask raster(s) of the later date
    #[arg(long, num_args = 1.., value_name = "FILE")]
    after_mask: Vec<PathBuf>,
    /// Folder for the results; an earlier run in it is replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The ministry's list of patches 图斑清单 (any GDAL vector, or a table)
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Table of the towns' claims, joined to the list by patch id (xlsx, csv, ...)
    #[arg(long, value_name = "FILE", requires = "list")]
    claims: Option<PathBuf>,
    /// Field with the claim, when it is not found by its name
    #[arg(long, value_name = "NAME", requires = "list")]
    claim_field: Option<String>,
    #[command(flatten)]
    layers: Layers,
    /// Character set of list and layers, when it is not found by itself (gbk, utf-8)
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Reference system of vector files that declare none, e.g. EPSG:4527
    #[arg(long, value_name = "CRS")]
    assume_crs: Option<String>,
    /// Built-in pipeline or pipeline file
    #[arg(long, default_value = "default", value_name = "NAME|FILE")]
    pipeline: String,
    /// Change one parameter, e.g. parcels.min-area-m2=400
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Names of the bands in file order: blue,green,red,nir[,swir1,swir2]; '-' leaves one out
    #[arg(long, value_name = "NAMES", allow_hyphen_values = true)]
    bands: Option<String>,
    /// Date of the earlier image
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    before_date: Option<String>,
    /// Date of the later image
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    after_date: Option<String>,
    /// Heading of the report
    #[arg(long, default_value = "", value_name = "TEXT")]
    title: String,
    /// Side of a working tile, pixels; results do not depend on it
    #[arg(long, default_value_t = 512, value_name = "PX", value_parser = clap::value_parser!(u64).range(64..=8192))]
    tile: u64,
    /// Exit with code 10 when there are findings
    #[arg(long)]
    fail_on_findings: bool,
}

/// Background layers; one that is not given leaves its columns empty
#[derive(clap::Args)]
#[command(next_help_heading = "Layers (any GDAL vector, any reference system, GBK or UTF-8)")]
struct Layers {
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

fn parse_date(text: &str) -> Result<String, String> {
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

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> Done {
    let pipeline = load_pipeline(&args.pipeline, &args.sets)?;
    let assume_crs = match &args.assume_crs {
        Some(text) => Some(crs::parse(text).map_err(|e| Error::Usage(format!("--assume-crs: {e}")))?),
        None => None,
    };
    let request = ScanRequest {
        before: args.before.clone(),
        after: args.after.clone(),
        before_mask: args.before_mask.clone(),
        after_mask: args.after_mask.clone(),
        out: args.out.clone(),
        vectors: VectorInputs {
            list: args.list.clone(),
            claims: args.claims.clone(),
            layers: args.layers.given(),
            claim_field: args.claim_field.clone(),
            encoding: args.encoding.clone(),
            assume_crs,
        },
        pipeline,
        bands: args.bands.clone(),
        before_date: args.before_date.clone(),
        after_date: args.after_date.clone(),
        threads: common.threads,
        tile: args.tile as usize,
        max_memory: common.max_memory,
        lang: common.lang(),
        title: args.title.clone(),
    };
    let outcome = scan(&request, &common.progress())?;
    for warning in &outcome.document.run.warnings {
        common.say(&format!("tuban: 注意 {warning}"));
    }
    match common.format {
        Format::Text => answer(&summary::text(&outcome, common.lang())),
        Format::Json => answer(&outcome.manifest.to_string()),
    }
    let findings = outcome.document.candidates.iter().any(|c| c.finding == Finding::Unreported)
        || outcome.document.patches.iter().any(|p| adverse(p.verdict));
    Ok(if args.fail_on_findings && findings { 10 } else { 0 })
}
