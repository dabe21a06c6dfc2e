//! Where coordinates without a trustworthy reference system lie.
//!
//! What Chinese offices hand around: degrees, Gauss-Krueger with the zone number before the easting (8 digits) and
//! without it (6 digits), `.prj` files that say one and coordinates that are the other. The size of the numbers tells
//! them apart: 3-degree zones are 25-45 and 6-degree zones 13-23, so a prefix names its zone. Nothing is corrected
//! without a note.

use crate::features::{Bounds, in_reach};
use crate::grid::Crs;
use crate::io::crs::{self, Transformer};

/// A list this far from the images is not of this place; a zone mistaken for its neighbour is 270 km off.
const FAR_M: f64 = 100_000.0;

/// The reference system to read a file's coordinates in.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub crs: Crs,
    /// The file has y first.
    pub swapped: bool,
    /// How it was found, Chinese.
    pub note: String,
    /// Something was corrected or assumed that a person should check.
    pub doubtful: bool,
}

/// Coordinates that cannot be placed.
#[derive(Debug)]
pub(crate) enum Unplaced {
    /// No system declared and the numbers fit none known.
    Unknown { x: f64, y: f64 },
    /// Everything lies far from the images.
    Far { as_crs: String, likely: Vec<String> },
}

/// What the size of the numbers says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Degrees,
    /// Gauss-Krueger with this zone number before the easting.
    Prefixed(u32),
    /// Gauss-Krueger without a zone number.
    Plain,
    Other,
}

fn form(x: f64, y: f64) -> Form {
    let zone = (x / 1e6).floor();
    if x.abs() <= 180.0 && y.abs() <= 90.0 {
        Form::Degrees
    } else if (0.0..1e7).contains(&y) && ((13.0..=23.0).contains(&zone) || (25.0..=45.0).contains(&zone)) {
        Form::Prefixed(zone as u32)
    } else if (0.0..1e6).contains(&x) && (1e5..1e7).contains(&y) {
        Form::Plain
    } else {
        Form::Other
    }
}

/// Degrees within China.
fn china(lon: f64, lat: f64) -> bool {
    (73.0..=136.0).contains(&lon) && (3.0..=54.0).contains(&lat)
}

/// Form of the numbers and whether y stands first: China has x over 73 and y under 54 degrees, eastings under 1,000 km
/// (or with a zone before them) and northings over 1,800 km.
fn form_of(x: f64, y: f64) -> (Form, bool) {
    if china(y, x) && !china(x, y) {
        return (Form::Degrees, true);
    }
    match form(x, y) {
        Form::Other | Form::Plain => match form(y, x) {
            Form::Prefixed(zone) if (1.8e6..6e6).contains(&x) => (Form::Prefixed(zone), true),
            Form::Plain if (1.8e6..6e6).contains(&x) && y < 1e6 => (Form::Plain, true),
            _ => (form(x, y), false),
        },
        straight => (straight, false),
    }
}

/// Transverse Mercator figures of a system: central meridian in degrees and false easting in metres.
fn mercator(system: &Crs) -> Option<(f64, f64)> {
    if system.geographic {
        return None;
    }
    let srs = crs::spatial_ref(system).ok()?;
    let projection = srs.get_attr_value("PROJECTION", 0).ok().flatten()?;
    if projection != "Transverse_Mercator" && projection != "Gauss_Kruger" {
        return None;
    }
    let get = |key: &str| srs.get_proj_param(key).ok().flatten();
    Some((get("central_meridian")?, get("false_easting")? * system.unit_m))
}

/// CGCS2000 Gauss-Krueger with the zone before the easting.
fn prefixed(zone: u32) -> Option<Crs> {
    let epsg = if zone >= 25 { 4488 + zone } else { 4491 + zone - 13 };
    crs::parse(&format!("EPSG:{epsg}")).ok()
}

/// CGCS2000 Gauss-Krueger without a zone, by its central meridian (a multiple of 3 degrees from 75 to 135).
fn plain(meridian: f64) -> Option<Crs> {
    let step = (meridian - 75.0) / 3.0;
    if !(-0.01..=20.01).contains(&step) || (step - step.round()).abs() > 0.01 {
        return None;
    }
    crs::parse(&format!("EPSG:{}", 4534 + step.round() as u32)).ok()
}

/// Central meridian of a prefixed zone, degrees.
fn meridian_of_zone(zone: u32) -> f64 {
    if zone >= 25 { 3.0 * f64::from(zone) } else { 6.0 * f64::from(zone) - 3.0 }
}

/// Boxes reach the place of the images.
fn near(boxes: &[Bounds], swapped: bool, from: &Crs, target: &Crs, extent: Bounds) -> bool {
    let Ok(transformer) = Transformer::new(from, target) else { return false };
    let pad = if target.geographic { FAR_M / 111_000.0 } else { FAR_M / target.unit_m };
    let wide = [extent[0] - pad, extent[1] - pad, extent[2] + pad, extent[3] + pad];
    boxes.iter().any(|b| {
        let b = if swapped { [b[1], b[0], b[3], b[2]] } else { *b };
        let (mut x, mut y) = (vec![b[0], b[2], b[0], b[2]], vec![b[1], b[1], b[3], b[3]]);
        transformer.apply(&mut x, &mut y);
        let fold = |v: &[f64]| {
            v.iter()
                .filter(|v| v.is_finite())
                .fold((f64::INFINITY, f64::NEG_INFINITY), |a, v| (a.0.min(*v), a.1.max(*v)))
        };
        let ((x0, x1), (y0, y1)) = (fold(&x), fold(&y));
        x0 <= x1 && in_reach([x0, y0, x1, y1], wide)
    })
}

/// Longitude of the middle of the images.
fn longitude(target: &Crs, extent: Option<Bounds>) -> Option<f64> {
    if let Some((meridian, _)) = mercator(target) {
        return Some(meridian);
    }
    let e = extent?;
    let (x, y) = ((e[0] + e[2]) / 2.0, (e[1] + e[3]) / 2.0);
    let lonlat = crs::cgcs2000_lonlat().ok()?;
    Transformer::new(target, &lonlat).ok()?.point(x, y).map(|p| p.0)
}

/// Chooses the system for the boxes of a file's geometries (in file coordinates, not empty).
///
/// `declared` is what the file says, `assumed` what the user says of files that say nothing, `extent` the images in
/// `target`'s coordinates.
pub(crate) fn place(
    boxes: &[Bounds],
    declared: Option<&Crs>,
    assumed: Option<&Crs>,
    target: &Crs,
    extent: Option<Bounds>,
) -> Result<Placed, Unplaced> {
    let median = |side: usize| {
        let mut v: Vec<f64> = boxes.iter().map(|b| (b[side] + b[side + 2]) / 2.0).collect();
        v.sort_by(f64::total_cmp);
        v[v.len() / 2]
    };
    let (x, y) = (median(0), median(1));
    let (form, swapped) = form_of(x, y);
    let said = declared.or(assumed);
    let source = if declared.is_some() { "文件声明" } else { "用户指定" };
    let mut candidates = candidates((x, y), form, swapped, said, source, target, extent);
    if candidates.is_empty() {
        return Err(Unplaced::Unknown { x, y });
    }
    let Some(extent) = extent else { return Ok(candidates.remove(0)) };
    let nowhere = form == Form::Other && said.is_none();
    if let Some(good) = candidates.iter().find(|c| near(boxes, c.swapped, &c.crs, target, extent)) {
        return Ok(good.clone());
    }
    if nowhere {
        return Err(Unplaced::Unknown { x, y });
    }
    // Nothing of it is near the images: say which zone would be, but leave the choice to a person.
    let likely = (75..=135)
        .step_by(3)
        .filter_map(|m| plain(f64::from(m)))
        .chain((25..=45).chain(13..=23).filter_map(prefixed))
        .chain(crs::cgcs2000_lonlat().ok())
        .filter(|c| near(boxes, swapped, c, target, extent))
        .map(|c| match c.epsg {
            Some(code) => format!("EPSG:{code} {}", c.name),
            None => c.name,
        })
        .collect();
    Err(Unplaced::Far { as_crs: candidates[0].crs.name.clone(), likely })
}

/// The systems the coordinates may be in, the most trusted first.
fn candidates(
    (x, y): (f64, f64),
    form: Form,
    swapped: bool,
    said: Option<&Crs>,
    source: &str,
    target: &Crs,
    extent: Option<Bounds>,
) -> Vec<Placed> {
    let order = if swapped { "，且坐标为先纵后横，已对调" } else { "" };
    let mut out = Vec::new();
    let mut add = |system: Option<Crs>, note: String, doubtful: bool| {
        if let Some(crs) = system {
            out.push(Placed { crs, swapped, note, doubtful: doubtful || swapped });
        }
    };
    let tm = said.and_then(mercator);
    match (form, said) {
        (Form::Degrees, Some(c)) if c.geographic => {
            add(Some(c.clone()), format!("按{source}的坐标系 {} 读取{order}", c.name), false);
        }
        (Form::Degrees, Some(c)) if !china(x, y) && !china(y, x) => {
            // Small numbers that are no place in China may well be metres of a local origin.
            add(Some(c.clone()), format!("按{source}的坐标系 {} 读取", c.name), false);
        }
        (Form::Degrees, Some(c)) => {
            let note =
                format!("{source}的坐标系是投影坐标（{}），但坐标值是经纬度，已按CGCS2000经纬度读取{order}", c.name);
            add(crs::cgcs2000_lonlat().ok(), note, true);
        }
        (Form::Degrees, None) => {
            add(
                crs::cgcs2000_lonlat().ok(),
                format!("没有坐标系声明，坐标值是经纬度，按CGCS2000经纬度读取{order}"),
                true,
            );
        }
        (Form::Prefixed(zone), Some(c)) => {
            let zone_easting = f64::from(zone) * 1e6 + 500_000.0;
            if tm.is_some_and(|(_, fe)| (fe - zone_easting).abs() < 1.0) {
                add(Some(c.clone()), format!("按{source}的坐标系 {} 读取{order}", c.name), false);
            } else if tm.is_some_and(|(m, _)| (m - meridian_of_zone(zone)).abs() < 1e-6) {
                let note = format!("{source}的坐标系 {} 不带带号，但坐标值带{zone}带带号，已按带号读取{order}", c.name);
                add(with_easting(c, zone_easting).or_else(|| prefixed(zone)), note, true);
            } else {
                let note =
                    format!("{source}的坐标系 {} 与坐标值不符，坐标值带{zone}带带号，已按{zone}带读取{order}", c.name);
                add(prefixed(zone), note, true);
            }
        }
        (Form::Prefixed(zone), None) => {
            add(
                prefixed(zone),
                format!("没有坐标系声明，坐标值带{zone}带带号，按CGCS2000高斯-克吕格{zone}带读取{order}"),
                true,
            );
        }
        (Form::Plain, Some(c)) if !c.geographic => match tm {
            Some((_, fe)) if fe >= 13e6 => {
                let note = format!("{source}的坐标系 {} 带带号，但坐标值不带带号，已按同一中央经线读取{order}", c.name);
                add(with_easting(c, 500_000.0), note, true);
            }
            _ => add(Some(c.clone()), format!("按{source}的坐标系 {} 读取{order}", c.name), false),
        },
        (Form::Plain, said) => {
            let why = match said {
                Some(c) => format!("{source}的坐标系是经纬度（{}），但坐标值是米", c.name),
                None => "没有坐标系声明".to_string(),
            };
            let lon = longitude(target, extent);
            for step in [3.0, 6.0] {
                // 6-degree zones have their meridians at 6n-3.
                let meridian = lon
                    .map(|l| if step == 3.0 { (l / 3.0).round() * 3.0 } else { ((l + 3.0) / 6.0).round() * 6.0 - 3.0 });
                if let Some(m) = meridian {
                    add(plain(m), format!("{why}，坐标值不带带号，按影像所在的中央经线{m}°读取{order}"), true);
                }
            }
            if !target.geographic {
                add(Some(target.clone()), format!("{why}，按影像的坐标系 {} 读取{order}", target.name), true);
            }
        }
        (Form::Other, Some(c)) if !c.geographic => {
            add(Some(c.clone()), format!("按{source}的坐标系 {} 读取", c.name), false);
        }
        (Form::Other, None) if !target.geographic && extent.is_some() => {
            add(Some(target.clone()), format!("没有坐标系声明，按影像的坐标系 {} 读取", target.name), true);
        }
        (Form::Other, _) => {}
    }
    out
}

/// The same projection with another false easting in metres.
fn with_easting(system: &Crs, easting_m: f64) -> Option<Crs> {
    let (meridian, _) = mercator(system)?;
    if system.name.contains("2000") {
        let zone = (easting_m / 1e6).floor();
        let known = if zone >= 13.0 { prefixed(zone as u32) } else { plain(meridian) };
        if known.is_some() {
            return known;
        }
    }
    let mut srs = crs::spatial_ref(system).ok()?;
    srs.set_proj_param("false_easting", easting_m / system.unit_m).ok()?;
    crs::describe(&srs)
}
