//! `README.txt` beside the county: what is what, in Chinese and English, and the command to try.

use super::{SampleError, SampleParams, SampleSummary};
use std::path::Path;

/// The command that runs on the county, from inside its directory.
pub fn command() -> String {
    [
        "tuban scan --before before.tif --after after.tif --list list.shp --towns towns.gpkg",
        "--landuse landuse.gpkg --basic-farmland basic_farmland.gpkg --protected protected.gpkg",
        "--approvals approvals.shp --facility-filings facility_filings.gpkg",
        "--temporary-permits temporary_permits.shp --out result",
    ]
    .join(" ")
}

/// Writes `README.txt`.
pub fn write(params: &SampleParams, s: &SampleSummary, dir: &Path) -> Result<(), SampleError> {
    let SampleParams { size_px, seed, gsd_m, clouds, radiometry, .. } = params;
    let cloud_zh = if *clouds > 0.0 { "cloud_after.tif         后时相云（1）与云影（2）\n" } else { "" };
    let cloud_en =
        if *clouds > 0.0 { "cloud_after.tif         cloud (1) and cloud shadow (2) of the later image\n" } else { "" };
    let (light_zh, light_en) = match radiometry {
        0 => (String::new(), String::new()),
        n => (format!("，辐射条件 {n}"), format!(", radiometry {n}")),
    };
    let text = format!(
        "示例县（虚构数据，种子 {seed}{light_zh}，{size_px} x {size_px} 像元，{gsd_m} 米，{area:.1} 平方千米）\n\
         坐标系 EPSG:4527（CGCS2000 3度带第39带，坐标含带号）。地名取自沂源县，地物、图斑、批文全部由程序生成，与任何真实情况无关。\n\n\
         before.tif after.tif    前、后时相影像（{before}，{after}），蓝、绿、红、近红外，0 为无数据\n\
         list.shp                部下发图斑清单（GBK），判定结果、处置为乡镇填报；含空编号、重复编号、缺图形各一\n\
         towns.gpkg              乡镇街道\n\
         landuse.gpkg            前时相土地利用现状 DLTB（三调地类编码）\n\
         basic_farmland.gpkg     永久基本农田\n\
         protected.gpkg          自然保护地\n\
         approvals.shp           用地批文（GBK）\n\
         facility_filings.gpkg   设施农用地备案\n\
         temporary_permits.shp   临时用地批准（GBK，含到期时间）\n\
         {cloud_zh}\
         truth.gpkg              真值：events 真实变化，patches 各图斑应得结论，rotations 真实轮作的田块\n\
         truth.tif               真值栅格：0 未标注，1 未变化，2 变化（含轮作）\n\
         class_before.tif class_after.tif  两期真实地类，编码同 landcover_*.tif\n\n\
         在本目录下运行：\n\n    {command}\n    tuban evaluate --run result --truth truth.tif\n\n\
         ------------------------------------------------------------------------\n\n\
         A made-up county (seed {seed}{light_en}, {size_px} x {size_px} pixels of {gsd_m} m, {area:.1} km2)\n\
         in EPSG:4527 (CGCS2000, 3-degree zone 39, eastings with the zone's prefix). Names are those of Yiyuan county;\n\
         the land, the patches and the papers are generated and say nothing of any real place.\n\n\
         before.tif after.tif    the images ({before}, {after}): blue, green, red, nir; 0 = nodata\n\
         list.shp                the ministry's list of patches (GBK) with the towns' claims; one blank id, one given\n\
         \x20                       twice, one row without geometry\n\
         towns.gpkg              towns\n\
         landuse.gpkg            land survey before (DLTB, codes of the third survey)\n\
         basic_farmland.gpkg     permanent basic farmland\n\
         protected.gpkg          protected areas\n\
         approvals.shp           approvals (GBK)\n\
         facility_filings.gpkg   filings of farm facilities\n\
         temporary_permits.shp   temporary permits with their expiry (GBK)\n\
         {cloud_en}\
         truth.gpkg              events = what really changed, patches = the verdict each row deserves,\n\
         \x20                       rotations = fields that really changed\n\
         truth.tif               0 unlabelled, 1 unchanged, 2 changed (crop rotation included)\n\
         class_before.tif class_after.tif  the land cover that is really there, values as in landcover_*.tif\n\n\
         In this directory run the two commands above.\n",
        area = s.area_km2,
        before = s.before_date,
        after = s.after_date,
        command = s.command,
    );
    let path = dir.join("README.txt");
    std::fs::write(&path, text).map_err(|e| SampleError::io(&path, e))
}
