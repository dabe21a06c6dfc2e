//! `tuban train`.

use super::Done;
use super::common::{Common, Format, answer};
use crate::error::Error;
use crate::landcover::{Class, confusion_table};
use crate::run::{TrainRequest, train_model};
use std::path::PathBuf;

/// Learn a land-cover model from your own labels
#[derive(clap::Args)]
pub struct Args {
    /// The image; several files are one mosaic
    #[arg(long, required = true, num_args = 1.., value_name = "IMG")]
    image: Vec<PathBuf>,
    /// Labels: polygons with a class, or a raster of class values (as landcover_*.tif) on the image's grid
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
    /// Folder of the model to write, e.g. models/NAME
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Field of the polygons with the class (class, 地类, DLBM, ... are found)
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// What a label of another name is, e.g. --class forest=woodland
    #[arg(long = "class", value_name = "LABEL=CLASS", value_parser = parse_class)]
    classes: Vec<(String, Class)>,
    /// Bands of the image in order: blue, green, red, nir, swir1, swir2, - for others
    #[arg(long, value_name = "NAMES", allow_hyphen_values = true)]
    bands: Option<String>,
    /// Character set of the labels (gbk, utf-8); found out by default
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
}

fn parse_class(text: &str) -> Result<(String, Class), String> {
    let (label, class) = text.rsplit_once('=').ok_or_else(|| format!("'{text}' is not LABEL=CLASS"))?;
    let known = Class::ALL.into_iter().find(|c| c.code() == class || c.zh() == class);
    let names = || Class::ALL.map(Class::code).join(", ");
    known.map(|c| (label.trim().to_string(), c)).ok_or_else(|| format!("'{class}' is no class; one of {}", names()))
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> Done {
    let request = TrainRequest {
        image: args.image.clone(),
        bands: args.bands.clone(),
        labels: args.labels.clone(),
        field: args.field.clone(),
        names: args.classes.clone(),
        encoding: args.encoding.clone(),
        out: args.out.clone(),
        threads: common.threads,
    };
    let made = train_model(&request, &common.progress())?;
    match common.format {
        Format::Json => answer(&serde_json::to_string(&made).map_err(|e| Error::Bug(e.to_string()))?),
        Format::Text => {
            let percent = made.accuracy.map_or("–".into(), |a| format!("{:.1} %", a * 100.0));
            let kappa = made.kappa.map_or("–".into(), |k| format!("{k:.3}"));
            let (pixels, pieces): (u64, u64) = (made.pixels.iter().sum(), made.pieces.iter().sum());
            let left_out: u64 = made.left_out.iter().sum();
            answer(&format!(
                "{}: {} classes from {pixels} pixels in {pieces} pieces ({left_out} with doubtful labels left out); cross-validated {percent} right, kappa {kappa}",
                made.folder,
                made.classes.len(),
            ));
            if made.unused > 0 {
                answer(&format!(
                    "{} polygon(s) have no usable pixel inside their border and taught nothing",
                    made.unused
                ));
            }
            answer(&confusion_table(&made.confusion, &made.classes));
            answer(&format!("tuban scan ... --set 'landcover.model={}'", made.folder));
        }
    }
    Ok(0)
}
