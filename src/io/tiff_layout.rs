//! What a TIFF says of its own structure: directories, and where each block lies in the file.
//!
//! In: a file. Out: plain tables of offsets and byte counts, for checks that need no pixel. Directories are read here and not
//! through the `tiff` crate, whose decoder opens only images it could decode and reads as many tags as a BigTIFF claims to
//! have; a preflight has to answer about every file, in bounded time and memory.
//!
//! # Source
//! TIFF 6.0 (Adobe 1992), sections 2, 3, 8 and 15; BigTIFF as in libtiff 4.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// Directories read of one file: overviews and masks of the largest image number about 30.
const MOST_DIRECTORIES: usize = 256;
/// Tags read of one directory; TIFF itself allows 65,535, images use under 60.
const MOST_TAGS: u64 = 4096;
/// Blocks read of one file, 16 bytes each; 200,000 x 200,000 pixels in tiles of 256 are 0.6 million.
const MOST_BLOCKS: u64 = 8_000_000;

/// What a directory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryRole {
    /// The image at full resolution.
    Image,
    /// A reduced copy.
    Overview,
    /// A validity mask.
    Mask,
    /// A further image in the same file.
    Other,
}

/// How the samples of a directory are stored; what the file does not say has TIFF's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coding {
    /// Least significant byte first.
    pub little: bool,
    /// Compression, TIFF's number.
    pub compression: u64,
    /// Predictor, TIFF's number.
    pub predictor: u64,
    /// Photometric interpretation, TIFF's number; `None` when missing.
    pub photometric: Option<u64>,
    /// Order of bits in a byte, TIFF's number.
    pub fill_order: u64,
    /// Samples per pixel.
    pub samples: u64,
    /// Bits of a sample; `None` when the samples differ.
    pub bits: Option<u64>,
    /// 1 unsigned, 2 signed, 3 real; `None` when the samples differ.
    pub format: Option<u64>,
}

/// Where the blocks of one directory lie.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockTable {
    /// What it is.
    pub role: DirectoryRole,
    /// Rows of the image.
    pub rows: u64,
    /// Columns of the image.
    pub cols: u64,
    /// Rows of a block (a strip or a tile).
    pub block_rows: u64,
    /// Columns of a block.
    pub block_cols: u64,
    /// `true` for tiles, `false` for strips.
    pub tiled: bool,
    /// Planes stored one after the other; 1 when the bands of a pixel lie together.
    pub planes: u64,
    /// How samples are stored.
    pub coding: Coding,
    /// Offset of each block; 0 for one that was never written.
    pub offsets: Vec<u64>,
    /// Bytes of each block; 0 for one that was never written, empty when the file does not say.
    pub counts: Vec<u64>,
}

impl BlockTable {
    /// Blocks per row of blocks.
    pub fn across(&self) -> u64 {
        self.cols.div_ceil(self.block_cols.max(1))
    }

    /// Blocks per column of blocks.
    pub fn down(&self) -> u64 {
        self.rows.div_ceil(self.block_rows.max(1))
    }

    /// Blocks the image should have; saturates.
    pub fn expected(&self) -> u64 {
        self.across().saturating_mul(self.down()).saturating_mul(self.planes)
    }

    /// Plane, block row and block column of block `index`.
    pub fn place(&self, index: u64) -> (u64, u64, u64) {
        let per_plane = self.across().saturating_mul(self.down()).max(1);
        let inside = index % per_plane;
        (index / per_plane, inside / self.across().max(1), inside % self.across().max(1))
    }
}

/// A fault of the structure itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutFault {
    /// A directory lies, wholly or in part, beyond the end of the file.
    DirectoryBeyondEnd {
        /// Number of the directory, from 1.
        directory: usize,
    },
    /// The chain of directories comes back to itself.
    Loop {
        /// Number of the directory that points back, from 1.
        directory: usize,
    },
    /// More directories than are read.
    ManyDirectories {
        /// Most read.
        most: usize,
    },
    /// More tags than are read.
    ManyTags {
        /// Number of the directory, from 1.
        directory: usize,
        /// Tags announced.
        found: u64,
        /// Most read.
        most: u64,
    },
    /// A table of offsets or byte counts is missing, cut, or too long to read.
    Table {
        /// Number of the directory, from 1.
        directory: usize,
        /// Blocks announced.
        found: u64,
        /// Blocks the image needs.
        wanted: u64,
    },
}

/// The structure of a TIFF.
#[derive(Clone, Debug, PartialEq)]
pub struct TiffLayout {
    /// 64-bit offsets.
    pub big: bool,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes that say what the image is and where its blocks lie: header, directories and their values, as they were met.
    pub header: Vec<Range<u64>>,
    /// Directories that describe an image, in the file's order.
    pub directories: Vec<BlockTable>,
    /// What is wrong with the structure.
    pub faults: Vec<LayoutFault>,
}

/// Tags of one directory: `(tag, type, count, value or offset field)`.
struct Directory {
    tags: Vec<(u16, u16, u64, [u8; 8])>,
    next: u64,
}

struct Parser<R> {
    file: R,
    little: bool,
    big: bool,
    bytes: u64,
    blocks_left: u64,
    header: Vec<Range<u64>>,
}

/// Bytes of a value of a TIFF type; unknown ones are taken for bytes.
fn type_bytes(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}

impl<R: Read + Seek> Parser<R> {
    fn number(&self, raw: &[u8]) -> u64 {
        let fold = |v: u64, b: &u8| v << 8 | u64::from(*b);
        if self.little { raw.iter().rev().fold(0, fold) } else { raw.iter().fold(0, fold) }
    }

    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut raw = [0u8; N];
        self.file.read_exact(&mut raw)?;
        Ok(raw)
    }

    /// Bytes of a tag's own field, which holds short values and the place of longer ones.
    fn inline(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    fn offset(&mut self) -> io::Result<u64> {
        let raw: [u8; 8] = if self.big {
            self.take()?
        } else {
            let four: [u8; 4] = self.take()?;
            return Ok(self.number(&four));
        };
        Ok(self.number(&raw))
    }

    /// Reads a directory; `Err` holds the number of tags when it announces too many.
    fn directory(&mut self, at: u64) -> io::Result<Result<Directory, u64>> {
        self.file.seek(SeekFrom::Start(at))?;
        let announced = if self.big {
            let raw: [u8; 8] = self.take()?;
            self.number(&raw)
        } else {
            let raw: [u8; 2] = self.take()?;
            self.number(&raw)
        };
        if announced > MOST_TAGS {
            return Ok(Err(announced));
        }
        let mut tags = Vec::with_capacity(announced as usize);
        for _ in 0..announced {
            let head: [u8; 4] = self.take()?;
            let (tag, kind) = (self.number(&head[..2]) as u16, self.number(&head[2..]) as u16);
            let count = self.offset()?;
            let mut field = [0u8; 8];
            self.file.read_exact(&mut field[..self.inline()])?;
            tags.push((tag, kind, count, field));
        }
        // A cut right after the tags loses the pointer, not the directory.
        let next = self.offset().unwrap_or(0);
        let end = self.file.stream_position()?;
        self.header.push(at..end);
        let inline = self.inline();
        for (_, kind, count, field) in &tags {
            let (length, from) = (count.saturating_mul(type_bytes(*kind)), self.number(&field[..inline]));
            if length > inline as u64 && from.checked_add(length).is_some_and(|end| end <= self.bytes) {
                self.header.push(from..from + length);
            }
        }
        Ok(Ok(Directory { tags, next }))
    }

    /// Values of an unsigned tag, at most `most`; `None` when missing, of another type, or not wholly in the file.
    fn values(&mut self, directory: &Directory, tag: u16, most: u64) -> Option<Vec<u64>> {
        let (_, kind, count, field) = *directory.tags.iter().find(|t| t.0 == tag)?;
        if !matches!(kind, 1 | 3 | 4 | 13 | 16 | 18) {
            return None;
        }
        let size = type_bytes(kind);
        let inline = self.inline();
        let length = count.checked_mul(size)?;
        if count > most {
            return None;
        }
        if length <= inline as u64 {
            let raw = &field[..length as usize];
            return Some(raw.chunks(size as usize).map(|c| self.number(c)).collect());
        }
        let at = self.number(&field[..inline]);
        if at.checked_add(length)? > self.bytes {
            return None;
        }
        self.file.seek(SeekFrom::Start(at)).ok()?;
        let mut out = Vec::with_capacity(count as usize);
        let mut raw = [0u8; 8];
        for _ in 0..count {
            self.file.read_exact(&mut raw[..size as usize]).ok()?;
            out.push(self.number(&raw[..size as usize]));
        }
        Some(out)
    }

    fn one(&mut self, directory: &Directory, tag: u16) -> Option<u64> {
        self.values(directory, tag, 64)?.first().copied()
    }

    /// The value all entries of a tag share; `missing` when it is not there, `None` when they differ.
    fn shared(&mut self, directory: &Directory, tag: u16, missing: u64) -> Option<u64> {
        let Some(values) = self.values(directory, tag, MOST_TAGS) else { return Some(missing) };
        let first = *values.first()?;
        values.iter().all(|v| *v == first).then_some(first)
    }

    fn coding(&mut self, d: &Directory, samples: u64) -> Coding {
        Coding {
            little: self.little,
            compression: self.one(d, 259).unwrap_or(1),
            predictor: self.one(d, 317).unwrap_or(1),
            photometric: self.one(d, 262),
            fill_order: self.one(d, 266).unwrap_or(1),
            samples,
            bits: self.shared(d, 258, 1),
            format: self.shared(d, 339, 1),
        }
    }

    /// The block table of a directory; `None` when it describes no image.
    fn table(&mut self, d: &Directory, number: usize, faults: &mut Vec<LayoutFault>) -> Option<BlockTable> {
        let (cols, rows) = (self.one(d, 256)?, self.one(d, 257)?);
        let kind = self.one(d, 254).unwrap_or(0);
        let role = match (kind & 4 != 0, kind & 1 != 0, number) {
            (true, ..) => DirectoryRole::Mask,
            (_, true, _) => DirectoryRole::Overview,
            (_, _, 1) => DirectoryRole::Image,
            _ => DirectoryRole::Other,
        };
        let tiled = d.tags.iter().any(|t| t.0 == 324);
        let samples = self.one(d, 277).unwrap_or(1).max(1);
        let planes = if self.one(d, 284) == Some(2) { samples } else { 1 };
        let (block_cols, block_rows) = if tiled {
            (self.one(d, 322).unwrap_or(cols), self.one(d, 323).unwrap_or(rows))
        } else {
            (cols, self.one(d, 278).unwrap_or(rows).min(rows))
        };
        let (offset_tag, count_tag) = if tiled { (324, 325) } else { (273, 279) };
        let most = self.blocks_left;
        let offsets = self.values(d, offset_tag, most);
        let counts = self.values(d, count_tag, most);
        // Old files have no byte counts at all; a table that is announced but cannot be read is a fault.
        let counts_lost = counts.is_none() && d.tags.iter().any(|t| t.0 == count_tag);
        let announced = d.tags.iter().find(|t| t.0 == offset_tag).map_or(0, |t| t.2);
        let mut table = BlockTable {
            role,
            rows,
            cols,
            block_rows,
            block_cols,
            tiled,
            planes,
            coding: self.coding(d, samples),
            offsets: offsets.unwrap_or_default(),
            counts: counts.unwrap_or_default(),
        };
        self.blocks_left -= table.offsets.len() as u64;
        let (found, wanted) = (table.offsets.len() as u64, table.expected());
        if found < wanted {
            faults.push(LayoutFault::Table { directory: number, found: found.min(announced), wanted });
        } else if counts_lost {
            faults.push(LayoutFault::Table { directory: number, found: 0, wanted });
        }
        // Longer tables are padding of some writers.
        table.offsets.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        table.counts.truncate(table.offsets.len());
        Some(table)
    }
}

/// Reads the structure of a TIFF; `None` for a file that does not begin as one.
///
/// # Errors
/// The file cannot be opened or its first bytes cannot be read; every later fault is part of the answer.
pub fn read_layout(path: &Path) -> io::Result<Option<TiffLayout>> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    parse(BufReader::new(file), bytes)
}

/// As [`read_layout`], of any stream of `bytes` bytes.
fn parse<R: Read + Seek>(file: R, bytes: u64) -> io::Result<Option<TiffLayout>> {
    let mut p = Parser { file, little: true, big: false, bytes, blocks_left: MOST_BLOCKS, header: Vec::new() };
    if bytes < 8 {
        return Ok(None);
    }
    let magic: [u8; 4] = p.take()?;
    p.little = magic[0] == b'I';
    p.big = match (&magic[..2], p.number(&magic[2..])) {
        (b"II" | b"MM", 42) => false,
        (b"II" | b"MM", 43) => true,
        _ => return Ok(None),
    };
    if p.big {
        let _: [u8; 4] = p.take()?;
    }
    let mut out =
        TiffLayout { big: p.big, file_bytes: bytes, header: Vec::new(), directories: Vec::new(), faults: Vec::new() };
    let Ok(mut at) = p.offset() else { return Ok(Some(out)) };
    p.header.push(0..p.file.stream_position()?);
    let mut seen = std::collections::BTreeSet::new();
    for directory in 1.. {
        if at == 0 {
            break;
        }
        if directory > MOST_DIRECTORIES {
            out.faults.push(LayoutFault::ManyDirectories { most: MOST_DIRECTORIES });
            break;
        }
        if !seen.insert(at) {
            out.faults.push(LayoutFault::Loop { directory: directory - 1 });
            break;
        }
        match p.directory(at) {
            Err(_) => {
                out.faults.push(LayoutFault::DirectoryBeyondEnd { directory });
                break;
            }
            Ok(Err(found)) => {
                out.faults.push(LayoutFault::ManyTags { directory, found, most: MOST_TAGS });
                break;
            }
            Ok(Ok(d)) => {
                out.directories.extend(p.table(&d, directory, &mut out.faults));
                at = d.next;
            }
        }
    }
    out.header = p.header;
    Ok(Some(out))
}

#[cfg(test)]
mod tests;
