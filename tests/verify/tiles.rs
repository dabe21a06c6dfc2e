//! Real buildings: tiles of 0.3 and 0.5 m without infrared. With the dates swapped the new buildings are the demolished ones; buildings
//! outlined by eye stand at both dates.

use geo::{Area, Coord, LineString, MultiPolygon, Polygon};
use serde::Deserialize;
use std::path::Path;
use tuban::crosscheck::Verdict;
use tuban::features::{FieldKind, FieldValue};
use tuban::grid::Grid;
use tuban::io::GdalImage;
use tuban::io::source::RasterSource;
use tuban::io::vector_out::{OutColumn, OutLayer, write_gpkg};
use tuban::run::{Hash, Progress, ScanRequest, VectorInputs, VerifyRequest, verify};
use tuban::vectorise::{Components, Tracer, to_map};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");
/// Smaller label polygons are slivers, m2.
const LEAST_M2: f64 = 20.0;

#[derive(Deserialize)]
struct Outlined {
    buildings: Vec<Building>,
}

#[derive(Deserialize)]
struct Building {
    tile: String,
    id: String,
    outline: Vec<(f64, f64)>,
}

/// Label polygons of changed buildings.
fn labelled(path: &Path, grid: &Grid) -> Vec<MultiPolygon<f64>> {
    let image = GdalImage::open_mask(path).unwrap();
    let pixels = image.read(grid.full(), &[0]);
    let codes = pixels.bands.index_axis(ndarray::Axis(0), 0).mapv(|v| u8::from(v == 2.0));
    let parts = Components::of_image(codes.view());
    let mut tracer = Tracer::new();
    let all = (0..parts.components.len()).map(|k| to_map(&tracer.trace(&parts.spans_of(k)), &grid.affine));
    all.filter(|s| s.unsigned_area() >= LEAST_M2).collect()
}

fn by_eye(building: &Building, grid: &Grid) -> MultiPolygon<f64> {
    let corner = |(col, row): &(f64, f64)| {
        let (x, y) = grid.affine.to_map(*row, *col);
        Coord { x, y }
    };
    MultiPolygon(vec![Polygon::new(LineString(building.outline.iter().map(corner).collect()), vec![])])
}

/// All claimed demolished.
fn list(path: &Path, grid: &Grid, shapes: &[(String, MultiPolygon<f64>)]) {
    let column = |name: &str| OutColumn {
        name: name.into(),
        short_name: name.into(),
        kind: FieldKind::Text,
        width: 0,
        zh: String::new(),
    };
    let text = |t: &str| FieldValue::Text(t.into());
    let layer = OutLayer {
        name: "list".into(),
        crs: grid.crs.clone(),
        spatial: true,
        columns: vec![column("TBBH"), column("HFPD")],
        rows: shapes.iter().map(|(id, s)| (vec![text(id), text("已拆除")], Some(s.clone()))).collect(),
        style: None,
    };
    write_gpkg(path, &[layer]).unwrap();
}

#[test]
fn buildings_that_stand_are_told_from_those_that_are_gone() {
    if !Path::new(DATA).is_dir() {
        eprintln!("SKIPPED: no tiles at {DATA}");
        return;
    }
    let outlined: Outlined = serde_json::from_str(include_str!("unchanged_buildings.json")).unwrap();
    assert!(outlined.buildings.len() >= 20);
    let place = tempfile::tempdir().unwrap();
    // Right and all, of those gone and of those standing.
    let mut right = [(0usize, 0usize); 2];
    for family in ["levir", "whu"] {
        let mut tiles: Vec<_> =
            std::fs::read_dir(Path::new(DATA).join(family)).unwrap().map(|e| e.unwrap().path()).collect();
        tiles.sort();
        for folder in tiles {
            let tile = format!("{family}/{}", folder.file_name().unwrap().to_str().unwrap());
            let grid = GdalImage::open(&folder.join("before.tif")).unwrap().grid().clone();
            let gone = labelled(&folder.join("reference.tif"), &grid);
            let standing = outlined.buildings.iter().filter(|b| b.tile == tile);
            let mut shapes: Vec<(String, MultiPolygon<f64>)> =
                gone.iter().enumerate().map(|(n, s)| (format!("gone {n}"), s.clone())).collect();
            shapes.extend(standing.map(|b| (b.id.clone(), by_eye(b, &grid))));
            if shapes.is_empty() {
                continue;
            }
            let (path, out) = (place.path().join("list.gpkg"), place.path().join("run"));
            let _ = std::fs::remove_file(&path);
            list(&path, &grid, &shapes);
            let of = ScanRequest {
                vectors: VectorInputs { list: Some(path), ..Default::default() },
                // Swapped: what is new in the labels is gone here.
                ..ScanRequest::new(vec![folder.join("after.tif")], vec![folder.join("before.tif")], out)
            };
            let request =
                VerifyRequest { of, first: Vec::new(), first_date: None, previous: None, hash: Hash::default() };
            let answers = verify(&request, &Progress::Silent).unwrap().document.patches;
            assert_eq!(answers.len(), shapes.len());
            for (n, answer) in answers.iter().enumerate() {
                let stands = n >= gone.len();
                let wanted = if stands { Verdict::FalseDemolition } else { Verdict::Consistent };
                let count = &mut right[usize::from(stands)];
                *count = (count.0 + usize::from(answer.verdict == wanted), count.1 + 1);
                if answer.verdict != wanted {
                    println!("{tile} {}: {:?} {:?}", shapes[n].0, answer.verdict, answer.figures.edges_kept_percent);
                }
            }
        }
    }
    let share = right.map(|(n, all)| n as f64 / all as f64);
    println!("gone {:?}, standing {:?}: balanced accuracy {:.3}", right[0], right[1], (share[0] + share[1]) / 2.0);
    assert!((share[0] + share[1]) / 2.0 >= 0.8, "{right:?}");
}
