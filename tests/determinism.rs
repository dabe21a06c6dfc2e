//! The same scan with any number of threads, any tile size and any memory leaves the same bytes.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tuban::crosscheck::LayerKind;
use tuban::error::Error;
use tuban::run::{Progress, ScanRequest, VectorInputs, scan};
use tuban::sample::{SampleParams, generate};

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(contents(&path).into_iter().map(|(p, b)| (Path::new(path.file_name().unwrap()).join(p), b)));
        } else {
            out.insert(PathBuf::from(path.file_name().unwrap()), std::fs::read(&path).unwrap());
        }
    }
    out
}

fn request(county: &Path, out: PathBuf, threads: usize, tile: usize) -> ScanRequest {
    let file = |name: &str| county.join(name);
    ScanRequest {
        vectors: VectorInputs {
            list: Some(file("list.shp")),
            layers: vec![
                (LayerKind::Towns, file("towns.gpkg")),
                (LayerKind::Landuse, file("landuse.gpkg")),
                (LayerKind::Approvals, file("approvals.shp")),
            ],
            ..Default::default()
        },
        threads,
        tile,
        ..ScanRequest::new(vec![file("before.tif")], vec![file("after.tif")], out)
    }
}

/// Panics unless two runs left the same files with the same bytes.
fn same(now: &BTreeMap<PathBuf, Vec<u8>>, wanted: &BTreeMap<PathBuf, Vec<u8>>, case: &str) {
    assert_eq!(now.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{case}");
    let differing: Vec<&PathBuf> = now.iter().filter(|(k, v)| wanted[*k] != **v).map(|(k, _)| k).collect();
    assert!(differing.is_empty(), "{case}: {differing:?} differ");
}

#[test]
fn threads_and_tiles_change_nothing() {
    let place = tempfile::tempdir().unwrap();
    let county = place.path().join("county");
    // Larger than one statistics block, and no multiple of any tile.
    let params = SampleParams { size_px: 777, seed: 5, ..Default::default() };
    generate(&params, &county, &mut |_, _, _| {}).unwrap();
    let mut first: Option<BTreeMap<PathBuf, Vec<u8>>> = None;
    for (threads, tile) in [(1, 512), (2, 256), (7, 1000), (7, 512)] {
        let out = place.path().join(format!("run-{threads}-{tile}"));
        scan(&request(&county, out.clone(), threads, tile), &Progress::Silent).unwrap();
        let now = contents(&out);
        let Some(wanted) = &first else {
            assert!(now.len() >= 9, "{:?}", now.keys());
            first = Some(now);
            continue;
        };
        same(&now, wanted, &format!("{threads} threads, tile {tile}"));
    }
}

/// As little memory as is accepted: the grid is scanned in narrow strips, and blocks are decoded again and again.
#[test]
fn the_memory_promised_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let county = place.path().join("county");
    let params = SampleParams { size_px: 1800, seed: 7, ..Default::default() };
    generate(&params, &county, &mut |_, _, _| {}).unwrap();
    let run = |name: &str, tile: usize, max_memory: u64| {
        let out = place.path().join(name);
        let mut request = request(&county, out.clone(), 2, tile);
        // A sample whose blocks stand alone, as on large grids.
        request.pipeline.normalise.max_sample_blocks = 7;
        request.max_memory = max_memory;
        scan(&request, &Progress::Silent).map(|_| contents(&out))
    };
    let plenty = run("plenty", 512, 4 << 30).unwrap();
    for tile in [512, 300] {
        let Err(Error::Memory { needed_mib, .. }) = run("refused", tile, 1 << 20) else { panic!("1 MiB was accepted") };
        assert!(!place.path().join("refused").exists());
        let least = run(&format!("least-{tile}"), tile, needed_mib << 20).unwrap();
        same(&least, &plenty, &format!("{needed_mib} MiB, tile {tile}"));
    }
}
