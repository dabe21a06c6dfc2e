//! A sheet as a page to print on A4: style and pictures inside, no script, nothing from elsewhere.

use super::view::{SheetView, view};
use super::{EvidenceError, EvidenceSheet};
use crate::report::palette;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("sheet.html.j2");
const STYLE: &str = include_str!("sheet.css");

/// The page of a sheet.
///
/// # Cost
/// 4/3 of the pictures' bytes and about 10 kB.
///
/// # Errors
/// [`EvidenceError::Template`] when the template does not render; no text of a user's file makes it do so.
pub fn evidence_html(sheet: &EvidenceSheet) -> Result<String, EvidenceError> {
    let content: SheetView = view(sheet);
    let style = format!("{STYLE}.verdict{{color:{}}}\n", palette::hex(palette::verdict(sheet.patch.verdict)));
    // Only our own style, only pictures inside the page; no script, no network, no forms, no frames.
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        STANDARD.encode(Sha256::digest(style.as_bytes()))
    );
    let uri = |jpeg: &Vec<u8>| format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg));
    let uris: Vec<String> = sheet.chips.iter().map(|c| uri(&c.jpeg)).collect();
    // The name's ending turns on escaping.
    let env = environment("sheet.html", TEMPLATE)?;
    let s = minijinja::Value::from(minijinja::value::Serde(content));
    Ok(env.get_template("sheet.html")?.render(minijinja::context! { s, style, policy, uris })?)
}

/// An environment with the one template `name`; its ending decides how texts are escaped.
pub(super) fn environment(
    name: &'static str,
    template: &'static str,
) -> Result<minijinja::Environment<'static>, minijinja::Error> {
    let mut env = minijinja::Environment::new();
    env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    env.set_syntax(minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.add_template(name, template)?;
    Ok(env)
}
