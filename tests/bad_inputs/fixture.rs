//! Small files, good and bad, made by the tests themselves.

use gdal::raster::RasterCreationOptions;
use gdal::raster::{Buffer, ColorEntry, ColorInterpretation, ColorTable, GdalType, PaletteInterpretation};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};
use std::path::Path;

/// Side of the good images, pixels.
pub const SIDE: usize = 128;
/// Where the good images lie: EPSG:4527, 2 m, the middle at 118.2 E 36.2 N.
pub const PLACE: [f64; 6] = [39_607_796.0, 2.0, 0.0, 4_008_530.0, 0.0, -2.0];

/// A raster to be made; start from [`good`].
#[derive(Clone)]
pub struct Raster {
    pub size: (usize, usize),
    pub bands: usize,
    pub named: bool,
    pub srs: Option<&'static str>,
    pub place: Option<[f64; 6]>,
    pub nodata: Option<f64>,
    pub options: Vec<&'static str>,
    /// Value of band, row and column.
    pub value: fn(usize, usize, usize) -> f64,
}

/// Fields of 16 pixels with a fixed texture; band 3 stands for near infrared.
pub fn land(band: usize, row: usize, col: usize) -> f64 {
    let field = ((row / 16) * 7 + (col / 16) * 13) % 11;
    let texture = (row * 31 + col * 17 + (row * col) % 23) % 19;
    300.0 + 60.0 * field as f64 + 4.0 * texture as f64 + 90.0 * band as f64
}

/// The same with a bright building.
pub fn built(band: usize, row: usize, col: usize) -> f64 {
    if (40..60).contains(&row) && (70..95).contains(&col) {
        2200.0 + (row % 5) as f64 * 30.0
    } else {
        land(band, row, col) * 1.1
    }
}

pub fn good() -> Raster {
    Raster {
        size: (SIDE, SIDE),
        bands: 4,
        named: true,
        srs: Some("EPSG:4527"),
        place: Some(PLACE),
        nodata: None,
        options: vec!["COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32"],
        value: land,
    }
}

impl Raster {
    /// Writes it with pixels of type `T`.
    pub fn write<T: GdalType + Copy>(&self, path: &Path, cast: fn(f64) -> T) {
        let mut dataset = self.create::<T>(path);
        let (rows, cols) = self.size;
        for b in 0..self.bands {
            let data: Vec<T> = (0..rows * cols).map(|i| cast((self.value)(b, i / cols, i % cols))).collect();
            let mut band = dataset.rasterband(b + 1).unwrap();
            band.write((0, 0), (cols, rows), &mut Buffer::new((cols, rows), data)).unwrap();
        }
        dataset.flush_cache().unwrap();
    }

    /// Writes only the frame: no block is stored.
    pub fn create<T: GdalType + Copy>(&self, path: &Path) -> Dataset {
        let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
        let options = RasterCreationOptions::from_iter(self.options.iter().copied());
        let (rows, cols) = self.size;
        let mut dataset =
            driver.create_with_band_type_with_options::<T, _>(path, cols, rows, self.bands, &options).unwrap();
        if let Some(place) = &self.place {
            dataset.set_geo_transform(place).unwrap();
        }
        if let Some(srs) = self.srs {
            dataset.set_spatial_ref(&SpatialRef::from_definition(srs).unwrap()).unwrap();
        }
        for b in 0..self.bands {
            let mut band = dataset.rasterband(b + 1).unwrap();
            if self.nodata.is_some() {
                band.set_no_data_value(self.nodata).unwrap();
            }
            if self.named {
                let names = ["blue", "green", "red", "nir"];
                band.set_description(names.get(b).copied().unwrap_or("other")).unwrap();
            }
        }
        dataset.set_metadata_item("ACQUISITION_DATE", "2019-09-01", "").unwrap();
        dataset
    }
}

/// A good image of 16-bit pixels, changed by `edit`.
pub fn image(path: &Path, edit: impl FnOnce(&mut Raster)) {
    let mut raster = good();
    edit(&mut raster);
    raster.write::<u16>(path, |v| v as u16);
}

/// A palette image.
pub fn palette(path: &Path) {
    let raster = Raster { bands: 1, named: false, options: vec![], value: |_, r, c| ((r + c) % 4) as f64, ..good() };
    let dataset = raster.create::<u8>(path);
    let mut band = dataset.rasterband(1).unwrap();
    let mut table = ColorTable::new(PaletteInterpretation::Rgba);
    for i in 0..4 {
        table.set_color_entry(i, &ColorEntry::rgba(i as i16 * 60, 90, 30, 255));
    }
    band.set_color_table(&table);
    band.set_color_interpretation(ColorInterpretation::PaletteIndex).unwrap();
}

/// Complex pixels: a good float image whose sample format says complex.
pub fn complex(path: &Path) {
    let raster = Raster { bands: 1, options: vec![], ..good() };
    raster.write::<f64>(path, |v| v);
    let mut bytes = std::fs::read(path).unwrap();
    // Tag 339 (sample format), SHORT, one value: 3 is IEEE, 6 complex IEEE.
    let tag = [0x53, 0x01, 3, 0, 1, 0, 0, 0];
    let at = bytes.windows(8).position(|w| w == tag).unwrap() + 8;
    bytes[at] = 6;
    std::fs::write(path, bytes).unwrap();
}

/// Overwrites every `step`th block of a TIFF, from the second, without changing the file's length.
pub fn ruin_blocks(path: &Path, step: usize) {
    let layout = tuban::io::tiff_layout::read_layout(path).unwrap().unwrap();
    let table = &layout.directories[0];
    let mut bytes = std::fs::read(path).unwrap();
    for (offset, count) in table.offsets.iter().zip(&table.counts).skip(1).step_by(step) {
        bytes[*offset as usize..(offset + count) as usize].fill(0xFF);
    }
    std::fs::write(path, bytes).unwrap();
}

/// A list of squares in degrees with an id and a claim; `(lon, lat)` of the first.
pub fn list(path: &Path, rows: usize, lon: f64, lat: f64) {
    let square = |i: usize| {
        let (x, y) = (lon + i as f64 * 0.0002, lat);
        let d = 0.0001;
        format!(
            r#"{{"type":"Feature","properties":{{"JCBH":"A{i:03}","判定结果":"违法用地"}},"geometry":{{"type":"Polygon","coordinates":[[[{x},{y}],[{},{y}],[{},{}],[{x},{}],[{x},{y}]]]}}}}"#,
            x + d,
            x + d,
            y + d,
            y + d
        )
    };
    features(path, (0..rows).map(square).collect());
}

/// A list of points.
pub fn points(path: &Path) {
    let point =
        r#"{"type":"Feature","properties":{"XZQMC":"甲镇"},"geometry":{"type":"Point","coordinates":[118.2,36.2]}}"#;
    features(path, vec![point.to_string()]);
}

fn features(path: &Path, rows: Vec<String>) {
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, rows.join(",\n"));
    std::fs::write(path, text).unwrap();
}
