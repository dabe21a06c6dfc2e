//! Rows with a geometry: what vector files and spreadsheets hold, as plain data.
//!
//! In: a list or layer as `io` read it. Out: the same rows with tuban's columns beside them, for `io` to write.

mod repair;

pub(crate) use repair::union_of;
pub use repair::{Bounds, Repaired, bounds, in_reach, repair};

use geo::MultiPolygon;
use serde::Serialize;

/// Geometry of a row in the working reference system; `None` where the row has none that can be used.
pub type Shape = Option<MultiPolygon<f64>>;

/// Type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text; dates are kept as the text the file shows.
    Text,
    /// Whole number.
    Integer,
    /// Decimal number.
    Real,
}

/// A field of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldDef {
    /// Name as decoded from the file.
    pub name: String,
    /// Type.
    pub kind: FieldKind,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Empty.
    Null,
    /// Text.
    Text(String),
    /// Whole number.
    Integer(i64),
    /// Decimal number.
    Real(f64),
}

impl FieldValue {
    /// The value as text, trimmed; blank for null.
    pub fn text(&self) -> String {
        match self {
            FieldValue::Null => String::new(),
            FieldValue::Text(s) => s.trim().to_string(),
            FieldValue::Integer(i) => i.to_string(),
            FieldValue::Real(r) => r.to_string(),
        }
    }

    /// The value as a number; text is parsed.
    pub fn number(&self) -> Option<f64> {
        match self {
            FieldValue::Null => None,
            FieldValue::Text(s) => s.trim().parse().ok().filter(|v: &f64| v.is_finite()),
            FieldValue::Integer(i) => Some(*i as f64),
            FieldValue::Real(r) => r.is_finite().then_some(*r),
        }
    }
}

/// A row.
#[derive(Clone, Debug)]
pub struct Feature {
    /// One value per field of the table.
    pub values: Vec<FieldValue>,
    /// Valid geometry in the working reference system.
    pub shape: Shape,
    /// What was wrong with the row's geometry and what was done about it, Chinese sentences.
    pub problems: Vec<String>,
}

/// A table with a geometry per row.
#[derive(Clone, Debug, Default)]
pub struct FeatureTable {
    /// The fields.
    pub fields: Vec<FieldDef>,
    /// The rows, in the file's order, none left out.
    pub rows: Vec<Feature>,
}

#[cfg(test)]
mod tests;
