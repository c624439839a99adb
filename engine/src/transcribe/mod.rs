//! From a recording to a transcript, window by window (openai-whisper, `transcribe.py`).
//!
//! The steps are listen, skip silence, mel, encode, decode, cut. A `recording` is what is known of one
//! file and its text, `stages` are what windows go through, of whatever recording. There are two
//! orders of windows: `in_order`, the reference's, and `fast`, where each recording is a `chain`
//! of windows that do not wait for each other. All of them go in pieces, so that [`crate::schedule`] can have many
//! recordings take turns. `live` goes along with a recording that is being made.

mod agreement;
pub(crate) mod chain;
pub(crate) mod fallback;
mod fast;
mod gate;
pub(crate) mod in_order;
pub(crate) mod listen;
pub(crate) mod listening;
pub(crate) mod live;
mod options;
mod plan;
pub(crate) mod recording;
mod segments;
pub(crate) mod stages;
pub(crate) mod window;
mod words;

pub use fast::transcribe_together;
pub use live::{LiveSource, LiveText, transcribe_live};
pub(crate) use options::sot_sequence;
pub use options::{CONFIDENT, Language, Options, Strategy, Task, Way};

use crate::audio::{AudioSource, Heard};
use crate::cancel::Cancel;
use crate::decoder::WindowText;
use crate::error::EngineError;
use crate::metrics::{AudioTime, Timings};
use crate::transcript::{Segment, Token, Transcript};
use crate::whisper::Whisper;
use listen::Source;
use recording::Recording;
use stages::Stages;
use std::time::Instant;

/// What happens while a recording is transcribed, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The first pass over the audio is under way: this much has been read.
    Listened(AudioTime),
    /// The first pass is over; the recording is this long.
    Length(AudioTime),
    /// What the voice gate made of the whole recording.
    Heard(Heard),
    /// The language was detected, with its probability.
    Language(String, f32),
    /// A window was decoded.
    Window(WindowTrace),
    /// A segment is final.
    Segment(Segment),
    /// Everything up to here is transcribed.
    Progress(AudioTime),
    /// What a recording that is being made says behind its last segment, as far as it is known.
    Live(LiveText),
}

/// What happens to one of several recordings.
#[derive(Debug)]
pub enum News {
    /// It is under way.
    Event(Event),
    /// It is finished or has failed; there will be no more news of it.
    Ended(Result<(Transcript, Timings), EngineError>),
}

/// One window's decoding, for comparison with a reference.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowTrace {
    /// Mel frame at which the window begins.
    pub seek: usize,
    /// Tokens of the text before the window, as many of the last as the decoder takes.
    pub prompt: Vec<Token>,
    /// What was decoded, and its scores.
    pub text: WindowText,
}

/// Transcribes a recording.
///
/// # Errors
/// [`EngineError`]: cancelled, unreadable audio, a failed backend, or options that do not fit the model.
pub fn transcribe(
    whisper: &mut Whisper,
    audio: &dyn AudioSource,
    options: &Options,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(Event),
) -> Result<(Transcript, Timings), EngineError> {
    let start = Instant::now();
    let mut stages = Stages::new(whisper, cancel);
    let (transcript, timings) = match options.way {
        Way::Default | Way::Strict => {
            let mut recording = Recording::listen(Source::Lent(audio), options.clone(), &stages, on_event)?;
            in_order::run(&mut recording, &mut stages, on_event)?;
            recording.finish()
        }
        Way::Fast => fast::transcribe_alone(stages, audio, options, on_event)?,
    };
    Ok((transcript, Timings { processing: start.elapsed().into(), ..timings }))
}
