//! Which keys do what: what a person can bind, how it is written, and how it stands. Getting the keys is
//! [another matter](crate::keys).

pub mod chord;
pub mod hints;
mod plan;
mod report;

pub use plan::{Plan, Planned, plan};
pub use report::{Report, Way};

use crate::wish::Manner;
use serde::{Deserialize, Serialize};
use std::time::Duration;

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

impl Action {
    /// Every action, with its name for people.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Toggle, "Start and stop"),
        (Self::HoldToTalk, "Hold to talk"),
        (Self::Cancel, "Cancel"),
        (Self::PasteLast, "Paste the last text"),
        (Self::NextLanguage, "Next language"),
    ];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(action, _)| *action == self).map_or("", |(_, name)| name)
    }

    /// Whether it begins a dictation, so that a [`Manner`] matters.
    pub fn begins(self) -> bool {
        matches!(self, Self::Toggle | Self::HoldToTalk)
    }
}

/// What can be chosen about keys besides the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Seconds after which a key that is held to talk counts as released.
    pub longest_hold_s: u32,
}

impl Default for Choices {
    fn default() -> Self {
        Self { longest_hold_s: 300 }
    }
}

impl Choices {
    /// The longest hold, a second at least.
    pub fn longest_hold(&self) -> Duration {
        Duration::from_secs(self.longest_hold_s.max(1).into())
    }
}
