//! Which files are read here, and how their samples are stored.
//!
//! In: the block table of the first directory and what GDAL says of the same image. Out: [`Structure`], or `None` for what
//! is left to GDAL: other compressions, odd bit depths, colour models that are not plain samples, and any disagreement.

use super::codec::Codec;
use super::frame::Frame;
use crate::io::tiff_layout::{BlockTable, DirectoryRole, TiffLayout};

/// Pixel type of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SampleType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    F64,
}

impl SampleType {
    /// From GDAL's name, held against what the file says, TIFF's number of the format and bits.
    fn of(dtype: &str, format: u64, bits: u64) -> Option<SampleType> {
        let (found, wanted) = match dtype {
            "Byte" | "UInt8" => (SampleType::U8, (1, 8)),
            "Int8" => (SampleType::I8, (2, 8)),
            "UInt16" => (SampleType::U16, (1, 16)),
            "Int16" => (SampleType::I16, (2, 16)),
            "UInt32" => (SampleType::U32, (1, 32)),
            "Int32" => (SampleType::I32, (2, 32)),
            "Float32" => (SampleType::F32, (3, 32)),
            "Float64" => (SampleType::F64, (3, 64)),
            _ => return None,
        };
        ((format, bits) == wanted).then_some(found)
    }

    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            SampleType::U8 | SampleType::I8 => 1,
            SampleType::U16 | SampleType::I16 => 2,
            SampleType::U32 | SampleType::I32 | SampleType::F32 => 4,
            SampleType::F64 => 8,
        }
    }
}

/// What undoes a predictor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    /// Samples as they are.
    None,
    /// Differences to the pixel on the left.
    Horizontal,
    /// Bytes of a row sorted by significance, differences to the byte on the left.
    Float,
}

/// What GDAL says of the image, which the file must agree with.
pub struct Expected<'a> {
    /// Rows of the image.
    pub rows: usize,
    /// Columns of the image.
    pub cols: usize,
    /// Bands of the file, alpha and quality bands too.
    pub bands: usize,
    /// Block rows and columns.
    pub block: (usize, usize),
    /// Pixel type, GDAL's name.
    pub dtype: &'a str,
}

/// Where blocks lie and how they are stored.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    pub rows: usize,
    pub cols: usize,
    pub block_rows: usize,
    pub block_cols: usize,
    pub tiled: bool,
    /// Bands stored one after the other.
    pub planar: bool,
    pub samples: usize,
    pub kind: SampleType,
    pub codec: Codec,
    pub predictor: Predictor,
    /// Samples, least significant byte first.
    pub little: bool,
    /// Offset and bytes of each block; no bytes for one never written.
    pub places: Vec<(u64, u64)>,
}

impl Structure {
    pub fn new(layout: TiffLayout, expected: &Expected) -> Option<Structure> {
        let table = layout.directories.into_iter().next().filter(|d| d.role == DirectoryRole::Image)?;
        let (rows, cols) = (usize::try_from(table.rows).ok()?, usize::try_from(table.cols).ok()?);
        let block = (usize::try_from(table.block_rows).ok()?, usize::try_from(table.block_cols).ok()?);
        let samples = usize::try_from(table.coding.samples).ok()?;
        let same = (rows, cols, samples, block) == (expected.rows, expected.cols, expected.bands, expected.block);
        let complete = table.offsets.len() as u64 == table.expected() && table.counts.len() == table.offsets.len();
        if !same || !complete || block.0 == 0 || block.1 == 0 || u32::try_from(table.expected()).is_err() {
            return None;
        }
        let BlockTable { coding, offsets, counts, tiled, planes, .. } = table;
        let plain = matches!(coding.photometric, Some(1 | 2)) && coding.fill_order == 1;
        let kind = SampleType::of(expected.dtype, coding.format?, coding.bits?).filter(|_| plain)?;
        let codec = Codec::of(coding.compression)?;
        let real = matches!(kind, SampleType::F32 | SampleType::F64);
        let predictor = match coding.predictor {
            // TIFF has predictors for these compressions only; libtiff takes no notice of the tag elsewhere.
            _ if codec == Codec::None => Predictor::None,
            1 => Predictor::None,
            2 => Predictor::Horizontal,
            3 if real => Predictor::Float,
            _ => return None,
        };
        Some(Structure {
            rows,
            cols,
            block_rows: block.0,
            block_cols: block.1,
            tiled,
            planar: planes > 1,
            samples,
            kind,
            codec,
            predictor,
            little: coding.little,
            places: offsets.into_iter().zip(counts).collect(),
        })
    }

    /// Rows and columns of block `index` that lie in the image.
    pub fn used(&self, index: usize) -> (usize, usize) {
        let window = Frame::stored(self).window(index);
        (window.rows, window.cols)
    }

    /// Blocks of one plane.
    pub fn per_plane(&self) -> usize {
        Frame::stored(self).count()
    }

    /// Samples per pixel in one stored block.
    pub fn stride(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes of a stored row of a block.
    pub fn row_bytes(&self) -> usize {
        self.block_cols * self.stride() * self.kind.bytes()
    }

    /// Bytes a stored block unpacks to: tiles are whole, the last strip is cut.
    pub fn unpacked(&self, index: usize) -> usize {
        let rows = if self.tiled { self.block_rows } else { self.used(index).0 };
        rows * self.row_bytes()
    }
}
