//! A file of the list.

use crate::file_name::FileName;
use crate::kept_files::{FileOptions, Identity, Listed, Outcome};
use crate::session::snapshot::{AboutFile, FileId, FileState, FileView, Speed};
use crate::session::transcription::{Finished, Growing};
use crate::text::sentence;
use std::path::Path;
use std::sync::Arc;

/// A file, how far it is, and what has come of it.
pub struct Entry {
    pub id: FileId,
    pub path: Arc<Path>,
    pub name: Arc<str>,
    pub state: FileState,
    /// Whether the engine has it, or its channel that is to come next.
    pub asked: bool,
    pub growing: Growing,
    pub options: FileOptions,
    /// What was found out about it; `None` as long as nobody has looked.
    pub about: Option<Arc<AboutFile>>,
    /// What it was when it was looked at.
    pub identity: Option<Identity>,
    pub text: Text,
    /// The texts of channels, while the next one is to come.
    pub parts: Vec<Finished>,
    /// The text's file may be another one by now.
    pub changed: bool,
}

/// Where a file's text is.
#[derive(Default)]
pub enum Text {
    #[default]
    Nowhere,
    Here(Box<Finished>),
    /// On the disk.
    Kept,
}

impl Entry {
    /// A file that waits.
    pub fn new(id: FileId, path: &Path, options: FileOptions) -> Self {
        Self {
            id,
            path: path.into(),
            name: file_name(path).into(),
            state: FileState::Waiting,
            asked: false,
            growing: Growing::default(),
            options,
            about: None,
            identity: None,
            text: Text::Nowhere,
            parts: Vec::new(),
            changed: false,
        }
    }

    /// One that an earlier start had on its list. What waited then is not begun unasked.
    pub fn from_listed(listed: Listed) -> Self {
        let path = std::path::PathBuf::from(listed.path);
        let (state, text) = match listed.outcome {
            Outcome::Waiting => (FileState::Interrupted, Text::Nowhere),
            Outcome::Done { audio_s, processing_s, edited } => {
                let speed = Some(Speed { audio_s, processing_s }).filter(|speed| speed.x().is_finite());
                (FileState::Done { speed, edited }, Text::Kept)
            }
            Outcome::Failed { message } => (FileState::Failed { message: message.into() }, Text::Nowhere),
            Outcome::Cancelled => (FileState::Cancelled, Text::Nowhere),
        };
        let identity = listed.identity;
        Self { state, text, identity, ..Self::new(listed.id, &path, listed.options) }
    }

    /// What is to be kept of it.
    pub fn listed(&self) -> Listed {
        let outcome = match &self.state {
            FileState::Waiting | FileState::Running { .. } | FileState::Interrupted => Outcome::Waiting,
            FileState::Done { speed, edited } => {
                let speed = speed.unwrap_or(Speed { audio_s: 0.0, processing_s: 0.0 });
                Outcome::Done { audio_s: speed.audio_s, processing_s: speed.processing_s, edited: *edited }
            }
            FileState::Failed { message } => Outcome::Failed { message: message.to_string() },
            FileState::Cancelled => Outcome::Cancelled,
        };
        let path = FileName::from(self.path.to_path_buf());
        Listed { id: self.id, path, identity: self.identity.clone(), options: self.options, outcome }
    }

    /// How the window shows it.
    pub fn view(&self) -> FileView {
        FileView {
            id: self.id,
            path: self.path.clone(),
            name: self.name.clone(),
            state: self.state.clone(),
            options: self.options,
            about: self.about.clone(),
            changed: self.changed,
        }
    }

    pub fn is_pending(&self) -> bool {
        matches!(self.state, FileState::Waiting | FileState::Running { .. })
    }

    pub fn is_running(&self) -> bool {
        matches!(self.state, FileState::Running { .. })
    }

    /// How many channels are transcribed apart; `None` if nobody knows yet.
    pub fn channels(&self) -> Option<usize> {
        if !self.options.by_channel {
            return Some(1);
        }
        self.about.as_ref().map(|about| about.channels.max(1))
    }

    /// Whether its next channel can be begun.
    pub fn is_between_channels(&self) -> bool {
        self.is_running() && !self.asked
    }

    /// Whether it can be begun.
    pub fn is_ready(&self) -> bool {
        self.state == FileState::Waiting && self.channels().is_some()
    }

    pub fn show_progress(&mut self) {
        let of = self.channels().unwrap_or(1).max(self.parts.len() + 1) as f32;
        let progress = (self.parts.len() as f32 + self.growing.share()) / of;
        let others = of as u32 - 1 - self.parts.len() as u32;
        let whole = self.growing.whole();
        let left = self.growing.left().map(|left| left + whole.unwrap_or_default() * others);
        self.state = FileState::Running { progress, left, speed: self.growing.speed() };
    }

    /// Begins afresh.
    pub fn wait(&mut self) {
        self.state = FileState::Waiting;
        self.growing = Growing::default();
        self.parts.clear();
    }

    pub fn fail(&mut self, message: String) {
        // The list shows the path already.
        let message = without_path(message, &self.path).into();
        self.state = FileState::Failed { message };
        self.parts.clear();
    }
}

/// A path's last part, for people.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn without_path(message: String, path: &Path) -> String {
    let named = format!("{}: ", path.display());
    if let Some(reason) = message.strip_prefix(&named) {
        return sentence(reason);
    }
    let unreadable = message.strip_prefix("cannot read ").and_then(|rest| rest.strip_prefix(&named));
    unreadable.map(|reason| format!("It cannot be read: {reason}.")).unwrap_or(message)
}
