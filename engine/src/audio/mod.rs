//! Recordings as streams of 16 kHz mono samples.

mod error;
mod file;
mod resample;
mod source;
mod voice_gate;

pub use error::AudioError;
pub use file::{AudioFile, TrackInfo};
pub use resample::Resampler;
pub use source::{AudioSource, SampleStream, Samples};
pub use voice_gate::{SpeechSpan, VoiceGate};
