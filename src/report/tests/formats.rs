use super::fixture::{self, FORMULAS, LONG_ID, XSS};
use crate::crosscheck::{Finding, Verdict};
use crate::features::FieldValue;
use crate::report::html::report_html;
use crate::report::patch_table::*;
use crate::report::styles::layer_styles;
use crate::report::tables::*;
use crate::report::xlsx::findings_xlsx;
use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;

#[test]
fn tables_have_the_contracts_fields_in_its_order() {
    let doc = fixture::document(0);
    let names = |t: &TableData| t.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(" ");
    assert_eq!(
        names(&candidates_table(&doc)),
        "id kind kind_zh relevant from_class to_class area_m2 area_mu score confidence cropland_m2 basic_farmland_m2 \
         protected_m2 approved_m2 town_code town_name lon lat list_status list_ids finding finding_zh reasons"
    );
    assert_eq!(
        names(&patches_table(&doc)),
        "row patch_id TBBH verdict_list JCMJ 备注 BSM claim verdict verdict_zh confidence reasons state_after \
         changed_percent built_before_percent built_after_percent vegetated_after_percent valid_percent area_m2 area_mu \
         declared_area_mu cropland_m2 basic_farmland_m2 protected_m2 approved_percent town_code town_name candidate_ids \
         lon lat claim_date valid_pixels works_before_percent remaining_percent remaining_least_percent remaining_most_percent edges_kept_percent roof_after_percent hard_after_percent \
         new_works_percent rubble_share_percent greenhouse_share_percent edges_along_percent right_angles_percent greenness_percent new_works_probability_percent width_m residual_px"
    );
    for table in all_tables(&doc) {
        let mut shorts = std::collections::BTreeSet::new();
        for c in &table.columns {
            assert!(c.short_name.len() <= 10 && c.short_name.is_ascii(), "{}", c.short_name);
            assert!(shorts.insert(c.short_name.to_lowercase()), "{} twice in {}", c.short_name, table.name);
        }
        assert_eq!(table.shapes.as_ref().map_or(table.rows.len(), Vec::len), table.rows.len());
        assert!(table.rows.iter().all(|r| r.len() == table.columns.len()), "{}", table.name);
    }
}

#[test]
fn missing_is_null_and_list_rows_are_all_there() {
    let doc = fixture::document(0);
    let t = patches_table(&doc);
    assert_eq!(t.rows.len(), doc.patches.len());
    let at = |row: usize, name: &str| t.rows[row][t.column(name).unwrap()].clone();
    assert_eq!(at(0, "protected_m2"), FieldValue::Null);
    assert_eq!(at(0, "basic_farmland_m2"), FieldValue::Real(0.0));
    assert_eq!(at(12, "area_m2"), FieldValue::Null);
    assert_eq!(at(0, "TBBH"), FieldValue::Text(LONG_ID.into()));
    assert_eq!(at(3, "verdict_list"), FieldValue::Text(XSS.into()));
    assert_eq!(t.shape(12), None);
}

fn open(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

#[test]
fn workbook_keeps_ids_and_formulas_as_text() {
    let doc = fixture::document(0);
    let bytes = findings_xlsx(&doc).unwrap();
    let mut book = open(bytes);
    assert_eq!(
        book.sheet_names(),
        [
            "说明",
            "疑似未报",
            "疑似虚报拆除",
            "疑似瞒报",
            "疑似部分拆除",
            "已拆除未复耕",
            "无法判定",
            "图斑核查",
            "已列入图斑",
            "已有批准",
            "非执法关注变化",
            "乡镇汇总",
            "地类转移",
            "未能判读"
        ]
    );
    let range = book.worksheet_range("图斑核查").unwrap();
    let cell = |r: u32, c: u32| range.get_value((r, c)).cloned().unwrap_or(Data::Empty);
    let heading = |name: &str| (0..range.width() as u32).find(|&c| cell(0, c) == Data::String(name.into())).unwrap();
    assert_eq!(range.height(), doc.patches.len() + 1);
    let id = heading("图斑编号");
    assert_eq!(cell(1, id), Data::String(LONG_ID.into()));
    assert_eq!(cell(2, id), Data::String(XSS.into()));
    for (i, formula) in FORMULAS.iter().enumerate() {
        assert_eq!(cell(3 + i as u32, id), Data::String(formula.to_string()));
    }
    let bsm = heading("清单:BSM");
    assert_eq!(cell(1, bsm), Data::String("3703232019010001234".into()), "19 digits stay whole");
    assert!(matches!(cell(1, heading("图形面积(亩)")), Data::Float(x) if (x - 2.4).abs() < 1e-9));
    assert_eq!(cell(1, heading("占自然保护地(亩)")), Data::Empty, "no layer, no 0");
    assert_eq!(book.worksheet_formula("图斑核查").unwrap().used_cells().count(), 0);
    let unreported = book.worksheet_range("疑似未报").unwrap();
    let count = doc.candidates.iter().filter(|c| c.finding == Finding::Unreported).count();
    assert_eq!(unreported.height(), count + 1);
}

#[test]
fn workbook_repeats_and_says_what_it_leaves_out() {
    let doc = fixture::document(0);
    assert_eq!(findings_xlsx(&doc).unwrap(), findings_xlsx(&doc).unwrap());
    let sheet = crate::report::sheets::candidates(&doc, "x", [0; 3], &[0, 1, 2, 3], 3);
    assert_eq!((sheet.rows.len(), sheet.left_out), (3, 1));
    let mut no_list = doc.clone();
    no_list.run.list = None;
    no_list.patches.clear();
    let book = open(findings_xlsx(&no_list).unwrap());
    assert!(!book.sheet_names().iter().any(|n| n == Verdict::Concealed.zh()));
}

fn html(doc: &crate::report::Document) -> String {
    String::from_utf8(report_html(doc).unwrap()).unwrap()
}

#[test]
fn page_is_closed_to_payloads_and_to_the_network() {
    let doc = fixture::document(0);
    let page = html(&doc);
    assert!(!page.contains("<img src=x"), "payload came through");
    assert!(!page.contains("<script>alert"), "payload came through");
    assert!(!page.contains("{{7*7}}") || page.contains("${7*7}{{7*7}}"), "payload was evaluated");
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<style").count(), 1);
    assert!(!page.contains(" style=") && !page.contains("onclick") && !page.contains("http://x\""));
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"));
    // The hashes of the policy are those of what stands in the page.
    let between = |a: &str, b: &str| page.split(a).nth(1).unwrap().split(b).next().unwrap().to_string();
    use base64::Engine;
    use sha2::Digest;
    let hash = |s: &str| base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(s.as_bytes()));
    let policy = between("Security-Policy\" content=\"", "\"").replace("&#x27;", "'").replace("&#x2f;", "/");
    let policy = policy.replace("&#x3d;", "=");
    assert!(policy.contains(&hash(&between("<style>", "</style>"))), "{policy}");
    assert!(policy.contains(&hash(&between("<script>", "</script>"))), "{policy}");
}

#[test]
fn page_says_what_matters_and_what_it_leaves_out() {
    let doc = fixture::document(4_976);
    let page = html(&doc);
    assert!(page.contains(LONG_ID));
    assert!(page.contains("另有 <b>3,000</b>"), "5,000 candidates, 2,000 shown");
    for verdict in Verdict::ALL {
        assert!(page.contains(verdict.zh()));
    }
    assert!(page.contains("须经实地核实"));
    assert_eq!(html(&doc), page);
    assert!(page.contains("也不在批准范围内"));
    let mut no_approvals = fixture::document(0);
    no_approvals.candidates.iter_mut().for_each(|c| c.approved_m2 = None);
    assert!(!html(&no_approvals).contains("也不在批准范围内"), "no layer is no evidence");
    let mut english = fixture::document(0);
    english.lang = crate::report::Lang::En;
    assert!(html(&english).contains("possible false demolition"));
    english.run.list = None;
    english.patches.clear();
    english.candidates.clear();
    english.towns.clear();
    english.chips.clear();
    assert!(html(&english).contains("No change of the smallest area"));
}

#[test]
fn styles_name_every_code_and_are_well_formed() {
    for style in layer_styles(crate::report::Lang::Zh) {
        for text in [&style.qml, &style.sld] {
            let opened = text.matches('<').count();
            let closed = text.matches("</").count() + text.matches("/>").count();
            let heads = text.matches("<?").count() + text.matches("<!").count();
            assert_eq!(opened - heads, text.matches("</").count() + closed, "{}", style.layer);
        }
        let codes: Vec<&str> = match style.layer {
            "candidates" => Finding::ALL.iter().map(|f| f.code()).collect(),
            "patches" => Verdict::ALL.iter().map(|v| v.code()).collect(),
            _ => vec![],
        };
        assert!(codes.iter().all(|c| style.qml.contains(&format!("value=\"{c}\"")) && style.sld.contains(c)));
    }
}

/// Writes the documents for looking at; not a test of anything: `TUBAN_LOOK=dir cargo test look -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn look() {
    let dir = std::path::PathBuf::from(std::env::var("TUBAN_LOOK").unwrap());
    let mut doc = fixture::document(0);
    doc.overview = Some(fixture::overview(&doc));
    std::fs::write(dir.join("findings.xlsx"), findings_xlsx(&doc).unwrap()).unwrap();
    std::fs::write(dir.join("report.html"), report_html(&doc).unwrap()).unwrap();
    std::fs::write(dir.join("report5000.html"), report_html(&fixture::document(4_976)).unwrap()).unwrap();
    for style in layer_styles(doc.lang) {
        std::fs::write(dir.join(format!("{}.qml", style.layer)), style.qml).unwrap();
        std::fs::write(dir.join(format!("{}.sld", style.layer)), style.sld).unwrap();
    }
    doc.lang = crate::report::Lang::En;
    std::fs::write(dir.join("report_en.html"), report_html(&doc).unwrap()).unwrap();
}
