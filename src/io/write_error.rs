//! The one error of writing a file.

use super::gdal_env::last_gdal_message;
use std::path::Path;

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: cannot be written ({found}); free disk space or choose another --out")]
pub struct WriteError {
    /// File.
    pub path: String,
    /// What the system said.
    pub found: String,
}

impl WriteError {
    /// A failure of the operating system.
    pub fn io(path: &Path, error: &std::io::Error) -> WriteError {
        WriteError { path: path.display().to_string(), found: error.to_string() }
    }

    /// A failure inside GDAL.
    pub fn gdal(path: &Path) -> WriteError {
        WriteError { path: path.display().to_string(), found: last_gdal_message() }
    }
}
