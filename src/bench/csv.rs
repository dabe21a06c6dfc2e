//! The result as one long CSV table.

use super::result::BenchResult;
use super::table::csv_cell;
use std::fmt::Write;

impl BenchResult {
    /// Every figure in a line of its own: `set,tile,case,method,figure,value`.
    pub fn to_csv(&self) -> String {
        let mut out = String::from("set,tile,case,method,figure,value\n");
        let mut line = |place: [&str; 4], name: &str, value: Option<f64>| {
            let Some(value) = value else { return };
            let place = place.map(csv_cell).join(",");
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{place},{},{value}", csv_cell(name));
        };
        for (t, m) in self.per_method() {
            let place = [t.set.as_str(), t.tile.as_str(), "", m.method.code()];
            let count = |n: u64| Some(n as f64);
            line(place, "labelled_percent", t.labelled_percent);
            line(place, "prevalence_percent", t.prevalence_percent);
            line(place, "flagged_percent", m.flagged_percent);
            line(place, "judged_percent", Some(m.judged_percent));
            if let Some(p) = &m.pixels {
                for (name, n) in [("tp", p.tp), ("fp", p.fp), ("fn", p.fn_), ("tn", p.tn)] {
                    line(place, name, count(n));
                }
                for (name, value) in [
                    ("oa", p.oa),
                    ("kappa", p.kappa),
                    ("precision", p.precision),
                    ("recall", p.recall),
                    ("f1", p.f1),
                    ("iou", p.iou),
                    ("average_precision", p.average_precision),
                    ("oracle_kappa", p.oracle_kappa),
                    ("judged_labels_percent", p.judged_labels_percent),
                ] {
                    line(place, name, value);
                }
                for v in &p.precision_at_prevalence {
                    line(place, &format!("precision_at_{}_percent", v.prevalence_percent), v.precision);
                }
            }
            for (name, interval) in [("kappa", m.kappa_interval), ("kappa_minus_cva", m.kappa_minus_cva_interval)] {
                line(place, &format!("{name}_low"), interval.map(|i| i[0]));
                line(place, &format!("{name}_high"), interval.map(|i| i[1]));
            }
            line(place, "kappa_minus_cva", m.kappa_minus_cva);
            let b = &m.blobs;
            for (name, value) in [
                ("parcels_truth", count(b.truth)),
                ("parcels_found", count(b.found)),
                ("parcels_recall", b.recall),
                ("parcels_area_weighted_recall", b.area_weighted_recall),
                ("parcels_precision", b.precision),
                ("parcels_recall_iou_25", b.recall_iou_25),
                ("parcels_recall_iou_50", b.recall_iou_50),
                ("false_per_km2", b.false_per_km2),
                ("candidates_per_km2", b.candidates_per_km2),
                ("parcels_split", count(b.split)),
                ("parcels_merged", count(b.merged)),
            ] {
                line(place, name, value);
            }
            for s in b.by_size.iter().filter(|s| s.truth > 0) {
                line(place, &format!("missed_{}_ha", s.hectares), count(s.truth - s.found));
            }
        }
        for c in &self.claims {
            let place = [c.set.as_str(), c.tile.as_str(), "claims", "tuban"];
            for (name, n) in [
                ("rows", c.rows),
                ("not_judged", c.not_judged),
                ("right", c.right),
                ("untrue", c.untrue),
                ("found", c.found),
                ("honest", c.honest),
                ("accused", c.accused),
            ] {
                line(place, &format!("claims_{name}"), Some(n as f64));
            }
        }
        for r in &self.reliability {
            let place = ["", "", "claims", "tuban"];
            let name = format!("confidence_from_{}", r.from);
            line(place, &format!("{name}_verdicts"), Some(r.verdicts as f64));
            line(place, &format!("{name}_right"), Some(r.right as f64));
        }
        for s in &self.stress {
            let place = [s.set.as_str(), s.tile.as_str(), s.case.as_str(), s.method.code()];
            for (name, value) in [
                ("kappa", s.kappa),
                ("unstressed_kappa", s.unstressed_kappa),
                ("loss", s.loss),
                ("flagged_percent", s.flagged_percent),
                ("judged_percent", s.judged_percent),
                ("cloud_flagged_percent", s.cloud_flagged_percent),
                ("cloud_judged_percent", s.cloud_judged_percent),
                ("shadow_flagged_percent", s.shadow_flagged_percent),
                ("shadow_judged_percent", s.shadow_judged_percent),
            ] {
                line(place, name, value);
            }
        }
        out
    }
}
