//! Reading a list as a scan would, and where its patches lie.

use super::InspectInput;
use super::records::{ListReport, PatchPlaces};
use crate::crosscheck::Claim;
use crate::crosscheck::list::{AreaUnit, ListError, ListHints, read_list};
use crate::features::bounds;
use crate::grid::{Crs, Grid};
use crate::io::crs::{self, Transformer};
use crate::io::vector::{VectorError, VectorFile, VectorOptions, read_any};
use crate::run::Geodesy;
use std::collections::BTreeMap;
use std::path::Path;

/// Kinds of problems named one by one.
const NAMED: usize = 20;

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookError {
    #[error(transparent)]
    Vector(#[from] VectorError),
    #[error("{path}: {source}")]
    Fields { path: String, source: ListError },
    #[error("the reference system of the images cannot be used: {0}")]
    Crs(#[from] crs::CrsError),
}

/// The images a list is held against.
pub(super) struct Frame {
    images: Vec<Grid>,
    working: Option<Grid>,
}

impl Frame {
    pub fn new(images: Vec<Grid>) -> Frame {
        let working = images.first().cloned();
        Frame { images, working }
    }

    /// With the working grid of a pair.
    pub fn on(self, grid: Grid) -> Frame {
        Frame { working: Some(grid), ..self }
    }

    fn target(&self) -> Result<Crs, crs::CrsError> {
        match &self.working {
            Some(grid) => Ok(grid.crs.clone()),
            None => crs::cgcs2000_lonlat(),
        }
    }

    fn extent(&self) -> Option<[f64; 4]> {
        let corners = self.working.as_ref()?.corners();
        let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        Some(corners.iter().fold(start, |b, c| [b[0].min(c.0), b[1].min(c.1), b[2].max(c.0), b[3].max(c.1)]))
    }
}

/// Whether a file without a telling name opens as a vector file.
pub(super) fn opens(path: &Path) -> bool {
    let Ok(target) = crs::cgcs2000_lonlat() else { return false };
    read_any(path, &VectorOptions::new(&target)).is_ok()
}

/// Counts where the shapes lie against every image.
fn places(file: &VectorFile, target: &Crs, images: &[Grid]) -> Option<PatchPlaces> {
    if images.is_empty() {
        return None;
    }
    let movers: Vec<Option<Transformer>> = images.iter().map(|g| Transformer::new(target, &g.crs).ok()).collect();
    let mut out = PatchPlaces::default();
    for b in file.table.rows.iter().filter_map(|r| r.shape.as_ref()).filter_map(bounds) {
        let (mut inside, mut outside) = (true, false);
        for (grid, mover) in images.iter().zip(&movers) {
            let (mut x, mut y) = (vec![b[0], b[2], b[2], b[0]], vec![b[1], b[1], b[3], b[3]]);
            let Some(mover) = mover else {
                outside = true;
                continue;
            };
            mover.apply(&mut x, &mut y);
            let at: Vec<(f64, f64)> = x.iter().zip(&y).map(|(x, y)| grid.affine.to_pixel(*x, *y)).collect();
            let (rows, cols) = (grid.rows as f64, grid.cols as f64);
            inside &= at.iter().all(|(r, c)| (0.0..=rows).contains(r) && (0.0..=cols).contains(c));
            outside |= at.iter().all(|p| p.0 < 0.0)
                || at.iter().all(|p| p.0 > rows)
                || at.iter().all(|p| p.1 < 0.0)
                || at.iter().all(|p| p.1 > cols)
                || at.iter().any(|p| !p.0.is_finite() || !p.1.is_finite());
        }
        match (inside, outside) {
            (_, true) => out.outside += 1,
            (true, _) => out.inside += 1,
            _ => out.partly += 1,
        }
    }
    Some(out)
}

/// Problems by their text without what differs from row to row, the commonest first.
fn grouped(problems: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for text in problems {
        // Quoted values and numbers make every row's sentence unique.
        let mut plain = String::new();
        let mut quoted = false;
        for c in text.chars() {
            match c {
                '“' => {
                    quoted = true;
                    plain.push_str("“…");
                }
                '”' => {
                    quoted = false;
                    plain.push(c);
                }
                _ if quoted => {}
                c if c.is_ascii_digit() || c == '.' => {
                    if !plain.ends_with('#') {
                        plain.push('#');
                    }
                }
                c => plain.push(c),
            }
        }
        *counts.entry(plain).or_default() += 1;
    }
    let mut out: Vec<(String, usize)> = counts.into_iter().collect();
    out.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    out.truncate(NAMED);
    out
}

/// Everything about a list.
pub(super) fn look(path: &Path, frame: &Frame, input: &InspectInput) -> Result<ListReport, LookError> {
    let target = frame.target()?;
    let mut options = VectorOptions::new(&target);
    options.encoding = input.encoding.as_deref();
    options.extent = frame.extent();
    options.assume_crs = input.assume_crs.as_ref();
    let file = read_any(path, &options)?;
    let geodesy = Geodesy::new(&target)?;
    let hints = ListHints { claim_field: input.claim_field.clone(), ..ListHints::default() };
    let shown = path.display().to_string();
    let list = read_list(&file.table, &hints, &|s| geodesy.area_m2(s))
        .map_err(|source| LookError::Fields { path: shown.clone(), source })?;
    let polygons = file.table.rows.iter().filter(|r| r.shape.is_some()).count();
    let points = file.points.iter().flatten().count();
    let claims = Claim::ALL.iter().map(|c| (*c, list.rows.iter().filter(|r| r.claim == *c).count()));
    let mut notes = file.notes.clone();
    notes.extend(list.notes.clone());
    Ok(ListReport {
        path: shown,
        layer: file.layer.clone(),
        rows: list.rows.len(),
        polygons,
        points,
        without_geometry: list.rows.len().saturating_sub(polygons + points),
        problems: grouped(list.rows.iter().flat_map(|r| r.problems.iter().cloned())),
        encoding: file.encoding.clone(),
        crs_note: file.crs_note.clone(),
        fields: list.fields.iter().map(|f| f.name.clone()).collect(),
        id_field: list.id_field.clone(),
        claim_field_how: list.claim_field_how.clone(),
        claim_fields: list.claim_fields.clone(),
        area_field: list.area_field.clone(),
        area_unit: list.area_unit.map(AreaUnit::zh),
        claim_date_field: list.claim_date_field.clone(),
        claims: claims.filter(|c| c.1 > 0).collect(),
        places: places(&file, &target, &frame.images),
        notes,
    })
}
