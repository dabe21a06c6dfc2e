//! `tuban sample`.

use super::Done;
use super::common::{Common, Format, answer};
use crate::sample::{SampleParams, generate};
use std::path::PathBuf;

/// Generate a county to try tuban on, with its list, layers and truth
#[derive(clap::Args)]
pub struct Args {
    /// Folder to write; made if missing, must be empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Side of the images, pixels
    #[arg(long, default_value_t = 2048, value_name = "PX")]
    size: usize,
    /// Another county for every number
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Ground sampling distance, metres
    #[arg(long, default_value_t = 2.0, value_name = "M")]
    gsd: f64,
    /// Share of the later image under clouds, 0 to 0.6
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    clouds: f64,
    /// Light, air, season, sensor and materials: 0 usual, 1 others of one season, 2 of neighbouring seasons, 3 and more of any
    #[arg(long, default_value_t = 0, value_name = "N")]
    radiometry: u32,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> Done {
    let params = SampleParams {
        size_px: args.size,
        seed: args.seed,
        gsd_m: args.gsd,
        clouds: args.clouds,
        radiometry: args.radiometry,
        threads: common.threads,
    };
    let mut stage: Option<(String, crate::run::Stage, u64)> = None;
    let progress = common.progress();
    let summary = generate(&params, &args.out, &mut |name, done, total| {
        if stage.as_ref().is_none_or(|s| s.0 != name) {
            stage = Some((name.to_string(), progress.stage(name, total), 0));
        }
        if let Some((_, bar, before)) = &mut stage {
            bar.add(done.saturating_sub(*before));
            *before = done;
        }
    })?;
    drop(stage);
    match common.format {
        Format::Json => answer(&serde_json::json!(summary).to_string()),
        Format::Text => {
            answer(&format!(
                "{}: {:.1} km2, {} / {}, {} events ({} unlisted), {} list rows, {} fields ({} really changed)",
                args.out.display(),
                summary.area_km2,
                summary.before_date,
                summary.after_date,
                summary.events,
                summary.unlisted,
                summary.list_rows,
                summary.fields.0,
                summary.fields.1
            ));
            answer(&summary.command);
        }
    }
    Ok(0)
}
