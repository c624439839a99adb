//! What was chosen for dictation into other apps.

use super::indicator::IndicatorChoices;
use crate::bindings::{self, Binding};
use crate::delivery;
use crate::rules::Rules;
use serde::{Deserialize, Serialize};

/// What was chosen for dictation into other apps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Anywhere {
    /// Keys of the desktop.
    pub keys: Vec<Binding>,
    /// What else is chosen about them.
    #[serde(rename = "holding_keys")]
    pub holding: bindings::Choices,
    /// The person's languages, by code or English name, in the order of `next language`.
    pub languages: Vec<String>,
    /// What is done to the text.
    #[serde(rename = "text_rules")]
    pub rules: Rules,
    /// Where it goes.
    pub delivery: delivery::Choices,
    /// What shows how dictation stands.
    pub indicator: IndicatorChoices,
}
