//! What can be wished of dictation, by whom, and how.

use crate::desktop::Focus;
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
    /// Make the text that was last offered after all: of a discarded recording, or of one in which nothing was heard.
    Undo,
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
