//! How the window looks, and what language it speaks.

use crate::texts;
use serde::{Deserialize, Serialize};

/// How the window looks and speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowChoices {
    /// What language it speaks.
    pub language: texts::Choice,
    pub theme: Theme,
    /// Size of everything, in percent of what the desktop asks for.
    pub scale_percent: u16,
}

impl Default for WindowChoices {
    fn default() -> Self {
        Self { language: texts::Choice::System, theme: Theme::System, scale_percent: 100 }
    }
}

impl WindowChoices {
    /// The size as a factor, within what can be used: at 25 % nobody finds the setting again.
    pub fn zoom(self) -> f32 {
        f32::from(self.scale_percent.clamp(50, 300)) / 100.0
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the desktop.
    #[default]
    System,
    Light,
    Dark,
}
