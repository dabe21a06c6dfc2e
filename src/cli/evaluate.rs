//! `tuban evaluate`.

use super::Done;
use super::common::{Common, Format, answer};
use crate::error::Error;
use crate::evaluate::{EvaluateInput, evaluate};
use std::path::PathBuf;

/// Accuracy of a run or a change map against labels
#[derive(clap::Args)]
pub struct Args {
    /// Folder of a scan
    #[arg(long, value_name = "DIR", required_unless_present = "change", conflicts_with = "change")]
    run: Option<PathBuf>,
    /// A change map alone (0 unchanged, 1 changed, 255 not judged)
    #[arg(long, value_name = "FILE")]
    change: Option<PathBuf>,
    /// Labels: a raster (0 unlabelled, 1 unchanged, 2 changed) or polygons of change
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// Layer of a truth file with several
    #[arg(long, value_name = "NAME")]
    truth_layer: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> Done {
    let mut input = match (&args.run, &args.change) {
        (Some(dir), _) => EvaluateInput::of_run(dir, &args.truth),
        (None, Some(file)) => EvaluateInput::of_change(file, &args.truth),
        (None, None) => return Err(Error::Usage("give --run DIR or --change FILE".into())),
    };
    input.truth_layer.clone_from(&args.truth_layer);
    let result = evaluate(&input)?;
    match common.format {
        Format::Text => answer(&result.to_text(common.lang())),
        Format::Json => answer(&result.to_json().map_err(|e| Error::Bug(e.to_string()))?),
    }
    Ok(0)
}
