//! Commands on their way to the session. Nothing waits: what does not fit now is sent later.

use crate::session::Command;
use crossbeam_channel::{Sender, TrySendError};
use std::collections::VecDeque;

/// Sends commands in the order in which they were given.
pub struct Outbox {
    sender: Sender<Command>,
    waiting: VecDeque<Command>,
    /// Somebody wants to see a text.
    shows: bool,
}

impl Outbox {
    /// An empty outbox in front of the session's channel.
    pub fn new(sender: Sender<Command>) -> Self {
        Self { sender, waiting: VecDeque::new(), shows: false }
    }

    /// Sends a command, now or with a later [`Self::flush`].
    pub fn send(&mut self, command: Command) {
        self.shows |= matches!(command, Command::Show(_));
        self.waiting.push_back(command);
        self.flush();
    }

    /// Whether somebody wanted to see a text since this was asked last.
    pub fn take_shows(&mut self) -> bool {
        std::mem::take(&mut self.shows)
    }

    /// Sends what fits into the channel. Returns whether everything has gone.
    pub fn flush(&mut self) -> bool {
        while let Some(command) = self.waiting.pop_front() {
            match self.sender.try_send(command) {
                Ok(()) => {}
                Err(TrySendError::Full(command)) => {
                    self.waiting.push_front(command);
                    return false;
                }
                // The session has ended; `App` shows that.
                Err(TrySendError::Disconnected(_)) => self.waiting.clear(),
            }
        }
        true
    }
}
