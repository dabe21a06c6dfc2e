use super::*;

#[test]
#[ignore = "writes a county to the directory named in TUBAN_SAMPLE_OUT"]
fn write_a_county() {
    let get = |k: &str, d: &str| std::env::var(k).unwrap_or_else(|_| d.to_string());
    let out = PathBuf::from(get("TUBAN_SAMPLE_OUT", "county"));
    let params = SampleParams {
        size_px: get("TUBAN_SAMPLE_SIZE", "2048").parse().unwrap(),
        seed: get("TUBAN_SAMPLE_SEED", "1").parse().unwrap(),
        gsd_m: get("TUBAN_SAMPLE_GSD", "2").parse().unwrap(),
        clouds: get("TUBAN_SAMPLE_CLOUDS", "0").parse().unwrap(),
        threads: get("TUBAN_SAMPLE_THREADS", "0").parse().unwrap(),
    };
    let summary = generate(&params, &out, &mut |_, _, _| {}).unwrap();
    println!("{summary:#?}");
}
