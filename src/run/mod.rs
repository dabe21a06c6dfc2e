//! Moving tiles: the only module with threads.

mod images;
mod memory;
mod pool;
mod progress;
mod statistics;
mod tile;

pub use images::{AlignedPair, OpenError};
pub use memory::{MemoryPlan, predicted_memory};
pub use pool::Pool;
pub use progress::{Progress, Stage};
pub use statistics::{measure_radiometry, measure_score, measure_shift, sample_blocks};
pub use tile::{Products, Scene};
