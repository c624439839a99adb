//! Where somebody speaks: earshot's voice activity detector (crate `earshot`, with the network it comes
//! with) on a copy of the samples that a running gain has normalised.
//!
//! Files and microphones go through the same gate. Every decision depends on whole frames of 16 ms from
//! the recording's start and on nothing later, so spans do not depend on how samples are divided
//! among calls.
//!
//! A frame is speech if the mean of the last three scores is at least earshot's own threshold; the
//! frames behind that mean are speech, too. A single high score, as noise has them, neither begins
//! speech nor prolongs it, and the 250 ms of the shortest word are five times as long as is needed.

use super::heard::{GATE_FRAME, Heard, loudest_outside, quietest_cut};
use super::running_gain::RunningGain;
use crate::dims::SAMPLE_RATE_HZ;
use crate::metrics::AudioTime;
use earshot::Detector;

/// From this score on, earshot takes a frame for speech.
const SPEECH_SCORE: f32 = 0.5;
/// Scores that are averaged (48 ms).
const SCORES: usize = 3;
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

/// Finds stretches of speech as samples arrive. It keeps 250 bytes for each second it has heard.
pub struct VoiceGate {
    detector: Box<Detector>,
    gain: RunningGain,
    /// Samples of a frame that is not full yet.
    pending: Vec<f32>,
    /// Samples taken.
    samples: usize,
    /// The last scores, the newest last.
    scores: [f32; SCORES],
    /// One past the last sample judged to be speech.
    speech_end: usize,
    /// The first sample judged to be speech.
    first: Option<usize>,
    /// Samples judged to be speech.
    speech: usize,
    /// The mean square of each frame above 100 Hz, as it came.
    powers: Vec<f32>,
    spans: Vec<SpeechSpan>,
    lulls: Vec<SpeechSpan>,
}

impl Default for VoiceGate {
    fn default() -> Self {
        Self::new()
    }
}

impl VoiceGate {
    /// Samples kept before speech (300 ms), for onsets too soft to be noticed. Spans that would touch
    /// are one.
    pub const PRE_ROLL: usize = SAMPLE_RATE_HZ * 300 / 1000;
    /// Samples kept behind speech (500 ms), for endings that fade and stops within a word.
    pub const HANGOVER: usize = SAMPLE_RATE_HZ * 500 / 1000;

    /// A gate at the start of a recording.
    pub fn new() -> Self {
        Self {
            detector: Box::default(),
            gain: RunningGain::new(),
            pending: Vec::with_capacity(GATE_FRAME),
            samples: 0,
            scores: [0.0; SCORES],
            speech_end: 0,
            first: None,
            speech: 0,
            powers: Vec::new(),
            spans: Vec::new(),
            lulls: Vec::new(),
        }
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

    /// The recording ends here: closes the last span.
    pub fn finish(&mut self) {
        if !self.pending.is_empty() {
            self.pending.resize(GATE_FRAME, 0.0);
            self.judge();
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

    /// Where the span that is still growing starts, its pre-roll included, in samples; `None` while
    /// nobody speaks, that is, once the hangover has passed.
    pub fn onset(&self) -> Option<usize> {
        let last = self.spans.last()?;
        (self.samples < self.speech_end + Self::HANGOVER).then_some(last.start)
    }

    /// Where the first sound judged to be speech begins, in samples and without pre-roll.
    pub fn first_onset(&self) -> Option<usize> {
        self.first
    }

    /// One past the last sample judged to be speech, without hangover.
    pub fn speech_end(&self) -> usize {
        self.speech_end
    }

    /// Whether somebody speaks now or has just stopped.
    pub fn is_speaking(&self) -> bool {
        self.onset().is_some()
    }

    /// Where to cut, in samples, if what began at sample `start` must end within 28 s: in the middle of
    /// its quietest 208 ms after the first 20 s. `None` before 28 s of it were heard.
    pub fn cut(&self, start: usize) -> Option<usize> {
        let first = start / GATE_FRAME;
        Some(first * GATE_FRAME + quietest_cut(self.powers.get(first..)?)?)
    }

    /// What was heard up to now. Takes time in proportion to the recording: meant for its end.
    pub fn heard(&self) -> Heard {
        Heard {
            recording: AudioTime::from_samples(self.samples),
            speech: AudioTime::from_samples(self.speech),
            loudest_dropped_dbfs: loudest_outside(&self.powers, &self.spans),
        }
    }

    /// Scores the pending frame and, if it is speech, begins or prolongs a span.
    fn judge(&mut self) {
        self.powers.push(self.gain.normalise(&mut self.pending));
        self.scores.rotate_left(1);
        self.scores[SCORES - 1] = self.detector.predict_f32(&self.pending);
        self.pending.clear();
        if self.scores.iter().sum::<f32>() < SPEECH_SCORE * SCORES as f32 {
            return;
        }
        let end = self.powers.len() * GATE_FRAME;
        let start = end.saturating_sub(SCORES * GATE_FRAME).max(self.speech_end);
        self.first.get_or_insert(start);
        let padded = start.saturating_sub(Self::PRE_ROLL);
        if self.spans.is_empty() || padded > self.speech_end + Self::HANGOVER {
            self.end_last_span();
            self.spans.push(SpeechSpan { start: padded, end: padded });
        } else if start >= self.speech_end + SHORTEST_LULL {
            self.lulls.push(SpeechSpan { start: self.speech_end, end: start });
        }
        self.speech += end.min(self.samples).saturating_sub(start);
        self.speech_end = end;
    }

    fn end_last_span(&mut self) {
        if let Some(last) = self.spans.last_mut() {
            last.end = (self.speech_end + Self::HANGOVER).min(self.samples);
        }
    }
}
