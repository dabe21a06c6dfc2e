//! Styles for QGIS (QML) and for everything else (SLD 1.1), one per layer of the GeoPackage.
//!
//! In: the language. Out: text for the `layer_styles` table or for files beside the layers. Candidates are coloured by
//! finding, patches by verdict, not-judged areas by reason; ids are the labels. No text of a user's file is in here.

use super::document::Lang;
use super::palette::{self, Rgb};
use super::words;
use crate::crosscheck::{Finding, Verdict};
use crate::raster::Quality;

/// A style of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerStyle {
    /// Layer of the GeoPackage.
    pub layer: &'static str,
    /// Name of the style.
    pub name: String,
    /// QGIS style, the text of a `.qml`.
    pub qml: String,
    /// OGC style, the text of a `.sld`.
    pub sld: String,
}

/// How one value of a field is drawn.
struct Class {
    value: String,
    label: String,
    line: Rgb,
    /// Opacity of the fill, 0-255; 0 is outline only.
    fill: u8,
    /// Width of the outline, mm.
    width: f64,
    /// QGIS fill pattern: the second sign beside colour.
    pattern: &'static str,
}

struct Layer {
    name: &'static str,
    title: (&'static str, &'static str),
    field: &'static str,
    label: Option<&'static str>,
    classes: Vec<Class>,
}

/// A style for each of `candidates`, `patches`, `towns` and `not_judged`.
pub fn layer_styles(lang: Lang) -> Vec<LayerStyle> {
    layers(lang)
        .iter()
        .map(|layer| LayerStyle {
            layer: layer.name,
            name: lang.pick(layer.title.0, layer.title.1).to_string(),
            qml: qml(layer),
            sld: sld(layer, lang),
        })
        .collect()
}

fn layers(lang: Lang) -> Vec<Layer> {
    let finding = |&code: &Finding| Class {
        value: code.code().into(),
        label: words::finding(lang, code).into(),
        line: palette::finding(code),
        fill: if code == Finding::NotRelevant { 40 } else { 110 },
        width: if code == Finding::Unreported { 0.5 } else { 0.3 },
        pattern: "solid",
    };
    let verdict = |&code: &Verdict| Class {
        value: code.code().into(),
        label: words::verdict(lang, code).into(),
        line: palette::verdict(code),
        fill: 160,
        width: 0.6,
        pattern: match code {
            Verdict::FalseDemolition => "diagonal_x",
            Verdict::Concealed => "cross",
            Verdict::PartialDemolition => "b_diagonal",
            Verdict::DemolishedNotRestored => "f_diagonal",
            Verdict::CannotJudge => "dense6",
            Verdict::NoVisibleChange => "horizontal",
            Verdict::Consistent => "no",
        },
    };
    let reason = |&code: &Quality| Class {
        value: code.code().into(),
        label: words::quality(lang, code).into(),
        line: palette::quality(code),
        fill: 120,
        width: 0.2,
        pattern: "solid",
    };
    let town = Class {
        value: String::new(),
        label: lang.pick("乡镇界", "Town").into(),
        line: [0x33, 0x33, 0x33],
        fill: 0,
        width: 0.4,
        pattern: "no",
    };
    vec![
        Layer {
            name: "candidates",
            title: ("变化线索（按结论）", "Changes by finding"),
            field: "finding",
            label: Some("id"),
            classes: Finding::ALL.iter().map(finding).collect(),
        },
        Layer {
            name: "patches",
            title: ("图斑（按核查意见）", "List by verdict"),
            field: "verdict",
            label: Some("patch_id"),
            classes: Verdict::ALL.iter().map(verdict).collect(),
        },
        Layer { name: "towns", title: ("乡镇", "Towns"), field: "", label: Some("town_name"), classes: vec![town] },
        Layer {
            name: "not_judged",
            title: ("未能判读", "Not judged"),
            field: "reason",
            label: None,
            classes: Quality::UNUSABLE.iter().map(reason).collect(),
        },
    ]
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn option(name: &str, value: &str) -> String {
    format!("<Option name=\"{name}\" value=\"{value}\" type=\"QString\"/>")
}

fn qml(layer: &Layer) -> String {
    let mut categories = String::new();
    let mut symbols = String::new();
    for (i, class) in layer.classes.iter().enumerate() {
        let (value, label) = (escape(&class.value), escape(&class.label));
        categories.push_str(&format!(
            "<category symbol=\"{i}\" value=\"{value}\" type=\"string\" label=\"{label}\" render=\"true\"/>\n"
        ));
        symbols.push_str(&symbol(i, class));
    }
    let renderer = if layer.field.is_empty() {
        format!(
            "<renderer-v2 type=\"singleSymbol\" forceraster=\"0\" symbollevels=\"0\">\n<symbols>\n{symbols}</symbols>\n\
             </renderer-v2>\n"
        )
    } else {
        format!(
            "<renderer-v2 type=\"categorizedSymbol\" attr=\"{}\" forceraster=\"0\" symbollevels=\"0\">\n<categories>\n\
             {categories}</categories>\n<symbols>\n{symbols}</symbols>\n</renderer-v2>\n",
            layer.field
        )
    };
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.22.0\" \
         styleCategories=\"Symbology|Labeling\" labelsEnabled=\"{}\">\n{renderer}{}<layerGeometryType>2</layerGeometryType>\n\
         </qgis>\n",
        u8::from(layer.label.is_some()),
        layer.label.map_or(String::new(), labelling)
    )
}

fn symbol(index: usize, class: &Class) -> String {
    let [r, g, b] = class.line;
    let colour = |alpha: u8| format!("{r},{g},{b},{alpha}");
    let options: String = [
        ("color", colour(class.fill)),
        ("outline_color", colour(255)),
        ("outline_style", "solid".into()),
        ("outline_width", class.width.to_string()),
        ("outline_width_unit", "MM".into()),
        ("style", class.pattern.into()),
    ]
    .iter()
    .map(|(name, value)| option(name, value))
    .collect();
    format!(
        "<symbol type=\"fill\" name=\"{index}\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">\
         <layer class=\"SimpleFill\" enabled=\"1\" locked=\"0\" pass=\"0\"><Option type=\"Map\">{options}</Option>\
         </layer></symbol>\n"
    )
}

/// Labels appear from 1:25,000 on: a county full of ids would hide the map.
fn labelling(field: &str) -> String {
    format!(
        "<labeling type=\"simple\"><settings calloutType=\"simple\"><text-style fieldName=\"{field}\" \
         isExpression=\"0\" fontSize=\"8\" fontSizeUnit=\"Point\" textColor=\"31,41,51,255\"><text-buffer \
         bufferDraw=\"1\" bufferSize=\"0.8\" bufferSizeUnits=\"MM\" bufferColor=\"255,255,255,255\"/></text-style>\
         <placement placement=\"1\"/><rendering scaleVisibility=\"1\" scaleMin=\"0\" scaleMax=\"25000\" \
         drawLabels=\"1\"/></settings></labeling>\n"
    )
}

fn sld(layer: &Layer, lang: Lang) -> String {
    let rules: String = layer.classes.iter().map(|class| rule(layer, class)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<StyledLayerDescriptor version=\"1.1.0\" \
         xmlns=\"http://www.opengis.net/sld\" xmlns:ogc=\"http://www.opengis.net/ogc\" \
         xmlns:se=\"http://www.opengis.net/se\">\n<NamedLayer>\n<se:Name>{}</se:Name>\n<UserStyle>\n\
         <se:Name>{}</se:Name>\n<se:FeatureTypeStyle>\n{rules}</se:FeatureTypeStyle>\n</UserStyle>\n</NamedLayer>\n\
         </StyledLayerDescriptor>\n",
        layer.name,
        escape(lang.pick(layer.title.0, layer.title.1))
    )
}

fn rule(layer: &Layer, class: &Class) -> String {
    let colour = palette::hex(class.line);
    let filter = if layer.field.is_empty() {
        String::new()
    } else {
        format!(
            "<ogc:Filter><ogc:PropertyIsEqualTo><ogc:PropertyName>{}</ogc:PropertyName><ogc:Literal>{}</ogc:Literal>\
             </ogc:PropertyIsEqualTo></ogc:Filter>",
            layer.field,
            escape(&class.value)
        )
    };
    // SLD has no hatching without pictures: patches are outlines with a faint fill.
    let opacity = f64::from(if class.pattern == "solid" { class.fill } else { 30.min(class.fill) }) / 255.0;
    format!(
        "<se:Rule><se:Name>{0}</se:Name><se:Description><se:Title>{0}</se:Title></se:Description>{filter}\
         <se:PolygonSymbolizer><se:Fill><se:SvgParameter name=\"fill\">{colour}</se:SvgParameter><se:SvgParameter \
         name=\"fill-opacity\">{opacity:.2}</se:SvgParameter></se:Fill><se:Stroke><se:SvgParameter \
         name=\"stroke\">{colour}</se:SvgParameter><se:SvgParameter name=\"stroke-width\">{1:.1}</se:SvgParameter>\
         </se:Stroke></se:PolygonSymbolizer></se:Rule>\n",
        escape(&class.label),
        class.width / 0.28
    )
}
