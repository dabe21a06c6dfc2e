//! The line that carries the later image onto the earlier one, fitted on pixels that did not change.
//!
//! Orthogonal (total least squares) regression, because both dates are noisy: ordinary regression would shrink the slope and
//! leave a difference on every bright surface.
//!
//! # Source
//! M. Canty, A. Nielsen 2008, "Automatic radiometric normalization of multitemporal satellite imagery with the IR-MAD
//! transformation", RSE 112(3).

use super::sums::sum;
use super::{NormaliseParams, PairSample, Variates, Veil, irmad};
use serde::Serialize;

/// Why normalisation is not possible.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum NormaliseError {
    /// Too few pixels in common.
    #[error(
        "only {found} sampled pixels are valid at both dates; at least {wanted} are wanted: check nodata values and that the images cover the same ground"
    )]
    TooFew {
        /// Valid pixels in the sample.
        found: usize,
        /// Least number.
        wanted: usize,
    },
}

/// One band's line and spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BandRadiometry {
    /// `before = gain * after + offset` where nothing changed.
    pub gain: f64,
    /// In units of the earlier image.
    pub offset: f64,
    /// Standard deviation of `before - (gain * after + offset)` where nothing changed, in units of the earlier image.
    pub residual_sd: f64,
    /// The earlier image's whole sample.
    pub before: Moments,
    /// The later image's whole sample.
    pub after: Moments,
}

/// Mean and standard deviation of a band.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Moments {
    /// Mean, units of the image.
    pub mean: f64,
    /// Standard deviation, units of the image.
    pub sd: f64,
}

impl Moments {
    /// Of the values, each counting alike; 0 of none.
    pub fn of(values: &[f64]) -> Moments {
        let n = values.len().max(1) as f64;
        let mean = sum([values], |[v]| v) / n;
        Moments { mean, sd: (sum([values], |[v]| (v - mean) * (v - mean)) / n).sqrt() }
    }
}

/// The radiometric relation of the pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Radiometry {
    /// Haze to be taken off the later image before anything else; everything below is about what it leaves.
    pub veil: Option<Veil>,
    /// One per working band.
    pub bands: Vec<BandRadiometry>,
    /// The IR-MAD variates at stop.
    pub variates: Variates,
    /// Canonical correlations of IR-MAD at stop, ascending.
    pub correlations: Vec<f64>,
    /// IR-MAD iterations.
    pub iterations: usize,
    /// Whether IR-MAD settled.
    pub converged: bool,
    /// Pixels sampled.
    pub sampled: usize,
    /// Of them, taken as unchanged.
    pub no_change: usize,
    /// Correlation of the logarithms of change vector length and IR-MAD distance over the sample: near 1 the two see the same change;
    /// near 0 IR-MAD has settled on something else, e.g. the flames of a fire instead of what it burnt.
    pub agreement: f64,
}

/// Added to both distances before the logarithm, standard deviations: below it both only see noise.
const NOISE: f64 = 0.1;

/// See [`Radiometry::agreement`]; 0 where either distance is constant.
fn agreement(sample: &PairSample, bands: &[BandRadiometry], variates: &Variates) -> f64 {
    let chi = variates.chi_squares(sample);
    let mut vector = vec![0.0f64; sample.len()];
    for (r, (before, after)) in bands.iter().zip(sample.before.iter().zip(&sample.after)) {
        let over = 1.0 / r.residual_sd;
        for (v, (b, a)) in vector.iter_mut().zip(before.iter().zip(after)) {
            let d = (b - (r.gain * a + r.offset)) * over;
            *v += d * d;
        }
    }
    let n = sample.len() as f64;
    let log = |square: f64| (square.sqrt() + NOISE).ln();
    vector.iter_mut().for_each(|v| *v = log(*v));
    let chi: Vec<f64> = chi.into_iter().map(log).collect();
    let total = [sum([&vector], |[v]| v), sum([&chi], |[c]| c)];
    let square = [sum([&vector], |[v]| v * v), sum([&chi], |[c]| c * c)];
    let product = sum([&vector, &chi], |[v, c]| v * c);
    let spread = |k: usize| square[k] - total[k] * total[k] / n;
    let size = (spread(0) * spread(1)).sqrt();
    if size > 1e-9 * n { (product - total[0] * total[1] / n) / size } else { 0.0 }
}

/// Fewer pixels than this say nothing about a whole image.
const LEAST_SAMPLE: usize = 100;
/// Fewer no-change pixels than this cannot carry a line; then the likeliest ones are taken instead.
const LEAST_NO_CHANGE: usize = 50;
/// Least residual spread, in units of the image: rounding of integers alone spreads by 1/sqrt(12). Keeps a pair of copies from
/// dividing by zero; a scene whose real noise is below it is float data, scaled by its own spread instead.
const ROUNDING_SD: f64 = 0.288_675_134_594_812_9;

/// Orthogonal regression of `y` on `x`: slope and intercept; a flat line through the means when either does not vary.
fn orthogonal_line(x: &[f64], y: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let (mx, my) = (sum([x], |[v]| v) / n, sum([y], |[v]| v) / n);
    let sxx = sum([x], |[a]| (a - mx) * (a - mx));
    let syy = sum([y], |[b]| (b - my) * (b - my));
    let sxy = sum([x, y], |[a, b]| (a - mx) * (b - my));
    if sxy.abs() <= f64::EPSILON * (sxx * syy).sqrt() || sxx == 0.0 {
        return (0.0, my);
    }
    let d = syy - sxx;
    let slope = (d + (d * d + 4.0 * sxy * sxy).sqrt()) / (2.0 * sxy);
    (slope, my - slope * mx)
}

/// Takes haze off, finds what did not change and fits every band's line on it.
pub fn fit(mut sample: PairSample, params: &NormaliseParams, integer_data: bool) -> Result<Radiometry, NormaliseError> {
    let found = sample.len();
    let too_few = || NormaliseError::TooFew { found, wanted: LEAST_SAMPLE };
    if sample.len() < LEAST_SAMPLE {
        return Err(too_few());
    }
    let veil = Veil::find(&sample, params);
    if let Some(veil) = &veil {
        veil.lift_sample(&mut sample);
    }
    let sample = &sample;
    let mad = irmad(sample, params).ok_or_else(too_few)?;
    let mut chosen: Vec<usize> = (0..sample.len()).filter(|&i| mad.weights[i] > params.no_change_probability).collect();
    if chosen.len() < LEAST_NO_CHANGE {
        chosen = (0..sample.len()).collect();
        chosen.sort_by(|&i, &j| mad.weights[j].total_cmp(&mad.weights[i]).then(i.cmp(&j)));
        chosen.truncate(LEAST_NO_CHANGE.max(sample.len() / 10));
    }
    let bands = sample.before.iter().zip(&sample.after).map(|(before, after)| {
        let pick = |v: &[f64]| chosen.iter().map(|&i| v[i]).collect::<Vec<f64>>();
        let (x, y) = (pick(after), pick(before));
        let (gain, offset) = orthogonal_line(&x, &y);
        let n = x.len() as f64;
        let differences = x.iter().zip(&y).map(|(a, b)| b - (gain * a + offset));
        let squares: f64 = differences.map(|d| d * d).sum();
        let floor = if integer_data { ROUNDING_SD } else { (Moments::of(&y).sd * 1e-6).max(f64::MIN_POSITIVE) };
        let residual_sd = (squares / n).sqrt().max(floor);
        BandRadiometry { gain, offset, residual_sd, before: Moments::of(before), after: Moments::of(after) }
    });
    let bands: Vec<BandRadiometry> = bands.collect();
    Ok(Radiometry {
        veil,
        agreement: agreement(sample, &bands, &mad.variates),
        bands,
        variates: mad.variates,
        correlations: mad.correlations,
        iterations: mad.iterations,
        converged: mad.converged,
        sampled: sample.len(),
        no_change: chosen.len(),
    })
}
