//! What the bench found, as plain data: the JSON file, and the source of every table.

use super::definition::Definition;
use super::method::Method;
use crate::evaluate::{BlobScores, EvaluationResult, PixelCounts, PrevalencePrecision};
use serde::Serialize;

/// Everything a bench says.
#[derive(Clone, Debug, Serialize)]
pub struct BenchResult {
    /// Version of the program.
    pub version: &'static str,
    /// What it ran on.
    pub machine: String,
    /// Wall-clock seconds for everything but the files.
    pub seconds: f64,
    /// Name of the pipeline, with what was set.
    pub pipeline: String,
    /// What was measured with.
    pub definition: Definition,
    /// Every pair.
    pub tiles: Vec<TileResult>,
    /// Means over the pairs of a set that have changed labels.
    pub sets: Vec<SetResult>,
    /// Every folder with a list and its truth.
    pub claims: Vec<ClaimsResult>,
    /// Their verdicts per range of confidence.
    pub reliability: Vec<Reliability>,
    /// Every pair, case and method.
    pub stress: Vec<StressResult>,
    /// The largest pair of each set.
    pub throughput: Vec<Throughput>,
    /// What was not measured, and why.
    pub skipped: Vec<Skipped>,
}

/// The verdicts on one list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimsResult {
    /// Set.
    pub set: String,
    /// Name.
    pub tile: String,
    /// Rows whose verdict is known.
    pub rows: u64,
    /// Rows answered by "cannot judge".
    pub not_judged: u64,
    /// Rows answered as they deserve.
    pub right: u64,
    /// Rows that deserve an accusation: false or partial demolition, concealment.
    pub untrue: u64,
    /// Those of them that are accused, of whatever.
    pub found: u64,
    /// Rows that agree with the image.
    pub honest: u64,
    /// Those of them that are accused.
    pub accused: u64,
}

/// Verdicts of one range of confidence, those that judge nothing left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reliability {
    /// Least confidence of the range; it ends where the one before begins.
    pub from: f64,
    /// Verdicts given.
    pub verdicts: u64,
    /// Those that are right.
    pub right: u64,
    /// Mean confidence they were given with.
    pub mean_confidence: Option<f64>,
}

/// Something that was not measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skipped {
    /// Set, tile and case.
    pub what: String,
    /// Why.
    pub why: String,
}

/// A pair.
#[derive(Clone, Debug, Serialize)]
pub struct TileResult {
    /// Set.
    pub set: String,
    /// Name.
    pub tile: String,
    /// Rows of the working grid.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Pixel size, metres.
    pub gsd_m: f64,
    /// Labelled share of the pixels; `None` without truth.
    pub labelled_percent: Option<f64>,
    /// Changed share of the labelled pixels.
    pub prevalence_percent: Option<f64>,
    /// Clusters drawn by the bootstrap, changed and unchanged.
    pub clusters: Option<(usize, usize)>,
    /// Every method.
    pub methods: Vec<MethodResult>,
}

/// A method on a pair.
#[derive(Clone, Debug, Serialize)]
pub struct MethodResult {
    /// Which.
    pub method: Method,
    /// Flagged share of the judged pixels, percent.
    pub flagged_percent: Option<f64>,
    /// Judged share of all pixels of the working grid, percent.
    pub judged_percent: f64,
    /// The pipeline found no believable threshold and flagged nothing.
    pub refused: bool,
    /// Against labelled pixels.
    pub pixels: Option<PixelFigures>,
    /// Against truth objects; without truth only the number of candidates means something.
    pub blobs: BlobScores,
    /// Interval of kappa.
    pub kappa_interval: Option<[f64; 2]>,
    /// Kappa less that of the CVA baseline.
    pub kappa_minus_cva: Option<f64>,
    /// Interval of that difference, both drawn together.
    pub kappa_minus_cva_interval: Option<[f64; 2]>,
}

/// Figures of labelled pixels, as `tuban evaluate` gives them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PixelFigures {
    /// True positives.
    pub tp: u64,
    /// False positives.
    pub fp: u64,
    /// False negatives.
    #[serde(rename = "fn")]
    pub fn_: u64,
    /// True negatives.
    pub tn: u64,
    /// Overall accuracy.
    pub oa: Option<f64>,
    /// Cohen's kappa.
    pub kappa: Option<f64>,
    /// Precision of change.
    pub precision: Option<f64>,
    /// Recall of change.
    pub recall: Option<f64>,
    /// F1 of change.
    pub f1: Option<f64>,
    /// Intersection over union of change.
    pub iou: Option<f64>,
    /// Average precision of the score.
    pub average_precision: Option<f64>,
    /// Kappa at the threshold that suits the truth best.
    pub oracle_kappa: Option<f64>,
    /// Labelled pixels that were judged, percent.
    pub judged_labels_percent: Option<f64>,
    /// Precision projected to other shares of change.
    pub precision_at_prevalence: Vec<PrevalencePrecision>,
}

impl PixelFigures {
    /// From counts.
    pub fn of(counts: &PixelCounts) -> PixelFigures {
        let e = EvaluationResult::from_pixels(String::new(), String::new(), "raster", counts);
        let c = e.confusion;
        PixelFigures {
            tp: c.tp,
            fp: c.fp,
            fn_: c.fn_,
            tn: c.tn,
            oa: e.oa,
            kappa: e.kappa,
            precision: e.precision,
            recall: e.recall,
            f1: e.f1,
            iou: e.iou,
            average_precision: e.average_precision,
            oracle_kappa: e.best_threshold_kappa,
            judged_labels_percent: e.judged_percent,
            precision_at_prevalence: e.precision_at_prevalence,
        }
    }
}

/// A set.
#[derive(Clone, Debug, Serialize)]
pub struct SetResult {
    /// Name.
    pub set: String,
    /// Pairs with changed labels.
    pub tiles: usize,
    /// Mean prevalence of these.
    pub prevalence_percent: Option<f64>,
    /// Every method.
    pub methods: Vec<SetMethod>,
}

/// A method on a set: means over its pairs with changed labels.
#[derive(Clone, Debug, Serialize)]
pub struct SetMethod {
    /// Which.
    pub method: Method,
    /// Mean kappa.
    pub kappa: Option<f64>,
    /// Its interval: clusters drawn anew within every pair.
    pub kappa_interval: Option<[f64; 2]>,
    /// Mean F1.
    pub f1: Option<f64>,
    /// Mean average precision.
    pub average_precision: Option<f64>,
    /// That over the CVA baseline's.
    pub average_precision_ratio_to_cva: Option<f64>,
    /// Mean kappa less the CVA baseline's.
    pub kappa_minus_cva: Option<f64>,
    /// Its interval.
    pub kappa_minus_cva_interval: Option<[f64; 2]>,
}

/// A method under a stress case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StressResult {
    /// Set.
    pub set: String,
    /// Tile.
    pub tile: String,
    /// Case.
    pub case: String,
    /// Method.
    pub method: Method,
    /// Kappa under stress; `None` where no label says anything.
    pub kappa: Option<f64>,
    /// Kappa of the unstressed answer on the same labels.
    pub unstressed_kappa: Option<f64>,
    /// What the stress costs.
    pub loss: Option<f64>,
    /// Flagged share of the judged pixels, percent.
    pub flagged_percent: Option<f64>,
    /// Judged share of all pixels, percent.
    pub judged_percent: Option<f64>,
    /// Share of all pixels under painted cloud that are flagged, percent.
    pub cloud_flagged_percent: Option<f64>,
    /// Share of the pixels under painted cloud that are judged, percent.
    pub cloud_judged_percent: Option<f64>,
    /// Likewise in painted shadow.
    pub shadow_flagged_percent: Option<f64>,
    /// Likewise in painted shadow.
    pub shadow_judged_percent: Option<f64>,
}

/// How long detection takes beside merely reading the pair, one thread.
#[derive(Clone, Debug, Serialize)]
pub struct Throughput {
    /// Set.
    pub set: String,
    /// Tile.
    pub tile: String,
    /// Pixels of the working grid, millions.
    pub megapixels: f64,
    /// Bands.
    pub bands: usize,
    /// Processor seconds of reading the pair once; wall clock where the system does not tell them.
    pub read_s: f64,
    /// Processor seconds of detection, reading included.
    pub detect_s: f64,
    /// Detection over reading.
    pub ratio: f64,
    /// Megapixels per processor second of detection.
    pub megapixels_per_s: f64,
}
