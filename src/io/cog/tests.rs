use super::deflate::zlib;
use super::huffman::lengths;
use super::layout::{Directory, Field, Head};
use super::pyramid::levels;
use super::{CogWriter, PaletteEntry, RasterSpec, Sample};
use crate::grid::{Affine, Crs, Grid, Tiling, Window};
use crate::io::init_gdal;
use gdal::{Dataset, Metadata};
use ndarray::{Array2, s};
use std::path::Path;

const NODATA: u16 = u16::MAX;

fn grid(rows: usize, cols: usize) -> Grid {
    init_gdal();
    let wkt = gdal::spatial_ref::SpatialRef::from_epsg(4527).unwrap().to_wkt().unwrap();
    let crs = Crs { wkt, name: "zone 39".into(), epsg: Some(4527), geographic: false, unit_m: 1.0 };
    Grid { crs, affine: Affine([39_599_732.0, 2.0, 0.0, 4_016_594.0, 0.0, -2.0]), rows, cols }
}

fn spec<'a>(grid: &'a Grid, classes: bool) -> RasterSpec<'a> {
    let entry = |value, rgb, name: &str| PaletteEntry { value, rgb, name: name.to_string() };
    let palette = vec![entry(0, [1, 2, 3], "unchanged 未变化"), entry(255, [9, 8, 7], "cannot judge 无法判定")];
    let (nodata, scale) = if classes { (255.0, 1.0) } else { (f64::from(NODATA), 0.01) };
    let palette = if classes { palette } else { Vec::new() };
    RasterSpec { name: "r.tif", grid, description: "what it is", nodata, palette, scale }
}

/// Noise on a slope with a hole of nodata and a flat part.
fn scores(rows: usize, cols: usize) -> Array2<u16> {
    Array2::from_shape_fn((rows, cols), |(r, c)| match (r, c) {
        _ if r > 2 * rows / 3 && c > cols / 3 => NODATA,
        _ if r < rows / 4 && c < cols / 2 => 7,
        _ => ((r * 3 + c * 5) % 4000 + (r * 7919 + c * 104_729) % 61) as u16,
    })
}

fn classes(rows: usize, cols: usize) -> Array2<u8> {
    Array2::from_shape_fn((rows, cols), |(r, c)| if r > rows / 2 { 255 } else { ((r / 40 + c / 90) % 11) as u8 })
}

/// Writes in tiles of `side`, every `step`-th first, and gives the bytes of the file.
fn written<T: Sample>(values: &Array2<T>, classes: bool, side: usize, step: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("r.tif");
    write(values, &spec(&grid(values.nrows(), values.ncols()), classes), side, step, &target);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something is left in the folder");
    std::fs::read(target).unwrap()
}

fn write<T: Sample>(values: &Array2<T>, spec: &RasterSpec, side: usize, step: usize, target: &Path) {
    let mut writer = CogWriter::create(target.parent().unwrap(), spec).unwrap();
    let encoder = writer.encoder();
    let windows: Vec<Window> = Tiling::new(spec.grid, side).windows().collect();
    for w in (0..step).flat_map(|k| windows.iter().skip(k).step_by(step)) {
        let (r, c) = (w.row as usize, w.col as usize);
        let piece = encoder.encode(*w, values.slice(s![r..r + w.rows, c..c + w.cols]));
        writer.put_all(piece).unwrap();
    }
    writer.finish(target).unwrap();
}

fn first(values: &Array2<u8>) -> Array2<u8> {
    values.slice(s![..;2, ..;2]).to_owned()
}

fn mean(values: &Array2<u16>) -> Array2<u16> {
    let (rows, cols) = values.dim();
    Array2::from_shape_fn((rows.div_ceil(2), cols.div_ceil(2)), |(r, c)| {
        let four = values.slice(s![2 * r..(2 * r + 2).min(rows), 2 * c..(2 * c + 2).min(cols)]);
        let valid: Vec<f64> = four.iter().filter(|v| **v != NODATA).map(|v| f64::from(*v)).collect();
        if valid.is_empty() { NODATA } else { (valid.iter().sum::<f64>() / valid.len() as f64 + 0.5).floor() as u16 }
    })
}

/// Writes, reads the image and all overviews back through GDAL, and compares.
fn reads_back<T: Sample + std::fmt::Debug>(values: Array2<T>, classes: bool, halve: fn(&Array2<T>) -> Array2<T>) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("r.tif");
    let (rows, cols) = values.dim();
    write(&values, &spec(&grid(rows, cols), classes), 512, 1, &target);
    let data = Dataset::open(&target).unwrap();
    let band = data.rasterband(1).unwrap();
    assert_eq!(band.block_size(), (512, 512));
    assert_eq!(band.overview_count().unwrap() as usize, levels(rows, cols).len() - 1);
    let mut expected = values;
    for k in 0..levels(rows, cols).len() {
        if k > 0 {
            expected = halve(&expected);
        }
        let level = if k == 0 { data.rasterband(1).unwrap() } else { band.overview(k - 1).unwrap() };
        assert_eq!(level.size(), (expected.ncols(), expected.nrows()));
        let read = level.read_as::<T>((0, 0), level.size(), level.size(), None).unwrap();
        assert!(read.data().iter().eq(expected.iter()), "{rows} x {cols}, level {k}");
    }
}

#[test]
fn bytes_do_not_depend_on_tiles() {
    let (score, class) = (scores(1700, 2100), classes(1700, 2100));
    let (of_score, of_class) = (written(&score, false, 512, 1), written(&class, true, 512, 1));
    for (side, step) in [(512, 7), (256, 1), (256, 5), (1000, 1), (1000, 2), (1024, 1), (2048, 1), (333, 11), (4000, 1)]
    {
        assert!(written(&score, false, side, step) == of_score, "score, tiles of {side}, every {step}");
        assert!(written(&class, true, side, step) == of_class, "classes, tiles of {side}, every {step}");
    }
}

#[test]
fn pixels_and_overviews_read_back() {
    for (rows, cols) in [(1, 1), (1, 513), (513, 1), (512, 512), (700, 1300), (1025, 2049)] {
        reads_back(scores(rows, cols), false, mean);
        reads_back(classes(rows, cols), true, first);
    }
}

#[test]
fn uniform_images_are_tiny() {
    for value in [0, 255u8] {
        let image = Array2::from_elem((3000, 3000), value);
        assert!(written(&image, true, 512, 1).len() < 50 * 320 + 12_000);
        reads_back(image, true, first);
    }
    reads_back(Array2::from_elem((1100, 600), NODATA), false, mean);
}

#[test]
fn says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let grid = grid(700, 1300);
    let target = folder.path().join("r.tif");
    write(&classes(700, 1300), &spec(&grid, true), 512, 1, &target);
    let data = Dataset::open(&target).unwrap();
    assert_eq!(data.geo_transform().unwrap(), grid.affine.0);
    assert_eq!(data.spatial_ref().unwrap().auth_code().unwrap(), 4527);
    assert_eq!(data.metadata_item("LAYOUT", "IMAGE_STRUCTURE").unwrap(), "COG");
    assert_eq!(data.metadata_item("COMPRESSION", "IMAGE_STRUCTURE").unwrap(), "DEFLATE");
    assert_eq!(data.metadata_item("AREA_OR_POINT", "").unwrap(), "Area");
    let band = data.rasterband(1).unwrap();
    assert_eq!(band.description().unwrap(), "what it is");
    assert_eq!(band.no_data_value(), Some(255.0));
    assert_eq!(band.metadata_item("CLASS_255", "").unwrap(), "cannot judge 无法判定");
    for band in [data.rasterband(1).unwrap(), band.overview(0).unwrap()] {
        let colour = band.color_table().unwrap().entry_as_rgb(255).unwrap();
        assert_eq!((colour.r, colour.g, colour.b), (9, 8, 7));
        assert_eq!(band.no_data_value(), Some(255.0));
    }
    write(&scores(700, 1300), &spec(&grid, false), 512, 1, &target);
    let data = Dataset::open(&target).unwrap();
    let band = data.rasterband(1).unwrap();
    assert_eq!((band.scale(), band.offset()), (Some(0.01), Some(0.0)));
    assert_eq!(band.no_data_value(), Some(f64::from(NODATA)));
}

#[test]
fn rotated_grids_keep_their_transform() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("r.tif");
    let mut grid = grid(20, 30);
    grid.affine = Affine([500_000.0, 1.7, 0.3, 4_000_000.0, 0.3, -1.7]);
    write(&classes(20, 30), &spec(&grid, true), 512, 1, &target);
    assert_eq!(Dataset::open(&target).unwrap().geo_transform().unwrap(), grid.affine.0);
}

#[test]
fn nothing_is_left_of_a_file_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("r.tif");
    let grid = grid(700, 1300);
    let mut writer = CogWriter::<u8>::create(folder.path(), &spec(&grid, true)).unwrap();
    let window = Window { row: 0, col: 0, rows: 512, cols: 512 };
    writer.write(window, Array2::zeros((512, 512)).view()).unwrap();
    let error = writer.finish(&target).unwrap_err().to_string();
    assert!(error.contains("r.tif") && error.contains("pixels are missing"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let nowhere = folder.path().join("nowhere");
    assert!(CogWriter::<u8>::create(&nowhere, &spec(&grid, true)).is_err());
}

#[test]
fn big_files_are_big_tiffs() {
    let level = |n: usize| Directory { fields: vec![Field::long(256, 1)], counts: vec![1 << 30; n] };
    for (full, version, header) in [(2, 42u8, 8), (4, 43, 16)] {
        let head = Head::new(&[level(full), level(1)]);
        assert_eq!(head.bytes[2], version);
        assert_eq!(&head.bytes[header..header + 29], b"GDAL_STRUCTURAL_METADATA_SIZE");
        assert_eq!(head.file, head.bytes.len() as u64 + (full as u64 + 1) * ((1 << 30) + 8));
        // The last offset of the full image: its block and the trailer end the file.
        let last = (head.file - 4 - (1 << 30)).to_le_bytes();
        let wide = if version == 43 { 8 } else { 4 };
        assert!(head.bytes.windows(wide).any(|w| w == &last[..wide]));
    }
}

#[test]
fn streams_inflate_to_what_went_in() {
    let noise = |n: u64| (0..n).map(|i| (i.wrapping_mul(6_364_136_223_846_793_005) >> 55) as u8).collect::<Vec<u8>>();
    let mut mixed = noise(70_000);
    for length in 1..600 {
        mixed.extend(std::iter::repeat_n(length as u8, length));
        mixed.extend_from_slice(&noise(length as u64 % 13));
    }
    for data in
        [vec![], vec![7], vec![0, 0], (0..=255).collect(), vec![3; 261], vec![3; 100_000], noise(300_000), mixed]
    {
        for (pixel, row) in [(1, 512), (2, 1024), (1, 64)] {
            let stream = zlib(&data, pixel, row, &mut vec![1; 100]);
            let mut out = vec![0; data.len()];
            let n = libdeflater::Decompressor::new().zlib_decompress(&stream, &mut out).unwrap();
            assert!(n == data.len() && out == data, "{} bytes", data.len());
        }
    }
}

#[test]
fn codes_are_complete_and_not_too_long() {
    // Fibonacci numbers make the deepest tree there is.
    let (mut counts, mut a, mut b) = (Vec::new(), 1u32, 1u32);
    for _ in 0..40 {
        counts.push(a);
        (a, b) = (b, a + b);
    }
    for limit in [6, 7, 14] {
        let lengths = lengths(&counts, limit);
        assert!(lengths.iter().all(|l| (1..=limit as u8).contains(l)));
        assert_eq!(lengths.iter().map(|l| 1u64 << (limit as u8 - l)).sum::<u64>(), 1 << limit);
    }
    assert_eq!(lengths(&[5, 0, 5], 7), [1, 0, 1]);
}

/// GDAL wrote none of the bytes of the blocks; a reader that shares no code with it agrees.
#[test]
fn the_tiff_crate_reads_the_same_pixels() {
    let values = scores(700, 1300);
    let bytes = written(&values, false, 512, 1);
    let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(decoder.dimensions().unwrap(), (1300, 700));
    let tiff::decoder::DecodingResult::U16(image) = decoder.read_image().unwrap() else { panic!("no 16-bit image") };
    assert_eq!(image, values.into_raw_vec_and_offset().0);
}
