//! Truth as it comes: labelled pixels on any grid, or polygons in any format.

use super::open::{CodeRaster, Polygons, open_vectors, read_polygons, shown};
use super::pixels::drawn_truth;
use super::pixels::{CHANGED, UNCHANGED, UNLABELLED};
use super::{EvalPolygon, EvaluateError, EvaluateInput};
use crate::grid::{Grid, Window};
use crate::io::crs::{self, Transformer};
use crate::vectorise::PixelPolygons;
use gdal::raster::GdalDataType as T;
use ndarray::Array2;

/// Where the truth of a window comes from.
pub(super) enum Truth {
    /// Labelled pixels.
    Raster(Box<TruthRaster>),
    /// Polygons around what changed; everything else is unchanged.
    Polygons(PixelPolygons),
}

pub(super) struct TruthRaster {
    raster: CodeRaster,
    place: Place,
}

/// How the truth raster lies to the change map.
enum Place {
    /// On its pixels; `(row, col)` in the truth of the first pixel of the change map.
    Aligned(i64, i64),
    /// Elsewhere: pixel centres are moved and the pixel they fall in is taken.
    Nearest(Box<(Grid, Grid, Transformer)>),
}

/// `(row, col)` in grid `a` of the first pixel of grid `b` when both share system and pixels.
pub(super) fn offset(a: &Grid, b: &Grid) -> Option<(i64, i64)> {
    if !crs::same(&a.crs, &b.crs) {
        return None;
    }
    let (row, col) = a.affine.to_pixel(b.affine.0[0], b.affine.0[3]);
    let whole = (row.round(), col.round());
    // The far corner must agree as well, or the pixels differ in size.
    let (x, y) = b.affine.to_map(b.rows as f64, b.cols as f64);
    let far = a.affine.to_pixel(x, y);
    let wanted = (whole.0 + b.rows as f64, whole.1 + b.cols as f64);
    let near = |p: (f64, f64), q: (f64, f64)| (p.0 - q.0).abs() < 0.01 && (p.1 - q.1).abs() < 0.01;
    (near((row, col), whole) && near(far, wanted)).then_some((whole.0 as i64, whole.1 as i64))
}

/// Opens the truth of a change map; also the polygons that lie on it, if it is polygons.
pub(super) fn open_truth(
    input: &EvaluateInput,
    change: &CodeRaster,
    notes: &mut Vec<String>,
) -> Result<(Truth, Option<Vec<EvalPolygon>>), EvaluateError> {
    const MISSING: &str = "give labels with --truth: a raster of 0 unlabelled, 1 unchanged, 2 changed, or polygons";
    let types = [T::UInt8, T::UInt16, T::Int16, T::UInt32, T::Int32];
    let wanted = "a whole number (0 unlabelled, 1 unchanged, 2 changed)";
    if input.truth_layer.is_none()
        && let Some(raster) = CodeRaster::open(&input.truth, MISSING, &types, wanted)?
    {
        let place = place(&raster, change)?;
        if matches!(place, Place::Nearest(_)) {
            notes.push("truth lies on another grid: its nearest pixels were taken".into());
        }
        return Ok((Truth::Raster(Box::new(TruthRaster { raster, place })), None));
    }
    if !input.truth.exists() {
        return Err(EvaluateError::Missing { path: shown(&input.truth), wanted: MISSING });
    }
    let dataset = open_vectors(&input.truth).ok_or_else(|| EvaluateError::Unreadable {
        path: shown(&input.truth),
        found: crate::io::last_gdal_message(),
        wanted: "labels",
        repair: "a GeoTIFF of 0 unlabelled, 1 unchanged, 2 changed, or polygons (GeoPackage, shapefile, GeoJSON)",
    })?;
    let Some(grid) = &change.grid else { return Err(not_placed(change, &shown(&input.truth), change)) };
    let Polygons { layer, polygons, skipped } =
        read_polygons(&dataset, &input.truth, input.truth_layer.as_deref(), &grid.crs)?;
    if skipped > 0 {
        notes.push(format!("{skipped} rows of truth layer {layer} have no usable polygon and were left out"));
    }
    let all = polygons.len();
    let inside: Vec<EvalPolygon> = polygons.into_iter().filter(|p| touches(p, grid)).collect();
    if inside.len() < all {
        notes.push(format!("{} truth polygons lie outside the change map and were left out", all - inside.len()));
    }
    if inside.is_empty() {
        return Err(EvaluateError::NoTruth {
            path: shown(&input.truth),
            found: format!("none of the {all} polygons of layer {layer} lies on {}", change.path),
            wanted: "truth of the same place is wanted",
        });
    }
    Ok((Truth::Polygons(PixelPolygons::new(inside.iter().map(|p| Some(&p.shape)), &grid.affine)), Some(inside)))
}

/// `true` when the bounding box of a polygon reaches into a grid.
fn touches(polygon: &EvalPolygon, grid: &Grid) -> bool {
    let Some(b) = crate::features::bounds(&polygon.shape) else { return false };
    let corners = [(b[0], b[1]), (b[0], b[3]), (b[2], b[1]), (b[2], b[3])].map(|(x, y)| grid.affine.to_pixel(x, y));
    let reach = |pick: fn(&(f64, f64)) -> f64, most: usize| {
        let values = corners.iter().map(pick);
        values.clone().fold(f64::MIN, f64::max) > 0.0 && values.fold(f64::MAX, f64::min) < most as f64
    };
    reach(|c| c.0, grid.rows) && reach(|c| c.1, grid.cols)
}

fn not_placed(what: &CodeRaster, other: &str, size: &CodeRaster) -> EvaluateError {
    EvaluateError::NotPlaced {
        path: what.path.clone(),
        found: what.unplaced,
        other: other.to_string(),
        rows: size.rows,
        cols: size.cols,
    }
}

fn place(truth: &CodeRaster, change: &CodeRaster) -> Result<Place, EvaluateError> {
    let same_size = (truth.rows, truth.cols) == (change.rows, change.cols);
    let (Some(theirs), Some(ours)) = (&truth.grid, &change.grid) else {
        if same_size {
            return Ok(Place::Aligned(0, 0));
        }
        let (lost, other) = if truth.grid.is_none() { (truth, change) } else { (change, truth) };
        return Err(not_placed(lost, &other.path, other));
    };
    if let Some((row, col)) = offset(theirs, ours) {
        return Ok(Place::Aligned(row, col));
    }
    let wrong = |source| EvaluateError::Crs { path: truth.path.clone(), source };
    let transform = Transformer::new(&ours.crs, &theirs.crs).map_err(wrong)?;
    Ok(Place::Nearest(Box::new((ours.clone(), theirs.clone(), transform))))
}

impl Truth {
    /// The truth codes of a window of the change map.
    pub fn read(&self, window: Window) -> Result<Array2<u8>, EvaluateError> {
        match self {
            Truth::Raster(t) => t.read(window),
            Truth::Polygons(p) => Ok(drawn_truth(p, window)),
        }
    }
}

impl TruthRaster {
    /// The truth of a window of the change map; outside the truth raster nothing is labelled.
    fn read(&self, window: Window) -> Result<Array2<u8>, EvaluateError> {
        let full = Window { row: 0, col: 0, rows: self.raster.rows, cols: self.raster.cols };
        let mut out = Array2::from_elem((window.rows, window.cols), UNLABELLED);
        match &self.place {
            Place::Aligned(row, col) => {
                let there = Window { row: window.row + row, col: window.col + col, ..window };
                let Some(part) = there.intersect(&full) else { return Ok(out) };
                for ((r, c), value) in self.raster.read(part)?.indexed_iter() {
                    let (row, col) = (part.row + r as i64, part.col + c as i64);
                    out[((row - there.row) as usize, (col - there.col) as usize)] = self.code(*value, row, col)?;
                }
            }
            Place::Nearest(place) => {
                let (ours, theirs, transform) = place.as_ref();
                let (mut xs, mut ys) = (Vec::with_capacity(window.pixels()), Vec::with_capacity(window.pixels()));
                for (r, c) in ndarray::indices((window.rows, window.cols)) {
                    let (row, col) = ((window.row + r as i64) as f64 + 0.5, (window.col + c as i64) as f64 + 0.5);
                    let (x, y) = ours.affine.to_map(row, col);
                    xs.push(x);
                    ys.push(y);
                }
                transform.apply(&mut xs, &mut ys);
                let pixels: Vec<(f64, f64)> = xs.iter().zip(&ys).map(|(x, y)| theirs.affine.to_pixel(*x, *y)).collect();
                // NaN compares false and stays out.
                let seen =
                    |p: &(f64, f64)| p.0 >= 0.0 && p.1 >= 0.0 && p.0 < full.rows as f64 && p.1 < full.cols as f64;
                // Read by rows of the change map: a finer truth would not fit into memory as one window.
                for (r, of_row) in pixels.chunks(window.cols).enumerate() {
                    let inside = || of_row.iter().filter(|p| seen(p)).map(|p| (p.0 as i64, p.1 as i64));
                    let (Some(r0), Some(r1)) = (inside().map(|p| p.0).min(), inside().map(|p| p.0).max()) else {
                        continue;
                    };
                    let (Some(c0), Some(c1)) = (inside().map(|p| p.1).min(), inside().map(|p| p.1).max()) else {
                        continue;
                    };
                    let part = Window { row: r0, col: c0, rows: (r1 - r0 + 1) as usize, cols: (c1 - c0 + 1) as usize };
                    let values = self.raster.read(part)?;
                    for (c, p) in of_row.iter().enumerate().filter(|(_, p)| seen(p)) {
                        let (row, col) = (p.0 as i64, p.1 as i64);
                        let value = values[((row - r0) as usize, (col - c0) as usize)];
                        out[(r, c)] = self.code(value, row, col)?;
                    }
                }
            }
        }
        Ok(out)
    }

    fn code(&self, value: i32, row: i64, col: i64) -> Result<u8, EvaluateError> {
        match value {
            0 => Ok(UNLABELLED),
            1 => Ok(UNCHANGED),
            2 => Ok(CHANGED),
            v if self.raster.nodata == Some(f64::from(v)) => Ok(UNLABELLED),
            value => Err(EvaluateError::Code {
                path: self.raster.path.clone(),
                value,
                row,
                col,
                wanted: "0 unlabelled, 1 unchanged, 2 changed",
            }),
        }
    }
}
