//! What workers do: cut a window into blocks, reduce and compress those that are whole.

use super::deflate;
use super::gather::{Gather, Part, Pixels};
use super::pyramid::{BLOCK, BlockId, Level, halved};
use super::reduce::{Reduction, halve};
use super::sample::Sample;
use crate::grid::Window;
use ndarray::ArrayView2;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    /// Memory to work in: the bytes of a block and its stream. To get and clear it anew for every block took a tenth of the time.
    static BUFFERS: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// Turns pixels into blocks of a file; shared by all workers, without state.
#[derive(Clone)]
pub struct CogEncoder<T> {
    levels: Arc<[Level]>,
    nodata: T,
    reduction: Reduction,
}

/// What a window became: compressed blocks, and pixels of blocks that other windows share.
pub struct Piece<T> {
    pub(super) blocks: Vec<(BlockId, Content<T>)>,
    pub(super) parts: Vec<(BlockId, Part<T>)>,
}

/// A compressed block.
pub enum Content<T> {
    /// One value in all pixels.
    Uniform(T),
    /// Its stream.
    Stream(Vec<u8>),
}

/// A block whose last pixels have come, to be compressed.
pub struct RawBlock<T> {
    id: BlockId,
    values: Vec<T>,
}

impl<T: Sample> CogEncoder<T> {
    pub(super) fn new(levels: &[Level], nodata: T, reduction: Reduction) -> CogEncoder<T> {
        CogEncoder { levels: levels.into(), nodata, reduction }
    }

    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// `true` where pixels are stored as differences.
    pub(super) fn differences(&self) -> bool {
        self.reduction == Reduction::Mean
    }

    /// Cuts, reduces and compresses a window of the image. Windows must not overlap; those whose sides are multiples of the
    /// block (512 pixels) are compressed here, of others the parts of blocks are handed on.
    ///
    /// # Shapes
    /// `values` has the rows and columns of `window`, which lies inside the image.
    pub fn encode(&self, window: Window, values: ArrayView2<T>) -> Piece<T> {
        let values = values.as_standard_layout();
        let mut piece = Piece { blocks: Vec::new(), parts: Vec::new() };
        let Some(data) = values.as_slice() else { return piece };
        let pixels = Pixels::new(data, window.rows, window.cols);
        let mut gather = Gather::new();
        for block in self.levels[0].touched(window) {
            let whole = self.levels[0].window(block);
            let Some(inner) = window.intersect(&whole) else { continue };
            let (id, part) = (BlockId { level: 0, block }, pixels.part(window, inner));
            if inner == whole {
                self.settle(id, part, &mut gather, &mut piece);
            } else {
                piece.parts.push((id, Part { window: inner, values: part.copied() }));
            }
        }
        piece.parts.extend(gather.into_parts());
        piece
    }

    /// Compresses a block that [`super::CogWriter::put`] gave back.
    pub fn encode_block(&self, block: &RawBlock<T>) -> Piece<T> {
        let mut piece = Piece { blocks: Vec::new(), parts: Vec::new() };
        let mut gather = Gather::new();
        let window = self.levels[block.id.level].window(block.id.block);
        self.settle(block.id, Pixels::new(&block.values, window.rows, window.cols), &mut gather, &mut piece);
        piece.parts.extend(gather.into_parts());
        piece
    }

    /// Compresses a whole block, and those of the overviews that become whole with it.
    fn settle(&self, id: BlockId, pixels: Pixels<T>, gather: &mut Gather<T>, piece: &mut Piece<T>) {
        piece.blocks.push((id, self.content(pixels)));
        let Some(level) = self.levels.get(id.level + 1) else { return };
        // Halves of blocks lie in one block: its side is even.
        let window = halved(self.levels[id.level].window(id.block));
        let Some(block) = level.touched(window).next() else { return };
        let id = BlockId { level: id.level + 1, block };
        let values = halve(&pixels, self.reduction, self.nodata);
        if let Some(values) = gather.add(id, *level, Part { window, values }) {
            let whole = level.window(block);
            self.settle(id, Pixels::new(&values, whole.rows, whole.cols), gather, piece);
        }
    }

    fn content(&self, pixels: Pixels<T>) -> Content<T> {
        match pixels.uniform() {
            Some(value) => Content::Uniform(value),
            None => Content::Stream(self.stream(pixels)),
        }
    }

    /// The stream of a block; beyond the edge of the image its last row and column are repeated.
    pub(super) fn stream(&self, pixels: Pixels<T>) -> Vec<u8> {
        BUFFERS.with_borrow_mut(|(bytes, buffer)| self.stream_with(pixels, bytes, buffer))
    }

    fn stream_with(&self, pixels: Pixels<T>, bytes: &mut Vec<u8>, buffer: &mut Vec<u8>) -> Vec<u8> {
        let row_bytes = BLOCK * T::BYTES;
        bytes.resize(BLOCK * row_bytes, 0);
        let mut padded = Vec::with_capacity(BLOCK);
        for (i, out) in bytes.chunks_exact_mut(row_bytes).enumerate() {
            let row = pixels.row(i.min(pixels.rows - 1));
            if row.len() == BLOCK {
                T::store(row, self.differences(), out);
            } else if let Some(last) = row.last() {
                padded.clear();
                padded.extend_from_slice(row);
                padded.resize(BLOCK, *last);
                T::store(&padded, self.differences(), out);
            }
        }
        deflate::zlib(bytes, T::BYTES, row_bytes, buffer)
    }
}

impl<T> RawBlock<T> {
    pub(super) fn new(id: BlockId, values: Vec<T>) -> RawBlock<T> {
        RawBlock { id, values }
    }
}
