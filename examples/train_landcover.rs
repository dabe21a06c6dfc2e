//! Trains a land-cover forest on pairs whose land cover is known.
//!
//! ```text
//! cargo run --release --example train_landcover -- MODEL pixels TREES FOLDER...
//! cargo run --release --example train_landcover -- MODEL parcels TREES FOLDER...
//! cargo run --release --example train_landcover -- MODEL assess 0 FOLDER...
//! ```
//!
//! `assess` prints what the model's card says of counties it was not trained on, and writes the golden pixels.
//!
//! Among the folders of `parcels`, `@OTHER` stands for the model that the pixels of the folders after it are told by: what a parcel forest
//! learns from pixels told by a model that never saw their generator holds where nobody simulated the ground (stacked generalisation: D.
//! Wolpert 1992). Without it MODEL tells them.
//!
//! A folder that is named twice is read a second time with its land survey, `landuse.gpkg`: models have to serve with and without one.
//!
//! Every folder holds `before.tif`, `after.tif`, `class_before.tif`, `class_after.tif`, as `tuban sample` writes them.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tuban::crosscheck::LayerKind;
use tuban::landcover::forest::{Table, TrainParams, train};
use tuban::landcover::learn::{confusion, golden_pixels};
use tuban::landcover::{
    Class, LandModel, MODEL_SCHEMA, Plane, column_names, confusion_table, feature_names, witness_names,
};
use tuban::parcels::{OUTCOMES, ParcelForest, among_columns, among_others, median, parcel_columns};
use tuban::raster::BandRole;
use tuban::run::{Pool, Progress, ScanRequest, VectorInputs, parcel_rows, training_rows};

/// Bands of a model by its name, and the ground sampling distances it is for, metres.
fn made_for(name: &str) -> Option<(Vec<BandRole>, [f64; 2])> {
    use BandRole::{Blue, Green, Nir, Red, Swir1, Swir2};
    match name {
        "bgrn" => Some((vec![Blue, Green, Red, Nir], [0.5, 5.0])),
        "bgrn-swir" => Some((vec![Blue, Green, Red, Nir, Swir1, Swir2], [5.0, 20.0])),
        _ => None,
    }
}

const CLASSES: [Class; 14] = [
    Class::SparseVegetation,
    Class::BareSoil,
    Class::Water,
    Class::Building,
    Class::HardSurface,
    Class::Greenhouse,
    Class::Photovoltaic,
    Class::Earthwork,
    Class::Excavation,
    Class::Rubble,
    Class::GreenCover,
    Class::Crop,
    Class::Woodland,
    Class::Road,
];

fn request(folder: &Path, surveyed: bool) -> ScanRequest {
    let file = |name: &str| vec![folder.join(name)];
    ScanRequest {
        vectors: VectorInputs {
            layers: surveyed.then(|| (LayerKind::Landuse, folder.join("landuse.gpkg"))).into_iter().collect(),
            ..VectorInputs::default()
        },
        max_memory: 8 << 30,
        ..ScanRequest::new(file("before.tif"), file("after.tif"), PathBuf::new())
    }
}

fn assess(model: &Path, folders: &[String]) -> Result<(), Box<dyn Error>> {
    let land = Arc::new(LandModel::parse(&std::fs::read(model.join("landcover.json"))?, "landcover.json")?);
    let parcels: ParcelForest = serde_json::from_slice(&std::fs::read(model.join("parcels.json"))?)?;
    let (mut pixels, mut found) = (Table::default(), Table::default());
    for (folder, surveyed) in each(folders) {
        let truth = truth(folder);
        let rows = training_rows(&request(folder, surveyed), &truth, &CLASSES, (&land.bands, 800), &Progress::Silent)?;
        pixels.extend(rows.unwrap_or_default());
        let rows = parcel_rows(&request(folder, surveyed), &truth, land.clone(), &Progress::Silent)?;
        found.extend(told_among(&rows, &parcels.typical, &parcels.columns[..parcels.typical.len()]));
    }
    let classes: Vec<&str> = land.classes.iter().map(|c| c.code()).collect();
    println!("{}", confusion_table(&confusion(&land.forest, &pixels), &classes));
    let outcomes: Vec<String> = OUTCOMES.iter().map(|o| format!("{o:?}").to_lowercase()).collect();
    let outcomes: Vec<&str> = outcomes.iter().map(String::as_str).collect();
    println!("{}", confusion_table(&confusion(&parcels.forest, &found), &outcomes));
    let text = serde_json::json!({
        "landcover": golden_pixels(&land.forest, &pixels),
        "parcels": golden_pixels(&parcels.forest, &found),
    });
    std::fs::write(model.join("golden.json"), text.to_string())?;
    Ok(())
}

/// The parcels of a scene among each other, without those that say neither yes nor no.
fn told_among((scene, parcels): &(Table, usize), typical: &[u8], names: &[String]) -> Table {
    let keep: Vec<usize> = (0..scene.rows()).filter(|r| scene.weight[*r] > 0.0).collect();
    let columns = among_others(&scene.codes, *parcels, typical, names);
    Table {
        codes: columns.iter().map(|column| keep.iter().map(|r| column[*r]).collect()).collect(),
        class: keep.iter().map(|r| scene.class[*r]).collect(),
        weight: keep.iter().map(|r| scene.weight[*r]).collect(),
    }
}

/// Folders, and whether each was named before.
fn each(folders: &[String]) -> impl Iterator<Item = (&Path, bool)> {
    folders.iter().enumerate().map(|(n, f)| (Path::new(f), folders[..n].contains(f)))
}

fn truth(folder: &Path) -> [PathBuf; 2] {
    ["class_before.tif", "class_after.tif"].map(|n| folder.join(n))
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [out, what, trees, folders @ ..] = &args[..] else { return Err("MODEL pixels|parcels TREES FOLDER...".into()) };
    let out = Path::new(out);
    std::fs::create_dir_all(out)?;
    if what == "assess" {
        return assess(out, folders);
    }
    let name = out.file_name().and_then(|n| n.to_str()).ok_or("a folder name")?.to_string();
    let (bands, gsd_m) = made_for(&name).ok_or("MODEL is a folder named bgrn or bgrn-swir")?;
    let features = feature_names(&Plane::of(&bands).ok_or("bands")?);
    let trees = trees.parse()?;
    let mut table = Table::default();
    if what == "pixels" {
        for (folder, surveyed) in each(folders) {
            let rows =
                training_rows(&request(folder, surveyed), &truth(folder), &CLASSES, (&bands, 1500), &Progress::Silent)?;
            table.extend(rows.unwrap_or_default());
        }
        let mean = table.weight.iter().sum::<f32>() / table.rows() as f32;
        table.weight.iter_mut().for_each(|w| *w /= mean);
        let params = TrainParams { trees, ..TrainParams::default() };
        let forest = train(&table, CLASSES.len(), &params, &Pool::new(0)?);
        let columns = column_names(&features);
        let (schema, classes) = (MODEL_SCHEMA, CLASSES.to_vec());
        let model = LandModel { schema, name, bands, gsd_m, columns, classes, forest };
        std::fs::write(out.join("landcover.json"), serde_json::to_vec(&model)?)?;
    } else {
        let read = |folder: &Path| -> Result<Arc<LandModel>, Box<dyn Error>> {
            Ok(Arc::new(LandModel::parse(&std::fs::read(folder.join("landcover.json"))?, "landcover.json")?))
        };
        let mut model = read(out)?;
        let mut scenes = Vec::new();
        for (folder, surveyed) in each(folders) {
            if let Some(other) = folder.to_str().and_then(|f| f.strip_prefix('@')) {
                model = read(Path::new(other))?;
                continue;
            }
            let rows = parcel_rows(&request(folder, surveyed), &truth(folder), model.clone(), &Progress::Silent)?;
            let counts: Vec<usize> =
                (0..OUTCOMES.len()).map(|k| rows.0.class.iter().filter(|c| usize::from(**c) == k).count()).collect();
            eprintln!("{}: {counts:?}", folder.display());
            scenes.push(rows);
        }
        let single = parcel_columns(&witness_names(&features, &CLASSES));
        let all = |k: usize| {
            scenes
                .iter()
                .filter_map(|(s, parcels)| s.codes.get(k).map(|c| &c[..*parcels]))
                .flatten()
                .copied()
                .collect::<Vec<u8>>()
        };
        let typical: Vec<u8> = (0..single.len()).map(|k| median(&all(k))).collect();
        scenes.iter().for_each(|scene| table.extend(told_among(scene, &typical, &single)));
        let params = TrainParams { trees, depth: 6, rate: 0.05, features: 0.15, rows: 0.6, seed: 1 };
        let forest = train(&table, OUTCOMES.len(), &params, &Pool::new(0)?);
        let columns = among_columns(&single);
        std::fs::write(out.join("parcels.json"), serde_json::to_vec(&ParcelForest { columns, typical, forest })?)?;
    }
    eprintln!("{} rows", table.rows());
    Ok(())
}
