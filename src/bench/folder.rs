//! Sample tiles on disk: finding them, or making some.

use super::definition::{ClaimsParams, SamplesParams};
use super::image::Truth;
use crate::crosscheck::LayerKind;
use crate::error::Error;
use crate::evaluate::read_labels;
use crate::io::GdalImage;
use crate::io::source::RasterSource;
use crate::run::{Progress, layer_option};
use crate::sample::{SampleParams, generate};
use std::path::{Path, PathBuf};

/// A folder with a pair, and truth where there is some.
#[derive(Clone, Debug, PartialEq)]
pub struct TileFiles {
    /// Set: the parent folder's name; the folder's own where it lies directly in the samples.
    pub set: String,
    /// The folder's name.
    pub tile: String,
    /// Earlier image.
    pub before: PathBuf,
    /// Later image.
    pub after: PathBuf,
    /// Labelled pixels.
    pub raster: Option<PathBuf>,
    /// Truth polygons.
    pub polygons: Option<PathBuf>,
}

/// What a verification of a tile's list needs, and its truth.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimFiles {
    /// Earlier image.
    pub before: PathBuf,
    /// Later image.
    pub after: PathBuf,
    /// The list with the claims.
    pub list: PathBuf,
    /// Background layers, named as the options that give them.
    pub layers: Vec<(LayerKind, PathBuf)>,
    /// Truth with the verdict every row deserves.
    pub truth: PathBuf,
}

/// Forms a list or layer of a tile may have.
const VECTOR_ENDS: [&str; 3] = ["gpkg", "shp", "geojson"];

/// Deeper trees than this are no samples; also ends loops of links.
const DEEPEST: usize = 8;

/// Every tile below `samples`, in the order of their paths.
///
/// # Errors
/// A folder that cannot be read, or one without any tile.
pub fn find(samples: &Path) -> Result<Vec<TileFiles>, Error> {
    let mut out = Vec::new();
    walk(samples, samples, 0, &mut out)?;
    if out.is_empty() {
        return Err(Error::Samples {
            path: samples.display().to_string(),
            found: "holds no folder with before.tif and after.tif".into(),
            repair: "give a folder of sample tiles with --samples, or none to have counties generated",
        });
    }
    Ok(out)
}

fn walk(root: &Path, folder: &Path, depth: usize, out: &mut Vec<TileFiles>) -> Result<(), Error> {
    let fail = |e: std::io::Error| Error::Samples {
        path: folder.display().to_string(),
        found: format!("cannot be read ({e})"),
        repair: "give a folder of sample tiles with --samples",
    };
    let there = |name: &str| Some(folder.join(name)).filter(|p| p.is_file());
    if let (Some(before), Some(after)) = (there("before.tif"), there("after.tif")) {
        let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned());
        let own = name(folder).or_else(|| name(&folder.canonicalize().ok()?)).unwrap_or_else(|| "tile".into());
        let parent = folder.parent().filter(|p| *p != root && folder != root).and_then(name);
        out.push(TileFiles {
            set: parent.unwrap_or_else(|| own.clone()),
            tile: own,
            before,
            after,
            raster: there("reference.tif").or_else(|| there("truth.tif")),
            polygons: there("truth.gpkg"),
        });
        return Ok(());
    }
    if depth == DEEPEST {
        return Ok(());
    }
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    folders.iter().try_for_each(|f| walk(root, f, depth + 1, out))
}

/// Generates the counties of a definition below `folder`.
pub fn make_counties(params: &SamplesParams, folder: &Path, threads: usize, progress: &Progress) -> Result<(), Error> {
    let county = |seed: u64| SampleParams {
        size_px: params.size_px,
        seed,
        gsd_m: params.gsd_m,
        clouds: 0.0,
        radiometry: 0,
        threads,
    };
    let bar = progress.stage("generating counties", params.seeds.len() as u64);
    for seed in &params.seeds {
        generate(&county(*seed), &folder.join("county").join(format!("seed-{seed}")), &mut |_, _, _| {})?;
        bar.add(1);
    }
    Ok(())
}

/// Generates the counties whose claims are measured below `folder`.
pub fn make_claims(params: &ClaimsParams, folder: &Path, threads: usize, progress: &Progress) -> Result<(), Error> {
    let bar = progress.stage("generating counties with claims", params.seeds.len() as u64);
    for (seed, radiometry) in params.seeds.iter().zip(params.radiometries.iter().cycle()) {
        let (size_px, seed, radiometry) = (params.size_px, *seed, *radiometry);
        let county = SampleParams { size_px, seed, radiometry, threads, ..Default::default() };
        let name = format!("seed-{seed}-radiometry-{radiometry}");
        generate(&county, &folder.join("claims").join(name), &mut |_, _, _| {})?;
        bar.add(1);
    }
    Ok(())
}

impl TileFiles {
    /// Name for people.
    pub fn name(&self) -> String {
        if self.set == self.tile { self.tile.clone() } else { format!("{}/{}", self.set, self.tile) }
    }

    /// Pixels and bands of the larger of its images, from the files' heads.
    pub fn size(&self) -> Result<(u64, usize), Error> {
        let (a, b) = (GdalImage::open(&self.before)?, GdalImage::open(&self.after)?);
        let bands = a.info().bands.len().max(b.info().bands.len());
        Ok((a.grid().pixels().max(b.grid().pixels()), bands))
    }

    /// What a verification needs; `None` without a list or polygons of truth.
    pub fn claims(&self) -> Option<ClaimFiles> {
        let folder = self.before.parent()?;
        let there = |name: &str| {
            let mut files = VECTOR_ENDS.iter().map(|end| folder.join(format!("{name}.{end}")));
            files.find(|p| p.is_file())
        };
        let layer = |kind: &LayerKind| Some((*kind, there(&layer_option(*kind).replace('-', "_"))?));
        Some(ClaimFiles {
            before: self.before.clone(),
            after: self.after.clone(),
            list: there("list")?,
            layers: LayerKind::ALL.iter().filter_map(layer).collect(),
            truth: self.polygons.clone()?,
        })
    }

    /// Reads the truth; `None` where there is none.
    pub fn truth(&self) -> Result<Option<Truth>, Error> {
        let drawn = self.polygons.as_ref().map(|p| read_labels(&self.before, p)).transpose()?;
        let labels = match (&self.raster, drawn) {
            (Some(raster), drawn) => {
                let mut labels = read_labels(&self.before, raster)?;
                labels.polygons = drawn.and_then(|d| d.polygons);
                labels
            }
            (None, Some(drawn)) => drawn,
            (None, None) => return Ok(None),
        };
        let grid = GdalImage::open(&self.before)?.grid().clone();
        Ok(Some(Truth { grid, codes: labels.codes, polygons: labels.polygons }))
    }
}
