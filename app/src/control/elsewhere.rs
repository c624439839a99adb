//! Systems without Unix sockets: nobody can be reached, and the window works without.

use super::ControlError;
use super::protocol::{Answer, Request};
use crate::session::{Command, Snapshot};
use crossbeam_channel::{Receiver, Sender};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;

/// Never made.
pub struct Claim(Infallible);

/// Never made.
pub struct Server(Infallible);

/// Never made.
pub struct Answers(Infallible);

/// # Errors
/// Always.
pub fn claim() -> Result<Option<Claim>, ControlError> {
    Err(ControlError::Unavailable)
}

/// # Errors
/// Always.
pub fn ask(_: &Request) -> Result<Answers, ControlError> {
    Err(ControlError::Unavailable)
}

impl Server {
    /// # Errors
    /// Never comes to it.
    pub fn start(claim: Claim, _: Sender<Command>, _: Receiver<Arc<Snapshot>>) -> io::Result<Self> {
        match claim.0 {}
    }

    /// Never comes to it.
    pub fn close(&mut self) {
        match self.0 {}
    }
}

impl Answers {
    /// # Errors
    /// Never comes to it.
    pub fn next(&mut self) -> Result<Option<Answer>, ControlError> {
        match self.0 {}
    }
}
