//! `findings.xlsx`: the tables as a bureau reads them, one sheet per finding and per verdict.
//!
//! In: a [`Document`]. Out: the bytes of a workbook. Every id and every text is a string cell, so that Excel neither
//! cuts ids at 15 digits nor reads a text as a formula; numbers are numbers. The creation date is fixed: same document,
//! same bytes.

use super::document::{Document, Lang, VERDICT_ORDER, adverse, rank_candidates, rank_patches};
use super::figures::has_list;
use super::notes;
use super::sheets::{self, Cell, Sheet};
use super::{palette, words};
use crate::crosscheck::{Finding, Verdict};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet};

/// The workbook could not be made.
#[derive(Debug, thiserror::Error)]
pub enum XlsxError {
    /// The writer refused a cell, a sheet or the whole.
    #[error("findings.xlsx cannot be made: {0}; report this with the run's run.json")]
    Writer(#[from] rust_xlsxwriter::XlsxError),
}

/// Rows of candidates on one sheet. Excel itself ends at 1,048,576, but takes gigabytes of memory long before (so does
/// the writer: about 4 kB a row); the rest is in the GeoPackage, and the sheet says so.
pub const MAX_CANDIDATE_ROWS: usize = 100_000;

/// Rows of the list on one sheet: Excel's own end, less the heading and a note.
pub const MAX_PATCH_ROWS: usize = 1_048_574;

/// Longest text of a cell that Excel opens, in UTF-16 units.
const MAX_CELL: usize = 32_767;

/// The bytes of `findings.xlsx`.
///
/// Sheets: notes, unreported, one per adverse or undecided verdict, all list rows, the other findings, towns, land-cover
/// transitions if every pixel was classified, not judged. Sheets about the list are there only when a list was given.
///
/// # Errors
/// [`XlsxError`] when the writer refuses; no text, id or number of a user's file makes it do so.
pub fn findings_xlsx(doc: &Document) -> Result<Vec<u8>, XlsxError> {
    let sheets = all_sheets(doc);
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let title = notes::title(doc);
    workbook.set_properties(
        &DocProperties::new()
            .set_title(cut(&title, 250))
            .set_author(format!("tuban {}", doc.run.tool_version))
            .set_creation_datetime(&created),
    );
    let formats = Formats::new();
    let contents: Vec<(String, usize, usize)> =
        sheets.iter().map(|s| (s.name.clone(), s.rows.len(), s.left_out)).collect();
    write_notes(workbook.add_worksheet(), doc, &contents, &formats)?;
    for sheet in &sheets {
        write_sheet(workbook.add_worksheet(), sheet, doc.lang, &formats)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn all_sheets(doc: &Document) -> Vec<Sheet> {
    let candidates = rank_candidates(&doc.candidates);
    let of_finding = |code: Finding| {
        let rows: Vec<usize> = candidates.iter().copied().filter(|&i| doc.candidates[i].finding == code).collect();
        let name = match code {
            // The bracket of 疑似未报(瞒报) is left off: sheet names are typed in formulas.
            Finding::Unreported => doc.lang.pick("疑似未报", "possibly unreported"),
            other => words::finding(doc.lang, other),
        };
        sheets::candidates(doc, name, palette::finding(code), &rows, MAX_CANDIDATE_ROWS)
    };
    let scanned = doc.run.scanned();
    let mut out: Vec<Sheet> = scanned.then(|| of_finding(Finding::Unreported)).into_iter().collect();
    if has_list(doc) {
        let ranked = rank_patches(&doc.patches);
        for code in VERDICT_ORDER.into_iter().filter(|&v| adverse(v) || v == Verdict::CannotJudge) {
            let rows: Vec<usize> = ranked.iter().copied().filter(|&i| doc.patches[i].verdict == code).collect();
            let colour = palette::verdict(code);
            out.push(sheets::patches(doc, words::verdict(doc.lang, code), colour, &rows, MAX_PATCH_ROWS));
        }
        let rows: Vec<usize> = (0..doc.patches.len()).collect();
        let name = doc.lang.pick("图斑核查", "list, all rows");
        out.push(sheets::patches(doc, name, [0x1f, 0x3a, 0x5f], &rows, MAX_PATCH_ROWS));
    }
    out.extend(doc.followups.as_deref().map(|cases| sheets::followups(doc, cases)));
    if scanned {
        out.extend([Finding::Listed, Finding::Approved, Finding::NotRelevant].map(of_finding));
    }
    out.push(sheets::towns(doc));
    if !doc.transitions.is_empty() {
        out.push(sheets::transitions(doc));
    }
    if scanned {
        out.push(sheets::not_judged(doc));
    }
    out
}

struct Formats {
    title: Format,
    lead: Format,
    section: Format,
    key: Format,
    text: Format,
    wrap: Format,
    head: Format,
    whole: Format,
    note: Format,
}

impl Formats {
    fn new() -> Formats {
        let ink = Color::RGB(0x1f_29_33);
        let base = || Format::new().set_font_name("微软雅黑").set_font_size(10).set_font_color(ink);
        let top = || base().set_align(FormatAlign::Top);
        Formats {
            title: base().set_font_size(16).set_bold(),
            lead: base().set_font_size(10).set_font_color(Color::RGB(0x8a_3b_12)).set_text_wrap(),
            section: base()
                .set_font_size(11)
                .set_bold()
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(Color::RGB(0x9a_a5_b1)),
            key: top().set_font_color(Color::RGB(0x52_60_6d)).set_num_format("@").set_text_wrap(),
            text: top().set_num_format("@").set_align(FormatAlign::Left).set_indent(1),
            wrap: top().set_num_format("@").set_align(FormatAlign::Left).set_indent(1).set_text_wrap(),
            head: base()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(Color::RGB(0xe8_ed_f2))
                .set_border_bottom(FormatBorder::Medium)
                .set_border_bottom_color(Color::RGB(0x1f_3a_5f)),
            whole: top().set_num_format("#,##0"),
            note: base().set_italic().set_font_color(Color::RGB(0x8a_3b_12)),
        }
    }

    fn real(&self, decimals: Option<usize>) -> Format {
        let pattern = match decimals {
            None => "General".to_string(),
            Some(0) => "#,##0".to_string(),
            Some(n) => format!("#,##0.{}", "0".repeat(n)),
        };
        self.whole.clone().set_num_format(pattern)
    }
}

fn write_sheet(out: &mut Worksheet, sheet: &Sheet, lang: Lang, formats: &Formats) -> Result<(), XlsxError> {
    out.set_name(&sheet.name)?;
    out.set_tab_color(Color::RGB(u32::from_be_bytes([0, sheet.colour[0], sheet.colour[1], sheet.colour[2]])));
    let number_formats: Vec<Format> = sheet.columns.iter().map(|c| formats.real(c.decimals)).collect();
    for (j, column) in sheet.columns.iter().enumerate() {
        let j = column_index(j);
        out.set_column_width(j, column.width)?;
        out.write_string_with_format(0, j, cut(&column.heading, MAX_CELL), &formats.head)?;
    }
    out.set_row_height(0, 33)?;
    for (i, row) in sheet.rows.iter().enumerate() {
        let i = i as u32 + 1;
        for (j, cell) in row.iter().enumerate() {
            let k = column_index(j);
            match cell {
                Cell::Blank => {}
                Cell::Text(s) if s.is_empty() => {}
                Cell::Text(s) => {
                    let format = if sheet.columns[j].wrap { &formats.wrap } else { &formats.text };
                    out.write_string_with_format(i, k, cut(s, MAX_CELL), format)?;
                }
                Cell::Whole(n) => {
                    // Beyond 15 digits Excel would change the number: it stays as text.
                    if n.unsigned_abs() < 1_000_000_000_000_000 {
                        let format =
                            if sheet.columns[j].decimals.is_none() { &number_formats[j] } else { &formats.whole };
                        out.write_number_with_format(i, k, *n as f64, format)?;
                    } else {
                        out.write_string_with_format(i, k, n.to_string(), &formats.text)?;
                    }
                }
                Cell::Real(x) => {
                    out.write_number_with_format(i, k, *x, &number_formats[j])?;
                }
            }
        }
    }
    if sheet.left_out > 0 {
        let zh = format!("此表只列出前 {} 行，另有 {} 行未列出，见 parcels.gpkg。", sheet.rows.len(), sheet.left_out);
        let en =
            format!("only the first {} rows are here; {} more are in parcels.gpkg.", sheet.rows.len(), sheet.left_out);
        out.write_string_with_format(sheet.rows.len() as u32 + 1, 0, lang.pick(&zh, &en), &formats.note)?;
    }
    let last = column_index(sheet.columns.len().saturating_sub(1));
    out.set_freeze_panes(1, sheet.frozen)?;
    out.autofilter(0, 0, (sheet.rows.len() as u32).max(1), last)?;
    out.set_landscape();
    out.set_paper_size(9);
    out.set_print_fit_to_pages(1, 0);
    out.set_repeat_rows(0, 0)?;
    out.set_footer("&L&A&R&P / &N");
    Ok(())
}

fn write_notes(
    out: &mut Worksheet,
    doc: &Document,
    contents: &[(String, usize, usize)],
    formats: &Formats,
) -> Result<(), XlsxError> {
    let lang = doc.lang;
    out.set_name(lang.pick("说明", "notes"))?;
    out.set_screen_gridlines(false);
    out.set_column_width(0, 30)?;
    out.set_column_width(1, 96)?;
    out.write_string_with_format(0, 0, cut(&notes::title(doc), 250), &formats.title)?;
    out.set_row_height(0, 26)?;
    out.merge_range(1, 0, 1, 1, notes::caution(lang), &formats.lead)?;
    out.set_row_height(1, 34)?;
    let mut sections = notes::sections(doc);
    let rows = contents.iter().map(|(name, rows, left_out)| {
        let mut text = format!("{} {}", words::whole((rows + left_out) as u64), lang.pick("行", "rows"));
        if *left_out > 0 {
            let zh = format!("（表中列出 {rows} 行，其余见 parcels.gpkg）");
            let en = format!(" ({rows} of them here, the rest in parcels.gpkg)");
            text.push_str(lang.pick(&zh, &en));
        }
        (name.clone(), text)
    });
    sections.insert(1, notes::Section { heading: lang.pick("工作表", "Sheets").into(), rows: rows.collect() });
    let mut i = 2;
    for section in sections {
        i += 1;
        out.write_string_with_format(i, 0, section.heading, &formats.section)?;
        out.write_blank(i, 1, &formats.section)?;
        for (key, value) in section.rows {
            i += 1;
            out.write_string_with_format(i, 0, cut(&key, MAX_CELL), &formats.key)?;
            out.write_string_with_format(i, 1, cut(&value, MAX_CELL), &formats.wrap)?;
        }
        i += 1;
    }
    out.set_landscape();
    out.set_paper_size(9);
    out.set_print_fit_to_pages(1, 0);
    Ok(())
}

/// A text cut to what a cell holds, between characters, with a mark.
fn cut(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_string();
    }
    let mut out = String::new();
    let mut units = 0;
    for c in text.chars() {
        units += c.len_utf16();
        if units >= most {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// Columns beyond Excel's 16,384 do not occur: formats hold at most a few thousand fields, and the sheets cut there.
fn column_index(j: usize) -> u16 {
    u16::try_from(j).unwrap_or(u16::MAX)
}
