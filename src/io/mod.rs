//! The edges: files in, files out. Nothing outside this module and `run` touches a disk.

pub mod crs;
mod gdal_env;
mod gdal_image;
pub mod source;

pub use gdal_env::{init_gdal, last_gdal_message};
pub use gdal_image::GdalImage;
