use crate::evaluate::*;
use gdal::raster::{Buffer, GdalType};
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Feature, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType, ToGdal};
use gdal::{DriverManager, vector::FieldDefn};
use geo::{MultiPolygon, polygon};
use ndarray::Array2;
use std::path::{Path, PathBuf};

const UTM: u32 = 32651;
/// 2 m pixels.
const PLACE: [f64; 6] = [300_000.0, 2.0, 0.0, 3_600_000.0, 0.0, -2.0];

fn write<T: GdalType + Copy>(path: &Path, values: &Array2<T>, place: Option<([f64; 6], u32)>) {
    crate::io::init_gdal();
    let (rows, cols) = values.dim();
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset = driver.create_with_band_type::<T, _>(path, cols, rows, 1).unwrap();
    if let Some((transform, epsg)) = place {
        dataset.set_geo_transform(&transform).unwrap();
        dataset.set_spatial_ref(&SpatialRef::from_epsg(epsg).unwrap()).unwrap();
    }
    let mut buffer = Buffer::new((cols, rows), values.iter().copied().collect());
    dataset.rasterband(1).unwrap().write((0, 0), (cols, rows), &mut buffer).unwrap();
    dataset.close().unwrap();
}

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    /// A run with a change map of 700 x 600: a changed block of 40 x 30 pixels at row 500, column 520, a false one of
    /// 10 x 10 at the top, and ten columns not judged on the left.
    fn new() -> Case {
        let case = Case { folder: tempfile::tempdir().unwrap() };
        let change = Array2::from_shape_fn((700, 600), |(r, c)| match (r, c) {
            (_, 0..10) => 255u8,
            (500..540, 520..550) | (0..10, 100..110) => 1,
            _ => 0,
        });
        write(&case.path("change.tif"), &change, Some((PLACE, UTM)));
        let score =
            Array2::from_shape_fn((700, 600), |(r, c)| if change[(r, c)] == 1 { 900u16 } else { (r % 7) as u16 });
        write(&case.path("score.tif"), &score, Some((PLACE, UTM)));
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn truth(&self) -> Array2<u8> {
        Array2::from_shape_fn((700, 600), |(r, c)| match (r, c) {
            (500..540, 520..560) => 2,
            (_, 0..20) => 1,
            _ => 0,
        })
    }

    fn run(&self, truth: &str) -> Result<EvaluationResult, EvaluateError> {
        evaluate(&EvaluateInput::of_run(self.folder.path(), &self.path(truth)))
    }

    fn said(&self, truth: &str) -> String {
        self.run(truth).unwrap_err().to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// Writes polygons with kinds into a layer of a GeoPackage.
fn layer(path: &Path, name: &str, epsg: Option<u32>, rows: &[(MultiPolygon<f64>, &str, i32)]) {
    crate::io::init_gdal();
    let driver = DriverManager::get_driver_by_name("GPKG").unwrap();
    let mut dataset = driver.create_vector_only(path).unwrap();
    let srs = epsg.map(|e| {
        let mut srs = SpatialRef::from_epsg(e).unwrap();
        srs.set_axis_mapping_strategy(gdal::spatial_ref::AxisMappingStrategy::TraditionalGisOrder);
        srs
    });
    let options =
        LayerOptions { name, srs: srs.as_ref(), ty: OGRwkbGeometryType::wkbMultiPolygon, ..Default::default() };
    let layer = dataset.create_layer(options).unwrap();
    FieldDefn::new("kind", OGRFieldType::OFTString).unwrap().add_to_layer(&layer).unwrap();
    FieldDefn::new("relevant", OGRFieldType::OFTInteger).unwrap().add_to_layer(&layer).unwrap();
    for (shape, kind, relevant) in rows {
        let mut feature = Feature::new(layer.defn()).unwrap();
        feature.set_geometry(shape.to_gdal().unwrap()).unwrap();
        feature.set_field_string(0, kind).unwrap();
        feature.set_field_integer(1, *relevant).unwrap();
        feature.create(&layer).unwrap();
    }
}

/// The polygon around rows and columns of the change map.
fn block(rows: (f64, f64), cols: (f64, f64)) -> MultiPolygon<f64> {
    let at = |row: f64, col: f64| (PLACE[0] + 2.0 * col, PLACE[3] - 2.0 * row);
    let [a, b, c, d] = [at(rows.0, cols.0), at(rows.0, cols.1), at(rows.1, cols.1), at(rows.1, cols.0)];
    MultiPolygon(vec![polygon![a.into(), b.into(), c.into(), d.into()]])
}

/// 1200 hits and 400 misses in the block; 14000 unchanged labels, half of them not judged.
const EXPECTED: Confusion = Confusion { tp: 1200, fp: 0, fn_: 400, tn: 14_000 };

#[test]
fn a_truth_raster_on_the_same_grid() {
    let case = Case::new();
    write(&case.path("truth.tif"), &case.truth(), Some((PLACE, UTM)));
    let result = case.run("truth.tif").unwrap();
    assert_eq!(result.confusion, EXPECTED);
    assert_eq!(result.judged_percent, Some(8_600.0 * 100.0 / 15_600.0));
    assert!(result.average_precision.unwrap() > 0.7 && result.parcels.is_none());
    let alone = evaluate(&EvaluateInput::of_change(&case.path("change.tif"), &case.path("truth.tif"))).unwrap();
    assert_eq!((alone.kappa, alone.average_precision), (result.kappa, None));
}

#[test]
fn a_truth_raster_without_a_place_is_taken_pixel_by_pixel() {
    let case = Case::new();
    write(&case.path("truth.tif"), &case.truth(), None);
    assert_eq!(case.run("truth.tif").unwrap().confusion, EXPECTED);
    write(&case.path("small.tif"), &Array2::<u8>::ones((3, 3)), None);
    assert_eq!(
        case.said("small.tif"),
        "small.tif: no usable geotransform, so it cannot be laid over change.tif; give it a reference system and a \
         transform, e.g. with gdal_translate -a_srs -a_ullr, or a file of the same 700 x 600 pixels"
    );
}

#[test]
fn a_truth_raster_on_shifted_finer_or_foreign_grids() {
    let case = Case::new();
    // Whole pixels to the upper left and larger: cut to the overlap.
    let wide =
        Array2::from_shape_fn((720, 640), |(r, c)| if r >= 7 && c >= 5 { *case.truth_at(r - 7, c - 5) } else { 2 });
    let moved = [PLACE[0] - 10.0, 2.0, 0.0, PLACE[3] + 14.0, 0.0, -2.0];
    write(&case.path("wide.tif"), &wide, Some((moved, UTM)));
    let result = case.run("wide.tif").unwrap();
    assert_eq!((result.confusion, result.notes.len()), (EXPECTED, 0));
    // Half the pixel size.
    let fine = Array2::from_shape_fn((1400, 1200), |(r, c)| *case.truth_at(r / 2, c / 2));
    write(&case.path("fine.tif"), &fine, Some(([PLACE[0], 1.0, 0.0, PLACE[3], 0.0, -1.0], UTM)));
    let result = case.run("fine.tif").unwrap();
    assert_eq!((result.confusion, result.notes.len()), (EXPECTED, 1));
    // The neighbouring zone: the rim of the block may differ by a pixel.
    let to = crate::io::crs::parse("EPSG:32650").unwrap();
    let transform = crate::io::crs::Transformer::new(&to, &crate::io::crs::parse("EPSG:32651").unwrap()).unwrap();
    let back = crate::io::crs::Transformer::new(&crate::io::crs::parse("EPSG:32651").unwrap(), &to).unwrap();
    let (x, y) = back.point(PLACE[0], PLACE[3]).unwrap();
    let place = [x - 200.0, 2.0, 0.0, y + 200.0, 0.0, -2.0];
    let foreign = Array2::from_shape_fn((900, 900), |(r, c)| {
        let (x, y) = (place[0] + 2.0 * (c as f64 + 0.5), place[3] - 2.0 * (r as f64 + 0.5));
        let (x, y) = transform.point(x, y).unwrap();
        let (row, col) = ((PLACE[3] - y) / 2.0, (x - PLACE[0]) / 2.0);
        let inside = row >= 0.0 && col >= 0.0 && row < 700.0 && col < 600.0;
        if inside { *case.truth_at(row as usize, col as usize) } else { 0 }
    });
    write(&case.path("foreign.tif"), &foreign, Some((place, 32650)));
    let found = case.run("foreign.tif").unwrap().confusion;
    assert!(found.tp.abs_diff(1200) < 60 && found.fn_.abs_diff(400) < 60 && found.tn > 13_000, "{found:?}");
}

impl Case {
    fn truth_at(&self, row: usize, col: usize) -> &'static u8 {
        match (row, col) {
            (500..540, 520..560) => &2,
            (_, 0..20) => &1,
            _ => &0,
        }
    }
}

#[test]
fn truth_polygons_and_candidates() {
    let case = Case::new();
    let site = block((500.0, 540.0), (520.0, 560.0));
    let far = block((5_000.0, 5_010.0), (0.0, 10.0));
    let field = block((300.0, 350.0), (300.0, 350.0));
    layer(
        &case.path("truth.gpkg"),
        "events",
        Some(UTM),
        &[(site, "new_building", 1), (far, "new_building", 1), (field, "vegetation", 0)],
    );
    let result = case.run("truth.gpkg").unwrap();
    assert_eq!(result.confusion, Confusion { tp: 1200, fp: 100, fn_: 400 + 2500, tn: 420_000 - 4_200 });
    assert_eq!(result.parcels_from, Some("change mask"));
    let p = result.parcels.unwrap();
    assert_eq!((p.truth, p.found, p.predicted, p.right), (2, 1, 2, 1));
    assert!((p.false_per_km2.unwrap() - 1.0 / (590.0 * 700.0 * 4.0 / 1e6)).abs() < 1e-6);
    assert_eq!(result.notes, ["1 truth polygons lie outside the change map and were left out"]);

    let parcel = block((500.0, 540.0), (520.0, 550.0));
    let crop = block((300.0, 350.0), (300.0, 340.0));
    layer(&case.path("parcels.gpkg"), "candidates", Some(UTM), &[(parcel, "new_building", 1), (crop, "vegetation", 0)]);
    let result = case.run("truth.gpkg").unwrap();
    assert_eq!(result.parcels_from, Some("candidates"));
    let (all, relevant) = (result.parcels.unwrap(), result.parcels_relevant.unwrap());
    assert_eq!((all.truth, all.found, all.right), (2, 2, 2));
    assert_eq!((relevant.truth, relevant.found, relevant.predicted), (1, 1, 1));
    assert_eq!(relevant.by_kind[0].same_kind, Some(1));
    assert!((relevant.median_size_ratio.unwrap() - 0.75).abs() < 1e-9);
}

#[test]
fn truth_polygons_in_another_system() {
    let case = Case::new();
    let to = crate::io::crs::Transformer::new(
        &crate::io::crs::parse("EPSG:32651").unwrap(),
        &crate::io::crs::cgcs2000_lonlat().unwrap(),
    )
    .unwrap();
    use geo::MapCoords;
    let site = block((500.0, 540.0), (520.0, 560.0)).map_coords(|c| to.point(c.x, c.y).unwrap().into());
    layer(&case.path("truth.gpkg"), "t", Some(4490), &[(site, "new_building", 1)]);
    let result = case.run("truth.gpkg").unwrap();
    assert_eq!((result.confusion.tp, result.confusion.fn_), (1200, 400));
}

#[test]
fn what_can_be_wrong_is_said() {
    let case = Case::new();
    assert_eq!(
        case.said("nothing.tif"),
        "nothing.tif: no such file; give labels with --truth: a raster of 0 unlabelled, 1 unchanged, 2 changed, or polygons"
    );
    std::fs::write(case.path("notes.txt"), "no labels").unwrap();
    assert!(case.said("notes.txt").starts_with("notes.txt: cannot be read as labels ("));
    let mut truth = case.truth();
    truth[(30, 40)] = 9;
    write(&case.path("codes.tif"), &truth, Some((PLACE, UTM)));
    assert_eq!(
        case.said("codes.tif"),
        "codes.tif: value 9 at row 30, column 40; wanted are 0 unlabelled, 1 unchanged, 2 changed"
    );
    write(&case.path("float.tif"), &Array2::<f32>::ones((700, 600)), Some((PLACE, UTM)));
    assert_eq!(
        case.said("float.tif"),
        "float.tif: pixels are Float32; a whole number (0 unlabelled, 1 unchanged, 2 changed) is wanted"
    );
    write(&case.path("blank.tif"), &Array2::<u8>::zeros((700, 600)), Some((PLACE, UTM)));
    assert_eq!(
        case.said("blank.tif"),
        "blank.tif: no labelled pixel where change.tif lies; truth of the same place is wanted"
    );
    layer(&case.path("far.gpkg"), "t", Some(UTM), &[(block((9e3, 9.1e3), (0.0, 9.0)), "x", 1)]);
    assert_eq!(
        case.said("far.gpkg"),
        "far.gpkg: none of the 1 polygons of layer t lies on change.tif; truth of the same place is wanted"
    );
    let mut input = EvaluateInput::of_run(case.folder.path(), &case.path("far.gpkg"));
    input.truth_layer = Some("events".into());
    let said = evaluate(&input).unwrap_err().to_string();
    assert!(said.ends_with("far.gpkg: no layer 'events'; the file has t"), "{said}");
    write(&case.path("score.tif"), &Array2::<u16>::zeros((10, 10)), Some((PLACE, UTM)));
    write(&case.path("truth.tif"), &case.truth(), Some((PLACE, UTM)));
    assert_eq!(
        case.said("truth.tif"),
        "score.tif: 10 x 10 pixels that do not lie on those of change.tif (700 x 600); give the score of the same run"
    );
    std::fs::remove_file(case.path("change.tif")).unwrap();
    assert_eq!(
        case.said("truth.tif"),
        "change.tif: no such file; give the folder of a scan with --run, or a change map with --change"
    );
}
