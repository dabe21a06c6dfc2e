use super::*;
use crate::features::FieldKind;
use geo::{Area, wkt};

fn table(fields: &[&str], rows: &[&[&str]]) -> FeatureTable {
    let fields = fields.iter().map(|n| FieldDef { name: n.to_string(), kind: FieldKind::Text }).collect();
    let value = |v: &&str| if v.is_empty() { FieldValue::Null } else { FieldValue::Text(v.to_string()) };
    // 1000 m2 each.
    let shape = Some(MultiPolygon(vec![wkt!(POLYGON((0. 0.,40. 0.,40. 25.,0. 25.,0. 0.)))]));
    let row = |r: &&[&str]| Feature { values: r.iter().map(value).collect(), shape: shape.clone(), problems: vec![] };
    FeatureTable { fields, rows: rows.iter().map(row).collect() }
}

fn read(t: &FeatureTable) -> List {
    read_list(t, &ListHints::default(), &|s| s.unsigned_area()).expect("the list is understood")
}

#[test]
fn terms_are_read_as_people_mean_them() {
    use Claim::*;
    for (text, want) in [
        ("违法用地", Illegal),
        ("违法图斑", Illegal),
        ("疑似违法", Illegal),
        ("不合法", Illegal),
        ("未批先建", Illegal),
        ("合法用地", Legal),
        ("合法图斑", Legal),
        ("举证合法", Legal),
        ("合法新增建设用地", Legal),
        ("不属于违法用地", Legal),
        ("增减挂钩", Legal),
        ("已拆除", Demolished),
        ("拆除", Demolished),
        ("拆除到位", Demolished),
        ("违法（已拆除）", Demolished),
        ("拆除未复耕", Demolished),
        ("拆除复耕", Restored),
        ("复耕复绿", Restored),
        ("没收", Confiscated),
        ("设施农用地", FacilityAgriculture),
        ("设施农业用地", FacilityAgriculture),
        ("临时用地", TemporaryUse),
        ("非新增-临时用地", TemporaryUse),
        ("农村道路", RuralRoad),
        ("实地未变化", NoChange),
        ("伪变化", NoChange),
        ("伪图斑", NoChange),
        ("未拆除", Other),
        ("限期拆除", Other),
        ("责令限期拆除，违法用地", Illegal),
        ("部分拆除", Other),
        ("合法性待定", Other),
        ("其他", Other),
        ("油田用地", Other),
        ("", None),
        ("　", None),
        ("/", None),
        ("无", None),
        (" 违 法 ", Illegal),
        ("demolished", Demolished),
        ("No_Change", NoChange),
    ] {
        assert_eq!(claim_of(text), want, "{text}");
    }
}

#[test]
fn several_claim_columns_follow_the_rule() {
    let claim = |values: &[&str]| {
        let (c, words, against) = combine(&values.iter().map(|v| v.to_string()).collect::<Vec<_>>());
        (c, words, against.is_some())
    };
    assert_eq!(claim(&["拆除", "违法"]), (Claim::Demolished, "拆除".into(), false));
    assert_eq!(claim(&["", "违法"]), (Claim::Illegal, "违法".into(), false));
    assert_eq!(claim(&["无", "合法", "设施农用地"]), (Claim::FacilityAgriculture, "设施农用地".into(), false));
    assert_eq!(claim(&["拆除", "拆除复耕"]), (Claim::Restored, "拆除复耕".into(), false));
    assert_eq!(claim(&["没收", "已拆除"]), (Claim::Confiscated, "没收".into(), true));
    assert_eq!(claim(&["临时用地", "设施农用地"]), (Claim::TemporaryUse, "临时用地".into(), true));
    assert_eq!(claim(&["限期拆除", "违法"]), (Claim::Illegal, "违法".into(), false));
    assert_eq!(claim(&["", ""]), (Claim::None, "".into(), false));
}

#[test]
fn field_names_are_found_in_every_spelling() {
    for (fields, id, claim, area) in [
        (vec!["JCBH", "HFPD", "JCMJ"], "JCBH", "HFPD", "JCMJ"),
        (vec!["tbbh", "sh_hfxpd", "tbmj"], "tbbh", "sh_hfxpd", "tbmj"),
        (vec!["图斑编号", "合法性判定", "图斑面积（亩）"], "图斑编号", "合法性判定", "图斑面积（亩）"),
        (vec!["图斑编", "合法性", "监测面"], "图斑编", "合法性", "监测面"),
        (vec!["监测编号", "判定结果", "监测面积(平方米)"], "监测编号", "判定结果", "监测面积(平方米)"),
        (vec!["ＪＣＢＨ", "处置方", "占地面积"], "ＪＣＢＨ", "处置方", ""),
    ] {
        let t = table(&fields, &[&["A1", "违法", "1.5"], &["A2", "合法", "1.5"]]);
        let list = read(&t);
        assert_eq!(list.id_field.as_deref(), Some(id), "{fields:?}");
        assert_eq!(list.claim_field(), Some(claim), "{fields:?}");
        assert_eq!(list.area_field.as_deref().unwrap_or(""), area, "{fields:?}");
        assert_eq!(list.rows[1].claim, Claim::Legal);
    }
}

#[test]
fn a_claim_column_is_found_by_its_values() {
    let t = table(
        &["JCBH", "DLMC", "F1", "F2"],
        &[
            &["1", "设施农用地", "甲", "违法用地"],
            &["2", "农村道路", "乙", "已拆除"],
            &["3", "农村道路", "丙", ""],
            &["4", "设施农用地", "丁", "说不清"],
        ],
    );
    let list = read(&t);
    assert_eq!(list.claim_fields, ["F2"]);
    assert!(list.claim_field_how.contains("67%"), "{}", list.claim_field_how);
    let claims: Vec<Claim> = list.rows.iter().map(|r| r.claim).collect();
    assert_eq!(claims, [Claim::Illegal, Claim::Demolished, Claim::None, Claim::Other]);
    let none = read(&table(&["JCBH", "TBLX"], &[&["1", "新增建筑物"]]));
    assert_eq!((none.claim_field(), none.rows[0].claim), (None, Claim::None));
    let hints = ListHints { claim_field: Some("没有".into()), ..ListHints::default() };
    let error = read_list(&t, &hints, &|_| 0.0).expect_err("no such field").to_string();
    assert_eq!(error, "the list has no field '没有'; its fields are JCBH, DLMC, F1, F2");
}

#[test]
fn odd_ids_are_kept_and_named() {
    let t = table(&["JCBH"], &[&["37-1"], &["37-1"], &["３７－１"], &[" 37-2"], &[""], &["37-3"]]);
    let list = read(&t);
    let ids: Vec<&str> = list.rows.iter().map(|r| r.patch_id.as_str()).collect();
    assert_eq!(ids, ["37-1", "37-1", "３７－１", " 37-2", "", "37-3"]);
    let has = |i: usize, w: &str| list.rows[i].problems.iter().any(|p| p.contains(w));
    assert!(has(0, "第2、3行重复") && has(2, "第1、2行重复") && has(2, "全角") && has(3, "空格") && has(4, "为空"));
    assert!(list.rows[5].problems.is_empty());
    assert_eq!(list.notes.len(), 4, "{:?}", list.notes);
}

#[test]
fn numeric_ids_have_no_decimals() {
    assert_eq!(id_text(&FieldValue::Real(370_323_001_001.0)), "370323001001");
    assert_eq!(id_text(&FieldValue::Integer(12)), "12");
    assert_eq!(id_text(&FieldValue::Text("0012".into())), "0012");
}

#[test]
fn the_unit_of_areas_is_inferred() {
    for (name, value, unit, mu) in [
        ("JCMJ", "1000", Some(AreaUnit::M2), Some(1.5)),
        ("JCMJ", "1.5", Some(AreaUnit::Mu), Some(1.5)),
        ("JCMJ", "0.1", Some(AreaUnit::Ha), Some(1.5)),
        ("图斑面积(亩)", "1000", Some(AreaUnit::M2), Some(1.5)),
        ("JCMJ", "40", None, None),
    ] {
        let list = read(&table(&["JCBH", name], &[&["1", value], &["2", value], &["3", value]]));
        assert_eq!(list.area_unit, unit, "{name} {value}");
        let got = list.rows[0].declared_area_mu;
        assert!(got == mu || (got.zip(mu).is_some_and(|(a, b)| (a - b).abs() < 1e-9)), "{name} {value}: {got:?}");
    }
    let list = read(&table(&["JCBH", "JCMJ"], &[&["1", "1.5"], &["2", "1.5"], &["3", "3"]]));
    assert!(list.rows[2].problems.iter().any(|p| p.contains("不符")), "{:?}", list.rows[2].problems);
}

#[test]
fn dates_are_read_strictly() {
    for (text, want) in [
        ("2024-03-05", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        ("2024.3.5", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("2024年3月5日", "2024-03-05"),
        ("2024年 3月 5日", "2024-03-05"),
        ("２０２４年３月５日", "2024-03-05"),
        ("2024-03-05 10:20:30", "2024-03-05"),
        ("2024/3/5 0:00", "2024-03-05"),
        ("2024-03-05T10:20:30Z", "2024-03-05"),
        ("45356", "2024-03-05"),
        ("45356.5", "2024-03-05"),
        ("2024-3", "2024-03-31"),
        ("2024年2月", "2024-02-29"),
        ("202404", "2024-04-30"),
    ] {
        assert_eq!(parse_date(text).map(|d| d.latest()).as_deref(), Some(want), "{text}");
    }
    for text in [
        "",
        "三月",
        "2024-02-30",
        "2023-13-01",
        "20241301",
        "24/3/5",
        "2024",
        "1/2/2024",
        "民国113年3月",
        "99999999",
        "-",
    ] {
        assert_eq!(parse_date(text), None, "{text}");
    }
    let list = read(&table(
        &["JCBH", "拆除日期", "QSX", "HSX"],
        &[&["1", "2024/3/5", "20230101", "2024年2月1日"], &["2", "上个月", "", ""], &["3", "2024-3", "", ""]],
    ));
    assert_eq!(list.rows[0].claim_date.as_deref(), Some("2024-03-05"));
    assert_eq!(list.dates[0].after.as_deref(), Some("2024-02-01"));
    assert!(list.rows[1].claim_date.is_none() && list.rows[1].problems.iter().any(|p| p.contains("无法识别")));
    assert_eq!(list.rows[2].claim_date.as_deref(), Some("2024-03-31"));
}

#[test]
fn a_claims_table_is_joined_and_nothing_is_lost() {
    let mut list = read(&table(&["JCBH", "TBLX"], &[&["A１", ""], &["A2", ""], &["a3 ", ""], &["A2", ""], &["", ""]]));
    let claims = table(
        &["图斑编号", "判定结果", "处置", "处置日期"],
        &[
            &["A1", "违法", "拆除", "2024/5/1"],
            &["A3", "合法", "", ""],
            &["A2", "", "", ""],
            &["A2", "违法", "", ""],
            &["A2", "合法", "", ""],
            &["B9", "违法", "", ""],
            &["", "违法", "", ""],
        ],
    );
    let report = join_claims(&mut list, &claims, &ListHints::default()).expect("joined");
    let got: Vec<Claim> = list.rows.iter().map(|r| r.claim).collect();
    assert_eq!(got, [Claim::Demolished, Claim::Illegal, Claim::Legal, Claim::Illegal, Claim::None]);
    assert_eq!(list.rows[0].claim_date.as_deref(), Some("2024-05-01"));
    assert!(list.rows[1].problems.iter().any(|p| p.contains("第3、4、5行编号相同，内容不一致，采用第4行")));
    assert_eq!((report.matched, report.list_without_claim.clone()), (4, vec![4]));
    assert_eq!(report.unmatched, [(5, "B9".to_string()), (6, String::new())]);
    assert_eq!(report.duplicates, [("A2".to_string(), vec![2, 3, 4])]);
    assert_eq!(report.notes.len(), 3);
    assert_eq!(list.claim_fields, ["处置", "判定结果"]);
    let keyless = table(&["判定结果"], &[&["违法"]]);
    let report = join_claims(&mut list, &keyless, &ListHints::default()).expect("reported");
    assert_eq!((report.unmatched.len(), report.matched), (1, 0));
}

#[test]
fn every_row_is_there_in_order() {
    let mut t = table(&["JCBH"], &[&["1"], &["2"], &["3"]]);
    t.rows[1].shape = None;
    t.rows[1].problems = vec!["没有图形".into()];
    let list = read(&t);
    assert_eq!(list.rows.iter().map(|r| r.row).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(list.rows[1].problems, ["没有图形"]);
    assert_eq!(read(&table(&["JCBH"], &[])).rows.len(), 0);
}
