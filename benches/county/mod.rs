//! A generated county in a scratch folder, and a scan of its images.

use std::path::{Path, PathBuf};
use tuban::run::ScanRequest;
use tuban::sample::{SampleParams, generate};

/// A county; its folder goes with it.
pub struct County(tempfile::TempDir);

impl County {
    /// Of `side` x `side` pixels.
    pub fn new(side: usize) -> County {
        let place = tempfile::tempdir().unwrap();
        let params = SampleParams { size_px: side, seed: 5, ..Default::default() };
        generate(&params, &place.path().join("county"), &mut |_, _, _| {}).unwrap();
        County(place)
    }

    /// One of its files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join("county").join(name)
    }
}

/// A scan of the two images alone into a folder of its own below `out`.
pub fn request(county: &County, out: &Path, threads: usize) -> ScanRequest {
    ScanRequest {
        threads,
        ..ScanRequest::new(vec![county.file("before.tif")], vec![county.file("after.tif")], out.join("run"))
    }
}
