//! Where nobody speaks, the model is not asked: it would invent something.

use crate::audio::SpeechSpan;
use crate::dims::{FRAMES_PER_SECOND, HOP};
use crate::transcript::Intervention;

/// Shorter pauses before speech are left to the model, as the reference does.
const SHORTEST_SKIP: usize = 2 * FRAMES_PER_SECOND;
/// What is left of a skipped pause before the gate's pre-roll: with it, 0.7 s before the first word.
const LEAD: usize = FRAMES_PER_SECOND * 2 / 5;
/// A last piece shorter than this is called a tail.
const TAIL: usize = FRAMES_PER_SECOND;

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
