//! `tuban verify`.

use super::Done;
use super::common::Common;
use super::inputs::{Inputs, TILE, parse_date};
use super::summary;
use crate::error::Error;
use crate::run::{Hash, VerifyRequest, verify};
use std::path::PathBuf;

/// Hold what the towns claim of each patch of the list against the images; only the ground around the patches is read
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// Image(s) of a date before both, when the violation did not stand yet or still stood: what was built then is what a demolition
    /// is measured by
    #[arg(long, num_args = 1.., value_name = "IMG")]
    first: Vec<PathBuf>,
    /// Date of the first image
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date, requires = "first")]
    first_date: Option<String>,
    /// Folder of an earlier run: its open cases are looked at again, and so are demolitions it confirmed
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    /// What the images' SHA-256 in run.json and on the sheets cover: header and the blocks that were read, or whole files
    #[arg(long, value_enum, default_value = "used", value_name = "used|full")]
    hash: Covers,
}

/// What a hash covers.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Covers {
    Used,
    Full,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> Done {
    if args.inputs.list.is_none() {
        return Err(Error::Usage("verify looks at the patches of a list; give it with --list FILE".into()));
    }
    let of = args.inputs.request(common, TILE)?;
    let request = VerifyRequest {
        of,
        first: args.first.clone(),
        first_date: args.first_date.clone(),
        previous: args.previous.clone(),
        hash: match args.hash {
            Covers::Used => Hash::Used,
            Covers::Full => Hash::Full,
        },
    };
    let outcome = verify(&request, &common.progress())?;
    summary::answer(&outcome, common, args.inputs.fail_on_findings)
}
