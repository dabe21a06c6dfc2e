//! The chance that a chi-square variable is exceeded: exactly, and from a table for many pixels.

/// Chance that a chi-square variable with `degrees` degrees of freedom exceeds `x`.
///
/// Q(1) = erfc(sqrt(x/2)), Q(2) = exp(-x/2), Q(k+2) = Q(k) + (x/2)^(k/2) exp(-x/2) / Gamma(k/2 + 1)
/// (Abramowitz and Stegun 1964, 26.4.4-5).
pub(super) fn chi_square_survival(x: f64, degrees: usize) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let half = x / 2.0;
    let (mut k, mut q, mut term) = if degrees.is_multiple_of(2) {
        (2, (-half).exp(), half * (-half).exp())
    } else {
        (1, libm::erfc(half.sqrt()), (2.0 * x / std::f64::consts::PI).sqrt() * (-half).exp())
    };
    while k < degrees {
        q += term;
        k += 2;
        term *= half / (k as f64 / 2.0);
    }
    q.min(1.0)
}

/// Nodes of the table per unit of the variable's root.
const PER_UNIT: f64 = 128.0;

/// The same chance by cubic interpolation over the root of the variable, over which it is smooth for any number of degrees of
/// freedom; right to 1e-10.
pub(super) struct Survival {
    /// Chance and its slope per node.
    nodes: Vec<[f64; 2]>,
}

impl Survival {
    pub(super) fn new(degrees: usize) -> Survival {
        let k = degrees as f64;
        // Nine beyond the mean of the root there is nothing left.
        let count = ((k.sqrt() + 9.0) * PER_UNIT) as usize;
        let log_scale = (1.0 - k / 2.0) * std::f64::consts::LN_2 - libm::lgamma(k / 2.0);
        let node = |n: usize| {
            let d = n as f64 / PER_UNIT;
            let density = d.powi(degrees as i32 - 1) * (log_scale - d * d / 2.0).exp();
            [chi_square_survival(d * d, degrees), -density / PER_UNIT]
        };
        let mut nodes: Vec<[f64; 2]> = (0..count).map(node).collect();
        nodes.extend([[0.0; 2]; 2]);
        Survival { nodes }
    }

    /// Chance that the variable exceeds the square of `root`.
    #[inline(always)]
    pub(super) fn of_root(&self, root: f64) -> f64 {
        let at = root * PER_UNIT;
        let k = (at as usize).min(self.nodes.len() - 2);
        let f = (at - k as f64).min(1.0);
        let ([low, rise], [high, next]) = (self.nodes[k], self.nodes[k + 1]);
        let step = high - low;
        low + f * (rise + f * (3.0 * step - 2.0 * rise - next + f * (rise + next - 2.0 * step)))
    }
}
