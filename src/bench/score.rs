//! Scoring answers against truth.

use super::bootstrap::{Clusters, differences, interval, means, without};
use super::cases::{Case, Stressed};
use super::definition::Definition;
use super::image::{OnGrid, Truth};
use super::method::{Answer, Method};
use super::result::{MethodResult, PixelFigures, SetMethod, SetResult, StressResult, TileResult};
use crate::error::Error;
use crate::evaluate::{Confusion, Objects, PixelCounts, count_tile, score_blobs};
use ndarray::{Array2, Zip};

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

fn flagged_and_judged(change: &Array2<u8>) -> (u64, u64) {
    change.iter().fold((0, 0), |(f, j), c| (f + u64::from(*c == 1), j + u64::from(*c <= 1)))
}

/// A scored tile, with every method's kappa in every repetition.
pub struct Scored {
    /// The figures.
    pub result: TileResult,
    /// `[method][repetition]`; empty without changed labels.
    pub kappas: Vec<Vec<f64>>,
}

/// Scores the answers of all methods on a tile; `stream` tells tiles apart.
pub fn score_tile(
    set: &str,
    tile: &str,
    answers: &[Answer],
    truth: Option<&Truth>,
    definition: &Definition,
    stream: u64,
) -> Result<Scored, Error> {
    let Some(first) = answers.first() else { return Err(Error::Bug("a bench without methods".into())) };
    let grid = &first.grid;
    let laid = match truth {
        Some(truth) => truth.on(grid)?,
        None => {
            let dim = first.change.dim();
            OnGrid { codes: Array2::zeros(dim), objects: Objects { ids: Array2::zeros(dim), count: 0 } }
        }
    };
    let (rows_m, cols_m) = grid.gsd_m();
    let pixel_m2 = rows_m * cols_m;
    let blobs = &definition.blobs;
    let min_px = blobs.min_px.max((blobs.min_m2 / pixel_m2).ceil() as u64);
    let labelled = truth.map(Truth::labelled_percent);
    let complete = labelled.is_some_and(|l| l >= blobs.complete_percent);
    let mut methods: Vec<MethodResult> = Vec::new();
    for answer in answers {
        let mut counts = PixelCounts::new(true);
        count_tile(&mut counts, answer.change.view(), laid.codes.view(), Some(answer.score.view()));
        let (flagged, judged) = flagged_and_judged(&answer.change);
        methods.push(MethodResult {
            method: answer.method,
            flagged_percent: percent(flagged, judged),
            judged_percent: percent(judged, answer.change.len() as u64).unwrap_or(0.0),
            refused: answer.refused,
            pixels: (counts.confusion.total() > 0).then(|| PixelFigures::of(&counts)),
            blobs: score_blobs(answer.change.view(), laid.codes.view(), &laid.objects, pixel_m2, min_px, complete),
            kappa_interval: None,
            kappa_minus_cva: None,
            kappa_minus_cva_interval: None,
        });
    }
    let counted = methods.first().and_then(|m| m.pixels.as_ref()).map(|p| (p.tp + p.fn_, p.tp + p.fp + p.fn_ + p.tn));
    let prevalence_percent = counted.and_then(|(changed, all)| percent(changed, all));
    let mut kappas = Vec::new();
    let mut clusters = None;
    if counted.is_some_and(|(changed, all)| changed > 0 && changed < all) {
        let views: Vec<_> = answers.iter().map(|a| a.change.view()).collect();
        let drawn = Clusters::new(laid.codes.view(), &views, definition.bootstrap.block_px);
        clusters = Some(drawn.counts());
        kappas = drawn.kappas(&definition.bootstrap, stream);
        intervals(&mut methods, &kappas, definition.bootstrap.confidence_percent);
    }
    let result = TileResult {
        set: set.to_string(),
        tile: tile.to_string(),
        rows: grid.rows,
        cols: grid.cols,
        gsd_m: grid.gsd_mean_m(),
        labelled_percent: labelled,
        prevalence_percent,
        clusters,
        methods,
    };
    Ok(Scored { result, kappas })
}

fn intervals(methods: &mut [MethodResult], kappas: &[Vec<f64>], confidence: f64) {
    let kappa = |m: &MethodResult| m.pixels.as_ref().and_then(|p| p.kappa);
    let cva = methods.iter().position(|m| m.method == Method::CvaZOtsu);
    let of_cva = cva.and_then(|c| kappa(&methods[c]));
    for (k, method) in methods.iter_mut().enumerate() {
        method.kappa_interval = interval(&kappas[k], confidence);
        if let Some(c) = cva.filter(|c| *c != k) {
            method.kappa_minus_cva = kappa(method).zip(of_cva).map(|(a, b)| a - b);
            method.kappa_minus_cva_interval = interval(&differences(&kappas[k], &kappas[c]), confidence);
        }
    }
}

/// The sets of scored tiles, in the order they first appear.
pub fn sets(tiles: &[Scored], confidence: f64) -> Vec<SetResult> {
    let mut names: Vec<&str> = Vec::new();
    for tile in tiles {
        if !names.contains(&tile.result.set.as_str()) {
            names.push(&tile.result.set);
        }
    }
    names.into_iter().filter_map(|name| set(name, tiles, confidence)).collect()
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let all: Option<Vec<f64>> = values.collect();
    all.filter(|v| !v.is_empty()).map(|v| v.iter().sum::<f64>() / v.len() as f64)
}

fn set(name: &str, tiles: &[Scored], confidence: f64) -> Option<SetResult> {
    let of_set: Vec<&Scored> = tiles.iter().filter(|t| t.result.set == name && !t.kappas.is_empty()).collect();
    let methods: Vec<Method> = of_set.first()?.result.methods.iter().map(|m| m.method).collect();
    let figure = |k: usize, of: &dyn Fn(&PixelFigures) -> Option<f64>| {
        mean(of_set.iter().map(|t| t.result.methods.get(k)?.pixels.as_ref().and_then(of)))
    };
    let drawn = |k: usize| -> Vec<f64> {
        means(&of_set.iter().filter_map(|t| t.kappas.get(k)).map(Vec::as_slice).collect::<Vec<_>>())
    };
    let cva = methods.iter().position(|m| *m == Method::CvaZOtsu);
    let rows = methods.iter().enumerate().map(|(k, &method)| {
        let kappa = figure(k, &|p| p.kappa);
        let average_precision = figure(k, &|p| p.average_precision);
        let against = cva.filter(|c| *c != k);
        SetMethod {
            method,
            kappa,
            kappa_interval: interval(&drawn(k), confidence),
            f1: figure(k, &|p| p.f1),
            average_precision,
            average_precision_ratio_to_cva: cva
                .and_then(|c| figure(c, &|p| p.average_precision))
                .zip(average_precision)
                .and_then(|(theirs, ours)| (theirs > 0.0).then(|| ours / theirs)),
            kappa_minus_cva: against
                .and_then(|c| figure(c, &|p| p.kappa))
                .zip(kappa)
                .map(|(theirs, ours)| ours - theirs),
            kappa_minus_cva_interval: against.and_then(|c| interval(&differences(&drawn(k), &drawn(c)), confidence)),
        }
    });
    Some(SetResult {
        set: name.to_string(),
        tiles: of_set.len(),
        prevalence_percent: mean(of_set.iter().map(|t| t.result.prevalence_percent)),
        methods: rows.collect(),
    })
}

/// What a method's answers to a case add up to.
#[derive(Default)]
struct Tally {
    confusion: Confusion,
    unstressed: Confusion,
    flagged: u64,
    judged: u64,
    all: u64,
    /// Flagged, judged and all pixels under cloud and in shadow.
    painted: [[u64; 3]; 2],
}

/// Scores one method under a case: `answers` to its parts, and its `unstressed` answer, on the same labels.
pub fn score_stress(
    (set, tile, case): (&str, &str, Case),
    parts: &[(Answer, &Stressed)],
    unstressed: &Answer,
    truth: Option<&Truth>,
) -> Result<Option<StressResult>, Error> {
    let Some((first, _)) = parts.first() else { return Ok(None) };
    let mut tally = Tally::default();
    for (answer, stressed) in parts {
        let (flagged, judged) = flagged_and_judged(&answer.change);
        tally.flagged += flagged;
        tally.judged += judged;
        tally.all += answer.change.len() as u64;
        let zones = [&stressed.cloud, &stressed.shadow];
        for (zone, sums) in zones.iter().zip(&mut tally.painted) {
            let Some(zone) = zone else { continue };
            let inside = zone.on(&answer.grid)?.codes;
            Zip::from(&inside).and(&answer.change).for_each(|i, c| {
                if *i == 1 {
                    *sums = [sums[0] + u64::from(*c == 1), sums[1] + u64::from(*c <= 1), sums[2] + 1];
                }
            });
        }
        let Some(truth) = truth.filter(|_| !stressed.no_change) else { continue };
        let codes = stressed.codes.as_ref().unwrap_or(&truth.codes);
        let labels = Truth { codes: codes.clone(), ..truth.clone() };
        for (answer, confusion) in [(answer, &mut tally.confusion), (unstressed, &mut tally.unstressed)] {
            let mut codes = labels.on(&answer.grid)?.codes;
            for zone in zones.iter().filter_map(|z| z.as_ref()) {
                codes = without(&codes, &zone.on(&answer.grid)?.codes.mapv(|z| z == 1));
            }
            let mut counts = PixelCounts::new(false);
            count_tile(&mut counts, answer.change.view(), codes.view(), None);
            confusion.merge(&counts.confusion);
        }
    }
    // Without changed labels kappa says nothing.
    let told = tally.confusion.tp + tally.confusion.fn_ > 0;
    let kappa = tally.confusion.kappa().filter(|_| told);
    let unstressed_kappa = tally.unstressed.kappa().filter(|_| told);
    let [cloud, shadow] = tally.painted;
    Ok(Some(StressResult {
        set: set.to_string(),
        tile: tile.to_string(),
        case: case.name(),
        method: first.method,
        kappa,
        unstressed_kappa,
        loss: unstressed_kappa.zip(kappa).map(|(before, now)| before - now),
        flagged_percent: percent(tally.flagged, tally.judged),
        judged_percent: percent(tally.judged, tally.all),
        cloud_flagged_percent: percent(cloud[0], cloud[2]),
        cloud_judged_percent: percent(cloud[1], cloud[2]),
        shadow_flagged_percent: percent(shadow[0], shadow[2]),
        shadow_judged_percent: percent(shadow[1], shadow[2]),
    }))
}
