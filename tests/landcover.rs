//! Land cover from files to files: the whole of both dates, and models learnt from labels.

#![allow(clippy::unwrap_used)]

use ndarray::Array2;
use std::path::{Path, PathBuf};
use tuban::crosscheck::LayerKind;
use tuban::grid::Window;
use tuban::io::GdalImage;
use tuban::io::source::RasterSource;
use tuban::landcover::{Class, Extent};
use tuban::run::{Progress, RunOutcome, ScanRequest, TrainRequest, VectorInputs, scan, train_model};
use tuban::sample::{SampleParams, generate};

const SIDE: usize = 560;
/// Learning takes longer.
const SMALL: usize = 420;

fn county(folder: &Path, seed: u64, side: usize) {
    let params = SampleParams { size_px: side, seed, radiometry: 1, ..Default::default() };
    generate(&params, folder, &mut |_, _, _| {}).unwrap();
}

fn request(county: &Path, out: PathBuf) -> ScanRequest {
    let file = |name: &str| county.join(name);
    let mut request = ScanRequest {
        vectors: VectorInputs { layers: vec![(LayerKind::Towns, file("towns.gpkg"))], ..Default::default() },
        threads: 2,
        ..ScanRequest::new(vec![file("before.tif")], vec![file("after.tif")], out)
    };
    request.pipeline.landcover.extent = Extent::Full;
    request
}

/// The values of a file of one band.
fn values(path: &Path) -> Array2<u8> {
    let image = GdalImage::open_mask(path).unwrap();
    let grid = image.grid();
    let window = Window { row: 0, col: 0, rows: grid.rows, cols: grid.cols };
    let pixels = image.read(window, &[0]);
    // Nodata is read as not valid; it is 255 in all of these files.
    let band = pixels.bands.index_axis(ndarray::Axis(0), 0);
    Array2::from_shape_fn(band.dim(), |at| if pixels.quality[at].is_valid() { band[at] as u8 } else { 255 })
}

#[test]
fn full_land_cover_classifies_what_was_judged_and_adds_up() {
    let place = tempfile::tempdir().unwrap();
    county(&place.path().join("county"), 21, SIDE);
    let run = |name: &str, threads: usize, tile: usize| -> RunOutcome {
        let mut request = request(&place.path().join("county"), place.path().join(name));
        (request.threads, request.tile) = (threads, tile);
        scan(&request, &Progress::Silent).unwrap()
    };
    let whole = run("whole", 1, 512);
    let [before, after, change] = ["landcover_before.tif", "landcover_after.tif", "change.tif"]
        .map(|name| values(&place.path().join("whole").join(name)));
    for ((before, after), change) in before.iter().zip(&after).zip(&change) {
        assert_eq!(*change == 255, *before == 255);
        assert_eq!(*change == 255, *after == 255);
    }
    let seen = change.iter().filter(|c| **c != 255).count() as f64;
    let transitions = &whole.document.transitions;
    let pixel_m2 = whole.document.run.areas.judged.m2 / seen;
    // Towns tile the county but for what overlaps by rounding.
    let area: f64 = transitions.iter().map(|t| t.area_m2).sum();
    assert!((area / pixel_m2 - seen).abs() < seen * 1e-3, "{area} m2 of {} px", seen);
    // The most frequent change of class, counted by hand.
    let mut pairs = std::collections::BTreeMap::<(u8, u8), usize>::new();
    before.iter().zip(&after).filter(|(b, a)| b != a).for_each(|(b, a)| *pairs.entry((*b, *a)).or_default() += 1);
    let ((from, to), by_hand) = pairs.into_iter().max_by_key(|p| p.1).unwrap();
    let told = transitions.iter().filter(|t| (t.from as u8, t.to as u8) == (from, to)).map(|t| t.area_m2).sum::<f64>();
    assert!((told / pixel_m2 - by_hand as f64).abs() < by_hand as f64 * 2e-3, "{told} m2, {by_hand} px");
    let towns: std::collections::BTreeSet<&str> = transitions.iter().map(|t| t.town_name.as_str()).collect();
    assert!(towns.len() > 2, "{towns:?}");
    // Other threads and tiles: the same files.
    run("parts", 3, 200);
    for name in ["landcover_before.tif", "landcover_after.tif", "parcels.gpkg", "findings.xlsx"] {
        let [a, b] = ["whole", "parts"].map(|run| std::fs::read(place.path().join(run).join(name)).unwrap());
        assert!(a == b, "{name} differs");
    }
}

fn train(county: &Path, labels: PathBuf, out: PathBuf) -> TrainRequest {
    TrainRequest {
        image: vec![county.join("before.tif")],
        bands: None,
        labels,
        field: None,
        names: vec![],
        encoding: None,
        out,
        threads: 2,
    }
}

#[test]
fn a_model_learnt_from_a_label_raster_tells_its_own_scene() {
    let place = tempfile::tempdir().unwrap();
    let county_folder = place.path().join("county");
    county(&county_folder, 22, SMALL);
    let model = place.path().join("models/own");
    let labels = county_folder.join("class_before.tif");
    let made = train_model(&train(&county_folder, labels.clone(), model.clone()), &Progress::Silent).unwrap();
    assert!(made.classes.contains(&"crop") && made.classes.contains(&"building"), "{:?}", made.classes);
    assert!(made.accuracy.unwrap() > 0.75, "{:?}", made.accuracy);
    let card = std::fs::read_to_string(model.join("CARD.md")).unwrap();
    assert!(card.contains(&made.sha256) && card.contains("cross-validation") && card.contains("农作物"), "{card}");

    // A second time the same bytes.
    let again = place.path().join("models/own2");
    train_model(&train(&county_folder, labels.clone(), again.clone()), &Progress::Silent).unwrap();
    let bytes = |folder: &Path| std::fs::read_to_string(folder.join("landcover.json")).unwrap();
    assert_eq!(bytes(&model).replace("\"own\"", ""), bytes(&again).replace("\"own2\"", ""));

    let mut request = request(&county_folder, place.path().join("run"));
    request.pipeline.landcover.model = model.display().to_string();
    scan(&request, &Progress::Silent).unwrap();
    let [told, truth] = [place.path().join("run/landcover_before.tif"), labels].map(|path| values(&path));
    let both = told.iter().zip(&truth).filter(|(t, l)| **t != 255 && Class::from_value(**l).is_some());
    let (right, all) = both.fold((0, 0), |(right, all), (t, l)| (right + usize::from(t == l), all + 1));
    assert!(all > SMALL * SMALL / 2 && right * 10 > all * 7, "{right} of {all}");
}

#[test]
fn labels_that_cannot_be_read_are_named() {
    let place = tempfile::tempdir().unwrap();
    let county_folder = place.path().join("county");
    county(&county_folder, 23, SMALL);
    let out = place.path().join("models/none");
    let refused = |labels: PathBuf, field: Option<&str>| {
        let mut request = train(&county_folder, labels, out.clone());
        request.field = field.map(str::to_string);
        let error = train_model(&request, &Progress::Silent).unwrap_err();
        assert_eq!(error.exit_code(), 4, "{error}");
        assert!(!out.exists() && !place.path().join("models").exists(), "something was left");
        error.to_string()
    };
    let file = |name: &str| county_folder.join(name);
    assert!(refused(file("nothing.gpkg"), None).contains("no such file"));
    assert!(refused(file("towns.gpkg"), None).contains("--field"));
    assert!(refused(file("towns.gpkg"), Some("colour")).contains("has no field colour"));
    // Names of towns are no classes; the sentence says which, and what to write.
    let names = refused(file("towns.gpkg"), Some("XZQMC"));
    assert!(names.contains("--class") && names.contains("greenhouse"), "{names}");
}

#[test]
fn a_land_survey_is_a_set_of_labels() {
    let place = tempfile::tempdir().unwrap();
    let county_folder = place.path().join("county");
    county(&county_folder, 24, SMALL);
    let mut request = train(&county_folder, county_folder.join("landuse.gpkg"), place.path().join("models/survey"));
    request.field = Some("DLBM".into());
    match train_model(&request, &Progress::Silent) {
        Ok(made) => assert!(made.classes.contains(&"crop") && made.accuracy.unwrap() > 0.6, "{made:?}"),
        // Codes that say nothing of what is seen must be named, not guessed.
        Err(error) => assert!(error.to_string().contains("--class"), "{error}"),
    }
}

/// The county as a sensor of six bands sees it: `step` pixels are one, the short-wave bands are made up of the others.
fn six_bands(county: &Path, folder: &Path, step: usize) {
    use gdal::Metadata;
    std::fs::create_dir_all(folder).unwrap();
    std::fs::copy(county.join("towns.gpkg"), folder.join("towns.gpkg")).unwrap();
    let driver = gdal::DriverManager::get_driver_by_name("GTiff").unwrap();
    for name in ["before.tif", "after.tif"] {
        let from = gdal::Dataset::open(county.join(name)).unwrap();
        let side = from.raster_size().0 / step;
        let whole = (side * step, side * step);
        let mean = |band: usize| {
            let values = from.rasterband(band).unwrap().read_as::<u16>((0, 0), whole, (side, side), None).unwrap();
            values.data().to_vec()
        };
        let mut to = driver.create_with_band_type::<u16, _>(folder.join(name), side, side, 6).unwrap();
        let mut affine = from.geo_transform().unwrap();
        (affine[1], affine[5]) = (affine[1] * step as f64, affine[5] * step as f64);
        to.set_geo_transform(&affine).unwrap();
        to.set_spatial_ref(&from.spatial_ref().unwrap()).unwrap();
        let bands = [1, 2, 3, 4].map(mean);
        let mixed = |a: usize, b: usize, share: f64| -> Vec<u16> {
            let mix = |(x, y): (&u16, &u16)| (f64::from(*x) * share + f64::from(*y) * (1.0 - share)) as u16;
            bands[a].iter().zip(&bands[b]).map(mix).collect()
        };
        let short = [mixed(3, 2, 0.5), mixed(3, 2, 0.2)];
        for (k, (values, name)) in
            bands.iter().chain(&short).zip(["blue", "green", "red", "nir", "swir1", "swir2"]).enumerate()
        {
            let mut band = to.rasterband(k + 1).unwrap();
            band.set_description(name).unwrap();
            band.set_no_data_value(Some(0.0)).unwrap();
            let mut buffer = gdal::raster::Buffer::new((side, side), values.clone());
            band.write((0, 0), (side, side), &mut buffer).unwrap();
        }
    }
}

#[test]
fn six_bands_get_the_model_for_their_ground_sampling_distance() {
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    county(&folder("county"), 25, SIDE);
    let run = |of: &str, name: &str| scan(&request(&folder(of), folder(name)), &Progress::Silent).unwrap();
    run("county", "four");
    six_bands(&folder("county"), &folder("fine"), 1);
    let six = run("fine", "six");
    // The fine one knows four bands; what it is told of the ground comes from these alone, only the score from all.
    assert_eq!(six.manifest["landcover_model"], "bgrn");
    let [four, six] = ["four", "six"].map(|run| values(&folder(run).join("landcover_after.tif")));
    let both = four.iter().zip(&six).filter(|(a, b)| **a != 255 && **b != 255);
    let (same, all) = both.fold((0, 0), |(same, all), (a, b)| (same + usize::from(a == b), all + 1));
    assert!(same * 100 > all * 95, "{same} of {all}");
    six_bands(&folder("county"), &folder("coarse"), 4);
    let coarse = run("coarse", "wide");
    assert_eq!(coarse.manifest["landcover_model"], "bgrn-swir");
}
