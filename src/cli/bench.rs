//! `tuban bench`.

use super::Done;
use super::common::{Common, Format, answer};
use super::inputs::load_pipeline;
use crate::bench::{BenchRequest, DEFAULT_TOML, bench, parse};
use crate::config::ConfigError;
use crate::error::Error;
use std::path::PathBuf;

/// Accuracy, stress and throughput on sample tiles, beside what most scripts do
#[derive(clap::Args)]
pub struct Args {
    /// Folder with tiles at any depth: before.tif, after.tif, and reference.tif (0 unlabelled, 1 unchanged, 2 changed) or
    /// truth.gpkg; a tile without truth counts alarms only. Without it, counties are generated
    #[arg(long, value_name = "DIR")]
    samples: Option<PathBuf>,
    /// Also all-unchanged, CVA z-score + Otsu and IR-MAD + Otsu
    #[arg(long)]
    baselines: bool,
    /// Folder for results.md, results.csv, results.json and pictures; an earlier bench in it is replaced
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What is measured and how; the built-in one is pipelines/benchmark.toml
    #[arg(long, value_name = "FILE")]
    definition: Option<PathBuf>,
    /// Pipeline under test: built-in or a file
    #[arg(long, default_value = "default", value_name = "NAME|FILE")]
    pipeline: String,
    /// Change one parameter of it, e.g. change.min-blob-px=20
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> Done {
    let definition = match &args.definition {
        None => parse("pipelines/benchmark.toml", DEFAULT_TOML)?,
        Some(file) => {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(file);
            let text = text.map_err(|e| ConfigError::Unreadable { path: name.clone(), found: e.to_string() })?;
            parse(&name, &text)?
        }
    };
    let mut pipeline_name = args.pipeline.clone();
    args.sets.iter().for_each(|s| pipeline_name += &format!(" --set {s}"));
    let request = BenchRequest {
        samples: args.samples.clone(),
        baselines: args.baselines,
        definition,
        pipeline: load_pipeline(&args.pipeline, &args.sets)?,
        pipeline_name,
        out: args.out.clone(),
        lang: common.lang(),
        threads: common.threads,
        max_memory: common.max_memory,
    };
    let result = bench(&request, &common.progress())?;
    match common.format {
        Format::Text => answer(&result.to_text(common.lang())),
        Format::Json => answer(&result.to_json().map_err(|e| Error::Bug(e.to_string()))?),
    }
    Ok(0)
}
