//! The edges: files in, files out. Nothing outside this module and `run` touches a disk.

pub mod crs;
mod gdal_env;
pub mod table;
pub mod vector;
pub mod vector_out;

pub use gdal_env::{init_gdal, last_gdal_message};
