//! Rows to train a land-cover forest with, from pairs whose land cover is known.

use super::geodesy::Geodesy;
use super::ground::{Ground, GroundSource, learn_ground};
use super::images::AlignedPair;
use super::inputs::read_vectors;
use super::models::Models;
use super::pool::Pool;
use super::progress::Progress;
use super::request::ScanRequest;
use super::scan::{Measured, measure, scene_of};
use super::statistics::Sample;
use super::tile::Scene;
use crate::crosscheck::{LayerKind, Layers};
use crate::error::Error;
use crate::grid::{Tiling, Window};
use crate::io::GdalImage;
use crate::io::source::RasterSource;
use crate::landcover::forest::Table;
use crate::landcover::{Class, Columns, LandModel};
use crate::parcels::{OUTCOMES, Outcome, is_part, parcel_codes, shape_measures};
use crate::raster::BandRole;
use crate::vectorise::{Components, Tracer};
use ndarray::{Array2, s};
use std::path::PathBuf;
use std::sync::Arc;

/// Tile side, pixels.
const TILE: usize = 512;

/// Land cover at a place and what it was at the other date.
type Stratum = usize;
const STRATA: usize = Class::SLOTS * 2;

/// A pair as the stages before land cover leave it.
struct Prepared {
    pair: AlignedPair,
    pool: Pool,
    measured: Measured,
    /// Natural ground at both dates.
    ground: Option<Ground>,
}

/// `bands` are those of the model.
fn prepare(request: &ScanRequest, bands: &[BandRole], progress: &Progress) -> Result<Prepared, Error> {
    let pipeline = &request.pipeline;
    let mut pair = AlignedPair::open(&request.before, &request.after, None, &pipeline.align)?;
    let pool = Pool::new(request.threads).map_err(|e| Error::Bug(e.to_string()))?;
    let sample = Sample::of(&pair, pipeline.normalise.max_sample_blocks);
    let measured = measure(&mut pair, &sample, pipeline, &pool, progress)?;
    let layers = layers_of(request, &pair, &pool)?;
    let survey = layers.get(LayerKind::Landuse);
    let radiometry = &measured.detector.radiometry;
    let source = GroundSource { params: &pipeline.landcover, bands: Some(bands), survey };
    let ground = learn_ground(&pair, radiometry, &sample, &pool, source, progress);
    Ok(Prepared { pair, pool, measured, ground })
}

/// Pixels of both dates whose class is known, as a model of these bands is told them, at most `per_stratum` of each class that is the same at both dates and of each
/// that is not.
pub fn training_rows(
    request: &ScanRequest,
    truth: &[PathBuf; 2],
    classes: &[Class],
    (bands, per_stratum): (&[BandRole], usize),
    progress: &Progress,
) -> Result<Option<Table>, Error> {
    let pipeline = &request.pipeline;
    let Prepared { pair, pool, measured, ground } = prepare(request, bands, progress)?;
    let models = Models::default();
    let scene = scene_of(&pair, &measured, ground, &models, pipeline);
    let truth = [GdalImage::open(&truth[0])?, GdalImage::open(&truth[1])?];
    let tiling = Tiling::new(pair.grid(), TILE);
    let windows: Vec<Window> = tiling.windows().collect();
    let known = |w: &Window| -> [Array2<u8>; 2] {
        [0, 1].map(|d: usize| {
            let px = truth[d].read(*w, &[0]);
            px.bands.index_axis(ndarray::Axis(0), 0).mapv(|v| v as u8)
        })
    };
    let place = |own: u8, other: u8| -> Option<(u8, Stratum)> {
        let k = classes.iter().position(|c| *c as u8 == own)?;
        Some((k as u8, k * 2 + usize::from(own != other)))
    };
    let mut counts = [0u64; STRATA];
    for parts in pool.map(&windows, |w| {
        let [b, a] = known(w);
        let mut counts = [0u64; STRATA];
        for (b, a) in b.iter().zip(&a) {
            [place(*b, *a), place(*a, *b)].into_iter().flatten().for_each(|(_, s)| counts[s] += 1);
        }
        counts
    }) {
        counts.iter_mut().zip(parts).for_each(|(c, p)| *c += p);
    }
    let share = counts.map(|n| if n == 0 { 0.0 } else { per_stratum as f64 / n as f64 });
    let parts = pool.map(&windows, |w| rows_of(&scene, *w, known(w), &place, &share));
    let mut table = Table::default();
    for part in parts.into_iter().flatten() {
        table.extend(part);
    }
    Ok((table.rows() > 0).then_some(table))
}

/// The layers of a request.
fn layers_of(request: &ScanRequest, pair: &AlignedPair, pool: &Pool) -> Result<Layers, Error> {
    let geodesy = Geodesy::new(&pair.grid().crs).map_err(|e| Error::Usage(e.to_string()))?;
    Ok(read_vectors(&request.vectors, pair.grid(), &geodesy, pool)?.layers)
}

/// Rows of one tile.
fn rows_of(
    scene: &Scene,
    window: Window,
    known: [Array2<u8>; 2],
    place: &impl Fn(u8, u8) -> Option<(u8, Stratum)>,
    share: &[f64; STRATA],
) -> Option<Table> {
    let told = scene.told(window)?;
    let inner = s![told.halo..told.halo + window.rows, told.halo..told.halo + window.cols];
    let quality = told.quality.slice(inner).to_owned();
    let [before, after] = &told.features;
    let mut table = Table { codes: vec![Vec::new(); 3 * before.codes.len() + 1], ..Table::default() };
    let mut columns = Columns::new(before.codes.len());
    for (date, (this, other)) in [(before, after), (after, before)].into_iter().enumerate() {
        for ((i, j), own) in known[date].indexed_iter() {
            let Some((class, stratum)) = place(*own, known[1 - date][(i, j)]) else { continue };
            let key = (window.row as u64 + i as u64) << 32 | (window.col as u64 + j as u64) << 1 | date as u64;
            if !quality[(i, j)].is_valid() || draw(key) >= share[stratum] {
                continue;
            }
            columns.add_to(&mut table, this, other, &told.score, (i + told.halo, j + told.halo));
            table.class.push(class);
            // A class ten times as common weighs three times as much: between what is likely and what must not be missed.
            table.weight.push(libm::sqrt((1.0 / share[stratum]).max(1.0)) as f32);
        }
    }
    Some(table)
}

/// A number in 0-1 that depends on the place alone.
pub(super) fn draw(key: u64) -> f64 {
    let mut z = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Parcels of works that a pair's land cover leaves, with what they really are; how many they are, their parts come after them.
///
/// The columns are those of single parcels. A parcel of which a quarter to a half is what it seems to be says neither yes nor no: its weight
/// is 0, it is one of the scene's parcels and nothing more.
pub fn parcel_rows(
    request: &ScanRequest,
    truth: &[PathBuf; 2],
    model: Arc<LandModel>,
    progress: &Progress,
) -> Result<(Table, usize), Error> {
    let pipeline = &request.pipeline;
    let Prepared { pair, pool, measured, ground } = prepare(request, &model.bands, progress)?;
    let models = Models { land: Some(model), parcels: None };
    let mut scene = scene_of(&pair, &measured, ground, &models, pipeline);
    scene.parcels_decided = true;
    let truth = [GdalImage::open(&truth[0])?, GdalImage::open(&truth[1])?];
    let grid = pair.grid();
    let windows: Vec<Window> = Tiling::new(grid, TILE).windows().collect();
    let gsd = grid.gsd_m();
    let least = pipeline.parcels.least_pixels(gsd.0 * gsd.1);
    let tiles = pool.map(&windows, |w| {
        let products = scene.products(*w, None);
        (products.changed(&scene, Some(least)), products.cores(&scene, least))
    });
    let (changed, cores): (Vec<_>, Vec<_>) = tiles.into_iter().unzip();
    let [components, cores] = [changed, cores].map(|tiles| Components::join(grid.rows, grid.cols, tiles));
    let holders = components.holders_of(&cores);
    let parts = (0..holders.len()).filter(|k| {
        let whole = holders[*k].map_or(0, |whole| components.components[whole].pixels);
        is_part(cores.components[*k].pixels, whole)
    });
    let known = truth.map(|t| t.read(grid.full(), &[0]).bands.index_axis(ndarray::Axis(0), 0).mapv(|v| v as u8));
    let mut table = Table::default();
    let mut tracer = Tracer::new();
    let wholes = (0..components.components.len()).map(|k| (&components, k));
    let mut of_scene = 0;
    for (n, (image, k)) in wholes.chain(parts.map(|k| (&cores, k))).enumerate() {
        let component = &image.components[k];
        if component.pixels < u64::from(least) {
            continue;
        }
        let spans = image.spans_of(k);
        let shape = shape_measures(&tracer.trace(&spans), gsd);
        let Some(codes) = parcel_codes(component.into(), &shape, grid.gsd_mean_m()) else { continue };
        let mut counts = [0u64; OUTCOMES.len()];
        for span in &spans {
            for col in span.start..span.end {
                let at = (span.row as usize, col as usize);
                counts[outcome(known[0][at], known[1][at]) as usize] += 1;
            }
        }
        let most = (0..counts.len()).fold(0, |best, k| if counts[k] > counts[best] { k } else { best });
        let new: u64 = counts[1..].iter().sum();
        let class = match () {
            () if new * 2 < component.pixels => 0,
            () if most == 0 => (1..counts.len()).fold(1, |best, k| if counts[k] > counts[best] { k } else { best }),
            () => most,
        };
        table.codes.resize_with(codes.len(), Vec::new);
        table.codes.iter_mut().zip(codes).for_each(|(to, code)| to.push(code));
        table.class.push(class as u8);
        of_scene += usize::from(n < components.components.len());
        let unclear = class == 0 && new * 4 >= component.pixels;
        let weight = libm::cbrtf(component.pixels as f32 / 50.0).clamp(0.5, 4.0);
        table.weight.push(if unclear { 0.0 } else { weight });
    }
    Ok((table, of_scene))
}

/// What a pixel turned out to be, from its true classes.
fn outcome(before: u8, after: u8) -> Outcome {
    let (Some(b), Some(a)) = (Class::from_value(before), Class::from_value(after)) else { return Outcome::Nothing };
    match a {
        _ if a == b => Outcome::Nothing,
        Class::Photovoltaic => Outcome::Photovoltaic,
        Class::Greenhouse => Outcome::Greenhouse,
        Class::Excavation => Outcome::Excavation,
        Class::Rubble | Class::Earthwork | Class::GreenCover if b.built() => Outcome::Demolition,
        Class::Rubble | Class::Earthwork | Class::GreenCover => Outcome::Earthwork,
        Class::Building if b == Class::Building => Outcome::Nothing,
        Class::HardSurface | Class::Road if b.built() => Outcome::Nothing,
        Class::Building | Class::HardSurface | Class::Road => Outcome::Building,
        _ if b.works() => Outcome::Demolition,
        _ => Outcome::Nothing,
    }
}
