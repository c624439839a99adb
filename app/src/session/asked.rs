//! Wishes about dictation that come from outside the window and want an answer.

use super::machine::{Event, State};
use super::snapshot::Snapshot;
use super::state::Session;
use crate::desktop::Focus;
use crossbeam_channel::{Receiver, Sender, bounded};
use serde::{Deserialize, Serialize};

/// What one can want of dictation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Record.
    Start(Manner),
    /// End the recording and make its text.
    Stop,
    /// Stop if the microphone is open, start otherwise; nothing while a recording is being finished.
    Toggle(Manner),
    /// End the recording, or the making of its text, without text.
    Cancel,
    /// Insert the last text again, or for the first time.
    PasteLast,
    /// From the next recording on, the next of the person's languages.
    NextLanguage,
}

/// How one dictation differs from the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manner {
    /// Code of the language that is spoken; `None` is the usual choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The text is to be English, whatever is spoken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub translate: bool,
    /// Enter follows the text where it is inserted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enter: bool,
}

/// Who wishes it. It decides where the text goes: into the app that has the focus only if Hark was
/// asked from outside its window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Somebody in Hark's own window.
    #[default]
    Window,
    /// A key of the desktop, and what had the focus when it was pressed.
    Key(Option<Focus>),
    /// The control socket, and what had the focus when it was asked.
    Socket(Option<Focus>),
}

/// What came of a wish.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Whether it changed anything.
    pub changed: bool,
    /// How things stand now.
    pub snapshot: Snapshot,
}

/// The way of one answer back. Answering never waits.
#[derive(Clone, Debug)]
pub struct Reply(Sender<Taken>);

impl Reply {
    /// The way and its end.
    pub fn new() -> (Self, Receiver<Taken>) {
        let (sender, receiver) = bounded(1);
        (Self(sender), receiver)
    }
}

impl Reply {
    #[cfg(test)]
    pub fn answer(&self, changed: bool, snapshot: Snapshot) {
        let _ = self.0.try_send(Taken { changed, snapshot });
    }
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        self.0.same_channel(&other.0)
    }
}

impl Session {
    /// Does what is wished, as things stand at this moment, and answers.
    pub(super) fn carry_out(&mut self, wish: Wish, origin: Origin, reply: Option<&Reply>) {
        let before = self.dictation.state;
        let mut pasted = false;
        match (wish, before) {
            (Wish::Start(manner), _) | (Wish::Toggle(manner), State::Idle(_) | State::Delivering(_)) => {
                self.start(origin, manner);
            }
            (Wish::Stop, _) | (Wish::Toggle(_), State::Arming(_) | State::Recording(_)) => {
                self.drive(Event::Stop);
            }
            (Wish::Toggle(_), State::Finishing(_)) => {}
            (Wish::Cancel, _) => self.drive(Event::Cancel),
            (Wish::PasteLast, _) => pasted = self.paste_last(),
            (Wish::NextLanguage, _) => {}
        }
        if let Some(reply) = reply {
            let changed = pasted || self.dictation.state != before;
            let taken = Taken { changed, snapshot: self.snapshot() };
            // Whoever asked may have gone.
            let _ = reply.0.try_send(taken);
        }
    }

    /// Records, if nothing is being recorded or finished, and remembers who wished it.
    pub(super) fn start(&mut self, origin: Origin, manner: Manner) {
        let before = self.dictation.state;
        self.drive(Event::Start);
        if self.dictation.state.generation() != before.generation() {
            (self.dictation.origin, self.dictation.manner) = (origin, manner);
        }
    }
}
