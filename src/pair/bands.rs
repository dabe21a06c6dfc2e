//! Matching the bands of two dates by what they measure, else by position.

use crate::io::source::BandInfo;
use crate::raster::BandRole;
use serde::Serialize;

/// Why two images cannot be compared band by band.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum PairError {
    /// A name in `--bands` is unknown.
    #[error(
        "--bands: '{found}' is no band name; wanted are blue, green, red, nir, swir1, swir2, or '-' for a band to leave out"
    )]
    BandName {
        /// Name given.
        found: String,
    },
    /// A name twice in `--bands`.
    #[error("--bands: '{found}' stands twice; every band has one name")]
    BandTwice {
        /// Name given twice.
        found: String,
    },
    /// `--bands` of the wrong length.
    #[error("--bands names {wanted} bands but {path} has {found}; give one name per band, '-' for a band to leave out")]
    BandsLength {
        /// File.
        path: String,
        /// Bands in the file.
        found: usize,
        /// Names given.
        wanted: usize,
    },
    /// Unnamed bands and different counts.
    #[error(
        "{before} has {before_bands} bands and {after} has {after_bands}, and they carry no names to match them by; name them with --bands or give files with the same bands"
    )]
    Unmatched {
        /// File before.
        before: String,
        /// File after.
        after: String,
        /// Bands before.
        before_bands: usize,
        /// Bands after.
        after_bands: usize,
    },
    /// Named bands with nothing in common.
    #[error(
        "{before} and {after} have no band in common ({before_names} against {after_names}); give images of the same bands"
    )]
    NothingInCommon {
        /// File before.
        before: String,
        /// File after.
        after: String,
        /// Bands before.
        before_names: String,
        /// Bands after.
        after_names: String,
    },
}

/// Which bands are read of each date, in one order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandPlan {
    /// What each working band measures; `None` when the files do not say.
    pub roles: Vec<Option<BandRole>>,
    /// Positions (from 0, alpha left out) of the working bands in the images of the earlier date.
    pub before: Vec<usize>,
    /// Positions in the images of the later date.
    pub after: Vec<usize>,
    /// How the bands were matched: `names`, `--bands` or `position`.
    pub how: &'static str,
    /// Bands of either date that are left out, as text.
    pub left_out: Vec<String>,
}

impl BandPlan {
    /// Working position of a role.
    pub fn position(&self, role: BandRole) -> Option<usize> {
        self.roles.iter().position(|r| *r == Some(role))
    }

    /// `true` when every working band says what it measures.
    pub fn named(&self) -> bool {
        self.roles.iter().all(Option::is_some)
    }
}

/// Reads `--bands blue,green,red,nir`; `-` leaves a band out.
pub fn parse_band_names(text: &str) -> Result<Vec<Option<BandRole>>, PairError> {
    let mut roles: Vec<Option<BandRole>> = Vec::new();
    for name in text.split(',').map(str::trim) {
        let role = if name == "-" {
            None
        } else {
            Some(BandRole::from_name(name).ok_or_else(|| PairError::BandName { found: name.to_string() })?)
        };
        if role.is_some() && roles.contains(&role) {
            return Err(PairError::BandTwice { found: name.to_string() });
        }
        roles.push(role);
    }
    Ok(roles)
}

/// Bands of one image with the path for messages.
pub struct ImageBands<'a> {
    /// File.
    pub path: &'a str,
    /// Its bands.
    pub bands: &'a [BandInfo],
}

fn roles_of(image: &ImageBands, given: Option<&[Option<BandRole>]>) -> Result<Vec<Option<BandRole>>, PairError> {
    match given {
        Some(names) if names.len() != image.bands.len() => {
            Err(PairError::BandsLength { path: image.path.to_string(), found: image.bands.len(), wanted: names.len() })
        }
        Some(names) => Ok(names.to_vec()),
        None => Ok(image.bands.iter().map(|b| b.role).collect()),
    }
}

fn names(roles: &[Option<BandRole>]) -> String {
    roles.iter().map(|r| r.map_or("?", BandRole::code)).collect::<Vec<_>>().join(",")
}

/// Chooses the bands to compare: those with the same role at both dates; when neither date names its bands, all of them by
/// position. Roles found at one date are never assumed for the other.
pub fn match_bands(
    before: &ImageBands,
    after: &ImageBands,
    given: Option<&[Option<BandRole>]>,
) -> Result<BandPlan, PairError> {
    let (a, b) = (roles_of(before, given)?, roles_of(after, given)?);
    let both_named = a.iter().any(Option::is_some) && b.iter().any(Option::is_some);
    if !both_named {
        if a.len() != b.len() {
            return Err(PairError::Unmatched {
                before: before.path.to_string(),
                after: after.path.to_string(),
                before_bands: a.len(),
                after_bands: b.len(),
            });
        }
        let all: Vec<usize> = (0..a.len()).collect();
        let roles = vec![None; a.len()];
        return Ok(BandPlan { roles, before: all.clone(), after: all, how: "position", left_out: Vec::new() });
    }
    let find = |roles: &[Option<BandRole>], role| roles.iter().position(|r| *r == Some(role));
    let common: Vec<(BandRole, usize, usize)> =
        BandRole::ALL.iter().filter_map(|&r| Some((r, find(&a, r)?, find(&b, r)?))).collect();
    if common.is_empty() {
        return Err(PairError::NothingInCommon {
            before: before.path.to_string(),
            after: after.path.to_string(),
            before_names: names(&a),
            after_names: names(&b),
        });
    }
    let left = |image: &ImageBands, used: &[usize]| -> Vec<String> {
        let unused = image.bands.iter().enumerate().filter(|(i, _)| !used.contains(i));
        unused.map(|(_, band)| format!("{}: band {} '{}'", image.path, band.index, band.name)).collect()
    };
    let used_before: Vec<usize> = common.iter().map(|c| c.1).collect();
    let used_after: Vec<usize> = common.iter().map(|c| c.2).collect();
    let mut left_out = left(before, &used_before);
    left_out.extend(left(after, &used_after));
    Ok(BandPlan {
        roles: common.iter().map(|c| Some(c.0)).collect(),
        before: used_before,
        after: used_after,
        how: if given.is_some() { "--bands" } else { "names" },
        left_out,
    })
}
