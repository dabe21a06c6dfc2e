#![allow(clippy::unwrap_used)]

use super::separability;

#[test]
fn one_tone_and_two() {
    // A normal distribution by the method of G. Box and M. Muller.
    let normal: Vec<f32> = (0..4000)
        .map(|k| {
            let (u, v) = ((f64::from(k) + 0.5) / 4000.0, f64::from(k * 1511 % 4000) / 4000.0);
            ((-2.0 * libm::log(u)).sqrt() * libm::cos(std::f64::consts::TAU * v)) as f32
        })
        .collect();
    let eta = separability(&normal).unwrap();
    assert!((eta - 2.0 / std::f64::consts::PI).abs() < 0.03, "{eta}");
    let two: Vec<f32> = normal.iter().enumerate().map(|(k, v)| v + if k % 3 == 0 { 8.0 } else { 0.0 }).collect();
    assert!(separability(&two).unwrap() > 0.9);
    // 1, 1, 9, 9: all of the variance lies between two classes.
    let plain: Vec<f32> = (0..40).map(|k| if k % 2 == 0 { 1.0 } else { 9.0 }).collect();
    assert!((separability(&plain).unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(separability(&[5.0; 40]), None);
    assert_eq!(separability(&plain[..10]), None);
}
