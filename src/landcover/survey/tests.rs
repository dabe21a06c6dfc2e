use super::*;

#[test]
fn codes_are_read_by_table_and_not_by_prefix() {
    let zh = |code: &str| ground_of(code).map(|g| g.zh);
    for (code, wanted) in [
        ("0103", Some("耕地")),
        ("103", None),
        ("013", Some("耕地")),
        ("0201K", Some("园地、林地、草地")),
        ("1104A", Some("水面")),
        ("05H1", Some("城镇、村庄、工矿仓储用地")),
        (" 0702 ", Some("城镇、村庄、工矿仓储用地")),
        ("122", Some("设施农用地")),
        ("1203", None),
        ("", None),
    ] {
        assert_eq!(zh(code), wanted, "{code}");
    }
    assert!(ground_of("0301").is_some_and(SurveyGround::natural));
    assert!(!ground_of("1202").is_some_and(SurveyGround::natural));
}

#[test]
fn no_code_stands_twice() {
    let mut codes: Vec<&str> = SURVEY.iter().flat_map(|g| g.second.iter().chain(g.third)).copied().collect();
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
}

#[test]
fn a_class_knows_the_codes_of_both_surveys() {
    assert_eq!(Class::Crop.survey_codes(), (vec!["01", "011", "012", "013"], vec!["0101", "0102", "0103"]));
    assert_eq!(Class::Photovoltaic.survey_codes(), (vec![], vec![]));
    let natural = |c: &Class| !c.works();
    for class in Class::ALL.iter().filter(|c| natural(c) && **c != Class::Vegetation) {
        assert!(!class.survey_codes().1.is_empty(), "{}", class.code());
    }
}
