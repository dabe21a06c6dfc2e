//! An image in memory with its place, and truth with its place.

use super::resample;
use crate::error::Error;
use crate::evaluate::{CHANGED, EvalPolygon, Objects, UNCHANGED, UNLABELLED, components};
use crate::grid::{Affine, Crs, Grid, Window};
use crate::io::crs::{self, Transformer};
use crate::io::source::{ImageInfo, RasterSource};
use crate::io::{GdalImage, WriteError, write_image};
use crate::raster::Pixels;
use crate::vectorise::PixelPolygons;
use ndarray::{Array2, s};
use std::path::Path;

/// An image, whole.
#[derive(Clone)]
pub struct Image {
    /// Its grid.
    pub grid: Grid,
    /// All its bands.
    pub pixels: Pixels,
    /// The file it came from.
    pub info: ImageInfo,
}

impl Image {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Image, Error> {
        let file = GdalImage::open(path)?;
        let bands: Vec<usize> = (0..file.info().bands.len()).collect();
        let (grid, info) = (file.grid().clone(), file.info().clone());
        Ok(Image { pixels: file.read(grid.full(), &bands), grid, info })
    }

    /// Writes it as the kind of file it came from.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        write_image(path, &self.grid, &self.pixels, &self.info)
    }

    /// The same image with other pixels.
    pub fn with(&self, pixels: Pixels) -> Image {
        Image { pixels, ..self.clone() }
    }

    /// A window of it.
    pub fn cut(&self, w: Window) -> Image {
        let (row, col) = (w.row as usize, w.col as usize);
        let bands = self.pixels.bands.slice(s![.., row..row + w.rows, col..col + w.cols]).to_owned();
        let quality = self.pixels.quality.slice(s![row..row + w.rows, col..col + w.cols]).to_owned();
        Image { grid: self.grid.of_window(w), pixels: Pixels { bands, quality }, info: self.info.clone() }
    }

    /// In pixels `factor` times as wide.
    pub fn coarser(&self, factor: f64) -> Image {
        let pixels = resample::averaged(&self.pixels, factor);
        let (rows, cols) = pixels.shape();
        let [x, a, b, y, c, d] = self.grid.affine.0;
        let affine = Affine([x, a * factor, b * factor, y, c * factor, d * factor]);
        Image { grid: Grid { affine, rows, cols, crs: self.grid.crs.clone() }, pixels, info: self.info.clone() }
    }

    /// Warped to another reference system with pixels of about the same size: to longitude and latitude (CGCS2000), or from
    /// there to the UTM zone of the image's middle.
    pub fn elsewhere(&self) -> Result<Image, Error> {
        let bug = |e: crs::CrsError| Error::Bug(e.to_string());
        let grid = &self.grid;
        let target = if grid.crs.geographic {
            let (lon, lat) = grid.affine.to_map(grid.rows as f64 / 2.0, grid.cols as f64 / 2.0);
            let zone = ((lon + 180.0) / 6.0).floor().clamp(0.0, 59.0) as u32 + 1;
            crs::parse(&format!("EPSG:{}", if lat < 0.0 { 32_700 } else { 32_600 } + zone)).map_err(bug)?
        } else {
            crs::cgcs2000_lonlat().map_err(bug)?
        };
        let there = grid_around(grid, &target)?;
        let back = Transformer::new(&target, &grid.crs).map_err(bug)?;
        let places = places(&there, &back, grid);
        let pixels = resample::cubic(&self.pixels, there.rows, there.cols, |r, c| Some(places[r * there.cols + c]));
        Ok(Image { grid: there, pixels, info: self.info.clone() })
    }
}

/// A north-up grid of `target` that holds `grid`, with pixels of about the same size.
fn grid_around(grid: &Grid, target: &Crs) -> Result<Grid, Error> {
    let bug = |e: crs::CrsError| Error::Bug(e.to_string());
    let to = Transformer::new(&grid.crs, target).map_err(bug)?;
    // The outline, not only the corners: edges bend.
    let steps = 32;
    let share = |n: usize, most: usize| most as f64 * n as f64 / steps as f64;
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for n in 0..=steps {
        let (r, c) = (share(n, grid.rows), share(n, grid.cols));
        for (r, c) in [(r, 0.0), (r, grid.cols as f64), (0.0, c), (grid.rows as f64, c)] {
            let (x, y) = grid.affine.to_map(r, c);
            xs.push(x);
            ys.push(y);
        }
    }
    to.apply(&mut xs, &mut ys);
    let fold = |v: &[f64], f: fn(f64, f64) -> f64, from: f64| v.iter().copied().fold(from, f);
    let (x0, x1) = (fold(&xs, f64::min, f64::MAX), fold(&xs, f64::max, f64::MIN));
    let (y0, y1) = (fold(&ys, f64::min, f64::MAX), fold(&ys, f64::max, f64::MIN));
    let gsd = grid.gsd_mean_m();
    let (dx, dy) = if target.geographic {
        let (m_lat, m_lon) = crate::grid::metres_per_degree((y0 + y1) / 2.0);
        (gsd / m_lon, gsd / m_lat)
    } else {
        (gsd / target.unit_m, gsd / target.unit_m)
    };
    let (rows, cols) = (((y1 - y0) / dy).ceil(), ((x1 - x0) / dx).ceil());
    let most = 4.0 * (grid.rows + grid.cols) as f64;
    if !(rows >= 1.0 && cols >= 1.0 && rows < most && cols < most) {
        return Err(Error::Bug(format!(
            "a grid of {rows} x {cols} pixels around an image of {} x {}",
            grid.rows, grid.cols
        )));
    }
    let affine = Affine([x0, dx, 0.0, y1, 0.0, -dy]);
    Ok(Grid { crs: target.clone(), affine, rows: rows as usize, cols: cols as usize })
}

/// Where the pixel centres of `here` lie in `there`, `(row, col)` in raster order; NaN for nowhere.
fn places(here: &Grid, back: &Transformer, there: &Grid) -> Vec<(f64, f64)> {
    let mut out = Vec::with_capacity(here.rows * here.cols);
    for row in 0..here.rows {
        let centres = (0..here.cols).map(|col| here.affine.to_map(row as f64 + 0.5, col as f64 + 0.5));
        let (mut xs, mut ys): (Vec<f64>, Vec<f64>) = centres.unzip();
        back.apply(&mut xs, &mut ys);
        out.extend(xs.iter().zip(&ys).map(|(x, y)| there.affine.to_pixel(*x, *y)));
    }
    out
}

/// What is known to have changed, on the grid of the earlier image.
#[derive(Clone)]
pub struct Truth {
    /// Its grid.
    pub grid: Grid,
    /// 0 unlabelled, 1 unchanged, 2 changed.
    pub codes: Array2<u8>,
    /// Truth objects where they are given as polygons; else they are the connected changed pixels.
    pub polygons: Option<Vec<EvalPolygon>>,
}

/// Truth on the grid of an answer.
pub struct OnGrid {
    /// 0 unlabelled, 1 unchanged, 2 changed.
    pub codes: Array2<u8>,
    /// The objects.
    pub objects: Objects,
}

impl Truth {
    /// On another grid: each pixel takes the label its centre lies in, objects are drawn anew.
    pub fn on(&self, grid: &Grid) -> Result<OnGrid, Error> {
        let codes = if *grid == self.grid {
            self.codes.clone()
        } else {
            let back = Transformer::new(&grid.crs, &self.grid.crs).map_err(|e| Error::Bug(e.to_string()))?;
            let places = places(grid, &back, &self.grid);
            Array2::from_shape_fn((grid.rows, grid.cols), |(i, j)| {
                let (r, c) = places[i * grid.cols + j];
                let inside = r >= 0.0 && c >= 0.0 && r < self.grid.rows as f64 && c < self.grid.cols as f64;
                if inside { self.codes[(r as usize, c as usize)] } else { UNLABELLED }
            })
        };
        let objects = match &self.polygons {
            Some(polygons) if crs::same(&grid.crs, &self.grid.crs) => {
                let drawn = PixelPolygons::new(polygons.iter().map(|p| Some(&p.shape)), &grid.affine);
                let mut ids = Array2::zeros((grid.rows, grid.cols));
                drawn.spans(grid.full(), |n, row, cols| cols.for_each(|col| ids[(row, col)] = n as u32 + 1));
                Objects { ids, count: polygons.len() }
            }
            _ => components(codes.mapv(|c| u8::from(c == CHANGED)).view()),
        };
        Ok(OnGrid { codes, objects })
    }

    /// Labelled share of the pixels, percent.
    pub fn labelled_percent(&self) -> f64 {
        let labelled = self.codes.iter().filter(|c| matches!(**c, UNCHANGED | CHANGED)).count();
        labelled as f64 * 100.0 / self.codes.len().max(1) as f64
    }
}
