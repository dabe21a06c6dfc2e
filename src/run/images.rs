//! The pair as one readable thing: files opened, bands matched, everything on the working grid.

use super::clouds::{CloudFinder, SkyReport};
use super::geodesy::mover;
use super::masks::{DETECTED, GIVEN, GivenMasks, MaskNote, MaskTally};
use super::pool::Pool;
use super::progress::Progress;
use super::statistics::Sample;
use crate::align::{self, AlignParams, Date, Displacement, Feed, FileGrid, Plan, ResidualField};
use crate::error::Error;
use crate::grid::{Grid, Window};
use crate::io::source::{ImageError, ImageInfo, RasterSource};
use crate::io::{BlockCache, Decoded, GdalImage};
use crate::mask::MaskParams;
use crate::normalise::Veil;
use crate::pair::{self, BandPlan, ImageBands};
use crate::raster::{BandRole, Pixels, Quality};
use crate::vectorise::PixelPolygons;
use ndarray::s;
use std::path::PathBuf;
use std::sync::Arc;

/// Decoded blocks kept of all files, bytes: two rows of tiles of 512 across two images of 16,000 columns and 4 bands of 16 bits.
const BLOCK_CACHE: usize = 256 << 20;

/// A file of a date and how it feeds the working grid.
struct Member {
    image: GdalImage,
    /// As planned from metadata.
    planned: Feed,
    /// With the measured shift undone.
    feed: Feed,
}

/// How pixels come onto another grid.
#[derive(Clone, Copy)]
enum Sampling {
    Interpolated,
    Nearest,
}

/// Both dates on the working grid.
pub struct AlignedPair {
    before: Vec<Member>,
    after: Vec<Member>,
    cache: Arc<BlockCache>,
    bands: BandPlan,
    grid: Grid,
    residual: Option<ResidualField>,
    masks: GivenMasks,
    clouds: Option<CloudFinder>,
    veil: Option<Veil>,
    /// How the files were brought together.
    pub reference: Date,
    /// Part of the working grid that the other date's files reach, percent.
    pub overlap_percent: f64,
}

/// Opens the files of one date and checks that they are alike.
fn open_date(paths: &[PathBuf]) -> Result<Vec<GdalImage>, ImageError> {
    let images = paths.iter().map(|p| GdalImage::open(p)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = images.first().map(GdalImage::info) else { return Ok(images) };
    let describe = |i: &ImageInfo| {
        let roles: Vec<&str> = i.bands.iter().map(|b| b.role.map_or("?", BandRole::code)).collect();
        format!("{} bands ({}) of {}", i.bands.len(), roles.join(","), i.dtype)
    };
    for image in &images[1..] {
        let (found, wanted) = (describe(image.info()), describe(first));
        if found != wanted {
            return Err(ImageError::Mosaic { path: image.info().path.clone(), found, wanted });
        }
    }
    Ok(images)
}

fn file_grids(grids: &[(String, Grid)]) -> Vec<FileGrid<'_>> {
    grids.iter().map(|(path, grid)| FileGrid { path, grid }).collect()
}

impl AlignedPair {
    /// Opens both dates.
    pub fn open(
        before: &[PathBuf],
        after: &[PathBuf],
        band_names: Option<&[Option<BandRole>]>,
        params: &AlignParams,
    ) -> Result<AlignedPair, Error> {
        let (images_b, images_a) = (open_date(before)?, open_date(after)?);
        let bands = {
            let (b, a) = (images_b[0].info(), images_a[0].info());
            pair::match_bands(
                &ImageBands { path: &b.path, bands: &b.bands },
                &ImageBands { path: &a.path, bands: &a.bands },
                band_names,
            )?
        };
        let grids = |images: &[GdalImage]| -> Vec<(String, Grid)> {
            images.iter().map(|i| (i.info().path.clone(), i.info().grid.clone())).collect()
        };
        let (grids_b, grids_a) = (grids(&images_b), grids(&images_a));
        let Plan { grid, reference, before: feeds_b, after: feeds_a, overlap_percent } =
            align::plan(&file_grids(&grids_b), &file_grids(&grids_a), params, &mover)?;
        let cache = Arc::new(BlockCache::new(BLOCK_CACHE));
        let members = |images: Vec<GdalImage>, feeds: Vec<Feed>| -> Vec<Member> {
            let member = |(mut image, planned): (GdalImage, Feed)| {
                image.use_cache(cache.clone());
                Member { image, feed: planned.clone(), planned }
            };
            images.into_iter().zip(feeds).map(member).collect()
        };
        Ok(AlignedPair {
            before: members(images_b, feeds_b),
            after: members(images_a, feeds_a),
            cache,
            bands,
            grid,
            residual: None,
            masks: GivenMasks::default(),
            clouds: None,
            veil: None,
            reference,
            overlap_percent,
        })
    }

    /// Takes mask files for the dates, and how quality bands are read. Every read from now on shows what they cover as not
    /// valid.
    pub fn give_masks(&mut self, before: &[PathBuf], after: &[PathBuf], params: &MaskParams) -> Result<(), ImageError> {
        self.masks = GivenMasks::open([before, after], &self.grid, params)?;
        Ok(())
    }

    /// Learns to find clouds and shadows, where the parameters ask for it and the bands allow it. Every read of both dates
    /// from now on shows them as not valid.
    pub fn detect_clouds(&mut self, sample: &Sample, params: &MaskParams, pool: &Pool, progress: &Progress) {
        self.clouds = None;
        if params.detect {
            self.clouds = CloudFinder::learn(self, sample, params, pool, progress);
        }
    }

    /// The mask files.
    pub fn mask_notes(&self) -> &[MaskNote] {
        &self.masks.notes
    }

    /// What the detection says of itself; `None` where nothing is detected.
    pub fn sky(&self) -> Option<SkyReport> {
        self.clouds.as_ref().map(CloudFinder::report)
    }

    /// `true` when a date has a mask that was given: a file of its own or a quality band.
    pub fn has_given_mask(&self, date: Date) -> bool {
        let own = self.members(date).iter().any(|m| !m.image.info().quality_bands.is_empty());
        own || self.masks.any(usize::from(date == Date::After))
    }

    /// Changes how many bytes of decoded blocks are kept, for reading all of the images once; results do not depend on it.
    pub fn set_block_cache(&self, bytes: usize) {
        self.cache.set_budget(bytes, false);
    }

    /// The same for reading the windows of a sample again and again.
    pub fn set_sample_cache(&self, bytes: usize) {
        self.cache.set_budget(bytes, true);
    }

    /// Says that the grid is read in sweep `number` from top to bottom.
    pub fn sweep(&self, number: usize) {
        self.cache.sweep(number as u64);
    }

    /// Blocks decoded so far, of files not read through GDAL.
    pub fn decoded(&self) -> Decoded {
        self.cache.decoded()
    }

    /// The working grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The bands compared.
    pub fn bands(&self) -> &BandPlan {
        &self.bands
    }

    /// Metadata of the files of a date.
    pub fn infos(&self, date: Date) -> Vec<&ImageInfo> {
        self.images(date).map(GdalImage::info).collect()
    }

    /// The files of a date.
    pub fn images(&self, date: Date) -> impl Iterator<Item = &GdalImage> {
        self.members(date).iter().map(|m| &m.image)
    }

    /// How the files of a date come onto the working grid, for the manifest.
    pub fn feeding(&self, date: Date) -> Vec<&'static str> {
        self.members(date).iter().map(|m| if m.feed.copy.is_some() { "copied" } else { "resampled" }).collect()
    }

    /// Damaged blocks met so far: `(file, block row, block column)`.
    pub fn damaged(&self) -> Vec<(String, usize, usize)> {
        let all = self.before.iter().chain(&self.after);
        all.flat_map(|m| m.image.damaged_blocks().into_iter().map(|(i, j)| (m.image.info().path.clone(), i, j)))
            .collect()
    }

    /// Damaged pixels met so far, percent of all files' pixels.
    pub fn damaged_percent(&self) -> f64 {
        let all = || self.before.iter().chain(&self.after);
        let pixels: f64 = all().map(|m| m.image.info().grid.pixels() as f64).sum();
        let lost: f64 = all()
            .map(|m| {
                let (rows, cols) = m.image.info().block;
                (m.image.damaged_blocks().len() * rows * cols) as f64
            })
            .sum();
        (lost * 100.0 / pixels.max(1.0)).min(100.0)
    }

    fn members(&self, date: Date) -> &[Member] {
        match date {
            Date::Before => &self.before,
            Date::After => &self.after,
        }
    }

    /// Undoes a measured displacement of the later image in the same resampling as everything else; it replaces any earlier
    /// correction. The reference stays where its metadata put it; when the later image is the reference, the earlier one is
    /// moved the other way.
    pub fn correct(&mut self, displacement: Displacement, leave_alone_px: f64) {
        let (members, undo) = match self.reference {
            Date::Before => (&mut self.after, false),
            Date::After => (&mut self.before, true),
        };
        let displacement = Arc::new(displacement);
        for member in members {
            member.feed = member.planned.displaced(&displacement, undo, &self.grid, leave_alone_px);
        }
        // A mask was made from the image it belongs to, and lies as that does.
        self.masks.displace(usize::from(self.reference == Date::Before), &displacement, undo);
    }

    /// Whether the date that is moved is resampled anyway, whatever the shift.
    pub fn resampled_anyway(&self) -> bool {
        let moved = if self.reference == Date::Before { Date::After } else { Date::Before };
        self.members(moved).iter().all(|m| m.planned.copy.is_none())
    }

    /// Keeps what is left of the misregistration after correction.
    pub fn set_residual(&mut self, residual: Option<ResidualField>) {
        self.residual = residual;
    }

    /// Residual misregistration at a position of the working grid, pixels; `None` where it could not be measured, which is
    /// not the same as none.
    pub fn residual_px(&self, row: f64, col: f64) -> Option<f64> {
        self.residual.as_ref().map(|r| r.at(row, col))
    }

    /// The residual as a field; `None` where it could not be measured.
    pub fn residual(&self) -> Option<&ResidualField> {
        self.residual.as_ref()
    }

    /// Takes haze off the later image from now on, wherever its values are compared.
    pub fn lift_veil(&mut self, veil: Option<Veil>) {
        self.veil = veil;
    }

    /// Pixels of both dates in a window of the working grid, which may reach beyond it, as they are compared: masked, haze taken
    /// off.
    pub fn read(&self, window: Window) -> (Pixels, Pixels) {
        let (both, _) = self.read_counted(window, None);
        both
    }

    /// The same of a block of the sample that stands alone: clouds are told by what the block itself shows, so that nothing around it
    /// is read.
    pub fn read_alone(&self, window: Window) -> (Pixels, Pixels) {
        let mut both = self.read_given(window);
        if let Some(veil) = &self.veil {
            veil.lift(window, &mut both.1);
        }
        if let Some(layers) = self.clouds.as_ref().and_then(|d| d.layers_alone(window)) {
            layers.lay(0, &mut both.0.quality);
            layers.lay(1, &mut both.1.quality);
        }
        both
    }

    /// [`AlignedPair::read`], and what masks cover in a part of the window, by source.
    pub fn read_counted(&self, window: Window, part: Option<Window>) -> ((Pixels, Pixels), MaskTally) {
        let mut both = self.read_given(window);
        if let Some(veil) = &self.veil {
            veil.lift(window, &mut both.1);
        }
        let layers = self.clouds.as_ref().map(|d| d.layers(self, window)).filter(|l| !l.is_empty());
        let mut tally = MaskTally::default();
        let part = part.and_then(|p| p.intersect(&window)).map(|p| {
            let (row, col) = ((p.row - window.row) as usize, (p.col - window.col) as usize);
            s![row..row + p.rows, col..col + p.cols]
        });
        for (date, pixels) in [&mut both.0, &mut both.1].into_iter().enumerate() {
            let given = match part {
                Some(part) if layers.is_some() || self.has_given_mask([Date::Before, Date::After][date]) => {
                    let given = pixels.quality.slice(part).to_owned();
                    tally.count(date, GIVEN, given.view(), None);
                    Some((part, given))
                }
                _ => None,
            };
            let Some(layers) = &layers else { continue };
            layers.lay(date, &mut pixels.quality);
            if let Some((part, given)) = given {
                tally.count(date, DETECTED, pixels.quality.slice(part), Some(given.view()));
            }
        }
        (both, tally)
    }

    /// Cloud or shadow over a patch before and after, too small for the masks; nothing where none is looked for.
    pub fn sky_over(&self, patch: &PixelPolygons, window: Window) -> [Option<Quality>; 2] {
        self.clouds.as_ref().map_or([None; 2], |d| d.over(self, patch, window))
    }

    /// Pixels of both dates under the masks that were given, and nothing detected.
    pub fn read_given(&self, window: Window) -> (Pixels, Pixels) {
        let read = |date| self.read_date(date, window, Sampling::Interpolated);
        (read(Date::Before), read(Date::After))
    }

    /// The same, not interpolated where the grids differ: for what is averaged anyway.
    pub fn read_nearest(&self, window: Window) -> (Pixels, Pixels) {
        let read = |date| self.read_date(date, window, Sampling::Nearest);
        (read(Date::Before), read(Date::After))
    }

    /// `false` where a window surely shows nothing at one of the dates, told without reading pixels.
    pub fn may_show(&self, window: Window) -> bool {
        [Date::Before, Date::After].into_iter().all(|date| {
            self.members(date).iter().any(|m| {
                let grid = m.image.grid();
                let from = match m.feed.copy {
                    Some((rows, cols)) => Some(Window { row: window.row + rows, col: window.col + cols, ..window }),
                    None => align::source_window(&m.feed, grid.rows, grid.cols, window),
                };
                from.is_some_and(|from| m.image.may_show(from))
            })
        })
    }

    /// Pixels of one date; where several files show a pixel the first one given wins.
    fn read_date(&self, date: Date, window: Window, how: Sampling) -> Pixels {
        let bands = if date == Date::Before { &self.bands.before } else { &self.bands.after };
        let members = self.members(date);
        let mut out: Option<Pixels> = None;
        for (i, member) in members.iter().enumerate() {
            let Some(part) = self.read_member(member, window, bands, how) else { continue };
            match &mut out {
                None => out = Some(part),
                Some(whole) => fill_gaps(whole, &part),
            }
            let last = i + 1 == members.len();
            if last || out.as_ref().is_some_and(|p| p.quality.iter().all(|q| q.is_valid())) {
                break;
            }
        }
        let mut out = out.unwrap_or_else(|| Pixels::unseen(bands.len(), window.rows, window.cols, Quality::Outside));
        self.masks.apply(usize::from(date == Date::After), window, &mut out.quality);
        out
    }

    fn read_member(&self, member: &Member, window: Window, bands: &[usize], how: Sampling) -> Option<Pixels> {
        let read = |from: Window| {
            let mut pixels = member.image.read(from, bands);
            self.masks.apply_own(&member.image, from, &mut pixels.quality);
            pixels
        };
        if let Some((rows, cols)) = member.feed.copy {
            let there = Window { row: window.row + rows, col: window.col + cols, ..window };
            there.intersect(&member.image.grid().full())?;
            return Some(read(there));
        }
        let grid = member.image.grid();
        let from = align::source_window(&member.feed, grid.rows, grid.cols, window)?;
        let source = read(from);
        let out = match how {
            Sampling::Interpolated => align::resample(&source, from, &member.feed, window),
            Sampling::Nearest => align::nearest(&source, from, &member.feed, window),
        };
        source.recycle();
        Some(out)
    }
}

fn fill_gaps(whole: &mut Pixels, part: &Pixels) {
    for (p, q) in part.quality.indexed_iter() {
        let mine = whole.quality[p];
        if mine.is_valid() || *q == Quality::Outside {
            continue;
        }
        if q.is_valid() || mine == Quality::Outside {
            whole.quality[p] = *q;
            for k in 0..whole.bands.dim().0 {
                whole.bands[(k, p.0, p.1)] = part.bands[(k, p.0, p.1)];
            }
        }
    }
}
