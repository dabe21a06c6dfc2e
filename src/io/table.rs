//! Claims tables: xlsx, xls, ods and csv.
//!
//! In: a path. Out: the rows below the header, ids as the text people see, dates as `YYYY-MM-DD`. Geometry only where
//! the table has a WKT column; coordinate columns give a point.

use crate::features::{FieldDef, FieldKind, FieldValue};
use crate::io::vector::encoding;
use crate::io::vector::{VectorError, VectorFile, VectorOptions, geometry_from_columns, given_encoding, shown};
use calamine::{Data, Reader};
use std::path::Path;

/// Rows among which the header is looked for: titles and notes stand above it in office tables.
const HEADER_SEARCH: usize = 20;
/// Largest file, bytes; larger ones are no claims table.
const MAX_BYTES: u64 = 256 << 20;
/// Cells a sheet may announce; Excel's own limit is 1.7e10, mostly of blanks.
const MAX_CELLS: usize = 50_000_000;

/// A cell: its text, or a number that Excel holds as one.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Blank,
    Text(String),
    Number(f64),
}

/// Whether a path is a spreadsheet or csv by its name.
pub fn is_table(path: &Path) -> bool {
    let ext = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    matches!(ext.as_str(), "xlsx" | "xls" | "xlsm" | "xlsb" | "ods" | "csv" | "txt" | "tsv")
}

/// Reads a claims table. `options.layer` names the sheet.
pub fn read_table(path: &Path, options: &VectorOptions<'_>) -> Result<VectorFile, VectorError> {
    let file = shown(path);
    crate::io::init_gdal();
    let meta =
        std::fs::metadata(path).map_err(|e| VectorError::Unreadable { file: file.clone(), why: e.to_string() })?;
    if meta.is_dir() {
        return Err(VectorError::NotATable { file, why: "it is a folder".into() });
    }
    if meta.len() == 0 {
        return Err(VectorError::Empty { file });
    }
    if meta.len() > MAX_BYTES {
        let what = format!("{} MiB", meta.len() >> 20);
        return Err(VectorError::TooLarge { file, what, wanted: "a table of at most 256 MiB".into() });
    }
    let bytes = std::fs::read(path).map_err(|e| VectorError::Unreadable { file: file.clone(), why: e.to_string() })?;
    let mut notes = Vec::new();
    // The first bytes decide, not the name: offices rename csv to xls and the reverse.
    let book = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
    let (cells, described, layer) = if book {
        let (cells, sheet) = read_book(&file, bytes, options.layer, &mut notes)?;
        (cells, "表格文件自带编码".to_string(), sheet)
    } else {
        let (cells, described) = read_csv(&file, &bytes, options.encoding)?;
        (cells, described, String::new())
    };
    let (fields, values) = shape_table(&file, cells, &mut notes)?;
    let mut out = geometry_from_columns(path, fields, values, described, notes, options)?;
    if out.table.rows.iter().all(|r| r.shape.is_none()) {
        // A table without any outline is not a list with broken ones.
        for row in &mut out.table.rows {
            row.problems.clear();
        }
    }
    out.layer = layer;
    Ok(out)
}

fn read_book(
    file: &str,
    bytes: Vec<u8>,
    wanted: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<(Vec<Vec<Cell>>, String), VectorError> {
    let refused = |why: String| VectorError::NotATable { file: file.to_string(), why };
    let mut book =
        calamine::open_workbook_auto_from_rs(std::io::Cursor::new(bytes)).map_err(|e| refused(e.to_string()))?;
    let names = book.sheet_names();
    let candidates: Vec<String> = match wanted {
        Some(w) => match names.iter().find(|n| n.eq_ignore_ascii_case(w)) {
            Some(n) => vec![n.clone()],
            None => {
                let (file, wanted, names) = (file.to_string(), w.to_string(), names.join(", "));
                return Err(VectorError::NoSuchLayer { file, wanted, names });
            }
        },
        None => names.clone(),
    };
    let mut filled = Vec::new();
    for name in &candidates {
        let range = book.worksheet_range(name).map_err(|e| refused(e.to_string()))?;
        let (rows, cols) = range.get_size();
        if rows.saturating_mul(cols) > MAX_CELLS {
            let what = format!("a sheet of {rows} x {cols} cells");
            return Err(VectorError::TooLarge { file: file.into(), what, wanted: "only the rows of the table".into() });
        }
        let cells: Vec<Vec<Cell>> = range.rows().map(|r| r.iter().map(cell_of).collect()).collect();
        if cells.iter().filter(|r| r.iter().any(|c| *c != Cell::Blank)).count() >= 2 {
            filled.push((name.clone(), cells));
        }
    }
    if filled.len() > 1 {
        let used = filled.iter().map(|f| f.0.as_str()).collect::<Vec<_>>().join("、");
        notes.push(format!("工作簿有{}张有数据的表（{used}），读取第一张", filled.len()));
    }
    match filled.into_iter().next() {
        Some((name, cells)) => Ok((cells, name)),
        None => Err(refused("it has no sheet with a header and a row".into())),
    }
}

fn cell_of(data: &Data) -> Cell {
    let text = |s: String| if s.trim().is_empty() { Cell::Blank } else { Cell::Text(s) };
    match data {
        Data::Empty => Cell::Blank,
        Data::String(s) => text(s.clone()),
        Data::Int(i) => Cell::Number(*i as f64),
        Data::Float(f) if f.is_finite() => Cell::Number(*f),
        Data::Float(_) => Cell::Blank,
        Data::Bool(b) => text(if *b { "TRUE" } else { "FALSE" }.to_string()),
        Data::DateTime(d) => match d.is_datetime().then(|| d.to_ymd_hms_milli()) {
            Some((y, m, day, 0, 0, 0, 0)) => text(format!("{y:04}-{m:02}-{day:02}")),
            Some((y, m, day, h, mi, s, _)) => text(format!("{y:04}-{m:02}-{day:02} {h:02}:{mi:02}:{s:02}")),
            None => Cell::Number(d.as_f64()),
        },
        Data::DateTimeIso(s) | Data::DurationIso(s) => text(s.replace('T', " ")),
        Data::Error(e) => text(e.to_string()),
    }
}

fn read_csv(file: &str, bytes: &[u8], given: Option<&str>) -> Result<(Vec<Vec<Cell>>, String), VectorError> {
    let given = given_encoding(given)?;
    let (text, described) = if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        (encoding::decode_lossy(encoding_rs::UTF_8, rest).0, "UTF-8（文件头标记）".to_string())
    } else if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let set = if bytes[0] == 0xFF { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
        (set.decode_with_bom_removal(bytes).0.into_owned(), "UTF-16（文件头标记）".to_string())
    } else {
        let chosen = encoding::choose(given, None, None, std::iter::once(bytes));
        (encoding::decode_lossy(chosen.encoding, bytes).0, chosen.describe())
    };
    if text.contains('\0') {
        return Err(VectorError::NotATable { file: file.into(), why: "it holds binary data".into() });
    }
    // The separator is what the first lines have most of, outside quotes.
    let head: String = text.lines().take(HEADER_SEARCH).collect::<Vec<_>>().join("\n");
    let unquoted: String = head.split('"').step_by(2).collect();
    let count = |c: char| unquoted.matches(c).count();
    let separator = [',', '\t', ';', '|'].into_iter().max_by_key(|c| (count(*c), *c == ',')).unwrap_or(',');
    if count(separator) == 0 && text.lines().count() > 1 && head.len() > 4_000 {
        return Err(VectorError::NotATable { file: file.into(), why: "it has no columns".into() });
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator as u8)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut cells = 0usize;
    for record in reader.records() {
        let record = record.map_err(|e| VectorError::NotATable { file: file.into(), why: e.to_string() })?;
        cells += record.len();
        if cells > MAX_CELLS {
            let what = format!("more than {MAX_CELLS} cells");
            return Err(VectorError::TooLarge { file: file.into(), what, wanted: "a table of claims".into() });
        }
        let row = record.iter().map(|s| if s.trim().is_empty() { Cell::Blank } else { Cell::Text(unguard(s)) });
        rows.push(row.collect());
    }
    Ok((rows, described))
}

/// Text that a csv shields from Excel: `="00123"`, or a leading tab or apostrophe before digits.
fn unguard(text: &str) -> String {
    let trimmed = text.trim_end_matches('\t');
    if let Some(inner) = trimmed.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')) {
        return inner.to_string();
    }
    let bare = trimmed.strip_prefix('\t').or(trimmed.strip_prefix('\'')).unwrap_or(trimmed);
    bare.to_string()
}

/// Splits header from rows and gives each column a type.
fn shape_table(
    file: &str,
    mut cells: Vec<Vec<Cell>>,
    notes: &mut Vec<String>,
) -> Result<(Vec<FieldDef>, Vec<Vec<FieldValue>>), VectorError> {
    let filled = |row: &[Cell]| row.iter().filter(|c| **c != Cell::Blank).count();
    while cells.last().is_some_and(|r| filled(r) == 0) {
        cells.pop();
    }
    let most = cells.iter().take(HEADER_SEARCH + 30).map(|r| filled(r)).max().unwrap_or(0);
    let texts_only = |row: &[Cell]| row.iter().all(|c| !matches!(c, Cell::Number(_)));
    let header = cells
        .iter()
        .take(HEADER_SEARCH)
        .position(|r| filled(r) * 2 >= most && filled(r) >= most.min(2) && filled(r) > 0 && texts_only(r));
    let Some(header) = header else {
        return Err(VectorError::NotATable { file: file.into(), why: "no row of column names was found".into() });
    };
    if header > 0 {
        notes.push(format!("表头在第{}行，其上的{header}行按标题略去", header + 1));
    }
    let width = cells.iter().map(Vec::len).max().unwrap_or(0);
    let names: Vec<Cell> = cells[header].clone();
    let body: Vec<Vec<Cell>> = cells.split_off(header + 1);
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for i in 0..width {
        let column = || body.iter().map(move |r| r.get(i).unwrap_or(&Cell::Blank));
        let name = match names.get(i) {
            Some(Cell::Text(s)) => s.split_whitespace().collect::<Vec<_>>().join(""),
            _ if column().all(|c| *c == Cell::Blank) => continue,
            _ => format!("列{}", i + 1),
        };
        let kind = kind_of_column(column());
        if column().any(|c| matches!(c, Cell::Number(v) if v.abs() >= 1e15)) {
            notes.push(format!("字段 {name} 有超过15位的数字，Excel只保存15位，末位可能已丢失"));
        }
        fields.push(FieldDef { name, kind });
        columns.push(i);
    }
    let rows = body
        .iter()
        .map(|r| columns.iter().zip(&fields).map(|(i, f)| value(r.get(*i).unwrap_or(&Cell::Blank), f.kind)).collect())
        .collect();
    Ok((fields, rows))
}

fn kind_of_column<'a>(column: impl Iterator<Item = &'a Cell>) -> FieldKind {
    let mut kind = None;
    for cell in column {
        match cell {
            Cell::Blank => {}
            Cell::Text(_) => return FieldKind::Text,
            Cell::Number(v) if v.fract() == 0.0 && v.abs() < 9e15 => kind = kind.or(Some(FieldKind::Integer)),
            Cell::Number(_) => kind = Some(FieldKind::Real),
        }
    }
    kind.unwrap_or(FieldKind::Text)
}

fn value(cell: &Cell, kind: FieldKind) -> FieldValue {
    match (cell, kind) {
        (Cell::Blank, _) => FieldValue::Null,
        (Cell::Text(s), _) => FieldValue::Text(s.clone()),
        (Cell::Number(v), FieldKind::Integer) => FieldValue::Integer(*v as i64),
        (Cell::Number(v), FieldKind::Real) => FieldValue::Real(*v),
        // `f64`'s own text never uses an exponent and has no trailing ".0".
        (Cell::Number(v), FieldKind::Text) => FieldValue::Text(v.to_string()),
    }
}

#[cfg(test)]
mod tests;
