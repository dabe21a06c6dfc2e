//! The bench from request to result: tiles, stress cases and throughput, spread over threads.

use super::cases::{Case, Pair, Stressed};
use super::claims::{answered, counted, reliability};
use super::definition::Definition;
use super::folder::{TileFiles, find, make_claims, make_counties};
use super::image::{Image, Truth};
use super::method::{Answer, Method, answers, as_it_lies};
use super::picture::tile_picture;
use super::result::{BenchResult, ClaimsResult, Reliability, Skipped, StressResult};
use super::score::{Scored, score_stress, score_tile, sets};
use super::throughput::throughput;
use crate::config::Pipeline;
use crate::error::Error;
use crate::io::WriteError;
use crate::report::Lang;
use crate::run::{OutputFolder, Pool, Progress, machine};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The file by which a folder is known to be results of a bench.
const MARKER: &str = "results.json";
const MIB: u64 = 1 << 20;

/// What is to be measured.
pub struct BenchRequest {
    /// Folder of sample tiles; counties are generated when `None`.
    pub samples: Option<PathBuf>,
    /// Also the baselines.
    pub baselines: bool,
    /// How.
    pub definition: Definition,
    /// The pipeline under test.
    pub pipeline: Pipeline,
    /// Its name, with what was set.
    pub pipeline_name: String,
    /// Folder for files.
    pub out: Option<PathBuf>,
    /// Language of the documents.
    pub lang: Lang,
    /// Worker threads; 0 = one per processor.
    pub threads: usize,
    /// Memory promise, bytes.
    pub max_memory: u64,
}

/// A tile that was measured, with what stress needs of it.
struct Measured {
    files: TileFiles,
    truth: Option<Truth>,
    answers: Vec<Answer>,
    scored: Scored,
    picture: Option<Vec<u8>>,
}

/// Runs the bench.
///
/// # Errors
/// Whatever keeps it from measuring anything; a pair or a case that cannot be measured is listed in
/// [`BenchResult::skipped`] instead.
pub fn bench(request: &BenchRequest, progress: &Progress) -> Result<BenchResult, Error> {
    let started = Instant::now();
    let folder = request.out.as_ref().map(|out| OutputFolder::prepare_marked(out, MARKER)).transpose()?;
    let pool = Pool::new(request.threads).map_err(|e| Error::Bug(e.to_string()))?;
    let scratch = scratch()?;
    let samples = match &request.samples {
        Some(samples) => samples.clone(),
        None => {
            make_counties(&request.definition.samples, scratch.path(), pool.threads(), progress)?;
            scratch.path().to_path_buf()
        }
    };
    let methods = Method::all(request.baselines);
    let mut skipped = Vec::new();
    let tiles = affordable(find(&samples)?, methods.len(), &pool, request.max_memory, &mut skipped)?;
    let measured = measure_tiles(tiles, methods, request, &pool, progress, &mut skipped)?;
    let (claims, reliability) = measure_claims(&measured, request, &pool, progress, &mut skipped)?;
    let stress = measure_stress(&measured, request, &pool, progress, &mut skipped)?;
    let bar = progress.stage("throughput", 1);
    let largest = largest_of_sets(&measured);
    let throughput = largest.iter().map(|m| throughput(&m.files, &request.pipeline)).collect::<Result<_, _>>()?;
    drop(bar);
    let pictures: Vec<(String, Vec<u8>)> =
        measured.iter().filter_map(|m| Some((m.files.name().replace('/', "_"), m.picture.clone()?))).collect();
    let scored: Vec<Scored> = measured.into_iter().map(|m| m.scored).collect();
    let result = BenchResult {
        version: env!("CARGO_PKG_VERSION"),
        machine: machine(),
        seconds: started.elapsed().as_secs_f64(),
        pipeline: request.pipeline_name.clone(),
        definition: request.definition.clone(),
        sets: sets(&scored, request.definition.bootstrap.confidence_percent),
        tiles: scored.into_iter().map(|s| s.result).collect(),
        claims,
        reliability,
        stress,
        throughput,
        skipped,
    };
    if let Some(folder) = folder {
        write_files(folder.path(), &result, &pictures, request.lang)?;
        folder.finish()?;
    }
    Ok(result)
}

fn scratch() -> Result<tempfile::TempDir, Error> {
    let fail = |e| WriteError::io(&std::env::temp_dir(), &e);
    Ok(tempfile::Builder::new().prefix("tuban-bench-").tempdir().map_err(fail)?)
}

/// The tiles whose images can be opened, if all of them fit into the promised memory.
fn affordable(
    tiles: Vec<TileFiles>,
    methods: usize,
    pool: &Pool,
    allowed: u64,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<TileFiles>, Error> {
    let (mut kept, mut working) = (0u64, (0u64, String::new()));
    let mut out = Vec::new();
    for tile in tiles {
        match tile.size() {
            Ok((pixels, bands)) => {
                // Kept of every tile: answers, labels and a picture. Of a tile at work: the pair as read, under stress and on the
                // working grid, one more image while it is made, and a few planes in double precision.
                kept += pixels * (3 * methods as u64 + 2 + 4);
                let needed = pixels * (7 * 4 * bands as u64 + 80);
                if needed > working.0 {
                    working = (needed, tile.name());
                }
                out.push(tile);
            }
            Err(e) => skipped.push(Skipped { what: tile.name(), why: e.to_string() }),
        }
    }
    let needed = 170 * MIB + kept + working.0 * pool.threads() as u64;
    if needed > allowed {
        let (needed_mib, allowed_mib) = (needed.div_ceil(MIB), allowed / MIB);
        return Err(Error::BenchMemory { tile: working.1, needed_mib, allowed_mib });
    }
    Ok(out)
}

fn measure_tiles(
    tiles: Vec<TileFiles>,
    methods: &[Method],
    request: &BenchRequest,
    pool: &Pool,
    progress: &Progress,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<Measured>, Error> {
    let bar = progress.stage("pairs", tiles.len() as u64);
    let numbered: Vec<(u64, TileFiles)> = (0..).zip(tiles).collect();
    let mut out = Vec::new();
    let mut first_fault = None;
    pool.ordered(
        &numbered,
        |(stream, files)| measure_tile(files, *stream, methods, request),
        |n, measured| {
            bar.add(1);
            match measured {
                Ok(m) => out.push(m),
                Err(e) => {
                    skipped.push(Skipped { what: numbered[n].1.name(), why: e.to_string() });
                    first_fault.get_or_insert(e);
                }
            }
            Ok::<(), Error>(())
        },
    )?;
    match (out.is_empty(), first_fault) {
        (true, Some(e)) => Err(e),
        _ => Ok(out),
    }
}

/// One thread each: the tiles are what is spread.
fn single() -> Result<Pool, Error> {
    Pool::new(1).map_err(|e| Error::Bug(e.to_string()))
}

fn measure_tile(files: &TileFiles, stream: u64, methods: &[Method], request: &BenchRequest) -> Result<Measured, Error> {
    let truth = files.truth()?;
    let answers = answers(methods, &files.before, &files.after, &request.pipeline, &single()?)?;
    let scored = score_tile(&files.set, &files.tile, &answers, truth.as_ref(), &request.definition, stream)?;
    let picture = match request.out {
        Some(_) => {
            let pair = as_it_lies(&files.before, &files.after, &request.pipeline)?;
            let shown: Vec<&Answer> =
                answers.iter().filter(|a| matches!(a.method, Method::Tuban | Method::CvaZOtsu)).collect();
            Some(tile_picture(&pair, truth.as_ref(), &shown)?)
        }
        None => None,
    };
    Ok(Measured { files: files.clone(), truth, answers, scored, picture })
}

/// The lists of the tiles, or of counties made for it, verified one after the other: a verification spreads itself over threads.
fn measure_claims(
    measured: &[Measured],
    request: &BenchRequest,
    pool: &Pool,
    progress: &Progress,
    skipped: &mut Vec<Skipped>,
) -> Result<(Vec<ClaimsResult>, Vec<Reliability>), Error> {
    let params = &request.definition.claims;
    let scratch = scratch()?;
    let tiles: Vec<TileFiles> = match &request.samples {
        Some(_) => measured.iter().map(|m| m.files.clone()).collect(),
        None if params.seeds.is_empty() => Vec::new(),
        None => {
            make_claims(params, scratch.path(), pool.threads(), progress)?;
            find(scratch.path())?
        }
    };
    let lists: Vec<_> = tiles.iter().filter_map(|t| Some((t, t.claims()?))).collect();
    let bar = progress.stage("claims", lists.len() as u64);
    let (mut claims, mut all) = (Vec::new(), Vec::new());
    for (tile, files) in lists {
        match answered(&files, &request.pipeline, pool.threads(), request.max_memory, scratch.path()) {
            Ok(more) if more.is_empty() => {}
            Ok(more) => {
                claims.push(counted(&tile.set, &tile.tile, &more));
                all.extend(more);
            }
            Err(e @ Error::Write(_)) => return Err(e),
            Err(e) => skipped.push(Skipped { what: tile.name(), why: e.to_string() }),
        }
        bar.add(1);
    }
    let reliability = if all.is_empty() { Vec::new() } else { reliability(&all, params) };
    Ok((claims, reliability))
}

/// The tile of a job, its number, and the case.
type Job<'a> = (u64, &'a Measured, Case);

fn measure_stress(
    measured: &[Measured],
    request: &BenchRequest,
    pool: &Pool,
    progress: &Progress,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<StressResult>, Error> {
    let cases = Case::all(&request.definition.stress);
    let jobs: Vec<Job> = (0..).zip(measured).flat_map(|(n, m)| cases.iter().map(move |c| (n, m, *c))).collect();
    let bar = progress.stage("stress", jobs.len() as u64);
    let mut out = Vec::new();
    pool.ordered(
        &jobs,
        |job| measure_case(job, request),
        |n, rows| {
            bar.add(1);
            let what = || format!("{} {}", jobs[n].1.files.name(), jobs[n].2.name());
            match rows {
                Ok(Ok(rows)) => out.extend(rows),
                Ok(Err(why)) => skipped.push(Skipped { what: what(), why: why.to_string() }),
                // A disk that is full is no property of the pair.
                Err(e @ Error::Write(_)) => return Err(e),
                Err(e) => skipped.push(Skipped { what: what(), why: e.to_string() }),
            }
            Ok(())
        },
    )?;
    Ok(out)
}

fn measure_case(
    (stream, tile, case): &Job,
    request: &BenchRequest,
) -> Result<Result<Vec<StressResult>, &'static str>, Error> {
    let files = &tile.files;
    let (before, after) = (Image::read(&files.before)?, Image::read(&files.after)?);
    let pair = Pair { before: &before, after: &after, truth: tile.truth.as_ref() };
    let parts = match case.apply(&pair, &request.definition.stress, *stream)? {
        Ok(parts) => parts,
        Err(why) => return Ok(Err(why)),
    };
    // All-unchanged loses nothing under any stress.
    let methods: Vec<Method> = tile.answers.iter().map(|a| a.method).filter(|m| *m != Method::AllUnchanged).collect();
    let scratch = scratch()?;
    let mut of_parts = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        let file = |image: &Option<Image>, name: &str, as_it_was: &Path| -> Result<PathBuf, Error> {
            let Some(image) = image else { return Ok(as_it_was.to_path_buf()) };
            let path = scratch.path().join(format!("{n}-{name}.tif"));
            image.write(&path)?;
            Ok(path)
        };
        let before = file(&part.before, "before", &files.before)?;
        let after = file(&part.after, "after", &files.after)?;
        of_parts.push(answers(&methods, &before, &after, &request.pipeline, &single()?)?);
    }
    let mut out = Vec::new();
    for method in methods {
        let Some(unstressed) = tile.answers.iter().find(|a| a.method == method) else { continue };
        let mut pieces: Vec<(Answer, &Stressed)> = Vec::new();
        for (answers, part) in of_parts.iter_mut().zip(&parts) {
            if let Some(at) = answers.iter().position(|a| a.method == method) {
                pieces.push((answers.swap_remove(at), part));
            }
        }
        out.extend(score_stress((&files.set, &files.tile, *case), &pieces, unstressed, tile.truth.as_ref())?);
    }
    Ok(Ok(out))
}

/// The largest tile of every set: small ones say little about speed.
fn largest_of_sets(measured: &[Measured]) -> Vec<&Measured> {
    let mut out: Vec<&Measured> = Vec::new();
    let pixels = |m: &Measured| m.scored.result.rows * m.scored.result.cols;
    for tile in measured {
        match out.iter_mut().find(|m| m.files.set == tile.files.set) {
            Some(most) if pixels(most) < pixels(tile) => *most = tile,
            Some(_) => {}
            None => out.push(tile),
        }
    }
    out
}

fn write_files(folder: &Path, result: &BenchResult, pictures: &[(String, Vec<u8>)], lang: Lang) -> Result<(), Error> {
    let write = |path: PathBuf, bytes: &[u8]| std::fs::write(&path, bytes).map_err(|e| WriteError::io(&path, &e));
    write(folder.join("results.json"), result.to_json().map_err(|e| Error::Bug(e.to_string()))?.as_bytes())?;
    write(folder.join("results.md"), result.to_markdown(lang).as_bytes())?;
    write(folder.join("results.csv"), result.to_csv().as_bytes())?;
    let below = folder.join("pictures");
    std::fs::create_dir(&below).map_err(|e| WriteError::io(&below, &e))?;
    for (name, bytes) in pictures {
        write(below.join(format!("{name}.png")), bytes)?;
    }
    Ok(())
}
