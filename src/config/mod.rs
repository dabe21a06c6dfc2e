//! The pipeline file: every stage's parameters in one TOML file.
//!
//! In: text, and `--set` overrides. Out: a checked [`Pipeline`], or every fault with its place. `pipelines/default.toml` holds
//! every key and is embedded in the program.

mod ranges;

use crate::align::AlignParams;
use crate::change::ChangeParams;
use crate::crosscheck::CrosscheckParams;
use crate::landcover::LandcoverParams;
use crate::mask::MaskParams;
use crate::normalise::NormaliseParams;
use crate::parcels::ParcelParams;
use serde::{Deserialize, Serialize};

/// The pipeline that is used when none is named.
pub const DEFAULT_TOML: &str = include_str!("../../pipelines/default.toml");
/// Version of the file format.
pub const SCHEMA: u32 = 1;

/// Parameters of every stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pipeline {
    /// Format version; must be [`SCHEMA`].
    pub schema: u32,
    /// Bringing the dates onto one grid.
    #[serde(default)]
    pub align: AlignParams,
    /// Clouds, shadows, quality bands.
    #[serde(default)]
    pub mask: MaskParams,
    /// Radiometric normalisation.
    #[serde(default)]
    pub normalise: NormaliseParams,
    /// Score, threshold, clean-up.
    #[serde(default)]
    pub change: ChangeParams,
    /// Land cover.
    #[serde(default)]
    pub landcover: LandcoverParams,
    /// Parcels.
    #[serde(default)]
    pub parcels: ParcelParams,
    /// List, claims, verdicts.
    #[serde(default)]
    pub crosscheck: CrosscheckParams,
}

impl Default for Pipeline {
    fn default() -> Self {
        Pipeline {
            schema: SCHEMA,
            align: AlignParams::default(),
            mask: MaskParams::default(),
            normalise: NormaliseParams::default(),
            change: ChangeParams::default(),
            landcover: LandcoverParams::default(),
            parcels: ParcelParams::default(),
            crosscheck: CrosscheckParams::default(),
        }
    }
}

/// Why a pipeline cannot be used; exit code 3.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: cannot be read ({found}); give a pipeline file or the name of a built-in one (default)")]
    Unreadable {
        /// File or name.
        path: String,
        /// What the system said.
        found: String,
    },
    /// The file has faults; all of them, one per line.
    #[error("{}", .faults.join("\n"))]
    Faults {
        /// `file:line:column: what, and what is allowed`.
        faults: Vec<String>,
    },
    /// `--set` is malformed or names no key.
    #[error("--set {given}: {why}; write it as stage.key=value, for example --set parcels.min-area-m2=400")]
    Set {
        /// As given.
        given: String,
        /// What is wrong.
        why: String,
    },
}

/// Line and column (from 1) of a byte position.
pub(crate) fn place(text: &str, at: usize) -> (usize, usize) {
    let head = &text[..at.min(text.len())];
    let line = head.matches('\n').count() + 1;
    let column = head.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}

/// Line of `key` in `[table]`; 1 when it is not written in the file.
fn line_of(text: &str, table: &str, key: &str) -> usize {
    let mut inside = false;
    for (n, line) in text.lines().enumerate() {
        let t = line.trim();
        if t.starts_with('[') {
            inside = t.trim_start_matches('[').starts_with(table) && t.contains(']');
        } else if inside && t.split('=').next().is_some_and(|k| k.trim() == key) {
            return n + 1;
        }
    }
    1
}

/// Parses and checks a pipeline; `name` is used in messages.
pub fn parse(name: &str, text: &str) -> Result<Pipeline, ConfigError> {
    let pipeline: Pipeline = toml::from_str(text).map_err(|e| {
        let (line, column) = place(text, e.span().map_or(0, |s| s.start));
        let what = e.message().replace('\n', ", ");
        ConfigError::Faults { faults: vec![format!("{name}:{line}:{column}: {what}")] }
    })?;
    let mut faults = Vec::new();
    if pipeline.schema != SCHEMA {
        faults.push(format!("{name}:1:1: schema is {}, this program reads schema {SCHEMA}", pipeline.schema));
    }
    for fault in ranges::check(&pipeline) {
        let line = line_of(text, fault.table, fault.key);
        faults.push(format!(
            "{name}:{line}:1: {}.{} is {}, allowed is {}",
            fault.table, fault.key, fault.found, fault.allowed
        ));
    }
    if faults.is_empty() { Ok(pipeline) } else { Err(ConfigError::Faults { faults }) }
}

/// Applies `stage.key=value` overrides and checks the result again.
pub fn with_overrides(pipeline: &Pipeline, sets: &[String]) -> Result<Pipeline, ConfigError> {
    let Ok(mut tree) = toml::Table::try_from(pipeline) else { return Ok(pipeline.clone()) };
    for given in sets {
        let wrong = |why: &str| ConfigError::Set { given: given.clone(), why: why.to_string() };
        let (path, value) = given.split_once('=').ok_or_else(|| wrong("has no '='"))?;
        let (table, key) = path.trim().split_once('.').ok_or_else(|| wrong("names no stage"))?;
        let stage = tree
            .get_mut(table)
            .and_then(toml::Value::as_table_mut)
            .ok_or_else(|| wrong(&format!("there is no stage '{table}'")))?;
        let old = stage.get(key).ok_or_else(|| wrong(&format!("stage {table} has no key '{key}'")))?;
        let parsed = toml::from_str::<toml::Table>(&format!("v = {}", value.trim()));
        let new = match (old, parsed.as_ref().ok().and_then(|p| p.get("v"))) {
            (toml::Value::Float(_), Some(toml::Value::Integer(i))) => toml::Value::Float(*i as f64),
            // Quotes do not survive most shells.
            (toml::Value::String(_), None) => toml::Value::String(value.trim().to_string()),
            (_, Some(v)) => v.clone(),
            (_, None) => return Err(wrong("the value is no number or true/false")),
        };
        if old.type_str() != new.type_str() {
            return Err(wrong(&format!("the value is {}, wanted is {}", new.type_str(), old.type_str())));
        }
        stage.insert(key.to_string(), new);
    }
    let text = toml::to_string(&tree).unwrap_or_default();
    parse("--set", &text)
}

/// Every key with its value, `stage.key`, in file order; for run.json and the report.
pub fn flat(pipeline: &Pipeline) -> Vec<(String, String)> {
    let Ok(tree) = toml::Table::try_from(pipeline) else { return Vec::new() };
    let mut out = Vec::new();
    for (stage, value) in &tree {
        match value {
            toml::Value::Table(keys) => out.extend(keys.iter().map(|(k, v)| (format!("{stage}.{k}"), v.to_string()))),
            v => out.push((stage.clone(), v.to_string())),
        }
    }
    out
}

#[cfg(test)]
mod tests;
