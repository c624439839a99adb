//! Questions to the disk and the sound system, whose answers can take a while: each on a thread of
//! its own, so that the session goes on meanwhile.

use super::snapshot::{MicrophoneView, ModelView};
use crate::capture::Recovered;
use crate::models::Choice;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub enum Found {
    Models(Vec<ModelView>),
    Microphones(Vec<MicrophoneView>),
    /// Audio files that were named or lie in folders, and folders without any.
    Audio {
        files: Vec<PathBuf>,
        without: Vec<PathBuf>,
    },
    /// The model that a name means; `asked` tells which question this answers.
    Model {
        asked: u64,
        name: String,
        choice: Result<Choice, String>,
    },
    /// How long recordings are that wait for a real model.
    Lengths(Vec<(PathBuf, Duration)>),
    /// Recordings that a crash left behind.
    Recovered(Vec<Recovered>),
}

/// Answers that can wait for the session.
const ANSWERS: usize = 64;

/// Where questions are asked.
pub struct Lookups {
    outbox: Sender<Found>,
}

impl Lookups {
    /// The asking end and the answering one.
    pub fn new() -> (Self, Receiver<Found>) {
        let (outbox, answers) = bounded(ANSWERS);
        (Self { outbox }, answers)
    }

    /// Asks a question. A system that has no thread left has worse troubles than a list that stays empty.
    pub fn ask(&self, look: impl FnOnce() -> Found + Send + 'static) {
        let outbox = self.outbox.clone();
        let _ = thread::Builder::new().name("hark-lookup".into()).spawn(move || {
            // The session is gone only while the program ends.
            let _ = outbox.send(look());
        });
    }
}
