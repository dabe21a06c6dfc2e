//! Reports: tables, pictures and pages made of the results, as bytes.
//!
//! In: a [`Document`]: records of the cross-check, the run's own figures, pictures. Out: bytes and plain tables for
//! `io` to write: [`xlsx::findings_xlsx`], [`html::report_html`], sheets of [`evidence`], the tables of [`tables`],
//! styles for QGIS. Nothing here reads or writes a file, and the same document gives the same bytes.
//!
//! Whatever comes from a user's file (ids, names, remarks) is data: it is escaped in HTML, a string cell in a
//! spreadsheet, and quoted in styles. Everything adverse is worded as a lead, 疑似.

mod alignment;
pub mod document;
mod draw;
pub mod evidence;
pub mod figures;
mod followups;
pub mod html;
mod html_tables;
mod names;
pub mod notes;
pub mod palette;
pub mod patch_table;
pub mod picture;
mod ranking;
mod sheets;
pub mod styles;
pub mod tables;
pub mod words;
pub mod xlsx;

pub use alignment::shift_sentence;
pub use document::{ChipPair, Document, Lang, RunSummary};
pub use tables::{Column, TableData};

#[cfg(test)]
mod tests;
