use super::*;
use crate::grid::Window;
use crate::raster::{BandRole, Pixels, QaKind, Quality};
use ndarray::Array2;

/// A number in [0, 1) that depends on nothing but its arguments.
fn random(seed: u64, row: usize, col: usize) -> f32 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ ((row as u64) << 32 | col as u64);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / 16_777_216.0
}

const ROLES: [BandRole; 4] = [BandRole::Blue, BandRole::Green, BandRole::Red, BandRole::Nir];
/// Reflectance of blue, green, red, near infrared.
const CROP: [f32; 4] = [0.05, 0.08, 0.06, 0.38];
const SOIL: [f32; 4] = [0.09, 0.13, 0.18, 0.26];
const WATER: [f32; 4] = [0.05, 0.06, 0.04, 0.015];
const ROOF: [f32; 4] = [0.55, 0.56, 0.56, 0.55];
const PLASTIC: [f32; 4] = [0.36, 0.38, 0.38, 0.46];
const SAND: [f32; 4] = [0.22, 0.30, 0.40, 0.46];
const BURNT: [f32; 4] = [0.03, 0.035, 0.04, 0.06];
const CLOUD: [f32; 4] = [0.72, 0.70, 0.69, 0.72];

/// What stands on the ground at a date: `None` leaves the fields.
type Built<'a> = &'a dyn Fn(usize, usize) -> Option<[f32; 4]>;
/// Thickness of cloud and darkness of shadow, 0 to 1.
type Sky<'a> = &'a dyn Fn(usize, usize) -> (f32, f32);

fn clear(_: usize, _: usize) -> (f32, f32) {
    (0.0, 0.0)
}

fn fields(_: usize, _: usize) -> Option<[f32; 4]> {
    None
}

/// Fields of crops and soil with texture; a fifth of them change between the dates.
fn image(side: usize, field: usize, bands: usize, later: bool, built: Built, sky: Sky) -> Pixels {
    let mut out = Pixels::unseen(bands, side, side, Quality::Valid);
    let gain = if later { [900.0, 1100.0, 1000.0, 950.0] } else { [1000.0; 4] };
    for i in 0..side {
        for j in 0..side {
            let (fi, fj) = (i / field, j / field);
            let turned = later && random(3, fi, fj) < 0.2;
            let soil = (random(1, fi, fj) < 0.45) != turned;
            let tone = 0.8 + 0.4 * random(2, fi, fj);
            let land = if soil { SOIL } else { CROP }.map(|v| v * tone);
            let ground = built(i, j).unwrap_or(land);
            let (cloud, shadow) = sky(i, j);
            for k in 0..bands {
                let texture = 1.0 + 0.12 * (random(10 + k as u64 + 7 * u64::from(later), i, j) - 0.5);
                let lit = ground[k] * texture * (1.0 - shadow * [0.55, 0.6, 0.64, 0.68][k]);
                let seen = lit + cloud * (CLOUD[k] - lit) + [0.02, 0.012, 0.008, 0.003][k];
                out.bands[(k, i, j)] = (seen * gain[k]).round();
            }
        }
    }
    out
}

struct Found {
    cloud: [Array2<bool>; 2],
    shadow: [Array2<bool>; 2],
    weather: [Weather; 2],
    px: usize,
}

/// The whole detection on one image, as `run` composes it.
fn detect(before: &Pixels, after: &Pixels, gsd: f64) -> Found {
    let params = MaskParams::default();
    let (rows, cols) = before.shape();
    let bands = before.bands.dim().0;
    let roles: Vec<Option<BandRole>> = ROLES[..bands].iter().copied().map(Some).collect();
    let mut sample = SkySample::new(bands);
    sample.add(Window { row: 0, col: 0, rows, cols }, before, after, 2);
    let sky = fit(&sample, SkyBands::of(&roles).unwrap(), &params).unwrap();
    let px = cell_px(gsd);
    let cell_m = gsd * px as f64;
    let cells = measure(before, after, px, &sky, &params);
    let shape = Shape::new(&params, cell_m);
    let factor = coarse_cells(cell_m);
    let mut survey = Survey::default();
    survey.add((0, 0), survey_block(&cells, &sky, &shape, factor));
    let block = cells.flags[0].nrows() / factor;
    let weather = [0, 1].map(|d| survey.weather(d, block, cell_m, &params));
    let bare = [0, 1].map(|d| clouds(&cells, d, weather[d].cloudy, &shape));
    let shadow = [0, 1].map(|d: usize| match weather[d].shadow_offset_m {
        None => Array2::from_elem(bare[d].dim(), false),
        Some((r, c)) => {
            let near = with_slack(&bare[d], &shape);
            let at = |i: i64, j: i64| i >= 0 && j >= 0 && near.get((i as usize, j as usize)).is_some_and(|n| *n);
            with_margin(&shadows(&cells, d, (r / cell_m, c / cell_m), &at), &shape)
        }
    });
    Found { cloud: bare.map(|b| with_margin(&b, &shape)), shadow, weather, px }
}

impl Found {
    /// Share of the pixels chosen that a mask of the later date covers, percent.
    fn percent(&self, mask: &Array2<bool>, side: usize, chosen: &dyn Fn(usize, usize) -> bool) -> f64 {
        let (mut all, mut hit) = (0u32, 0u32);
        for i in 0..side / self.px * self.px {
            for j in (0..side / self.px * self.px).filter(|j| chosen(i, *j)) {
                all += 1;
                hit += u32::from(mask[(i / self.px, j / self.px)]);
            }
        }
        f64::from(hit) * 100.0 / f64::from(all.max(1))
    }

    fn nothing(&self) -> bool {
        let any = |m: &[Array2<bool>; 2]| m.iter().any(|m| m.iter().any(|v| *v));
        !any(&self.cloud) && !any(&self.shadow)
    }
}

/// Thickness of a round soft cloud: 1 inside, falling to 0 over `soft` pixels.
fn puff(i: usize, j: usize, at: (f64, f64), radius: f64, soft: f64) -> f32 {
    let d = (i as f64 - at.0).hypot(j as f64 - at.1);
    (((radius + soft - d) / soft).clamp(0.0, 1.0)) as f32
}

/// Three clouds with their shadows 30 % of the side to the lower left of each.
fn weather(side: usize) -> impl Fn(usize, usize) -> (f32, f32) {
    let s = side as f64;
    let parts = [((0.25, 0.6), 0.07), ((0.6, 0.8), 0.09), ((0.5, 0.35), 0.05)];
    move |i, j| {
        let sum = |di: f64, dj: f64| {
            let one = |((a, b), r): &((f64, f64), f64)| puff(i, j, ((a + di) * s, (b + dj) * s), r * s, 0.05 * s);
            parts.iter().map(one).fold(0.0, f32::max)
        };
        (sum(0.0, 0.0), sum(0.16, -0.14))
    }
}

fn clouds_are_found(gsd: f64, side: usize, field: usize, bands: usize) {
    let sky = weather(side);
    let before = image(side, field, bands, false, &fields, &clear);
    let after = image(side, field, bands, true, &fields, &sky);
    let found = detect(&before, &after, gsd);
    let name = format!("{gsd} m, {bands} bands: {:?}", found.weather);
    // Without infrared, new crops near the clouds look like shadow.
    let most = if bands == 3 { 6.0 } else { 4.0 };
    assert!(found.weather[1].cloudy && !found.weather[0].cloudy, "{name}");
    let either = Array2::from_shape_fn(found.cloud[1].dim(), |p| found.cloud[1][p] || found.shadow[1][p]);
    let thick = found.percent(&found.cloud[1], side, &|i, j| sky(i, j).0 > 0.5);
    let dark = found.percent(&either, side, &|i, j| sky(i, j).1 > 0.7 && sky(i, j).0 == 0.0);
    let ground = found.percent(&either, side, &|i, j| sky(i, j) == (0.0, 0.0));
    assert!(
        thick > 97.0 && dark > 85.0 && ground < most,
        "{name}: cloud {thick}, shadow {dark}, clear ground {ground}"
    );
    assert!(found.cloud[0].iter().chain(&found.shadow[0]).all(|v| !v), "{name}: the earlier date is clear");
    // The same clouds at the earlier date are those of the earlier date.
    let swapped = detect(&after, &before, gsd);
    assert_eq!((&swapped.cloud[0], &swapped.shadow[0]), (&found.cloud[1], &found.shadow[1]));
}

#[test]
fn soft_clouds_and_their_shadows_are_found_at_30_m() {
    clouds_are_found(30.0, 200, 5, 4);
    clouds_are_found(30.0, 200, 5, 3);
}

#[test]
fn soft_clouds_and_their_shadows_are_found_at_2_m() {
    clouds_are_found(2.0, 1500, 40, 4);
    clouds_are_found(2.0, 1500, 40, 3);
}

fn inside(i: usize, j: usize, at: (usize, usize), size: (usize, usize)) -> bool {
    (at.0..at.0 + size.0).contains(&i) && (at.1..at.1 + size.1).contains(&j)
}

/// A roof of 60 x 40 m, a hall of 450 x 500 m, greenhouses, sand, a pond and a burn scar, in a square of 1600 m or more.
fn works(gsd: f64) -> impl Fn(usize, usize) -> Option<[f32; 4]> {
    let px = move |m: usize| (m as f64 / gsd).round() as usize;
    move |i, j| {
        let at = |(row, col): (usize, usize), (rows, cols): (usize, usize)| {
            inside(i, j, (px(row), px(col)), (px(rows).max(1), px(cols).max(1)))
        };
        match () {
            _ if at((60, 60), (60, 40)) => Some(ROOF),
            _ if at((60, 300), (450, 500)) => Some(ROOF),
            _ if at((60, 900), (440, 600)) => Some(PLASTIC),
            _ if at((900, 60), (420, 420)) => Some(SAND),
            _ if at((900, 600), (400, 300)) => Some(WATER),
            _ if at((900, 1000), (440, 440)) => Some(BURNT),
            _ => None,
        }
    }
}

#[test]
fn what_people_build_is_no_cloud() {
    for (side, gsd, field) in [(800, 2.0, 40), (300, 10.0, 10), (120, 30.0, 5)] {
        let built = works(gsd);
        for bands in [3, 4] {
            let before = image(side, field, bands, false, &fields, &clear);
            let after = image(side, field, bands, true, &built, &clear);
            let found = detect(&before, &after, gsd);
            assert!(found.nothing(), "{gsd} m, {bands} bands: {:?}", found.weather);
            // Torn down again.
            assert!(detect(&after, &before, gsd).nothing(), "{gsd} m, {bands} bands, torn down");
        }
    }
}

#[test]
fn beside_real_clouds_roofs_lakes_and_burn_scars_are_judged() {
    let side = 1500;
    let sky = weather(side);
    let roof = |i, j| inside(i, j, (60, 60), (30, 20)) || inside(i, j, (1100, 1400), (20, 30));
    let dark = |i, j| inside(i, j, (100, 100), (250, 250)) || inside(i, j, (1300, 1250), (150, 200));
    let built = move |i: usize, j: usize| match (roof(i, j), dark(i, j)) {
        (true, _) => Some(ROOF),
        (_, true) => Some(if i < 700 { WATER } else { BURNT }),
        _ => None,
    };
    let before = image(side, 40, 4, false, &fields, &clear);
    let after = image(side, 40, 4, true, &built, &sky);
    let found = detect(&before, &after, 2.0);
    let either = Array2::from_shape_fn(found.cloud[1].dim(), |p| found.cloud[1][p] || found.shadow[1][p]);
    assert!(found.weather[1].cloudy);
    for (name, what) in [("roofs", &roof as &dyn Fn(usize, usize) -> bool), ("lake and burn scar", &dark)] {
        let masked = found.percent(&either, side, what);
        assert!(masked < 1.0, "{name}: {masked} % masked, {:?}", found.weather);
    }
}

#[test]
fn a_cell_is_the_same_whatever_window_it_is_computed_in() {
    let side = 300;
    let sky = weather(side);
    let before = image(side, 8, 4, false, &fields, &clear);
    let after = image(side, 8, 4, true, &fields, &sky);
    let params = MaskParams::default();
    let mut sample = SkySample::new(4);
    sample.add(Window { row: 0, col: 0, rows: side, cols: side }, &before, &after, 1);
    let model = fit(&sample, SkyBands::of(&ROLES.map(Some)).unwrap(), &params).unwrap();
    let shape = Shape::new(&params, 40.0);
    let cells = measure(&before, &after, 1, &model, &params);
    for cloudy in [false, true] {
        let whole = clouds(&cells, 1, cloudy, &shape);
        let reach = shape.reach();
        assert!(whole.iter().any(|c| *c));
        for (row, col, size) in [(reach, reach, 40), (100, 120, 61), (side - reach - 50, 150, 50)] {
            let cut = |a: usize, n: usize| a - reach..a + n + reach;
            let part = |d: usize| cells.flags[d].slice(ndarray::s![cut(row, size), cut(col, size)]).to_owned();
            let white = |d: usize| cells.white[d].slice(ndarray::s![cut(row, size), cut(col, size)]).to_owned();
            let window = Cells { flags: [part(0), part(1)], white: [white(0), white(1)] };
            let own = clouds(&window, 1, cloudy, &shape);
            let inner = own.slice(ndarray::s![reach..reach + size, reach..reach + size]).to_owned();
            assert_eq!(inner, whole.slice(ndarray::s![row..row + size, col..col + size]), "at {row}, {col}");
        }
    }
}

#[test]
fn saturation_is_masked_only_where_large_and_at_both_dates() {
    let side = 800;
    let glare = |i: usize, j: usize| inside(i, j, (100, 100), (300, 300));
    let roof = |i: usize, j: usize| inside(i, j, (600, 600), (40, 60));
    let blown = |later: bool, where_: &dyn Fn(usize, usize) -> bool| {
        let mut p = image(side, 40, 3, later, &fields, &clear);
        p.bands.indexed_iter_mut().filter(|((_, i, j), _)| where_(*i, *j)).for_each(|(_, v)| *v = 1023.0);
        p
    };
    let params = MaskParams::default();
    let masked = |before: &Pixels, after: &Pixels| {
        let mut sample = SkySample::new(3);
        sample.add(Window { row: 0, col: 0, rows: side, cols: side }, before, after, 2);
        let sky =
            fit(&sample, SkyBands::of(&ROLES[..3].iter().copied().map(Some).collect::<Vec<_>>()).unwrap(), &params)
                .unwrap();
        let cells = measure(before, after, 5, &sky, &params);
        let mask = saturated(&cells, &Shape::new(&params, 10.0));
        mask.iter().filter(|m| **m).count()
    };
    let both = |i, j| glare(i, j) || roof(i, j);
    let large = masked(&blown(false, &both), &blown(true, &both));
    assert!((3000..=3600).contains(&large), "{large} cells of the 3600 of the glare, none of the roof");
    assert_eq!(masked(&blown(false, &|_, _| false), &blown(true, &both)), 0, "at one date it is evidence");
}

#[test]
fn codes_and_bits_mean_what_the_products_say() {
    let p = MaskParams::default();
    let scl = [3u32, 4, 8, 9, 10, 11, 0, 1].map(|v| p.quality(QaKind::Scl, v));
    use Quality::{Cloud, Nodata, Saturated, Shadow, Snow, Valid};
    assert_eq!(scl, [Shadow, Valid, Cloud, Cloud, Cloud, Snow, Nodata, Saturated]);
    // Landsat 8: clear 21824, high confidence cloud 22280, cloud shadow 23888, fill 1.
    let qa = [21824u32, 22280, 23888, 1].map(|v| p.quality(QaKind::QaPixel, v));
    assert_eq!(qa, [Valid, Cloud, Shadow, Nodata]);
    assert_eq!([0u32, 1024, 2048].map(|v| p.quality(QaKind::Qa60, v)), [Valid, Cloud, Cloud]);
    assert_eq!([0u32, 2, 4, 255].map(|v| p.quality(QaKind::Fmask, v)), [Valid, Shadow, Cloud, Nodata]);
    assert_eq!([0u32, 1, 700].map(|v| p.quality(QaKind::File, v)), [Valid, Cloud, Cloud]);
    let own = MaskParams { file: Scheme { shadow: Codes::of(&[2]), ..Scheme::default() }, ..p };
    assert_eq!([1u32, 2].map(|v| own.quality(QaKind::File, v)), [Valid, Shadow]);
}

#[test]
fn quality_bands_are_known_by_name() {
    assert_eq!(QaKind::from_band_name("SCL"), Some(QaKind::Scl));
    assert_eq!(QaKind::from_band_name("QA_PIXEL"), Some(QaKind::QaPixel));
    assert_eq!(QaKind::from_band_name("blue"), None);
    assert_eq!(QaKind::from_file_name("T49RFP_20190601T025541_SCL_20m.tif"), Some(QaKind::Scl));
    assert_eq!(QaKind::from_file_name("LC08_L2SP_124040_20190601_02_T1_QA_PIXEL.TIF"), Some(QaKind::QaPixel));
    assert_eq!(QaKind::from_file_name("sclerosis.tif"), None);
}
