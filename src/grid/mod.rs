//! Where pixels lie: coordinate reference system, affine transform, windows and tilings.
//!
//! In: metadata of an image. Out: plain data every later stage computes with; nothing here reads a file.
//! Pixel coordinates are `(row, col)` with the corner of the first pixel at `(0, 0)` and its centre at `(0.5, 0.5)`;
//! map coordinates are `(x, y)` with x = east or longitude.

mod tiling;
mod window;

pub use tiling::{Tiling, sample_stride, sample_tiles, sample_windows};
pub use window::Window;

use serde::Serialize;

/// A coordinate reference system as the files gave it, with what pure code needs to know of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crs {
    /// OGC WKT (version 1 or 2), the only authority for transformations.
    #[serde(skip)]
    pub wkt: String,
    /// Name for people, e.g. `CGCS2000 / 3-degree Gauss-Kruger zone 39`.
    pub name: String,
    /// EPSG code where one is known.
    pub epsg: Option<u32>,
    /// `true`: map units are degrees; `false`: map units are metres once multiplied by `unit_m`.
    pub geographic: bool,
    /// Metres per map unit of a projected system; 1 for geographic ones.
    pub unit_m: f64,
}

/// Affine map from pixel corner `(row, col)` to map `(x, y)`, in GDAL's order of coefficients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Affine(pub [f64; 6]);

impl Affine {
    /// Map coordinates of a pixel position.
    pub fn to_map(&self, row: f64, col: f64) -> (f64, f64) {
        let t = &self.0;
        (t[0] + col * t[1] + row * t[2], t[3] + col * t[4] + row * t[5])
    }

    /// Determinant: signed area of a pixel in square map units.
    pub fn determinant(&self) -> f64 {
        self.0[1] * self.0[5] - self.0[2] * self.0[4]
    }

    /// Pixel position `(row, col)` of map coordinates. The transform must be invertible (checked when a file is opened).
    pub fn to_pixel(&self, x: f64, y: f64) -> (f64, f64) {
        let t = &self.0;
        let det = self.determinant();
        let (dx, dy) = (x - t[0], y - t[3]);
        let col = (dx * t[5] - dy * t[2]) / det;
        let row = (dy * t[1] - dx * t[4]) / det;
        (row, col)
    }

    /// Least and greatest pixel positions `(row, col)` of a rectangle in map coordinates, given by two opposite corners.
    pub fn pixel_extent(&self, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) -> ((f64, f64), (f64, f64)) {
        let pixels = [(x0, y0), (x0, y1), (x1, y0), (x1, y1)].map(|(x, y)| self.to_pixel(x, y));
        let low = pixels.iter().fold((f64::MAX, f64::MAX), |m, p| (m.0.min(p.0), m.1.min(p.1)));
        let high = pixels.iter().fold((f64::MIN, f64::MIN), |m, p| (m.0.max(p.0), m.1.max(p.1)));
        (low, high)
    }

    /// The same grid with its origin moved to pixel corner `(row, col)`.
    pub fn shifted(&self, row: f64, col: f64) -> Affine {
        let (x, y) = self.to_map(row, col);
        let mut t = self.0;
        t[0] = x;
        t[3] = y;
        Affine(t)
    }

    /// The transform of every `step`-th pixel from pixel corner `(row, col)` on.
    pub fn thinned(&self, row: f64, col: f64, step: usize) -> Affine {
        let [x, a, b, y, c, d] = self.shifted(row, col).0;
        let k = step as f64;
        Affine([x, a * k, b * k, y, c * k, d * k])
    }
}

/// A georeferenced raster grid.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grid {
    /// Reference system of the map coordinates.
    pub crs: Crs,
    /// Pixel to map transform.
    pub affine: Affine,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
}

impl Grid {
    /// The window that is the whole grid.
    pub fn full(&self) -> Window {
        Window { row: 0, col: 0, rows: self.rows, cols: self.cols }
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        self.rows as u64 * self.cols as u64
    }

    /// Area of one pixel in square map units (planar, not ellipsoidal).
    pub fn pixel_area(&self) -> f64 {
        self.affine.determinant().abs()
    }

    /// Ground sampling distance in metres `(across rows, across columns)` at the middle of the grid.
    ///
    /// Degrees are turned into metres with the radii of curvature of the CGCS2000 ellipsoid at the grid's middle latitude.
    pub fn gsd_m(&self) -> (f64, f64) {
        let t = &self.affine.0;
        if self.crs.geographic {
            let (_, lat) = self.affine.to_map(self.rows as f64 / 2.0, self.cols as f64 / 2.0);
            let (m_lat, m_lon) = metres_per_degree(lat);
            let along = |dx: f64, dy: f64| ((dx * m_lon).powi(2) + (dy * m_lat).powi(2)).sqrt();
            (along(t[2], t[5]), along(t[1], t[4]))
        } else {
            let u = self.crs.unit_m;
            (t[2].hypot(t[5]) * u, t[1].hypot(t[4]) * u)
        }
    }

    /// One figure for the resolution: the square root of the pixel's area in metres.
    pub fn gsd_mean_m(&self) -> f64 {
        let (r, c) = self.gsd_m();
        (r * c).sqrt()
    }

    /// Corners of the grid in map coordinates, clockwise from the first pixel.
    pub fn corners(&self) -> [(f64, f64); 4] {
        let (r, c) = (self.rows as f64, self.cols as f64);
        [self.affine.to_map(0.0, 0.0), self.affine.to_map(0.0, c), self.affine.to_map(r, c), self.affine.to_map(r, 0.0)]
    }

    /// Grid of a window of this grid; the window may reach beyond it.
    pub fn of_window(&self, window: Window) -> Grid {
        Grid {
            crs: self.crs.clone(),
            affine: self.affine.shifted(window.row as f64, window.col as f64),
            rows: window.rows,
            cols: window.cols,
        }
    }
}

/// Metres per degree of latitude and of longitude at a latitude, on the CGCS2000 ellipsoid.
pub fn metres_per_degree(lat_deg: f64) -> (f64, f64) {
    const A: f64 = 6_378_137.0;
    const E2: f64 = 0.006_694_380_022_900_686;
    let (s, c) = lat_deg.to_radians().sin_cos();
    let w2 = 1.0 - E2 * s * s;
    let meridian = A * (1.0 - E2) / (w2 * w2.sqrt());
    let normal = A / w2.sqrt();
    (meridian.to_radians(), (normal * c).to_radians())
}

#[cfg(test)]
mod tests;
