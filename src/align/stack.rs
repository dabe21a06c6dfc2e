//! All tie tiles together: the sum of their correlation surfaces, and whether the two images show the same ground at all.
//!
//! Where single tiles are too changed to stand out alone, their sum still does, because true peaks lie at one place and chance
//! peaks everywhere.

use super::{TiePlan, TieTile};
use serde::Serialize;

/// The sum of the tiles' surfaces stands out by this many standard deviations when there is a common shift. Over 100 pairs of
/// unrelated or flipped scenes it reached 12 once and 11.6 once, mostly 4 to 8; over 16 true pairs, heavily changed ones of
/// 256 px among them, it is 11.7 to 270.
const SURE: f64 = 12.0;
/// Tiles that are strong enough to be counted for or against a match.
const STRONG: f64 = 8.0;
/// Tiles agree within this distance of each other, pixels.
const AGREE_PX: f64 = 1.5;
/// Ground with structure at both dates that has to be there before a missing match is held against the pair: 12 tiles and as
/// many pixels as 316 x 316.
const EVIDENCE_TILES: usize = 12;
const EVIDENCE_PX: f64 = 1e5;

/// Sum of the surfaces of tie tiles.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    sum: Vec<f64>,
    tiles: usize,
}

/// A shift common to all tiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CommonShift {
    /// Whole pixels along rows.
    pub rows_px: f64,
    /// Whole pixels along columns.
    pub cols_px: f64,
    /// How far it stands out, standard deviations of the sum.
    pub strength: f64,
}

impl Stack {
    /// Adds a tile's surface. All surfaces have the same size; in raster order of the tiles the sum is the same to the bit.
    pub fn add(&mut self, surface: &[f32]) {
        if self.sum.is_empty() {
            self.sum = vec![0.0; surface.len()];
        }
        self.sum.iter_mut().zip(surface).for_each(|(s, v)| *s += f64::from(*v));
        self.tiles += 1;
    }

    /// The highest place of the sum; `None` without tiles.
    pub fn peak(&self) -> Option<CommonShift> {
        let best = (0..self.sum.len()).max_by(|a, b| self.sum[*a].total_cmp(&self.sum[*b]).then(b.cmp(a)))?;
        let side = (self.sum.len() as f64).sqrt().round() as usize;
        let reach = (side / 2) as f64;
        Some(CommonShift {
            rows_px: (best / side) as f64 - reach,
            cols_px: (best % side) as f64 - reach,
            strength: self.sum[best] / (self.tiles as f64).sqrt(),
        })
    }

    /// The common shift when it is beyond doubt.
    pub fn sure(&self) -> Option<CommonShift> {
        self.peak().filter(|p| p.strength >= SURE)
    }
}

/// What speaks for and against the two images showing the same ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MatchEvidence {
    /// Tiles that could be measured: enough valid pixels at both dates.
    pub tiles: usize,
    /// Of these, tiles with structure above noise at both dates.
    pub textured: usize,
    /// Pixels under the textured tiles, overlaps counted once.
    pub textured_px: f64,
    /// Textured tiles with a strong peak.
    pub strong: usize,
    /// Most strong tiles whose shifts agree.
    pub agreeing: usize,
    /// How far the sum of all tiles stands out, standard deviations.
    pub common_strength: f64,
}

impl MatchEvidence {
    /// From the measured tiles, each with whether it is textured.
    pub fn of(ties: &[(TieTile, bool)], plan: &TiePlan, stack: &Stack) -> MatchEvidence {
        let strong: Vec<&TieTile> =
            ties.iter().filter(|(t, textured)| *textured && t.strength >= STRONG).map(|(t, _)| t).collect();
        let near = |p: &TieTile, q: &TieTile| (p.d_row - q.d_row).hypot(p.d_col - q.d_col) <= AGREE_PX;
        let agreeing = strong.iter().map(|p| strong.iter().filter(|q| near(p, q)).count()).max();
        let textured = ties.iter().filter(|t| t.1).count();
        MatchEvidence {
            tiles: ties.len(),
            textured,
            textured_px: textured as f64 * (plan.side * plan.side) as f64 * plan.share(),
            strong: strong.len(),
            agreeing: agreeing.unwrap_or(0),
            common_strength: stack.peak().map_or(0.0, |p| p.strength),
        }
    }

    /// `true` when the images show structure enough to be matched and none of it matches: not a want of evidence, but
    /// evidence against. Chance lets two strong peaks of a hundred agree, hardly three; changed farmland, water, haze and
    /// small images fall short of one of the conditions and are only called unresolved.
    pub fn denies_match(&self) -> bool {
        self.textured >= EVIDENCE_TILES
            && self.textured_px >= EVIDENCE_PX
            && self.agreeing <= 2
            && self.common_strength < SURE
    }
}
