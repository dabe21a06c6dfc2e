//! What the bench measures with: `pipelines/benchmark.toml`, embedded, every key documented there.

use crate::config::{ConfigError, place};
use serde::{Deserialize, Serialize};

/// The definition that is used when none is named.
pub const DEFAULT_TOML: &str = include_str!("../../pipelines/benchmark.toml");
/// Version of the file format.
pub const SCHEMA: u32 = 1;

/// The whole definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Definition {
    /// Format version; must be 1.
    pub schema: u32,
    /// Counties generated without `--samples`.
    #[serde(default)]
    pub samples: SamplesParams,
    /// What counts as a blob.
    #[serde(default)]
    pub blobs: BlobParams,
    /// Intervals.
    #[serde(default)]
    pub bootstrap: BootstrapParams,
    /// Towns' claims.
    #[serde(default)]
    pub claims: ClaimsParams,
    /// Stress cases.
    #[serde(default)]
    pub stress: StressParams,
}

/// Counties generated without `--samples`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SamplesParams {
    /// Side of the images.
    pub size_px: usize,
    /// Size of a pixel.
    pub gsd_m: f64,
    /// One county each.
    pub seeds: Vec<u64>,
}

impl Default for SamplesParams {
    fn default() -> Self {
        SamplesParams { size_px: 768, gsd_m: 2.0, seeds: vec![11, 12, 13] }
    }
}

/// Counties whose lists are verified, and how confidences are told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ClaimsParams {
    /// Side of the images.
    pub size_px: usize,
    /// One county each; none: no claims are measured unless `--samples` has some.
    pub seeds: Vec<u64>,
    /// Radiometries of the counties, taken in turn.
    pub radiometries: Vec<u32>,
    /// Confidences at which a range of the reliability table begins, rising; below the first is one more.
    pub confidences: Vec<f64>,
}

impl Default for ClaimsParams {
    fn default() -> Self {
        ClaimsParams {
            size_px: 1400,
            seeds: vec![21, 22, 23, 24, 25, 26, 27, 28, 29],
            radiometries: vec![0, 1, 2],
            confidences: vec![0.6, 0.7, 0.8, 0.9],
        }
    }
}

/// What counts as a blob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct BlobParams {
    /// Fewest pixels.
    pub min_px: u64,
    /// Least ground.
    pub min_m2: f64,
    /// Labelled share from which false blobs per km2 can be told.
    pub complete_percent: f64,
}

impl Default for BlobParams {
    fn default() -> Self {
        BlobParams { min_px: 9, min_m2: 200.0, complete_percent: 75.0 }
    }
}

/// Intervals by cluster bootstrap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct BootstrapParams {
    /// Draws.
    pub repetitions: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Side of the clusters of unchanged ground.
    pub block_px: usize,
    /// Width of the intervals.
    pub confidence_percent: f64,
}

impl Default for BootstrapParams {
    fn default() -> Self {
        BootstrapParams { repetitions: 1000, seed: 20_240_601, block_px: 64, confidence_percent: 95.0 }
    }
}

/// Stress cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct StressParams {
    /// Seed of everything random in the cases.
    pub seed: u64,
    /// Lengths of the shifts.
    pub shifts_px: Vec<f64>,
    /// Largest gain off 1.
    pub gain_percent: f64,
    /// Largest offset, share of a band's range.
    pub offset_percent: f64,
    /// Largest opacity of the veil.
    pub haze_percent: f64,
    /// Noise on the later image, share of a band's standard deviation.
    pub noise_percent: f64,
    /// Noise on the copy of the earlier image.
    pub copy_noise_percent: f64,
    /// Changed sites kept.
    pub dilution_percents: Vec<f64>,
    /// Clouds' share.
    pub cloud_percent: f64,
    /// Borders' share.
    pub border_percent: f64,
    /// Quarters by themselves.
    pub quadrants: bool,
    /// Another reference system.
    pub other_crs: bool,
    /// Coarser pixels.
    pub resolution_factor: f64,
}

impl Default for StressParams {
    fn default() -> Self {
        StressParams {
            seed: 7,
            shifts_px: vec![0.25, 0.56, 1.12, 2.24],
            gain_percent: 30.0,
            offset_percent: 30.0,
            haze_percent: 30.0,
            noise_percent: 10.0,
            copy_noise_percent: 5.0,
            dilution_percents: vec![30.0, 10.0],
            cloud_percent: 10.0,
            border_percent: 15.0,
            quadrants: true,
            other_crs: true,
            resolution_factor: 1.5,
        }
    }
}

impl Default for Definition {
    fn default() -> Self {
        Definition {
            schema: SCHEMA,
            samples: SamplesParams::default(),
            blobs: BlobParams::default(),
            bootstrap: BootstrapParams::default(),
            claims: ClaimsParams::default(),
            stress: StressParams::default(),
        }
    }
}

/// Parses and checks a definition; `name` is used in messages.
///
/// # Errors
/// [`ConfigError::Faults`] with every fault.
pub fn parse(name: &str, text: &str) -> Result<Definition, ConfigError> {
    let definition: Definition = toml::from_str(text).map_err(|e| {
        let (line, column) = place(text, e.span().map_or(0, |s| s.start));
        ConfigError::Faults { faults: vec![format!("{name}:{line}:{column}: {}", e.message().replace('\n', ", "))] }
    })?;
    let faults: Vec<String> = faults(&definition).into_iter().map(|f| format!("{name}: {f}")).collect();
    if faults.is_empty() { Ok(definition) } else { Err(ConfigError::Faults { faults }) }
}

fn faults(d: &Definition) -> Vec<String> {
    let mut out = Vec::new();
    let mut want = |key: &str, found: f64, ok: bool, allowed: &str| {
        if !ok || !found.is_finite() {
            out.push(format!("{key} is {found}, allowed is {allowed}"));
        }
    };
    want("schema", d.schema.into(), d.schema == SCHEMA, "1");
    let s = &d.samples;
    want("samples.size-px", s.size_px as f64, (64..=4096).contains(&s.size_px), "64 to 4096");
    want("samples.gsd-m", s.gsd_m, s.gsd_m >= 0.1 && s.gsd_m <= 100.0, "0.1 to 100");
    want("samples.seeds", s.seeds.len() as f64, (1..=100).contains(&s.seeds.len()), "1 to 100 numbers");
    let c = &d.claims;
    want("claims.size-px", c.size_px as f64, (64..=4096).contains(&c.size_px), "64 to 4096");
    want("claims.seeds", c.seeds.len() as f64, c.seeds.len() <= 100, "at most 100 numbers");
    let radiometries = c.radiometries.len();
    want("claims.radiometries", radiometries as f64, (1..=100).contains(&radiometries), "1 to 100 numbers");
    for (n, value) in c.confidences.iter().enumerate() {
        let above = if n == 0 { 0.0 } else { c.confidences[n - 1] };
        want("claims.confidences", *value, *value > above && *value < 1.0, "rising, above 0 and below 1");
    }
    let percent = |v: f64| (0.0..=100.0).contains(&v);
    want("blobs.min-m2", d.blobs.min_m2, d.blobs.min_m2 >= 0.0, "0 or more");
    want("blobs.complete-percent", d.blobs.complete_percent, percent(d.blobs.complete_percent), "0 to 100");
    let b = &d.bootstrap;
    want("bootstrap.repetitions", b.repetitions as f64, (10..=100_000).contains(&b.repetitions), "10 to 100000");
    want("bootstrap.block-px", b.block_px as f64, (4..=4096).contains(&b.block_px), "4 to 4096");
    let confidence = b.confidence_percent;
    want("bootstrap.confidence-percent", confidence, confidence > 0.0 && confidence < 100.0, "above 0 and below 100");
    let t = &d.stress;
    t.shifts_px.iter().for_each(|v| want("stress.shifts-px", *v, *v > 0.0 && *v <= 64.0, "above 0, at most 64"));
    for (key, value) in [
        ("gain-percent", t.gain_percent),
        ("offset-percent", t.offset_percent),
        ("haze-percent", t.haze_percent),
        ("noise-percent", t.noise_percent),
        ("copy-noise-percent", t.copy_noise_percent),
        ("cloud-percent", t.cloud_percent),
        ("border-percent", t.border_percent),
    ] {
        want(&format!("stress.{key}"), value, (0.0..=60.0).contains(&value), "0 to 60");
    }
    let kept = &t.dilution_percents;
    kept.iter().for_each(|v| want("stress.dilution-percents", *v, *v > 0.0 && *v < 100.0, "above 0 and below 100"));
    let factor = t.resolution_factor;
    let coarser = factor == 0.0 || (factor > 1.0 && factor <= 8.0);
    want("stress.resolution-factor", factor, coarser, "0, or above 1 and at most 8");
    out
}
