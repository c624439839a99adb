//! The recording at hand and its text.

use super::machine::{Generation, State};
use super::outcome::Outcome;
use super::snapshot::{DictationView, TranscriptView};
use super::transcription::{Finished, Growing};
use crate::capture::{Recorded, Recorder, Tapped};
use crate::delivery::Withdrawal;
use crate::wish::{Manner, Origin};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The recording at hand and its text.
pub struct Dictation {
    pub state: State,
    /// Who wished it.
    pub origin: Origin,
    pub manner: Manner,
    /// Takes the text's delivery back.
    pub withdrawal: Withdrawal,
    /// How it ended.
    pub outcome: Option<Outcome>,
    pub recorder: Option<Recorder>,
    /// Whether the recording waits for the engine.
    pub waits: bool,
    pub elapsed: Duration,
    pub level: f32,
    /// Whether there was any sound at all.
    pub sounded: bool,
    pub recorded: Option<Recorded>,
    /// Whether silence in it is left out.
    pub voice_gate: bool,
    /// How far following the recording is.
    pub live: Live,
    pub growing: Growing,
    /// The last finished text, of this recording or, until it has one, of an earlier one.
    pub text: Option<Text>,
}

/// A finished text and the recording it is of.
pub struct Text {
    pub generation: Generation,
    pub path: Option<PathBuf>,
    /// What was heard.
    pub finished: Finished,
    /// The same as one text, shared with all who show it.
    pub heard: Arc<str>,
    /// What the person's rules made of it, once they have.
    pub delivered: Option<String>,
    /// The same to show, where it differs from what was heard.
    shown: Option<TranscriptView>,
}

impl Text {
    /// A text that was heard.
    pub fn new(generation: Generation, path: Option<PathBuf>, finished: Finished) -> Self {
        let heard = finished.transcript.text.trim().into();
        Self { generation, path, finished, heard, delivered: None, shown: None }
    }

    /// Takes note of what was delivered.
    pub fn deliver(&mut self, text: String) {
        let differs = *text != *self.heard;
        self.shown = differs.then(|| self.finished.view_as(&text));
        self.delivered = Some(text);
    }

    /// Takes note of what the person has made of it.
    pub fn deliver_edited(&mut self, text: String) {
        self.shown = None;
        self.delivered = Some(text);
    }

    /// What was delivered, or, before that, what was heard.
    pub fn text(&self) -> String {
        self.delivered.as_deref().unwrap_or(&self.heard).to_owned()
    }

    /// What the person's rules made of it, if that is something else.
    pub fn by_rules(&self) -> Option<&str> {
        self.delivered.as_deref().filter(|_| self.shown.is_some())
    }

    fn view(&self) -> TranscriptView {
        self.shown.clone().unwrap_or_else(|| self.finished.view())
    }
}

/// How far following the recording is.
#[derive(Default)]
pub enum Live {
    /// The recording is transcribed when it is complete.
    #[default]
    Off,
    /// The engine has something else to do.
    Waits(Tapped),
    /// The engine is at it; `shown` tells whether text that is not final is made and seen.
    Runs { shown: bool },
    /// The text was there before the recorder said that the recording is complete.
    Finished(Box<Finished>),
}

impl Default for Dictation {
    fn default() -> Self {
        Self {
            state: State::Idle(0),
            origin: Origin::default(),
            manner: Manner::default(),
            withdrawal: Withdrawal::default(),
            outcome: None,
            recorder: None,
            waits: false,
            elapsed: Duration::ZERO,
            level: 0.0,
            sounded: false,
            recorded: None,
            voice_gate: true,
            live: Live::Off,
            growing: Growing::default(),
            text: None,
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

    /// The text as far as it exists; at rest, the last one.
    pub fn transcript_view(&self) -> TranscriptView {
        match self.state {
            State::Arming(_) => TranscriptView::default(),
            State::Recording(_) => self.growing.while_recording(),
            State::Finishing(_) => self.growing.view(),
            State::Idle(_) | State::Delivering(_) => self.text.as_ref().map(Text::view).unwrap_or_default(),
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
