//! What a parcel is among the parcels of its scene.
//!
//! Works are rare and of many kinds; what farming does to fields it does to many of them at once, in one season and one colour. So a parcel is
//! told against the middle of all parcels that look like works at all, and by how many of them look like it. A scene with few parcels
//! says little about itself: [`PRIOR`] typical ones are counted among them.

use std::collections::HashMap;

/// Typical parcels that every scene is taken to have.
const PRIOR: u64 = 50;
/// Area of each of them, m2.
const PRIOR_AREA: f64 = 1000.0;
/// Columns of the later date by which parcels look alike.
const LOOKS: [&str; 5] = ["brightness", "vegetation", "blue-red", "green", "infrared"];
/// Codes apart at which two parcels begin to differ, in each of the columns.
const APART: usize = 12;
/// Codes per doubling of a share of parcels; 255 for all of them.
const PER_OCTAVE: f64 = 16.0;

/// Names of the columns of [`among_others`], for those of single parcels.
pub fn among_columns(single: &[String]) -> Vec<String> {
    let relative = single.iter().map(|name| format!("{name} among others"));
    let alike = ["alike", "alike by area"].map(str::to_string);
    single.iter().cloned().chain(relative).chain(alike).collect()
}

/// Completes the columns of all parcels of a scene: each against the scene's median, and how much of the scene's parcels look like one.
///
/// # Shapes
/// `single` is `[column][parcel]`, `typical` one code per column, `names` their names. The first `scene` parcels are the scene's; the others,
/// parts of them, are told among them.
pub fn among_others(single: &[Vec<u8>], scene: usize, typical: &[u8], names: &[String]) -> Vec<Vec<u8>> {
    let relative = |(column, typical): (&Vec<u8>, &u8)| {
        let own = &column[..scene.min(column.len())];
        let count = own.len() as u64;
        let middle = (count * u64::from(median(own)) + PRIOR * u64::from(*typical)) / (count + PRIOR);
        column.iter().map(|code| (i32::from(*code) - middle as i32 + 128).clamp(0, 255) as u8).collect()
    };
    let mut out = single.to_vec();
    out.extend(single.iter().zip(typical).map(relative));
    out.extend(alike(single, scene, names));
    out
}

/// The lower median; 0 of nothing.
pub fn median(codes: &[u8]) -> u8 {
    let mut counts = [0usize; 256];
    codes.iter().for_each(|c| counts[usize::from(*c)] += 1);
    let mut seen = 0;
    let middle = counts.iter().position(|n| {
        seen += n;
        seen * 2 >= codes.len().max(1)
    });
    middle.unwrap_or(0) as u8
}

/// Share of the scene's parcels that look like each, by number and by area, as codes (a linear kernel over the cells of a grid).
fn alike(single: &[Vec<u8>], scene: usize, names: &[String]) -> [Vec<u8>; 2] {
    let column = |wanted: String| names.iter().position(|n| *n == wanted).and_then(|k| single.get(k));
    let parcels = single.first().map_or(0, Vec::len);
    let looks = LOOKS.map(|plane| column(format!("{plane} value after")));
    let (Some(areas), [Some(a), Some(b), Some(c), Some(d), Some(e)]) = (column("area".into()), looks) else {
        return [vec![0; parcels], vec![0; parcels]];
    };
    let area: Vec<f64> =
        areas.iter().map(|code| libm::exp2(f64::from(*code) / super::portrait::AREA_PER_OCTAVE)).collect();
    let look = |n: usize| [a[n], b[n], c[n], d[n], e[n]];
    let mut cells: HashMap<[u8; 5], [f64; 2]> = HashMap::new();
    for (n, area) in area.iter().enumerate().take(scene) {
        for (cell, weight) in corners(look(n)) {
            let sums = cells.entry(cell).or_default();
            *sums = [sums[0] + weight, sums[1] + weight * area];
        }
    }
    let all =
        [scene.min(parcels) as f64 + PRIOR as f64, area.iter().take(scene).sum::<f64>() + PRIOR as f64 * PRIOR_AREA];
    let mut out = [Vec::with_capacity(parcels), Vec::with_capacity(parcels)];
    for (n, area) in area.iter().enumerate() {
        let mut sums = [0.0; 2];
        for (cell, weight) in corners(look(n)) {
            // All but the parcel itself.
            let own = if n < scene { weight } else { 0.0 };
            let others = cells.get(&cell).copied().unwrap_or_default();
            sums = [sums[0] + weight * (others[0] - own), sums[1] + weight * (others[1] - own * area)];
        }
        for ((out, sum), all) in out.iter_mut().zip(sums).zip(all) {
            let share = sum.max(0.0) / all + 1e-6;
            out.push((255.0 + PER_OCTAVE * libm::log2(share)).clamp(0.0, 255.0) as u8);
        }
    }
    out
}

/// The cells around a look and their weights, which add up to 1.
fn corners(look: [u8; 5]) -> impl Iterator<Item = ([u8; 5], f64)> {
    let place = look.map(|code| (usize::from(code) / APART, (usize::from(code) % APART) as f64 / APART as f64));
    (0..1usize << LOOKS.len()).map(move |corner| {
        let mut weight = 1.0;
        let cell = std::array::from_fn(|axis| {
            let (first, part) = place[axis];
            let upper = corner >> axis & 1;
            weight *= if upper == 1 { part } else { 1.0 - part };
            (first + upper) as u8
        });
        (cell, weight)
    })
}

#[cfg(test)]
mod tests;
