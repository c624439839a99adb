//! From a recording to a transcript, window by window (openai-whisper, `transcribe.py`).

mod options;

pub use options::{Language, Options, Strategy, Task, Way};

use crate::audio::AudioSource;
use crate::cancel::Cancel;
use crate::encoder::Backend;
use crate::error::EngineError;
use crate::metrics::{AudioTime, Timings};
use crate::model::Model;
use crate::transcript::{Segment, Transcript};

/// What happens while a recording is transcribed, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The first pass over the audio is under way: this much has been read.
    Listened(AudioTime),
    /// The first pass is over; the recording is this long.
    Length(AudioTime),
    /// The language was detected, with its probability.
    Language(String, f32),
    /// A segment is final.
    Segment(Segment),
    /// Everything up to here is transcribed.
    Progress(AudioTime),
}

/// Transcribes a recording.
///
/// # Errors
/// [`EngineError`]: cancelled, unreadable audio, a failed backend, or options that do not fit the model.
pub fn transcribe(
    _model: &Model,
    _backend: &mut dyn Backend,
    _audio: &dyn AudioSource,
    _options: &Options,
    _cancel: &Cancel,
    _on_event: &mut dyn FnMut(Event),
) -> Result<(Transcript, Timings), EngineError> {
    Err(EngineError::Options(String::new()))
}
