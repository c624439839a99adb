//! Where a recording is cut when its windows are to be decoded side by side.
//!
//! Windows are as long as they can be, because the model takes 30 s whatever is in them, and each
//! ends where a cut does the least harm, at the latest of these within 30 s:
//!
//! 1. the recording's end;
//! 2. a pause between stretches of speech, if it leaves the window at least half full: 0.3 s into it,
//!    or its middle if that is sooner;
//! 3. the middle of the longest lull within the last ten seconds;
//! 4. a pause that leaves the window less than half full;
//! 5. nowhere in particular: somebody speaks for 30 s without drawing breath.
//!
//! The next window begins there, or where the guard against silence says.

use super::gate::skip_silence;
use crate::audio::SpeechSpan;
use crate::dims::{FRAMES_PER_SECOND, HOP, SAMPLE_RATE_HZ, WINDOW_FRAMES};
use crate::transcript::Intervention;
use std::ops::Range;

/// As much of a pause as a window keeps behind the gate's hangover: with it, 0.8 s behind the last word.
const KEPT_PAUSE: usize = FRAMES_PER_SECOND * 3 / 10;
/// A pause before this leaves a window less than half full.
const HALF_FULL: usize = WINDOW_FRAMES / 2;
/// Where lulls are looked for: the last ten seconds.
const LOOK_BACK: usize = 10 * FRAMES_PER_SECOND;

/// No more speech than this at a window's end is not worth a window of its own.
const LEAST_REST: usize = SAMPLE_RATE_HZ;

/// A stretch of the recording.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stretch {
    /// Frames for the model.
    Window(Range<usize>),
    /// Passed over.
    Skipped(Intervention),
}

/// The whole recording of `frames` frames, in order.
pub(super) fn stretches(frames: usize, speech: &[SpeechSpan], lulls: &[SpeechSpan]) -> Vec<Stretch> {
    let mut plan = Vec::new();
    let mut seek = 0;
    while seek < frames {
        match skip_silence(seek, frames, speech) {
            (next, Some(skipped)) => {
                plan.push(Stretch::Skipped(skipped));
                seek = next;
            }
            (_, None) => {
                let end = cut(seek, frames, speech, lulls);
                plan.push(Stretch::Window(seek..end));
                seek = end;
            }
        }
    }
    plan
}

/// Where the window that begins at `seek` ends.
fn cut(seek: usize, frames: usize, speech: &[SpeechSpan], lulls: &[SpeechSpan]) -> usize {
    let limit = seek + WINDOW_FRAMES;
    if frames <= limit {
        return frames;
    }
    let pauses = speech.iter().enumerate().map(|(i, span)| {
        let (start, end) = (span.end / HOP, speech.get(i + 1).map_or(frames, |next| next.start / HOP));
        (start + (end.saturating_sub(start) / 2).min(KEPT_PAUSE)).min(limit).max(start)
    });
    let pause = pauses.rev().find(|at| (seek + 1..=limit).contains(at));
    let inside = |lull: &&SpeechSpan| (limit - LOOK_BACK..=limit).contains(&(middle(lull) / HOP));
    let lull = lulls.iter().filter(inside).max_by_key(|lull| lull.end - lull.start);
    match (pause, lull) {
        (Some(pause), _) if pause >= seek + HALF_FULL => pause,
        (_, Some(lull)) => middle(lull) / HOP,
        (Some(pause), None) => pause,
        (None, None) => limit,
    }
}

fn middle(lull: &SpeechSpan) -> usize {
    usize::midpoint(lull.start, lull.end)
}

/// What a window of which only `advance` frames were decoded leaves, if there is enough speech in it.
pub(super) fn rest(window: Range<usize>, advance: usize, speech: &[SpeechSpan]) -> Option<Range<usize>> {
    // A window that did not move on would leave the same rest for ever.
    if advance == 0 || advance >= window.len() {
        return None;
    }
    let rest = window.start + advance..window.end;
    (speech_within(rest.clone(), speech) > LEAST_REST).then_some(rest)
}

/// Samples of speech in a range of frames.
fn speech_within(range: Range<usize>, speech: &[SpeechSpan]) -> usize {
    let (start, end) = (range.start * HOP, range.end * HOP);
    speech.iter().map(|span| span.end.min(end).saturating_sub(span.start.max(start))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(seconds: &[(f64, f64)]) -> Vec<SpeechSpan> {
        let samples = |s: f64| (s * 16_000.0).round() as usize;
        seconds.iter().map(|(start, end)| SpeechSpan { start: samples(*start), end: samples(*end) }).collect()
    }

    /// Windows in seconds.
    fn windows(length: f64, speech: &[(f64, f64)], lulls: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let plan = stretches((length * 100.0) as usize, &spans(speech), &spans(lulls));
        let windows = plan.into_iter().filter_map(|stretch| match stretch {
            Stretch::Window(range) => Some((range.start as f64 / 100.0, range.end as f64 / 100.0)),
            Stretch::Skipped(_) => None,
        });
        windows.collect()
    }

    type Seconds = &'static [(f64, f64)];

    #[test]
    fn windows_are_long_and_end_where_nobody_speaks() {
        let table: [(&str, f64, Seconds, Seconds, Seconds); 10] = [
            ("nothing", 0.0, &[], &[], &[]),
            ("nobody speaks", 100.0, &[], &[], &[]),
            ("a short clip is one window", 12.0, &[(0.4, 4.0), (9.0, 11.5)], &[], &[(0.0, 12.0)]),
            (
                "the last pause that fits",
                50.0,
                &[(0.5, 10.0), (10.6, 26.0), (26.4, 49.0)],
                &[],
                &[(0.0, 26.2), (26.2, 50.0)],
            ),
            (
                "the beginning of a long pause",
                60.0,
                &[(1.0, 20.0), (31.0, 59.0)],
                &[],
                &[(0.0, 20.3), (30.6, 60.0)],
            ),
            (
                "a pause that begins just in time",
                60.0,
                &[(0.0, 29.9), (31.0, 59.0)],
                &[],
                &[(0.0, 30.0), (30.0, 60.0)],
            ),
            (
                "the longest late lull",
                45.0,
                &[(0.0, 45.0)],
                &[(10.0, 10.3), (22.0, 22.2), (25.0, 25.3), (29.0, 29.2)],
                &[(0.0, 25.15), (25.15, 45.0)],
            ),
            (
                "rather a lull than a window less than half full",
                45.0,
                &[(0.0, 8.0), (8.6, 45.0)],
                &[(25.0, 25.2)],
                &[(0.0, 25.1), (25.1, 45.0)],
            ),
            (
                "rather that than a cut word",
                38.0,
                &[(0.0, 8.0), (8.6, 38.0)],
                &[(15.0, 15.2)],
                &[(0.0, 8.3), (8.3, 38.0)],
            ),
            ("no breath", 70.0, &[(0.0, 70.0)], &[], &[(0.0, 30.0), (30.0, 60.0), (60.0, 70.0)]),
        ];
        for (name, length, speech, lulls, expected) in table {
            assert_eq!(windows(length, speech, lulls), expected, "{name}");
        }
    }

    #[test]
    fn what_is_skipped_is_said_in_its_place() {
        let plan = stretches(6000, &spans(&[(1.0, 20.0), (31.0, 40.0)]), &[]);
        let skipped = |start, end| Stretch::Skipped(Intervention::SilenceSkipped { start, end });
        assert_eq!(plan, [Stretch::Window(0..2030), skipped(20.3, 30.6), Stretch::Window(3060..6000)]);
    }

    #[test]
    fn plans_cover_everything_once_with_windows_of_at_most_30_s() {
        let mut seed = 3_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for _ in 0..200 {
            let (mut speech, mut lulls, mut at) = (Vec::new(), Vec::new(), random(100_000));
            for _ in 0..random(30) {
                let end = at + 8000 + random(800_000);
                speech.push(SpeechSpan { start: at, end });
                if random(2) == 0 {
                    let start = at + random(end - at);
                    lulls.push(SpeechSpan { start, end: start + 3000 });
                }
                at = end + 4800 + random(200_000);
            }
            let frames = (at + random(100_000)) / HOP;
            let mut reached = 0;
            for stretch in stretches(frames, &speech, &lulls) {
                let (start, end) = match stretch {
                    Stretch::Window(range) => (range.start, range.end),
                    Stretch::Skipped(
                        Intervention::SilenceSkipped { start, end }
                        | Intervention::TailDropped { start, end },
                    ) => ((start * 100.0).round() as usize, (end * 100.0).round() as usize),
                    Stretch::Skipped(other) => panic!("{other:?}"),
                };
                assert_eq!(start, reached);
                assert!(end > start);
                reached = end;
            }
            assert_eq!(reached, frames);
        }
    }

    #[test]
    fn what_the_decoder_left_is_a_window_if_somebody_speaks_in_it() {
        let speech = spans(&[(10.0, 20.0), (21.0, 31.0), (36.0, 45.0)]);
        let table = [
            ("nothing is left", 3000, None),
            ("a word's end", 2920, None),
            ("a second", 2900, None),
            ("more than a second", 2898, Some(3898..4000)),
            ("a pause in between", 2000, Some(3000..4000)),
            ("a sentence", 600, Some(1600..4000)),
            ("the decoder did not move", 0, None),
        ];
        for (name, advance, expected) in table {
            assert_eq!(rest(1000..4000, advance, &speech), expected, "{name}");
        }
    }

    #[test]
    fn speech_is_counted_in_samples() {
        let speech = spans(&[(1.0, 2.0), (3.0, 5.0)]);
        assert_eq!(speech_within(150..400, &speech), 8_000 + 16_000);
        assert_eq!(speech_within(500..900, &speech), 0);
    }
}
