//! Field names as lists have them: Chinese, pinyin initials, official codes, cut at 10 bytes, with units in brackets.
//!
//! Source: the layouts seen in the ministry's evidence database and in provincial systems (JCTB, 卫片执法 exports).

use crate::features::FieldDef;
use encoding_rs::GB18030;

/// What a field of a list can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Id,
    Claim,
    Disposition,
    Area,
    ClaimDate,
    Before,
    After,
    TownCode,
    TownName,
    Type,
    /// Land classes and remarks, whose words look like claims and are none.
    NotAClaim,
}

/// Names per role, the most trusted first; compared after [`plain`].
pub(crate) fn aliases(role: Role) -> &'static [&'static str] {
    match role {
        Role::Id => &[
            "JCBH",
            "JCTBBH",
            "TBBH",
            "TBYBH",
            "SPOTNUMBER",
            "监测编号",
            "监测图斑编号",
            "图斑编号",
            "图斑号",
            "图斑预编号",
            "PATCHID",
            "图斑编码",
            "TBBM",
            "编号",
            "BH",
            "BSM",
        ],
        Role::Claim => &[
            "合法性判定",
            "合法性",
            "HFPD",
            "SHHFXPD",
            "HFXPD",
            "判定结果",
            "PDJG",
            "二级类",
            "SHEJL",
            "EJL",
            "核查结果",
            "HCJG",
            "举证类型",
            "JZLX",
            "核实结果",
            "CLAIM",
            "填报结果",
            "上报类型",
            "举证情况",
        ],
        Role::Disposition => {
            &["处置", "处置方式", "处置结果", "处置情况", "CZ", "CZFS", "CZJG", "整改情况", "ZGQK", "查处结果"]
        }
        Role::Area => &[
            "JCMJ",
            "TBMJ",
            "SPOTAREA",
            "监测面积",
            "图斑面积",
            "面积",
            "AREA",
            "DECLAREDAREA",
            "SBMJ",
            "上报面积",
            "MJ",
        ],
        Role::ClaimDate => &[
            "处置日期",
            "处置时间",
            "拆除日期",
            "拆除时间",
            "整改日期",
            "整改时间",
            "复耕日期",
            "复耕时间",
            "举证日期",
            "举证时间",
            "核查日期",
            "核查时间",
            "判定日期",
            "判定时间",
            "填报日期",
            "填报时间",
            "CZRQ",
            "CZSJ",
            "CCRQ",
            "CCSJ",
            "ZGRQ",
            "ZGSJ",
            "FGRQ",
            "JZRQ",
            "JZSJ",
            "HCRQ",
            "HCSJ",
            "PDRQ",
            "TBRQ",
            "CLAIMDATE",
        ],
        Role::Before => &["QSX", "BEFORETIME", "前时相", "前时相日期"],
        Role::After => &["HSX", "AFTERTIME", "后时相", "后时相日期"],
        Role::TownCode => &["XZDM", "乡镇代码", "镇街代码", "乡镇街道代码"],
        Role::TownName => &["XZMC", "XZJD", "乡镇街道", "乡镇名称", "乡镇", "镇街", "镇街名称"],
        Role::Type => &["TBLX", "SPOTTYPE", "图斑类型", "图斑分类"],
        Role::NotAClaim => &[
            "DLBM",
            "DLMC",
            "地类编码",
            "地类名称",
            "地类",
            "BGDL",
            "变更地类",
            "BGQDL",
            "BGHDL",
            "WBGLX",
            "变化前类型",
            "变化后类型",
            "变化后类型标注",
            "QDLMC",
            "HDLMC",
            "备注",
            "BZ",
            "判定依据说明",
            "SHPDSM",
            "实际用途",
            "批准用途",
            "项目名称",
            "XMMC",
        ],
    }
}

/// A name without case, blanks, underscores, full-width forms and what stands in brackets; and what stood there.
pub(crate) fn plain(name: &str) -> (String, Option<String>) {
    let half = half_width(name);
    let (mut out, mut inside, mut depth) = (String::new(), String::new(), 0);
    for c in half.chars() {
        match c {
            '(' | '[' | '【' | '{' => depth += 1,
            ')' | ']' | '】' | '}' => depth = 0,
            _ if depth > 0 => inside.push(c),
            _ if c.is_whitespace() || c == '_' || c == '-' || c == '\u{fffd}' => {}
            _ => out.extend(c.to_uppercase()),
        }
    }
    (out, (!inside.is_empty()).then_some(inside))
}

/// Full-width ASCII and the ideographic blank as their common forms.
pub(crate) fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' | '\u{a0}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .collect()
}

/// Whether a name has the length a DBF cuts names to: 10 bytes of UTF-8 or GBK, less a broken last character.
fn cut_length(name: &str) -> bool {
    let gbk = GB18030.encode(name).0.len();
    (8..=10).contains(&name.len()) || (9..=10).contains(&gbk)
}

/// Columns of a role, the most trusted first; whole names before names cut at 10 bytes.
pub(crate) fn columns(fields: &[FieldDef], role: Role) -> Vec<usize> {
    let names: Vec<String> = fields.iter().map(|f| plain(&f.name).0).collect();
    let mut out = Vec::new();
    for alias in aliases(role) {
        out.extend((0..names.len()).filter(|i| names[*i] == *alias));
    }
    for alias in aliases(role) {
        let cut = |i: &usize| {
            let name = names[*i].as_str();
            name.len() > 3 && alias.len() > name.len() && alias.starts_with(name) && cut_length(&fields[*i].name)
        };
        out.extend((0..names.len()).filter(cut));
    }
    let mut seen = vec![false; fields.len()];
    out.retain(|i| !std::mem::replace(&mut seen[*i], true));
    out
}

/// A column by the name a user gave: exactly, else without case and blanks.
pub(crate) fn column_named(fields: &[FieldDef], wanted: &str) -> Option<usize> {
    let same = fields.iter().position(|f| f.name == wanted);
    same.or_else(|| fields.iter().position(|f| plain(&f.name).0 == plain(wanted).0))
}
