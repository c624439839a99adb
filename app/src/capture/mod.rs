//! From the microphone to a WAV file on disk.
//!
//! ```text
//! cpal callback ─ring→ recorder thread → one channel → 16 kHz → PCM16 WAV
//! ```
//!
//! The callback only copies. Neither the window nor the session waits for a device: opening and
//! closing one can hang in the sound server, so the thread that owns it is never joined.

mod answer;
mod callback;
mod channels;
mod devices;
mod elsewhere;
mod meter;
mod moving;
mod owner;
mod pending;
mod prelude;
mod recorder;
mod recording_file;
mod report;
mod slips;
mod sound_server;
mod stream;
pub mod synthetic;
mod take;
mod tap;
mod unfinished;
mod warm;

pub use answer::{Answer, ask_default, patiently};
pub use channels::Channel;
pub use devices::microphones;
pub use pending::{discard, mark, settle};
pub use prelude::{Cue, Prelude, prelude};
pub use recorder::{Recorder, Request, TAIL};
pub use recording_file::{Recorded, rescue};
pub use report::{CaptureEvent, CaptureReport, Opening};
pub use stream::OpenMicrophone;
pub use tap::{Tap, Tapped, tap};
pub use unfinished::{LeftBehind, Recovered, recover};
pub use warm::Microphones;

/// A microphone to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Microphone {
    /// Stable across restarts, such as `alsa:hw:CARD=USB,DEV=0`.
    pub id: String,
    /// For people.
    pub label: String,
}

/// Why there is no sound from the microphone. The text says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// There is no microphone at all.
    #[error("no microphone was found; plug one in or check the sound settings, then try again")]
    NoDevice,
    /// The chosen microphone is not there: its id, or what it is called.
    #[error("the microphone {0} is not connected; connect it or choose another one")]
    Missing(String),
    /// The system refuses it.
    #[error(
        "the microphone {device} cannot be opened: {reason}; check that the sound system runs, or choose another one"
    )]
    Refused {
        /// Its name.
        device: String,
        /// What the system says.
        reason: String,
    },
    /// The sound system does not answer.
    #[error("the sound system does not answer; restart it, or choose another microphone")]
    Hangs,
}
