//! What the one taking thread does: spool blocks, keep parts until a block is whole, and put the file together.

use super::super::write_error::WriteError;
use super::encoder::{CogEncoder, Content, Piece, RawBlock};
use super::gather::{Gather, Pixels};
use super::layout::{Directory, Field, Head};
use super::pyramid::{BLOCK, Level, levels};
use super::reduce::Reduction;
use super::sample::Sample;
use super::template::{RasterSpec, Template};
use crate::grid::Window;
use ndarray::ArrayView2;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Bytes that wait before they are written.
const BUFFER: usize = 1 << 18;

/// A raster being written.
pub struct CogWriter<T> {
    encoder: CogEncoder<T>,
    template: Template,
    palette: bool,
    spool: BufWriter<File>,
    spooled: u64,
    /// Where the blocks of each level are; `None` for one that has not come.
    places: Vec<Vec<Option<Place<T>>>>,
    gather: Gather<T>,
    /// Named in errors before there is a file.
    path: PathBuf,
}

#[derive(Clone, Copy)]
enum Place<T> {
    Spool { at: u64, bytes: u32 },
    Uniform(T),
}

impl<T: Sample> CogWriter<T> {
    /// Starts a raster; its scratch file, which has no name, lies in `folder`.
    pub fn create(folder: &Path, spec: &RasterSpec) -> Result<CogWriter<T>, WriteError> {
        let path = folder.join(spec.name);
        let levels = levels(spec.grid.rows, spec.grid.cols);
        let palette = !spec.palette.is_empty();
        let reduction = if palette { Reduction::First } else { Reduction::Mean };
        let scratch = tempfile::tempfile_in(folder).map_err(|e| WriteError::io(folder, &e))?;
        Ok(CogWriter {
            template: Template::new::<T>(spec, &path)?,
            palette,
            spool: BufWriter::with_capacity(BUFFER, scratch),
            spooled: 0,
            places: levels.iter().map(|l| vec![None; l.blocks()]).collect(),
            gather: Gather::new(),
            encoder: CogEncoder::new(&levels, T::of(spec.nodata), reduction),
            path,
        })
    }

    /// What workers encode windows with.
    pub fn encoder(&self) -> CogEncoder<T> {
        self.encoder.clone()
    }

    /// Takes what a window became. Blocks whose last pixels came with it are given back: pass them to
    /// [`CogEncoder::encode_block`] and what comes of that to `put`, until none are left.
    pub fn put(&mut self, piece: Piece<T>) -> Result<Vec<RawBlock<T>>, WriteError> {
        for (id, content) in piece.blocks {
            let place = match content {
                Content::Uniform(value) => Place::Uniform(value),
                Content::Stream(bytes) => {
                    self.spool.write_all(&bytes).map_err(|e| WriteError::io(&self.path, &e))?;
                    let place = Place::Spool { at: self.spooled, bytes: bytes.len() as u32 };
                    self.spooled += bytes.len() as u64;
                    place
                }
            };
            self.places[id.level][id.block] = Some(place);
        }
        let levels = self.encoder.levels();
        let whole = piece.parts.into_iter().filter_map(|(id, part)| {
            let values = self.gather.add(id, levels[id.level], part)?;
            Some(RawBlock::new(id, values))
        });
        Ok(whole.collect())
    }

    /// [`CogWriter::put`], compressing here what it gives back.
    pub fn put_all(&mut self, piece: Piece<T>) -> Result<(), WriteError> {
        let mut due = self.put(piece)?;
        while let Some(block) = due.pop() {
            let piece = self.encoder.encode_block(&block);
            due.extend(self.put(piece)?);
        }
        Ok(())
    }

    /// Encodes and takes a window.
    pub fn write(&mut self, window: Window, values: ArrayView2<T>) -> Result<(), WriteError> {
        let piece = self.encoder.encode(window, values);
        self.put_all(piece)
    }

    /// Puts the file together. `target` appears whole or not at all; the scratch file goes in any case.
    pub fn finish(mut self, target: &Path) -> Result<(), WriteError> {
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(".part");
        let part = target.with_file_name(name);
        let made = self.assemble(&part).and_then(|()| std::fs::rename(&part, target));
        made.map_err(|e| {
            // What is left of it is of no use to anyone; that it cannot be removed would hide the reason.
            let _ = std::fs::remove_file(&part);
            WriteError::io(target, &e)
        })
    }

    fn assemble(&mut self, part: &Path) -> io::Result<()> {
        self.spool.flush()?;
        let mut uniform: BTreeMap<T, Vec<u8>> = BTreeMap::new();
        for value in self.places.iter().flatten().filter_map(|p| match p {
            Some(Place::Uniform(value)) => Some(*value),
            _ => None,
        }) {
            uniform.entry(value).or_insert_with(|| {
                let block = vec![value; BLOCK];
                // One row: the rest repeats it, as beyond the edge of an image.
                self.encoder.stream(Pixels::new(&block, 1, BLOCK))
            });
        }
        let directories = self.directories(&uniform)?;
        let head = Head::new(&directories);
        let mut file = BufWriter::with_capacity(BUFFER, File::create(part)?);
        file.write_all(&head.bytes)?;
        let mut spool = self.spool.get_ref();
        // Size, block and last four bytes again, written at once.
        let mut framed = Vec::new();
        for place in self.places.iter().rev().flatten() {
            framed.clear();
            match place {
                Some(Place::Spool { at, bytes }) => {
                    framed.extend_from_slice(&bytes.to_le_bytes());
                    spool.seek(SeekFrom::Start(*at))?;
                    spool.take(u64::from(*bytes)).read_to_end(&mut framed)?;
                }
                Some(Place::Uniform(value)) => {
                    let bytes = uniform.get(value).map_or(&[][..], Vec::as_slice);
                    framed.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
                    framed.extend_from_slice(bytes);
                }
                None => continue,
            }
            framed.extend_from_within(framed.len() - 4..);
            file.write_all(&framed)?;
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        debug_assert!(file.metadata().is_ok_and(|m| m.len() == head.file));
        Ok(())
    }

    /// The directories with the sizes of their blocks, all of which must have come.
    fn directories(&self, uniform: &BTreeMap<T, Vec<u8>>) -> io::Result<Vec<Directory>> {
        let count = |place: &Option<Place<T>>| match place {
            Some(Place::Spool { bytes, .. }) => Ok(*bytes),
            Some(Place::Uniform(value)) => Ok(uniform.get(value).map_or(0, |b| b.len() as u32)),
            None => Err(io::Error::other("pixels are missing")),
        };
        let levels = self.encoder.levels().iter().zip(&self.places).enumerate();
        levels
            .map(|(k, (level, places))| {
                Ok(Directory {
                    fields: self.fields(k, *level),
                    counts: places.iter().map(count).collect::<io::Result<_>>()?,
                })
            })
            .collect()
    }

    fn fields(&self, k: usize, level: Level) -> Vec<Field> {
        let mut fields = vec![
            Field::long(256, level.cols as u32),
            Field::long(257, level.rows as u32),
            Field::short(258, 8 * T::BYTES as u16),
            // Compression: Adobe Deflate.
            Field::short(259, 8),
            // Photometric interpretation: palette, or black is zero.
            Field::short(262, if self.palette { 3 } else { 1 }),
            Field::short(277, 1),
            Field::short(284, 1),
            Field::short(317, if self.encoder.differences() { 2 } else { 1 }),
            Field::short(322, BLOCK as u16),
            Field::short(323, BLOCK as u16),
            Field::short(339, 1),
        ];
        if k > 0 {
            // New subfile type: a reduced copy.
            fields.push(Field::long(254, 1));
        } else {
            fields.extend(self.template.image.iter().cloned());
        }
        fields.extend(self.template.everywhere.iter().cloned());
        fields
    }
}
