//! The file side: change map, score, parcels and truth are read tile by tile and counted.

use super::open::{CodeRaster, moved, open_vectors, read_polygons, shown};
use super::truth::{offset, open_truth};
use super::{EvalPolygon, EvaluateError, EvaluationResult, PixelCounts, count_tile, score_parcels};
use crate::grid::{Grid, Window};
use crate::io::crs::{self, Transformer};
use crate::parcels::ellipsoidal_area_m2;
use crate::vectorise::{Components, TileParts, Tracer, to_map};
use gdal::raster::GdalDataType as T;
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// Rows and columns read at a time; no result depends on it.
const TILE_PX: usize = 512;
/// Smallest parcel made of a change mask: what the contract asks of a candidate.
const MIN_PARCEL_M2: f64 = 200.0;
const MIN_PARCEL_PX: u64 = 9;

/// What to evaluate.
#[derive(Clone, Debug)]
pub struct EvaluateInput {
    /// The change map (0, 1, 255).
    pub change: PathBuf,
    /// Its score; must exist when given.
    pub score: Option<PathBuf>,
    /// GeoPackage with the layer `candidates`; must exist when given.
    pub parcels: Option<PathBuf>,
    /// Truth: a raster of 0 unlabelled, 1 unchanged, 2 changed, or polygons around what changed.
    pub truth: PathBuf,
    /// Layer of the truth polygons; the first layer with polygons when `None`.
    pub truth_layer: Option<String>,
}

impl EvaluateInput {
    /// The outputs of a run in `folder`; a score or parcels that are not there are done without.
    pub fn of_run(folder: &Path, truth: &Path) -> EvaluateInput {
        let there = |name: &str| Some(folder.join(name)).filter(|p| p.exists());
        EvaluateInput {
            score: there("score.tif"),
            parcels: there("parcels.gpkg"),
            ..EvaluateInput::of_change(&folder.join("change.tif"), truth)
        }
    }

    /// A change map alone.
    pub fn of_change(change: &Path, truth: &Path) -> EvaluateInput {
        EvaluateInput {
            change: change.to_path_buf(),
            score: None,
            parcels: None,
            truth: truth.to_path_buf(),
            truth_layer: None,
        }
    }
}

/// Measures a change map against truth.
///
/// # Errors
/// [`EvaluateError`]: a file is missing, unreadable, not placed, or holds other codes than the contract's.
pub fn evaluate(input: &EvaluateInput) -> Result<EvaluationResult, EvaluateError> {
    let change = open_raster(
        &input.change,
        "give the folder of a scan with --run, or a change map with --change",
        &[T::UInt8],
        "uint8 with 0 unchanged, 1 changed, 255 not judged",
    )?;
    let score = match &input.score {
        Some(path) => Some(open_score(path, &change)?),
        None => None,
    };
    let mut notes = Vec::new();
    let (truth, polygons) = open_truth(input, &change, &mut notes)?;
    let mut counts = PixelCounts::new(score.is_some());
    let mut mask = polygons.is_some().then(Vec::new).filter(|_| input.parcels.is_none());
    for window in tiles(change.rows, change.cols) {
        let answers = read_change(&change, window)?;
        let labels = truth.read(window)?;
        let scores = match &score {
            Some(s) => Some(s.read(window)?.mapv(|v| code_or_zero(v, s.nodata))),
            None => None,
        };
        count_tile(&mut counts, answers.view(), labels.view(), scores.as_ref().map(|s| s.view()));
        if let Some(tiles) = &mut mask {
            tiles.push(changed_parts(window, &answers));
        }
    }
    if counts.confusion.total() == 0 {
        return Err(EvaluateError::NoTruth {
            path: shown(&input.truth),
            found: format!("no labelled pixel where {} lies", change.path),
            wanted: "truth of the same place is wanted",
        });
    }
    let kind = if polygons.is_some() { "polygons" } else { "raster" };
    let mut result = EvaluationResult::from_pixels(change.path.clone(), shown(&input.truth), kind, &counts);
    if let (Some(truth), Some(grid)) = (polygons, &change.grid) {
        let (predicted, from) = match mask {
            Some(tiles) => (mask_parcels(grid, tiles, &input.change)?, "change mask"),
            None => (read_candidates(input, grid, &mut notes)?, "candidates"),
        };
        let (rows_m, cols_m) = grid.gsd_m();
        let judged_m2 = counts.judged as f64 * rows_m * cols_m;
        result.parcels = Some(score_parcels(&truth, &predicted, judged_m2));
        let relevant = |all: &[EvalPolygon]| -> Option<Vec<EvalPolygon>> {
            all.iter()
                .any(|p| p.relevant.is_some())
                .then(|| all.iter().filter(|p| p.relevant == Some(true)).cloned().collect())
        };
        result.parcels_relevant =
            relevant(&truth).zip(relevant(&predicted)).map(|(t, p)| score_parcels(&t, &p, judged_m2));
        result.parcels_from = Some(from);
    }
    result.notes = notes;
    Ok(result)
}

fn tiles(rows: usize, cols: usize) -> Vec<Window> {
    let starts = move |n: usize| (0..n).step_by(TILE_PX).map(move |at| (at as i64, TILE_PX.min(n - at)));
    let of_row = |(row, rows)| starts(cols).map(move |(col, cols)| Window { row, col, rows, cols });
    starts(rows).flat_map(of_row).collect()
}

fn open_raster(
    path: &Path,
    missing: &'static str,
    types: &[T],
    wanted: &'static str,
) -> Result<CodeRaster, EvaluateError> {
    CodeRaster::open(path, missing, types, wanted)?.ok_or_else(|| EvaluateError::Unreadable {
        path: shown(path),
        found: crate::io::last_gdal_message(),
        wanted: "a raster",
        repair: "a GeoTIFF",
    })
}

fn open_score(path: &Path, change: &CodeRaster) -> Result<CodeRaster, EvaluateError> {
    let score = open_raster(path, "give the score of the run, or none", &[T::UInt8, T::UInt16], "uint8 or uint16")?;
    let aligned = match (&score.grid, &change.grid) {
        (Some(a), Some(b)) => offset(a, b) == Some((0, 0)),
        _ => true,
    };
    if !aligned || (score.rows, score.cols) != (change.rows, change.cols) {
        return Err(EvaluateError::OtherGrid {
            path: score.path,
            found_rows: score.rows,
            found_cols: score.cols,
            other: change.path.clone(),
            rows: change.rows,
            cols: change.cols,
        });
    }
    Ok(score)
}

fn read_change(change: &CodeRaster, window: Window) -> Result<Array2<u8>, EvaluateError> {
    let values = change.read(window)?;
    if let Some(((r, c), value)) = values.indexed_iter().find(|(_, v)| !matches!(v, 0 | 1 | 255)) {
        return Err(EvaluateError::Code {
            path: change.path.clone(),
            value: *value,
            row: window.row + r as i64,
            col: window.col + c as i64,
            wanted: "0 unchanged, 1 changed, 255 not judged",
        });
    }
    Ok(values.mapv(|v| v as u8))
}

fn code_or_zero(value: i32, nodata: Option<f64>) -> u16 {
    if nodata == Some(f64::from(value)) { 0 } else { value.clamp(0, u16::MAX.into()) as u16 }
}

fn changed_parts(window: Window, answers: &Array2<u8>) -> TileParts {
    let group = answers.mapv(|v| u8::from(v == 1));
    TileParts::of(window, group.view(), None)
}

/// The 8-connected parcels of a change mask that are large enough to be candidates.
fn mask_parcels(grid: &Grid, tiles: Vec<TileParts>, path: &Path) -> Result<Vec<EvalPolygon>, EvaluateError> {
    let wrong = |source| EvaluateError::Crs { path: shown(path), source };
    let to_lonlat = Transformer::new(&grid.crs, &crs::cgcs2000_lonlat().map_err(wrong)?).map_err(wrong)?;
    let image = Components::join(grid.rows, grid.cols, tiles);
    let mut tracer = Tracer::new();
    let large = (0..image.components.len()).filter(|&k| image.components[k].pixels >= MIN_PARCEL_PX);
    let parcels = large.map(|k| {
        let shape = to_map(&tracer.trace(&image.spans_of(k)), &grid.affine);
        let area_m2 = ellipsoidal_area_m2(&moved(shape.clone(), &to_lonlat));
        EvalPolygon { shape, area_m2, kind: None, relevant: None }
    });
    Ok(parcels.filter(|p| p.area_m2 >= MIN_PARCEL_M2).collect())
}

fn read_candidates(
    input: &EvaluateInput,
    grid: &Grid,
    notes: &mut Vec<String>,
) -> Result<Vec<EvalPolygon>, EvaluateError> {
    let Some(path) = &input.parcels else { return Ok(Vec::new()) };
    if !path.exists() {
        return Err(EvaluateError::Missing { path: shown(path), wanted: "give the parcels.gpkg of a scan" });
    }
    let dataset = open_vectors(path).ok_or_else(|| EvaluateError::Unreadable {
        path: shown(path),
        found: crate::io::last_gdal_message(),
        wanted: "parcels",
        repair: "the parcels.gpkg of a scan",
    })?;
    let read = read_polygons(&dataset, path, Some("candidates"), &grid.crs)?;
    if read.skipped > 0 {
        notes.push(format!("{} candidates have no usable polygon and were left out", read.skipped));
    }
    Ok(read.polygons)
}
