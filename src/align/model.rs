//! Smooth models of the shift over the image, fitted to tie tiles by iterated weighted least squares.
//!
//! # Source
//! Iterated reweighting: P. Holland and R. Welsch 1977, "Robust regression using iteratively reweighted least-squares"; the
//! lattice penalised by its second differences: P. Eilers and B. Marx 2003, "Multivariate calibration with temperature
//! interaction using two-dimensional penalized signal regression" (with a basis of hat functions).

use super::robust::{biweight, median};
use super::{Displacement, TieTile};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// How the shift varies over the image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// The same everywhere.
    Constant,
    /// Linear in row and column: scale, rotation, shear.
    Affine,
    /// A bilinear lattice held smooth.
    Lattice {
        /// Nodes along rows and columns.
        nodes: (usize, usize),
        /// Weight of its second differences against the ties.
        stiffness: f64,
    },
}

impl ModelKind {
    /// Code in tables and JSON.
    pub fn code(self) -> &'static str {
        match self {
            ModelKind::Constant => "constant",
            ModelKind::Affine => "affine",
            ModelKind::Lattice { .. } => "lattice",
        }
    }

    /// Ties below which it is not tried: twice as many as it has unknowns per direction, the lattice counted as stiff.
    pub fn least_ties(self) -> usize {
        match self {
            ModelKind::Constant => 1,
            ModelKind::Affine => 6,
            ModelKind::Lattice { .. } => 12,
        }
    }
}

/// The part of the working grid that the tie tiles cover: `(top, left, bottom, right)`.
pub(super) type Frame = (f64, f64, f64, f64);

/// Rounds of reweighting; the weights settle in three.
const ROUNDS: usize = 4;
/// Residuals up to about this length are measurement noise whatever the others say, pixels.
const NOISE_PX: f64 = 0.08;
/// Tukey's constant: 95 % efficiency for normal errors.
const TUKEY: f64 = 4.685;
/// Weight of the lattice's first differences against its second: only decides where no tie says anything.
const LEVEL: f64 = 0.02;

/// Weight of a tie by its strength: the scatter of a peak falls with its height, and beyond 40 other errors rule.
pub(super) fn strength_weight(tie: &TieTile) -> f64 {
    (tie.strength.min(40.0) / 40.0).powi(2)
}

/// Fits one model to the ties; `frame` is where it has to hold.
pub(super) fn fit(kind: ModelKind, ties: &[TieTile], frame: Frame) -> Displacement {
    let mut weights: Vec<f64> = ties.iter().map(strength_weight).collect();
    let mut out = once(kind, ties, &weights, frame);
    for _ in 1..ROUNDS {
        let distance: Vec<f64> = ties.iter().map(|t| miss(&out, t)).collect();
        let scale = (1.4826 * median(&mut distance.clone())).max(NOISE_PX);
        for ((w, t), d) in weights.iter_mut().zip(ties).zip(&distance) {
            *w = strength_weight(t) * biweight(*d, TUKEY * scale).max(1e-6);
        }
        out = once(kind, ties, &weights, frame);
    }
    out
}

/// Distance of a tie from a model, pixels.
pub(super) fn miss(model: &Displacement, tie: &TieTile) -> f64 {
    let d = model.at(tie.row, tie.col);
    (tie.d_row - d.0).hypot(tie.d_col - d.1)
}

fn once(kind: ModelKind, ties: &[TieTile], weights: &[f64], frame: Frame) -> Displacement {
    match kind {
        ModelKind::Constant => constant(ties, weights),
        ModelKind::Affine => affine(ties, weights, frame),
        ModelKind::Lattice { nodes, stiffness } => lattice(ties, weights, frame, nodes, stiffness),
    }
}

fn constant(ties: &[TieTile], weights: &[f64]) -> Displacement {
    let total: f64 = weights.iter().sum::<f64>().max(1e-12);
    let mean = |of: fn(&TieTile) -> f64| ties.iter().zip(weights).map(|(t, w)| of(t) * w).sum::<f64>() / total;
    Displacement::constant(mean(|t| t.d_row), mean(|t| t.d_col))
}

/// Solves the weighted normal equations for both components at once; the constant fit where they are singular.
fn solve(normal: DMatrix<f64>, right: [DVector<f64>; 2]) -> Option<[DVector<f64>; 2]> {
    let cholesky = normal.cholesky()?;
    Some(right.map(|r| cholesky.solve(&r)))
}

fn affine(ties: &[TieTile], weights: &[f64], frame: Frame) -> Displacement {
    let (top, left, bottom, right) = frame;
    // Coordinates of the frame run from -1 to 1, which keeps the equations well conditioned.
    let scaled = |t: &TieTile| {
        let u = 2.0 * (t.row - top) / (bottom - top).max(1.0) - 1.0;
        let v = 2.0 * (t.col - left) / (right - left).max(1.0) - 1.0;
        DVector::from_vec(vec![1.0, u, v])
    };
    let mut normal = DMatrix::<f64>::identity(3, 3) * 1e-9;
    let mut sides = [DVector::zeros(3), DVector::zeros(3)];
    for (t, w) in ties.iter().zip(weights) {
        let x = scaled(t);
        normal += &x * x.transpose() * *w;
        sides[0] += &x * (*w * t.d_row);
        sides[1] += &x * (*w * t.d_col);
    }
    let Some([r, c]) = solve(normal, sides) else { return constant(ties, weights) };
    let at = |u: f64, v: f64| (r[0] + r[1] * u + r[2] * v, c[0] + c[1] * u + c[2] * v);
    Displacement {
        origin: (top, left),
        step: ((bottom - top).max(1.0), (right - left).max(1.0)),
        count: (2, 2),
        nodes: vec![at(-1.0, -1.0), at(-1.0, 1.0), at(1.0, -1.0), at(1.0, 1.0)],
    }
}

fn lattice(
    ties: &[TieTile],
    weights: &[f64],
    frame: Frame,
    (down, across): (usize, usize),
    stiffness: f64,
) -> Displacement {
    let (top, left, bottom, right) = frame;
    let step = ((bottom - top) / (down - 1) as f64, (right - left) / (across - 1) as f64);
    let n = down * across;
    let mut normal = DMatrix::<f64>::identity(n, n) * 1e-9;
    let mut sides = [DVector::zeros(n), DVector::zeros(n)];
    // On average every node carries a weight of one, so that stiffness means the same for any number of ties.
    let unit = n as f64 / weights.iter().sum::<f64>().max(1e-12);
    for (t, w) in ties.iter().zip(weights) {
        let (p, q) = (((t.row - top) / step.0).max(0.0), ((t.col - left) / step.1).max(0.0));
        let (i, j) = ((p as usize).min(down - 2), (q as usize).min(across - 2));
        let (u, v) = (p - i as f64, q - j as f64);
        let first = i * across + j;
        let share = [
            (first, (1.0 - u) * (1.0 - v)),
            (first + 1, (1.0 - u) * v),
            (first + across, u * (1.0 - v)),
            (first + across + 1, u * v),
        ];
        for (a, x) in share {
            for (b, y) in share {
                normal[(a, b)] += w * unit * x * y;
            }
            sides[0][a] += w * unit * x * t.d_row;
            sides[1][a] += w * unit * x * t.d_col;
        }
    }
    let mut smooth = |terms: &[(usize, f64)], weight: f64| {
        for (a, x) in terms {
            for (b, y) in terms {
                normal[(*a, *b)] += weight * x * y;
            }
        }
    };
    for i in 0..down {
        for j in 0..across {
            let k = i * across + j;
            if j + 2 < across {
                smooth(&[(k, 1.0), (k + 1, -2.0), (k + 2, 1.0)], stiffness);
            }
            if i + 2 < down {
                smooth(&[(k, 1.0), (k + across, -2.0), (k + 2 * across, 1.0)], stiffness);
            }
            if j + 1 < across {
                smooth(&[(k, 1.0), (k + 1, -1.0)], stiffness * LEVEL);
            }
            if i + 1 < down {
                smooth(&[(k, 1.0), (k + across, -1.0)], stiffness * LEVEL);
            }
            if i + 1 < down && j + 1 < across {
                // The mixed difference counts twice, as in the energy of a thin plate.
                let twist = [(k, 1.0), (k + 1, -1.0), (k + across, -1.0), (k + across + 1, 1.0)];
                smooth(&twist, 2.0 * stiffness);
            }
        }
    }
    let Some([r, c]) = solve(normal, sides) else { return constant(ties, weights) };
    let nodes = (0..n).map(|k| (r[k], c[k])).collect();
    Displacement { origin: (top, left), step, count: (down, across), nodes }
}
