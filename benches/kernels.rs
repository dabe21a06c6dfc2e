//! How long the kernels of a scan take on one 1024 x 1024 tile of four bands, one thread: the arithmetic alone, without
//! reading or writing.
//!
//! The tile is made here: fields of 64 pixels with noise, another gain and offset at the later date, and 300 changed
//! rectangles on 3 % of it.

#![allow(clippy::unwrap_used, missing_docs)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ndarray::{Array2, Array3, Zip};
use tuban::align::{AlignParams, Feed, PixelMap, measure_tie, resample};
use tuban::change::{self, ChangeParams, Distance};
use tuban::grid::{Affine, Crs, Grid, Window};
use tuban::landcover::{self, LandModel, LandcoverParams, Reference, ReferenceSample};
use tuban::mask::{self, MaskParams, SkyBands, SkySample, cell_px};
use tuban::normalise::{NormaliseParams, PairSample, Radiometry, fit, irmad};
use tuban::raster::{BandRole, Pixels, Quality};
use tuban::vectorise::{Components, Measures, TileParts, Tracer};

const SIDE: usize = 1024;
const BANDS: usize = 4;
const ROLES: [BandRole; BANDS] = [BandRole::Blue, BandRole::Green, BandRole::Red, BandRole::Nir];
/// Digital numbers of soil, crops, forest, water and a bright roof.
const SPECTRA: [[f32; BANDS]; 5] = [
    [820.0, 1060.0, 1330.0, 1850.0],
    [540.0, 830.0, 610.0, 3300.0],
    [430.0, 590.0, 430.0, 2500.0],
    [610.0, 640.0, 420.0, 200.0],
    [2600.0, 2750.0, 2900.0, 3050.0],
];
const NOISE: f32 = 18.0;

fn main() {
    divan::main();
}

/// A number that looks random and is the same on every machine (splitmix64).
fn hash(a: u64, b: u64, c: u64) -> u64 {
    let mut z = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ c;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn unit(n: u64) -> f32 {
    (n >> 40) as f32 / (1u64 << 24) as f32
}

/// Where something was built.
fn changed() -> Array2<bool> {
    let mut mask = Array2::from_elem((SIDE, SIDE), false);
    for n in 0..300u64 {
        let at = |k: u64, most: u64| (hash(n, k, 1) % most) as usize;
        let (row, col, rows, cols) = (at(1, SIDE as u64 - 16), at(2, SIDE as u64 - 16), 6 + at(3, 10), 6 + at(4, 10));
        mask.slice_mut(ndarray::s![row..row + rows, col..col + cols]).fill(true);
    }
    mask
}

fn date(date: u64, mask: &Array2<bool>) -> Pixels {
    let (gain, offset) = if date == 0 { (1.0, 0.0) } else { (1.08, 60.0) };
    let bands = Array3::from_shape_fn((BANDS, SIDE, SIDE), |(k, i, j)| {
        let field = hash(i as u64 / 64, j as u64 / 64, 7) % 4;
        let kind = if date == 1 && mask[(i, j)] { 4 } else { field as usize };
        // The sum of four is near enough to a normal distribution.
        let noise: f32 = (0..4).map(|n| unit(hash(i as u64, j as u64, (date * 64 + k as u64 * 8) + n)) - 0.5).sum();
        (SPECTRA[kind][k] + noise * NOISE * 1.7) * gain + offset
    });
    Pixels { bands, quality: Array2::from_elem((SIDE, SIDE), Quality::Valid) }
}

fn pair() -> (Pixels, Pixels, Array2<bool>) {
    let mask = changed();
    (date(0, &mask), date(1, &mask), mask)
}

fn radiometry() -> Radiometry {
    let (before, after, _) = pair();
    let mut sample = PairSample::new(BANDS);
    sample.add_tile(Window { row: 0, col: 0, rows: SIDE, cols: SIDE }, &before, &after, 4);
    fit(sample, &NormaliseParams::default(), true).unwrap()
}

fn scored() -> (Array2<f32>, Array2<Quality>) {
    let (before, after, _) = pair();
    (change::score(&before, &after, &radiometry(), Distance::Fused, 0), change::joint_quality(&before, &after))
}

#[divan::bench]
fn score(bencher: Bencher) {
    let (before, after, _) = pair();
    let radiometry = radiometry();
    bencher
        .counter(ItemsCount::new(SIDE * SIDE))
        .bench_local(|| change::score(black_box(&before), &after, &radiometry, Distance::Fused, 0));
}

#[divan::bench]
fn guided_filter(bencher: Bencher) {
    let (score, quality) = scored();
    let p = ChangeParams::default();
    bencher
        .counter(ItemsCount::new(SIDE * SIDE))
        .bench_local(|| change::guided_filter(black_box(&score), &quality, p.smooth_radius_px, p.smooth_eps, 10.0));
}

#[divan::bench]
fn clean_mask(bencher: Bencher) {
    let mask = scored().0.mapv(|s| s > 3.0);
    let p = ChangeParams::default();
    bencher.counter(ItemsCount::new(SIDE * SIDE)).with_inputs(|| mask.clone()).bench_local_values(|mut mask| {
        change::clean(&mut mask, p.min_blob_px, p.min_hole_px);
        mask
    });
}

#[divan::bench]
fn label_and_trace(bencher: Bencher) {
    let (score, _) = scored();
    let group = score.mapv(|s| u8::from(s > 8.0));
    let (hundredths, nothing) = (score.mapv(|s| (s * 100.0) as u16), Array2::zeros(score.dim()));
    let window = Window { row: 0, col: 0, rows: SIDE, cols: SIDE };
    bencher.counter(ItemsCount::new(SIDE * SIDE)).bench_local(|| {
        let measures = Measures {
            from: group.view(),
            to: group.view(),
            score: hundredths.view(),
            distance: nothing.view(),
            strong: 800,
            always_strong: None,
            portrait: None,
        };
        let image =
            Components::join(SIDE, SIDE, vec![TileParts::of(window, black_box(&group).view(), Some(&measures))]);
        let mut tracer = Tracer::new();
        (0..image.components.len()).map(|c| tracer.trace(&image.spans_of(c)).len()).sum::<usize>()
    });
}

fn reference_of(pixels: &Pixels) -> Reference {
    let sample = ReferenceSample::of_tile(pixels, 8, &[f64::from(NOISE); BANDS], None);
    Reference::learn(&sample, &ROLES, &LandcoverParams::default()).unwrap()
}

/// Every pixel asked for; a scan asks for the changed ones and those of the patches.
#[divan::bench]
fn classify(bencher: Bencher) {
    let (_, after, _) = pair();
    let (params, reference) = (LandcoverParams::default(), reference_of(&after));
    let wanted = Array2::from_elem((SIDE, SIDE), true);
    bencher
        .counter(ItemsCount::new(SIDE * SIDE))
        .bench_local(|| landcover::classify(black_box(&after), &wanted, &reference, &params));
}

/// What a forest is told of one date, every pixel wanted.
#[divan::bench]
fn features(bencher: Bencher) {
    let (_, after, _) = pair();
    let (reference, all) = (reference_of(&after), Array2::from_elem((SIDE, SIDE), true));
    let window = Window { row: 0, col: 0, rows: SIDE, cols: SIDE };
    bencher
        .counter(ItemsCount::new(SIDE * SIDE))
        .bench_local(|| landcover::Features::of(black_box(&after), window, &all, &reference).map(|f| f.codes.len()));
}

/// The shipped forest on every pixel of one date.
#[divan::bench]
fn forest(bencher: Bencher) {
    let (before, after, _) = pair();
    let all = Array2::from_elem((SIDE, SIDE), true);
    let window = Window { row: 0, col: 0, rows: SIDE, cols: SIDE };
    let of = |pixels: &Pixels| landcover::Features::of(pixels, window, &all, &reference_of(pixels)).unwrap();
    let (this, other) = (of(&after), of(&before));
    let model = LandModel::parse(include_bytes!("../models/bgrn/landcover.json"), "models/bgrn").unwrap();
    let score = Array2::from_elem((SIDE, SIDE), 128u8);
    bencher
        .counter(ItemsCount::new(SIDE * SIDE))
        .bench_local(|| landcover::cover(&model, black_box(&this), &other, &score, &all));
}

#[divan::bench]
fn majority_vote(bencher: Bencher) {
    let (_, _, mask) = pair();
    let groups =
        Zip::indexed(&mask).map_collect(|(i, j), m| u8::from(*m) * (1 + (hash(i as u64, j as u64, 3) % 4) as u8));
    let radius = LandcoverParams::default().majority_radius_px;
    bencher.counter(ItemsCount::new(SIDE * SIDE)).bench_local(|| landcover::majority(black_box(&groups), radius));
}

/// A working tile read from a file that lies elsewhere; cubic convolution of all bands.
fn resampled(bencher: Bencher, map: PixelMap) {
    let (_, after, _) = pair();
    let grid = Grid {
        crs: Crs { wkt: String::new(), name: String::new(), epsg: None, geographic: false, unit_m: 1.0 },
        affine: Affine([500_000.0, 2.0, 0.0, 3_400_000.0, 0.0, -2.0]),
        rows: SIDE,
        cols: SIDE,
    };
    let feed = Feed::new(map, (1.0, 1.0), &grid);
    let target = Window { row: 8, col: 8, rows: SIDE - 16, cols: SIDE - 16 };
    let from = Window { row: 0, col: 0, rows: SIDE, cols: SIDE };
    bencher.counter(ItemsCount::new(target.pixels())).bench_local(|| resample(black_box(&after), from, &feed, target));
}

/// The usual case: a shift of part of a pixel.
#[divan::bench]
fn resample_shifted(bencher: Bencher) {
    resampled(bencher, PixelMap::Affine([0.41, 1.0, 0.0, -0.23, 0.0, 1.0]));
}

/// A grid turned by half a degree.
#[divan::bench]
fn resample_turned(bencher: Bencher) {
    let (sin, cos) = (0.5f64.to_radians().sin(), 0.5f64.to_radians().cos());
    resampled(bencher, PixelMap::Affine([3.0, cos, -sin, -3.0, sin, cos]));
}

/// Cells of 30 m that clouds are looked for in, of both dates.
#[divan::bench]
fn cloud_cells(bencher: Bencher) {
    let (before, after, _) = pair();
    let params = MaskParams::default();
    let mut sample = SkySample::new(BANDS);
    sample.add(Window { row: 0, col: 0, rows: SIDE, cols: SIDE }, &before, &after, 4);
    let bands = SkyBands::of(&ROLES.map(Some)).unwrap();
    let sky = mask::fit(&sample, bands, &params).unwrap();
    bencher
        .counter(ItemsCount::new(SIDE * SIDE))
        .bench_local(|| mask::measure(black_box(&before), &after, cell_px(2.0), &sky, &params));
}

/// Once per image: iterations on a sample of 65,536 pixels.
#[divan::bench]
fn irmad_64k(bencher: Bencher) {
    let (before, after, _) = pair();
    let mut sample = PairSample::new(BANDS);
    sample.add_tile(Window { row: 0, col: 0, rows: SIDE, cols: SIDE }, &before, &after, 4);
    bencher.bench_local(|| irmad(black_box(&sample), &NormaliseParams::default()));
}

/// Once per tie tile of 256 x 256 pixels.
#[divan::bench]
fn tie_tile(bencher: Bencher) {
    let (before, after, _) = pair();
    let cut = |p: &Pixels| Pixels {
        bands: p.bands.slice(ndarray::s![.., ..256, ..256]).to_owned(),
        quality: p.quality.slice(ndarray::s![..256, ..256]).to_owned(),
    };
    let (before, after) = (cut(&before), cut(&after));
    bencher.bench_local(|| measure_tie(black_box(&before), &after, (128.0, 128.0), &AlignParams::default()));
}
