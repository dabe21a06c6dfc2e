//! From the rows of an open dataset to the rows of a [`FeatureTable`]: text decoded, coordinates placed, shapes mended.

use super::columns::from_columns;
use super::encoding::{self, Chosen};
use super::ogr::{LayerInfo, RawField, RawGeometry, RawKind, RawRow, RawValue, SourceLayer};
use super::open::Opened;
use super::place::{self, Placed, Unplaced};
use super::{VectorError, VectorFile, VectorOptions, shown};
use crate::features::{Bounds, Feature, FeatureTable, FieldDef, FieldKind, FieldValue, in_reach, repair};
use crate::io::crs::Transformer;
use encoding_rs::Encoding;
use geo::{LineString, Polygon};
use std::path::Path;

/// Caps that keep an absurd file from taking the machine: rows, vertices, bytes of text.
const MAX_ROWS: usize = 5_000_000;
const MAX_VERTICES: usize = 100_000_000;
const MAX_TEXT: usize = 2 << 30;
/// Geometries whose boxes stand for the file when its place is found.
const PLACING_SAMPLE: usize = 5_000;

/// Tables that belong to a format and are no data.
const SERVICE_TABLES: &[&str] = &["layer_styles", "qgis_projects", "spatial_ref_sys", "geometry_columns", "FJ"];

/// Reads the layer that is meant.
pub(super) fn read(
    path: &Path,
    opened: &Opened,
    given: Option<&'static Encoding>,
    options: &VectorOptions<'_>,
) -> Result<VectorFile, VectorError> {
    let mut notes = Vec::new();
    if let Some(inside) = &opened.inside {
        notes.push(format!("读取压缩包中的 {inside}"));
    }
    if opened.rebuilt {
        notes.push("缺少shx索引文件，已在内存中重建".to_string());
    }
    let infos = opened.source.layers();
    let index = choose_layer(path, &infos, options.layer, &mut notes)?;
    let layer = opened.source.layer(index);
    let mut fields = layer.fields();
    // Where outlines may be kept in fields, none is known not to matter.
    if let Some(wanted) = options.fields.filter(|_| infos[index].polygons == Some(true)) {
        let matters = |name: &[u8]| !name.is_ascii() || wanted(&String::from_utf8_lossy(name));
        let others = fields.extract_if(.., |f| !matters(&f.name));
        layer.leave_out(others.map(|f| f.name));
    }
    let (raw, outside) = read_raw(path, &layer, &fields, &mut notes, options)?;
    let is_dbf = opened.source.driver() == "ESRI Shapefile";
    let chosen = choose_encoding(&layer, is_dbf, given, &fields, &raw);
    if chosen.contradicted {
        notes.push(format!("文件声明的字符编码与内容不符，已按 {} 读取", chosen.describe()));
    }
    let defs = decode_fields(&chosen, &fields, &mut notes);
    let mut file = build(path, layer.crs(), defs, &chosen, raw, notes, options)?;
    file.layer = infos[index].name.clone();
    file.outside += outside;
    if file.outside > 0 {
        file.notes.push(format!("影像范围以外的{}个要素未读取", file.outside));
    }
    Ok(file)
}

/// The layer asked for, the only one, or the only one with polygons.
fn choose_layer(
    path: &Path,
    infos: &[LayerInfo],
    wanted: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<usize, VectorError> {
    let file = shown(path);
    let names = || infos.iter().map(|i| i.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        let hit = infos.iter().position(|i| i.name.eq_ignore_ascii_case(wanted));
        return hit.ok_or_else(|| VectorError::NoSuchLayer { file, wanted: wanted.into(), names: names() });
    }
    let usable: Vec<usize> =
        (0..infos.len()).filter(|i| !SERVICE_TABLES.iter().any(|s| s.eq_ignore_ascii_case(&infos[*i].name))).collect();
    let polygons: Vec<usize> = usable.iter().copied().filter(|i| infos[*i].polygons == Some(true)).collect();
    let named: Vec<usize> = usable.iter().copied().filter(|i| infos[*i].name.to_uppercase().contains("JCTB")).collect();
    for group in [&usable, &polygons, &named] {
        if let [one] = group.as_slice() {
            if infos.len() > 1 {
                notes.push(format!("文件有{}个图层，读取 {}", infos.len(), infos[*one].name));
            }
            return Ok(*one);
        }
    }
    if usable.is_empty() {
        Err(VectorError::NoLayer { file })
    } else {
        Err(VectorError::SeveralLayers { file, names: names() })
    }
}

/// All rows as stored, within the caps.
fn read_raw(
    path: &Path,
    layer: &SourceLayer<'_>,
    fields: &[RawField],
    notes: &mut Vec<String>,
    options: &VectorOptions<'_>,
) -> Result<(Vec<RawRow>, usize), VectorError> {
    let binary = fields.iter().filter(|f| f.kind == RawKind::Binary).count();
    if binary > 0 {
        notes.push(format!("{binary}个二进制字段（照片等）未读取内容"));
    }
    // Only a file whose own system is sound can be thinned before it is placed.
    let window = if options.only_extent { source_window(layer, options) } else { None };
    // Growing by doubling would hold the rows of a large survey twice; what a header announces is believed only so far.
    let announced = layer.announced_rows();
    let mut rows = Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(MAX_ROWS / 10));
    let (mut vertices, mut text, mut outside) = (0usize, 0usize, 0usize);
    let too_large =
        |what: String, wanted: &str| VectorError::TooLarge { file: shown(path), what, wanted: wanted.into() };
    layer.rewind();
    loop {
        let row = match layer.next_row(fields) {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(why) => {
                let (file, row) = (shown(path), rows.len() + outside);
                return Err(VectorError::Damaged { file, row, of: announced, why });
            }
        };
        if let (Some(window), Some(g)) = (window, &row.geometry)
            && box_of(g).is_some_and(|b| !in_reach(b, window))
        {
            outside += 1;
            continue;
        }
        vertices += row.geometry.as_ref().map_or(0, |g| g.vertices);
        text += row.values.iter().map(|v| if let RawValue::Bytes(b) = v { b.len() } else { 0 }).sum::<usize>();
        if rows.len() >= MAX_ROWS {
            return Err(too_large(format!("more than {MAX_ROWS} rows"), "a list of one county"));
        }
        if vertices > MAX_VERTICES || text > MAX_TEXT {
            return Err(too_large(
                format!("over {vertices} vertices or {} MiB of text", text >> 20),
                "a list of one county",
            ));
        }
        rows.push(row);
    }
    let got = (rows.len() + outside) as i64;
    if announced > got {
        notes.push(format!("文件头记录{announced}行，实际读到{got}行，文件可能不完整"));
    }
    Ok((rows, outside))
}

/// The images' extent in the layer's own coordinates, where the layer declares a system that agrees with the numbers.
fn source_window(layer: &SourceLayer<'_>, options: &VectorOptions<'_>) -> Option<Bounds> {
    let (declared, extent) = (layer.crs()?, options.extent?);
    layer.rewind();
    let mut boxes = Vec::new();
    for _ in 0..50 {
        let Ok(Some(row)) = layer.next_row(&[]) else { break };
        boxes.extend(row.geometry.as_ref().and_then(box_of));
    }
    if boxes.is_empty() {
        return None;
    }
    let placed = place::place(&boxes, Some(&declared), None, options.target, None).ok()?;
    if placed.doubtful {
        return None;
    }
    let back = Transformer::new(options.target, &placed.crs).ok()?;
    // Points along the sides as well: straight sides bend in another projection.
    let at = |a: f64, b: f64, k: usize| a + (b - a) * k as f64 / 16.0;
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for k in 0..=16 {
        for (px, py) in [
            (at(extent[0], extent[2], k), extent[1]),
            (at(extent[0], extent[2], k), extent[3]),
            (extent[0], at(extent[1], extent[3], k)),
            (extent[2], at(extent[1], extent[3], k)),
        ] {
            x.push(px);
            y.push(py);
        }
    }
    back.apply(&mut x, &mut y);
    let b = x.iter().zip(&y).fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |b, (x, y)| {
        [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)]
    });
    let (px, py) = ((b[2] - b[0]) * 0.02, (b[3] - b[1]) * 0.02);
    let sound = b.iter().all(|v| v.is_finite()) && x.iter().all(|v| v.is_finite());
    sound.then_some([b[0] - px, b[1] - py, b[2] + px, b[3] + py])
}

fn choose_encoding(
    layer: &SourceLayer<'_>,
    is_dbf: bool,
    given: Option<&'static Encoding>,
    fields: &[RawField],
    rows: &[RawRow],
) -> Chosen {
    let texts = rows.iter().flat_map(|r| &r.values).filter_map(|v| match v {
        RawValue::Bytes(b) if !b.is_ascii() => Some(b.as_slice()),
        _ => None,
    });
    let texts = fields.iter().map(|f| f.name.as_slice()).filter(|n| !n.is_ascii()).chain(texts);
    if !is_dbf {
        let utf8 = Some(encoding_rs::UTF_8);
        let mut chosen = encoding::choose(given, utf8, None, texts);
        if chosen.encoding == encoding_rs::UTF_8 && given.is_none() {
            chosen.why = "该格式规定的编码";
        }
        return chosen;
    }
    let cpg = layer.metadata(c"CPG_VALUE", c"SHAPEFILE");
    let ldid = layer.metadata(c"LDID_VALUE", c"SHAPEFILE").parse::<u8>().ok().and_then(encoding::by_ldid);
    encoding::choose(given, encoding::by_label(&cpg), ldid, texts)
}

fn decode_fields(chosen: &Chosen, fields: &[RawField], notes: &mut Vec<String>) -> Vec<FieldDef> {
    let mut lossy = 0;
    let defs = fields
        .iter()
        .map(|field| {
            let (name, exact) = encoding::decode_lossy(chosen.encoding, &field.name);
            lossy += usize::from(!exact);
            let kind = match field.kind {
                RawKind::Integer => FieldKind::Integer,
                RawKind::Real => FieldKind::Real,
                _ => FieldKind::Text,
            };
            FieldDef { name, kind }
        })
        .collect();
    if lossy > 0 {
        notes.push(format!("{lossy}个字段名含无法解码的字节"));
    }
    defs
}

/// Box of the stored coordinates; `None` without any finite one.
fn box_of(g: &RawGeometry) -> Option<Bounds> {
    let points = g.polygons.iter().flatten().flatten().chain(g.point.iter());
    let finite = points.filter(|p| p.0.is_finite() && p.1.is_finite());
    let b = finite.fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |b, p| {
        [b[0].min(p.0), b[1].min(p.1), b[2].max(p.0), b[3].max(p.1)]
    });
    (b[0] <= b[2]).then_some(b)
}

/// Places the coordinates of a file, or says that it has none.
fn place_all(
    path: &Path,
    declared: Option<&crate::grid::Crs>,
    geometries: &[Option<&RawGeometry>],
    options: &VectorOptions<'_>,
) -> Result<Option<Placed>, VectorError> {
    let boxes: Vec<Bounds> = geometries.iter().filter_map(|g| g.and_then(box_of)).collect();
    let step = boxes.len().div_ceil(PLACING_SAMPLE).max(1);
    let sample: Vec<Bounds> = boxes.into_iter().step_by(step).collect();
    if sample.is_empty() {
        return Ok(None);
    }
    match place::place(&sample, declared, options.assume_crs, options.target, options.extent) {
        Ok(placed) => Ok(Some(placed)),
        Err(Unplaced::Unknown { x, y }) => Err(VectorError::NoCrs { file: shown(path), x, y }),
        Err(Unplaced::Far { as_crs, likely }) => {
            let likely = match likely.as_slice() {
                [] => "give the list of this county, or images of that one".to_string(),
                some => format!("it would be near them as {}; correct the .prj file", some.join(" or ")),
            };
            Err(VectorError::Elsewhere { file: shown(path), as_crs, likely })
        }
    }
}

fn build(
    path: &Path,
    declared: Option<crate::grid::Crs>,
    fields: Vec<FieldDef>,
    chosen: &Chosen,
    raw: Vec<RawRow>,
    mut notes: Vec<String>,
    options: &VectorOptions<'_>,
) -> Result<VectorFile, VectorError> {
    let mut lossy = 0usize;
    let mut geometries = Vec::with_capacity(raw.len());
    let mut values = Vec::with_capacity(raw.len());
    for row in raw {
        let decoded = row.values.into_iter().map(|v| match v {
            RawValue::Null => FieldValue::Null,
            RawValue::Integer(i) => FieldValue::Integer(i),
            RawValue::Real(r) => FieldValue::Real(r),
            RawValue::Bytes(b) => {
                let (text, exact) = encoding::decode_lossy(chosen.encoding, &b);
                lossy += usize::from(!exact);
                FieldValue::Text(text)
            }
        });
        values.push(decoded.collect::<Vec<_>>());
        geometries.push(row.geometry);
    }
    if lossy > 0 {
        notes.push(format!("{lossy}处文字无法按 {} 解码，坏字节以“\u{fffd}”代替", chosen.describe()));
    }
    if geometries.iter().all(Option::is_none) {
        // The ministry's evidence database keeps its outlines as text in a plain table.
        geometries = from_columns(&fields, &values);
    }
    assemble(path, declared, fields, values, geometries, chosen.describe(), notes, options)
}

/// Rows with stored geometry to the finished file; also used for tables with coordinate columns.
#[allow(clippy::too_many_arguments)]
pub(super) fn assemble(
    path: &Path,
    declared: Option<crate::grid::Crs>,
    fields: Vec<FieldDef>,
    values: Vec<Vec<FieldValue>>,
    geometries: Vec<Option<RawGeometry>>,
    encoding: String,
    mut notes: Vec<String>,
    options: &VectorOptions<'_>,
) -> Result<VectorFile, VectorError> {
    let borrowed: Vec<Option<&RawGeometry>> = geometries.iter().map(Option::as_ref).collect();
    let placed = place_all(path, declared.as_ref(), &borrowed, options)?;
    let transformer = match &placed {
        Some(p) => Some(
            Transformer::new(&p.crs, options.target)
                .map_err(|source| VectorError::Transform { file: shown(path), source })?,
        ),
        None => None,
    };
    let crs_note = placed.as_ref().map_or_else(|| "没有图形，不需要坐标系".to_string(), |p| p.note.clone());
    if let Some(p) = placed.as_ref().filter(|p| p.doubtful) {
        notes.push(p.note.clone());
    }
    if let Some(p) = &placed {
        let old = ["Xian", "Beijing", "1954", "1980"].iter().any(|w| p.crs.name.contains(w));
        if old && !["Xian", "Beijing", "1954", "1980"].iter().any(|w| options.target.name.contains(w)) {
            notes.push(format!("坐标系 {} 与影像的基准不同，转换可能有几十米以上的偏差", p.crs.name));
        }
    }
    let swapped = placed.as_ref().is_some_and(|p| p.swapped);
    let clip = options.extent.filter(|_| options.only_extent);
    let (mut rows, mut points, mut outside) = (Vec::with_capacity(values.len()), Vec::new(), 0usize);
    let (mut shapeless, mut mended) = (0usize, 0usize);
    for (values, geometry) in values.into_iter().zip(geometries) {
        let done = finish(geometry, transformer.as_ref(), swapped);
        if let (Some(clip), Some(shape)) = (clip, &done.shape)
            && crate::features::bounds(shape).is_some_and(|b| !in_reach(b, clip))
        {
            outside += 1;
            continue;
        }
        shapeless += usize::from(done.shape.is_none());
        mended += usize::from(done.shape.is_some() && !done.problems.is_empty());
        points.push(done.point);
        rows.push(Feature { values, shape: done.shape, problems: done.problems });
    }
    if shapeless > 0 && shapeless < rows.len() {
        notes.push(format!("{shapeless}行没有可用的图形"));
    }
    if mended > 0 {
        notes.push(format!("{mended}行的图形有问题，已修复"));
    }
    let table = FeatureTable { fields, rows };
    Ok(VectorFile { table, points, encoding, layer: String::new(), crs_note, notes, outside })
}

struct Finished {
    shape: crate::features::Shape,
    point: Option<[f64; 2]>,
    problems: Vec<String>,
}

/// One geometry moved to the working system and mended.
fn finish(geometry: Option<RawGeometry>, transformer: Option<&Transformer>, swapped: bool) -> Finished {
    let without = |why: &str, point| Finished { shape: None, point, problems: vec![why.to_string()] };
    let Some(g) = geometry else { return without("没有图形", None) };
    let Some(t) = transformer else { return without("图形为空，按无图形处理", None) };
    let turn = |p: (f64, f64)| if swapped { (p.1, p.0) } else { p };
    if g.polygons.is_empty() {
        let point = g.point.map(turn).and_then(|(x, y)| t.point(x, y)).map(|(x, y)| [x, y]);
        return match (point.is_some(), g.lines) {
            (_, true) => without("图形是线，不是面，按无图形处理", point),
            (true, false) => without("只有点位，没有面，按无图形处理", point),
            (false, false) => without("图形为空，按无图形处理", None),
        };
    }
    let unclosed = g.unclosed;
    let polygons = g.polygons.into_iter().map(|rings| {
        let mut rings = rings.into_iter().map(|ring| {
            let (mut x, mut y): (Vec<f64>, Vec<f64>) = ring.into_iter().map(turn).unzip();
            t.apply(&mut x, &mut y);
            LineString::from_iter(x.into_iter().zip(y))
        });
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Polygon::new(exterior, rings.collect())
    });
    let mut repaired = repair(polygons.collect());
    if unclosed > 0 {
        repaired.problems.insert(0, format!("图形有{unclosed}个环未闭合，已闭合"));
    }
    if g.lines {
        repaired.problems.push("图形中的线已略去，只用其中的面".to_string());
    }
    Finished { shape: repaired.shape, point: None, problems: repaired.problems }
}
