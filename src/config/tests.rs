use super::*;

#[test]
fn the_shipped_file_is_the_default_and_holds_every_key() {
    let parsed = parse("default.toml", DEFAULT_TOML).unwrap();
    assert_eq!(parsed, Pipeline::default());
    for (key, _) in flat(&parsed) {
        let name = key.rsplit('.').next().unwrap();
        assert!(
            DEFAULT_TOML.lines().any(|l| l.starts_with(&format!("{name} ="))),
            "{key} is missing from default.toml"
        );
    }
}

fn faults(text: &str) -> String {
    parse("my.toml", text).unwrap_err().to_string()
}

#[test]
fn faults_name_line_and_what_is_allowed() {
    let unknown = faults("schema = 1\n[change]\nmin-blob = 3\n");
    assert!(unknown.starts_with("my.toml:3:1: unknown field `min-blob`, expected one of"), "{unknown}");
    let kind = faults("schema = 1\n[change]\nmin-blob-px = \"ten\"\n");
    assert!(kind.starts_with("my.toml:3:15: invalid type"), "{kind}");
    let range = faults("schema = 1\n\n[parcels]\nmin-area-m2 = -5.0\n[change]\nclip-percentile = 120.0\n");
    assert_eq!(
        range,
        "my.toml:6:1: change.clip-percentile is 120, allowed is 50 to 100\nmy.toml:4:1: parcels.min-area-m2 is -5, allowed is 0 or more"
    );
    assert!(faults("schema = 7\n").contains("schema is 7, this program reads schema 1"));
    assert!(faults("[change]\n").contains("missing field `schema`"));
}

#[test]
fn overrides_are_typed_and_checked() {
    let base = Pipeline::default();
    let set = |s: &str| with_overrides(&base, &[s.to_string()]);
    assert_eq!(set("parcels.min-area-m2=400").unwrap().parcels.min_area_m2, 400.0);
    assert!(set("parcels.min-area-m2").unwrap_err().to_string().contains("has no '='"));
    assert!(set("parcels.size=4").unwrap_err().to_string().contains("has no key 'size'"));
    assert!(set("parcel.min-pixels=4").unwrap_err().to_string().contains("no stage 'parcel'"));
    assert!(set("parcels.min-pixels=many").unwrap_err().to_string().contains("no number"));
    assert!(set("parcels.min-pixels=1.5").unwrap_err().to_string().contains("the value is float, wanted is integer"));
    // Quotes do not survive most shells.
    for text in ["landcover.model=models/own", "landcover.model=\"models/own\""] {
        assert_eq!(set(text).unwrap().landcover.model, "models/own");
    }
    assert!(set("landcover.model=4").unwrap_err().to_string().contains("the value is integer, wanted is string"));
    assert!(set("landcover.components=0").unwrap_err().to_string().contains("allowed is 1 to 64"));
}
