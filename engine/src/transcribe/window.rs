//! What is asked about one window, whatever recording it is from.

use super::Options;
use crate::mel::MelWindow;
use crate::transcript::Token;

/// A stretch of a recording that is given to the model, at most 30 s long.
pub(crate) struct Window {
    /// Mel frame at which it begins.
    pub(crate) seek: usize,
    /// Its length in mel frames.
    pub(crate) frames: usize,
    pub(crate) mel: MelWindow,
    /// The voice gate was asked, and heard somebody in it.
    pub(crate) speaks: bool,
}

/// What a recording wants to be done with its next window.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) options: Options,
    pub(crate) sot_sequence: Vec<Token>,
    /// The text before the window.
    pub(crate) prompt: Vec<Token>,
    /// A window without a word is not believed.
    pub(crate) some_word: bool,
}
