//! Reading GeoTIFFs block by block, without GDAL: each block is unpacked once and kept for the windows that share it.
//!
//! In: a file whose metadata GDAL has read. Out: windows of 32-bit reals with a quality per pixel, bit by bit what GDAL and
//! the rules of the image source give. What is not read here (JPEG, LERC, odd bit depths, internal masks, any structure that
//! is not whole) is left to GDAL, and so is each block that cannot be unpacked, which GDAL then has the last word on.

mod blocks;
mod cache;
mod codec;
mod predictor;
mod structure;

pub use blocks::Rules;
pub use cache::{BlockCache, Decoded};
pub use structure::Expected;

use super::tiff_layout::read_layout;
use crate::grid::Window;
use crate::raster::Pixels;
use blocks::{Part, Target, Want, decode, decoded_bytes};
use codec::{Codec, Source};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use structure::Structure;

/// Blocks looked up at once, and their decoded bytes: held by a reading thread even where the cache lets them go.
const BATCH_BLOCKS: usize = 256;
const BATCH_BYTES: usize = 16 << 20;

/// A compressed block smaller than its content by this factor holds one value from end to end: Deflate at its best makes 1000 of it, and
/// the calmest water with noise under 10.
const ONE_VALUE: usize = 200;

/// A GeoTIFF read block by block.
pub struct BlockFile {
    source: Source,
    structure: Structure,
    rules: Rules,
    cache: Arc<BlockCache>,
    /// Choices of bands read so far, each with its number in the cache: blocks hold only the bands of their choice.
    layers: Mutex<Vec<(Vec<usize>, u32)>>,
}

impl BlockFile {
    /// Opens a file; `None` when it is not one of those read here.
    pub fn open(path: &Path, expected: &Expected, rules: Rules, cache: Arc<BlockCache>) -> Option<BlockFile> {
        let structure = Structure::new(read_layout(path).ok()??, expected)?;
        if rules.nodata.len() != structure.samples || rules.alpha.is_some_and(|a| a >= structure.samples) {
            return None;
        }
        let source = Source::new(std::fs::File::open(path).ok()?).ok()?;
        Some(BlockFile { source, structure, rules, cache, layers: Mutex::default() })
    }

    /// `false` where every block that a window of the image touches was never written, or is so small that it can hold but one value:
    /// told from the table of blocks alone.
    pub fn may_show(&self, inside: Window) -> bool {
        let s = &self.structure;
        let rows = inside.row as usize / s.block_rows..(inside.row_end() as usize).div_ceil(s.block_rows);
        let cols = inside.col as usize / s.block_cols..(inside.col_end() as usize).div_ceil(s.block_cols);
        rows.flat_map(|i| cols.clone().map(move |j| i * s.across + j)).any(|index| {
            let bytes = s.places[index].1 as usize;
            bytes > 0 && (s.codec == Codec::None || bytes > s.unpacked(index) / ONE_VALUE)
        })
    }

    /// Uses another cache from now on.
    pub fn use_cache(&mut self, cache: Arc<BlockCache>) {
        self.forget();
        self.cache = cache;
    }

    fn forget(&self) {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, layer) in layers.drain(..) {
            self.cache.forget(layer);
        }
    }

    fn layer(&self, bands: &[usize]) -> u32 {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, layer)) = layers.iter().find(|(b, _)| b == bands) {
            return *layer;
        }
        let layer = self.cache.layer();
        layers.push((bands.to_vec(), layer));
        layer
    }

    /// Reads `inside`, which lies in the image, of `bands` (positions in the file, from 0) to position `at` of `out`. Returns
    /// the blocks (row and column) that could not be decoded; their pixels are not touched.
    pub fn read(&self, inside: Window, bands: &[usize], out: &mut Pixels, at: (usize, usize)) -> Vec<(usize, usize)> {
        let s = &self.structure;
        let (rows, cols) = out.shape();
        let (Some(values), Some(quality)) = (out.bands.as_slice_mut(), out.quality.as_slice_mut()) else {
            return Vec::new();
        };
        let mut target = Target { bands: values, quality, rows, cols };
        let layer = self.layer(bands);
        let want = Want { rules: &self.rules, bands, spare: &self.cache.spare };
        let (top, left) = (inside.row as usize, inside.col as usize);
        let (bottom, right) = (top + inside.rows, left + inside.cols);
        let (mut damaged, mut batch, mut slots, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let mut flush = |batch: &mut Vec<(u32, usize)>| {
            slots.clear();
            self.cache.slots(layer, s.per_plane, batch, &mut slots);
            for (&(index, bytes), slot) in batch.iter().zip(&slots) {
                let index = index as usize;
                let (i, j) = (index / s.across, index % s.across);
                let block = slot.get_or_init(|| {
                    self.cache.count(bytes);
                    decode(&self.source, s, want, index)
                });
                let Some(block) = block else {
                    damaged.push((i, j));
                    continue;
                };
                let (row, col) = (i * s.block_rows, j * s.block_cols);
                let (first_row, first_col) = (row.max(top), col.max(left));
                let size = ((row + s.block_rows).min(bottom) - first_row, (col + s.block_cols).min(right) - first_col);
                let part = Part {
                    from: (first_row - row, first_col - col),
                    size,
                    to: (first_row - top + at.0, first_col - left + at.1),
                };
                block.copy(part, &mut target);
            }
            batch.clear();
        };
        for i in top / s.block_rows..bottom.div_ceil(s.block_rows) {
            for j in left / s.block_cols..right.div_ceil(s.block_cols) {
                let index = i * s.across + j;
                let more = decoded_bytes(s, bands.len(), index);
                if batch.len() == BATCH_BLOCKS || (bytes + more > BATCH_BYTES && !batch.is_empty()) {
                    flush(&mut batch);
                    bytes = 0;
                }
                batch.push((index as u32, more));
                bytes += more;
            }
        }
        flush(&mut batch);
        damaged
    }
}

impl Drop for BlockFile {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests;
