//! The edges: files in, files out. Nothing outside this module and `run` touches a disk.

pub mod cog;
pub mod crs;
mod gdal_env;
mod gdal_image;
mod gdal_meta;
mod geotiff;
mod image_out;
pub mod source;
pub mod table;
pub mod tiff_layout;
pub mod vector;
pub mod vector_out;
mod write_error;

pub use gdal_env::{forget_gdal_message, init_gdal, last_gdal_message};
pub use gdal_image::GdalImage;
pub use geotiff::{BlockCache, Decoded};
pub use image_out::write_image;
pub use write_error::WriteError;
