use super::*;
use crate::landcover::forest::{BATCH, Forest, Predictor, Scores};
use sha2::{Digest, Sha256};

/// Golden codes and card of every shipped model.
const PAPERS: [(&str, &str); 2] = [
    (include_str!("../../../models/bgrn-swir/golden.json"), include_str!("../../../models/bgrn-swir/CARD.md")),
    (include_str!("../../../models/bgrn/golden.json"), include_str!("../../../models/bgrn/CARD.md")),
];

fn parsed(s: &Shipped) -> Models {
    Models::parse(s.land, Some(s.parcels), s.name).unwrap()
}

fn shipped(name: &str) -> &'static Shipped {
    SHIPPED.iter().find(|s| s.name == name).unwrap()
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
    assert_eq!(SHIPPED.len(), PAPERS.len());
    for (model, (golden, _)) in SHIPPED.iter().zip(PAPERS) {
        let models = parsed(model);
        let golden: serde_json::Value = serde_json::from_str(golden).unwrap();
        let land = models.land.as_ref().unwrap();
        assert_eq!(land.name, model.name);
        for (name, forest) in [("landcover", &land.forest), ("parcels", &models.parcels.as_ref().unwrap().forest)] {
            let rows = golden[name].as_array().unwrap();
            assert!(rows.len() >= 2 * forest.classes, "{} {name}: {} golden rows", model.name, rows.len());
            for row in rows {
                let wanted: Vec<i64> = row["scores"].as_array().unwrap().iter().map(|s| s.as_i64().unwrap()).collect();
                assert_eq!(told(forest, row["codes"].as_array().unwrap()), wanted, "{} {name}", model.name);
            }
        }
    }
}

#[test]
fn the_cards_name_the_files_they_are_about() {
    for (model, (_, card)) in SHIPPED.iter().zip(PAPERS) {
        for bytes in [model.land, model.parcels] {
            let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
            assert!(card.contains(&hash), "the card of {} does not name {hash}", model.name);
        }
    }
}

#[test]
fn a_model_that_does_not_fit_is_refused() {
    let s = shipped("bgrn");
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
    let model = parsed(s).land.unwrap();
    let roles: Vec<_> = model.bands.iter().copied().map(Some).collect();
    assert!(model.check(&roles, 2.0).is_ok());
    assert!(model.check(&roles[..3], 2.0).unwrap_err().to_string().contains("needs the bands blue,green,red,nir"));
    assert!(model.check(&[None; 4], 2.0).unwrap_err().to_string().contains("none with a name"));
    assert!(model.check(&roles, 30.0).unwrap_err().to_string().contains("the working grid has 30.00 m"));
}

#[test]
fn six_bands_of_coarse_pixels_have_a_model_of_their_own() {
    let six = parsed(shipped("bgrn-swir")).land.unwrap();
    let roles: Vec<_> = six.bands.iter().copied().map(Some).collect();
    assert!(six.check(&roles, 10.0).is_ok());
    assert!(six.check(&roles, 2.0).is_err());
    assert!(six.check(&roles[..4], 10.0).unwrap_err().to_string().contains("needs the bands"));
}
