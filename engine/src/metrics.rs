//! How long things took, with types that cannot be swapped by accident; and what an engine does for all that it
//! serves ([`Monitor`]).

mod histogram;
mod monitor;

pub use histogram::Histogram;
pub use monitor::{Figures, Monitor};

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A stretch of recorded audio.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct AudioTime(pub f64);

/// Time that passed on the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct WallTime(pub f64);

impl AudioTime {
    /// The length of `samples` samples at 16 kHz.
    pub fn from_samples(samples: usize) -> Self {
        Self(samples as f64 / crate::dims::SAMPLE_RATE_HZ as f64)
    }
    /// Seconds.
    pub fn seconds(self) -> f64 {
        self.0
    }
}

impl WallTime {
    /// Seconds.
    pub fn seconds(self) -> f64 {
        self.0
    }

    /// Its part for each of `count` that shared it.
    pub(crate) fn share(self, count: usize) -> Self {
        Self(self.0 / count.max(1) as f64)
    }
}

impl From<Duration> for WallTime {
    fn from(d: Duration) -> Self {
        Self(d.as_secs_f64())
    }
}

impl std::ops::AddAssign for WallTime {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// Audio time per processing time: 15.6 means one minute took 3.8 s. Higher is better.
/// `None` before anything was measured.
pub fn speed_x(audio: AudioTime, processing: WallTime) -> Option<f64> {
    (audio.0 > 0.0 && processing.0 > 0.0).then(|| audio.0 / processing.0)
}

/// Processing time per audio time. Lower is better; below 1 keeps up with speech.
pub fn rtf(processing: WallTime, audio: AudioTime) -> Option<f64> {
    (audio.0 > 0.0 && processing.0 > 0.0).then(|| processing.0 / audio.0)
}

/// Where the time of one transcription went. `processing` includes reading and resampling the
/// audio and the log-mel spectrogram; loading the model is not in it. Of a pass that windows of
/// several recordings shared, each window counts an equal part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Length of the recording.
    pub audio: AudioTime,
    /// The whole transcription.
    pub processing: WallTime,
    /// Log-mel spectrogram, that of the first pass included.
    pub mel: WallTime,
    /// Encoder.
    pub encode: WallTime,
    /// Decoder, sampling included.
    pub decode: WallTime,
    /// Windows that were encoded.
    pub windows: usize,
    /// Decoder steps, those of rejected attempts included. A step may sample several tokens side by
    /// side (beams, best-of).
    pub steps: usize,
}

impl Timings {
    /// Adds what a part of the work took; the length of the recording stays.
    pub(crate) fn add(&mut self, part: &Self) {
        self.processing += part.processing;
        self.mel += part.mel;
        self.encode += part.encode;
        self.decode += part.decode;
        self.windows += part.windows;
        self.steps += part.steps;
    }

    /// What two passes over the same recording took together.
    pub fn one_after_another(mut self, other: Self) -> Self {
        self.add(&other);
        self
    }

    /// Audio time per processing time.
    pub fn speed_x(&self) -> Option<f64> {
        speed_x(self.audio, self.processing)
    }
}
