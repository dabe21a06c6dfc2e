//! One hand-made document with every verdict, every finding, and texts that try to break out of each format.

use crate::align::ResidualSummary;
use crate::crosscheck::*;
use crate::features::{FieldDef, FieldKind, FieldValue};
use crate::grid::{Affine, Crs, Grid};
use crate::landcover::Class;
use crate::parcels::Kind;
use crate::raster::Quality;
use crate::report::document::*;
use crate::report::picture;
use geo::{LineString, MultiPolygon, Polygon};
use image::RgbImage;

/// Breaks out of an attribute, out of a script, and runs when parsed as HTML.
pub const XSS: &str = "\"><img src=x onerror=alert(1)></script><script>alert(2)</script>'`${7*7}{{7*7}}";
/// Formulas in four spreadsheets.
pub const FORMULAS: [&str; 4] = ["=HYPERLINK(\"http://x\",\"y\")", "+1+1", "-2+3", "@SUM(A1)"];
/// A ministry id, longer than a number of Excel.
pub const LONG_ID: &str = "37032320190100012345";

pub fn square(x: f64, y: f64, side: f64) -> MultiPolygon<f64> {
    let ring = vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
    MultiPolygon(vec![Polygon::new(LineString::from(ring), vec![])])
}

pub fn grid() -> Grid {
    let crs = Crs {
        wkt: String::new(),
        name: "CGCS2000 / 3-degree Gauss-Kruger zone 39".into(),
        epsg: Some(4527),
        geographic: false,
        unit_m: 1.0,
    };
    Grid { crs, affine: Affine([39_600_000.0, 2.0, 0.0, 4_010_000.0, 0.0, -2.0]), rows: 1500, cols: 2000 }
}

fn file(path: &str, digit: &str) -> FileSummary {
    FileSummary { path: path.into(), bytes: 24_000_512, sha256: Some(digit.repeat(64)), hashed_bytes: 24_000_512 }
}

fn image(path: &str, digit: &str, date: &str) -> ImageSummary {
    ImageSummary {
        files: vec![file(path, digit)],
        masks: Vec::new(),
        date: Some(date.into()),
        sensor: Some("GF-1 PMS".into()),
        crs_name: grid().crs.name,
        gsd_m: 2.0,
        rows: 1500,
        cols: 2000,
        sample_type: "uint16".into(),
    }
}

fn run() -> RunSummary {
    let area = Area::from_m2;
    RunSummary {
        command: Default::default(),
        first: None,
        title: "沂源县 2019 年第一季度".into(),
        tool_version: "0.1.0".into(),
        run_id: "r-7f3a9c21d0".into(),
        before: image("影像/before_20180412.tif", "a", "2018-04-12"),
        after: image("影像/after_20190409.tif", "b", "2019-04-09"),
        grid: Some(grid()),
        gsd_m: 2.0,
        bands: ["blue", "green", "red", "nir"].map(String::from).to_vec(),
        shift: Some(ShiftSummary {
            row_px: 0.31,
            col_px: -0.22,
            length_px: 0.38,
            length_m: 0.76,
            residual_px: Some(0.06),
            resolved: true,
            tiles: 100,
            agreeing: 93,
            spread_px: 0.11,
            model: "affine".into(),
            local_rows_px: (0.12, 0.48),
            local_cols_px: (-0.41, -0.05),
            corrected: true,
            residual: Some(ResidualSummary {
                median_px: 0.14,
                p90_px: 0.22,
                max_px: 0.61,
                ninths_px: [[0.12, 0.13, 0.2], [0.14, 0.12, 0.15], [0.31, 0.16, 0.14]],
            }),
        }),
        threshold: Some(3.42),
        threshold_minimum_error: Some(3.2),
        separability: Some(0.87),
        areas: AreaSummary {
            total: area(12_000_000.0),
            judged: area(11_412_000.0),
            changed: area(214_300.0),
            not_judged: vec![
                ReasonArea { reason: Quality::Outside, area: area(402_000.0) },
                ReasonArea { reason: Quality::Cloud, area: area(150_400.0) },
                ReasonArea { reason: Quality::Shadow, area: area(35_600.0) },
            ],
        },
        masked: Vec::new(),
        counts: CountSummary {
            pixels: 3_000_000,
            judged_pixels: 2_853_000,
            changed_pixels: 53_575,
            components: 412,
            dropped_small: 301,
            dropped_small_pixels: 4_211,
            dropped_weak: 87,
            dropped_weak_pixels: 1_902,
        },
        list: Some(ListSummary {
            file: file("清单/2019Q1图斑.shp", "c"),
            rows: 14,
            without_shape: 1,
            crs: "CGCS2000 / 3-degree Gauss-Kruger zone 39（来自 .prj）".into(),
            encoding: "GBK（来自 .cpg）".into(),
            id_field: Some("TBBH".into()),
            claim_field: Some("HFPD".into()),
            area_field: Some("JCMJ（亩）".into()),
        }),
        layers: vec![
            LayerSummary {
                name: "towns".into(),
                zh: "乡镇界".into(),
                file: Some(file("towns.gpkg", "d")),
                features: 3,
            },
            LayerSummary {
                name: "landuse".into(),
                zh: "土地利用现状".into(),
                file: Some(file("DLTB.shp", "e")),
                features: 812,
            },
            LayerSummary { name: "protected".into(), zh: "自然保护地".into(), file: None, features: 0 },
        ],
        skipped: vec![Skipped { what: "清单第 13 行".into(), why: "没有图形，无法核查".into(), count: 1 }],
        warnings: vec![
            "未提供自然保护地图层，相关列为空。".into(),
            "两期影像季节相差 3 天，可比。".into(),
            format!("字段名含特殊字符：{XSS}"),
        ],
        parameters: [
            ("change.threshold", "auto"),
            ("vectorise.min-area-m2", "200"),
            ("crosscheck.listed-percent", "80"),
        ]
        .map(|(k, v)| Parameter { key: k.into(), value: v.into() })
        .to_vec(),
    }
}

const TOWNS: [(&str, &str); 3] = [("370323001", "历山街道"), ("370323102", "鲁村镇"), ("370323103", "东里镇")];

fn candidate(i: usize, finding: Finding, kind: Kind) -> Candidate {
    let town = TOWNS[i % 3];
    let area_m2 = 240.0 + 911.3 * (i % 17) as f64;
    Candidate {
        id: format!("C{:07}", 1000 + i * 137),
        kind: Some(kind),
        from_class: Some("crop"),
        to_class: if i % 4 == 3 { None } else { Some("building") },
        area_m2,
        score: 4.0 + (i % 9) as f64,
        confidence: 0.55 + 0.04 * (i % 10) as f64,
        cropland_m2: Some(area_m2 * 0.6),
        basic_farmland_m2: Some(if i.is_multiple_of(3) { area_m2 * 0.2 } else { 0.0 }),
        protected_m2: None,
        approved_m2: Some(0.0),
        town_code: Some(town.0.into()),
        town_name: Some(town.1.into()),
        lon: 118.2 + 0.001 * i as f64,
        lat: 36.2,
        list_status: Some(if finding == Finding::Listed { ListStatus::Listed } else { ListStatus::Unlisted }),
        list_ids: if finding == Finding::Listed { vec![LONG_ID.into()] } else { vec![] },
        finding,
        reasons: vec![format!("变化强度 {} 倍标准差", 4 + i % 9), "未在清单和批准范围内".into()],
        shape: square(39_600_300.0 + 173.0 * (i % 19) as f64, 4_007_300.0 + 131.0 * (i % 17) as f64, area_m2.sqrt()),
    }
}

fn patch(row: usize, claim: Claim, verdict: Verdict, state: StateAfter) -> PatchFinding {
    let id = match row {
        0 => LONG_ID.to_string(),
        1 => XSS.to_string(),
        2..=5 => FORMULAS[row - 2].to_string(),
        12 => String::new(),
        _ => format!("3703232019010001{row:04}"),
    };
    let known = row != 12;
    let some = |v: f64| known.then_some(v);
    let side = 40.0 + 5.0 * row as f64;
    PatchFinding {
        list: ListRow {
            row,
            patch_id: id.clone(),
            fields: vec![
                FieldValue::Text(id),
                FieldValue::Text(if row == 3 { XSS.into() } else { claim.zh().into() }),
                FieldValue::Real(3.25 + row as f64),
                if row == 4 { FieldValue::Null } else { FieldValue::Text(FORMULAS[row % 4].into()) },
                FieldValue::Integer(3_703_232_019_010_001_234 + row as i64),
            ],
            claim,
            claim_text: claim.zh().into(),
            declared_area_mu: Some(3.25 + row as f64),
            claim_date: None,
            shape: known
                .then(|| square(39_600_500.0 + 200.0 * (row % 7) as f64, 4_008_000.0 + 300.0 * (row / 7) as f64, side)),
            problems: vec![],
        },
        verdict,
        confidence: 0.5 + 0.03 * row as f64,
        reasons: vec!["前期建筑占 62%，后期仍存在 58%".into(), "填报已拆除".into()],
        state_after: state,
        changed_percent: some(12.5),
        built_before_percent: some(62.0),
        built_after_percent: some(58.0),
        vegetated_after_percent: some(9.0),
        valid_percent: some(100.0),
        figures: crate::crosscheck::PatchFigures { remaining_percent: some(93.5), ..Default::default() },
        area_m2: some(side * side),
        cropland_m2: some(side * side * 0.7),
        basic_farmland_m2: some(0.0),
        protected_m2: None,
        approved_percent: None,
        town_code: Some(TOWNS[row % 3].0.into()),
        town_name: Some(TOWNS[row % 3].1.into()),
        candidate_ids: if row.is_multiple_of(2) { vec!["C0001000".into(), "C0001137".into()] } else { vec![] },
        lon: some(118.21),
        lat: some(36.19),
    }
}

/// A cutting: fields with a building at the later date.
fn pixels(seed: usize, built: bool) -> RgbImage {
    RgbImage::from_fn(192, 192, |x, y| {
        let stripe = ((x / 24 + y / 48 + seed as u32) % 3) as u8;
        let noise = ((x * 31 + y * 17 + seed as u32 * 7) % 13) as u8;
        let roof = built && (70..130).contains(&x) && (64..124).contains(&y);
        if roof {
            image::Rgb([205 + noise, 200 + noise, 196])
        } else {
            image::Rgb([92 + stripe * 22 + noise, 112 + stripe * 14 + noise, 70])
        }
    })
}

fn chip(seed: usize) -> ChipPair {
    let at = Affine([0.0, 2.0, 0.0, 0.0, 0.0, -2.0]);
    let outline = square(136.0, -252.0, 128.0);
    let one = |built| {
        let mut image = pixels(seed, built);
        picture::draw_outline(&mut image, &outline, &at, [0xff, 0xe0, 0x3a]);
        picture::jpeg(&image, 82).unwrap()
    };
    ChipPair { before: one(false), after: one(true), width: 192, height: 192 }
}

/// The document; `extra` more unreported candidates than the handful.
pub fn document(extra: usize) -> Document {
    let claims = [Claim::Demolished, Claim::Demolished, Claim::Restored, Claim::TemporaryUse, Claim::Illegal];
    let patches: Vec<PatchFinding> = (0..14)
        .map(|i| {
            let state = StateAfter::ALL[i % StateAfter::ALL.len()];
            patch(i, claims[i % claims.len()], Verdict::ALL[i % Verdict::ALL.len()], state)
        })
        .collect();
    let count = 24 + extra;
    let finding = |i: usize| if i < 24 { Finding::ALL[i % 4] } else { Finding::Unreported };
    let candidates: Vec<Candidate> =
        (0..count).map(|i| candidate(i, finding(i), Kind::ALL[i % Kind::ALL.len()])).collect();
    let towns = TOWNS
        .iter()
        .enumerate()
        .map(|(i, (code, name))| TownTotals {
            town_code: code.to_string(),
            town_name: name.to_string(),
            shape: Some(square(39_600_000.0 + 1300.0 * i as f64, 4_007_000.0, 1300.0)),
            candidates: 8,
            relevant: 6,
            unreported: 2 + i as u64,
            unreported_m2: 4_321.0 * (i + 1) as f64,
            unreported_cropland_m2: Some(2_100.0),
            unreported_basic_farmland_m2: None,
            patches: 5,
            verdicts: [1, 1, 1, 0, 1, 0, 1],
        })
        .collect();
    let mut chips = std::collections::BTreeMap::new();
    for (n, wanted) in wanted_chips(&candidates, &patches, 16).into_iter().enumerate() {
        let key = match wanted {
            ChipOf::Candidate(i) => candidate_chip(&candidates[i]),
            ChipOf::Patch(i) => patch_chip(&patches[i]),
        };
        chips.insert(key, chip(n));
    }
    let fields = [
        ("TBBH", FieldKind::Text),
        ("verdict", FieldKind::Text),
        ("JCMJ", FieldKind::Real),
        ("备注", FieldKind::Text),
        ("BSM", FieldKind::Integer),
    ];
    Document {
        lang: Lang::Zh,
        run: run(),
        list_fields: fields.map(|(name, kind)| FieldDef { name: name.into(), kind }).to_vec(),
        candidates,
        patches,
        towns,
        not_judged: vec![NotJudged {
            reason: Quality::Cloud,
            area_m2: 150_400.0,
            shape: square(39_601_000.0, 4_008_500.0, 388.0),
        }],
        transitions: transitions(),
        followups: None,
        overview: None,
        chips,
    }
}

/// Farmland that stays, farmland that is built on, and something outside every town.
fn transitions() -> Vec<TownTransition> {
    let of = |code: &str, name: &str, from, to, area_m2| TownTransition {
        town_code: code.into(),
        town_name: name.into(),
        from,
        to,
        area_m2,
    };
    vec![
        of("370323001", "历山街道", Class::Crop, Class::Crop, 66_666.7),
        of("370323001", "历山街道", Class::Crop, Class::Building, 2_000.0),
        of("", "", Class::BareSoil, Class::Crop, 1_000.0),
    ]
}

/// An overview of the document on made-up fields.
pub fn overview(doc: &Document) -> Vec<u8> {
    let g = grid();
    let ground = RgbImage::from_fn(1000, 750, |x, y| {
        let field = ((x / 37) * 7 + (y / 29) * 13) % 5;
        let noise = ((x * 31 + y * 17) % 11) as u8;
        image::Rgb([80 + field as u8 * 18 + noise, 105 + field as u8 * 9 + noise, 62 + noise])
    });
    let affine = Affine([g.affine.0[0], 4.0, 0.0, g.affine.0[3], 0.0, -4.0]);
    let mut painted = Vec::new();
    for n in &doc.not_judged {
        let colour = crate::report::palette::quality(n.reason);
        painted.push(picture::Painted { shape: &n.shape, fill: Some(colour), line: colour, least_px: 0.0 });
    }
    for c in doc.candidates.iter().rev() {
        let colour = crate::report::palette::finding(c.finding);
        painted.push(picture::Painted { shape: &c.shape, fill: Some(colour), line: colour, least_px: 7.0 });
    }
    for p in &doc.patches {
        let Some(shape) = &p.list.shape else { continue };
        let colour = crate::report::palette::verdict(p.verdict);
        painted.push(picture::Painted { shape, fill: None, line: colour, least_px: 0.0 });
    }
    picture::png(&picture::overview(&ground, &affine, 4.0, &painted)).unwrap()
}
