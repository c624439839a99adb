//! How the person wants text delivered.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the person wants text delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Insert what was dictated by a key or command into the app that had the focus.
    pub insert: bool,
    /// What becomes of the clipboard.
    pub clipboard: ClipboardMode,
    /// How text gets into apps, by the class of their windows or their app id, where the usual way is wrong.
    pub apps: BTreeMap<String, Way>,
    /// A space follows each insertion. It is not part of the text.
    pub space_after: bool,
    /// Enter follows each insertion.
    pub enter_after: bool,
    /// Line breaks within a text stay as they are in terminals, too, where they may run what stands before them.
    pub line_breaks_in_terminals: bool,
}

/// What becomes of the clipboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClipboardMode {
    /// Each text is put on the clipboard and stays there.
    #[default]
    Copy,
    /// Text is on the clipboard for an insertion only; then what was there comes back.
    Restore,
    /// Nothing is ever put there; insertion types.
    Never,
}

/// A way of text into an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Pasted by Ctrl+V.
    CtrlV,
    /// Pasted by Ctrl+Shift+V, as in most terminals.
    CtrlShiftV,
    /// Pasted by Shift+Insert, as in xterm.
    ShiftInsert,
    /// Typed, key by key.
    Type,
    /// Nothing is inserted into this app.
    Never,
}
