use super::AudioError;
use crate::metrics::AudioTime;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// 16 kHz mono samples in [-1, 1], from the start of a recording to its end.
pub trait SampleStream: Send {
    /// Appends the next samples to `out`; `false` when the recording is over and nothing was added.
    ///
    /// # Errors
    /// [`AudioError`] if the recording cannot be read any further.
    fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool, AudioError>;

    /// What could not be read up to now.
    fn damage(&self) -> Damage {
        Damage::default()
    }
}

/// What a recording lost because its file is damaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// Packets (some 5 to 100 ms each) that could not be decoded and were left out.
    pub skipped_packets: u32,
    /// The file ends in the middle of something, or nothing behind this point could be read.
    pub broken_off: bool,
}

impl Damage {
    /// Whether everything could be read.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A recording that can be read from the start more than once (the loudness maximum needs a first pass).
pub trait AudioSource: Send {
    /// Starts reading from the beginning.
    ///
    /// # Errors
    /// [`AudioError`] if the recording cannot be opened.
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError>;

    /// Length as the container states it, if it does; the real length can differ.
    fn stated_length(&self) -> Option<AudioTime>;
}

/// A recording in memory.
#[derive(Clone, Debug)]
pub struct Samples(pub Arc<[f32]>);

struct SamplesStream {
    samples: Arc<[f32]>,
    at: usize,
}

const BLOCK: usize = 16_000;

impl AudioSource for Samples {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        Ok(Box::new(SamplesStream { samples: self.0.clone(), at: 0 }))
    }

    fn stated_length(&self) -> Option<AudioTime> {
        Some(AudioTime::from_samples(self.0.len()))
    }
}

impl SampleStream for SamplesStream {
    fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool, AudioError> {
        let end = (self.at + BLOCK).min(self.samples.len());
        out.extend_from_slice(&self.samples[self.at..end]);
        let added = end > self.at;
        self.at = end;
        Ok(added)
    }
}
