//! The classes of a patch's pixels, told with the mix of classes that the patch itself shows.
//!
//! A forest tells each pixel as if every class were as common as in its training. Within one patch they are not: a yard is a yard all
//! over, and the tenth of its pixels that look a little more like a roof than like concrete are no roof. So the mix that explains all
//! pixels of a patch best is found first, and every pixel is told again with it.
//!
//! # Source
//! M. Saerens, P. Latinne, C. Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities: a simple
//! procedure", Neural Computation 14(1), equations 2.9 (EM) and 2.4 (the adjusted posterior).

use super::Class;
use super::forest::Shares;

/// Steps of the EM; the mix of a patch moves less than a hundredth after ten.
const STEPS: usize = 20;
/// Pixels that count as one observation: neighbours look alike because they are neighbours. Doubling it makes small patches keep to the
/// forest's own mix longer.
const ALIKE_PX: f64 = 4.0;
/// Observations of an even mix that every patch is taken to have had before: a class may be rare, never impossible.
const EVEN: f64 = 4.0;

/// Shares of the classes in a patch, adding up to 1: the mix that explains its pixels best.
///
/// # Shapes
/// `pixels` holds the shares of `classes` classes per pixel, 255ths.
fn mix_of(pixels: &[Shares], classes: usize) -> Vec<f64> {
    let even = 1.0 / classes.max(1) as f64;
    let mut mix = vec![even; classes];
    let seen = pixels.len() as f64 / ALIKE_PX;
    for _ in 0..STEPS {
        let mut sums = vec![0.0; classes];
        for shares in pixels {
            let whole: f64 = mix.iter().zip(shares).map(|(m, p)| m * f64::from(*p)).sum();
            if whole > 0.0 {
                sums.iter_mut().zip(mix.iter().zip(shares)).for_each(|(s, (m, p))| *s += m * f64::from(*p) / whole);
            }
        }
        let told = sums.iter().sum::<f64>().max(1e-9);
        mix = sums.iter().map(|s| (seen * s / told + EVEN * even) / (seen + EVEN)).collect();
    }
    mix
}

/// The class of every pixel of a patch, told with the patch's own mix; first whether it is a work of man at all, then which.
pub fn classes_by_mix(pixels: &[Shares], classes: &[Class]) -> Vec<Class> {
    let mix = mix_of(pixels, classes.len());
    let (works, natural): (Vec<usize>, Vec<usize>) = (0..classes.len()).partition(|k| classes[*k].works());
    let told = |shares: &Shares| {
        let weight = |k: usize| mix[k] * f64::from(shares[k]);
        let total = |side: &[usize]| side.iter().map(|k| u32::from(shares[*k])).sum::<u32>();
        let side = if total(&works) >= total(&natural) { &works } else { &natural };
        // The first of equals, whatever the order of the sums.
        let best = side.iter().copied().reduce(|a, b| if weight(b) > weight(a) { b } else { a });
        best.map_or(Class::BareSoil, |k| classes[k])
    };
    pixels.iter().map(told).collect()
}

#[cfg(test)]
mod tests;
