//! Pure parts against numbers that can be checked by eye, and the baselines against outside tools.

use super::baselines::{cva_z_score, irmad_distance, otsu};
use super::bootstrap::{Clusters, interval, means};
use super::cases::Case;
use super::claims::{Answered, counted, reliability};
use super::definition::{BootstrapParams, ClaimsParams, DEFAULT_TOML, Definition, StressParams, parse};
use super::folder::find;
use super::image::Image;
use super::resample::{averaged, cubic, shifted};
use super::stress;
use super::table::{Table, csv_cell};
use crate::evaluate::{CHANGED, Confusion, Objects, UNCHANGED, components, score_blobs};
use crate::normalise::NormaliseParams;
use crate::raster::{Pixels, Quality};
use ndarray::{Array2, Array3, arr2};
use std::path::{Path, PathBuf};

fn scene(bands: usize, rows: usize, cols: usize, f: impl Fn(usize, usize, usize) -> f64) -> Pixels {
    Pixels {
        bands: Array3::from_shape_fn((bands, rows, cols), |(k, i, j)| f(k, i, j) as f32),
        quality: Array2::from_elem((rows, cols), Quality::Valid),
    }
}

/// Something like ground: smooth with texture.
fn ground(bands: usize, rows: usize, cols: usize) -> Pixels {
    scene(bands, rows, cols, |k, i, j| {
        500.0 + 40.0 * k as f64 + 200.0 * libm::sin(i as f64 * 0.21 + k as f64) * libm::cos(j as f64 * 0.17)
    })
}

/// Real images for golden values; said loudly when they are not there.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.is_dir() {
        eprintln!("SKIPPED: {} is not there, so the golden values of the baselines are not checked", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn the_file_says_what_the_program_does() {
    assert_eq!(parse("benchmark.toml", DEFAULT_TOML).unwrap(), Definition::default());
}

#[test]
fn a_definition_with_faults_is_refused_with_all_of_them() {
    let e = parse("x.toml", "schema = 1\n[stress]\nshift-px = [1]\n").unwrap_err().to_string();
    assert!(e.starts_with("x.toml:3:1: unknown field `shift-px`"), "{e}");
    let e = parse("x.toml", "schema = 1\n[stress]\nshifts-px = [-1.0]\nhaze-percent = 99.0\n").unwrap_err().to_string();
    assert_eq!(
        e,
        "x.toml: stress.shifts-px is -1, allowed is above 0, at most 64\nx.toml: stress.haze-percent is 99, allowed is 0 to 60"
    );
}

#[test]
fn baselines_reach_what_outside_tools_reach_on_taizhou() {
    let Some(folder) = data("taizhou") else { return };
    let [before, after] = ["before.tif", "after.tif"].map(|f| Image::read(&folder.join(f)).unwrap().pixels);
    let truth = Image::read(&folder.join("reference.tif")).unwrap().pixels;
    // numpy in double precision, skimage.filters.threshold_otsu(nbins=512); IR-MAD as in the paper.
    let scores = [
        ("cva", cva_z_score(&before, &after), 0.891),
        ("irmad", irmad_distance(&before, &after, &NormaliseParams::default()).unwrap(), 0.934),
    ];
    for (name, score, wanted) in scores {
        let mut c = Confusion::default();
        for (at, called) in score.change().indexed_iter() {
            match truth.bands[(0, at.0, at.1)] as u8 {
                UNCHANGED => c.add(false, *called == 1),
                CHANGED => c.add(true, *called == 1),
                _ => {}
            }
        }
        let kappa = c.kappa().unwrap();
        assert!((kappa - wanted).abs() <= 0.005, "{name}: kappa {kappa:.4}, wanted {wanted}, {c:?}");
    }
}

#[test]
fn otsu_parts_two_humps() {
    let values: Vec<f32> = (0..1000).map(|i| if i % 4 == 0 { 8.0 } else { 2.0 } + (i % 10) as f32 * 0.1).collect();
    let t = otsu(&values).unwrap();
    // Everything between the humps parts them alike; the first edge above the lower hump is taken.
    assert!((2.9..3.0).contains(&t), "{t}");
    assert_eq!(otsu(&[3.0; 50]), None, "one value has no two classes");
    assert_eq!(otsu(&[]), None);
}

#[test]
fn an_answer_of_a_copy_is_no_change() {
    let p = ground(3, 40, 40);
    let score = cva_z_score(&p, &p);
    assert!(score.change().iter().all(|c| *c == 0), "Otsu has nothing to part");
    let mut after = p.clone();
    after.quality[(3, 4)] = Quality::Nodata;
    assert_eq!(cva_z_score(&p, &after).change()[(3, 4)], 255);
}

#[test]
fn a_shift_moves_an_impulse_where_it_should() {
    let p = scene(1, 9, 9, |_, i, j| if (i, j) == (4, 4) { 100.0 } else { 0.0 });
    let whole = shifted(&p, 2.0, -1.0);
    assert_eq!(whole.bands[(0, 6, 3)], 100.0, "two rows down, one column to the left");
    assert_eq!(whole.bands.sum(), 100.0);
    // Keys at half a pixel: -1/16, 9/16, 9/16, -1/16.
    let half = shifted(&p, 0.5, 0.0);
    let column: Vec<f32> = (2..7).map(|i| half.bands[(0, i, 4)]).collect();
    assert_eq!(column, [0.0, -6.25, 56.25, 56.25, -6.25]);
}

#[test]
fn a_cubic_neither_uses_nor_makes_up_what_was_not_seen() {
    let mut p = ground(1, 12, 12);
    p.quality[(5, 5)] = Quality::Nodata;
    let out = cubic(&p, 12, 12, |r, c| Some((r as f64 + 0.75, c as f64 + 0.5)));
    let lost: Vec<(usize, usize)> =
        out.quality.indexed_iter().filter(|(_, q)| !q.is_valid()).map(|(at, _)| at).collect();
    assert_eq!(lost, [(3, 5), (4, 5), (5, 5), (6, 5)], "four taps down the column, none across");
    let nowhere = cubic(&p, 2, 2, |_, _| None);
    assert!(nowhere.quality.iter().all(|q| *q == Quality::Outside));
}

#[test]
fn coarser_pixels_are_means_by_area() {
    let p = scene(1, 3, 3, |_, i, j| (i * 3 + j) as f64);
    let out = averaged(&p, 1.5);
    assert_eq!(out.shape(), (2, 2));
    // (0 + 0.5*1 + 0.5*3 + 0.25*4) / 2.25
    assert!((out.bands[(0, 0, 0)] - 3.0 / 2.25).abs() < 1e-6, "{}", out.bands[(0, 0, 0)]);
    let mut holes = p.clone();
    holes.quality[(0, 0)] = Quality::Nodata;
    holes.quality[(0, 1)] = Quality::Nodata;
    assert!(!averaged(&holes, 1.5).quality[(0, 0)].is_valid(), "two thirds of the ground were not seen");
}

#[test]
fn clouds_hide_what_was_asked_for_and_borders_too() {
    let p = ground(4, 200, 200);
    let share = |m: &Array2<bool>| m.iter().filter(|v| **v).count() as f64 / m.len() as f64;
    let painted = stress::clouds(&p, 30.0, 0.10, &[0.5, 0.6], 7);
    assert!((0.10..0.22).contains(&share(&painted.cloud)), "{}", share(&painted.cloud));
    assert!(share(&painted.shadow) > 0.03);
    let both = painted.cloud.iter().zip(&painted.shadow).any(|(c, s)| *c && *s);
    assert!(!both, "a pixel is under cloud or in shadow");
    let (out, lost) = stress::borders(&p, 0.15);
    assert!((share(&lost) - 0.15).abs() < 0.01, "{}", share(&lost));
    assert!(out.quality.iter().zip(&lost).all(|(q, l)| q.is_valid() != *l));
    let again = stress::clouds(&p, 30.0, 0.10, &[0.5, 0.6], 7);
    assert_eq!(painted.pixels.bands, again.pixels.bands, "the same seed paints the same");
}

#[test]
fn noise_has_the_spread_it_should() {
    let p = ground(2, 100, 100);
    let out = stress::noise(&p, 0.1, 3);
    for k in 0..2 {
        let plane = |p: &Pixels| p.bands.index_axis(ndarray::Axis(0), k).mapv(f64::from);
        let (a, b) = (plane(&p), plane(&out));
        let ratio = (&b - &a).std(0.0) / a.std(0.0);
        assert!((ratio - 0.1).abs() < 0.005, "band {k}: {ratio}");
    }
}

#[test]
fn undone_sites_look_unchanged_and_kept_ones_do_not_move() {
    let before = ground(2, 60, 60);
    let mut after = before.clone();
    after.bands.mapv_inplace(|v| 1.3 * v + 20.0);
    let mut codes = Array2::from_elem((60, 60), UNCHANGED);
    for (row, value) in [(10, 3000.0), (30, 4000.0)] {
        for (i, j) in ndarray::indices((6, 6)) {
            codes[(row + i, 20 + j)] = CHANGED;
            (0..2).for_each(|k| after.bands[(k, row + i, 20 + j)] = value);
        }
    }
    let sites = components(codes.mapv(|c| u8::from(c == CHANGED)).view());
    assert_eq!(sites.count, 2);
    let alike = codes.mapv(|c| c == UNCHANGED);
    let (out, replaced) = stress::undone(&before, &after, &sites, &[true, false], &alike, 1);
    assert_eq!(out.bands[(0, 12, 22)], 3000.0, "a kept site stays");
    let wanted = 1.3 * before.bands[(0, 32, 22)] + 20.0;
    assert!((out.bands[(0, 32, 22)] - wanted).abs() < 0.5, "{} {wanted}", out.bands[(0, 32, 22)]);
    assert_eq!(replaced.iter().filter(|r| **r).count(), 100, "the site and two pixels around it");
    assert_eq!(stress::chosen(10, 0.3, 5).iter().filter(|k| **k).count(), 3);
    assert_eq!(stress::chosen(2, 0.1, 5).iter().filter(|k| **k).count(), 1, "one site stays at least");
}

#[test]
fn the_bootstrap_draws_the_same_every_time_and_holds_the_truth() {
    let labels = Array2::from_shape_fn((64, 64), |(i, j)| match (i / 8 + j / 8) % 5 {
        0 => CHANGED,
        1 => 0,
        _ => UNCHANGED,
    });
    let good = labels.mapv(|l| u8::from(l == CHANGED));
    // One site in three is missed, one block in four has false alarms.
    let poor = Array2::from_shape_fn((64, 64), |(i, j)| {
        if labels[(i, j)] == CHANGED {
            u8::from((i / 8) % 3 > 0)
        } else {
            u8::from((i / 16 + j / 16) % 4 == 0 && j % 4 == 0)
        }
    });
    let clusters = Clusters::new(labels.view(), &[good.view(), poor.view()], 16);
    let params = BootstrapParams { repetitions: 300, ..Default::default() };
    let (a, b) = (clusters.kappas(&params, 1), clusters.kappas(&params, 1));
    assert_eq!(a, b);
    assert_ne!(a[1], clusters.kappas(&params, 2)[1], "another tile has draws of its own");
    assert!(a[0].iter().all(|k| *k == 1.0), "what is right everywhere is right in every draw");
    let [low, high] = interval(&a[1], 95.0).unwrap();
    let mut c = Confusion::default();
    labels.iter().zip(&poor).filter(|(l, _)| **l > 0).for_each(|(l, p)| c.add(*l == CHANGED, *p == 1));
    let kappa = c.kappa().unwrap();
    assert!(low < kappa && kappa < high && high - low > 0.01, "{low} {kappa} {high}");
}

#[test]
fn intervals_and_means_by_hand() {
    let values: Vec<f64> = (0..=100).map(f64::from).collect();
    let [low, high] = interval(&values, 90.0).unwrap();
    assert!((low - 5.0).abs() < 1e-9 && (high - 95.0).abs() < 1e-9, "{low} {high}");
    assert_eq!(interval(&[f64::NAN; 10], 90.0), None);
    assert_eq!(means(&[&[1.0, 2.0], &[3.0, f64::NAN]]), [2.0, 2.0]);
}

#[test]
fn blobs_are_matched_by_hand() {
    let labels = arr2(&[
        [2, 2, 1, 1, 1, 1, 1, 0],
        [2, 2, 1, 2, 2, 1, 1, 0],
        [1, 1, 1, 2, 2, 1, 1, 0],
        [1, 1, 1, 1, 1, 1, 1, 0],
        [1, 2, 2, 2, 2, 1, 1, 0],
    ]);
    let change = arr2(&[
        [1, 1, 0, 0, 0, 0, 0, 1],
        [1, 0, 0, 0, 1, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 1],
        [0, 1, 0, 1, 0, 0, 255, 0],
    ]);
    let objects = components(labels.mapv(|l| u8::from(l == 2)).view());
    assert_eq!(objects.count, 3);
    let s = score_blobs(change.view(), labels.view(), &objects, 100.0, 1, true);
    // The first site is found at IoU 3/4, the second covered by a quarter, the third by two halves of a half.
    assert_eq!((s.truth, s.found, s.split, s.merged), (3, 2, 1, 0));
    assert_eq!((s.candidates, s.scored, s.right, s.wrong), (6, 5, 4, 1), "{s:?}");
    assert_eq!((s.recall_iou_50, s.recall_iou_25), (Some(1.0 / 3.0), Some(1.0)));
    assert!((s.false_per_km2.unwrap() - 1.0 / (39.0 * 100.0 / 1e6)).abs() < 1e-9);
    assert_eq!(s.area_weighted_recall, Some(8.0 / 12.0));
    let large = score_blobs(change.view(), labels.view(), &objects, 100.0, 2, false);
    assert_eq!((large.candidates, large.found, large.false_per_km2), (3, 1, None));
}

#[test]
fn a_blob_goes_to_the_object_that_leaves_most_matched() {
    // Both objects could have the left blob at IoU 1/4; only one can have the right one.
    let labels = arr2(&[[2, 2, 2, 2, 2, 2, 2, 2]]);
    let objects = Objects { ids: arr2(&[[1, 1, 1, 1, 2, 2, 2, 2]]), count: 2 };
    let change = arr2(&[[0, 0, 0, 1, 1, 0, 1, 1]]);
    let s = score_blobs(change.view(), labels.view(), &objects, 1.0, 1, true);
    // Blob 1 lies on both objects by one pixel (1/5), blob 2 on the second by two (2/4).
    assert_eq!(s.recall_iou_25, Some(0.5));
    let change = arr2(&[[0, 1, 1, 1, 1, 1, 0, 1]]);
    let s = score_blobs(change.view(), labels.view(), &objects, 1.0, 1, true);
    // Blob 1: 3/6 of object 1, 2/7 of object 2; blob 2: 1/4 of object 2.
    assert_eq!(s.recall_iou_25, Some(1.0));
}

#[test]
fn cases_are_left_out_by_the_definition() {
    let none = StressParams {
        shifts_px: vec![],
        gain_percent: 0.0,
        offset_percent: 0.0,
        haze_percent: 0.0,
        noise_percent: 0.0,
        copy_noise_percent: 0.0,
        dilution_percents: vec![],
        cloud_percent: 0.0,
        border_percent: 0.0,
        quadrants: false,
        other_crs: false,
        resolution_factor: 0.0,
        ..Default::default()
    };
    assert!(Case::all(&none).is_empty());
    let names: Vec<String> = Case::all(&StressParams::default()).into_iter().map(Case::name).collect();
    assert_eq!(
        names.join(" "),
        "shift-0.25px shift-0.56px shift-1.12px shift-2.24px gain offset haze noise no-change dilution-30% dilution-10% \
         clouds borders quadrants other-crs resolution-1.5x"
    );
}

#[test]
fn tiles_are_found_at_any_depth() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["town", "levir/b", "levir/a", "empty"] {
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    for folder in ["town", "levir/b", "levir/a"] {
        for file in ["before.tif", "after.tif"] {
            std::fs::write(root.path().join(folder).join(file), b"").unwrap();
        }
    }
    std::fs::write(root.path().join("town/reference.tif"), b"").unwrap();
    let found = find(root.path()).unwrap();
    let names: Vec<(&str, &str, bool)> =
        found.iter().map(|t| (t.set.as_str(), t.tile.as_str(), t.raster.is_some())).collect();
    assert_eq!(names, [("levir", "a", false), ("levir", "b", false), ("town", "town", true)]);
    let e = find(&root.path().join("empty")).unwrap_err();
    assert!(e.to_string().contains("holds no folder with before.tif and after.tif"), "{e}");
    assert_eq!(e.exit_code(), 4);
}

#[test]
fn tables_line_up() {
    let words = |w: &[&str]| w.iter().map(|s| s.to_string()).collect::<Vec<_>>();
    let t = Table {
        title: "像元".into(),
        note: "a note".into(),
        head: words(&["set", "K"]),
        rows: vec![words(&["图斑", "0.5"]), words(&["a|b", "-0.25"])],
        words: 1,
    };
    assert_eq!(t.to_text(), "像元\nset       K\n图斑    0.5\na|b   -0.25\na note\n");
    assert_eq!(t.to_markdown(), "## 像元\n\na note\n\n| set | K |\n|---|---:|\n| 图斑 | 0.5 |\n| a\\|b | -0.25 |\n");
    assert_eq!(csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
}

#[test]
fn verdicts_fall_into_ranges_of_confidence() {
    use crate::crosscheck::Verdict::{CannotJudge, Concealed, Consistent, FalseDemolition, PartialDemolition};
    let given = |verdict, confidence, expected| Answered { verdict, confidence, expected };
    let all = [
        given(Consistent, 0.9, Consistent),
        given(Concealed, 1.0, Consistent),
        given(PartialDemolition, 0.7, FalseDemolition),
        given(Consistent, 0.2, Concealed),
        given(CannotJudge, 0.0, Concealed),
    ];
    let bins = reliability(&all, &ClaimsParams { confidences: vec![0.5, 0.9], ..Default::default() });
    let told: Vec<_> = bins.iter().map(|b| (b.from, b.verdicts, b.right, b.mean_confidence)).collect();
    assert_eq!(told, [(0.9, 2, 1, Some(0.95)), (0.5, 1, 0, Some(0.7)), (0.0, 1, 0, Some(0.2))]);
    let c = counted("set", "tile", &all);
    assert_eq!((c.rows, c.right, c.not_judged), (5, 1, 1));
    // Half a demolition told of a false one is found all the same.
    assert_eq!((c.untrue, c.found, c.honest, c.accused), (3, 1, 2, 1));
}
