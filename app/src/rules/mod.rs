//! What is done to a dictation's text before it is delivered.

use serde::{Deserialize, Serialize};

/// The person's rules, in the order in which they are applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {}

/// A text that the rules were applied to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What is delivered.
    pub text: String,
    /// Each rule that changed something, and the text after it.
    pub steps: Vec<Step>,
    /// What went wrong, for people; the text was kept.
    pub problems: Vec<String>,
}

/// One rule's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub rule: &'static str,
    pub text: String,
}

impl Rules {
    /// Applies every rule to the text of a dictation in this language, given by its code if it is known.
    /// Takes as long as the person's filter program does, and at most five seconds longer.
    pub fn apply(&self, text: &str, language: Option<&str>) -> Applied {
        let _ = language;
        Applied { text: text.to_owned(), ..Applied::default() }
    }
}
