//! Vectorising: changed pixels to components to the rings around them.
//!
//! In: per tile, a connectivity group and measures for every pixel. Out: components with integer totals, each with its outline as
//! polygons on the corner grid of the pixels. The way of the data:
//!
//! ```text
//! TileParts::of (any thread, any order) -> Components::join (over the seams, weak ones dropped) -> Tracer::trace -> to_map
//! ```
//!
//! Everything is integer until [`to_map`], so neither the tiling nor the order of tiles can change a result. Seams are
//! joined as labels, never by gluing polygons.

mod components;
mod rasterise;
mod tile;
mod trace;

pub use components::{Component, Components, Weak};
pub use rasterise::PixelPolygons;
pub use tile::{MOST_SIDE, Measures, Portrait, TileParts};
pub use trace::{Corner, PixelPolygon, Tracer, to_map};

#[cfg(test)]
mod tests;
