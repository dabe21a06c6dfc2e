//! Reading GeoTIFFs block by block, without GDAL: each block is unpacked once and kept for the windows that share it.
//!
//! In: a file whose metadata GDAL has read. Out: windows of 32-bit reals with a quality per pixel, bit by bit what GDAL and
//! the rules of the image source give. What is not read here (JPEG, LERC, odd bit depths, internal masks, any structure that
//! is not whole) is left to GDAL, and so is each block that cannot be unpacked, which GDAL then has the last word on.

mod block;
mod cache;
mod codec;
mod decode;
mod frame;
mod judge;
mod predictor;
mod structure;

pub use cache::{BlockCache, Decoded};
pub use judge::Rules;
pub use structure::Expected;

use super::tiff_layout::read_layout;
use crate::grid::Window;
use crate::raster::Pixels;
use block::{Block, Part, Target};
use cache::Layer;
use codec::{Codec, Source};
use decode::{Want, decode};
use frame::Frame;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use structure::Structure;

/// Blocks looked up at once, and their decoded bytes: held by a reading thread even where the cache lets them go.
const BATCH_BLOCKS: usize = 256;
const BATCH_BYTES: usize = 16 << 20;

/// Side of the squares kept of much larger blocks, pixels.
const CELL: usize = 512;

/// A compressed block smaller than its content by this factor holds one value from end to end: Deflate at its best makes 1000 of it, and
/// the calmest water with noise under 10.
const ONE_VALUE: usize = 200;

/// A GeoTIFF read block by block.
pub struct BlockFile {
    source: Source,
    header: Vec<Range<u64>>,
    structure: Structure,
    rules: Rules,
    cache: Arc<BlockCache>,
    /// Choices of bands read so far, each with its number in the cache: blocks hold only the bands of their choice.
    layers: Mutex<Vec<(Vec<usize>, [u32; 2])>>,
}

impl BlockFile {
    /// Opens a file; `None` when it is not one of those read here.
    pub fn open(path: &Path, expected: &Expected, rules: Rules, cache: Arc<BlockCache>) -> Option<BlockFile> {
        let mut layout = read_layout(path).ok()??;
        let header = std::mem::take(&mut layout.header);
        let structure = Structure::new(layout, expected)?;
        if rules.nodata.len() != structure.samples || rules.alpha.is_some_and(|a| a >= structure.samples) {
            return None;
        }
        let source = Source::new(std::fs::File::open(path).ok()?).ok()?;
        Some(BlockFile { source, header, structure, rules, cache, layers: Mutex::default() })
    }

    /// The parts of the file that what was read so far rests on: header, directories and the blocks read.
    pub fn bytes_used(&self) -> Vec<Range<u64>> {
        let blocks = self.source.read().into_iter().map(|(at, bytes)| at..at + bytes);
        self.header.iter().cloned().chain(blocks).collect()
    }

    /// `false` where every block that a window of the image touches was never written, or is so small that it can hold but one value:
    /// told from the table of blocks alone.
    pub fn may_show(&self, inside: Window) -> bool {
        let s = &self.structure;
        Frame::stored(s).touched(inside).any(|index| {
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
        for number in layers.drain(..).flat_map(|l| l.1) {
            self.cache.forget(number);
        }
    }

    /// Numbers in the cache of a choice of bands: of its blocks, and of cells of them.
    fn numbers(&self, bands: &[usize]) -> [u32; 2] {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, numbers)) = layers.iter().find(|(b, _)| b == bands) {
            return *numbers;
        }
        let numbers = [self.cache.layer(), self.cache.layer()];
        layers.push((bands.to_vec(), numbers));
        numbers
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
        let want = Want { rules: &self.rules, bands, spare: &self.cache.spare };
        let [blocks, cells] = self.numbers(bands);
        // Of blocks much larger than a cell (strips as wide as the image) statistics want a small part, again and again.
        let in_cells = s.block_rows.max(s.block_cols) >= 2 * CELL && self.cache.sampling();
        let mut missing = Vec::new();
        if !in_cells {
            missing.push(inside);
        } else {
            let layer = Layer { number: cells, count: Frame::cells(s).count(), fleeting: false };
            let cell = |index: usize| self.cell(index, blocks, want);
            self.each(Frame::cells(s), layer, want, inside, &cell, &mut |cell, _, part| match cell {
                Some(cell) => cell.copy(part.moved(at), &mut target),
                None => missing.push(part.window(inside)),
            });
        }
        let mut damaged = Vec::new();
        for inside_now in missing {
            let offset = ((inside_now.row - inside.row) as usize + at.0, (inside_now.col - inside.col) as usize + at.1);
            self.blocks(blocks, false, want, inside_now, &mut |block, place, part| match block {
                Some(block) => block.copy(part.moved(offset), &mut target),
                None => damaged.push(place),
            });
        }
        damaged
    }

    /// Calls `found` for every stored block that a window touches, with its row and column; `None` for a damaged one.
    fn blocks(
        &self,
        number: u32,
        fleeting: bool,
        want: Want,
        inside: Window,
        found: &mut dyn FnMut(Option<&Block>, (usize, usize), Part),
    ) {
        let (s, frame) = (&self.structure, Frame::stored(&self.structure));
        let layer = Layer { number, count: frame.count(), fleeting };
        let make = |index: usize| {
            self.cache.count(frame.pixels(index) * want.bands.len() * s.kind.bytes());
            decode(&self.source, s, want, index)
        };
        self.each(frame, layer, want, inside, &make, &mut |block, index, part| {
            found(block, (index / frame.across(), index % frame.across()), part);
        });
    }

    /// A cell put together from the blocks it touches; `None` where one of them is damaged.
    fn cell(&self, index: usize, blocks: u32, want: Want) -> Option<Block> {
        let window = Frame::cells(&self.structure).window(index);
        let mut cell = Some(Block::blank(self.structure.kind, want.bands.len(), (window.rows, window.cols)));
        self.blocks(blocks, true, want, window, &mut |block, _, part| match (block, &mut cell) {
            (Some(block), Some(cell)) => cell.take(block, part),
            _ => cell = None,
        });
        cell.map(Block::whole)
    }

    /// Calls `found` for every block of a frame that a window touches: made, or kept since another call made it. Parts go to the window's
    /// own corner.
    fn each(
        &self,
        frame: Frame,
        layer: Layer,
        want: Want,
        inside: Window,
        make: &dyn Fn(usize) -> Option<Block>,
        found: &mut dyn FnMut(Option<&Block>, usize, Part),
    ) {
        let sample_bytes = want.bands.len() * self.structure.kind.bytes();
        let (mut batch, mut slots, mut bytes) = (Vec::new(), Vec::new(), 0);
        let mut flush = |batch: &mut Vec<(u32, usize)>| {
            slots.clear();
            self.cache.slots(layer, batch, &mut slots);
            for (&(index, _), slot) in batch.iter().zip(&slots) {
                let index = index as usize;
                found(slot.get_or_init(|| make(index)).as_ref(), index, frame.part(index, inside));
            }
            batch.clear();
        };
        for index in frame.touched(inside) {
            let more = frame.pixels(index) * sample_bytes;
            if batch.len() == BATCH_BLOCKS || (bytes + more > BATCH_BYTES && !batch.is_empty()) {
                flush(&mut batch);
                bytes = 0;
            }
            batch.push((index as u32, more));
            bytes += more;
        }
        flush(&mut batch);
    }
}

impl Drop for BlockFile {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests;
