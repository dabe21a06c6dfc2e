//! How long detection takes beside merely reading the pair, in the same process: the ratio says something on any machine,
//! the seconds only on this one.

use super::folder::TileFiles;
use super::method::ours;
use super::result::Throughput;
use crate::config::Pipeline;
use crate::error::Error;
use crate::grid::Tiling;
use crate::io::GdalImage;
use crate::io::source::RasterSource;
use crate::run::{Pool, cpu_seconds};
use std::path::Path;
use std::time::Instant;

/// Work is repeated until it has taken this long: clocks tick, and small tiles are read in milliseconds.
const LEAST_S: f64 = 0.25;
/// Side of the windows read.
const WINDOW: usize = 512;

/// Mean seconds of `work`, over as many repetitions as make [`LEAST_S`].
fn seconds(mut work: impl FnMut() -> Result<(), Error>) -> Result<f64, Error> {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let mut repetitions = 0.0;
    loop {
        work()?;
        repetitions += 1.0;
        let spent = match (cpu, cpu_seconds()) {
            (Some(from), Some(to)) => to - from,
            _ => wall.elapsed().as_secs_f64(),
        };
        if spent >= LEAST_S {
            return Ok(spent / repetitions);
        }
    }
}

fn read_all(path: &Path) -> Result<(), Error> {
    let image = GdalImage::open(path)?;
    let bands: Vec<usize> = (0..image.info().bands.len()).collect();
    for window in Tiling::new(image.grid(), WINDOW).windows() {
        std::hint::black_box(image.read(window, &bands));
    }
    Ok(())
}

/// Measures a tile with one thread while nothing else of ours runs.
pub fn throughput(files: &TileFiles, pipeline: &Pipeline) -> Result<Throughput, Error> {
    let pool = Pool::new(1).map_err(|e| Error::Bug(e.to_string()))?;
    let (_, bands) = files.size()?;
    let read = || read_all(&files.before).and_then(|()| read_all(&files.after));
    // Once for the disk's cache.
    read()?;
    let read_s = seconds(read)?;
    let mut pixels = 0u64;
    let detect_s = seconds(|| {
        pixels = ours(&files.before, &files.after, pipeline, &pool)?.grid.pixels();
        Ok(())
    })?;
    let megapixels = pixels as f64 / 1e6;
    Ok(Throughput {
        set: files.set.clone(),
        tile: files.tile.clone(),
        megapixels,
        bands,
        read_s,
        detect_s,
        ratio: detect_s / read_s,
        megapixels_per_s: megapixels / detect_s,
    })
}
