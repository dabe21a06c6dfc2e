//! The result as text, Markdown and JSON.

use super::result::{BenchResult, ClaimsResult, MethodResult, PixelFigures, SetMethod, StressResult, TileResult};
use super::table::Table;
use crate::report::Lang;

fn figure(value: Option<f64>, digits: usize) -> String {
    value.map_or("-".into(), |v| format!("{v:.digits$}"))
}

fn range(value: Option<[f64; 2]>) -> String {
    value.map_or("-".into(), |[a, b]| format!("{a:.3}..{b:.3}"))
}

fn signed(value: Option<f64>) -> String {
    value.map_or("-".into(), |v| format!("{v:+.3}"))
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|s| s.to_string()).collect()
}

/// Both languages of a heading.
struct Say(bool);

impl Say {
    fn it(&self, zh: &str, en: &str) -> String {
        if self.0 { zh.to_string() } else { en.to_string() }
    }
}

impl BenchResult {
    /// One JSON object.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// For a terminal.
    pub fn to_text(&self, lang: Lang) -> String {
        let say = Say(lang == Lang::Zh);
        let mut out = format!("tuban {}  {}: {}\n", self.version, say.it("流程", "pipeline"), self.pipeline);
        for table in self.tables(&say) {
            out += "\n";
            out += &table.to_text();
        }
        out
    }

    /// As a Markdown page.
    pub fn to_markdown(&self, lang: Lang) -> String {
        let say = Say(lang == Lang::Zh);
        let mut out = format!("# {}\n\n", say.it("tuban 精度评测", "How well tuban does"));
        let how = say.it("由 `tuban bench` 生成，请勿手改。", "Made by `tuban bench`; not to be edited by hand.");
        let pipeline = say.it("流程", "Pipeline");
        out += &format!("{how} tuban {}. {pipeline}: {}.\n\n", self.version, self.pipeline);
        let (machine, took) = (say.it("机器", "Machine"), say.it("用时", "Took"));
        out += &format!("{machine}: {}. {took}: {:.0} s.\n", self.machine, self.seconds);
        for table in self.tables(&say) {
            out += "\n";
            out += &table.to_markdown();
        }
        out
    }

    fn tables(&self, say: &Say) -> Vec<Table> {
        let mut out =
            vec![self.pixel_table(say), self.blob_table(say), self.prevalence_table(say), self.set_table(say)];
        out.extend([self.claims_table(say), self.reliability_table(say)]);
        out.extend([self.stress_summary(say), self.stress_table(say), self.speed_table(say), self.skipped_table(say)]);
        out.retain(|t| !t.rows.is_empty());
        out
    }

    pub(super) fn per_method(&self) -> impl Iterator<Item = (&TileResult, &MethodResult)> {
        self.tiles.iter().flat_map(|t| t.methods.iter().map(move |m| (t, m)))
    }

    fn pixel_table(&self, say: &Say) -> Table {
        let confidence = self.definition.bootstrap.confidence_percent;
        let row = |(t, m): (&TileResult, &MethodResult)| {
            let p = m.pixels.as_ref();
            let of = |f: fn(&PixelFigures) -> Option<f64>| figure(p.and_then(f), 3);
            let mut row = vec![t.set.clone(), t.tile.clone(), m.method.code().to_string()];
            row.extend([of(|p| p.kappa), of(|p| p.f1), of(|p| p.precision), of(|p| p.recall), of(|p| p.oa)]);
            row.extend([of(|p| p.iou), of(|p| p.average_precision), of(|p| p.oracle_kappa)]);
            row.extend([figure(m.flagged_percent, 2), figure(Some(m.judged_percent), 1)]);
            row.extend([range(m.kappa_interval), signed(m.kappa_minus_cva), range(m.kappa_minus_cva_interval)]);
            row
        };
        Table {
            title: say.it("像元", "Pixels"),
            note: say.it(
                &format!(
                    "K 为 Kappa，AP 为得分的平均精确率，K* 为最优阈值的 Kappa；区间按真值图斑整块重抽样，置信度 {confidence} %；dK 为与 CVA 基线之差，成对抽样。"
                ),
                &format!(
                    "K = kappa, AP = average precision of the score, K* = kappa at the oracle threshold; intervals of {confidence} % by drawing whole sites and blocks of ground; dK = K less the CVA baseline's, drawn in pairs."
                ),
            ),
            head: words(&[
                "set", "tile", "method", "K", "F1", "P", "R", "OA", "IoU", "AP", "K*", "flagged %", "judged %",
                "K interval", "dK", "dK interval",
            ]),
            rows: self.per_method().map(row).collect(),
            words: 3,
        }
    }

    fn blob_table(&self, say: &Say) -> Table {
        let row = |(t, m): (&TileResult, &MethodResult)| {
            let b = &m.blobs;
            let missed = b.by_size.iter().filter(|s| s.truth > 0);
            let missed: Vec<String> =
                missed.map(|s| format!("{} {}/{}", s.hectares, s.truth - s.found, s.truth)).collect();
            let mut row = vec![t.set.clone(), t.tile.clone(), m.method.code().to_string()];
            row.extend([b.truth.to_string(), figure(b.recall, 3), figure(b.area_weighted_recall, 3)]);
            row.extend([figure(b.precision, 3), figure(b.recall_iou_25, 3), figure(b.recall_iou_50, 3)]);
            row.extend([figure(b.false_per_km2, 2), figure(b.candidates_per_km2, 2)]);
            row.extend([b.split.to_string(), b.merged.to_string()]);
            row.push(if missed.is_empty() { "-".into() } else { missed.join("; ") });
            row
        };
        let blobs = &self.definition.blobs;
        Table {
            title: say.it("图斑", "Parcels"),
            note: say.it(
                &format!(
                    "候选：连通变化像元不少于 {} 个且不小于 {} 平方米。发现：真值的一半以上被正确候选覆盖；正确：其有标注部分至少四分之一为变化。IoU 列为一一匹配的召回率。误报密度只在标注完整处给出。missed 按真值面积（公顷）列漏检数/总数。",
                    blobs.min_px, blobs.min_m2
                ),
                &format!(
                    "A candidate is a connected blob of at least {} pixels and {} m2. Found: right candidates cover half of a truth object; right: a quarter of what is labelled under it changed. The IoU columns are recall of a one-to-one match. False candidates per km2 only where labels are complete. Missed: of the truth objects per size in hectares.",
                    blobs.min_px, blobs.min_m2
                ),
            ),
            head: words(&[
                "set", "tile", "method", "truth", "R", "R area", "P", "R IoU.25", "R IoU.5", "false/km2",
                "candidates/km2", "split", "merged", "missed",
            ]),
            rows: self.per_method().map(row).collect(),
            words: 3,
        }
    }

    fn prevalence_table(&self, say: &Say) -> Table {
        let labelled = || self.per_method().filter_map(|(t, m)| Some((t, m, m.pixels.as_ref()?)));
        let mut head = words(&["set", "tile", "method", "changed %"]);
        if let Some((_, _, p)) = labelled().next() {
            head.extend(p.precision_at_prevalence.iter().map(|v| format!("P at {} %", v.prevalence_percent)));
        }
        let row = |(t, m, p): (&TileResult, &MethodResult, &PixelFigures)| {
            let mut row = vec![t.set.clone(), t.tile.clone(), m.method.code().to_string()];
            row.push(figure(t.prevalence_percent, 2));
            row.extend(p.precision_at_prevalence.iter().map(|v| figure(v.precision, 3)));
            row
        };
        Table {
            title: say.it("按变化占比折算的精确率", "Precision where another share of the ground changed"),
            note: String::new(),
            head,
            rows: labelled().map(row).collect(),
            words: 3,
        }
    }

    fn set_table(&self, say: &Say) -> Table {
        let mut rows = Vec::new();
        for set in &self.sets {
            rows.extend(set.methods.iter().map(|m: &SetMethod| {
                let mut row = vec![set.set.clone(), m.method.code().to_string(), set.tiles.to_string()];
                row.push(figure(set.prevalence_percent, 2));
                row.extend([figure(m.kappa, 3), range(m.kappa_interval), figure(m.f1, 3)]);
                row.extend([figure(m.average_precision, 3), figure(m.average_precision_ratio_to_cva, 2)]);
                row.extend([signed(m.kappa_minus_cva), range(m.kappa_minus_cva_interval)]);
                row
            }));
        }
        Table {
            title: say.it("各集合均值", "Means per set"),
            note: say.it("只计有变化标注的影像对。", "Over the pairs with changed labels."),
            head: words(&[
                "set",
                "method",
                "pairs",
                "changed %",
                "K",
                "K interval",
                "F1",
                "AP",
                "AP/CVA",
                "dK",
                "dK interval",
            ]),
            rows,
            words: 2,
        }
    }

    fn claims_table(&self, say: &Say) -> Table {
        let share = |part: u64, of: u64| figure((of > 0).then(|| part as f64 / of as f64), 2);
        let row = |c: &ClaimsResult| {
            let mut row = vec![c.set.clone(), c.tile.clone(), c.rows.to_string(), c.not_judged.to_string()];
            row.extend([share(c.right, c.rows), c.untrue.to_string(), share(c.found, c.untrue)]);
            row.extend([c.honest.to_string(), share(c.accused, c.honest)]);
            row
        };
        let mut rows: Vec<Vec<String>> = self.claims.iter().map(row).collect();
        if self.claims.len() > 1 {
            let sum = |of: fn(&ClaimsResult) -> u64| self.claims.iter().map(of).sum();
            rows.push(row(&ClaimsResult {
                set: say.it("合计", "all"),
                tile: String::new(),
                rows: sum(|c| c.rows),
                not_judged: sum(|c| c.not_judged),
                right: sum(|c| c.right),
                untrue: sum(|c| c.untrue),
                found: sum(|c| c.found),
                honest: sum(|c| c.honest),
                accused: sum(|c| c.accused),
            }));
        }
        Table {
            title: say.it("申报核验", "Claims"),
            note: say.it(
                "right 为结论与真值一致的比例；untrue 为应判虚报、部分拆除或瞒报的图斑，found 为其中被指出的比例（不论哪一种）；honest 为应判一致的图斑，accused 为其中被误指的比例。",
                "right = share of rows with the verdict they deserve; untrue = rows that deserve false or partial demolition or concealed, found = share of them accused of any of these; honest = rows that agree with the image, accused = share of them accused.",
            ),
            head: words(&["set", "tile", "rows", "not judged", "right", "untrue", "found", "honest", "accused"]),
            rows,
            words: 2,
        }
    }

    fn reliability_table(&self, say: &Say) -> Table {
        let mut upto = 1.0;
        let rows = self.reliability.iter().map(|r| {
            let range = format!("{:.2}..{upto:.2}", r.from);
            upto = r.from;
            let right = (r.verdicts > 0).then(|| r.right as f64 / r.verdicts as f64);
            vec![range, r.verdicts.to_string(), figure(r.mean_confidence, 2), figure(right, 2)]
        });
        Table {
            title: say.it("置信度的可靠性", "Reliability of confidence"),
            note: say.it(
                "各置信度区间内给出的结论数、平均置信度与正确比例；“无法判定”不计。",
                "Verdicts given per range of confidence, their mean confidence and the share that is right; \"cannot judge\" is left out.",
            ),
            head: words(&["confidence", "verdicts", "mean", "right"]),
            rows: rows.collect(),
            words: 1,
        }
    }

    /// Mean loss per case and method over all pairs.
    fn stress_summary(&self, say: &Say) -> Table {
        let mut keys: Vec<(&str, &str)> = Vec::new();
        for s in &self.stress {
            let key = (s.case.as_str(), s.method.code());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let row = |(case, method): (&str, &str)| {
            let of = |f: &dyn Fn(&StressResult) -> Option<f64>| {
                let same = self.stress.iter().filter(|s| s.case == case && s.method.code() == method);
                let values: Vec<f64> = same.filter_map(f).collect();
                let n = values.len();
                ((n > 0).then(|| values.iter().sum::<f64>() / n as f64), values.into_iter().reduce(f64::max))
            };
            let kappa = of(&|s| s.kappa).0;
            let (loss, worst) = of(&|s| s.loss);
            let n = self.stress.iter().filter(|s| s.case == case && s.method.code() == method).count();
            let mut row = vec![case.to_string(), method.to_string(), n.to_string()];
            row.extend([figure(kappa, 3), signed(loss), signed(worst), figure(of(&|s| s.flagged_percent).0, 2)]);
            for zone in [
                of(&|s| s.cloud_flagged_percent),
                of(&|s| s.cloud_judged_percent),
                of(&|s| s.shadow_flagged_percent),
                of(&|s| s.shadow_judged_percent),
            ] {
                row.push(figure(zone.0, 1));
            }
            row
        };
        Table {
            title: say.it("加扰：各情形均值", "Stress: means per case"),
            note: say.it(
                "loss 为同一批标注上未加扰时的 Kappa 减加扰后的 Kappa，负数为变好；云与影内的标注不计分，另列其中被标为变化、被判定的像元占比。no-change 为前时相加噪的副本，凡标出的都是误报。",
                "loss = kappa without the stress less kappa under it, on the same labels; negative is better. Labels under painted cloud and shadow are not scored; the last columns say how much of them is flagged and judged. no-change is a noisy copy of the earlier image: whatever is flagged is false.",
            ),
            head: words(&[
                "case", "method", "pairs", "K", "loss", "worst loss", "flagged %", "cloud flagged %", "cloud judged %",
                "shadow flagged %", "shadow judged %",
            ]),
            rows: keys.into_iter().map(row).collect(),
            words: 2,
        }
    }

    fn stress_table(&self, say: &Say) -> Table {
        let row = |s: &StressResult| {
            let mut row = vec![s.set.clone(), s.tile.clone(), s.case.clone(), s.method.code().to_string()];
            row.extend([figure(s.kappa, 3), figure(s.unstressed_kappa, 3), signed(s.loss)]);
            row.extend([figure(s.flagged_percent, 2), figure(s.judged_percent, 1)]);
            row
        };
        Table {
            title: say.it("加扰：逐对", "Stress: every pair"),
            note: String::new(),
            head: words(&["set", "tile", "case", "method", "K", "K unstressed", "loss", "flagged %", "judged %"]),
            rows: self.stress.iter().map(row).collect(),
            words: 4,
        }
    }

    fn speed_table(&self, say: &Say) -> Table {
        let rows = self.throughput.iter().map(|t| {
            let mut row = vec![t.set.clone(), t.tile.clone(), figure(Some(t.megapixels), 2), t.bands.to_string()];
            row.extend([figure(Some(t.read_s), 3), figure(Some(t.detect_s), 3)]);
            row.extend([figure(Some(t.ratio), 1), figure(Some(t.megapixels_per_s), 2)]);
            row
        });
        Table {
            title: say.it("速度（单线程，本机）", "Speed (one thread, this machine)"),
            note: say.it(
                "检测含读取，不含地类判别；比值在任何机器上可比，秒数不可比。",
                "Detection includes reading, not land cover. The ratio can be compared between machines, seconds cannot.",
            ),
            head: words(&["set", "tile", "Mpx", "bands", "read CPU-s", "detect CPU-s", "ratio", "Mpx/CPU-s"]),
            rows: rows.collect(),
            words: 2,
        }
    }

    fn skipped_table(&self, say: &Say) -> Table {
        Table {
            title: say.it("未评测", "Not measured"),
            note: String::new(),
            head: vec![say.it("对象", "what"), say.it("原因", "why")],
            rows: self.skipped.iter().map(|s| vec![s.what.clone(), s.why.clone()]).collect(),
            words: 2,
        }
    }
}
