//! Land-cover classes.

use serde::{Deserialize, Serialize};

/// A land-cover class; the number is the pixel value of `landcover_*.tif`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Class {
    /// 绿色植被: green plants of any kind, where crops and woods are not told apart.
    Vegetation = 1,
    /// 稀疏或枯黄植被: stubble, senescent crops, sparse grass.
    SparseVegetation = 2,
    /// 裸土: bare or fallow soil.
    BareSoil = 3,
    /// 水体.
    Water = 4,
    /// 建(构)筑物: any roof.
    Building = 5,
    /// 硬化地面: concrete, asphalt, also of roads.
    HardSurface = 6,
    /// 大棚.
    Greenhouse = 7,
    /// 光伏.
    Photovoltaic = 8,
    /// 推填土: moved earth, soil-coloured but brighter than any field.
    Earthwork = 9,
    /// 采挖面.
    Excavation = 10,
    /// 建筑残渣.
    Rubble = 11,
    /// 防尘网或绿漆: green to the eye, without the infrared of leaves.
    GreenCover = 12,
    /// 农作物: green crops.
    Crop = 13,
    /// 园林草地: orchard, forest, shrubs, grass.
    Woodland = 14,
    /// 道路: paved roads.
    Road = 15,
}

impl Class {
    /// Value of a pixel that is not classified.
    pub const UNCLASSIFIED: u8 = 255;

    /// Length of a table with a place for every class value, 0 for no class included.
    pub const SLOTS: usize = 16;

    /// Every class in order of code.
    pub const ALL: [Class; 15] = [
        Class::Vegetation,
        Class::SparseVegetation,
        Class::BareSoil,
        Class::Water,
        Class::Building,
        Class::HardSurface,
        Class::Greenhouse,
        Class::Photovoltaic,
        Class::Earthwork,
        Class::Excavation,
        Class::Rubble,
        Class::GreenCover,
        Class::Crop,
        Class::Woodland,
        Class::Road,
    ];

    /// Class of a pixel value.
    pub fn from_value(value: u8) -> Option<Class> {
        Class::ALL.get(value.checked_sub(1)? as usize).copied()
    }

    /// Code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Class::Vegetation => "vegetation",
            Class::SparseVegetation => "sparse_vegetation",
            Class::BareSoil => "bare_soil",
            Class::Water => "water",
            Class::Building => "building",
            Class::HardSurface => "hard_surface",
            Class::Greenhouse => "greenhouse",
            Class::Photovoltaic => "photovoltaic",
            Class::Earthwork => "earthwork",
            Class::Excavation => "excavation",
            Class::Rubble => "rubble",
            Class::GreenCover => "green_cover",
            Class::Crop => "crop",
            Class::Woodland => "woodland",
            Class::Road => "road",
        }
    }

    /// Chinese name.
    pub fn zh(self) -> &'static str {
        match self {
            Class::Vegetation => "绿色植被",
            Class::SparseVegetation => "稀疏或枯黄植被",
            Class::BareSoil => "裸土",
            Class::Water => "水体",
            Class::Building => "建(构)筑物",
            Class::HardSurface => "硬化地面",
            Class::Greenhouse => "大棚",
            Class::Photovoltaic => "光伏",
            Class::Earthwork => "推填土",
            Class::Excavation => "采挖面",
            Class::Rubble => "建筑残渣",
            Class::GreenCover => "防尘网或绿漆",
            Class::Crop => "农作物",
            Class::Woodland => "园林草地",
            Class::Road => "道路",
        }
    }

    /// English name.
    pub fn en(self) -> &'static str {
        match self {
            Class::SparseVegetation => "sparse vegetation",
            Class::BareSoil => "bare soil",
            Class::HardSurface => "hard surface",
            Class::Photovoltaic => "photovoltaics",
            Class::GreenCover => "net or green paint",
            other => other.code(),
        }
    }

    /// Class of a code.
    pub fn from_code(code: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|c| c.code() == code)
    }

    /// Colour in maps.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Class::Vegetation => [56, 142, 60],
            Class::SparseVegetation => [197, 202, 120],
            Class::BareSoil => [188, 143, 91],
            Class::Water => [66, 135, 245],
            Class::Building => [200, 30, 60],
            Class::HardSurface => [150, 150, 150],
            Class::Greenhouse => [190, 230, 250],
            Class::Photovoltaic => [40, 40, 120],
            Class::Earthwork => [240, 170, 60],
            Class::Excavation => [150, 90, 200],
            Class::Rubble => [110, 90, 90],
            Class::GreenCover => [0, 200, 160],
            Class::Crop => [100, 180, 60],
            Class::Woodland => [20, 100, 50],
            Class::Road => [90, 90, 90],
        }
    }

    /// Built in the sense of the contract: building (any roof, also painted or netted), hard surface, greenhouse.
    pub fn built(self) -> bool {
        matches!(self, Class::Building | Class::HardSurface | Class::Road | Class::Greenhouse | Class::GreenCover)
    }

    /// A work of man that is not natural ground.
    pub fn works(self) -> bool {
        self.built() || matches!(self, Class::Photovoltaic | Class::Earthwork | Class::Excavation | Class::Rubble)
    }

    /// Green or sparse vegetation.
    pub fn vegetated(self) -> bool {
        matches!(self, Class::Vegetation | Class::SparseVegetation | Class::Crop | Class::Woodland)
    }
}
