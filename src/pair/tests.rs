use super::*;
use crate::io::source::BandInfo;
use crate::raster::BandRole;

fn bands(names: &[&str]) -> Vec<BandInfo> {
    let band = |(i, n): (usize, &&str)| BandInfo {
        index: i + 1,
        name: n.to_string(),
        role: BandRole::from_name(n),
        nodata: None,
    };
    names.iter().enumerate().map(band).collect()
}

fn plan(a: &[&str], b: &[&str], given: Option<&str>) -> Result<BandPlan, PairError> {
    let (a, b) = (bands(a), bands(b));
    let given = given.map(|g| parse_band_names(g).unwrap());
    match_bands(&ImageBands { path: "a.tif", bands: &a }, &ImageBands { path: "b.tif", bands: &b }, given.as_deref())
}

#[test]
fn same_roles_in_another_order_are_matched() {
    let p = plan(&["blue", "green", "red", "nir"], &["nir", "red", "green", "blue", "swir1"], None).unwrap();
    assert_eq!((p.before, p.after), (vec![0, 1, 2, 3], vec![3, 2, 1, 0]));
    assert_eq!(p.left_out, vec!["b.tif: band 5 'swir1'"]);
}

#[test]
fn unnamed_bands_go_by_position_and_stay_unnamed() {
    let p = plan(&["", ""], &["red", "nir"], None).unwrap();
    assert_eq!((p.roles, p.how), (vec![None, None], "position"));
}

#[test]
fn given_names_override_and_may_leave_bands_out() {
    let p = plan(&["", "", "", ""], &["", "", "", ""], Some("red,green,-,nir")).unwrap();
    assert_eq!(p.roles, vec![Some(BandRole::Green), Some(BandRole::Red), Some(BandRole::Nir)]);
    assert_eq!(p.before, vec![1, 0, 3]);
}

#[test]
fn faults_are_named() {
    assert!(
        plan(&["", ""], &["", "", ""], None).unwrap_err().to_string().contains("a.tif has 2 bands and b.tif has 3")
    );
    assert!(plan(&["blue"], &["nir"], None).unwrap_err().to_string().contains("no band in common"));
    assert!(plan(&["", ""], &["", ""], Some("red")).unwrap_err().to_string().contains("--bands names 1 bands"));
    assert_eq!(parse_band_names("red,rde"), Err(PairError::BandName { found: "rde".into() }));
    assert_eq!(parse_band_names("red,red"), Err(PairError::BandTwice { found: "red".into() }));
}

#[test]
fn seasons_go_round_the_year() {
    assert_eq!(season_days(Some("2018-12-20"), Some("2020-01-10")), Some(21));
    assert_eq!(season_days(Some("2018-04-01"), Some("2019-07-01")), Some(91));
    assert_eq!(season_days(Some("2018-04-01"), None), None);
    assert_eq!(day_number("2019-02-29"), None);
    assert_eq!(day_number("2020-12-31").map(|d| d.0), Some(366));
}

#[test]
fn other_seasons_cost_confidence() {
    let trust = |days| season_trust(days, 0.3);
    assert_eq!([trust(0), trust(SEASON_DAYS)], [1.0; 2]);
    assert!(trust(113) < trust(80) && trust(80) < 1.0);
    assert!((trust(182) - 0.7).abs() < 1e-12 && (season_trust(182, 0.05) - 0.95).abs() < 1e-12);
}
