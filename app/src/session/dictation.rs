//! The recording at hand and its text.

use super::machine::{Generation, State};
use super::queue::{Finished, Growing};
use super::snapshot::{DictationView, TranscriptView};
use crate::capture::{Recorded, Recorder};
use std::time::Duration;

/// The recording at hand and its text.
pub struct Dictation {
    pub state: State,
    pub recorder: Option<Recorder>,
    /// Whether the recording waits for the engine.
    pub waits: bool,
    /// Whether the person was told what it waits for.
    pub told_to_wait: bool,
    pub elapsed: Duration,
    pub level: f32,
    pub recorded: Option<Recorded>,
    pub growing: Growing,
    pub finished: Option<Finished>,
}

impl Default for Dictation {
    fn default() -> Self {
        Self {
            state: State::Idle(0),
            recorder: None,
            waits: false,
            told_to_wait: false,
            elapsed: Duration::ZERO,
            level: 0.0,
            recorded: None,
            growing: Growing::default(),
            finished: None,
        }
    }
}

impl Dictation {
    /// The state as the window shows it.
    pub fn view(&self) -> DictationView {
        match self.state {
            State::Idle(_) => DictationView::Idle,
            State::Arming(_) => DictationView::Arming,
            State::Recording(_) => DictationView::Recording { elapsed: self.elapsed, level: self.level },
            State::Finishing(_) => DictationView::Finishing { recorded: self.elapsed },
            State::Delivering(_) => DictationView::Delivering,
        }
    }

    /// The text as far as it exists.
    pub fn transcript_view(&self) -> TranscriptView {
        match (&self.finished, self.state) {
            (Some(finished), _) => finished.view(),
            (None, State::Finishing(_)) => self.growing.view(),
            _ => TranscriptView::default(),
        }
    }

    /// Where the recording is.
    pub fn recorded(&self) -> Option<&Recorded> {
        self.recorded.as_ref()
    }

    /// Whether this recording is the one that is being made or finished.
    pub fn records(&self, generation: Generation) -> bool {
        matches!(self.state, State::Recording(g) | State::Finishing(g) if g == generation)
    }
}

/// An error's text as a sentence of its own.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
