//! Judging what was read: metadata in, findings out. Pure.

use super::records::{Finding, ImageReport, ListReport, PairReport};
use crate::pair::{SEASON_DAYS, day_number};

/// Damaged part of an image, percent, above which it is not worth a scan.
pub(super) const MOST_DAMAGED_PERCENT: f64 = 10.0;
/// Decoded bytes per byte of file that no imagery reaches: Deflate alone ends at 1,032.
const BOMB_RATIO: f64 = 500.0;
/// More rows or columns than any mosaic of a province at 0.5 m.
const MOST_SIDE: usize = 2_000_000;
/// Ratio of ground sampling distances above which the coarser image decides what can be seen.
const GSD_RATIO: f64 = 1.5;
/// Ratio of the medians of one band above which the images are not in the same units.
const RANGE_RATIO: f32 = 6.0;
/// Correlation of a band between the dates below which they hardly show the same ground.
const LEAST_CORRELATION: f64 = 0.2;
/// Common ground, percent, below which little is left to compare.
const LITTLE_PERCENT: f64 = 50.0;

/// A residual that a tenth of the ground exceeds is warned about from here on, pixels.
const LARGE_RESIDUAL_PX: f64 = 1.0;

fn list_blocks(blocks: &[(u64, u64, u64)]) -> String {
    let shown: Vec<String> = blocks.iter().take(3).map(|(_, r, c)| format!("{r}/{c}")).collect();
    let more = if blocks.len() > 3 { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// What the block table shows.
pub(super) fn blocks(i: &ImageReport) -> Vec<Finding> {
    let (p, mut out) = (&i.path, Vec::new());
    let Some(b) = &i.blocks else { return out };
    if b.truncated > 0 {
        let (n, of, percent) = (b.truncated, b.blocks, b.truncated_percent());
        let at = list_blocks(&b.first_truncated);
        let zh = format!(
            "{p}：文件不完整，{of}个数据块中有{n}个（{percent:.1}%）超出文件末尾（块行/块列 {at}），请重新拷贝或下载"
        );
        let en = format!(
            "{p}: is cut short, {n} of {of} blocks ({percent:.1} %) end beyond the file (block row/column {at}); fetch the file again"
        );
        let heavy = percent > MOST_DAMAGED_PERCENT;
        out.push(if heavy {
            Finding::reason(p, "truncated", zh, en)
        } else {
            Finding::warning(p, "truncated", zh, en)
        });
    }
    if b.overlapping > 0 {
        let at = list_blocks(&b.first_overlapping);
        out.push(Finding::warning(
            p,
            "overlapping_blocks",
            format!("{p}：{}个数据块与其他块的字节重叠（块行/块列 {at}），内容可能错乱", b.overlapping),
            format!(
                "{p}: {} blocks share bytes with others (block row/column {at}); their content may be wrong",
                b.overlapping
            ),
        ));
    }
    if b.truncated_mask > 0 {
        out.push(Finding::warning(
            p,
            "truncated_mask",
            format!("{p}：掩膜有{}个数据块超出文件末尾", b.truncated_mask),
            format!("{p}: {} blocks of the mask end beyond the file", b.truncated_mask),
        ));
    }
    if !b.faults.is_empty() {
        out.push(Finding::warning(
            p,
            "structure",
            format!("{p}：文件结构有误（{}）", b.faults.join("；")),
            format!("{p}: the structure is faulty ({})", b.faults.join("; ")),
        ));
    }
    out
}

fn pixels(i: &ImageReport, out: &mut Vec<Finding>) {
    let (p, m) = (&i.path, &i.measured);
    let lost = m.unreadable_percent;
    if lost > 0.0 {
        let n = m.damaged_blocks.len();
        let zh = format!("{p}：抽样读取时{n}个数据块无法解码（占抽样的{lost:.1}%），请重新拷贝或下载");
        let en = format!("{p}: {n} sampled blocks cannot be decoded ({lost:.1} % of the sample); fetch the file again");
        let heavy = lost > MOST_DAMAGED_PERCENT;
        out.push(if heavy { Finding::reason(p, "damaged", zh, en) } else { Finding::warning(p, "damaged", zh, en) });
    }
    if m.valid_percent == 0.0 && lost <= MOST_DAMAGED_PERCENT {
        out.push(Finding::reason(
            p,
            "all_nodata",
            format!("{p}：抽样的{}个像元全是无数据，请给出有内容的影像", m.pixels),
            format!("{p}: all {} sampled pixels are nodata; give an image with content", m.pixels),
        ));
    } else if m.valid_percent > 0.0 && m.valid_percent < LITTLE_PERCENT {
        out.push(Finding::warning(
            p,
            "little_valid",
            format!("{p}：只有{:.1}%的抽样像元可用", m.valid_percent),
            format!("{p}: only {:.1} % of the sampled pixels are usable", m.valid_percent),
        ));
    }
    let flat = |b: &&super::records::BandReport| b.spread.is_some_and(|s| s.min == s.max);
    let constant: Vec<String> = i.bands.iter().filter(flat).map(|b| b.index.to_string()).collect();
    if !constant.is_empty() && m.valid_percent > 0.0 && m.pixels > 1 {
        let bands = constant.join(", ");
        out.push(Finding::warning(
            p,
            "constant_band",
            format!("{p}：波段{bands}的抽样值处处相同"),
            format!("{p}: band {bands} has the same value at every sampled pixel"),
        ));
    }
}

/// What one image shows.
pub(super) fn image(i: &ImageReport) -> Vec<Finding> {
    let mut out = blocks(i);
    let p = &i.path;
    pixels(i, &mut out);
    if i.rows > MOST_SIDE || i.cols > MOST_SIDE {
        out.push(Finding::reason(
            p,
            "size",
            format!("{p}：{}行{}列，超过{MOST_SIDE}，请裁剪到本县范围", i.rows, i.cols),
            format!(
                "{p}: has {} rows and {} columns, at most {MOST_SIDE} are taken; cut it to the county",
                i.rows, i.cols
            ),
        ));
    }
    if i.rows.min(i.cols) < 16 {
        out.push(Finding::reason(
            p,
            "size",
            format!("{p}：只有{}行{}列，至少需要16行16列才能比较", i.rows, i.cols),
            format!(
                "{p}: has only {} rows and {} columns, at least 16 of each are needed to compare; give a larger image",
                i.rows, i.cols
            ),
        ));
    }
    let sparse = i.blocks.as_ref().map_or(0, |b| b.sparse);
    if i.compression_ratio > BOMB_RATIO && sparse == 0 {
        out.push(Finding::warning(
            p,
            "compression",
            format!("{p}：解压后是文件的{:.0}倍，几乎没有内容或是压缩炸弹", i.compression_ratio),
            format!(
                "{p}: is {:.0} times its size when decoded; it is nearly empty or a decompression bomb",
                i.compression_ratio
            ),
        ));
    }
    if i.bands.iter().all(|b| b.role.is_none()) {
        out.push(Finding::warning(
            p,
            "bands_unnamed",
            format!("{p}：波段没有名称，用 --bands 指明，否则不能判断地类和变化类型"),
            format!("{p}: its bands carry no names; name them with --bands, else land cover and kinds of change stay unknown"),
        ));
    }
    if let Some((lon, lat)) = i.lonlat
        && !((73.0..=136.0).contains(&lon) && (3.0..=54.0).contains(&lat))
    {
        out.push(Finding::note(
            p,
            "outside_china",
            format!("{p}：影像中心在东经{lon:.3}°、北纬{lat:.3}°，不在中国范围"),
            format!("{p}: its middle lies at {lon:.3} E {lat:.3} N, outside China"),
        ));
    }
    if i.date.is_none() {
        out.push(Finding::warning(
            p,
            "no_date",
            format!("{p}：没有拍摄日期，请用 --before-date/--after-date 给出"),
            format!("{p}: carries no acquisition date; give it with --before-date/--after-date"),
        ));
    }
    out
}

fn dates(r: &PairReport, images: &[ImageReport; 2], out: &mut Vec<Finding>) {
    let number = |i: usize| images[i].date.as_deref().and_then(day_number).map(|d| d.1);
    if let (Some(a), Some(b)) = (number(0), number(1))
        && b <= a
    {
        let (before, after) = (images[0].date.clone().unwrap_or_default(), images[1].date.clone().unwrap_or_default());
        out.push(Finding::warning(
            "",
            "dates_reversed",
            format!("后时相日期{after}不晚于前时相{before}，请检查两期影像的顺序"),
            format!("the later image is of {after}, not after the earlier one of {before}; check their order"),
        ));
    }
    if let Some(days) = r.season_days.filter(|d| *d > SEASON_DAYS) {
        out.push(Finding::warning(
            "",
            "season",
            format!("两期影像的季节相差{days}天，农作物变化会很多"),
            format!("the seasons of the images are {days} days apart; crops will show many changes"),
        ));
    }
}

/// What the measured shift says.
fn shift(r: &PairReport, warn: &mut impl FnMut(&'static str, String, String)) {
    let Some(s) = &r.shift else { return };
    if !s.resolved {
        let zh = format!("两期影像的错位未能可靠测出（{}个连接块中{}个一致），图斑将不能判定", s.tiles, s.agreeing);
        let en = format!(
            "the shift between the images could not be measured ({} of {} tie tiles agree); list rows cannot be judged",
            s.agreeing, s.tiles
        );
        warn("shift_unresolved", zh, en);
    } else if let Some(left) = s.residual.as_ref().filter(|r| r.p90_px > LARGE_RESIDUAL_PX) {
        let zh = format!("改正后仍有一成范围的残余错位超过{:.1}像元，细小变化不可靠", left.p90_px);
        let en = format!(
            "after correction a tenth of the ground is still off by more than {:.1} px; small changes are unreliable",
            left.p90_px
        );
        warn("residual", zh, en);
    }
}

/// What two images show together.
pub(super) fn pair(r: &PairReport, images: &[ImageReport; 2], max_memory: u64) -> Vec<Finding> {
    let mut out = Vec::new();
    let (a, b) = (&images[0], &images[1]);
    let mut warn = |code, zh: String, en: String| out.push(Finding::warning("", code, zh, en));
    if a.dtype != b.dtype {
        let zh = format!("像元类型不同（{} 与 {}），其中一期可能经过拉伸", a.dtype, b.dtype);
        let en = format!("the pixel types differ ({} and {}); one image may have been stretched", a.dtype, b.dtype);
        warn("dtype", zh, en);
    }
    let median = |i: &ImageReport, k: usize| i.bands.get(k).and_then(|b| b.spread).map(|s| s.p50);
    for (k, (x, y)) in r.bands.before.iter().zip(&r.bands.after).enumerate() {
        let (Some(m), Some(n)) = (median(a, *x), median(b, *y)) else { continue };
        if m > 0.0 && n > 0.0 && (m / n).max(n / m) > RANGE_RATIO {
            let name = r.bands.roles[k].map_or_else(|| (k + 1).to_string(), |role| role.code().to_string());
            let zh = format!("波段 {name} 的中值相差悬殊（{m} 与 {n}），两期的量纲可能不同");
            let en = format!("band {name} has medians of {m} and {n}; the images may be in different units");
            warn("range", zh, en);
        }
    }
    for (i, j) in &r.crossed_bands {
        let zh = format!("波段 {i} 与 {j} 交叉对应反而更相关，其中一期的波段顺序可能写错，请用 --bands 指明");
        let en = format!(
            "bands {i} and {j} correlate better crosswise; one image may have them in another order, name them with --bands"
        );
        warn("band_order", zh, en);
    }
    shift(r, &mut warn);
    let seen: Vec<f64> = r.correlation.iter().flatten().copied().collect();
    if !seen.is_empty() && seen.iter().all(|c| *c < LEAST_CORRELATION) {
        let best = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let zh = format!("两期影像几乎不相关（最高{best:.2}），请检查是否同一地区、是否配准");
        let en = format!(
            "the images hardly correlate (at best {best:.2}); check that they show the same ground and are registered"
        );
        warn("uncorrelated", zh, en);
    }
    if r.gsd_ratio > GSD_RATIO {
        let zh = format!("分辨率相差{:.1}倍（{:.2} m 与 {:.2} m），按较粗的一期比较", r.gsd_ratio, a.gsd_m, b.gsd_m);
        let en = format!(
            "the resolutions are {:.1} times apart ({:.2} m and {:.2} m); the coarser one decides",
            r.gsd_ratio, a.gsd_m, b.gsd_m
        );
        warn("resolution", zh, en);
    }
    if r.overlap_percent < LITTLE_PERCENT {
        let zh = format!("两期影像只重叠{:.1}%", r.overlap_percent);
        warn("overlap", zh, format!("the images overlap by only {:.1} %", r.overlap_percent));
    }
    for (w, (zh, en)) in r.weather.iter().flatten().zip([("前时相", "earlier"), ("后时相", "later")]) {
        if w.cloudy || w.hazy {
            let (share, haze) = (w.cloud_percent, if w.hazy { "，大范围有薄云或霾" } else { "" });
            let zh = format!("{zh}影像有云，抽样约占{share:.1}%{haze}；云下无法判定");
            let haze = if w.hazy { ", haze nearly everywhere" } else { "" };
            warn(
                "clouds",
                zh,
                format!("the {en} image has clouds, {share:.1} % of the sample{haze}; nothing is judged under them"),
            );
        }
    }
    if !r.bands.named() {
        let zh = "波段没有名称，只能检测变化，不能判断地类".to_string();
        warn("bands_unnamed", zh, "the bands carry no names: change is found, land cover is not".to_string());
    }
    dates(r, images, &mut out);
    if r.valid_both_percent == 0.0 {
        out.push(Finding::reason(
            "",
            "no_common_pixels",
            "抽样中没有一个像元在两期影像上都可用，请给出同一地区有内容的影像".to_string(),
            "no sampled pixel is usable in both images; give images with content of the same area".to_string(),
        ));
    }
    let allowed = max_memory >> 20;
    if r.predicted_memory_mib > allowed {
        let need = r.predicted_memory_mib;
        out.push(Finding::reason(
            "",
            "memory",
            format!("比对约需内存{need} MiB，而 --max-memory 只允许{allowed} MiB；请调大，或减少 --threads、--tile"),
            format!("a scan needs about {need} MiB but --max-memory allows {allowed} MiB; raise it, or use fewer --threads or a smaller --tile"),
        ));
    }
    out
}

/// What a list shows.
pub(super) fn list(r: &ListReport) -> Vec<Finding> {
    let mut out = Vec::new();
    let p = &r.path;
    if r.rows == 0 {
        let en = format!("{p}: the list has no rows; export it again");
        out.push(Finding::reason(p, "list_empty", format!("{p}：清单没有任何行，请重新导出"), en));
    } else if r.polygons == 0 {
        out.push(Finding::reason(
            p,
            "list_without_polygons",
            format!("{p}：{}行中没有一行有面状图形，无法判读；请给出带图形的清单（shp、gpkg 等）", r.rows),
            format!("{p}: none of the {} rows has a polygon, so no patch can be judged; give the list with its outlines (shp, gpkg ...)", r.rows),
        ));
    } else if r.polygons < r.rows {
        out.push(Finding::warning(
            p,
            "list_rows_without_polygon",
            format!("{p}：{}行没有面状图形，结论将是无法判定", r.rows - r.polygons),
            format!("{p}: {} rows have no polygon and cannot be judged", r.rows - r.polygons),
        ));
    }
    if let Some(places) = r.places
        && r.polygons > 0
    {
        if places.inside + places.partly == 0 {
            out.push(Finding::reason(
                p,
                "list_outside",
                format!("{p}：没有一个图斑落在影像范围内，请检查清单与影像是否同一个县"),
                format!("{p}: no patch lies inside the images; give the list and the images of one county"),
            ));
        } else if places.outside + places.partly > 0 {
            out.push(Finding::warning(
                p,
                "list_partly_outside",
                format!("{p}：{}个图斑在影像之外，{}个跨影像边缘", places.outside, places.partly),
                format!("{p}: {} patches lie outside the images and {} across an edge", places.outside, places.partly),
            ));
        }
    }
    if r.claim_fields.is_empty() && r.rows > 0 {
        out.push(Finding::warning(
            p,
            "list_without_claims",
            format!("{p}：没有找到填报结论字段，可用 --claim-field 指定"),
            format!("{p}: no field with claims was found; name it with --claim-field"),
        ));
    }
    if r.id_field.is_none() && r.rows > 0 {
        out.push(Finding::warning(
            p,
            "list_without_ids",
            format!("{p}：没有找到图斑编号字段，以行号区分"),
            format!("{p}: no field with ids was found; rows are told apart by their number"),
        ));
    }
    out
}
