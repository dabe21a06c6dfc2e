use super::checks::*;

#[test]
fn seasons_go_round_the_year() {
    assert_eq!(season_days(Some("2018-12-20"), Some("2020-01-10")), Some(21));
    assert_eq!(season_days(Some("2018-04-01"), Some("2019-07-01")), Some(91));
    assert_eq!(season_days(Some("2018-04-01"), None), None);
    assert_eq!(day_number("2019-02-29"), None);
}
