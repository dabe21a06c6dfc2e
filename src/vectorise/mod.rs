//! Vectorising: runs of changed pixels, their labels, and the rings around them.
//!
//! In: per tile, a connectivity group, a detail code and a score for every pixel. Out: components with integer totals,
//! each with its outline as polygons on the corner grid of the pixels. The way of the data:
//!
//! ```text
//! runs_of_tile (any thread, any order) -> assemble (over the seams) -> keep_strong -> label (8-connected) -> Tracer::trace -> to_map
//! ```
//!
//! Everything is integer until [`to_map`], so neither the tiling nor the order of tiles can change a result. Seams are
//! joined as labels, never by gluing polygons.

mod label;
mod rasterise;
mod runs;
mod strong;
mod trace;

pub use label::{Component, Labels, label};
pub use rasterise::PixelPolygons;
pub use runs::{Run, RunImage, assemble, runs_of_tile};
pub use strong::{Weak, keep_strong};
pub use trace::{Corner, PixelPolygon, Tracer, to_map};

#[cfg(test)]
mod tests;
