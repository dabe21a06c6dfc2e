use super::fixture::square;
use crate::grid::Affine;
use crate::raster::Quality;
use crate::report::picture::*;
use image::{Rgb, RgbImage};
use ndarray::{Array2, Array3, array};

const NORTH_UP: Affine = Affine([0.0, 1.0, 0.0, 100.0, 0.0, -1.0]);

#[test]
fn stretch_leaves_out_what_was_not_seen() {
    let mut bands = Array3::from_shape_fn((4, 10, 10), |(b, r, c)| (b * 100 + r * 10 + c) as f32);
    let mut quality = Array2::from_elem((10, 10), Quality::Valid);
    bands[(2, 0, 0)] = 60_000.0;
    quality[(0, 0)] = Quality::Nodata;
    let by = Stretch::of(bands.view(), quality.view(), [2, 1, 0]);
    assert_eq!((by.low, by.high), ([202.0, 102.0, 2.0], [298.0 - 1.0, 197.0, 97.0]));
    let picture = stretch(bands.view(), quality.view(), [2, 1, 0], &by);
    assert_eq!(picture.get_pixel(0, 0), &Rgb([0xd5, 0xd8, 0xdc]));
    assert_eq!(picture.get_pixel(1, 0), &Rgb([0, 0, 0]));
    assert_eq!(picture.get_pixel(9, 9), &Rgb([255, 255, 255]));
    // A band index that is not there paints black instead of failing.
    stretch(bands.view(), quality.view(), [9, 9, 9], &by);
}

#[test]
fn fills_cover_the_pixels_whose_centres_lie_inside() {
    let mut picture = RgbImage::from_pixel(100, 100, Rgb([0, 0, 0]));
    crate::report::draw::fill_shape(&mut picture, &square(10.0, 20.0, 30.0), &NORTH_UP, [200, 0, 0], 1.0);
    let filled = picture.pixels().filter(|p| p.0[0] == 200).count();
    assert_eq!(filled, 900);
    assert_eq!(picture.get_pixel(10, 79).0[0], 200);
    assert_eq!(picture.get_pixel(9, 79).0[0], 0);
}

#[test]
fn outlines_reaching_far_beyond_the_picture_are_cut_and_quick() {
    let mut picture = RgbImage::from_pixel(64, 64, Rgb([120, 120, 120]));
    draw_outline(&mut picture, &square(-1e9, -1e9 + 40.0, 1e9 + 32.0), &NORTH_UP, [255, 224, 58]);
    let bright = picture.pixels().filter(|p| p.0[0] > 220).count();
    assert!(bright > 30, "{bright}");
    draw_outline(&mut picture, &square(f64::NAN, 0.0, 5.0), &NORTH_UP, [255, 224, 58]);
}

#[test]
fn change_map_uses_the_palette() {
    let picture = change_map(array![[0u8, 1, 255, 7]].view());
    let colours: Vec<[u8; 3]> = picture.pixels().map(|p| p.0).collect();
    assert_eq!(colours, [[0xf2, 0xf0, 0xea], [0xc4, 0x3c, 0x00], [0xa9, 0xae, 0xb6], [0x80; 3]]);
}

#[test]
fn small_shapes_are_marked_and_bytes_repeat() {
    let ground = RgbImage::from_pixel(700, 400, Rgb([90, 110, 70]));
    let tiny = square(350.0, -100.0, 0.5);
    let painted = [Painted { shape: &tiny, fill: Some([209, 47, 31]), line: [209, 47, 31], least_px: 7.0 }];
    let make = || overview(&ground, &NORTH_UP, 2.0, &painted);
    let reds = make().pixels().filter(|p| p.0 == [209, 47, 31]).count();
    assert!((20..60).contains(&reds), "{reds}");
    assert_eq!(png(&make()).unwrap(), png(&make()).unwrap());
    assert!(png(&RgbImage::new(0, 0)).is_err() || jpeg(&RgbImage::new(0, 0), 80).is_err());
}
