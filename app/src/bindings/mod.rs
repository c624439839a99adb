//! Which keys do what: what a person can bind, how it is written, and how it stands. Getting the keys is
//! [another matter](crate::keys).

pub mod chord;
pub mod hints;
mod plan;
mod report;

pub use plan::{Plan, Planned, plan};
pub use report::{Report, Way};

use crate::texts;
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
    /// Every action.
    pub const ALL: [Self; 5] =
        [Self::Toggle, Self::HoldToTalk, Self::Cancel, Self::PasteLast, Self::NextLanguage];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Toggle => texts::action_toggle(),
            Self::HoldToTalk => texts::action_hold(),
            Self::Cancel => texts::cancel(),
            Self::PasteLast => texts::action_paste_last(),
            Self::NextLanguage => texts::action_next_language(),
        }
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
