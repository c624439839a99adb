//! What is answered to a wish that comes from outside the window.

use super::snapshot::Snapshot;
use crossbeam_channel::{Receiver, Sender, bounded};

/// What came of a wish.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Whether it changed anything.
    pub changed: bool,
    /// Why it cannot be, if so.
    pub refusal: Option<String>,
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

    /// Answers. Whoever asked may have gone.
    pub fn answer(&self, taken: Taken) {
        let _ = self.0.try_send(taken);
    }
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        self.0.same_channel(&other.0)
    }
}
