//! The one thing every output is made of: the results of a run and what it says of itself.
//!
//! In: filled by `run` at the end of a scan. Out: read by the tables, the workbook and the page; [`RunSummary`] is
//! also what `run.json` holds.

pub use super::ranking::{ChipOf, VERDICT_ORDER, adverse, rank_candidates, rank_patches, wanted_chips};
use crate::align::ResidualSummary;
use crate::crosscheck::{Candidate, FollowUpFinding, NotJudged, PatchFinding, TownTotals, TownTransition};
use crate::features::FieldDef;
use crate::grid::Grid;
use crate::raster::Quality;
use serde::Serialize;
use std::collections::BTreeMap;

/// Language of the documents. Field names and codes are the same in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// Everything the outputs of a run are made of.
#[derive(Clone, Debug)]
pub struct Document {
    /// Language of `report.html` and of the workbook's notes.
    pub lang: Lang,
    /// What the run says of itself.
    pub run: RunSummary,
    /// Field definitions of the list, in the order of [`crate::crosscheck::ListRow::fields`]; empty without a list.
    pub list_fields: Vec<FieldDef>,
    /// Change parcels, sorted by id.
    pub candidates: Vec<Candidate>,
    /// List rows with their verdicts, one per row of the list and in its order.
    pub patches: Vec<PatchFinding>,
    /// Totals per town; empty without the layer.
    pub towns: Vec<TownTotals>,
    /// Areas where the imagery could not be used.
    pub not_judged: Vec<NotJudged>,
    /// Transitions between land-cover classes per town; empty unless every pixel was classified.
    pub transitions: Vec<TownTransition>,
    /// Cases of an earlier run, looked at again; `None` when no such run was given.
    pub followups: Option<Vec<FollowUpFinding>>,
    /// Overview map, PNG.
    pub overview: Option<Vec<u8>>,
    /// Before/after cuttings by [`candidate_chip`] or [`patch_chip`]; need not be there for every row.
    pub chips: BTreeMap<String, ChipPair>,
}

/// A before/after pair of cuttings of the same ground, JPEG.
#[derive(Clone, Debug, PartialEq)]
pub struct ChipPair {
    /// Earlier date.
    pub before: Vec<u8>,
    /// Later date.
    pub after: Vec<u8>,
    /// Width of both, px.
    pub width: u32,
    /// Height of both, px.
    pub height: u32,
}

/// Key in [`Document::chips`] of a candidate.
pub fn candidate_chip(candidate: &Candidate) -> String {
    candidate.id.clone()
}

/// Key in [`Document::chips`] of a list row. Rows may share ids or have none, so the position is the key.
pub fn patch_chip(patch: &PatchFinding) -> String {
    format!("P{}", patch.list.row)
}

/// What a run looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Everything both images show.
    #[default]
    Scan,
    /// The list's patches alone: what lies elsewhere was not looked at.
    Verify,
}

/// What a run says of itself: inputs, measures, counts, everything left out. All of it goes into `run.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunSummary {
    /// What was looked at.
    pub command: Command,
    /// Heading of the report, e.g. `沂源县 2019 年第一季度`; blank: a general heading.
    pub title: String,
    /// Version of tuban.
    pub tool_version: String,
    /// Id of the run, made of its inputs and parameters.
    pub run_id: String,
    /// The earlier image.
    pub before: ImageSummary,
    /// The later image.
    pub after: ImageSummary,
    /// An image from before both, where one was given: what stood then is what a demolition is measured by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<ImageSummary>,
    /// The grid everything was computed on.
    pub grid: Option<Grid>,
    /// Resolution of the working grid, m.
    pub gsd_m: f64,
    /// Names of the bands used, in order.
    pub bands: Vec<String>,
    /// Measured shift between the dates; `None` where it could not be measured.
    pub shift: Option<ShiftSummary>,
    /// Threshold of the change score, in no-change standard deviations.
    pub threshold: Option<f64>,
    /// The minimum-error threshold it was made from: the same, unless unchanged ground is of several kinds, changes are rare, or the
    /// score has a usual threshold.
    pub threshold_minimum_error: Option<f64>,
    /// How clearly changed and unchanged scores part: difference of the class means over their pooled spread.
    pub separability: Option<f64>,
    /// Areas.
    pub areas: AreaSummary,
    /// What masks cover at each date, by reason and source.
    pub masked: Vec<MaskedArea>,
    /// Counts.
    pub counts: CountSummary,
    /// The list; `None` when none was given.
    pub list: Option<ListSummary>,
    /// The layers the program knows, given or not.
    pub layers: Vec<LayerSummary>,
    /// Everything skipped, and why.
    pub skipped: Vec<Skipped>,
    /// What the reader must know before using the results, Chinese sentences.
    pub warnings: Vec<String>,
    /// The resolved pipeline, in its order.
    pub parameters: Vec<Parameter>,
}

impl RunSummary {
    /// Whether everything was looked at: a verification says nothing of what lies outside the list.
    pub fn scanned(&self) -> bool {
        self.command == Command::Scan
    }
}

/// An image (one or several files) as it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImageSummary {
    /// The files of the mosaic.
    pub files: Vec<FileSummary>,
    /// Mask files given for it.
    pub masks: Vec<FileSummary>,
    /// Date taken, `YYYY-MM-DD`, where known.
    pub date: Option<String>,
    /// Sensor where known.
    pub sensor: Option<String>,
    /// Name of its reference system.
    pub crs_name: String,
    /// Its own resolution, m.
    pub gsd_m: f64,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Type of its samples, e.g. `uint16`.
    pub sample_type: String,
}

/// An input file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FileSummary {
    /// Path or name as given.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Bytes it covers: all of them, or header and the blocks that were read.
    pub hashed_bytes: u64,
}

impl FileSummary {
    /// `true` when the hash covers only what was read of the file.
    pub fn hashed_in_part(&self) -> bool {
        self.hashed_bytes < self.bytes
    }
}

/// A hash as it is written: lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Measured shift of the later image against the earlier one, after the grids were matched.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ShiftSummary {
    /// Down, px.
    pub row_px: f64,
    /// To the right, px.
    pub col_px: f64,
    /// Length, px.
    pub length_px: f64,
    /// Length, m.
    pub length_m: f64,
    /// What is left after it was corrected, px.
    pub residual_px: Option<f64>,
    /// Whether the measure can be trusted.
    pub resolved: bool,
    /// Tie tiles measured.
    pub tiles: usize,
    /// Of these, used: strong, and in agreement with their neighbours.
    pub agreeing: usize,
    /// Median distance of the used tiles from the shift, px.
    pub spread_px: f64,
    /// How the shift varies: `constant`, `affine` or `lattice`.
    pub model: String,
    /// Least and greatest local shift down, px.
    pub local_rows_px: (f64, f64),
    /// Least and greatest local shift to the right, px.
    pub local_cols_px: (f64, f64),
    /// Whether it was undone; a small one is left alone.
    pub corrected: bool,
    /// What is left, by place; `None` where it could not be measured.
    pub residual: Option<ResidualSummary>,
}

/// An area in both units people use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Area {
    /// Square metres.
    pub m2: f64,
    /// Mu (亩), 2000/3 m2.
    pub mu: f64,
}

impl Area {
    /// From square metres.
    pub fn from_m2(m2: f64) -> Area {
        Area { m2, mu: mu(m2) }
    }
}

/// Square metres to mu (亩).
pub fn mu(m2: f64) -> f64 {
    m2 * 3.0 / 2000.0
}

/// Areas of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AreaSummary {
    /// The working grid, or the area of interest within it.
    pub total: Area,
    /// Seen by both images and judged.
    pub judged: Area,
    /// Changed.
    pub changed: Area,
    /// Not judged, by reason.
    pub not_judged: Vec<ReasonArea>,
}

impl AreaSummary {
    /// Everything not judged, m2.
    pub fn not_judged_m2(&self) -> f64 {
        self.not_judged.iter().map(|r| r.area.m2).sum()
    }

    /// Judged part of the total, percent; 0 for an empty total.
    pub fn judged_percent(&self) -> f64 {
        if self.total.m2 > 0.0 { 100.0 * self.judged.m2 / self.total.m2 } else { 0.0 }
    }
}

/// An area not judged, with the reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReasonArea {
    /// Why.
    pub reason: Quality,
    /// How much.
    pub area: Area,
}

/// An area that a mask covers at one date.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaskedArea {
    /// `before` or `after`.
    pub date: &'static str,
    /// `given` (a mask file or a quality band) or `detected`.
    pub source: &'static str,
    /// What it shows.
    pub reason: Quality,
    /// How much, at this date alone.
    pub area: Area,
}

/// Counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CountSummary {
    /// Pixels of the working grid.
    pub pixels: u64,
    /// Judged pixels.
    pub judged_pixels: u64,
    /// Changed pixels (1 in `change.tif`).
    pub changed_pixels: u64,
    /// Connected components of change before the smallest area was asked for.
    pub components: u64,
    /// Of these, dropped because they are smaller than a candidate must be.
    pub dropped_small: u64,
    /// Pixels in the dropped ones.
    pub dropped_small_pixels: u64,
    /// Blobs above the threshold that are nowhere strong, and so are taken for no change.
    pub dropped_weak: u64,
    /// Their pixels.
    pub dropped_weak_pixels: u64,
}

/// The list as it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListSummary {
    /// File.
    pub file: FileSummary,
    /// Rows; as many as there are verdicts.
    pub rows: u64,
    /// Rows without a usable geometry.
    pub without_shape: u64,
    /// Name of its reference system, and how it was found.
    pub crs: String,
    /// Text encoding, and how it was found.
    pub encoding: String,
    /// Field taken as the id.
    pub id_field: Option<String>,
    /// Field taken as the claim.
    pub claim_field: Option<String>,
    /// Field taken as the declared area, with the unit inferred.
    pub area_field: Option<String>,
}

/// A layer the program knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LayerSummary {
    /// Option name without dashes, e.g. `basic-farmland`.
    pub name: String,
    /// Chinese name, e.g. `永久基本农田`.
    pub zh: String,
    /// The file; `None` when not given, and then its columns are empty (not 0).
    pub file: Option<FileSummary>,
    /// Features read.
    pub features: u64,
}

/// Something skipped. Nothing is dropped silently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// What, e.g. `清单第 17 行`.
    pub what: String,
    /// Why, a Chinese sentence.
    pub why: String,
    /// How many of them.
    pub count: u64,
}

/// A parameter of the resolved pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Key as in the pipeline file, e.g. `vectorise.min-area-m2`.
    pub key: String,
    /// Value as text.
    pub value: String,
}
