//! Whether a device computes what the CPU computes.

use super::report::SelfCheck;
use crate::dims::WINDOW_FRAMES;
use crate::mel::MelWindow;

/// How far a block's states may be from the CPU's f32 states. A product in bf16 alone is within 0.004, a
/// block of six of them within 0.02; anything that is left out or swapped is beyond 0.1.
pub const BLOCK_LIMIT: f64 = 0.02;
/// The same for the whole encoder against the CPU in its own precision, whose int8 alone is up to 0.06 away in
/// single positions. It is there to find what goes wrong between blocks, which is of the order of 1.
pub const WHOLE_LIMIT: f64 = 0.15;

/// The distance of `own` from `right`.
pub fn compare(own: &[f32], right: &[f32], limit: f64) -> SelfCheck {
    let square = |v: f64| v * v;
    let pairs = own.iter().zip(right).map(|(a, b)| f64::from(*a) - f64::from(*b));
    let (apart, largest) = pairs.fold((0.0, 0.0), |(sum, largest): (f64, f64), d| {
        // `max` would pass over what is not a number.
        let larger = d.abs() > largest || d.is_nan();
        (sum + square(d), if larger { d.abs() } else { largest })
    });
    let norm: f64 = right.iter().map(|v| square(f64::from(*v))).sum();
    let relative_l2 = match own.len() == right.len() && !own.is_empty() {
        true => (apart / norm.max(f64::MIN_POSITIVE)).sqrt(),
        false => f64::INFINITY,
    };
    SelfCheck { relative_l2, largest, limit }
}

/// A window that looks like speech to an encoder: bands that come and go, and noise. The same everywhere.
pub fn probe(n_mels: usize) -> MelWindow {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f32 / (1_u32 << 24) as f32
    };
    let value = |i: usize| {
        let (channel, frame) = ((i / WINDOW_FRAMES) as f32, (i % WINDOW_FRAMES) as f32);
        let voice = (frame * 0.021).sin() * (channel * 0.35 + frame * 0.004).cos();
        0.7 * voice - 0.2 + 0.3 * (noise() - 0.5)
    };
    MelWindow { n_mels, data: (0..n_mels * WINDOW_FRAMES).map(value).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_relative_and_sees_everything() {
        let check = compare(&[3.0, 4.5], &[3.0, 4.0], 0.2);
        assert!((check.relative_l2 - 0.1).abs() < 1e-9 && (check.largest - 0.5).abs() < 1e-9);
        assert!(check.passed());
        for (own, right) in [
            (&[f32::NAN, 4.0][..], &[3.0, 4.0][..]),
            (&[f32::INFINITY, 4.0], &[3.0, 4.0]),
            (&[0.0, 0.0], &[3.0, 4.0]),
            (&[3.0], &[3.0, 4.0]),
            (&[], &[]),
        ] {
            assert!(!compare(own, right, 0.2).passed(), "{own:?} {right:?}");
        }
    }

    #[test]
    fn the_probe_is_the_same_every_time_and_not_flat() {
        let window = probe(80);
        assert_eq!(window.data.len(), 80 * WINDOW_FRAMES);
        assert_eq!(window.data, probe(80).data);
        let (low, high) = window.data.iter().fold((0_f32, 0_f32), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(low < -0.5 && high > 0.3 && low > -1.5 && high < 1.5, "{low} {high}");
    }
}
