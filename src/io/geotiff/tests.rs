//! Bit by bit what GDAL reads, over the ways a file can be stored; and what the cache does.

#![allow(clippy::unwrap_used)]

use super::{BlockCache, Decoded};
use crate::grid::Window;
use crate::io::gdal_image::GdalImage;
use crate::io::source::RasterSource;
use crate::io::tiff_layout::read_layout;
use crate::raster::{Pixels, Quality};
use gdal::DriverManager;
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use std::path::Path;
use std::sync::{Arc, Barrier};

const ROWS: usize = 53;
const COLS: usize = 75;
const PLACE: [f64; 6] = [39_607_796.0, 2.0, 0.0, 4_008_530.0, 0.0, -2.0];

/// A file to be made.
#[derive(Clone)]
struct Made {
    /// Rows and columns.
    size: (usize, usize),
    bands: usize,
    options: Vec<String>,
    nodata: Option<f64>,
    /// Only some blocks are written, and not of all bands.
    sparse: bool,
}

fn made(options: &[&str]) -> Made {
    Made {
        size: (ROWS, COLS),
        bands: 4,
        options: options.iter().map(|o| o.to_string()).collect(),
        nodata: None,
        sparse: false,
    }
}

/// Smooth ground with texture, patches of 0 in all bands or one, of 7 (a nodata value), and extremes.
fn value(band: usize, row: usize, col: usize) -> f64 {
    match (row / 4 + 3 * (col / 6) + 5 * (row / 20)) % 17 {
        0 => 0.0,
        1 if band == 1 => 0.0,
        2 if band == 2 => 7.0,
        3 => (row * 7919 + col * 104_729 + band * 31) as f64 * 1e3 - 3e8,
        _ => (row * 3 + col * 2 + band * 20 + (row * col) % 7) as f64,
    }
}

fn write<T: GdalType + Copy>(path: &Path, file: &Made, cast: fn(f64) -> T) {
    crate::io::init_gdal();
    let options = RasterCreationOptions::from_iter(file.options.iter().map(String::as_str));
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let (all_rows, all_cols) = file.size;
    let mut dataset =
        driver.create_with_band_type_with_options::<T, _>(path, all_cols, all_rows, file.bands, &options).unwrap();
    dataset.set_spatial_ref(&SpatialRef::from_definition("EPSG:4527").unwrap()).unwrap();
    dataset.set_geo_transform(&PLACE).unwrap();
    for b in 0..file.bands {
        let mut band = dataset.rasterband(b + 1).unwrap();
        if file.nodata.is_some() {
            band.set_no_data_value(file.nodata).unwrap();
        }
        // The second part is left out of some bands only, which shows in files of one plane per band.
        let parts: &[(usize, usize, usize, usize)] = match (file.sparse, b % 2) {
            (false, _) => &[(0, 0, all_rows, all_cols)],
            (true, 0) => &[(0, 0, 16, 16), (32, 32, 16, 32)],
            (true, _) => &[(0, 0, 16, 16), (0, 48, 16, 16)],
        };
        for &(row, col, rows, cols) in parts {
            let values = (0..rows * cols).map(|i| cast(value(b, row + i / cols, col + i % cols))).collect();
            let mut buffer = Buffer::new((cols, rows), values);
            band.write((col as isize, row as isize), (cols, rows), &mut buffer).unwrap();
        }
    }
    dataset.close().unwrap();
}

fn windows() -> [Window; 4] {
    [
        Window { row: 0, col: 0, rows: ROWS, cols: COLS },
        Window { row: -7, col: -3, rows: ROWS + 20, cols: COLS + 9 },
        Window { row: 15, col: 17, rows: 20, cols: 33 },
        Window { row: ROWS as i64 - 1, col: COLS as i64 - 1, rows: 5, cols: 1 },
    ]
}

fn same(a: &Pixels, b: &Pixels, what: &str) {
    assert_eq!(a.quality, b.quality, "{what}: quality");
    let bits = |p: &Pixels| p.bands.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert!(bits(a) == bits(b), "{what}: values");
}

fn agrees(path: &Path, what: &str) {
    let (ours, gdals) = (GdalImage::open(path).unwrap(), GdalImage::open_through_gdal(path).unwrap());
    assert_eq!(ours.info().reader, "blocks", "{what}");
    let all: Vec<usize> = (0..ours.info().bands.len()).collect();
    let some: Vec<usize> = [2, 0].into_iter().filter(|b| *b < all.len()).collect();
    for window in windows() {
        for bands in [&all, &some] {
            same(&ours.read(window, bands), &gdals.read(window, bands), &format!("{what}, {window:?}, {bands:?}"));
        }
    }
    assert!(ours.damaged_blocks().is_empty(), "{what}");
}

const LAYOUTS: [&[&str]; 3] = [&["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=32"], &["BLOCKYSIZE=5"], &["BLOCKYSIZE=1"]];

fn check<T: GdalType + Copy>(kind: &str, predictors: &[&str], extras: bool, cast: fn(f64) -> T) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    for compression in ["NONE", "DEFLATE", "LZW", "ZSTD"] {
        for predictor in predictors.iter().take(if compression == "NONE" { 1 } else { 3 }) {
            for layout in LAYOUTS {
                for order in ["PIXEL", "BAND"] {
                    let (c, p) = (format!("COMPRESS={compression}"), format!("PREDICTOR={predictor}"));
                    let i = format!("INTERLEAVE={order}");
                    let mut options = vec![c.as_str(), p.as_str(), i.as_str(), "PHOTOMETRIC=MINISBLACK"];
                    options.extend(layout);
                    let plain = made(&options);
                    let mut files = vec![plain.clone()];
                    if extras && ["NONE", "DEFLATE"].contains(&compression) {
                        let with = |option: &str| {
                            let mut file = plain.clone();
                            file.options.push(option.into());
                            file
                        };
                        files.push(Made { nodata: Some(7.0), ..plain.clone() });
                        files.push(Made { nodata: Some(-9999.5), sparse: true, ..with("SPARSE_OK=TRUE") });
                        files.push(Made { sparse: true, ..with("SPARSE_OK=TRUE") });
                        files.push(with("ALPHA=YES"));
                        files.push(Made { sparse: true, nodata: Some(7.0), ..with("SPARSE_OK=TRUE") });
                        files.push(with("BIGTIFF=YES"));
                        files.push(with("ENDIANNESS=BIG"));
                        files.extend([1, 2, 3, 5].map(|bands| Made { bands, ..plain.clone() }));
                    }
                    for file in files {
                        write(&path, &file, cast);
                        let Made { bands, options, nodata, sparse, .. } = &file;
                        agrees(&path, &format!("{kind}, {bands} bands, {options:?}, {nodata:?}, sparse {sparse}"));
                    }
                }
            }
        }
    }
}

#[test]
fn integers_read_as_by_gdal() {
    check("u16", &["1", "2"], true, |v| v as u16);
    check("u8", &["1", "2"], false, |v| v as u8);
    check("i16", &["1", "2"], true, |v| v as i16);
    check("u32", &["1", "2"], false, |v| v as u32);
    check("i32", &["1", "2"], false, |v| v as i32);
}

fn real(v: f64) -> f64 {
    if v == 107.0 { f64::NAN } else { v * 1.1 }
}

#[test]
fn reals_read_as_by_gdal() {
    check("f32", &["1", "2", "3"], true, |v| real(v) as f32);
    check("f64", &["1", "3"], false, |v| if v == 91.0 { 1e300 } else { real(v) });
}

fn tiled(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("tiled.tif");
    write(&path, &made(&["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"]), |v| v as u16);
    path
}

#[test]
fn other_files_are_left_to_gdal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    for options in [&["COMPRESS=JPEG"][..], &["NBITS=7"], &["COMPRESS=PACKBITS"]] {
        write(&path, &Made { bands: 1, ..made(options) }, |v| v as u8);
        assert_eq!(GdalImage::open(&path).unwrap().info().reader, "gdal", "{options:?}");
    }
}

#[test]
fn a_damaged_block_costs_its_own_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let path = tiled(folder.path());
    let table = read_layout(&path).unwrap().unwrap().directories.remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    // Block row 1, block column 2 of 5 columns; the last block of the file is cut too.
    bytes[table.offsets[7] as usize..][..table.counts[7] as usize].fill(0xFF);
    let last = table.offsets.iter().max().unwrap();
    bytes.truncate(*last as usize + 3);
    std::fs::write(&path, bytes).unwrap();
    let (ours, gdals) = (GdalImage::open(&path).unwrap(), GdalImage::open_through_gdal(&path).unwrap());
    let window = windows()[1];
    let (a, b) = (ours.read(window, &[0, 1, 2, 3]), gdals.read(window, &[0, 1, 2, 3]));
    same(&a, &b, "damaged");
    assert_eq!((ours.info().reader, ours.damaged_blocks()), ("blocks", gdals.damaged_blocks()));
    assert_eq!(ours.damaged_blocks(), [(1, 2), (3, 4)]);
    assert_eq!(a.quality[(7 + 16, 3 + 32)], Quality::Unreadable);
}

#[test]
fn threads_that_want_one_block_decode_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = tiled(folder.path());
    for _ in 0..20 {
        let cache = Arc::new(BlockCache::new(1 << 20));
        let mut image = GdalImage::open(&path).unwrap();
        image.use_cache(cache.clone());
        let start = Barrier::new(8);
        std::thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| {
                    start.wait();
                    image.read(windows()[0], &[0, 1, 2, 3])
                });
            }
        });
        assert_eq!(cache.decoded(), Decoded { blocks: 20, bytes: (ROWS * COLS * 8) as u64 });
        assert!(cache.kept_bytes() > ROWS * COLS * 8);
        drop(image);
        assert_eq!(cache.kept_bytes(), 0, "a closed image leaves nothing behind");
    }
}

#[test]
fn any_budget_reads_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = tiled(folder.path());
    let gdals = GdalImage::open_through_gdal(&path).unwrap();
    let mut decoded = Vec::new();
    for budget in [0, 1, 5_000, 20_000, 1 << 20] {
        let cache = Arc::new(BlockCache::new(budget));
        let mut image = GdalImage::open(&path).unwrap();
        image.use_cache(cache.clone());
        for window in windows().into_iter().chain(windows()) {
            same(&image.read(window, &[1, 3]), &gdals.read(window, &[1, 3]), &format!("budget {budget}"));
            assert!(cache.kept_bytes() <= budget, "{} of {budget}", cache.kept_bytes());
        }
        decoded.push(cache.decoded().blocks);
    }
    assert_eq!(decoded.last(), Some(&20));
    assert!(decoded[0] > 80 && decoded.is_sorted_by(|a, b| a >= b), "{decoded:?}");
}

#[test]
fn a_strip_is_decoded_once_for_a_row_of_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("strips.tif");
    write(&path, &made(&["COMPRESS=LZW", "BLOCKYSIZE=1"]), |v| v as u16);
    // Room for 20 rows and what their entries cost.
    let cache = Arc::new(BlockCache::new(20 * (COLS * 8 + 300)));
    let mut image = GdalImage::open(&path).unwrap();
    image.use_cache(cache.clone());
    for row in (0..ROWS).step_by(10) {
        for col in (0..COLS).step_by(10) {
            image.read(Window { row: row as i64, col: col as i64, rows: 10, cols: 10 }, &[0, 1, 2, 3]);
        }
    }
    assert_eq!(cache.decoded().blocks, ROWS as u64);
}

/// Statistics come back to small parts of strips as wide as the image: those parts are kept, and one damaged strip costs only its rows.
#[test]
fn parts_of_wide_strips_are_kept_for_a_sample() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.tif");
    let wide = Made { size: (700, 1500), nodata: Some(7.0), ..made(&["COMPRESS=DEFLATE", "BLOCKYSIZE=20"]) };
    write(&path, &wide, |v| v as u16);
    let sample = [(100, 600), (90, 1100), (470, 500), (600, -20)];
    let sample = sample.map(|(row, col)| Window { row, col, rows: 150, cols: 150 });
    for damaged in [false, true] {
        if damaged {
            let table = read_layout(&path).unwrap().unwrap().directories.remove(0);
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[table.offsets[6] as usize..][..table.counts[6] as usize].fill(0xFF);
            std::fs::write(&path, bytes).unwrap();
        }
        let cache = Arc::new(BlockCache::new(0));
        cache.set_budget(16 << 20, true);
        let (mut ours, gdals) = (GdalImage::open(&path).unwrap(), GdalImage::open_through_gdal(&path).unwrap());
        ours.use_cache(cache.clone());
        let read = |cache: &BlockCache| {
            for window in sample {
                let what = format!("{window:?}, damaged {damaged}");
                same(&ours.read(window, &[3, 0, 1]), &gdals.read(window, &[3, 0, 1]), &what);
            }
            cache.decoded().blocks
        };
        let first = read(&cache);
        assert_eq!(ours.damaged_blocks(), gdals.damaged_blocks(), "damaged {damaged}");
        assert_eq!(first, 700 / 20, "damaged {damaged}: every strip once");
        // Room for what is kept of the sample and not for the strips: four cells of three 16-bit bands.
        cache.set_budget(7 << 20, true);
        let again = read(&cache) - first;
        assert!(if damaged { again > 0 } else { again == 0 }, "damaged {damaged}: {again} decoded again");
    }
}

#[test]
fn what_was_read_of_a_file_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let image = GdalImage::open(&tiled(folder.path())).unwrap();
    let layout = read_layout(image.path()).unwrap().unwrap();
    let used = image.bytes_used().unwrap();
    assert_eq!(used, layout.header);
    assert_eq!(used[0], 0..8);
    image.read(Window { row: 20, col: 20, rows: 3, cols: 3 }, &[0, 1]);
    let table = &layout.directories[0];
    // Tiles of 16: row 1, column 1.
    let block = (table.across() + 1) as usize;
    let (at, bytes) = (table.offsets[block], table.counts[block]);
    assert_eq!(image.bytes_used().unwrap()[used.len()..], *std::slice::from_ref(&(at..at + bytes)));
}
