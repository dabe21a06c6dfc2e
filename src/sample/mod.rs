//! A generated county to try the product on, with truth.
//!
//! In: a seed and a size. Out: a directory with two images, the ministry's list, the layers of a land office and the
//! truth. The land, the events and every pixel follow from the seed and the place alone, so that the same county comes
//! out of any number of threads, and a small county is a cut of the land of a large one.
//!
//! The way of the data: `world` (lattice, hills, rivers) -> `land` (parcels) -> `events` (stories of
//! `scenarios` placed as `sites`) -> `render` (samples, optics, air, sensor) -> files.

mod events;
mod geometry;
mod images;
mod land;
mod layers;
mod listing;
mod noise;
mod paint;
mod params;
mod patterns;
mod phenology;
mod radiometry;
mod readme;
mod render;
mod scenarios;
mod sites;
mod spectra;
mod survey;
mod towns;
mod truth;
mod vectors;
mod world;

pub use params::SampleParams;

use std::path::{Path, PathBuf};

/// What can go wrong when a county is generated.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A parameter is out of range.
    #[error("{name} is {found}; {wanted} can be generated")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// What was asked.
        found: String,
        /// What is possible.
        wanted: &'static str,
    },
    /// The directory is in use.
    #[error("'{}' exists and is not empty; name a new directory with --out", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory cannot be written.
    #[error("'{}' cannot be written: {source}; check the disk and the rights, or name another directory", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// GDAL cannot write a file.
    #[error("'{}' cannot be written by GDAL: {why}; check the disk's free space and the rights", path.display())]
    Gdal {
        /// The path.
        path: PathBuf,
        /// GDAL's words.
        why: String,
    },
    /// The threads cannot be started.
    #[error("{wanted} threads cannot be started: {why}; ask for fewer with --threads")]
    Threads {
        /// How many were asked for.
        wanted: usize,
        /// Why.
        why: String,
    },
}

impl SampleError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> SampleError {
        SampleError::Io { path: path.to_path_buf(), source }
    }

    pub(crate) fn gdal(path: &Path, e: gdal::errors::GdalError) -> SampleError {
        SampleError::Gdal { path: path.to_path_buf(), why: e.to_string() }
    }
}

/// What was generated.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SampleSummary {
    /// Area of the images, km2.
    pub area_km2: f64,
    /// Date of the earlier image, `YYYY-MM-DD`.
    pub before_date: String,
    /// Date of the later image.
    pub after_date: String,
    /// Misregistration of the later image, pixels (across, down).
    pub shift_px: (f64, f64),
    /// Changes on the ground (without crop rotation).
    pub events: usize,
    /// Of these, less than 80 % in the list.
    pub unlisted: usize,
    /// Rows of the list.
    pub list_rows: usize,
    /// Fields in the images, and fields whose spectrum really changed.
    pub fields: (u64, u64),
    /// Pixels of the truth: unlabelled, unchanged, changed.
    pub truth_pixels: [u64; 3],
    /// Stories for which the land had no room.
    pub not_placed: usize,
    /// The command to try.
    pub command: String,
}

/// Generates a county into `out`, which must not exist or be empty.
///
/// `progress(stage, done, total)` is called from the calling thread; the stages are `plan`, `layers` (blocks of land)
/// and `images` (pixels). Everything is written into a directory beside
/// `out` that takes its name at the very end; after an error nothing is left.
///
/// # Errors
/// A parameter out of range, a directory in use, a disk that cannot be written.
pub fn generate(
    params: &SampleParams,
    out: &Path,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<SampleSummary, SampleError> {
    params.check()?;
    crate::io::init_gdal();
    if out.exists() {
        let mut entries = std::fs::read_dir(out).map_err(|e| SampleError::io(out, e))?;
        if entries.next().is_some() {
            return Err(SampleError::NotEmpty { path: out.to_path_buf() });
        }
    }
    // An empty directory that exists is filled, not replaced: someone may stand in it.
    let target =
        if out.exists() { out.canonicalize().map_err(|e| SampleError::io(out, e))? } else { out.to_path_buf() };
    let parent = match target.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let made = missing_parents(&parent);
    std::fs::create_dir_all(&parent).map_err(|e| SampleError::io(&parent, e))?;
    let result = build(params, out, &parent, progress);
    if result.is_err() {
        // Directories that were made on the way are ours to remove, deepest first; one in use stays.
        for dir in made {
            let _ = std::fs::remove_dir(dir);
        }
    }
    result
}

/// Directories of `path` that do not exist yet, deepest first.
fn missing_parents(path: &Path) -> Vec<PathBuf> {
    path.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).map(Path::to_path_buf).collect()
}

fn build(
    params: &SampleParams,
    out: &Path,
    parent: &Path,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<SampleSummary, SampleError> {
    let temporary =
        tempfile::Builder::new().prefix(".tuban-sample-").tempdir_in(parent).map_err(|e| SampleError::io(parent, e))?;
    let dir = temporary.path().join("county");
    std::fs::create_dir(&dir).map_err(|e| SampleError::io(&dir, e))?;
    let scene = params::Scene::new(params);
    progress("plan", 0, 1);
    let plan = events::plan(&scene);
    progress("plan", 1, 1);
    let towns = towns::Towns::new(&scene);
    let rows = listing::rows(&scene, &plan, &towns);
    listing::write(&scene, &rows, &dir)?;
    layers::papers(&scene, &plan, &dir)?;
    truth::write(&plan, &rows, survey::rotations(&scene, &plan), &dir)?;
    let fields = layers::land(&scene, &towns, &dir, progress)?;
    let truth_pixels = images::write(params, &scene, &plan.sites, &dir, progress)?;
    let command = readme::command();
    let summary = SampleSummary {
        area_km2: scene.area_km2(),
        before_date: scene.before.iso(),
        after_date: scene.after.iso(),
        shift_px: scene.after.shift_px,
        events: plan.events.len(),
        unlisted: plan.events.iter().filter(|e| e.listed_percent < 80).count(),
        list_rows: rows.len(),
        fields,
        truth_pixels,
        not_placed: plan.not_placed,
        command,
    };
    readme::write(params, &summary, &dir)?;
    settle(&dir, out)?;
    Ok(summary)
}

/// Gives the finished directory its name, or moves its files into the empty directory of that name.
fn settle(dir: &Path, out: &Path) -> Result<(), SampleError> {
    if !out.exists() {
        return std::fs::rename(dir, out).map_err(|e| SampleError::io(out, e));
    }
    let mut moved: Vec<PathBuf> = Vec::new();
    let mut fill = || -> std::io::Result<()> {
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let to = out.join(entry.file_name());
            std::fs::rename(entry.path(), &to)?;
            moved.push(to);
        }
        Ok(())
    };
    let result = fill();
    if result.is_err() {
        for file in &moved {
            let _ = std::fs::remove_file(file);
        }
    }
    result.map_err(|e| SampleError::io(out, e))
}

#[cfg(test)]
mod tests;
