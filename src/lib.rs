//! tuban 图斑: what changed on the ground between two satellite images, held against what was reported.
//!
//! The modules stand in the order of the data's way, and a module names only modules above it:
//!
//! ```text
//! pair -> align -> mask -> normalise -> change -> landcover -> vectorise -> parcels -> crosscheck -> report
//! ```
//!
//! Everything from `align` to `report` is pure: no files, clock, threads or printing. `run` moves tiles and owns the
//! threads; `io` owns the files; `cli` is a thin coat.

pub mod grid;
pub mod raster;
pub mod features;
pub mod io;
pub mod pair;
pub mod align;
pub mod mask;
pub mod normalise;
pub mod change;
pub mod landcover;
pub mod vectorise;
pub mod parcels;
pub mod crosscheck;
pub mod report;
pub mod config;
pub mod evaluate;
pub mod sample;
pub mod error;
pub mod run;
pub mod inspect;
pub mod bench;
pub mod cli;
