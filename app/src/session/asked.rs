//! Wishes about dictation that come from outside the window and want an answer.

use super::machine::{Event, State};
use super::snapshot::Snapshot;
use super::state::Session;
use crossbeam_channel::{Receiver, Sender, bounded};

/// What one can want of dictation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Record.
    Start,
    /// End the recording and make its text.
    Stop,
    /// Stop if the microphone is open, start otherwise; nothing while a recording is being finished.
    Toggle,
    /// End the recording, or the making of its text, without text.
    Cancel,
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
    pub(super) fn carry_out(&mut self, wish: Wish, reply: &Reply) {
        let before = self.dictation.state;
        match (wish, before) {
            (Wish::Start, _) | (Wish::Toggle, State::Idle(_) | State::Delivering(_)) => {
                self.drive(Event::Start);
            }
            (Wish::Stop, _) | (Wish::Toggle, State::Arming(_) | State::Recording(_)) => {
                self.drive(Event::Stop);
            }
            (Wish::Toggle, State::Finishing(_)) => {}
            (Wish::Cancel, _) => self.drive(Event::Cancel),
        }
        let taken = Taken { changed: self.dictation.state != before, snapshot: self.snapshot() };
        // Whoever asked may have gone.
        let _ = reply.0.try_send(taken);
    }
}
