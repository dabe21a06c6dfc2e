//! `tuban scan`.

use super::Done;
use super::common::Common;
use super::inputs::{Inputs, TILE};
use super::summary;
use crate::run::scan;

/// Find what changed between two dates and hold it against the list
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// Side of a working tile, pixels; results do not depend on it
    #[arg(long, default_value_t = TILE, value_name = "PX", value_parser = clap::value_parser!(u64).range(64..=8192))]
    tile: u64,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> Done {
    let request = args.inputs.request(common, args.tile)?;
    let outcome = scan(&request, &common.progress())?;
    summary::answer(&outcome, common, args.inputs.fail_on_findings)
}
