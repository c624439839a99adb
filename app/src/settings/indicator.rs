//! What a person can choose of what shows how dictation stands.

use serde::{Deserialize, Serialize};

/// What a person can choose of what shows how dictation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndicatorChoices {
    /// A small sign over other apps while somebody dictates into them.
    pub overlay: bool,
    /// An icon among those of the desktop's panel.
    pub tray: bool,
    /// Closing the window leaves Hark running, as long as the icon is really there.
    pub stay_in_tray: bool,
    /// The desktop is told what goes wrong, and that files are done, while the window has not the focus.
    pub notifications: bool,
    /// What else the loudspeaker plays is lowered while somebody dictates.
    pub lower_other_audio: bool,
    /// A short sound when one can speak, and another when nobody listens any more.
    pub sounds: bool,
}

impl Default for IndicatorChoices {
    fn default() -> Self {
        Self {
            overlay: true,
            tray: true,
            stay_in_tray: false,
            notifications: true,
            lower_other_audio: false,
            sounds: false,
        }
    }
}
