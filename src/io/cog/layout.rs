//! The head of the file: header, GDAL's promises, directories, and where each block will lie.
//!
//! # Source
//! TIFF 6.0, section 2; BigTIFF as in libtiff 4; GDAL's COG driver, "Header ghost area".

/// What the file promises to readers that know GDAL's layout; [`Head::new`] and [`super::CogWriter::finish`] keep it.
const PROMISES: &str = "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
                        BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";
/// Bytes before a block: its size.
pub const LEADER: u64 = 4;
/// Bytes after a block: its last four again.
pub const TRAILER: u64 = 4;

/// Types of values.
pub const SHORT: u16 = 3;
pub const LONG: u16 = 4;
pub const LONG8: u16 = 16;

const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;

/// A field of a directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub tag: u16,
    pub kind: u16,
    pub count: u64,
    /// Its values, lowest byte first.
    pub bytes: Vec<u8>,
}

impl Field {
    pub fn short(tag: u16, value: u16) -> Field {
        Field { tag, kind: SHORT, count: 1, bytes: value.to_le_bytes().to_vec() }
    }

    pub fn long(tag: u16, value: u32) -> Field {
        Field { tag, kind: LONG, count: 1, bytes: value.to_le_bytes().to_vec() }
    }

    fn longs(tag: u16, values: &[u32]) -> Field {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Field { tag, kind: LONG, count: values.len() as u64, bytes }
    }

    fn offsets(values: &[u64], big: bool) -> Field {
        if !big {
            let short: Vec<u32> = values.iter().map(|v| *v as u32).collect();
            return Field::longs(TILE_OFFSETS, &short);
        }
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Field { tag: TILE_OFFSETS, kind: LONG8, count: values.len() as u64, bytes }
    }
}

/// One resolution: its fields but for the table of blocks, and the bytes of its blocks.
pub struct Directory {
    pub fields: Vec<Field>,
    pub counts: Vec<u32>,
}

/// The head of a file.
pub struct Head {
    pub bytes: Vec<u8>,
    /// Bytes of the whole file.
    pub file: u64,
}

/// Sizes that differ between TIFF and BigTIFF.
struct Form {
    big: bool,
    header: u64,
    entries: u64,
    entry: u64,
    pointer: u64,
}

impl Form {
    fn new(big: bool) -> Form {
        let [header, entries, entry, pointer] = if big { [16, 8, 20, 8] } else { [8, 2, 12, 4] };
        Form { big, header, entries, entry, pointer }
    }

    /// A count or an offset, in as many bytes as the form has for it.
    fn number(&self, value: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(&value.to_le_bytes()[..self.pointer as usize]);
    }

    fn directory_bytes(&self, fields: usize) -> u64 {
        self.entries + self.entry * fields as u64 + self.pointer
    }

    /// Bytes of a directory with what does not fit into its entries.
    fn bytes(&self, fields: &[Field]) -> u64 {
        let outside = |f: &Field| if f.bytes.len() as u64 > self.pointer { even(f.bytes.len() as u64) } else { 0 };
        even(self.directory_bytes(fields.len())) + fields.iter().map(outside).sum::<u64>()
    }

    fn write(&self, fields: &[Field], last: bool, out: &mut Vec<u8>) {
        let start = out.len() as u64;
        let mut outside = start + even(self.directory_bytes(fields.len()));
        let mut data = Vec::new();
        out.extend_from_slice(&(fields.len() as u64).to_le_bytes()[..self.entries as usize]);
        for field in fields {
            out.extend_from_slice(&field.tag.to_le_bytes());
            out.extend_from_slice(&field.kind.to_le_bytes());
            self.number(field.count, out);
            if field.bytes.len() as u64 > self.pointer {
                self.number(outside, out);
                data.extend_from_slice(&field.bytes);
                data.resize(even(data.len() as u64) as usize, 0);
                outside += even(field.bytes.len() as u64);
            } else {
                out.extend_from_slice(&field.bytes);
                out.resize(out.len() + self.pointer as usize - field.bytes.len(), 0);
            }
        }
        self.number(if last { 0 } else { start + self.bytes(fields) }, out);
        out.resize(even(out.len() as u64) as usize, 0);
        out.extend(data);
    }
}

fn even(n: u64) -> u64 {
    n.next_multiple_of(2)
}

impl Head {
    /// Lays out a file: BigTIFF once it is over 4 GiB. `levels` from the full image to the smallest overview.
    pub fn new(levels: &[Directory]) -> Head {
        let data: u64 = levels.iter().flat_map(|l| &l.counts).map(|n| LEADER + u64::from(*n) + TRAILER).sum();
        let classic = Head::of_form(levels, data, &Form::new(false));
        if classic.file <= u64::from(u32::MAX) { classic } else { Head::of_form(levels, data, &Form::new(true)) }
    }

    fn of_form(levels: &[Directory], data: u64, form: &Form) -> Head {
        let promised = format!("GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{PROMISES}", PROMISES.len());
        let first = even(form.header + promised.len() as u64);
        let with_tables = |level: &Directory, offsets: &[u64]| {
            let mut fields = level.fields.clone();
            fields.push(Field::offsets(offsets, form.big));
            fields.push(Field::longs(TILE_BYTE_COUNTS, &level.counts));
            fields.sort_by_key(|f| f.tag);
            fields
        };
        let sizes = levels.iter().map(|l| form.bytes(&with_tables(l, &vec![0; l.counts.len()])));
        let mut at = first + sizes.sum::<u64>();
        let file = at + data;
        let mut offsets: Vec<Vec<u64>> = Vec::new();
        for level in levels.iter().rev() {
            let place = |n: &u32| {
                let offset = at + LEADER;
                at = offset + u64::from(*n) + TRAILER;
                offset
            };
            offsets.push(level.counts.iter().map(place).collect());
        }
        offsets.reverse();
        let mut bytes = b"II".to_vec();
        if form.big {
            [43u16, 8, 0].iter().for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
        } else {
            bytes.extend_from_slice(&42u16.to_le_bytes());
        }
        form.number(first, &mut bytes);
        bytes.extend_from_slice(promised.as_bytes());
        bytes.resize(first as usize, 0);
        for (k, (level, offsets)) in levels.iter().zip(&offsets).enumerate() {
            form.write(&with_tables(level, offsets), k + 1 == levels.len(), &mut bytes);
        }
        Head { bytes, file }
    }
}
