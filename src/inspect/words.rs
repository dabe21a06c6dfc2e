//! The library's errors in Chinese; their English wording stands with the errors themselves.

use super::list::LookError;
use crate::align::AlignError;
use crate::error::Error;
use crate::io::crs::PlaceFault;
use crate::io::source::ImageError;
use crate::io::vector::VectorError;
use crate::pair::PairError;

/// An image that cannot be used.
pub(super) fn image(error: &ImageError) -> String {
    match error {
        ImageError::Missing { path } => format!("{path}：没有这个文件，请检查路径"),
        ImageError::MaskMissing { path } => format!("{path}：没有这个文件，请检查 --before-mask/--after-mask 的路径"),
        ImageError::MaskElsewhere { path, .. } => format!("{path}：掩膜与影像没有重叠，请给出同一地区的掩膜"),
        ImageError::NotAnImage { path, found } => {
            format!("{path}：不是可读的GeoTIFF（{found}），请给出GeoTIFF、COG、ERDAS Imagine、ENVI或JPEG 2000影像")
        }
        ImageError::NoCrs { path, .. } => {
            format!("{path}：没有可用的坐标系，请写入，例如 gdal_edit.py -a_srs EPSG:4527 {path}")
        }
        ImageError::NotPlaced { path, found } => {
            format!("{path}：没有可用的地理定位（{found}），请先配准，例如用 gdalwarp")
        }
        ImageError::Misplaced { path, crs, x, y, fault, repair } => {
            let why = match fault {
                PlaceFault::NoZone { zone } => format!("而该坐标系的横坐标应带{zone}带带号"),
                PlaceFault::OtherZone { zone } => format!("而这样的横坐标带的是{zone}带带号"),
                PlaceFault::NoDegrees => "这不是经纬度".to_string(),
            };
            format!(
                "{path}：声明的坐标系是 {crs}，但影像中心坐标是 {x:.1}, {y:.1}，{why}；请写入正确的坐标系，例如 gdal_edit.py -a_srs {repair} {path}"
            )
        }
        ImageError::PixelType { path, found } => {
            format!("{path}：像元类型是 {found}，需要8到64位实数，请用 gdal_translate -ot Float32 转换")
        }
        ImageError::BandCount { path, found, most } => {
            format!("{path}：有{found}个影像波段，需要1到{most}个，请选出要用的波段")
        }
        ImageError::Palette { path } => {
            format!("{path}：波段1是调色板索引而不是测量值，请用 gdal_translate -expand rgb 展开或使用原始影像")
        }
        ImageError::HugeBlock { path, rows, cols, mib } => format!(
            "{path}：一个数据块有{rows}行{cols}列（解压后{mib} MiB），请用 gdal_translate -co TILED=YES 重写为瓦片"
        ),
        ImageError::Mosaic { path, found, wanted } => {
            format!("{path}：{found}，而同一期的第一个文件是 {wanted}；拼接的文件必须一致")
        }
    }
}

/// Bands that cannot be matched.
pub(super) fn pair(error: &PairError) -> String {
    match error {
        PairError::BandName { found } => {
            format!("--bands：“{found}”不是波段名，可用 blue、green、red、nir、swir1、swir2，或用“-”略去一个波段")
        }
        PairError::BandTwice { found } => format!("--bands：“{found}”出现两次，每个波段只有一个名称"),
        PairError::BandsLength { path, found, wanted } => {
            format!("--bands 给出{wanted}个波段，但 {path} 有{found}个，请逐个给出，“-”表示略去")
        }
        PairError::Unmatched { before, after, before_bands, after_bands } => format!(
            "{before} 有{before_bands}个波段，{after} 有{after_bands}个，且没有名称可以对应；请用 --bands 指明或给出波段相同的影像"
        ),
        PairError::NothingInCommon { before, after, before_names, after_names } => {
            format!("{before} 与 {after} 没有共同的波段（{before_names} 与 {after_names}），请给出波段相同的影像")
        }
    }
}

fn align(error: &AlignError) -> String {
    match error {
        AlignError::Overlap { before, after, found, wanted, .. } => format!(
            "{before} 与 {after} 只重叠工作格网的{found:.1}%，align.min-overlap-percent 要求{wanted:.1}%，请给出同一地区的影像"
        ),
        AlignError::Resolution { before, after, before_m, after_m, most } => format!(
            "{before} 的分辨率是{before_m:.2} m，{after} 是{after_m:.2} m，相差超过{most}倍无法比较，请给出分辨率相近的影像"
        ),
        AlignError::Mismatch { before, after, textured, agreeing, wanted, reach } => format!(
            "{before} 与 {after} 不是同一地面：两期都有清晰纹理的{textured}个连接块中，位移一致的最多{agreeing}个，真实的一对约有{wanted}个以上；请核对文件是否配对、是否翻转、地理定位误差是否在{reach:.0}像元（align.max-shift-px）以内"
        ),
        AlignError::Extent { date, rows, cols } => {
            let date = if *date == "before" { "前时相" } else { "后时相" };
            format!("{date}的文件合起来有{rows}行{cols}列，请检查是否都属于本县")
        }
    }
}

/// A pair that cannot be compared; other errors in their own words.
pub(super) fn open(error: &Error) -> String {
    match error {
        Error::Image(e) => image(e),
        Error::Pair(e) => pair(e),
        Error::Align(e) => align(e),
        other => other.to_string(),
    }
}

fn vector(error: &VectorError) -> String {
    match error {
        VectorError::Unreadable { file, why } => format!("{file}：无法读取（{why}），请给出存在的文件"),
        VectorError::PathNotText { file } => format!("{file}：路径不是UTF-8文字，请重命名文件"),
        VectorError::Empty { file } => format!("{file}：文件是空的（0字节），请重新拷贝"),
        VectorError::Sidecar { file } => format!("{file}：只是shapefile的附属文件，请给出.shp文件"),
        VectorError::NotAVector { file, why } => {
            format!(
                "{file}：不是可读的矢量文件（{why}），可用 shp、含shp的zip、gpkg、gdb、geojson、kml、kmz、sqlite、tab、fgb、xlsx、csv"
            )
        }
        VectorError::EmptyArchive { file } => format!("{file}：压缩包里没有矢量数据，请放入.shp及其.dbf、.shx、.prj"),
        VectorError::SeveralInArchive { file, names } => {
            format!("{file}：压缩包里有多个数据集（{names}），请解压后给出其中一个")
        }
        VectorError::NoSuchLayer { file, wanted, names } => format!("{file}：没有图层“{wanted}”，有 {names}"),
        VectorError::SeveralLayers { file, names } => {
            format!("{file}：有多个图层（{names}），请给出只有一个图层的文件")
        }
        VectorError::NoLayer { file } => format!("{file}：没有任何图层或表，请重新导出"),
        VectorError::TooLarge { file, what, wanted } => format!("{file}：含有 {what}，最多 {wanted}"),
        VectorError::Damaged { file, row, of, why } => {
            format!("{file}：第{row}行（共{of}行）之后损坏（{why}），请重新拷贝或导出")
        }
        VectorError::UnknownEncoding { given } => format!("不认识字符集“{given}”，请用 gbk、gb18030、utf-8 或 big5"),
        VectorError::NoCrs { file, x, y } => {
            format!("{file}：没有坐标系，坐标（约 {x:.1}, {y:.1}）也不符合已知的坐标系，请补上.prj文件")
        }
        VectorError::Elsewhere { file, as_crs, .. } => {
            format!("{file}：按“{as_crs}”读取时离影像100公里以上，请给出本县的清单或改正.prj文件（{error}）")
        }
        VectorError::Transform { file, source } => format!("{file}：坐标无法转换（{source}）"),
        VectorError::NotATable { file, why } => format!("{file}：不是可读的表格（{why}），请另存为xlsx或csv"),
    }
}

/// A list that cannot be read.
pub(super) fn list(error: &LookError) -> String {
    match error {
        LookError::Vector(e) => vector(e),
        LookError::Fields { path, source } => {
            let crate::crosscheck::list::ListError::NoSuchField { wanted, names } = source;
            format!("{path}：清单没有字段“{wanted}”，字段有 {names}")
        }
        LookError::Crs(e) => format!("影像的坐标系不能使用（{e}）"),
    }
}
