//! The kinds of change a bureau distinguishes (names of the ministry's quarterly lists).

use serde::{Deserialize, Serialize};

/// What kind of change a parcel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 新增建(构)筑物, and new hard surface that is not linear.
    NewBuilding,
    /// 新增推填土.
    Earthwork,
    /// 新增线性地物.
    Linear,
    /// 新增光伏.
    Photovoltaic,
    /// 新增大棚.
    Greenhouse,
    /// 采挖.
    Excavation,
    /// 拆除.
    Demolition,
    /// 植被变化, the farm year included.
    Vegetation,
    /// 水体变化.
    Water,
    /// 其他变化.
    Other,
}

impl Kind {
    /// Every kind, in the order of the reports.
    pub const ALL: [Kind; 10] = [
        Kind::NewBuilding,
        Kind::Earthwork,
        Kind::Linear,
        Kind::Photovoltaic,
        Kind::Greenhouse,
        Kind::Excavation,
        Kind::Demolition,
        Kind::Vegetation,
        Kind::Water,
        Kind::Other,
    ];

    /// The kind it counts as where works of one site are held together or parted: earthwork and pits are one.
    pub fn of_site(self) -> Kind {
        if self == Kind::Excavation { Kind::Earthwork } else { self }
    }

    /// Code in tables and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Kind::NewBuilding => "new_building",
            Kind::Earthwork => "earthwork",
            Kind::Linear => "linear",
            Kind::Photovoltaic => "photovoltaic",
            Kind::Greenhouse => "greenhouse",
            Kind::Excavation => "excavation",
            Kind::Demolition => "demolition",
            Kind::Vegetation => "vegetation",
            Kind::Water => "water",
            Kind::Other => "other",
        }
    }

    /// Chinese name.
    pub fn zh(self) -> &'static str {
        match self {
            Kind::NewBuilding => "新增建(构)筑物",
            Kind::Earthwork => "新增推填土",
            Kind::Linear => "新增线性地物",
            Kind::Photovoltaic => "新增光伏",
            Kind::Greenhouse => "新增大棚",
            Kind::Excavation => "采挖",
            Kind::Demolition => "拆除",
            Kind::Vegetation => "植被变化",
            Kind::Water => "水体变化",
            Kind::Other => "其他变化",
        }
    }

    /// Whether land enforcement cares (`relevant` in the tables).
    pub fn relevant(self) -> bool {
        matches!(
            self,
            Kind::NewBuilding
                | Kind::Earthwork
                | Kind::Linear
                | Kind::Photovoltaic
                | Kind::Greenhouse
                | Kind::Excavation
        )
    }
}
