//! The limits by which verdicts are read; the contract's table, as defaults.

use serde::{Deserialize, Serialize};

/// Cross-check parameters (`[crosscheck]` of a pipeline file). Shares in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CrosscheckParams {
    /// A candidate is listed when at least this much of it lies in list patches.
    pub listed_percent: f64,
    /// A candidate is unlisted when less than this much of it lies in list patches.
    pub unlisted_percent: f64,
    /// The part outside the list counts as approved from this coverage on.
    pub approved_percent: f64,
    /// A partly listed candidate is unreported when its uncovered part is at least this, m2.
    pub uncovered_min_m2: f64,
    /// ... and at least this share of it.
    pub uncovered_min_percent: f64,
    /// A patch can be judged when at least this much of it was seen at both dates.
    pub min_valid_percent: f64,
    /// A patch can be judged from this many pixels on.
    pub min_pixels: u64,
    /// Change is seen on a patch from this share of new works on.
    pub seen_percent: f64,
    /// ... or from this probability of new works on the patch as a whole.
    pub new_works_probability_percent: f64,
    /// Before a demolition can be judged, at least this much of the patch was built.
    pub built_before_percent: f64,
    /// Remaining built share from which a demolition is false.
    pub false_demolition_percent: f64,
    /// Remaining built share from which a demolition is partial.
    pub partial_demolition_percent: f64,
    /// Farm cover below which a restoration is not done.
    pub restored_percent: f64,
    /// Median NDVI of a restoration against that of the ground around, under which it is not done.
    pub restored_greenness_percent: f64,
    /// Roofs that are no greenhouse, above which a farm facility is concealed.
    pub facility_roof_percent: f64,
    /// Hard surface above which a farm facility is concealed.
    pub facility_hard_percent: f64,
    /// Buildings above which a temporary use is concealed.
    pub temporary_building_percent: f64,
    /// Buildings above which a village road is concealed.
    pub road_building_percent: f64,
    /// Share of greenhouses among what is built from which a farm facility is taken for greenhouses, ...
    pub facility_greenhouse_percent: f64,
    /// ... unless its edges run less one way than this.
    pub facility_scattered_percent: f64,
    /// Edges that run so much one way are those of greenhouses in rows, ...
    pub facility_rows_percent: f64,
    /// ... where at least this much of what is built looks like greenhouses.
    pub facility_rows_film_percent: f64,
    /// Edges inside a patch so much of which are at right angles are those of a building.
    pub right_angles_percent: f64,
    /// Edges that run so much one way are those of a road, whatever its colour.
    pub road_along_percent: f64,
    /// Edges kept from which nobody can say that a building is gone, whatever its colours.
    pub edges_contradict_percent: f64,
    /// Edges kept from which a building still stands, where there is no infrared.
    pub edges_standing_percent: f64,
    /// How far outlines of roads are drawn outside of them on each side, m.
    pub road_outline_m: f64,
    /// Greatest width of a village road, m.
    pub road_max_width_m: f64,
    /// New works from which "no change" is concealed, unless the patch as a whole shows them anyway.
    pub no_change_percent: f64,
    /// Residual misregistration above which nothing is judged, pixels.
    pub max_residual_px: f64,
}

impl Default for CrosscheckParams {
    fn default() -> Self {
        CrosscheckParams {
            listed_percent: 80.0,
            unlisted_percent: 20.0,
            approved_percent: 95.0,
            uncovered_min_m2: 100.0,
            uncovered_min_percent: 20.0,
            min_valid_percent: 80.0,
            min_pixels: 9,
            seen_percent: 5.0,
            new_works_probability_percent: 50.0,
            built_before_percent: 5.0,
            false_demolition_percent: 50.0,
            partial_demolition_percent: 10.0,
            restored_percent: 50.0,
            restored_greenness_percent: 75.0,
            facility_roof_percent: 10.0,
            facility_hard_percent: 30.0,
            temporary_building_percent: 5.0,
            road_building_percent: 5.0,
            facility_greenhouse_percent: 16.0,
            facility_scattered_percent: 35.0,
            facility_rows_percent: 55.0,
            facility_rows_film_percent: 4.0,
            right_angles_percent: 33.0,
            road_along_percent: 70.0,
            edges_contradict_percent: 35.0,
            edges_standing_percent: 28.0,
            road_outline_m: 1.25,
            road_max_width_m: 8.0,
            no_change_percent: 10.0,
            max_residual_px: 2.0,
        }
    }
}
