//! Which character set the text of a file is in.
//!
//! Order: what the user says; `.cpg`; the language byte of the DBF header; strict UTF-8; GB18030. A declared set that
//! cannot decode the file's bytes is refused and named: archives are full of `.cpg` files that lie.

use encoding_rs::Encoding;

/// The set chosen, and why in Chinese.
#[derive(Clone, Copy)]
pub(crate) struct Chosen {
    /// Character set.
    pub encoding: &'static Encoding,
    /// Why, for the notes.
    pub why: &'static str,
    /// A declaration was found that the bytes contradict.
    pub contradicted: bool,
}

impl Chosen {
    /// `GBK（.cpg）` and the like.
    pub fn describe(&self) -> String {
        format!("{}（{}）", name(self.encoding), self.why)
    }
}

/// Name for people; encoding_rs calls GB18030 and GBK by their web names.
fn name(encoding: &'static Encoding) -> &'static str {
    encoding.name()
}

/// A character set by any name seen in `.cpg` files, code page numbers included.
pub(crate) fn by_label(label: &str) -> Option<&'static Encoding> {
    let plain: String = label.trim().trim_start_matches('\u{feff}').to_ascii_uppercase();
    let plain = plain.strip_prefix("ANSI ").or(plain.strip_prefix("OEM ")).unwrap_or(&plain).trim();
    let digits = plain.trim_start_matches("CP").trim_start_matches("WINDOWS-").trim_start_matches('-');
    let known = match digits {
        "936" | "54936" | "GB2312" | "GBK" | "GB18030" => "gb18030",
        "950" | "BIG5" => "big5",
        "932" | "SJIS" | "SHIFTJIS" => "shift_jis",
        "949" => "euc-kr",
        "65001" | "UTF8" => "utf-8",
        "874" => "windows-874",
        "88591" => "iso-8859-1",
        "88592" => "iso-8859-2",
        "KOI8R" => "koi8-r",
        "1250" => "windows-1250",
        "1251" => "windows-1251",
        "1252" => "windows-1252",
        "1253" => "windows-1253",
        "1254" => "windows-1254",
        _ => plain,
    };
    Encoding::for_label(known.as_bytes())
}

/// A character set by the language byte (LDID, byte 29) of a DBF header; `None` where the byte says nothing certain.
pub(crate) fn by_ldid(ldid: u8) -> Option<&'static Encoding> {
    let label = match ldid {
        0x4D | 0x7A => "gb18030",
        0x4F | 0x78 => "big5",
        0x13 | 0x7B => "shift_jis",
        0x4E | 0x79 => "euc-kr",
        0x7C => "windows-874",
        0xC8 => "windows-1250",
        0xC9 => "windows-1251",
        0xCA => "windows-1254",
        0xCB => "windows-1253",
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

/// Chooses the set for a file from its declarations and all its byte strings.
pub(crate) fn choose<'a>(
    given: Option<&'static Encoding>,
    cpg: Option<&'static Encoding>,
    ldid: Option<&'static Encoding>,
    texts: impl Iterator<Item = &'a [u8]> + Clone,
) -> Chosen {
    if let Some(encoding) = given {
        return Chosen { encoding, why: "用户指定", contradicted: false };
    }
    let fits = |encoding: &'static Encoding| texts.clone().all(|t| decode(encoding, t).is_some());
    if texts.clone().all(|t| t.is_ascii()) {
        let encoding = cpg.or(ldid).unwrap_or(encoding_rs::UTF_8);
        return Chosen { encoding, why: "全部为ASCII字符", contradicted: false };
    }
    if let Some(encoding) = cpg.filter(|e| fits(e)) {
        return Chosen { encoding, why: "cpg文件声明", contradicted: false };
    }
    if let Some(encoding) = ldid.filter(|e| fits(e)) {
        return Chosen { encoding, why: "DBF语言字节声明", contradicted: cpg.is_some() };
    }
    let contradicted = cpg.is_some() || ldid.is_some();
    if fits(encoding_rs::UTF_8) {
        return Chosen { encoding: encoding_rs::UTF_8, why: "内容符合UTF-8", contradicted };
    }
    Chosen { encoding: encoding_rs::GB18030, why: "内容不是UTF-8，按国标汉字编码", contradicted }
}

/// Text in a set without any loss; a character cut off at the very end (fixed-width fields do that) is left out.
pub(crate) fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    if let Some(text) = strict(encoding, bytes) {
        return Some(text);
    }
    // A cut needs something before it: two stray bytes alone are not a truncated text.
    let most = if encoding == encoding_rs::UTF_8 || encoding == encoding_rs::GB18030 { 3 } else { 1 };
    for cut in 1..=most.min(bytes.len().saturating_sub(4)) {
        let (head, tail) = bytes.split_at(bytes.len() - cut);
        let incomplete = if encoding == encoding_rs::UTF_8 {
            std::str::from_utf8(tail).is_err_and(|e| e.valid_up_to() == 0 && e.error_len().is_none())
        } else {
            !encoding.is_single_byte() && tail[0] >= 0x80
        };
        if incomplete && let Some(text) = strict(encoding, head) {
            return Some(text);
        }
    }
    None
}

fn strict(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
}

/// Text in a set, `(text, lossless)`: bytes that are no characters become U+FFFD and the flag says so.
pub(crate) fn decode_lossy(encoding: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    match decode(encoding, bytes) {
        Some(text) => (text, true),
        None => (encoding.decode_without_bom_handling(bytes).0.into_owned(), false),
    }
}
