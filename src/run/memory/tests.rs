use super::*;

fn size(side: usize) -> ScanSize {
    let (sky_reach, sky_block) = (445, 510);
    ScanSize {
        rows: side,
        cols: side,
        bands: 4,
        decoded_bytes: 16.0,
        tile: 512,
        halo: 27,
        sky_reach,
        sky_block,
        threads: 2,
        vector_bytes: 0,
        told: false,
    }
}

#[test]
fn a_county_fits_and_grows_slowly() {
    let pipeline = Pipeline::default();
    let peak = |side: usize| size(side).plan(&pipeline, 2 << 30).peak / MIB;
    assert!(peak(8192) <= 512, "{}", peak(8192));
    assert!(peak(20_480) <= 768, "{}", peak(20_480));
    assert!(peak(51_200) <= 1536, "{}", peak(51_200));
    assert!(peak(512) < peak(8192));
}

#[test]
fn wide_grids_are_cut_into_strips_whose_blocks_fit() {
    let pipeline = Pipeline::default();
    let block = 4 * MIB;
    for side in [512, 8192, 20_480, 51_200] {
        for allowed in [0, 400 * MIB, 600 * MIB, 8 << 30] {
            let plan = size(side).plan(&pipeline, allowed);
            assert!((LEAST_CACHE..=MOST_CACHE).contains(&plan.cache), "{side} {allowed}: {plan:?}");
            let beside = if plan.strip_tiles * 512 < side { 2 } else { 0 };
            let needed = ((plan.strip_tiles as u64 + beside) as f64 * size(side).block_rows()) as u64 * block;
            assert!(plan.cache + block >= needed || plan.strip_tiles == 1, "{side} {allowed}: {plan:?}");
        }
    }
    assert!(size(8192).plan(&pipeline, 2 << 30).strip_tiles >= 16);
    assert!(size(20_480).plan(&pipeline, 2 << 30).strip_tiles < 40);
}

#[test]
fn list_and_layers_count() {
    let pipeline = Pipeline::default();
    let with = ScanSize { vector_bytes: 100 * MIB, ..size(8192) };
    assert_eq!(with.plan(&pipeline, 2 << 30).peak, size(8192).plan(&pipeline, 2 << 30).peak + 300 * MIB);
}
