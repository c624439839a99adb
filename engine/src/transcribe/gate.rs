//! Where nobody speaks, the model is not asked: it would invent something.

use crate::audio::{SpeechSpan, VoiceGate};
use crate::dims::{FRAMES_PER_SECOND, HOP, SAMPLE_RATE_HZ, WINDOW_FRAMES};
use crate::transcript::Intervention;
use std::ops::Range;

/// Shorter pauses before speech are left to the model, as the reference does.
const SHORTEST_SKIP: usize = 2 * FRAMES_PER_SECOND;
/// What is left of a skipped pause before the gate's pre-roll: with it, 0.7 s before the first word.
const LEAD: usize = FRAMES_PER_SECOND * 2 / 5;
/// A last piece shorter than this is called a tail.
const TAIL: usize = FRAMES_PER_SECOND;

/// The shortest pause between utterances, in samples: 1.5 s with the gate's padding on both sides.
const SHORTEST_PAUSE: usize = SAMPLE_RATE_HZ * 7 / 10;
/// As much as is judged to be speech of the shortest words.
const SHORTEST_SPEECH: usize = SAMPLE_RATE_HZ / 10;
/// Nothing that is judged only after a window's end may decide about it: a recording that is being made must give the
/// text of its file.
const UNDECIDED: usize = SAMPLE_RATE_HZ / 5;
/// How far before the end of a text the next speech can begin: timestamps are not exact.
const INEXACT: usize = FRAMES_PER_SECOND / 5;

/// What is judged to be speech, without the gate's padding.
#[derive(Clone, Copy)]
pub(crate) struct Speech<'a> {
    pub(crate) spans: &'a [SpeechSpan],
    /// One past the last sample that is judged to be speech.
    pub(crate) end: usize,
}

impl Speech<'_> {
    /// What is known of it at the end of a window, in samples: each stretch of a word at least.
    fn within(self, window: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let samples = window.start * HOP..window.end * HOP;
        let full = window.len() >= WINDOW_FRAMES;
        let known = samples.end - if full { UNDECIDED } else { 0 };
        let last = self.spans.len().saturating_sub(1);
        self.spans.iter().enumerate().filter_map(move |(i, span)| {
            let start = if span.start == 0 { 0 } else { span.start + VoiceGate::PRE_ROLL };
            let end = if i == last { self.end } else { span.end - VoiceGate::HANGOVER };
            let stretch = start.max(samples.start)..end.min(known);
            (stretch.len() >= SHORTEST_SPEECH).then_some(stretch)
        })
    }

    /// Whether somebody speaks in a window of these frames.
    pub(super) fn is_in(self, window: Range<usize>) -> bool {
        self.within(window).next().is_some()
    }

    /// Where to go on in a window of these frames whose text ends at frame `said`, if somebody speaks again behind that.
    pub(super) fn left(self, window: Range<usize>, said: usize) -> Option<usize> {
        let earliest = said.saturating_sub(INEXACT) * HOP;
        let next = self.within(window).find(|stretch| stretch.start >= earliest)?;
        let begins = next.start.saturating_sub(VoiceGate::PRE_ROLL) / HOP;
        Some(begins.saturating_sub(LEAD).max(said))
    }
}

/// Where an utterance that is still going on begins, with a moment before it, or the one before if nobody speaks: behind
/// the last pause that a model may take for the end.
pub(super) fn utterance(speech: &[SpeechSpan]) -> usize {
    let pauses = speech.windows(2).rev().find(|pair| pair[1].start - pair[0].end >= SHORTEST_PAUSE);
    pauses.map_or(0, |pair| (pair[1].start / HOP).saturating_sub(LEAD))
}

/// The frame to go on from, and what is passed over if it is not `seek`.
pub(super) fn skip_silence(
    seek: usize,
    frames: usize,
    speech: &[SpeechSpan],
) -> (usize, Option<Intervention>) {
    let seconds = |frame: usize| frame as f64 / FRAMES_PER_SECOND as f64;
    let (start, end) = (seconds(seek), seconds(frames));
    match speech.iter().find(|span| span.end > seek * HOP) {
        None if frames - seek < TAIL => (frames, Some(Intervention::TailDropped { start, end })),
        None => (frames, Some(Intervention::SilenceSkipped { start, end })),
        Some(span) if span.start / HOP > seek + SHORTEST_SKIP => {
            let next = span.start / HOP - LEAD;
            (next, Some(Intervention::SilenceSkipped { start, end: seconds(next) }))
        }
        Some(_) => (seek, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Speech of so many milliseconds from these on.
    fn spans(speech: &[(usize, usize)]) -> Vec<SpeechSpan> {
        let span = |(start, length): &(usize, usize)| SpeechSpan {
            start: (start * 16).saturating_sub(VoiceGate::PRE_ROLL),
            end: (start + length) * 16 + VoiceGate::HANGOVER,
        };
        speech.iter().map(span).collect()
    }

    #[test]
    fn speech_behind_a_text_is_not_left() {
        let spans = spans(&[(1_000, 2_000), (7_000, 1_500), (20_000, 300), (29_750, 4_000)]);
        let speech = Speech { spans: &spans, end: 33_750 * 16 };
        let left = |said| speech.left(0..3000, said);
        // 0.4 s before the pre-roll of 0.3 s.
        assert_eq!(left(310), Some(630));
        assert_eq!(left(710), Some(710), "the text ends a moment late");
        assert_eq!(left(850), Some(1930));
        assert_eq!(left(2050), None, "of the last not enough is in the window");
        assert_eq!(speech.left(0..3000, 0), Some(30));
        assert!(speech.is_in(0..3000) && speech.is_in(100..400) && !speech.is_in(900..1900));
        assert!(speech.is_in(2500..3300), "the recording's end");
        let click = Speech { spans: &spans[..1], end: 1_050 * 16 };
        assert!(!click.is_in(0..3000));
    }

    #[test]
    fn pauses_are_skipped_but_short_ones_kept() {
        let speech = [SpeechSpan { start: 16_000 * 5, end: 16_000 * 8 }];
        let skip = |seek| skip_silence(seek, 2000, &speech);
        assert_eq!(skip(0), (460, Some(Intervention::SilenceSkipped { start: 0.0, end: 4.6 })));
        assert_eq!(skip(300), (300, None));
        assert_eq!(skip(700), (700, None));
        assert_eq!(skip(800), (2000, Some(Intervention::SilenceSkipped { start: 8.0, end: 20.0 })));
        assert_eq!(skip(1950), (2000, Some(Intervention::TailDropped { start: 19.5, end: 20.0 })));
    }
}
