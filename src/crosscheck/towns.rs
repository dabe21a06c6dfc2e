//! Totals per town.

use super::overlay::Layers;
use super::{Candidate, Finding, LayerKind, PatchFinding, TownTotals, TownTransition, Verdict};
use crate::landcover::Transitions;
use std::collections::BTreeMap;

/// One row per town of the layer in its order, and one for what lies in no town if there is such. Empty without the layer.
///
/// A parcel or patch belongs to the town that holds most of it, so that nothing is counted twice.
pub fn town_totals(candidates: &[Candidate], patches: &[PatchFinding], layers: &Layers) -> Vec<TownTotals> {
    let Some(layer) = layers.get(LayerKind::Towns) else { return Vec::new() };
    let have = |kind| layers.get(kind).is_some().then_some(0.0);
    let blank = || TownTotals {
        unreported_cropland_m2: have(LayerKind::Landuse),
        unreported_basic_farmland_m2: have(LayerKind::BasicFarmland),
        ..Default::default()
    };
    let key = |code: Option<&str>, name: Option<&str>| {
        (code.unwrap_or_default().to_string(), name.unwrap_or_default().to_string())
    };
    let mut rows: Vec<TownTotals> = Vec::new();
    let mut place: BTreeMap<(String, String), usize> = BTreeMap::new();
    for f in &layer.features {
        let k = key(f.code.as_deref(), f.name.as_deref());
        match place.get(&k) {
            // A town in several features is one row with all its parts.
            Some(&i) => {
                if let Some(more) = &f.shape {
                    rows[i].shape.get_or_insert_with(|| geo::MultiPolygon(Vec::new())).0.extend(more.0.iter().cloned());
                }
            }
            None => {
                place.insert(k.clone(), rows.len());
                rows.push(TownTotals { town_code: k.0, town_name: k.1, shape: f.shape.clone(), ..blank() });
            }
        }
    }
    let mut row_of = |rows: &mut Vec<TownTotals>, k: (String, String)| -> usize {
        *place.entry(k.clone()).or_insert_with(|| {
            rows.push(TownTotals { town_code: k.0, town_name: k.1, ..blank() });
            rows.len() - 1
        })
    };
    for c in candidates {
        let i = row_of(&mut rows, key(c.town_code.as_deref(), c.town_name.as_deref()));
        let t = &mut rows[i];
        t.candidates += 1;
        t.relevant += u64::from(c.relevant() == Some(true));
        if c.finding == Finding::Unreported {
            t.unreported += 1;
            t.unreported_m2 += c.area_m2;
            let add = |total: &mut Option<f64>, part: Option<f64>| {
                if let (Some(t), Some(p)) = (total.as_mut(), part) {
                    *t += p;
                }
            };
            add(&mut t.unreported_cropland_m2, c.cropland_m2);
            add(&mut t.unreported_basic_farmland_m2, c.basic_farmland_m2);
        }
    }
    for p in patches {
        let i = row_of(&mut rows, key(p.town_code.as_deref(), p.town_name.as_deref()));
        rows[i].patches += 1;
        let slot = Verdict::ALL.iter().position(|v| *v == p.verdict).unwrap_or(0);
        rows[i].verdicts[slot] += 1;
    }
    rows
}

/// Transitions of every town in the layer's order, then of what lies in no town; `counted` holds one matrix per feature of the layer and
/// one for the rest.
pub fn town_transitions(counted: &[Transitions], layers: &Layers, pixel_m2: f64) -> Vec<TownTransition> {
    let features = layers.get(LayerKind::Towns).map_or(&[][..], |l| &l.features);
    let names = features.iter().map(|f| [&f.code, &f.name].map(|t| t.as_deref().unwrap_or_default()));
    let mut towns: Vec<([&str; 2], Transitions)> = Vec::new();
    for (name, matrix) in names.chain([["", ""]]).zip(counted) {
        // A town in several features is one.
        match towns.iter_mut().find(|t| t.0 == name) {
            Some((_, all)) => all.merge(matrix),
            None => towns.push((name, matrix.clone())),
        }
    }
    let rows = towns.iter().flat_map(|([code, name], matrix)| {
        matrix.iter().map(|(from, to, pixels)| TownTransition {
            town_code: code.to_string(),
            town_name: name.to_string(),
            from,
            to,
            area_m2: pixels as f64 * pixel_m2,
        })
    });
    rows.collect()
}
