//! Questions to the disk and the sound system, whose answers can take a while: each on a thread of
//! its own, so that the session goes on meanwhile.

use super::shelf::{News, Stock};
use super::snapshot::{AboutFile, FileId, MicrophoneView, ModelView};
use crate::audio_files::Selection;
use crate::autostart::Autostart;
use crate::capture::LeftBehind;
use crate::history::{EntryId, Version};
use crate::kept_files::{self, Identity};
use crate::models::Choice;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub enum Found {
    Models(Vec<ModelView>),
    Microphones(Vec<MicrophoneView>),
    /// Audio files that were named or lie in folders.
    Audio(Selection),
    /// Files that were looked at.
    LookedAt(Vec<LookedAt>),
    /// The text of a file that was kept.
    FileText {
        id: FileId,
        text: Result<Box<kept_files::Text>, String>,
    },
    /// So many transcripts were written into a folder, and why one of them was not.
    SavedAll {
        folder: PathBuf,
        saved: usize,
        problem: Option<String>,
    },
    /// The model that a name means; `asked` tells which question this answers.
    Model {
        asked: u64,
        name: String,
        choice: Result<Choice, String>,
    },
    /// How long recordings are that wait for a real model.
    Lengths(Vec<(PathBuf, Duration)>),
    /// The model with which an entry of the history is to be transcribed again.
    RetryModel {
        id: EntryId,
        choice: Result<Choice, String>,
    },
    /// An entry of the history has another text.
    Retried {
        id: EntryId,
        version: Box<Version>,
    },
    /// Whether Hark starts by itself, and why that could not be changed.
    Autostart {
        now: Autostart,
        why: Option<String>,
    },
    /// What a crash left behind.
    LeftBehind(LeftBehind),
    /// Models on the disk, and the beginnings of some.
    Stock(Box<Stock>),
    /// A model was deleted, or why not.
    Deleted {
        name: String,
        why: Option<String>,
    },
    /// What comes of a download.
    #[cfg_attr(not(feature = "download"), allow(dead_code, reason = "nothing is fetched"))]
    Download {
        name: &'static str,
        news: News,
    },
}

/// What was found out about a file.
#[derive(Debug)]
pub struct LookedAt {
    pub id: FileId,
    pub about: AboutFile,
    pub identity: Option<Identity>,
}

/// Answers that can wait for the session.
const ANSWERS: usize = 64;

/// Where questions are asked.
pub struct Lookups {
    outbox: Sender<Found>,
    /// Whether a question for models, and one for microphones, is open.
    open: [Arc<AtomicBool>; 2],
}

/// Lists that are looked for again and again.
#[derive(Clone, Copy)]
pub enum List {
    Models,
    Microphones,
}

/// Closes a question, whatever became of it.
struct Open(Arc<AtomicBool>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Lookups {
    /// The asking end and the answering one.
    pub fn new() -> (Self, Receiver<Found>) {
        let (outbox, answers) = bounded(ANSWERS);
        (Self { outbox, open: Default::default() }, answers)
    }

    /// Asks for a list, unless it is being looked for already: a sound system that hangs is asked once.
    pub fn ask_for(&self, list: List, look: impl FnOnce() -> Found + Send + 'static) {
        let open = &self.open[list as usize];
        if open.swap(true, Ordering::AcqRel) {
            return;
        }
        let open = Open(open.clone());
        self.ask(move || {
            let _open = open;
            look()
        });
    }

    /// Has somebody tell of something that takes long.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn tell(&self, name: &str, work: impl FnOnce(&Sender<Found>) + Send + 'static) -> Result<(), String> {
        let outbox = self.outbox.clone();
        let spawned = thread::Builder::new().name(name.into()).spawn(move || work(&outbox));
        spawned.map(drop).map_err(|error| error.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_looked_for_once_at_a_time() {
        let (lookups, answers) = Lookups::new();
        let (go, wait) = bounded::<()>(0);
        let slow = wait.clone();
        lookups.ask_for(List::Microphones, move || {
            let _ = slow.recv();
            Found::Microphones(Vec::new())
        });
        for _ in 0..100 {
            lookups.ask_for(List::Microphones, || panic!("asked again"));
        }
        lookups.ask_for(List::Models, || Found::Models(Vec::new()));
        assert!(matches!(answers.recv().unwrap(), Found::Models(_)), "the other list does not wait");
        drop(go);
        assert!(matches!(answers.recv().unwrap(), Found::Microphones(_)));
        lookups.ask_for(List::Microphones, || Found::Microphones(Vec::new()));
        assert!(matches!(answers.recv().unwrap(), Found::Microphones(_)));
        assert!(answers.is_empty());
    }
}
