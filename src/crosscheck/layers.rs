//! Background layers: towns, land survey, basic farmland, protected areas, approvals, filings, permits.
//!
//! In: the rows as `io` read them. Out: codes, names and dates found under whatever field names, and an index that
//! answers how much of a shape lies in the layer. A layer that was not given is no layer: callers keep an `Option`.

use super::index::ShapeIndex;
use super::list::names::{column_named, plain};
use super::list::parse_date;
use crate::features::{Bounds, FeatureTable, Shape};
use crate::landcover::{SurveyGround, ground_of};
use geo::MultiPolygon;
use std::collections::HashSet;
use std::sync::Arc;

/// What a layer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayerKind {
    /// Towns (乡镇).
    Towns,
    /// Land survey parcels (地类图斑).
    Landuse,
    /// Permanent basic farmland (永久基本农田).
    BasicFarmland,
    /// Protected areas (自然保护地, 生态保护红线).
    Protected,
    /// Approved construction land (批准用地).
    Approvals,
    /// Filed farm facilities (设施农用地备案).
    FacilityFilings,
    /// Temporary use permits (临时用地).
    TemporaryPermits,
}

impl LayerKind {
    /// Every kind.
    pub const ALL: [LayerKind; 7] = [
        LayerKind::Towns,
        LayerKind::Landuse,
        LayerKind::BasicFarmland,
        LayerKind::Protected,
        LayerKind::Approvals,
        LayerKind::FacilityFilings,
        LayerKind::TemporaryPermits,
    ];

    /// Chinese name.
    pub fn zh(self) -> &'static str {
        match self {
            LayerKind::Towns => "乡镇",
            LayerKind::Landuse => "地类图斑",
            LayerKind::BasicFarmland => "永久基本农田",
            LayerKind::Protected => "自然保护地",
            LayerKind::Approvals => "批准用地",
            LayerKind::FacilityFilings => "设施农用地备案",
            LayerKind::TemporaryPermits => "临时用地批准",
        }
    }

    fn code_names(self) -> &'static [&'static str] {
        match self {
            LayerKind::Towns => {
                &["XZDM", "XZQDM", "乡镇代码", "镇街代码", "行政区代码", "XZJDDM", "DM", "代码", "CODE", "TOWNCODE"]
            }
            LayerKind::Landuse => &["DLBM", "地类编码", "地类代码", "DLDM", "CODE"],
            LayerKind::BasicFarmland => &["YJJBNTTBBH", "TBBH", "BSM"],
            LayerKind::Protected => &["BHDBH", "HXBM", "BSM", "编码", "CODE"],
            _ => &["PZWH", "批准文号", "BABH", "备案编号", "用地协议备案编号", "XMBH", "项目编号", "编号", "BSM"],
        }
    }

    fn name_names(self) -> &'static [&'static str] {
        match self {
            LayerKind::Towns => &[
                "XZMC",
                "XZQMC",
                "乡镇名称",
                "镇街名称",
                "乡镇街道",
                "乡镇",
                "行政区名称",
                "XZJD",
                "MC",
                "名称",
                "NAME",
                "TOWNNAME",
            ],
            LayerKind::Landuse => &["DLMC", "地类名称", "地类"],
            LayerKind::Protected => &["BHDMC", "保护地名称", "HXMC", "MC", "名称", "NAME"],
            _ => &["XMMC", "项目名称", "MC", "名称", "NAME", "XMC"],
        }
    }
}

/// Names of fields with the date of an approval, filing or permit.
const DATE_NAMES: &[&str] = &[
    "PZRQ",
    "PZSJ",
    "批准时间",
    "批准日期",
    "BARQ",
    "BASJ",
    "备案时间",
    "备案日期",
    "QSRQ",
    "起始日期",
    "开始日期",
    "APPROVED",
];
/// Names of fields with the last day of a permit.
const EXPIRY_NAMES: &[&str] = &[
    "DQRQ",
    "DQSJ",
    "到期时间",
    "到期日期",
    "JZRQ",
    "截止日期",
    "截止时间",
    "ZZRQ",
    "终止日期",
    "结束日期",
    "有效期至",
    "YXQZ",
    "XKDQ",
    "XKQX",
    "YXQ",
    "有效期",
    "许可到期",
    "使用期限",
    "EXPIRY",
    "EXPIRES",
];

/// A feature of a layer.
#[derive(Clone, Debug)]
pub struct LayerFeature {
    /// Valid geometry in the working reference system, of towns only: of the others the layer's index alone keeps it, a land survey has
    /// hundreds of thousands.
    pub shape: Shape,
    /// Code: town, land class, approval number.
    pub code: Option<Arc<str>>,
    /// Name: town, land class, project.
    pub name: Option<Arc<str>>,
    /// Date of approval, `YYYY-MM-DD`.
    pub date: Option<Arc<str>>,
    /// Last day it holds, `YYYY-MM-DD`.
    pub expiry: Option<Arc<str>>,
    /// Row in the file, from 0.
    pub row: usize,
}

/// A layer with its index.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What it holds.
    pub kind: LayerKind,
    /// The features in the file's order.
    pub features: Vec<LayerFeature>,
    /// What a person should know, Chinese sentences.
    pub notes: Vec<String>,
    index: ShapeIndex,
}

impl Layer {
    /// Reads a layer's meaning from its rows.
    pub fn new(kind: LayerKind, table: FeatureTable) -> Layer {
        let mut notes = Vec::new();
        let zh = kind.zh();
        let code = column(&table, kind.code_names());
        let name = column(&table, kind.name_names());
        let (date, expiry) = (column(&table, DATE_NAMES), column(&table, EXPIRY_NAMES));
        if kind == LayerKind::Landuse && code.is_none() {
            notes.push(format!("{zh}图层没有地类编码字段（DLBM），无法认定耕地"));
        }
        if kind == LayerKind::Towns && code.is_none() && name.is_none() {
            notes.push(format!("{zh}图层没有代码和名称字段"));
        }
        let mut unread = 0usize;
        let mut day = |text: Option<String>| {
            let text = text?;
            let date = parse_date(&text);
            unread += usize::from(date.is_none());
            date.map(|d| d.latest())
        };
        // A survey has a few dozen codes and names in hundreds of thousands of rows: each is kept once.
        let mut texts: HashSet<Arc<str>> = HashSet::new();
        let mut once = |text: Option<String>| {
            let text = text?;
            if let Some(known) = texts.get(text.as_str()) {
                return Some(known.clone());
            }
            let new: Arc<str> = text.into();
            texts.insert(new.clone());
            Some(new)
        };
        let shapeless = table.rows.iter().filter(|f| f.shape.is_none()).count();
        let (mut features, mut shapes) = (Vec::with_capacity(table.rows.len()), Vec::with_capacity(table.rows.len()));
        for (row, f) in table.rows.into_iter().enumerate() {
            let text = |c: Option<usize>| c.map(|c| f.values[c].text()).filter(|t| !t.is_empty());
            let (date, expiry) = (once(day(text(date))), once(day(text(expiry))));
            let shape = f.shape.as_ref().filter(|_| kind == LayerKind::Towns).cloned();
            features.push(LayerFeature { shape, code: once(text(code)), name: once(text(name)), date, expiry, row });
            shapes.push(f.shape);
        }
        if unread > 0 {
            notes.push(format!("{zh}图层有{unread}个日期无法识别"));
        }
        if shapeless > 0 {
            notes.push(format!("{zh}图层有{shapeless}个要素没有可用的图形"));
        }
        let index = ShapeIndex::new(shapes.into_iter());
        Layer { kind, features, notes, index }
    }

    /// Area of a shape that lies in the layer, in square map units; overlapping features count once.
    pub fn overlap(&self, shape: &MultiPolygon<f64>) -> f64 {
        self.index.overlap(shape, &|_| true)
    }

    /// As [`Layer::overlap`], counting only some features.
    pub fn overlap_where(&self, shape: &MultiPolygon<f64>, keep: &dyn Fn(&LayerFeature) -> bool) -> f64 {
        self.index.overlap(shape, &|i| keep(&self.features[i]))
    }

    /// The part of a shape that lies in some features of the layer, for ellipsoidal areas and further overlays.
    pub fn clip(&self, shape: &MultiPolygon<f64>, keep: &dyn Fn(&LayerFeature) -> bool) -> MultiPolygon<f64> {
        self.index.clip(shape, &|i| keep(&self.features[i]))
    }

    /// The parts of some features that may reach into a rectangle, in the layer's order.
    pub fn near(&self, reach: Bounds, keep: &dyn Fn(&LayerFeature) -> bool) -> Vec<MultiPolygon<f64>> {
        self.index.near(reach, &|i| keep(&self.features[i]))
    }

    /// Features a shape overlaps with the shared area in square map units, in the layer's order.
    pub fn overlaps(&self, shape: &MultiPolygon<f64>) -> Vec<(usize, f64)> {
        self.index.overlaps(shape)
    }

    /// The feature that shares the largest area with a shape; the first in the layer's order among equals.
    pub fn largest_overlap(&self, shape: &MultiPolygon<f64>) -> Option<usize> {
        let all = self.index.overlaps(shape);
        let best = all.iter().fold(None::<(usize, f64)>, |best, o| match best {
            Some(b) if b.1 >= o.1 => Some(b),
            _ => Some(*o),
        });
        best.map(|b| b.0)
    }
}

/// Whether a field of this name may mean something in some layer.
pub fn is_layer_field(name: &str) -> bool {
    let name = plain(name).0;
    let kinds = LayerKind::ALL.iter().flat_map(|k| k.code_names().iter().chain(k.name_names()));
    kinds.chain(DATE_NAMES).chain(EXPIRY_NAMES).any(|n| plain(n).0 == name)
}

/// The first column with one of the names that is not blank throughout.
fn column(table: &FeatureTable, names: &[&str]) -> Option<usize> {
    let filled = |c: &usize| table.rows.iter().any(|r| !r.values[*c].text().is_empty());
    let hits: Vec<usize> = names.iter().filter_map(|n| column_named(&table.fields, n)).collect();
    hits.iter().copied().find(filled).or(hits.first().copied())
}

/// Whether a land class code is cropland (耕地).
pub fn is_cropland(code: &str) -> bool {
    ground_of(&plain(code).0).is_some_and(SurveyGround::cropland)
}

#[cfg(test)]
mod tests;
