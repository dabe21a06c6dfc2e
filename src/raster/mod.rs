//! Pixels in memory: band-major views `(band, row, col)` with a quality code per pixel.
//!
//! No value is magic: whether a pixel can be used is said by its [`Quality`], never by its value.

mod bands;
mod qa;
mod spans;
mod wide_fn;

pub use bands::{BandRole, MOST_BANDS};
pub use qa::QaKind;
pub use spans::{Sets, Span, connected, near, stretches, without};
pub(crate) use wide_fn::wide_fn;

use ndarray::{Array2, Array3, Axis};
use serde::Serialize;
use std::borrow::Cow;
use std::cell::RefCell;

/// Why a pixel can or cannot be used. The smallest code wins when two dates are combined with [`Quality::worse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Observed and usable.
    Valid = 0,
    /// Outside the image.
    Outside = 1,
    /// Nodata value, NaN, masked by the file, or fill.
    Nodata = 2,
    /// The file is damaged here.
    Unreadable = 3,
    /// Cloud or haze.
    Cloud = 4,
    /// Cloud shadow.
    Shadow = 5,
    /// The sensor is saturated.
    Saturated = 6,
    /// Snow or ice, told by a quality band or a mask.
    Snow = 7,
}

impl Quality {
    /// Every code that is not [`Quality::Valid`], in order.
    pub const UNUSABLE: [Quality; 7] = [
        Quality::Outside,
        Quality::Nodata,
        Quality::Unreadable,
        Quality::Cloud,
        Quality::Shadow,
        Quality::Saturated,
        Quality::Snow,
    ];

    /// The quality of a stored number (`quality as u8`).
    pub fn from_number(number: u8) -> Quality {
        match number.checked_sub(1) {
            None => Quality::Valid,
            Some(k) => Quality::UNUSABLE[usize::from(k).min(Quality::UNUSABLE.len() - 1)],
        }
    }

    /// `true` when the pixel was observed.
    pub fn is_valid(self) -> bool {
        self == Quality::Valid
    }

    /// The code of a pixel seen at two dates: valid only if both are, else the first reason in the order of the enum.
    pub fn worse(self, other: Quality) -> Quality {
        match (self, other) {
            (Quality::Valid, q) | (q, Quality::Valid) => q,
            (a, b) => a.min(b),
        }
    }

    /// Words for the reports, Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Quality::Valid => "可用",
            Quality::Outside => "影像未覆盖",
            Quality::Nodata => "无数据",
            Quality::Unreadable => "文件损坏不可读",
            Quality::Cloud => "云",
            Quality::Shadow => "云影",
            Quality::Saturated => "过饱和",
            Quality::Snow => "积雪",
        }
    }

    /// Stable code for tables and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Quality::Valid => "valid",
            Quality::Outside => "outside",
            Quality::Nodata => "nodata",
            Quality::Unreadable => "unreadable",
            Quality::Cloud => "cloud",
            Quality::Shadow => "shadow",
            Quality::Saturated => "saturated",
            Quality::Snow => "snow",
        }
    }
}

/// Windows kept per thread: a pair, and one date before it is resampled.
const MOST_SPARE: usize = 3;

thread_local! {
    static SPARE: RefCell<Vec<(Vec<f32>, Vec<Quality>)>> = const { RefCell::new(Vec::new()) };
}

/// A window of an image: values `(band, row, col)` and a quality per pixel `(row, col)`.
/// Values of pixels that are not valid mean nothing to any stage; they are 0, except that what a mask covers keeps the file's
/// values, so that pictures show the cloud.
#[derive(Clone, Debug)]
pub struct Pixels {
    /// Values in the file's own units.
    pub bands: Array3<f32>,
    /// Whether each pixel can be used.
    pub quality: Array2<Quality>,
}

impl Pixels {
    /// A window in which nothing was seen.
    pub fn unseen(bands: usize, rows: usize, cols: usize, why: Quality) -> Pixels {
        Pixels { bands: Array3::zeros((bands, rows, cols)), quality: Array2::from_elem((rows, cols), why) }
    }

    /// Pixels of any content, in memory that [`Pixels::recycle`] gave back on this thread if there is some: for windows of which every
    /// pixel is about to be set. Windows of tiles are megabytes; asking the system for them again and again costs as much as a kernel.
    pub fn unset(bands: usize, rows: usize, cols: usize) -> Pixels {
        let (mut values, mut quality) = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        values.resize(bands * rows * cols, 0.0);
        quality.resize(rows * cols, Quality::Outside);
        let both = (Array3::from_shape_vec((bands, rows, cols), values), Array2::from_shape_vec((rows, cols), quality));
        match both {
            (Ok(bands), Ok(quality)) => Pixels { bands, quality },
            _ => Pixels::unseen(bands, rows, cols, Quality::Outside),
        }
    }

    /// Gives the memory back for [`Pixels::unset`].
    pub fn recycle(self) {
        let spare = (self.bands.into_raw_vec_and_offset().0, self.quality.into_raw_vec_and_offset().0);
        SPARE.with_borrow_mut(|all| {
            if all.len() < MOST_SPARE {
                all.push(spare);
            }
        });
    }

    /// The bands at `places`, in that order; nothing is copied where these are all.
    pub fn of_bands(&self, places: &[usize]) -> Cow<'_, Pixels> {
        if places.iter().copied().eq(0..self.bands.dim().0) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Pixels { bands: self.bands.select(Axis(0), places), quality: self.quality.clone() })
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        self.quality.dim()
    }
}
