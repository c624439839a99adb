//! Where somebody speaks, by earshot's voice activity detector with its stock threshold.
use crate::dims::SAMPLE_RATE_HZ;
use earshot::Detector;

/// Samples that earshot judges at a time (16 ms).
const GATE_FRAME: usize = 256;
/// From this score on, earshot takes a frame for speech.
const SPEECH_SCORE: f32 = 0.5;
/// Kept before speech, for onsets too soft to be noticed.
const PAD_BEFORE: usize = SAMPLE_RATE_HZ * 200 / 1000;
/// Kept behind speech, for endings that fade.
const PAD_AFTER: usize = SAMPLE_RATE_HZ * 300 / 1000;
/// Spans with less than this between them become one.
const SHORTEST_GAP: usize = SAMPLE_RATE_HZ * 300 / 1000;

/// The shortest time without speech inside a span that is worth cutting in (10 frames).
const SHORTEST_LULL: usize = SAMPLE_RATE_HZ * 160 / 1000;

/// A stretch, in samples at 16 kHz: one with speech, or a lull in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeechSpan {
    /// First sample.
    pub start: usize,
    /// One past the last sample.
    pub end: usize,
}

/// Finds stretches of speech as samples arrive. The spans do not depend on how the samples are
/// divided among calls.
#[derive(Default)]
pub struct VoiceGate {
    detector: Box<Detector>,
    /// Samples of a frame that is not full yet.
    pending: Vec<f32>,
    /// Samples taken.
    samples: usize,
    /// Where the last span would end if enough samples followed.
    padded_end: usize,
    spans: Vec<SpeechSpan>,
    lulls: Vec<SpeechSpan>,
}

impl VoiceGate {
    /// A gate at the start of a recording.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            // earshot keeps a state, which a single NaN would spoil for good.
            self.pending.push(if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 });
            self.samples += 1;
            if self.pending.len() == GATE_FRAME {
                self.judge();
            }
        }
        self.end_last_span();
    }

    /// The spans found up to now, in order, not overlapping; the last may still be growing.
    pub fn spans(&self) -> &[SpeechSpan] {
        &self.spans
    }

    /// Lulls inside the spans found up to now, in order: times without speech, too short to end a
    /// span, from the last frame with speech to the next one.
    pub fn lulls(&self) -> &[SpeechSpan] {
        &self.lulls
    }

    /// The recording ends here: closes the last span.
    pub fn finish(&mut self) {
        if !self.pending.is_empty() {
            self.pending.resize(GATE_FRAME, 0.0);
            self.judge();
        }
        self.end_last_span();
    }

    /// Scores the pending frame and, if it is speech, begins or prolongs a span.
    fn judge(&mut self) {
        let score = self.detector.predict_f32(&self.pending);
        self.pending.clear();
        if score < SPEECH_SCORE {
            return;
        }
        let frame_start = self.samples.saturating_sub(1) / GATE_FRAME * GATE_FRAME;
        let start = frame_start.saturating_sub(PAD_BEFORE);
        if self.spans.is_empty() || start >= self.padded_end + SHORTEST_GAP {
            self.end_last_span();
            self.spans.push(SpeechSpan { start, end: start });
        } else if frame_start >= self.padded_end - PAD_AFTER + SHORTEST_LULL {
            self.lulls.push(SpeechSpan { start: self.padded_end - PAD_AFTER, end: frame_start });
        }
        self.padded_end = frame_start + GATE_FRAME + PAD_AFTER;
    }

    fn end_last_span(&mut self) {
        if let Some(last) = self.spans.last_mut() {
            last.end = self.padded_end.min(self.samples);
        }
    }
}
