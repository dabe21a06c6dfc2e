//! What values are allowed.

use super::Pipeline;

/// A value out of range.
pub struct RangeFault {
    /// Stage.
    pub table: &'static str,
    /// Key.
    pub key: &'static str,
    /// Value found.
    pub found: f64,
    /// What is allowed.
    pub allowed: &'static str,
}

/// Every value out of range.
pub fn check(p: &Pipeline) -> Vec<RangeFault> {
    let mut faults = Vec::new();
    let mut want = |table, key, found: f64, ok: bool, allowed| {
        if !ok || !found.is_finite() {
            faults.push(RangeFault { table, key, found, allowed });
        }
    };
    let percent = |v: f64| (0.0..=100.0).contains(&v);
    let a = &p.align;
    want("align", "min-overlap-percent", a.min_overlap_percent, percent(a.min_overlap_percent), "0 to 100");
    want("align", "leave-alone-px", a.leave_alone_px, (0.0..=5.0).contains(&a.leave_alone_px), "0 to 5");
    want("align", "max-shift-px", a.max_shift_px, (0.0..=128.0).contains(&a.max_shift_px), "0 to 128");
    let tile = a.tie_tile_px;
    want(
        "align",
        "tie-tile-px",
        tile as f64,
        tile.is_power_of_two() && (32..=1024).contains(&tile),
        "a power of two from 32 to 1024",
    );
    want("align", "max-tie-tiles", a.max_tie_tiles as f64, (1..=1000).contains(&a.max_tie_tiles), "1 to 1000");
    let m = &p.mask;
    for (key, value) in [
        ("whiteness", m.whiteness),
        ("whiteness-sd", m.whiteness_sd),
        ("brightness", m.brightness),
        ("lone-min-width-m", m.lone_min_width_m),
        ("min-width-m", m.min_width_m),
    ] {
        want("mask", key, value, value > 0.0, "above 0");
    }
    want("mask", "lone-min-width-m", m.lone_min_width_m, m.lone_min_width_m <= 2000.0, "at most 2000");
    want("mask", "min-width-m", m.min_width_m, m.min_width_m <= m.lone_min_width_m, "at most lone-min-width-m");
    want("mask", "sharp-edge-percent", m.sharp_edge_percent, percent(m.sharp_edge_percent), "0 to 100");
    want("mask", "rim-m", m.rim_m, (0.0..=1000.0).contains(&m.rim_m), "0 to 1000");
    want("mask", "margin-m", m.margin_m, (0.0..=500.0).contains(&m.margin_m), "0 to 500");
    want("mask", "shadow-percent", m.shadow_percent, percent(m.shadow_percent), "0 to 100");
    want("mask", "shadow-reach-m", m.shadow_reach_m, (0.0..=5000.0).contains(&m.shadow_reach_m), "0 to 5000");
    for (key, scheme) in [("qa-pixel", &m.qa_pixel), ("qa60", &m.qa60)] {
        let bit = scheme.highest();
        want("mask", key, f64::from(bit), bit < 32, "bits from 0 to 31");
    }
    let n = &p.normalise;
    want("normalise", "max-iterations", n.max_iterations as f64, (1..=200).contains(&n.max_iterations), "1 to 200");
    want("normalise", "tolerance", n.tolerance, n.tolerance > 0.0 && n.tolerance < 0.5, "above 0 and below 0.5");
    let probability = n.no_change_probability;
    want("normalise", "no-change-probability", probability, (0.0..1.0).contains(&probability), "0 to below 1");
    let of_veil = [
        ("veil-max-spread-ratio", n.veil_max_spread_ratio),
        ("patchy-veil-max-spread-ratio", n.patchy_veil_max_spread_ratio),
    ];
    for (key, ratio) in of_veil {
        want("normalise", key, ratio, (0.0..=1.0).contains(&ratio), "0 to 1");
    }
    want("normalise", "max-sample-px", n.max_sample_px as f64, n.max_sample_px >= 1000, "1000 or more");
    want("normalise", "max-sample-blocks", n.max_sample_blocks as f64, n.max_sample_blocks >= 1, "1 or more");
    let c = &p.change;
    want("change", "smooth-radius-px", c.smooth_radius_px as f64, c.smooth_radius_px <= 16, "0 to 16");
    want("change", "smooth-eps", c.smooth_eps, c.smooth_eps > 0.0, "above 0");
    let metres = |v: f64| v > 0.0 && v <= 1000.0;
    want(
        "change",
        "structure-max-gsd-m",
        c.structure_max_gsd_m,
        (0.0..=1000.0).contains(&c.structure_max_gsd_m),
        "0 to 1000",
    );
    want("change", "structure-scale-m", c.structure_scale_m, metres(c.structure_scale_m), "above 0, at most 1000");
    let agreement = c.fuse_min_agreement;
    want("change", "fuse-min-agreement", agreement, (-1.0..=1.0).contains(&agreement), "-1 to 1");
    want("change", "robust-from-px", c.robust_from_px, c.robust_from_px >= 0.0, "0 or more");
    want("change", "core-ratio", c.core_ratio, (1.0..=100.0).contains(&c.core_ratio), "1 to 100");
    want("change", "min-blob-px", c.min_blob_px as f64, c.min_blob_px <= 64, "0 to 64");
    want("change", "min-hole-px", c.min_hole_px as f64, c.min_hole_px <= 64, "0 to 64");
    want("change", "max-changed-percent", c.max_changed_percent, percent(c.max_changed_percent), "0 to 100");
    want("change", "histogram-bins", c.histogram_bins as f64, (16..=65_536).contains(&c.histogram_bins), "16 to 65536");
    want("change", "clip-percentile", c.clip_percentile, (50.0..=100.0).contains(&c.clip_percentile), "50 to 100");
    want(
        "change",
        "min-class-percent",
        c.min_class_percent,
        (0.0..50.0).contains(&c.min_class_percent),
        "0 to below 50",
    );
    let usual = c.structure_usual_threshold;
    want("change", "structure-usual-threshold", usual, usual > 0.0, "above 0");
    want("change", "separation-gain-from", c.separation_gain_from, c.separation_gain_from >= 1.0, "1 or more");
    let full = c.separation_gain_full;
    want("change", "separation-gain-full", full, full >= c.separation_gain_from, "separation-gain-from or more");
    let l = &p.landcover;
    want("landcover", "components", l.components as f64, (1..=64).contains(&l.components), "1 to 64");
    want("landcover", "min-component-percent", l.min_component_percent, percent(l.min_component_percent), "0 to 100");
    want("landcover", "max-component-spread", l.max_component_spread, l.max_component_spread >= 1.0, "1 or more");
    want("landcover", "works-distance", l.works_distance, l.works_distance > 0.0, "above 0");
    let ratio = l.altered_max_score_ratio;
    want("landcover", "altered-max-score-ratio", ratio, ratio >= 1.0, "1 or more");
    want("landcover", "likely-works", l.likely_works, (0.0..=1.0).contains(&l.likely_works), "0 to 1");
    want("landcover", "second-look-ratio", l.second_look_ratio, (0.0..=1.0).contains(&l.second_look_ratio), "0 to 1");
    want("landcover", "second-look-works", l.second_look_works, (0.0..=1.0).contains(&l.second_look_works), "0 to 1");
    want("landcover", "max-sample-px", l.max_sample_px as f64, l.max_sample_px >= 1000, "1000 or more");
    want("landcover", "majority-radius-px", l.majority_radius_px as f64, l.majority_radius_px <= 8, "0 to 8");
    let k = &p.parcels;
    want("parcels", "min-area-m2", k.min_area_m2, k.min_area_m2 >= 0.0, "0 or more");
    let likely = k.min_works_probability;
    want("parcels", "min-works-probability", likely, (0.0..=1.0).contains(&likely), "0 to 1");
    want("parcels", "min-score-ratio", k.min_score_ratio, k.min_score_ratio >= 0.0, "0 or more");
    want(
        "parcels",
        "altered-min-score-ratio",
        k.altered_min_score_ratio,
        k.altered_min_score_ratio >= 0.0,
        "0 or more",
    );
    want("parcels", "linear-min-elongation", k.linear_min_elongation, k.linear_min_elongation >= 1.0, "1 or more");
    let x = &p.crosscheck;
    for (key, value) in [
        ("listed-percent", x.listed_percent),
        ("unlisted-percent", x.unlisted_percent),
        ("approved-percent", x.approved_percent),
        ("uncovered-min-percent", x.uncovered_min_percent),
        ("min-valid-percent", x.min_valid_percent),
        ("seen-percent", x.seen_percent),
        ("new-works-probability-percent", x.new_works_probability_percent),
        ("built-before-percent", x.built_before_percent),
        ("false-demolition-percent", x.false_demolition_percent),
        ("partial-demolition-percent", x.partial_demolition_percent),
        ("restored-percent", x.restored_percent),
        ("restored-greenness-percent", x.restored_greenness_percent),
        ("facility-roof-percent", x.facility_roof_percent),
        ("facility-hard-percent", x.facility_hard_percent),
        ("temporary-building-percent", x.temporary_building_percent),
        ("road-building-percent", x.road_building_percent),
        ("no-change-percent", x.no_change_percent),
        ("edges-standing-percent", x.edges_standing_percent),
        ("edges-contradict-percent", x.edges_contradict_percent),
        ("facility-greenhouse-percent", x.facility_greenhouse_percent),
        ("facility-scattered-percent", x.facility_scattered_percent),
        ("facility-rows-percent", x.facility_rows_percent),
        ("facility-rows-film-percent", x.facility_rows_film_percent),
        ("right-angles-percent", x.right_angles_percent),
        ("road-along-percent", x.road_along_percent),
    ] {
        want("crosscheck", key, value, percent(value), "0 to 100");
    }
    let (key, value) = ("road-outline-m", x.road_outline_m);
    want("crosscheck", key, value, (0.0..=5.0).contains(&value), "0 to 5");
    let order = x.partial_demolition_percent <= x.false_demolition_percent;
    want(
        "crosscheck",
        "partial-demolition-percent",
        x.partial_demolition_percent,
        order,
        "at most false-demolition-percent",
    );
    faults
}
