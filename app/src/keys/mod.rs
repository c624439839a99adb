//! Keys that work wherever the focus is.

use crate::session::Manner;
use serde::{Deserialize, Serialize};

/// A key and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The key with its modifiers, such as `Ctrl+Alt+Space` or `F9`.
    pub key: String,
    pub action: Action,
    /// For actions that begin a dictation.
    #[serde(flatten)]
    pub manner: Manner,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Toggle,
    /// Record while the key is held down.
    HoldToTalk,
    Cancel,
    PasteLast,
    NextLanguage,
}
