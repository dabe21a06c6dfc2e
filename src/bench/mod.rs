//! The bench: how well the pipeline does on pairs with truth, beside what most scripts do, and what stress costs it.
//!
//! In: folders of tiles (`before.tif`, `after.tif`, `reference.tif` or `truth.gpkg`), or seeds of counties; a definition; the
//! pipeline under test. Out: a [`BenchResult`], with tables as text, Markdown and CSV, JSON and pictures.
//!
//! ```text
//! folder -> method (ours, baselines) -> score ┐
//!        -> cases (stress) -> method -> score ┼-> result -> render, picture
//!        -> claims (verification)              ┘
//! ```
//!
//! `stress`, `resample`, `baselines`, `bootstrap`, `score`, `table` and `render` are pure; `folder`, `method`, `runner` and
//! `throughput` move files, threads and clocks. Every random number comes from a fixed seed and a place.

mod baselines;
mod bootstrap;
mod cases;
mod claims;
mod csv;
mod definition;
mod folder;
mod image;
mod method;
mod picture;
mod random;
mod render;
mod resample;
mod result;
mod runner;
mod score;
mod stress;
mod table;
mod throughput;

pub use definition::{DEFAULT_TOML, Definition, parse};
pub use method::Method;
pub use result::{
    BenchResult, ClaimsResult, MethodResult, PixelFigures, Reliability, SetMethod, SetResult, Skipped, StressResult,
    Throughput, TileResult,
};
pub use runner::{BenchRequest, bench};

#[cfg(test)]
mod tests;
