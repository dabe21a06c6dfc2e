//! `tuban inspect`.

use super::Done;
use super::common::{Common, Format, answer};
use crate::error::Error;
use crate::inspect::{InspectInput, inspect};
use crate::io::crs;
use crate::report::Lang;
use std::path::PathBuf;

/// Can this image, pair or list be used, and if not why
#[derive(clap::Args)]
pub struct Args {
    /// One image, or the two of a pair, the earlier first
    #[arg(value_name = "IMG", required_unless_present = "list")]
    files: Vec<PathBuf>,
    /// The ministry's list: any vector file, xlsx or csv
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// What the bands measure, where the files do not say: blue,green,red,nir[,swir1,swir2]; '-' leaves one out
    #[arg(long, value_name = "NAMES", allow_hyphen_values = true)]
    bands: Option<String>,
    /// Character set of the list: gbk, gb18030, utf-8, big5
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Reference system of lists that declare none, e.g. EPSG:4527
    #[arg(long, value_name = "CRS")]
    assume_crs: Option<String>,
    /// Field of the list with the claim
    #[arg(long, value_name = "NAME")]
    claim_field: Option<String>,
    /// Date of the first image, where the file does not say
    #[arg(long, value_name = "YYYY-MM-DD")]
    before_date: Option<String>,
    /// Date of the second image
    #[arg(long, value_name = "YYYY-MM-DD")]
    after_date: Option<String>,
    /// Side of the tiles a scan would use, pixels
    #[arg(long, value_name = "PX", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..=8192))]
    tile: u32,
}

/// Runs the command: 0 when everything can be used, else 4 with the reasons in one sentence on stderr.
pub fn run(args: &Args, common: &Common) -> Done {
    let assumed = args.assume_crs.as_deref().map(crs::parse).transpose();
    let assume_crs = assumed.map_err(|e| Error::Usage(format!("--assume-crs: {e}")))?;
    let input = InspectInput {
        assume_crs,
        files: args.files.clone(),
        list: args.list.clone(),
        bands: args.bands.clone(),
        encoding: args.encoding.clone(),
        claim_field: args.claim_field.clone(),
        before_date: args.before_date.clone(),
        after_date: args.after_date.clone(),
        threads: common.threads,
        tile_px: args.tile as usize,
        max_memory: common.max_memory,
    };
    let found = inspect(&input)?;
    match common.format {
        Format::Text => answer(&found.to_text(common.lang())),
        Format::Json => answer(&found.to_json(common.lang()).map_err(|e| Error::Bug(e.to_string()))?),
    }
    if found.usable {
        return Ok(0);
    }
    eprintln!("tuban: {}", found.verdict(Lang::En));
    Ok(4)
}
