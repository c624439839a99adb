//! Recordings as streams of 16 kHz mono samples.

mod container;
mod decode;
mod error;
mod file;
mod foreign;
mod mp4_edits;
mod resample;
mod source;
mod voice_gate;

pub use error::AudioError;
pub use file::{AudioFile, TrackInfo};
pub use resample::Resampler;
pub use source::{AudioSource, Damage, SampleStream, Samples};
pub use voice_gate::{SpeechSpan, VoiceGate};
