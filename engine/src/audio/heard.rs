//! What a recording comes to, and where it is quietest, from the levels of its frames.

use super::SpeechSpan;
use super::running_gain::dbfs;
use crate::dims::SAMPLE_RATE_HZ;
use crate::metrics::AudioTime;
use std::ops::Range;

/// Samples that are judged at a time (16 ms).
pub(super) const GATE_FRAME: usize = 256;
/// Recordings shorter than this are slips of the finger: the shortest words take as long.
const SHORTEST_RECORDING: AudioTime = AudioTime(0.25);
/// The least that must be judged to be speech. The detector hesitates for up to 140 ms, so that of a
/// word of 250 ms as little as 110 ms may be judged to be speech; what falls short of this is shorter.
const SHORTEST_SPEECH: AudioTime = AudioTime(0.1);
/// From here on, in dBFS, something without speech may have been speech after all. Quiet rooms lie
/// below; a whisper at a weak microphone is at about −50.
const AUDIBLE: f32 = -55.0;
/// Levels are compared over 13 frames, 208 ms: a syllable.
const LEVEL_FRAMES: usize = 13;
/// Where a long utterance is cut, in frames after its start: 20 to 28 s.
const CUT_FRAMES: Range<usize> = 20 * SAMPLE_RATE_HZ / GATE_FRAME..28 * SAMPLE_RATE_HZ / GATE_FRAME;

/// A summary of what was heard in a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// Everything that came.
    pub recording: AudioTime,
    /// As much of it as was judged to be speech, without padding.
    pub speech: AudioTime,
    /// The loudest 208 ms outside the spans of speech, in dBFS above 100 Hz (0 is a full-scale square
    /// wave), at least −100; `None` if there was no such stretch.
    pub loudest_dropped_dbfs: Option<f32>,
}

/// Whether there is something to transcribe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Somebody spoke for at least a word. Nothing of 250 ms or more is too short.
    Speech,
    /// Somebody spoke for much less than 250 ms, or the whole recording is shorter than that.
    TooShort,
    /// Nobody spoke.
    NoSpeech,
}

impl Heard {
    /// Whether there is something to transcribe.
    pub fn verdict(&self) -> Verdict {
        if self.recording < SHORTEST_RECORDING {
            return Verdict::TooShort;
        }
        if self.speech == AudioTime(0.0) {
            return Verdict::NoSpeech;
        }
        if self.speech < SHORTEST_SPEECH {
            return Verdict::TooShort;
        }
        Verdict::Speech
    }

    /// No speech worth the name was found, but something was audible for long enough: whoever recorded it may want it
    /// transcribed nevertheless.
    pub fn only_sound(&self) -> bool {
        self.recording >= SHORTEST_RECORDING
            && self.verdict() != Verdict::Speech
            && self.loudest_dropped_dbfs.is_some_and(|level| level > AUDIBLE)
    }
}

/// The level in dBFS of the loudest 208 ms that lie outside all spans (the whole of what lies there, if
/// it is shorter). `powers` are the mean squares of frames.
pub(super) fn loudest_outside(powers: &[f32], spans: &[SpeechSpan]) -> Option<f32> {
    let starts = spans.iter().map(|span| span.start / GATE_FRAME).chain([powers.len()]);
    let ends = [0].into_iter().chain(spans.iter().map(|span| span.end.div_ceil(GATE_FRAME)));
    let outside = ends.zip(starts).filter_map(|(end, start)| powers.get(end..start));
    let loudest = outside.flat_map(|powers| means(powers, LEVEL_FRAMES.min(powers.len().max(1))));
    loudest.reduce(f32::max).map(dbfs)
}

/// Where to cut an utterance that lasts too long: the middle of its quietest 208 ms between 20 and
/// 28 s, in samples after its start; among equals the last, because long stretches are heard best.
/// `powers` are the mean squares of its frames of 256 samples. `None` if it is shorter than 28 s.
pub fn quietest_cut(powers: &[f32]) -> Option<usize> {
    let means = means(powers.get(CUT_FRAMES)?, LEVEL_FRAMES).enumerate();
    let (quietest, _) = means.min_by(|(i, a), (j, b)| a.total_cmp(b).then(j.cmp(i)))?;
    Some((CUT_FRAMES.start + quietest) * GATE_FRAME + LEVEL_FRAMES * GATE_FRAME / 2)
}

fn means(powers: &[f32], frames: usize) -> impl Iterator<Item = f32> {
    powers.windows(frames).map(move |window| window.iter().sum::<f32>() / frames as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_short_is_not_nothing() {
        let heard = |recording, speech, loudest| Heard {
            recording: AudioTime(recording),
            speech: AudioTime(speech),
            loudest_dropped_dbfs: loudest,
        };
        let table = [
            (heard(5.0, 0.112, Some(-70.0)), Verdict::Speech, false),
            (heard(5.0, 0.112, Some(-30.0)), Verdict::Speech, false),
            (heard(5.0, 0.064, Some(-30.0)), Verdict::TooShort, true),
            (heard(5.0, 0.064, Some(-70.0)), Verdict::TooShort, false),
            (heard(5.0, 0.064, None), Verdict::TooShort, false),
            (heard(5.0, 0.0, Some(-70.0)), Verdict::NoSpeech, false),
            (heard(5.0, 0.0, Some(-40.0)), Verdict::NoSpeech, true),
            (heard(0.2, 0.0, Some(-40.0)), Verdict::TooShort, false),
            (heard(0.0, 0.0, None), Verdict::TooShort, false),
        ];
        for (heard, verdict, only_sound) in table {
            assert_eq!((heard.verdict(), heard.only_sound()), (verdict, only_sound), "{heard:?}");
        }
    }

    #[test]
    fn the_loudest_is_sought_outside_speech() {
        let mut powers = vec![1e-6; 200];
        powers[50..70].fill(0.1);
        powers[120..133].fill(1e-3);
        powers[180] = 1e-3;
        let span = SpeechSpan { start: 45 * 256, end: 80 * 256 - 1 };
        let close = |level: Option<f32>, expected: f32| (level.unwrap() - expected).abs() < 0.01;
        assert!(close(loudest_outside(&powers, &[span]), -30.0));
        assert!(close(loudest_outside(&powers, &[]), -10.0));
        assert!(close(loudest_outside(&powers[..49], &[span]), -60.0));
        // A click is not a sound.
        assert!(loudest_outside(&powers[140..], &[]).unwrap() < -40.0);
        assert!(close(loudest_outside(&powers[50..55], &[]), -10.0));
        assert_eq!(loudest_outside(&powers, &[SpeechSpan { start: 0, end: 200 * 256 }]), None);
        assert_eq!(loudest_outside(&[], &[]), None);
    }

    #[test]
    fn a_long_utterance_is_cut_where_it_is_quietest() {
        let seconds = |s: f64| (s * 62.5) as usize;
        let mut powers = vec![1e-2; seconds(29.0)];
        for (from, power) in [(10.0, 0.0), (21.0, 1e-4), (24.0, 1e-5), (28.2, 0.0)] {
            powers[seconds(from)..seconds(from) + 13].fill(power);
        }
        // One quiet frame is a consonant, not a pause.
        powers[seconds(26.0)] = 0.0;
        assert_eq!(quietest_cut(&powers), Some(seconds(24.0) * 256 + 13 * 128));
        assert_eq!(quietest_cut(&powers[..seconds(28.0) - 1]), None);
        let even = quietest_cut(&vec![0.0; seconds(40.0)]).unwrap();
        assert_eq!(even, (seconds(28.0) - 13) * 256 + 13 * 128);
    }
}
