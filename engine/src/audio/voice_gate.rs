//! Where somebody speaks, by earshot's voice activity detector with its stock threshold.

/// A stretch with speech, in samples at 16 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeechSpan {
    /// First sample.
    pub start: usize,
    /// One past the last sample.
    pub end: usize,
}

/// Finds stretches of speech as samples arrive.
#[derive(Default)]
pub struct VoiceGate {}

impl VoiceGate {
    /// A gate at the start of a recording.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next samples.
    pub fn push(&mut self, _samples: &[f32]) {}

    /// The spans found up to now, in order, not overlapping; the last may still be growing.
    pub fn spans(&self) -> &[SpeechSpan] {
        &[]
    }

    /// The recording ends here: closes the last span.
    pub fn finish(&mut self) {}
}
