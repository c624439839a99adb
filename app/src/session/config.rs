//! What a session is made of besides its own state.

use super::snapshot::ModelView;
use crate::capture::OpenMicrophone;
use crate::delivery::Clipboard;
use crate::settings::Store;
use hark_engine::model::ModelSpec;
use std::io;
use std::path::{Path, PathBuf};

/// Everything that a session needs from outside.
pub struct Config {
    /// Where recordings are kept.
    pub recordings: PathBuf,
    /// The model to begin with.
    pub model: ModelChoice,
    /// CPU threads for the engine.
    pub threads: usize,
    /// What is known of models.
    pub models: ModelKnowledge,
    /// What the person chose earlier.
    pub settings: Store,
    /// What of the settings could not be read.
    pub settings_problems: Vec<String>,
    /// How microphones are opened.
    pub open_microphone: OpenMicrophone,
    /// Where finished dictation goes.
    pub clipboard: Box<dyn Clipboard>,
}

/// A model to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelChoice {
    /// For people, and for `--model`.
    pub name: String,
    /// Which one it is.
    pub spec: ModelSpec,
    /// It is the demo model, and nobody asked for it: there is no other.
    pub fallback: bool,
}

/// How the session finds out about models. All of it reads the disk, and is not called by the
/// session's own thread.
#[derive(Clone, Copy)]
pub struct ModelKnowledge {
    /// The models that are there.
    pub list: fn() -> Vec<ModelView>,
    /// The model that a name or path means; the error says what to do.
    pub resolve: fn(&str) -> Result<ModelChoice, String>,
    /// Whether a file has the content of a bundled clip.
    pub is_bundled_clip: fn(&Path) -> io::Result<bool>,
}
