//! A land-cover model from a user's own labels.

use super::ground::{GroundBands, learn_ground_of};
use super::images::AlignedPair;
use super::manifest::hash_bytes;
use super::outputs::OutputFolder;
use super::pool::Pool;
use super::progress::Progress;
use super::statistics::Sample;
use crate::config::Pipeline;
use crate::crosscheck::list::names::column_named;
use crate::error::Error;
use crate::grid::{Grid, Tiling, Window};
use crate::io::GdalImage;
use crate::io::WriteError;
use crate::io::source::RasterSource;
use crate::io::vector::{VectorOptions, read_any};
use crate::landcover::forest::{Table, TrainParams};
use crate::landcover::learn::{Confusion, Labelled, class_of_label, golden_pixels, learn};
use crate::landcover::{
    CardFacts, Class, Columns, FEATURE_HALO, Features, LandModel, MODEL_SCHEMA, ModelError, Plane, Reference, card,
    column_names, feature_names, score_code,
};
use crate::pair::parse_band_names;
use crate::raster::BandRole;
use crate::vectorise::PixelPolygons;
use geo::MultiPolygon;
use ndarray::{Array2, Axis};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Tile side, pixels.
const TILE: usize = 512;
/// Most pixels of a class that are learnt from; of more, a share is drawn by place.
const MOST_PER_CLASS: u64 = 20_000;
/// Side of a piece of a label raster, pixels: neighbours are no witnesses of each other.
const PIECE_PX: usize = 64;
/// A model holds for a ground sampling distance so many times finer or coarser.
const GSD_RATIO: f64 = 1.5;
/// Fields that may hold the class, the surest first.
const CLASS_FIELDS: &[&str] = &["class", "landcover", "label", "地类", "类别", "地类编码", "DLBM", "地类名称", "DLMC"];

/// What to train on.
#[derive(Clone, Debug)]
pub struct TrainRequest {
    /// The image; several files are one mosaic.
    pub image: Vec<PathBuf>,
    /// Names of its bands, as for a scan.
    pub bands: Option<String>,
    /// Labels: polygons, or a raster of class values on the grid of the image.
    pub labels: PathBuf,
    /// Field of the polygons with the class.
    pub field: Option<String>,
    /// Classes of labels that are called otherwise.
    pub names: Vec<(String, Class)>,
    /// Character set of the labels.
    pub encoding: Option<String>,
    /// Folder of the model.
    pub out: PathBuf,
    /// Worker threads; 0: one per processor.
    pub threads: usize,
}

/// What was learnt, for the command line.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TrainSummary {
    /// Folder of the model.
    pub folder: String,
    /// Classes in the order of the matrix.
    pub classes: Vec<&'static str>,
    /// Labelled pieces of each.
    pub pieces: Vec<u64>,
    /// Labelled pixels of each.
    pub pixels: Vec<u64>,
    /// Labelled polygons without a pixel inside their border, or outside the image.
    pub unused: u64,
    /// Pixels of each left out because other pieces contradict their label.
    pub left_out: Vec<u64>,
    /// Cross-validated share that is right.
    pub accuracy: Option<f64>,
    /// Cohen's kappa.
    pub kappa: Option<f64>,
    /// Labels (rows) by what is told.
    pub confusion: Confusion,
    /// SHA-256 of the model file.
    pub sha256: String,
}

/// Labels on the grid of the image.
enum Labels {
    /// Class of each polygon.
    Polygons(PixelPolygons, Vec<Class>),
    /// Class values.
    Raster(Box<GdalImage>),
}

fn fault(path: &Path, found: String, repair: &str) -> Error {
    Error::Labels { path: path.display().to_string(), found, repair: repair.to_string() }
}

/// Trains a model and writes its folder: model, card, golden pixels.
pub fn train_model(request: &TrainRequest, progress: &Progress) -> Result<TrainSummary, Error> {
    let names = request.bands.as_deref().map(parse_band_names).transpose()?;
    // An image beside itself: nothing changed, and one date says all.
    let pair = AlignedPair::open(&request.image, &request.image, names.as_deref(), &Pipeline::default().align)?;
    let pool = Pool::new(request.threads).map_err(|e| Error::Bug(e.to_string()))?;
    let name = request.out.file_name().and_then(|n| n.to_str()).unwrap_or("model").to_string();
    let roles = model_bands(&pair, &name)?;
    let mut named = BTreeMap::new();
    let labels = read_labels(request, pair.grid(), &mut named)?;
    let folder = OutputFolder::prepare_marked(&request.out, super::models::LAND)?;
    let too_little = || {
        fault(
            &request.image[0],
            "too little smooth ground to measure by".into(),
            "give an image of 100 x 100 usable pixels or more",
        )
    };
    let bands = GroundBands::of(&pair.bands().roles, Some(&roles)).ok_or_else(too_little)?;
    let sample = Sample::of(&pair, usize::MAX);
    let reference = learn_ground_of(&pair, &bands, &sample, &pool, &Pipeline::default().landcover, progress)
        .ok_or_else(too_little)?;
    let rows = labelled_rows(&pair, &labels, (&bands, &reference), &pool, progress);
    let (labelled, classes) = compact(rows);
    let unused = labels.unused(&labelled.piece);
    if classes.len() < 2 {
        let found =
            format!("labels {} class(es) inside the image, more than a pixel from their borders", classes.len());
        return Err(fault(&request.labels, found, "label at least two classes on ground the image shows"));
    }
    let bar = progress.stage("training", 1);
    let learnt = learn(&labelled, classes.len(), &TrainParams::default(), &pool);
    drop(bar);
    let planes = Plane::of(&roles).unwrap_or_default();
    let gsd = pair.grid().gsd_mean_m();
    let model = LandModel {
        schema: MODEL_SCHEMA,
        name,
        bands: roles,
        gsd_m: [gsd / GSD_RATIO, gsd * GSD_RATIO],
        columns: column_names(&feature_names(&planes)),
        classes,
        forest: learnt.forest.clone(),
    };
    let bug = |e: serde_json::Error| Error::Bug(e.to_string());
    let bytes = serde_json::to_vec(&model).map_err(bug)?;
    let golden = serde_json::json!({ "landcover": golden_pixels(&model.forest, &labelled.table) });
    let facts = CardFacts {
        images: request.image.iter().map(|p| p.display().to_string()).collect(),
        labels: request.labels.display().to_string(),
        version: env!("CARGO_PKG_VERSION"),
        sha256: hash_bytes(&bytes),
        names: named.into_iter().collect(),
        unused,
    };
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).map_err(|e| WriteError::io(&path, &e))
    };
    write(super::models::LAND, &bytes)?;
    write("golden.json", golden.to_string().as_bytes())?;
    write("CARD.md", card(&model, &learnt, &facts).as_bytes())?;
    let folder = folder.finish()?;
    Ok(TrainSummary {
        folder: folder.display().to_string(),
        classes: model.classes.iter().map(|c| c.code()).collect(),
        pieces: learnt.pieces,
        pixels: learnt.rows,
        unused,
        left_out: learnt.doubted,
        accuracy: learnt.confusion.accuracy(),
        kappa: learnt.confusion.kappa(),
        confusion: learnt.confusion,
        sha256: facts.sha256,
    })
}

/// Bands of the model: six where there are short-wave ones, else four.
fn model_bands(pair: &AlignedPair, name: &str) -> Result<Vec<BandRole>, Error> {
    use BandRole::{Blue, Green, Nir, Red, Swir1, Swir2};
    let roles = &pair.bands().roles;
    let has = |wanted: &[BandRole]| wanted.iter().all(|b| roles.contains(&Some(*b)));
    let (four, six) = (vec![Blue, Green, Red, Nir], vec![Blue, Green, Red, Nir, Swir1, Swir2]);
    if has(&six) {
        return Ok(six);
    }
    if has(&four) {
        return Ok(four);
    }
    Err(ModelError::bands(name, &four, roles).into())
}

fn read_labels(
    request: &TrainRequest,
    grid: &Grid,
    named: &mut BTreeMap<String, &'static str>,
) -> Result<Labels, Error> {
    let path = &request.labels;
    if !path.exists() {
        return Err(fault(path, "no such file".into(), "give polygons with a class, or a raster of class values"));
    }
    if let Ok(image) = GdalImage::open_mask(path) {
        let theirs = &image.info().grid;
        if theirs != grid {
            let found =
                format!("is a raster of {} x {} pixels on another grid than the image", theirs.rows, theirs.cols);
            return Err(fault(
                path,
                found,
                "bring it onto the image's grid (gdalwarp -r near -tr -te), or give polygons",
            ));
        }
        return Ok(Labels::Raster(Box::new(image)));
    }
    let mut options = VectorOptions::new(&grid.crs);
    options.encoding = request.encoding.as_deref();
    let table = read_any(path, &options)?.table;
    let column = match &request.field {
        Some(field) => column_named(&table.fields, field),
        None => CLASS_FIELDS.iter().find_map(|f| column_named(&table.fields, f)),
    };
    let Some(column) = column else {
        let fields: Vec<&str> = table.fields.iter().map(|f| f.name.as_str()).collect();
        let found = match &request.field {
            Some(field) => format!("has no field {field}, but {}", fields.join(", ")),
            None => format!("has the fields {}, none of which is known to hold a class", fields.join(", ")),
        };
        return Err(fault(path, found, "name the field with --field"));
    };
    let (mut shapes, mut classes, mut unknown) = (Vec::<MultiPolygon<f64>>::new(), Vec::new(), BTreeMap::new());
    for row in &table.rows {
        let label = row.values[column].text();
        let given = request.names.iter().find(|(name, _)| *name == label.trim()).map(|(_, class)| *class);
        match (given.or_else(|| class_of_label(&label)), &row.shape) {
            (Some(class), Some(shape)) => {
                named.insert(label.trim().to_string(), class.code());
                shapes.push(shape.clone());
                classes.push(class);
            }
            (None, _) if !label.trim().is_empty() => *unknown.entry(label.trim().to_string()).or_insert(0) += 1,
            _ => {}
        }
    }
    if let Some((label, rows)) = unknown.first_key_value() {
        let all: Vec<&str> = unknown.keys().map(String::as_str).collect();
        let found = format!("{rows} row(s) say \"{label}\", which is no class of ours (unknown: {})", all.join(", "));
        let classes: Vec<&str> = Class::ALL.iter().map(|c| c.code()).collect();
        let repair = format!("say what it is with --class \"{label}\"=CLASS, one of {}", classes.join(", "));
        return Err(fault(path, found, &repair));
    }
    Ok(Labels::Polygons(PixelPolygons::new(shapes.iter().map(Some), &grid.affine), classes))
}

impl Labels {
    /// Polygons of which no pixel was learnt from.
    fn unused(&self, pieces: &[u32]) -> u64 {
        let Labels::Polygons(_, classes) = self else { return 0 };
        let mut used = vec![false; classes.len()];
        pieces.iter().for_each(|p| used[*p as usize] = true);
        used.iter().filter(|u| !**u).count() as u64
    }

    /// Class value and piece of the labelled pixels of a window; a pixel of two labels has none.
    fn of(&self, window: Window, grid: &Grid) -> (Array2<u8>, Array2<u32>) {
        let shape = (window.rows, window.cols);
        let (mut class, mut piece) = (Array2::zeros(shape), Array2::zeros(shape));
        match self {
            Labels::Polygons(polygons, classes) => polygons.spans(window, |n, row, cols| {
                for at in cols.map(|col| (row, col)) {
                    let own = classes[n] as u8;
                    class[at] = if class[at] == 0 || class[at] == own { own } else { Class::UNCLASSIFIED };
                    piece[at] = n as u32;
                }
            }),
            Labels::Raster(image) => {
                let across = grid.cols.div_ceil(PIECE_PX) as i64;
                let values = image.read(window, &[0]);
                for ((at, value), quality) in values.bands.index_axis(Axis(0), 0).indexed_iter().zip(&values.quality) {
                    let (row, col) = (window.row + at.0 as i64, window.col + at.1 as i64);
                    class[at] = if quality.is_valid() { *value as u8 } else { 0 };
                    piece[at] = (row.div_euclid(PIECE_PX as i64) * across + col.div_euclid(PIECE_PX as i64)) as u32;
                }
            }
        }
        (class, piece)
    }

    /// Pixels of a window whose eight neighbours have the same label: what a border mixes is no example.
    fn inner(&self, window: Window, grid: &Grid) -> (Array2<u8>, Array2<u32>) {
        let (class, piece) = self.of(window.with_halo(1), grid);
        let mut out = (Array2::zeros((window.rows, window.cols)), Array2::zeros((window.rows, window.cols)));
        for ((i, j), own) in out.0.indexed_iter_mut() {
            let around = class.slice(ndarray::s![i..i + 3, j..j + 3]);
            let middle = class[(i + 1, j + 1)];
            if around.iter().all(|c| *c == middle) && Class::from_value(middle).is_some() {
                *own = middle;
            }
            out.1[(i, j)] = piece[(i + 1, j + 1)];
        }
        out
    }
}

/// Rows of every class by value, and their pieces.
fn labelled_rows(
    pair: &AlignedPair,
    labels: &Labels,
    ground: (&GroundBands, &Reference),
    pool: &Pool,
    progress: &Progress,
) -> Labelled {
    let grid = pair.grid();
    let windows: Vec<Window> = Tiling::new(grid, TILE).windows().collect();
    let mut counts = [0u64; Class::SLOTS];
    for part in pool.map(&windows, |w| {
        let mut counts = [0u64; Class::SLOTS];
        labels.inner(*w, grid).0.iter().for_each(|c| counts[usize::from(*c)] += 1);
        counts
    }) {
        counts.iter_mut().zip(part).for_each(|(c, p)| *c += p);
    }
    let share = counts.map(|n| if n == 0 { 0.0 } else { MOST_PER_CLASS as f64 / n as f64 });
    let bar = progress.stage("reading labels", windows.len() as u64);
    let mut out = Labelled::default();
    pool.in_order(
        &windows,
        |w| rows_of(pair, *w, labels.inner(*w, grid), ground, &share),
        |_, part| {
            let Some(part) = part else { return bar.add(1) };
            out.table.extend(part.table);
            out.piece.extend(part.piece);
            bar.add(1);
        },
    );
    out
}

/// Rows of one tile.
fn rows_of(
    pair: &AlignedPair,
    window: Window,
    (class, piece): (Array2<u8>, Array2<u32>),
    ground: (&GroundBands, &Reference),
    share: &[f64; Class::SLOTS],
) -> Option<Labelled> {
    if class.iter().all(|c| *c == 0) {
        return None;
    }
    let around = window.with_halo(FEATURE_HALO);
    let (pixels, _) = pair.read(around);
    let all = Array2::from_elem(pixels.shape(), true);
    let features = Features::of(&ground.0.seen(&pixels), around, &all, ground.1)?;
    let unchanged = Array2::from_elem(pixels.shape(), score_code(0.0, 1.0));
    let mut columns = Columns::new(features.codes.len());
    let mut out = Labelled {
        table: Table { codes: vec![Vec::new(); 3 * features.codes.len() + 1], ..Table::default() },
        piece: vec![],
    };
    for ((i, j), value) in class.indexed_iter().filter(|(_, c)| **c != 0) {
        let at = (i + FEATURE_HALO, j + FEATURE_HALO);
        let key = (window.row as u64 + i as u64) << 32 | (window.col as u64 + j as u64);
        if !pixels.quality[at].is_valid() || super::training::draw(key) >= share[usize::from(*value)] {
            continue;
        }
        columns.add_to(&mut out.table, &features, &features, &unchanged, at);
        out.table.class.push(*value);
        out.table.weight.push(1.0);
        out.piece.push(piece[(i, j)]);
    }
    Some(out)
}

/// Rows with classes numbered from 0 in the order of [`Class::ALL`], every class of the same weight in sum.
fn compact(mut rows: Labelled) -> (Labelled, Vec<Class>) {
    let count = |class: Class| rows.table.class.iter().filter(|c| **c == class as u8).count();
    let counted: Vec<(Class, usize)> = Class::ALL.into_iter().map(|c| (c, count(c))).filter(|c| c.1 > 0).collect();
    let all = rows.table.rows() as f64;
    for (class, weight) in rows.table.class.iter_mut().zip(&mut rows.table.weight) {
        let k = counted.iter().position(|(c, _)| *c as u8 == *class).unwrap_or(0);
        *class = k as u8;
        *weight = (all / (counted.len() as f64 * counted[k].1 as f64)) as f32;
    }
    (rows, counted.into_iter().map(|c| c.0).collect())
}
