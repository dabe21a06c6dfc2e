//! Moving tiles: the only module with threads.
//!
//! In: a request. Out: a folder of results. [`scan`] lists the stages; everything it calls is either a pure stage or one of the
//! small movers here.

mod answer;
mod cloud_layers;
mod clouds;
mod crops;
mod describe;
mod detect;
mod division;
mod geodesy;
mod ground;
mod images;
mod inputs;
mod machine;
mod manifest;
mod marks;
mod masks;
mod memory;
mod models;
mod outline;
mod outputs;
mod pass;
mod patches;
mod pictures;
mod pool;
mod previous;
mod progress;
mod request;
mod scan;
mod sheets;
mod shift;
mod statistics;
mod tile;
mod told;
mod train;
mod training;
mod verify;
mod whole;

pub use detect::{Detection, detect};
pub use geodesy::Geodesy;
pub use ground::{Ground, GroundSource, learn_ground};
pub use images::AlignedPair;
pub use inputs::{VectorInputs, layer_option};
pub use machine::{cpu_seconds, machine};
pub use memory::{MemoryPlan, ScanSize};
pub use models::{Models, choose_models};
pub use outputs::OutputFolder;
pub use pictures::shown_bands;
pub use pool::Pool;
pub use progress::{Progress, Stage};
pub use request::{Hash, ScanRequest, VerifyRequest};
pub use scan::{RunOutcome, scan};
pub use shift::{Alignment, align_pair, residual_along};
pub use statistics::{Sample, measure_radiometry, measure_score};
pub use tile::{Products, Scene, halo_px};
pub use train::{TrainRequest, TrainSummary, train_model};
pub use training::{parcel_rows, training_rows};
pub use verify::verify;
