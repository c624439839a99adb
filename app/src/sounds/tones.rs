//! The sounds as samples: two soft notes, rising for a beginning and falling for an end.

use std::f32::consts::{PI, TAU};
use std::time::Duration;

/// E5 and A5, a fourth apart.
const LOW_HZ: f32 = 659.26;
const HIGH_HZ: f32 = 880.0;
/// Length of a note.
const NOTE_S: f32 = 0.08;
/// From the beginning of the first to that of the second, which overlap.
const STEP_S: f32 = 0.04;
/// Peak of a note, of full scale: it is heard beside speech and startles nobody.
const PEAK: f32 = 0.12;
/// Length of a sound.
pub const LENGTH: Duration = Duration::from_millis(120);

/// The sound of a beginning.
pub fn begin(rate: u32) -> Vec<f32> {
    notes(rate, [LOW_HZ, HIGH_HZ])
}

/// The sound of an end.
pub fn end(rate: u32) -> Vec<f32> {
    notes(rate, [HIGH_HZ, LOW_HZ])
}

fn notes(rate: u32, pitches: [f32; 2]) -> Vec<f32> {
    let sample = |place: usize| {
        let time = place as f32 / rate as f32;
        let notes = [0.0, STEP_S].into_iter().zip(pitches);
        notes.map(|(start, pitch)| note(time - start, pitch)).sum()
    };
    let count = LENGTH.as_secs_f32() * rate as f32;
    (0..count.round() as usize).map(sample).collect()
}

/// A note swells and fades as half a wave: no edge of it clicks.
fn note(time: f32, pitch: f32) -> f32 {
    if !(0.0..NOTE_S).contains(&time) {
        return 0.0;
    }
    PEAK * (PI * time / NOTE_S).sin().powi(2) * (TAU * pitch * time).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Energy at a pitch, by Goertzel's algorithm.
    fn at(samples: &[f32], rate: u32, pitch: f32) -> f32 {
        let step = 2.0 * (TAU * pitch / rate as f32).cos();
        let (now, before) = samples.iter().fold((0.0, 0.0), |(a, b), s| (s + step * a - b, a));
        now * now + before * before - step * now * before
    }

    #[test]
    fn they_are_short_and_soft_and_click_nowhere() {
        for (rate, tone) in
            [(8_000, begin as fn(u32) -> Vec<f32>), (44_100, end), (48_000, begin), (192_000, end)]
        {
            let samples = tone(rate);
            assert_eq!(samples.len(), (LENGTH.as_secs_f64() * f64::from(rate)).round() as usize);
            let loudest = samples.iter().fold(0.0, |loudest: f32, s| loudest.max(s.abs()));
            assert!((0.08..0.25).contains(&loudest), "{loudest}");
            let edges = [samples[0], samples[samples.len() - 1]];
            assert!(edges.iter().all(|edge| edge.abs() < 1e-3), "{edges:?}");
            // No step is steeper than that of the higher note at its loudest.
            let steepest = 2.0 * PEAK * TAU * HIGH_HZ / rate as f32;
            assert!(samples.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= steepest));
        }
    }

    #[test]
    fn one_rises_and_the_other_falls() {
        let rate = 48_000;
        let rises = |samples: &[f32]| {
            let (first, last) = samples.split_at(samples.len() / 3);
            let last = &last[last.len() / 2..];
            at(first, rate, LOW_HZ) > at(first, rate, HIGH_HZ)
                && at(last, rate, HIGH_HZ) > at(last, rate, LOW_HZ)
        };
        let falls: Vec<f32> = end(rate).into_iter().rev().collect();
        assert!(rises(&begin(rate)) && rises(&falls));
        assert!(!rises(&end(rate)));
    }
}
