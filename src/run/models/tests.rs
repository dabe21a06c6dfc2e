use super::*;
use crate::landcover::forest::{BATCH, Forest, Predictor, Scores};
use sha2::{Digest, Sha256};

const GOLDEN: &str = include_str!("../../../models/bgrn/golden.json");
const CARD: &str = include_str!("../../../models/bgrn/CARD.md");

fn shipped() -> Models {
    let s = &SHIPPED[0];
    Models::parse(s.land, Some(s.parcels), s.name).unwrap()
}

fn told(forest: &Forest, row: &[serde_json::Value]) -> Vec<i64> {
    let mut codes = vec![0; forest.features * BATCH];
    row.iter().enumerate().for_each(|(k, code)| codes[k * BATCH] = code.as_u64().unwrap() as u8);
    let mut out = [Scores::default()];
    Predictor::new(forest).scores(&codes, &mut out);
    out[0][..forest.classes].iter().map(|s| i64::from(*s)).collect()
}

#[test]
fn golden_pixels_keep_their_scores() {
    let models = shipped();
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    let forests =
        [("landcover", &models.land.as_ref().unwrap().forest), ("parcels", &models.parcels.as_ref().unwrap().forest)];
    for (name, forest) in forests {
        let rows = golden[name].as_array().unwrap();
        assert!(rows.len() >= 2 * forest.classes, "{name}: {} golden rows", rows.len());
        for row in rows {
            let wanted: Vec<i64> = row["scores"].as_array().unwrap().iter().map(|s| s.as_i64().unwrap()).collect();
            assert_eq!(told(forest, row["codes"].as_array().unwrap()), wanted, "{name}");
        }
    }
}

#[test]
fn the_card_names_the_files_it_is_about() {
    for bytes in [SHIPPED[0].land, SHIPPED[0].parcels] {
        let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert!(CARD.contains(&hash), "the card does not name {hash}");
    }
}

#[test]
fn a_model_that_does_not_fit_is_refused() {
    let s = &SHIPPED[0];
    let land = String::from_utf8(s.land.to_vec()).unwrap();
    let fault = |text: &str| Models::parse(text.as_bytes(), None, "m").unwrap_err().to_string();
    assert!(fault("{").starts_with("model m/landcover.json: EOF"));
    assert!(fault(&land.replace("\"schema\":1", "\"schema\":9")).contains("schema 9"));
    assert!(
        fault(&land.replace("\"change score\"", "\"taste\"")).contains("columns that this version does not compute")
    );
    let other = Models::parse(
        s.land,
        Some(b"{\"columns\":[],\"typical\":[],\"forest\":{\"features\":0,\"classes\":7,\"prior\":[],\"trees\":[]}}"),
        "m",
    );
    assert!(other.unwrap_err().to_string().starts_with("model m/parcels.json: 0 columns"));
    let model = shipped().land.unwrap();
    let roles: Vec<_> = model.bands.iter().copied().map(Some).collect();
    assert!(model.check(&roles, 2.0).is_ok());
    assert!(model.check(&roles[..3], 2.0).unwrap_err().to_string().contains("needs the bands blue,green,red,nir"));
    assert!(model.check(&[None; 4], 2.0).unwrap_err().to_string().contains("none with a name"));
    assert!(model.check(&roles, 30.0).unwrap_err().to_string().contains("the working grid has 30.00 m"));
}
