//! A picture per tile for people: before, after, truth, and what the methods say, side by side.

use super::image::Truth;
use super::method::{Answer, AsItLies};
use crate::error::Error;
use crate::evaluate::{CHANGED, UNCHANGED};
use crate::grid::Grid;
use crate::report::picture::{Stretch, change_map, enlarge, png, stretch};
use image::RgbImage;
use ndarray::Array2;

/// Longer side of a panel, pixels.
const PANEL: usize = 640;
/// Panels smaller than this are enlarged by whole pixels.
const SMALL: u32 = 300;
/// Gap between panels.
const GAP: u32 = 8;
/// Colour of the gaps.
const PAPER: [u8; 3] = [0xff; 3];

/// The picture of a tile: before, after, truth where there is one, then the answers in their order. All panels show the pair's
/// working grid; an answer on another one is brought there by nearest pixels.
pub fn tile_picture(pair: &AsItLies, truth: Option<&Truth>, answers: &[&Answer]) -> Result<Vec<u8>, Error> {
    let bands = pair.before.bands.dim().0;
    let shown = pair.shown.map(|b| b.min(bands.saturating_sub(1)));
    // Each date through its own stretch: pairs here differ in haze and sensor by far more than in what is to be seen.
    let photo = |p: &crate::raster::Pixels| {
        stretch(p.bands.view(), p.quality.view(), shown, &Stretch::of(p.bands.view(), p.quality.view(), shown))
    };
    let mut panels = vec![photo(&pair.before), photo(&pair.after)];
    if let Some(truth) = truth {
        // In the colours of a change map; unlabelled looks as not judged.
        let codes = truth.on(&pair.grid)?.codes.mapv(|c| match c {
            CHANGED => 1,
            UNCHANGED => 0,
            _ => 255,
        });
        panels.push(change_map(codes.view()));
    }
    for answer in answers {
        panels.push(change_map(on(answer, &pair.grid)?.view()));
    }
    png(&row_of(&panels)).map_err(|e| Error::Bug(e.to_string()))
}

fn on(answer: &Answer, grid: &Grid) -> Result<Array2<u8>, Error> {
    if answer.grid == *grid {
        return Ok(answer.change.clone());
    }
    // Codes are moved like labels: 1 and 2 for unchanged and changed, nothing for not judged.
    let codes = answer.change.mapv(|c| if c <= 1 { c + 1 } else { 0 });
    let moved = Truth { grid: answer.grid.clone(), codes, polygons: None }.on(grid)?;
    Ok(moved.codes.mapv(|c| if c == 0 { 255 } else { c - 1 }))
}

/// Panels of one size in a row with gaps and a rim.
fn row_of(panels: &[RgbImage]) -> RgbImage {
    let sized: Vec<RgbImage> = panels.iter().map(fitted).collect();
    let (width, height) = sized.first().map_or((1, 1), |p| p.dimensions());
    let total = GAP + sized.len() as u32 * (width + GAP);
    let mut out = RgbImage::from_pixel(total, height + 2 * GAP, image::Rgb(PAPER));
    for (n, panel) in sized.iter().enumerate() {
        let x = GAP + n as u32 * (width + GAP);
        image::imageops::replace(&mut out, panel, x.into(), GAP.into());
    }
    out
}

/// Small panels grow by whole pixels; large ones are thinned out, so that masks keep their colours.
fn fitted(panel: &RgbImage) -> RgbImage {
    let (width, height) = panel.dimensions();
    let longer = width.max(height);
    if longer < SMALL {
        return enlarge(panel, SMALL.div_ceil(longer.max(1)));
    }
    let step = longer.div_ceil(PANEL as u32);
    RgbImage::from_fn(width.div_ceil(step), height.div_ceil(step), |x, y| *panel.get_pixel(x * step, y * step))
}
