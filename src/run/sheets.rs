//! Evidence sheets and the towns' folders of a verification.
//!
//! In: a document with its verdicts and the pairs it was read from. Out: `towns/<town>/` with a sheet per patch as Word document and as a
//! page to print, a workbook, a GBK shapefile, and KML and GeoJSON for the field.

use super::geodesy::Geodesy;
use super::images::AlignedPair;
use super::outputs::{out_layer, write_file};
use super::pictures::{Cutting, cutting, window_around};
use super::pool::Pool;
use crate::crosscheck::PatchFinding;
use crate::error::Error;
use crate::features::Shape;
use crate::grid::{Affine, Window};
use crate::io::WriteError;
use crate::io::crs::{self, Transformer};
use crate::io::vector_out::write_shapefile;
use crate::raster::Pixels;
use crate::report::document::{Document, ImageSummary};
use crate::report::evidence::{
    ChipDate, Corner, EvidenceChip, EvidenceSheet, FieldPatch, evidence_chips, evidence_docx, evidence_html,
    field_geojson, field_kml, shared_stretch,
};
use crate::report::patch_table::patches_table;
use crate::report::picture::{Stretch, jpeg};
use crate::report::xlsx::findings_xlsx;
use std::collections::BTreeMap;
use std::path::Path;

/// Longest side of a picture's ground, pixels of the working grid; larger patches are thinned.
const SHOWN_PX: usize = 400;
/// Quality of the pictures' JPEG.
const QUALITY: u8 = 88;
/// Longest part of a file's name that comes from a user's file, characters.
const MOST_NAME: usize = 40;
/// EPSG code of a 3-degree zone of CGCS2000 less its number (zones 25 to 45, false easting with the zone's number).
const ZONES_EPSG: i64 = 4488;

/// A pair that pictures are cut from.
pub(super) struct Shown<'a> {
    pub pair: &'a AlignedPair,
    /// Outlines of the patches in its system.
    pub shapes: Vec<Shape>,
}

/// Where a patch lies, for the sheet and for the field.
struct Place {
    corners: Vec<Corner>,
    zone: String,
    lonlat: Shape,
}

/// Writes everything into `folder/towns`.
pub(super) fn write_towns(
    folder: &Path,
    document: &Document,
    of: &Shown,
    first: Option<&Shown>,
    geodesy: &Geodesy,
    pool: &Pool,
) -> Result<(), Error> {
    let places = places(document, of, geodesy)?;
    let mut towns: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (n, patch) in document.patches.iter().enumerate() {
        towns.entry(folder_name(patch)).or_default().push(n);
    }
    for (town, rows) in towns {
        let folder = folder.join("towns").join(town);
        let sheets = folder.join("sheets");
        std::fs::create_dir_all(&sheets).map_err(|e| WriteError::io(&sheets, &e))?;
        let written = pool.map(&rows, |n| {
            let sheet = sheet(document, &places[*n], (of, first), *n);
            let name = sheet_name(&document.patches[*n]);
            let docx = evidence_docx(&sheet).map_err(|e| Error::Bug(e.to_string()))?;
            write_file(&sheets.join(format!("{name}.docx")), &docx)?;
            let page = evidence_html(&sheet).map_err(|e| Error::Bug(e.to_string()))?;
            write_file(&sheets.join(format!("{name}.html")), page.as_bytes())?;
            Ok(())
        });
        written.into_iter().collect::<Result<(), Error>>()?;
        write_tables(&folder, document, &rows, &places, &of.pair.grid().crs)?;
    }
    Ok(())
}

/// The tables of one town.
fn write_tables(
    folder: &Path,
    document: &Document,
    rows: &[usize],
    places: &[Place],
    crs: &crate::grid::Crs,
) -> Result<(), Error> {
    let patches: Vec<PatchFinding> = rows.iter().map(|n| document.patches[*n].clone()).collect();
    let own = Document {
        patches,
        candidates: Vec::new(),
        towns: document.towns.iter().filter(|t| Some(&t.town_code) == town_code(document, rows)).cloned().collect(),
        not_judged: Vec::new(),
        transitions: Vec::new(),
        followups: None,
        overview: None,
        chips: BTreeMap::new(),
        ..document.clone()
    };
    let book = findings_xlsx(&own).map_err(|e| Error::Bug(e.to_string()))?;
    write_file(&folder.join("patches.xlsx"), &book)?;
    write_shapefile(folder, &out_layer(&patches_table(&own), crs, None, true))?;
    let field: Vec<FieldPatch> =
        own.patches.iter().zip(rows).map(|(patch, n)| FieldPatch { patch, shape: places[*n].lonlat.clone() }).collect();
    write_file(&folder.join("patches.kml"), field_kml(&own.run, &field).as_bytes())?;
    write_file(&folder.join("patches.geojson"), field_geojson(&own.run, &field).as_bytes())?;
    Ok(())
}

fn town_code<'a>(document: &'a Document, rows: &[usize]) -> Option<&'a String> {
    document.patches[*rows.first()?].town_code.as_ref()
}

/// A name that any file system takes, from a text of a user's file.
fn file_name(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    text.trim().chars().map(plain).take(MOST_NAME).collect()
}

/// Folder of a patch's town; patches outside every town, and all without that layer, share one.
fn folder_name(patch: &PatchFinding) -> String {
    let parts = [&patch.town_code, &patch.town_name];
    let known: Vec<String> = parts.into_iter().flatten().map(|p| file_name(p)).filter(|p| !p.is_empty()).collect();
    if known.is_empty() { "未分乡镇".into() } else { known.join("_") }
}

/// Name of a patch's sheet: its row, counted from 1 as in the workbook, and its id. Ids may be blank or given twice, rows are not.
fn sheet_name(patch: &PatchFinding) -> String {
    let id = file_name(&patch.list.patch_id);
    let row = patch.list.row + 1;
    if id.is_empty() { format!("{row:05}") } else { format!("{row:05}_{id}") }
}

/// Corners of the pictures and outlines in degrees. PROJ belongs to one thread.
fn places(document: &Document, of: &Shown, geodesy: &Geodesy) -> Result<Vec<Place>, Error> {
    let usage = |e: crs::CrsError| Error::Usage(e.to_string());
    let lonlat = crs::cgcs2000_lonlat().map_err(usage)?;
    let mut zones: BTreeMap<i64, Option<Transformer>> = BTreeMap::new();
    let mut out = Vec::with_capacity(document.patches.len());
    for (patch, shape) in document.patches.iter().zip(&of.shapes) {
        let mut place = Place { corners: Vec::new(), zone: String::new(), lonlat: None };
        if let (Some(shape), Some(lon)) = (shape, patch.lon) {
            place.lonlat = Some(geodesy.lonlat(shape));
            let zone = (lon / 3.0).round() as i64;
            let to_zone = zones.entry(zone).or_insert_with(|| {
                let known = (25..=45).contains(&zone);
                let system = known.then(|| crs::parse(&format!("EPSG:{}", ZONES_EPSG + zone)).ok()).flatten();
                system.and_then(|s| Transformer::new(&lonlat, &s).ok())
            });
            let window = window_around(shape, of.pair.grid());
            if let (Some(to_zone), Some(window)) = (to_zone.as_ref(), window) {
                place.zone = format!("CGCS2000 / 3度带 {zone}带 中央经线{}°E", zone * 3);
                place.corners = corners(window, &of.pair.grid().affine, geodesy, to_zone);
            }
        }
        out.push(place);
    }
    Ok(out)
}

fn corners(window: Window, affine: &Affine, geodesy: &Geodesy, to_zone: &Transformer) -> Vec<Corner> {
    let (top, left) = (window.row as f64, window.col as f64);
    let (bottom, right) = (window.row_end() as f64, window.col_end() as f64);
    let named = [("西北", top, left), ("东北", top, right), ("东南", bottom, right), ("西南", bottom, left)];
    let one = |(name, row, col): (&str, f64, f64)| {
        let (x, y) = affine.to_map(row, col);
        let (lon, lat) = geodesy.point(x, y)?;
        let (y_m, x_m) = to_zone.point(lon, lat)?;
        Some(Corner { name: name.into(), lon, lat, x_m, y_m })
    };
    named.into_iter().filter_map(one).collect()
}

fn date(pixels: &Pixels) -> ChipDate<'_> {
    ChipDate { bands: pixels.bands.view(), quality: pixels.quality.view() }
}

/// The sheet of a row.
fn sheet<'a>(
    document: &'a Document,
    place: &Place,
    (of, first): (&Shown, Option<&Shown>),
    n: usize,
) -> EvidenceSheet<'a> {
    let mut chips = Vec::new();
    let mut scale_m_per_px = 0.0;
    let cut = |shown: &Shown| cutting(shown.pair, None, shown.shapes[n].as_ref()?, SHOWN_PX);
    if let Some(Cutting { rgb, dates: [before, after], affine, metres }) = cut(of) {
        let look = |p: &Pixels| Stretch::of(p.bands.view(), p.quality.view(), rgb);
        let earliest = first.and_then(|f| {
            let Cutting { dates: [earliest, _], affine, metres, .. } = cut(f)?;
            Some((earliest, affine, metres, f.shapes[n].as_ref()?))
        });
        let stretches: Vec<Stretch> = earliest.iter().map(|e| &e.0).chain([&before, &after]).map(look).collect();
        let look = shared_stretch(&stretches);
        let mut add = |caption: &str, image: &'a ImageSummary, picture: Option<&image::RgbImage>| {
            let Some(picture) = picture else { return };
            let (width, height) = picture.dimensions();
            let bytes = jpeg(picture, QUALITY).unwrap_or_default();
            chips.push(EvidenceChip::new(caption, image, (bytes, width, height)));
        };
        if let (Some((pixels, affine, metres, shape)), Some(image)) = (&earliest, &document.run.first) {
            let (drawn, _) = evidence_chips(&[date(pixels)], rgb, look, affine, shape, *metres);
            add("更早时相", image, drawn.first());
        }
        let shape = of.shapes[n].as_ref();
        let dates = [date(&before), date(&after)];
        let (drawn, factor) = shape.map_or((Vec::new(), 1), |s| evidence_chips(&dates, rgb, look, &affine, s, metres));
        add("前时相", &document.run.before, drawn.first());
        add("后时相", &document.run.after, drawn.get(1));
        scale_m_per_px = metres / f64::from(factor);
    }
    EvidenceSheet {
        run: &document.run,
        list_fields: &document.list_fields,
        patch: &document.patches[n],
        chips,
        corners: place.corners.clone(),
        zone: place.zone.clone(),
        scale_m_per_px,
    }
}
