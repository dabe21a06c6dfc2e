//! How a scan grows: with the threads (one to as many as the machine has) on one county, and with the area (1, 4 and 16 times) on all
//! threads. Time and memory against megapixels of real counties: `benches/compare.py --sizes`.

#![allow(clippy::unwrap_used, missing_docs)]

mod county;

use county::{County, request};
use divan::Bencher;
use divan::counter::ItemsCount;
use tuban::run::{Progress, scan};

const SIDE: usize = 2048;

fn main() {
    divan::main();
}

fn threads() -> Vec<usize> {
    let most = std::thread::available_parallelism().map_or(1, usize::from);
    (0..).map(|k| 1usize << k).take_while(|n| *n < most).chain([most]).collect()
}

fn run(bencher: Bencher, side: usize, threads: usize) {
    let county = County::new(side);
    bencher.counter(ItemsCount::new(side * side)).bench_local(|| {
        let out = tempfile::tempdir().unwrap();
        scan(&request(&county, out.path(), threads), &Progress::Silent).unwrap();
    });
}

#[divan::bench(args = threads(), sample_count = 10)]
fn by_threads(bencher: Bencher, threads: usize) {
    run(bencher, SIDE, threads);
}

#[divan::bench(args = [SIDE / 2, SIDE, SIDE * 2], sample_count = 10)]
fn by_area(bencher: Bencher, side: usize) {
    run(bencher, side, 0);
}
