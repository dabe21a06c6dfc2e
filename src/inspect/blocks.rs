//! Whether every block of a TIFF lies where the file says it does. Pure.

use crate::io::tiff_layout::{BlockTable, DirectoryRole, LayoutFault, TiffLayout};
use serde::Serialize;

/// Blocks named one by one; the rest are counted.
const NAMED: usize = 10;

/// What the tables of offsets say against the length of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BlockCheck {
    /// 64-bit offsets.
    pub bigtiff: bool,
    /// Tiles or strips.
    pub tiled: bool,
    /// Blocks of the full-resolution image, all planes.
    pub blocks: u64,
    /// Blocks never written: legitimate, read as nodata.
    pub sparse: u64,
    /// Blocks of the image that end beyond the file, or have no entry at all.
    pub truncated: u64,
    /// The first of them: plane, block row, block column.
    pub first_truncated: Vec<(u64, u64, u64)>,
    /// Blocks that share some but not all of their bytes with another: pixels of one are read as the other's.
    pub overlapping: u64,
    /// The first of them.
    pub first_overlapping: Vec<(u64, u64, u64)>,
    /// Blocks of masks that end beyond the file.
    pub truncated_mask: u64,
    /// Blocks of overviews that end beyond the file; tuban does not read overviews.
    pub truncated_overview: u64,
    /// Faults of the structure itself, as text.
    pub faults: Vec<String>,
}

impl BlockCheck {
    /// Truncated blocks of the image, percent.
    pub fn truncated_percent(&self) -> f64 {
        self.truncated as f64 * 100.0 / self.blocks.max(1) as f64
    }
}

/// Positions of the blocks of a table that end beyond the file or have no entry.
fn truncated(table: &BlockTable, file_bytes: u64) -> (u64, Vec<(u64, u64, u64)>) {
    let expected = table.expected();
    let (mut count, mut first) = (0u64, Vec::new());
    for (i, &offset) in table.offsets.iter().enumerate() {
        let bytes = table.counts.get(i).copied();
        let beyond = match bytes {
            Some(0) => false,
            Some(n) => offset != 0 && offset.checked_add(n).is_none_or(|end| end > file_bytes),
            // Without byte counts only the beginning is known.
            None => offset >= file_bytes,
        };
        if beyond {
            count += 1;
            if first.len() < NAMED {
                first.push(table.place(i as u64));
            }
        }
    }
    let missing = expected.saturating_sub(table.offsets.len() as u64);
    if missing > 0 && first.len() < NAMED {
        first.push(table.place(table.offsets.len() as u64));
    }
    (count.saturating_add(missing), first)
}

/// Blocks that overlap another without being the very same bytes (some writers store equal blocks once).
fn overlapping(table: &BlockTable) -> Vec<u64> {
    let mut spans: Vec<(u64, u64, u64)> = (0u64..)
        .zip(table.offsets.iter().zip(&table.counts))
        .filter(|(_, (o, n))| **o != 0 && **n != 0)
        .map(|(i, (o, n))| (*o, o.saturating_add(*n), i))
        .collect();
    spans.sort_unstable();
    let mut out = Vec::new();
    let mut furthest: Option<(u64, u64)> = None;
    for &(start, end, index) in &spans {
        match furthest {
            Some((s, e)) if start < e && (s, e) != (start, end) => out.push(index),
            _ => {}
        }
        if furthest.is_none_or(|(_, e)| end > e) {
            furthest = Some((start, end));
        }
    }
    out
}

fn fault(fault: &LayoutFault) -> String {
    match fault {
        LayoutFault::DirectoryBeyondEnd { directory } => {
            format!("directory {directory} lies beyond the end of the file")
        }
        LayoutFault::Loop { directory } => format!("the chain of directories loops after directory {directory}"),
        LayoutFault::ManyDirectories { most } => format!("more than {most} directories"),
        LayoutFault::ManyTags { directory, found, most } => {
            format!("directory {directory} announces {found} tags, {most} are plausible")
        }
        LayoutFault::Table { directory, found, wanted } => {
            format!("directory {directory} has a table of {found} blocks where {wanted} are needed")
        }
    }
}

/// Checks every block of a file.
pub fn check_blocks(layout: &TiffLayout) -> BlockCheck {
    let faults = layout.faults.iter().map(fault).collect();
    let mut out = BlockCheck { bigtiff: layout.big, faults, ..BlockCheck::default() };
    for (i, table) in layout.directories.iter().enumerate() {
        let (count, first) = truncated(table, layout.file_bytes);
        match table.role {
            _ if i == 0 => {
                out.tiled = table.tiled;
                out.blocks = table.expected();
                out.sparse =
                    table.counts.iter().zip(&table.offsets).filter(|(n, o)| **n == 0 || **o == 0).count() as u64;
                (out.truncated, out.first_truncated) = (count, first);
                let across = overlapping(table);
                out.overlapping = across.len() as u64;
                out.first_overlapping = across.iter().take(NAMED).map(|k| table.place(*k)).collect();
            }
            DirectoryRole::Mask => out.truncated_mask = out.truncated_mask.saturating_add(count),
            _ => out.truncated_overview = out.truncated_overview.saturating_add(count),
        }
    }
    out
}
