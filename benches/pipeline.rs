//! How long the stages of a scan take together, and how much of that is reading: a generated county of 1024 x 1024 pixels in a scratch
//! folder, two threads. `benches/compare.py` does the same for large counties and other programs.

#![allow(clippy::unwrap_used, missing_docs)]

mod county;

use county::{County, request};
use divan::Bencher;
use divan::counter::ItemsCount;
use std::sync::LazyLock;
use tuban::crosscheck::LayerKind;
use tuban::grid::Tiling;
use tuban::pair::parse_band_names;
use tuban::run::{AlignedPair, Pool, Progress, scan};

const SIDE: usize = 1024;
const THREADS: usize = 2;

static COUNTY: LazyLock<County> = LazyLock::new(|| County::new(SIDE));

fn main() {
    divan::main();
}

fn pixels() -> ItemsCount {
    ItemsCount::new(SIDE * SIDE)
}

/// Both images decoded and brought to the working grid, nothing else: the floor.
#[divan::bench]
fn read_the_pair(bencher: Bencher) {
    let pool = Pool::new(THREADS).unwrap();
    let names = parse_band_names("blue,green,red,nir").unwrap();
    bencher.counter(pixels()).bench_local(|| {
        let images = [vec![COUNTY.file("before.tif")], vec![COUNTY.file("after.tif")]];
        let pair = AlignedPair::open(&images[0], &images[1], Some(&names), &Default::default()).unwrap();
        let windows: Vec<_> = Tiling::new(pair.grid(), 512).windows().collect();
        pool.map(&windows, |w| pair.read(*w).0.quality.len()).into_iter().sum::<usize>()
    });
}

/// The whole run without list and layers.
#[divan::bench(sample_count = 10)]
fn scan_images(bencher: Bencher) {
    bencher.counter(pixels()).bench_local(|| {
        let out = tempfile::tempdir().unwrap();
        scan(&request(&COUNTY, out.path(), THREADS), &Progress::Silent).unwrap();
    });
}

/// The whole run with what a bureau gives.
#[divan::bench(sample_count = 10)]
fn scan_with_list_and_layers(bencher: Bencher) {
    bencher.counter(pixels()).bench_local(|| {
        let out = tempfile::tempdir().unwrap();
        let mut request = request(&COUNTY, out.path(), THREADS);
        request.vectors.list = Some(COUNTY.file("list.shp"));
        request.vectors.layers = vec![
            (LayerKind::Towns, COUNTY.file("towns.gpkg")),
            (LayerKind::Landuse, COUNTY.file("landuse.gpkg")),
            (LayerKind::BasicFarmland, COUNTY.file("basic_farmland.gpkg")),
            (LayerKind::Approvals, COUNTY.file("approvals.shp")),
        ];
        scan(&request, &Progress::Silent).unwrap();
    });
}
