//! The cases, by what is wrong.

use super::Case;
use super::fixture::{PLACE, Raster, complex, good, image, list, palette, points, ruin_blocks};
use gdal::Metadata;
use std::fs;
use std::path::Path;

macro_rules! cases {
    ($($name:literal, $make:expr, $args:literal, $code:literal, [$($says:literal),*];)+) => {
        vec![$(Case { name: $name, make: $make, args: $args, code: $code, says: &[$($says),*] }),+]
    };
}

fn nothing(_: &Path) {}

/// Every case.
pub fn all() -> Vec<Case> {
    let mut out = images();
    out.extend(pairs());
    out.extend(lists());
    out.extend(settings());
    out.extend(outputs());
    out
}

fn text_image(dir: &Path, text: &[u8]) {
    fs::write(dir.join("bad.tif"), text).unwrap();
}

fn bad(dir: &Path, edit: impl FnOnce(&mut Raster)) {
    image(&dir.join("bad.tif"), edit);
}

fn bad_float(dir: &Path, value: fn(usize, usize, usize) -> f64) {
    Raster { value, ..good() }.write::<f32>(&dir.join("bad.tif"), |v| v as f32);
}

const VRT: &[u8] =
    b"<VRTDataset rasterXSize=\"128\" rasterYSize=\"128\"><VRTRasterBand dataType=\"UInt16\" band=\"1\">\
<SimpleSource><SourceFilename relativeToVRT=\"1\">before.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>\
</VRTRasterBand></VRTDataset>";

fn images() -> Vec<Case> {
    cases![
        "missing image", nothing, "inspect nowhere.tif", 4, ["nowhere.tif", "no such file"];
        "missing image, scan", nothing, "scan --before nowhere.tif --after after.tif --out out", 4, ["nowhere.tif"];
        "empty image", |d| text_image(d, b""), "inspect bad.tif", 4, ["bad.tif"];
        "text named .tif", |d| text_image(d, "甲乙丙丁, not an image\n".as_bytes()), "inspect bad.tif", 4, ["bad.tif", "not a readable GeoTIFF"];
        "text named .tif, scan", |d| text_image(d, b"no image"), "scan --before before.tif --after bad.tif --out out", 4, ["bad.tif"];
        "folder as image", |d| fs::create_dir(d.join("bad.tif")).unwrap(), "inspect bad.tif", 4, ["bad.tif", "directory"];
        "VRT named .tif", |d| text_image(d, VRT), "inspect bad.tif", 4, ["bad.tif", "not a readable GeoTIFF"];
        "VRT named .tif, scan", |d| text_image(d, VRT), "scan --before bad.tif --after after.tif --out out", 4, ["bad.tif"];
        "network path", nothing, "inspect /vsicurl/http://127.0.0.1:9/a.tif", 4, ["no such file"];
        "network path, scan", nothing, "scan --before /vsicurl/http://127.0.0.1:9/a.tif --after after.tif --out out", 4, ["no such file"];
        "header only", |d| text_image(d, b"II*\0\x08\0\0\0"), "inspect bad.tif", 4, ["bad.tif"];
        "directory pointing at itself", |d| text_image(d, b"II*\0\x08\0\0\0\0\0\x08\0\0\0"), "inspect bad.tif", 4, ["bad.tif"];
        "endless BigTIFF", |d| text_image(d, &[&b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"[..], &[0xFF; 64]].concat()), "inspect bad.tif", 4, ["bad.tif"];
        "no reference system", |d| bad(d, |r| r.srs = None), "inspect bad.tif", 4, ["bad.tif", "no reference system", "gdal_edit"];
        "no reference system, scan", |d| bad(d, |r| r.srs = None), "scan --before bad.tif --after after.tif --out out", 4, ["bad.tif", "gdal_edit"];
        "local reference system", |d| bad(d, |r| r.srs = Some("LOCAL_CS[\"site\",UNIT[\"metre\",1]]")), "inspect bad.tif", 4, ["bad.tif", "reference system"];
        "no geotransform", |d| bad(d, |r| r.place = None), "inspect bad.tif", 4, ["bad.tif", "placed on the map"];
        "singular geotransform", |d| bad(d, |r| r.place = Some([PLACE[0], 2.0, 2.0, PLACE[3], 2.0, 2.0])), "inspect bad.tif", 4, ["bad.tif"];
        "zone number missing before the eastings", |d| bad(d, |r| r.place = Some([607_796.0, 2.0, 0.0, 4_008_530.0, 0.0, -2.0])), "inspect bad.tif", 4, ["bad.tif", "zone number 39", "EPSG:4548"];
        "zone number in an unprefixed system", |d| bad(d, |r| r.srs = Some("EPSG:4548")), "scan --before bad.tif --after after.tif --out out", 4, ["bad.tif", "zone 39", "EPSG:4527"];
        "metres declared as degrees", |d| bad(d, |r| r.srs = Some("EPSG:4490")), "inspect bad.tif", 4, ["bad.tif", "no degrees"];
        "palette", |d| palette(&d.join("bad.tif")), "inspect bad.tif", 4, ["bad.tif", "-expand rgb"];
        "complex pixels", |d| complex(&d.join("bad.tif")), "inspect bad.tif", 4, ["bad.tif", "-ot Float32"];
        "all nodata", |d| bad(d, |r| (r.nodata, r.value) = (Some(7.0), |_, _, _| 7.0)), "inspect bad.tif", 4, ["bad.tif", "nodata"];
        "all nodata, scan", |d| bad(d, |r| (r.nodata, r.value) = (Some(7.0), |_, _, _| 7.0)), "scan --before bad.tif --after after.tif --out out", 4, [];
        "all NaN", |d| bad_float(d, |_, _, _| f64::NAN), "inspect bad.tif", 4, ["bad.tif", "nodata"];
        "all infinite", |d| bad_float(d, |_, _, _| f64::INFINITY), "inspect bad.tif", 4, ["bad.tif", "nodata"];
        "one pixel", |d| bad(d, |r| (r.size, r.options) = ((1, 1), vec![])), "inspect bad.tif", 4, ["bad.tif", "1 rows and 1 columns"];
        "one pixel, scan", |d| bad(d, |r| (r.size, r.options) = ((1, 1), vec![])), "scan --before bad.tif --after bad.tif --out out", 4, [];
        "65 bands", |d| bad(d, |r| (r.size, r.bands) = ((32, 32), 65)), "inspect bad.tif", 4, ["bad.tif", "65", "64"];
        "a whole image in one strip", |d| drop(Raster { size: (20_000, 20_000), options: vec!["SPARSE_OK=TRUE", "COMPRESS=DEFLATE", "BLOCKYSIZE=20000"], ..good() }.create::<u16>(&d.join("bad.tif"))), "inspect bad.tif", 4, ["bad.tif", "TILED=YES"];
        "a third of the blocks corrupt", |d| ruin_blocks(&d.join("before.tif"), 3), "inspect before.tif", 4, ["before.tif", "cannot be decoded"];
        "a third of the blocks corrupt, scan", |d| ruin_blocks(&d.join("before.tif"), 3), "scan --before before.tif --after after.tif --out out", 4, ["before.tif", "cannot be read"];
        "a third of the file missing, scan", |d| {
            let whole = fs::read(d.join("before.tif")).unwrap();
            fs::write(d.join("bad.tif"), &whole[..whole.len() * 2 / 3]).unwrap();
        }, "scan --before bad.tif --after after.tif --out out", 4, ["bad.tif"];
    ]
}

fn pairs() -> Vec<Case> {
    cases![
        "unnamed bands of other number", |d| {
            bad(d, |r| (r.named, r.bands) = (false, 3));
            image(&d.join("plain.tif"), |r| r.named = false);
        }, "inspect bad.tif plain.tif", 4, ["3 bands", "4", "--bands"];
        "no band in common", |d| {
            bad(d, |r| r.bands = 1);
            let nir = Raster { named: false, bands: 1, ..good() };
            let dataset = nir.create::<u16>(&d.join("nir.tif"));
            dataset.rasterband(1).unwrap().set_description("nir").unwrap();
        }, "scan --before bad.tif --after nir.tif --out out", 4, ["no band in common"];
        "--bands too short", nothing, "inspect before.tif after.tif --bands blue,green", 4, ["--bands", "4"];
        "--bands unknown", nothing, "inspect before.tif after.tif --bands blue,green,rde,nir", 2, ["rde"];
        "--bands twice", nothing, "scan --before before.tif --after after.tif --bands red,red,blue,nir --out out", 2, ["red"];
        "no overlap", |d| bad(d, |r| r.place = Some([PLACE[0] + 9000.0, 2.0, 0.0, PLACE[3], 0.0, -2.0])), "inspect before.tif bad.tif", 4, ["bad.tif", "overlap", "same area"];
        "no overlap, scan", |d| bad(d, |r| r.place = Some([PLACE[0] + 9000.0, 2.0, 0.0, PLACE[3], 0.0, -2.0])), "scan --before before.tif --after bad.tif --out out", 4, ["overlap"];
        "resolutions too far apart", |d| bad(d, |r| r.place = Some([PLACE[0], 30.0, 0.0, PLACE[3], 0.0, -30.0])), "inspect before.tif bad.tif", 4, ["bad.tif", "30.00 m"];
        "mosaic of unlike files", |d| bad(d, |r| r.bands = 3), "scan --before before.tif bad.tif --after after.tif --out out", 4, ["bad.tif", "alike"];
        "missing mask", nothing, "scan --before before.tif --after after.tif --after-mask nowhere.tif --out out", 4, ["nowhere.tif", "--after-mask"];
        "a mask that is none", |d| text_image(d, b"no image"), "scan --before before.tif --after after.tif --before-mask bad.tif --out out", 4, ["bad.tif", "not a readable GeoTIFF"];
        "a mask elsewhere", |d| bad(d, |r| (r.bands, r.place) = (1, Some([PLACE[0] + 9000.0, 2.0, 0.0, PLACE[3], 0.0, -2.0]))), "scan --before before.tif --after after.tif --before-mask bad.tif --out out", 4, ["bad.tif", "--before-mask", "same area"];
        "mask parameters out of range", nothing, "scan --before before.tif --after after.tif --set mask.qa60={cloud=[40]} --out out", 3, ["mask.qa60", "0 to 31"];
        "mosaic across the country", |d| bad(d, |r| r.place = Some([PLACE[0], 2.0, 0.0, PLACE[3] - 9e6, 0.0, -2.0])), "scan --before before.tif bad.tif --after after.tif --out out", 4, ["county"];
        "nothing usable in both", |d| {
            bad(d, |r| (r.nodata, r.value) = (Some(7.0), |b, row, col| if col < 64 { 7.0 } else { super::fixture::land(b, row, col) }));
            image(&d.join("other.tif"), |r| (r.nodata, r.value) = (Some(7.0), |b, row, col| if col >= 64 { 7.0 } else { super::fixture::land(b, row, col) }));
        }, "inspect bad.tif other.tif", 4, ["no sampled pixel is usable in both"];
        "truth with odd codes", |d| {
            let codes = Raster { bands: 1, named: false, options: vec![], value: |_, r, _| (r % 2) as f64, ..good() };
            codes.write::<u8>(&d.join("change.tif"), |v| v as u8);
            let odd = Raster { value: |_, r, c| ((r + c) % 9) as f64, ..codes };
            odd.write::<u8>(&d.join("truth.tif"), |v| v as u8);
        }, "evaluate --change change.tif --truth truth.tif", 4, ["truth.tif"];
        "missing truth", |d| Raster { bands: 1, value: |_, r, _| (r % 2) as f64, ..good() }.write::<u8>(&d.join("change.tif"), |v| v as u8), "evaluate --change change.tif --truth nowhere.tif", 4, ["nowhere.tif"];
        "a change map that is none", |d| image(&d.join("truth.tif"), |r| r.bands = 1), "evaluate --change list.geojson --truth truth.tif", 4, ["list.geojson"];
        "a run that is none", nothing, "evaluate --run . --truth before.tif", 4, ["change.tif"];
    ]
}

fn lists() -> Vec<Case> {
    cases![
        "missing list", nothing, "inspect before.tif --list nowhere.shp", 4, ["nowhere.shp"];
        "missing list, scan", nothing, "scan --before before.tif --after after.tif --list nowhere.shp --out out", 4, ["nowhere.shp"];
        "a list that is none", |d| fs::write(d.join("list.shp"), b"no shapefile").unwrap(), "scan --before before.tif --after after.tif --list list.shp --out out", 4, ["list.shp"];
        "an image as list", nothing, "scan --before before.tif --after after.tif --list before.tif --out out", 4, ["before.tif"];
        "an empty list file", |d| fs::write(d.join("list.xlsx"), b"").unwrap(), "inspect --list list.xlsx", 4, ["list.xlsx", "empty"];
        "a broken spreadsheet", |d| fs::write(d.join("list.xlsx"), b"PK\x03\x04 no more").unwrap(), "inspect --list list.xlsx", 4, ["list.xlsx"];
        "an archive without data", |d| fs::write(d.join("list.zip"), b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").unwrap(), "inspect --list list.zip", 4, ["list.zip"];
        "only a companion of a shapefile", |d| fs::write(d.join("list.prj"), b"GEOGCS[]").unwrap(), "scan --before before.tif --after after.tif --list list.prj --out out", 4, ["list.prj", ".shp"];
        "a list without rows", |d| list(&d.join("list.geojson"), 0, 118.2, 36.2), "inspect before.tif --list list.geojson", 4, ["list.geojson"];
        "a list of points", |d| points(&d.join("list.geojson")), "inspect before.tif --list list.geojson", 4, ["list.geojson", "polygon"];
        "a list elsewhere", |d| list(&d.join("list.geojson"), 3, 12.5, 41.9), "inspect before.tif --list list.geojson", 4, ["list.geojson", "100 km"];
        "a list elsewhere, scan", |d| list(&d.join("list.geojson"), 3, 12.5, 41.9), "scan --before before.tif --after after.tif --list list.geojson --out out", 4, ["list.geojson"];
        "a list beside the images", |d| list(&d.join("list.geojson"), 3, 118.3, 36.2), "inspect before.tif --list list.geojson", 4, ["list.geojson", "inside the images"];
        "a claim field that is not there", nothing, "inspect before.tif --list list.geojson --claim-field 处理", 4, ["处理", "判定结果"];
        "a claim field that is not there, scan", nothing, "scan --before before.tif --after after.tif --list list.geojson --claim-field 处理 --out out", 4, ["list.geojson", "处理"];
        "a missing layer file", nothing, "scan --before before.tif --after after.tif --approvals nowhere.gpkg --out out", 4, ["nowhere.gpkg"];
        "a missing claims table", nothing, "scan --before before.tif --after after.tif --list list.geojson --claims nowhere.csv --out out", 4, ["nowhere.csv"];
        "an unknown character set, inspect", nothing, "inspect --list list.geojson --encoding klingon", 2, ["klingon", "gbk"];
        "an unknown character set", nothing, "scan --before before.tif --after after.tif --list list.geojson --encoding klingon --out out", 2, ["klingon", "gbk"];
    ]
}

fn pipeline(dir: &Path, text: &str) {
    fs::write(dir.join("p.toml"), text).unwrap();
}

fn settings() -> Vec<Case> {
    cases![
        "missing pipeline", nothing, "scan --before before.tif --after after.tif --pipeline nowhere.toml --out out", 3, ["nowhere.toml"];
        "pipeline with an unknown key", |d| pipeline(d, "schema = 1\n[change]\nblob = 3\n"), "scan --before before.tif --after after.tif --pipeline p.toml --out out", 3, ["p.toml:3", "blob"];
        "pipeline out of range", |d| pipeline(d, "schema = 1\n[parcels]\nmin-area-m2 = -5.0\n"), "scan --before before.tif --after after.tif --pipeline p.toml --out out", 3, ["p.toml:3", "min-area-m2"];
        "pipeline that is no TOML", |d| pipeline(d, "schema = = 1\n"), "scan --before before.tif --after after.tif --pipeline p.toml --out out", 3, ["p.toml:1"];
        "pipeline of another schema", |d| pipeline(d, "schema = 9\n"), "scan --before before.tif --after after.tif --pipeline p.toml --out out", 3, ["schema"];
        "pipeline that is an image", nothing, "scan --before before.tif --after after.tif --pipeline before.tif --out out", 3, ["before.tif"];
        "--set without value", nothing, "scan --before before.tif --after after.tif --set parcels.min-area-m2 --out out", 3, ["--set", "'='"];
        "--set without stage", nothing, "scan --before before.tif --after after.tif --set area=3 --out out", 3, ["--set", "stage"];
        "--set of an unknown key", nothing, "scan --before before.tif --after after.tif --set parcels.area=3 --out out", 3, ["--set", "area"];
        "--set of the wrong type", nothing, "scan --before before.tif --after after.tif --set parcels.min-area-m2=\"big\" --out out", 3, ["--set"];
        "--set out of range", nothing, "scan --before before.tif --after after.tif --set parcels.min-area-m2=-1 --out out", 3, ["min-area-m2"];
        "--max-memory too small", nothing, "scan --before before.tif --after after.tif --max-memory 1MiB --out out", 7, ["MiB", "--max-memory"];
        "--max-memory too small, inspect", nothing, "inspect before.tif after.tif --max-memory 1MiB", 4, ["--max-memory"];
        "--max-memory that is no size", nothing, "scan --before before.tif --after after.tif --max-memory much --out out", 2, ["much"];
        "unknown option", nothing, "scan --before before.tif --after after.tif --out out --colour", 2, ["--colour"];
        "unknown command", nothing, "scna", 2, ["scna"];
        "scan without --out", nothing, "scan --before before.tif --after after.tif", 2, ["--out"];
        "a date that is none", nothing, "scan --before before.tif --after after.tif --before-date 2019/3/1 --out out", 2, ["2019/3/1"];
        "a day that is none, inspect", nothing, "inspect before.tif --before-date 2019-02-30", 2, ["2019-02-30"];
        "--assume-crs that is none", nothing, "scan --before before.tif --after after.tif --assume-crs EPSG:99 --out out", 2, ["EPSG:99"];
        "inspect of nothing", nothing, "inspect", 2, [];
    ]
}

fn outputs() -> Vec<Case> {
    cases![
        "--out is a file", |d| fs::write(d.join("out"), b"mine").unwrap(), "scan --before before.tif --after after.tif --out out", 6, ["out", "file"];
        "--out below a file", nothing, "scan --before before.tif --after after.tif --out list.geojson/out", 6, ["list.geojson"];
        "--out holds something foreign", |d| {
            fs::create_dir(d.join("out")).unwrap();
            fs::write(d.join("out/letter.txt"), b"mine").unwrap();
        }, "scan --before before.tif --after after.tif --out out", 6, ["out"];
        "--out cannot be made", nothing, "scan --before before.tif --after after.tif --out /proc/tuban/out", 6, ["/proc/tuban"];
        "--out in new folders, bad input", |d| text_image(d, b"no image"), "scan --before bad.tif --after after.tif --out new/deep/out", 4, ["bad.tif"];
        "--out in new folders, damaged", |d| ruin_blocks(&d.join("before.tif"), 3), "scan --before before.tif --after after.tif --out new/deep/out", 4, ["before.tif"];
        "a layer without polygons", |d| points(&d.join("towns.geojson")), "scan --before before.tif --after after.tif --towns towns.geojson --out out", 4, ["towns.geojson", "polygon"];
        "--out in new folders, bad list", nothing, "scan --before before.tif --after after.tif --list nowhere.shp --out new/deep/out", 4, ["nowhere.shp"];
        "sample into a folder in use", |d| {
            fs::create_dir(d.join("out")).unwrap();
            fs::write(d.join("out/letter.txt"), b"mine").unwrap();
        }, "sample --size 64 --out out", 2, ["out", "not empty"];
        "sample below a file", nothing, "sample --size 64 --out list.geojson/out", 6, ["list.geojson"];
        "sample of 5 pixels", nothing, "sample --size 5 --out new/out", 2, ["size", "64"];
    ]
}
