//! Claims held against images, from files to files.

#![allow(clippy::unwrap_used)]

mod tiles;

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tuban::crosscheck::{LayerKind, PatchFinding, Verdict};
use tuban::run::{Hash, Progress, ScanRequest, VectorInputs, VerifyRequest, scan, verify};
use tuban::sample::{SampleParams, generate};

fn county(folder: &Path, seed: u64, side: usize) {
    generate(&SampleParams { size_px: side, seed, ..Default::default() }, folder, &mut |_, _, _| {}).unwrap();
}

fn request(county: &Path, out: PathBuf) -> ScanRequest {
    let file = |name: &str| county.join(name);
    let layers = [
        (LayerKind::Towns, "towns.gpkg"),
        (LayerKind::Approvals, "approvals.shp"),
        (LayerKind::TemporaryPermits, "temporary_permits.shp"),
    ];
    ScanRequest {
        vectors: VectorInputs {
            list: Some(file("list.shp")),
            layers: layers.into_iter().map(|(kind, name)| (kind, file(name))).collect(),
            ..Default::default()
        },
        threads: 2,
        ..ScanRequest::new(vec![file("before.tif")], vec![file("after.tif")], out)
    }
}

fn verification(of: ScanRequest) -> VerifyRequest {
    VerifyRequest { of, first: Vec::new(), first_date: None, previous: None, hash: Hash::default() }
}

/// What a verdict is made of, to be compared.
fn told(p: &PatchFinding) -> String {
    format!("{} {:?} {:?} {:?} {:?} {:?}", p.list.row, p.verdict, p.state_after, p.confidence, p.reasons, p.figures)
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path, at: &Path, out: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = at.join(path.file_name().unwrap());
        if path.is_dir() {
            contents(&path, &name, out);
        } else {
            out.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn a_patch_gets_the_same_answer_from_a_scan_and_from_any_number_of_threads() {
    let place = tempfile::tempdir().unwrap();
    let county_at = place.path().join("county");
    county(&county_at, 9, 1000);
    let scanned = scan(&request(&county_at, place.path().join("scan")), &Progress::Silent).unwrap();
    let run = |name: &str, threads: usize| {
        let of = ScanRequest { threads, ..request(&county_at, place.path().join(name)) };
        let outcome = verify(&verification(of), &Progress::Silent).unwrap();
        let mut files = BTreeMap::new();
        contents(&outcome.folder, Path::new(""), &mut files);
        (outcome.document, files)
    };
    let (verified, files) = run("one", 1);
    assert!(verified.patches.len() > 8);
    for (a, b) in scanned.document.patches.iter().zip(&verified.patches) {
        assert_eq!(told(a), told(b));
    }
    assert!(run("seven", 7).1 == files);
    // Nothing but the list was looked at, and nothing else is spoken of.
    assert!(!files.contains_key(Path::new("change.tif")));
    let page = String::from_utf8(files[Path::new("report.html")].clone()).unwrap();
    assert!(page.contains("未扫描图斑以外的范围") && !page.contains("没有发现达到最小面积的变化"));
    // A sheet for every row, in the folder of its town.
    let sheets = |end: &str| files.keys().filter(|f| f.extension().is_some_and(|e| e == end)).count();
    assert_eq!(sheets("docx"), verified.patches.len());
    assert_eq!(sheets("kml"), sheets("geojson"));
    for patch in verified.patches.iter().filter(|p| p.list.shape.is_some()) {
        let name = patch.town_name.as_deref().unwrap();
        assert!(files.keys().any(|f| f.starts_with("towns") && f.to_string_lossy().contains(name)), "{name}");
    }
}

#[test]
fn an_earlier_image_says_what_stood_before() {
    let place = tempfile::tempdir().unwrap();
    let county_at = place.path().join("county");
    county(&county_at, 9, 1000);
    // The later image twice: nothing changes, so whatever is claimed demolished was gone before, or still stands.
    let of = ScanRequest {
        before: vec![county_at.join("after.tif")],
        before_date: Some("2018-01-01".into()),
        ..request(&county_at, place.path().join("two"))
    };
    let two = verify(&verification(of.clone()), &Progress::Silent).unwrap().document;
    let of = ScanRequest { out: place.path().join("three"), ..of };
    let first = vec![county_at.join("before.tif")];
    let three = verify(
        &VerifyRequest { of, first, first_date: None, previous: None, hash: Hash::default() },
        &Progress::Silent,
    )
    .unwrap()
    .document;
    let known =
        verify(&verification(request(&county_at, place.path().join("plain"))), &Progress::Silent).unwrap().document;
    let mut changed = 0;
    for ((two, three), known) in two.patches.iter().zip(&three.patches).zip(&known.patches) {
        if matches!(known.list.claim.code(), "demolished" | "restored") && known.verdict != Verdict::CannotJudge {
            // Measured by the first image, the answer is that of the plain pair.
            assert_eq!(three.verdict, known.verdict, "{:?}", three.reasons);
            changed += usize::from(two.verdict != three.verdict);
        }
    }
    assert!(changed > 0);
    assert!(three.run.first.is_some());
}

#[test]
fn a_hash_covers_what_was_read_or_the_whole_file() {
    let place = tempfile::tempdir().unwrap();
    let county_at = place.path().join("county");
    county(&county_at, 3, 400);
    let run = |hash: Hash| {
        let of = request(&county_at, place.path().join("run"));
        verify(&VerifyRequest { hash, ..verification(of) }, &Progress::Silent).unwrap().document.run
    };
    let (used, full) = (run(Hash::Used), run(Hash::Full));
    let image = county_at.join("after.tif");
    let mut bytes = std::fs::read(&image).unwrap();
    let whole: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(full.after.files[0].sha256.as_ref(), Some(&whole));
    assert!(used.after.files[0].hashed_in_part() && !full.after.files[0].hashed_in_part());
    // What nobody reads tells apart whole files only.
    bytes.extend([0; 64]);
    std::fs::write(&image, bytes).unwrap();
    let (used_again, full_again) = (run(Hash::Used), run(Hash::Full));
    assert_eq!((&used_again.run_id, &used_again.after.files[0].sha256), (&used.run_id, &used.after.files[0].sha256));
    assert_ne!((full_again.run_id, &full_again.after.files[0].sha256), (full.run_id, &full.after.files[0].sha256));
}
