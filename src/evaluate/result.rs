//! The result of an evaluation, for programs and for people.

use super::{Confusion, ParcelScores, PixelCounts};
use crate::report::Lang;
use serde::Serialize;
use std::fmt::Write;

/// Shares of changed ground for which the precision is projected.
const PREVALENCES: [f64; 4] = [0.001, 0.005, 0.01, 0.05];

/// The precision to expect at a share of changed ground.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PrevalencePrecision {
    /// Share of the ground that changed, percent.
    pub prevalence_percent: f64,
    /// Expected precision; `None` when it cannot be said.
    pub precision: Option<f64>,
}

/// Everything an evaluation says. Shares are 0-1; a figure that the labels cannot give is `None`, never 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvaluationResult {
    /// The change map.
    pub change: String,
    /// The truth.
    pub truth: String,
    /// `raster` or `polygons`.
    pub truth_type: &'static str,
    /// Counts of labelled pixels.
    #[serde(flatten)]
    pub confusion: Confusion,
    /// Overall accuracy.
    pub oa: Option<f64>,
    /// Cohen's kappa.
    pub kappa: Option<f64>,
    /// Precision of change.
    pub precision: Option<f64>,
    /// Recall of change.
    pub recall: Option<f64>,
    /// F1 of change.
    pub f1: Option<f64>,
    /// Intersection over union of change.
    pub iou: Option<f64>,
    /// Average precision of the score; `None` without a score.
    pub average_precision: Option<f64>,
    /// Largest kappa that a threshold on the score reaches; `None` without a score.
    pub best_threshold_kappa: Option<f64>,
    /// Labelled pixels that were judged, percent.
    pub judged_percent: Option<f64>,
    /// Labelled pixels.
    pub labelled: u64,
    /// Precision projected to other shares of change.
    pub precision_at_prevalence: Vec<PrevalencePrecision>,
    /// All parcels against all truth polygons; `None` for a truth raster.
    pub parcels: Option<ParcelScores>,
    /// Parcels that matter for enforcement against truth that does; `None` where one side does not say.
    pub parcels_relevant: Option<ParcelScores>,
    /// What the parcels are: `candidates`, or `change mask` when the run has none; `None` for a truth raster.
    pub parcels_from: Option<&'static str>,
    /// What was left out or done differently, as codes with counts.
    pub notes: Vec<String>,
}

impl EvaluationResult {
    /// A result with the pixel figures; parcels and notes are added by the caller.
    pub fn from_pixels(change: String, truth: String, truth_type: &'static str, counts: &PixelCounts) -> Self {
        let c = counts.confusion;
        let scores = counts.scores.as_ref();
        EvaluationResult {
            change,
            truth,
            truth_type,
            confusion: c,
            oa: c.oa(),
            kappa: c.kappa(),
            precision: c.precision(),
            recall: c.recall(),
            f1: c.f1(),
            iou: c.iou(),
            average_precision: scores.and_then(|s| s.average_precision()),
            best_threshold_kappa: scores.and_then(|s| s.best_kappa()).map(|(kappa, _)| kappa),
            judged_percent: counts.judged_percent(),
            labelled: c.total(),
            precision_at_prevalence: PREVALENCES
                .iter()
                .map(|&p| PrevalencePrecision { prevalence_percent: p * 100.0, precision: c.precision_at(p) })
                .collect(),
            parcels: None,
            parcels_relevant: None,
            parcels_from: None,
            notes: Vec::new(),
        }
    }

    /// The result as one JSON object.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// The result as a page of text.
    pub fn to_text(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        let say = |chinese: &'static str, english: &'static str| if zh { chinese } else { english };
        let mut out = String::new();
        // Writing to a String cannot fail.
        let mut line = |s: String| _ = writeln!(out, "{s}");
        let figure = |v: Option<f64>| v.map_or("-".to_string(), |v| format!("{v:.4}"));
        let c = &self.confusion;
        line(format!("{}: {}", say("变化图", "change map"), self.change));
        line(format!("{}: {}", say("真值", "truth"), self.truth));
        line(format!(
            "{}: {}  ({} {} %)",
            say("有标注像元", "labelled pixels"),
            self.labelled,
            say("其中可判定", "of these judged"),
            self.judged_percent.map_or("-".into(), |v| format!("{v:.2}"))
        ));
        line(format!("TP {}  FP {}  FN {}  TN {}", c.tp, c.fp, c.fn_, c.tn));
        for (chinese, english, value) in [
            ("总体精度 OA", "overall accuracy", self.oa),
            ("Kappa 系数", "kappa", self.kappa),
            ("精确率(变化)", "precision (change)", self.precision),
            ("召回率(变化)", "recall (change)", self.recall),
            ("F1(变化)", "F1 (change)", self.f1),
            ("交并比(变化)", "IoU (change)", self.iou),
            ("平均精确率(得分)", "average precision (score)", self.average_precision),
            ("最优阈值 Kappa", "kappa at the best threshold", self.best_threshold_kappa),
        ] {
            line(format!("  {}: {}", say(chinese, english), figure(value)));
        }
        let at = |p: &PrevalencePrecision| format!("{} % {}", p.prevalence_percent, figure(p.precision));
        line(format!(
            "  {}: {}",
            say("按变化占比折算的精确率", "precision where this share changed"),
            self.precision_at_prevalence.iter().map(at).collect::<Vec<_>>().join("  ")
        ));
        for (title, parcels) in [
            (say("图斑(全部)", "parcels (all)"), &self.parcels),
            (say("图斑(执法关注)", "parcels (enforcement)"), &self.parcels_relevant),
        ] {
            if let Some(p) = parcels {
                parcel_lines(p, title, zh, &mut line);
            }
        }
        for note in &self.notes {
            line(format!("{}: {note}", say("说明", "note")));
        }
        out
    }
}

fn parcel_lines(p: &ParcelScores, title: &str, zh: bool, line: &mut impl FnMut(String)) {
    let figure = |v: Option<f64>| v.map_or("-".to_string(), |v| format!("{v:.3}"));
    if zh {
        line(format!(
            "{title}: 真值 {} 个, 发现 {} 个; 提取 {} 个, 正确 {} 个",
            p.truth, p.found, p.predicted, p.right
        ));
        line(format!(
            "  召回率 {}  精确率 {}  面积加权召回率 {}  误报 {} 个/km²",
            figure(p.recall),
            figure(p.precision),
            figure(p.area_weighted_recall),
            figure(p.false_per_km2)
        ));
        line(format!("  拆分 {} 个, 合并 {} 个, 面积比中位数 {}", p.split, p.merged, figure(p.median_size_ratio)));
    } else {
        line(format!("{title}: truth {}, found {}; extracted {}, right {}", p.truth, p.found, p.predicted, p.right));
        line(format!(
            "  recall {}  precision {}  area-weighted recall {}  false alarms {} per km2",
            figure(p.recall),
            figure(p.precision),
            figure(p.area_weighted_recall),
            figure(p.false_per_km2)
        ));
        line(format!("  split {}, merged {}, median size ratio {}", p.split, p.merged, figure(p.median_size_ratio)));
    }
    let sizes = p.by_size.iter().filter(|s| s.truth > 0);
    let sizes: Vec<String> = sizes.map(|s| format!("{} ha {}/{}", s.hectares, s.found, s.truth)).collect();
    line(format!("  {}: {}", if zh { "按面积" } else { "by size" }, sizes.join("  ")));
    let kinds: Vec<String> = p.by_kind.iter().map(|k| format!("{} {}/{}", k.kind, k.found, k.truth)).collect();
    if !kinds.is_empty() {
        line(format!("  {}: {}", if zh { "按类型" } else { "by kind" }, kinds.join("  ")));
    }
}
