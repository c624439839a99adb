//! What an engine can be asked for, and within what limits.

use crate::audio::AudioSource;
use crate::cancel::Cancel;
use crate::decoder::MOST_ROWS;
use crate::metrics::WallTime;
use crate::transcribe::{LiveSource, Options};
use std::time::Duration;

/// What an engine takes upon itself at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Windows that go through the decoder side by side, at most [`MOST_ROWS`].
    pub batch: usize,
    /// How long a batch waits for more windows, where the encoder takes several at once.
    pub wait: Duration,
    /// Recordings that are under way, each of which holds up to ten minutes of spectrogram.
    pub jobs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch: MOST_ROWS, wait: Duration::from_millis(10), jobs: 32 }
    }
}

/// A recording to transcribe.
pub struct Request {
    /// Its number, which no other one has or had.
    pub number: u64,
    /// Where it is read from.
    pub source: Box<dyn AudioSource>,
    /// What is asked of it.
    pub options: Options,
    /// Ends it alone, within one step.
    pub cancel: Cancel,
}

/// A recording to follow while it is made.
pub struct LiveRequest {
    /// Its number, which no other one has or had.
    pub number: u64,
    /// Where its samples come from.
    pub source: Box<dyn LiveSource + Send>,
    /// What is asked of it.
    pub options: Options,
    /// Ends it.
    pub cancel: Cancel,
    /// Stops what is only for looking at.
    pub hurry: Cancel,
}

/// There is no room for a recording now.
#[derive(thiserror::Error)]
#[error("{jobs} recordings are under way, which is all that is done at once; try again in about {:.0} s", wait.seconds().ceil())]
pub struct Refused {
    /// What was asked, to be asked again.
    pub request: Box<Request>,
    /// Recordings under way.
    pub jobs: usize,
    /// How long it will take until there is room, as far as that can be said.
    pub wait: WallTime,
}

impl std::fmt::Debug for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refused").field("jobs", &self.jobs).field("wait", &self.wait).finish_non_exhaustive()
    }
}

/// What came of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// Something was done.
    Worked,
    /// All that there is are recordings that are being made, and nothing of them was due.
    Waited,
    /// Nothing is under way.
    Idle,
}
