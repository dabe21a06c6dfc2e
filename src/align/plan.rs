//! The plan: metadata of all files in, a plain struct out. Tested without pixels.

use super::{AlignParams, Displacement, PixelMap, Straight};
use crate::grid::{Affine, Grid};
use serde::Serialize;
use std::sync::Arc;

/// Why the dates cannot be brought together.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum AlignError {
    /// Too little common ground.
    #[error(
        "{before} and {after} overlap by {found:.1} % of the working grid; align.min-overlap-percent asks for {wanted:.1} %{hint}; give images of the same area"
    )]
    Overlap {
        /// File before.
        before: String,
        /// File after.
        after: String,
        /// Overlap, percent.
        found: f64,
        /// Overlap asked for, percent.
        wanted: f64,
        /// Likely cause.
        hint: String,
    },
    /// Resolutions too different to compare.
    #[error(
        "{before} has pixels of {before_m:.2} m and {after} of {after_m:.2} m; more than {most} times apart cannot be compared, give images of similar resolution"
    )]
    Resolution {
        /// File before.
        before: String,
        /// File after.
        after: String,
        /// Ground sampling distance before, m.
        before_m: f64,
        /// Ground sampling distance after, m.
        after_m: f64,
        /// Largest ratio accepted.
        most: f64,
    },
    /// Both show structure, but not the same.
    #[error(
        "{before} and {after} do not show the same ground: on {textured} tiles with clear structure at both dates at most {agreeing} agree on a shift, of a true pair about {wanted} or more do; check that the files belong together, that neither is flipped and that both are georeferenced right within {reach:.0} pixels (align.max-shift-px)"
    )]
    Mismatch {
        /// File before.
        before: String,
        /// File after.
        after: String,
        /// Tiles with structure at both dates.
        textured: usize,
        /// Most of them that agree.
        agreeing: usize,
        /// Agreement that would have been a match.
        wanted: usize,
        /// Search range, pixels.
        reach: f64,
    },
    /// The working grid would be absurdly large.
    #[error("the files of {date} span {rows} x {cols} pixels together; check that they belong to one county")]
    Extent {
        /// `before` or `after`.
        date: &'static str,
        /// Rows.
        rows: f64,
        /// Columns.
        cols: f64,
    },
}

/// Resolutions more than this many times apart are refused: averaging 64 pixels into one leaves nothing of a parcel.
const MOST_RESOLUTION_RATIO: f64 = 8.0;
/// More rows or columns than any mosaic of a province at 0.5 m.
const MOST_SIDE: f64 = 2_000_000.0;

/// One of the two dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Date {
    /// The earlier.
    Before,
    /// The later.
    After,
}

/// How one file feeds the working grid.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Working position to position in the file.
    pub map: PixelMap,
    /// Pixels can be copied at this offset `(rows, cols)`: file position = working position + offset.
    pub copy: Option<(i64, i64)>,
    /// The map when it does not rotate: resampled row by row and column by column.
    pub straight: Option<Straight>,
    /// File pixels per working pixel along rows and columns; above 1 the kernel widens so that nothing aliases.
    pub shrink: (f64, f64),
}

impl Feed {
    /// A feed by a map. What it allows is decided here once for the whole working grid, so that every window agrees.
    pub fn new(map: PixelMap, shrink: (f64, f64), target: &Grid) -> Feed {
        Feed { copy: map.copy_offset(target), straight: map.straight(target), map, shrink }
    }

    /// The same file read displaced. Pixels that were copied are copied still when the displacement is a constant no more than
    /// `leave_alone_px` off whole pixels; everything else is resampled once, from where the metadata and the measured shift
    /// together put it.
    pub fn displaced(&self, displacement: &Arc<Displacement>, undo: bool, target: &Grid, leave_alone_px: f64) -> Feed {
        let whole = displacement.as_constant().map(|(r, c)| (r, c, r.round(), c.round()));
        if let (Some(_), Some((r, c, whole_r, whole_c))) = (self.copy, whole)
            && (r - whole_r).hypot(c - whole_c) <= leave_alone_px
        {
            let map = self.map.displaced(&Arc::new(Displacement::constant(whole_r, whole_c)), undo);
            return Feed::new(map, self.shrink, target);
        }
        Feed::new(self.map.displaced(displacement, undo), self.shrink, target)
    }
}

/// How both dates come onto one grid.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The working grid: that of the coarser date (the earlier one when alike), grown to all its files.
    pub grid: Grid,
    /// Which date gave the grid.
    pub reference: Date,
    /// One per file of the earlier date.
    pub before: Vec<Feed>,
    /// One per file of the later date.
    pub after: Vec<Feed>,
    /// Part of the working grid that the other date's files reach, percent (bounding shapes; nodata not counted).
    pub overlap_percent: f64,
}

/// A file's name and grid.
pub struct FileGrid<'a> {
    /// File.
    pub path: &'a str,
    /// Its grid.
    pub grid: &'a Grid,
}

/// Moves map coordinates of one grid's system into another's; gives `None` when the systems are the same.
pub type Mover<'a> = dyn Fn(&Grid, &Grid) -> Option<Box<dyn Fn(&mut [f64], &mut [f64])>> + 'a;

fn map_between(target: &Grid, source: &Grid, mover: &Mover) -> PixelMap {
    match mover(target, source) {
        None => PixelMap::affine(target, source),
        Some(move_points) => PixelMap::lattice(target, source, &*move_points),
    }
}

/// The first file's grid grown so that all files of the date fit.
fn mosaic_grid(files: &[FileGrid], date: &'static str, mover: &Mover) -> Result<Grid, AlignError> {
    let base = files[0].grid;
    let (mut top, mut left, mut bottom, mut right) = (0.0f64, 0.0f64, base.rows as f64, base.cols as f64);
    for file in &files[1..] {
        let to_base = map_between(file.grid, base, mover);
        let (r, c) = (file.grid.rows as f64, file.grid.cols as f64);
        for (row, col) in [(0.0, 0.0), (0.0, c), (r, 0.0), (r, c)] {
            let (br, bc) = to_base.at(row, col);
            if br.is_finite() && bc.is_finite() {
                (top, bottom) = (top.min((br + 1e-3).floor()), bottom.max((br - 1e-3).ceil()));
                (left, right) = (left.min((bc + 1e-3).floor()), right.max((bc - 1e-3).ceil()));
            }
        }
    }
    let (rows, cols) = (bottom - top, right - left);
    if rows > MOST_SIDE || cols > MOST_SIDE {
        return Err(AlignError::Extent { date, rows, cols });
    }
    let affine: Affine = base.affine.shifted(top, left);
    Ok(Grid { crs: base.crs.clone(), affine, rows: rows as usize, cols: cols as usize })
}

fn feeds(files: &[FileGrid], target: &Grid, mover: &Mover) -> Vec<Feed> {
    let feed = |file: &FileGrid| {
        let map = map_between(target, file.grid, mover);
        let (r, c) = map.scale(target);
        Feed::new(map, (r.max(1.0), c.max(1.0)), target)
    };
    files.iter().map(feed).collect()
}

/// Share of a regular set of working positions that fall inside one of the files, percent.
fn reach_percent(target: &Grid, files: &[FileGrid], feeds: &[Feed]) -> f64 {
    const N: usize = 64;
    let inside = |row: f64, col: f64| {
        feeds.iter().zip(files).any(|(feed, file)| {
            let (r, c) = feed.map.at(row, col);
            r >= 0.0 && c >= 0.0 && r < file.grid.rows as f64 && c < file.grid.cols as f64
        })
    };
    let hits = (0..N * N).filter(|k| {
        let row = (k / N) as f64 + 0.5;
        let col = (k % N) as f64 + 0.5;
        inside(row * target.rows as f64 / N as f64, col * target.cols as f64 / N as f64)
    });
    hits.count() as f64 * 100.0 / (N * N) as f64
}

/// Decides the working grid and how each file feeds it.
pub fn plan(before: &[FileGrid], after: &[FileGrid], params: &AlignParams, mover: &Mover) -> Result<Plan, AlignError> {
    let (grid_b, grid_a) = (mosaic_grid(before, "before", mover)?, mosaic_grid(after, "after", mover)?);
    let (gsd_b, gsd_a) = (grid_b.gsd_mean_m(), grid_a.gsd_mean_m());
    if gsd_b / gsd_a > MOST_RESOLUTION_RATIO || gsd_a / gsd_b > MOST_RESOLUTION_RATIO {
        return Err(AlignError::Resolution {
            before: before[0].path.into(),
            after: after[0].path.into(),
            before_m: gsd_b,
            after_m: gsd_a,
            most: MOST_RESOLUTION_RATIO,
        });
    }
    // 5 %: grids of one nominal resolution that differ by projection stay with the earlier date.
    let reference = if gsd_a > gsd_b * 1.05 { Date::After } else { Date::Before };
    let grid = if reference == Date::After { grid_a } else { grid_b };
    let (feeds_b, feeds_a) = (feeds(before, &grid, mover), feeds(after, &grid, mover));
    let other = match reference {
        Date::Before => reach_percent(&grid, after, &feeds_a),
        Date::After => reach_percent(&grid, before, &feeds_b),
    };
    if other < params.min_overlap_percent {
        return Err(AlignError::Overlap {
            before: before[0].path.into(),
            after: after[0].path.into(),
            found: other,
            wanted: params.min_overlap_percent,
            hint: zone_hint(before[0].grid, after[0].grid),
        });
    }
    Ok(Plan { grid, reference, before: feeds_b, after: feeds_a, overlap_percent: other })
}

/// The commonest cause of no overlap in the field: zone-prefixed against unprefixed eastings.
fn zone_hint(a: &Grid, b: &Grid) -> String {
    let prefix = |g: &Grid| {
        let x = g.corners()[0].0;
        if g.crs.geographic || !(13e6..46e6).contains(&x) { 0 } else { (x / 1e6) as i64 }
    };
    match (prefix(a), prefix(b)) {
        (p, q) if p != q && !a.crs.geographic && !b.crs.geographic => {
            format!(" (eastings carry zone prefix {p} before and {q} after, 0 = none: one of them is declared wrongly)")
        }
        _ => String::new(),
    }
}
