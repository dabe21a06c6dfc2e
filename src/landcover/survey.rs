//! Land survey codes (地类编码) and what their ground looks like from above.
//!
//! Source: 第二次全国土地调查 (GB/T 21010-2007, three digits) and 第三次全国国土调查 (TD/T 1055-2019, four digits with suffixes).

use super::Class;

/// Ground of one kind in the survey, and the classes it shows.
pub struct SurveyGround {
    /// Chinese name.
    pub zh: &'static str,
    /// Codes of the second survey.
    pub second: &'static [&'static str],
    /// Codes of the third survey, without the suffixes of letters.
    pub third: &'static [&'static str],
    /// Classes seen on such ground, the most usual first.
    pub shows: &'static [Class],
}

/// Every kind of ground that imagery can tell. Codes that stand here in no row (transport hubs under trees, dikes, ridges between fields)
/// say nothing about what is seen.
pub const SURVEY: &[SurveyGround] = &[
    SurveyGround {
        zh: "耕地",
        second: &["01", "011", "012", "013"],
        third: &["0101", "0102", "0103"],
        shows: &[Class::Crop, Class::SparseVegetation, Class::BareSoil],
    },
    SurveyGround {
        zh: "园地、林地、草地",
        second: &["021", "022", "023", "031", "032", "033", "041", "042", "043"],
        third: &[
            "0201", "0202", "0203", "0204", "0301", "0302", "0303", "0304", "0305", "0306", "0307", "0401", "0402",
            "0403", "0404",
        ],
        shows: &[Class::Woodland],
    },
    SurveyGround {
        zh: "水面",
        second: &["111", "112", "113", "114"],
        third: &["1101", "1102", "1103", "1104"],
        shows: &[Class::Water],
    },
    SurveyGround { zh: "道路", second: &["102"], third: &["1003"], shows: &[Class::Road, Class::HardSurface] },
    SurveyGround {
        zh: "城镇、村庄、工矿仓储用地",
        second: &["201", "202", "203"],
        third: &["05H1", "0508", "0601", "0701", "0702", "08H1", "08H2", "0809"],
        shows: &[Class::Building, Class::HardSurface],
    },
    SurveyGround { zh: "采矿用地", second: &["204"], third: &["0602"], shows: &[Class::Excavation] },
    SurveyGround { zh: "设施农用地", second: &["122"], third: &["1202"], shows: &[Class::Greenhouse] },
    SurveyGround {
        zh: "裸地、沙地、盐碱地",
        second: &["124", "126", "127"],
        third: &["1204", "1205", "1206", "1207"],
        shows: &[Class::BareSoil],
    },
];

impl SurveyGround {
    /// Fields (耕地).
    pub fn cropland(&self) -> bool {
        self.shows.first() == Some(&Class::Crop)
    }

    /// Fields, woods, water and bare ground: nothing of it was built.
    pub fn natural(&self) -> bool {
        !self.shows.iter().any(|c| c.works())
    }
}

/// Ground of a survey code of either survey, by table and never by prefix: `0103` is dry land, `103` a rural road. `None` for codes that
/// say nothing, and for what is no code.
pub fn ground_of(code: &str) -> Option<&'static SurveyGround> {
    let code = code.trim();
    let plain = if code.len() > 4 { code.trim_end_matches(|c: char| c.is_ascii_alphabetic()) } else { code };
    SURVEY.iter().find(|g| g.second.contains(&code) || g.third.contains(&plain))
}

impl Class {
    /// Codes of the second and the third survey of ground that shows the class.
    pub fn survey_codes(self) -> (Vec<&'static str>, Vec<&'static str>) {
        let rows = || SURVEY.iter().filter(move |g| g.shows.contains(&self));
        (rows().flat_map(|g| g.second).copied().collect(), rows().flat_map(|g| g.third).copied().collect())
    }
}

#[cfg(test)]
mod tests;
