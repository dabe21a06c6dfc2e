//! Unpacking one block.
//!
//! In: packed bytes. Out: exactly the bytes a block has, or nothing: a block that is short is damaged.
//!
//! # Source
//! TIFF 6.0 (Adobe 1992), section 13 (LZW); Adobe technical note 3 (Deflate); libtiff for compression 50000 (Zstandard).

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Compressions unpacked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Lzw,
    Deflate,
    Zstd,
}

impl Codec {
    /// From TIFF's number.
    pub fn of(compression: u64) -> Option<Codec> {
        Some(match compression {
            1 => Codec::None,
            5 => Codec::Lzw,
            8 | 32946 => Codec::Deflate,
            50000 => Codec::Zstd,
            _ => return None,
        })
    }
}

/// Scratch larger than this is given back after use, so that one huge strip does not stay in memory for good.
const MOST_KEPT: usize = 32 << 20;

/// What a thread keeps between blocks.
#[derive(Default)]
pub(super) struct Unpacker {
    packed: Vec<u8>,
    unpacked: Vec<u8>,
    deflate: Option<libdeflater::Decompressor>,
    lzw: Option<weezl::decode::Decoder>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

impl Unpacker {
    /// The `wanted` bytes that the block at `(offset, bytes)` of the file unpacks to.
    pub fn unpack(&mut self, file: &Source, place: (u64, u64), codec: Codec, wanted: usize) -> Option<&mut [u8]> {
        let (offset, bytes) = place;
        if offset == 0 || offset.checked_add(bytes)? > file.bytes {
            return None;
        }
        file.note(place);
        let bytes = usize::try_from(bytes).ok()?;
        if self.unpacked.len() < wanted {
            self.unpacked.resize(wanted, 0);
        }
        let out = &mut self.unpacked[..wanted];
        if codec == Codec::None {
            // Longer blocks are padding of some writers.
            if bytes < wanted {
                return None;
            }
            file.read_at(out, offset).ok()?;
            return Some(out);
        }
        if self.packed.len() < bytes {
            self.packed.resize(bytes, 0);
        }
        let packed = &mut self.packed[..bytes];
        file.read_at(packed, offset).ok()?;
        let got = match codec {
            Codec::None => None,
            Codec::Deflate => {
                let tool = self.deflate.get_or_insert_with(libdeflater::Decompressor::new);
                tool.zlib_decompress(packed, out).ok()
            }
            Codec::Lzw => {
                let new = || weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
                let tool = self.lzw.get_or_insert_with(new);
                tool.reset();
                unpack_lzw(tool, packed, out)
            }
            Codec::Zstd => {
                if self.zstd.is_none() {
                    self.zstd = zstd::bulk::Decompressor::new().ok();
                }
                self.zstd.as_mut()?.decompress_to_buffer(packed, out).ok()
            }
        };
        (got == Some(wanted)).then_some(out)
    }

    /// Gives back what an unusually large block needed.
    pub fn tidy(&mut self) {
        for buffer in [&mut self.packed, &mut self.unpacked] {
            if buffer.capacity() > MOST_KEPT {
                *buffer = Vec::new();
            }
        }
    }
}

fn unpack_lzw(tool: &mut weezl::decode::Decoder, packed: &[u8], out: &mut [u8]) -> Option<usize> {
    let (mut read, mut written) = (0, 0);
    loop {
        let step = tool.decode_bytes(&packed[read..], &mut out[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        let stuck = step.consumed_in == 0 && step.consumed_out == 0;
        match step.status.ok()? {
            weezl::LzwStatus::Ok if written < out.len() && !stuck => {}
            _ => return Some(written),
        }
    }
}

/// A file read at positions by several threads.
pub(super) struct Source {
    #[cfg(unix)]
    file: File,
    #[cfg(not(unix))]
    file: Mutex<File>,
    bytes: u64,
    /// Offset and bytes of the blocks read so far.
    read: Mutex<BTreeSet<(u64, u64)>>,
}

impl Source {
    pub fn new(file: File) -> io::Result<Source> {
        let bytes = file.metadata()?.len();
        #[cfg(not(unix))]
        let file = Mutex::new(file);
        Ok(Source { file, bytes, read: Mutex::default() })
    }

    fn note(&self, place: (u64, u64)) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
    }

    /// Offset and bytes of the blocks read so far, in the order of the file.
    pub fn read(&self) -> Vec<(u64, u64)> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    #[cfg(unix)]
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, into, at)
    }

    #[cfg(not(unix))]
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(into)
    }
}
