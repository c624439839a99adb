//! How speech becomes text.

use serde::{Deserialize, Serialize};

/// More languages than this are no choice any more.
pub const MOST_CANDIDATES: usize = 4;

/// How speech becomes text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DictationChoices {
    /// Whether text is shown while it is spoken.
    pub live_text: LiveText,
    /// Languages, by code or English name, among which the one that is spoken is found out; empty is among all.
    pub candidates: Vec<String>,
    /// Names and words that are hard to spell, for the model to have seen.
    pub vocabulary: String,
    /// Minutes without work after which the model is taken out of memory; 0 is never.
    pub unload_after_min: u32,
}

/// When text is shown while it is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveText {
    #[default]
    On,
    /// Not on battery: it takes far more computing than the text alone.
    #[serde(alias = "on mains")]
    OnMains,
    Off,
}
