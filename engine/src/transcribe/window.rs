//! What is asked about one window, whatever recording it is from.

use super::Options;
use crate::mel::MelWindow;
use crate::transcript::Token;

/// A stretch of a recording that is given to the model, at most 30 s long.
pub(super) struct Window {
    /// Mel frame at which it begins.
    pub(super) seek: usize,
    /// Its length in mel frames.
    pub(super) frames: usize,
    pub(super) mel: MelWindow,
}

/// What a recording wants to be done with its windows.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) options: &'a Options,
    pub(super) sot_sequence: &'a [Token],
    /// The text before the window.
    pub(super) prompt: &'a [Token],
}
