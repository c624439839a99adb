//! Recordings as streams of 16 kHz mono samples.

mod container;
mod decode;
mod error;
mod file;
mod foreign;
mod heard;
mod mp4_edits;
mod origin;
mod resample;
mod running_gain;
mod source;
mod voice_gate;

pub use container::TrackInfo;
pub use error::AudioError;
pub use file::AudioFile;
pub use heard::{Heard, Verdict, quietest_cut};
pub use resample::Resampler;
pub use source::{AudioSource, Damage, SampleStream, Samples};
pub use voice_gate::{SpeechSpan, VoiceGate};
