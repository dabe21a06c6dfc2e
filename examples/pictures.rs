//! The picture at the head of the README: before, after, change mask, and parcels coloured by verdict, of one part of
//! a finished run. Also an example of reading a run's files with the library.
//!
//! ```text
//! cargo run --release --example pictures -- BEFORE.tif AFTER.tif RUN OUT.png [row,col,rows,cols]
//! ```
//!
//! Without a window the part with the most different verdicts is shown.

use image::RgbImage;
use ndarray::Array2;
use std::error::Error;
use std::path::{Path, PathBuf};
use tuban::align::AlignParams;
use tuban::crosscheck::{Finding, Verdict};
use tuban::features::FeatureTable;
use tuban::grid::{Affine, Grid, Window};
use tuban::io::vector::{VectorOptions, read_vector};
use tuban::raster::{BandRole, Pixels};
use tuban::report::palette::{self, Rgb};
use tuban::report::picture::{self, Painted, Stretch};
use tuban::run::AlignedPair;

/// Part that is shown, pixels of the image, and how often each is enlarged.
const ROWS: usize = 225;
const COLS: usize = 300;
const ENLARGED: u32 = 2;
/// Ground around the part that brightness and contrast are taken from, pixels.
const AROUND: usize = 400;
/// White between the panels, pixels.
const GAP: u32 = 8;

/// A shape of the run and how it is painted.
struct Parcel {
    shape: geo::MultiPolygon<f64>,
    /// Finding or verdict.
    code: String,
    line: Rgb,
    fill: Option<Rgb>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [before, after, run, out, ..] = &arguments[..] else {
        return Err("usage: pictures BEFORE.tif AFTER.tif RUN OUT.png [row,col,rows,cols]".into());
    };
    tuban::io::init_gdal();
    let pair = AlignedPair::open(&[PathBuf::from(before)], &[PathBuf::from(after)], None, &AlignParams::default())?;
    let run = Path::new(run);
    let parcels = parcels(run, pair.grid())?;
    let window = match arguments.get(4) {
        Some(text) => parse_window(text)?,
        None => most_telling(&parcels, pair.grid(), &change(run, pair.grid().full())?),
    };
    eprintln!("window {},{},{},{}", window.row, window.col, window.rows, window.cols);
    let panels = panels(&pair, run, &parcels, window)?;
    std::fs::write(out, picture::png(&side_by_side(&panels))?)?;
    Ok(())
}

fn parse_window(text: &str) -> Result<Window, Box<dyn Error>> {
    let numbers = text.split(',').map(|n| n.trim().parse::<usize>()).collect::<Result<Vec<_>, _>>()?;
    let [row, col, rows, cols] = numbers[..] else { return Err(format!("'{text}' is no row,col,rows,cols").into()) };
    Ok(Window { row: row as i64, col: col as i64, rows, cols })
}

/// Values of `change.tif` in a window.
fn change(run: &Path, window: Window) -> Result<Array2<u8>, Box<dyn Error>> {
    let (from, size) = ((window.col as isize, window.row as isize), (window.cols, window.rows));
    let values = gdal::Dataset::open(run.join("change.tif"))?.rasterband(1)?.read_as::<u8>(from, size, size, None)?;
    Ok(Array2::from_shape_vec((window.rows, window.cols), values.data().to_vec())?)
}

/// What is painted: candidates nobody reported (as an outline), then the patches of the list by verdict (filled).
fn parcels(run: &Path, grid: &Grid) -> Result<Vec<Parcel>, Box<dyn Error>> {
    let file = run.join("parcels.gpkg");
    let read = |layer: &str| -> Result<FeatureTable, Box<dyn Error>> {
        let options = VectorOptions { layer: Some(layer), ..VectorOptions::new(&grid.crs) };
        Ok(read_vector(&file, &options)?.table)
    };
    let mut out = Vec::new();
    let mut take = |table: FeatureTable, column: &str, filled: bool, colour: &dyn Fn(&str) -> Option<Rgb>| {
        let Some(at) = table.fields.iter().position(|f| f.name == column) else { return };
        for row in table.rows {
            let code = row.values[at].text();
            if let (Some(shape), Some(line)) = (row.shape, colour(&code)) {
                out.push(Parcel { shape, code, line, fill: filled.then_some(line) });
            }
        }
    };
    let unreported = Finding::Unreported;
    take(read("candidates")?, "finding", false, &|c| (c == unreported.code()).then(|| palette::finding(unreported)));
    take(read("patches")?, "verdict", true, &|c| {
        Verdict::ALL.iter().find(|v| v.code() == c).map(|v| palette::verdict(*v))
    });
    Ok(out)
}

/// The window with the most different codes, then the most parcels, wholly inside, of those that could be judged; the first
/// such in raster order.
fn most_telling(parcels: &[Parcel], grid: &Grid, change: &Array2<u8>) -> Window {
    let (rows, cols) = (ROWS.min(grid.rows), COLS.min(grid.cols));
    let boxes: Vec<([f64; 4], &str)> = parcels.iter().map(|p| (pixel_box(p, &grid.affine), p.code.as_str())).collect();
    let mut best = ((0, 0), Window { row: 0, col: 0, rows, cols });
    for row in (0..=grid.rows - rows).step_by(16) {
        for col in (0..=grid.cols - cols).step_by(16) {
            let (top, left) = (row as f64 + 8.0, col as f64 + 8.0);
            let (bottom, right) = (top + rows as f64 - 16.0, left + cols as f64 - 16.0);
            let inside = boxes.iter().filter(|(b, _)| b[0] > top && b[1] > left && b[2] < bottom && b[3] < right);
            let judged = change.slice(ndarray::s![row..row + rows, col..col + cols]).iter().all(|c| *c != 255);
            let mut codes: Vec<&str> = inside.map(|b| b.1).collect();
            let all = codes.len();
            codes.sort_unstable();
            codes.dedup();
            if judged && (codes.len(), all) > best.0 {
                best = ((codes.len(), all), Window { row: row as i64, col: col as i64, rows, cols });
            }
        }
    }
    best.1
}

/// Rows and columns a parcel spans: top, left, bottom, right.
fn pixel_box(parcel: &Parcel, affine: &Affine) -> [f64; 4] {
    let mut out = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for c in parcel.shape.0.iter().flat_map(|p| p.exterior()) {
        let (row, col) = affine.to_pixel(c.x, c.y);
        out = [out[0].min(row), out[1].min(col), out[2].max(row), out[3].max(col)];
    }
    out
}

/// Before, after, change mask, verdicts; all of one size.
fn panels(pair: &AlignedPair, run: &Path, parcels: &[Parcel], window: Window) -> Result<[RgbImage; 4], Box<dyn Error>> {
    let band = |role, otherwise| pair.bands().position(role).unwrap_or(otherwise);
    let rgb = [band(BandRole::Red, 0), band(BandRole::Green, 0), band(BandRole::Blue, 0)];
    let (before, after) = pair.read(window);
    // Each date through its own glass, as haze and season shall not hide what is on the ground; cut from a wider part, so
    // that a few bright roofs are not all there is to see.
    let (wide_before, wide_after) = pair.read(window.with_halo(AROUND));
    let look = |p: &Pixels| Stretch::of(p.bands.view(), p.quality.view(), rgb);
    let show = |p: &Pixels, look: &Stretch| {
        let image = picture::stretch(p.bands.view(), p.quality.view(), rgb, look);
        picture::enlarge(&image, ENLARGED)
    };
    let before = show(&before, &look(&wide_before));
    let after = show(&after, &look(&wide_after));
    let mask = change(run, window)?;
    let affine = picture::enlarged(&pair.grid().affine.shifted(window.row as f64, window.col as f64), ENLARGED);
    let painted: Vec<Painted> =
        parcels.iter().map(|p| Painted { shape: &p.shape, fill: p.fill, line: p.line, least_px: 0.0 }).collect();
    let metres = pair.grid().gsd_m().1 / f64::from(ENLARGED);
    let verdicts = picture::overview(&after, &affine, metres, &painted);
    Ok([before, after, picture::enlarge(&picture::change_map(mask.view()), ENLARGED), verdicts])
}

/// Two by two.
fn side_by_side(panels: &[RgbImage; 4]) -> RgbImage {
    let (width, height) = panels[0].dimensions();
    let mut out = RgbImage::from_pixel(2 * width + GAP, 2 * height + GAP, image::Rgb([255; 3]));
    for (n, panel) in panels.iter().enumerate() {
        let (x, y) = (n as u32 % 2 * (width + GAP), n as u32 / 2 * (height + GAP));
        image::imageops::replace(&mut out, panel, i64::from(x), i64::from(y));
    }
    out
}
