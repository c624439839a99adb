//! What is done to a dictation's text before it is delivered.
//!
//! The order is fixed: [spoken commands](commands), [replacements], [fillers], then the
//! person's [filter program](filter). Each takes the text as the one before has left it, and each but the
//! replacements is off until it is switched on. What goes wrong costs its own rule and never the text.

mod commands;
mod fillers;
mod filter;
mod replacements;
mod spoken;
mod words;

pub use fillers::{Fillers, built_in as built_in_fillers};
pub use filter::{Filter, FilterError};
pub use replacements::{Matching, Replacement};

use serde::{Deserialize, Serialize};

/// The person's rules, in the order in which they are applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Whether words such as "new line" and "comma" are obeyed rather than written.
    pub commands: bool,
    /// What is written in place of what was heard.
    pub replacements: Vec<Replacement>,
    /// What is said without being meant.
    pub fillers: Fillers,
    /// A program that has the last word.
    pub filter: Filter,
}

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
    /// Which rule, for people.
    pub rule: &'static str,
    /// The text after it.
    pub text: String,
}

impl Rules {
    /// Applies every rule to the text of a dictation in this language, given by its code if it is known.
    /// Takes as long as the person's filter program does, and at most five seconds longer than without it.
    pub fn apply(&self, text: &str, language: Option<&str>) -> Applied {
        let mut applied = self.rewrite(text, language);
        match self.filter.run(&applied.text, language) {
            Ok(Some(text)) => applied.take("filter program", text),
            Ok(None) => {}
            Err(problem) => applied.problems.push(problem.to_string()),
        }
        applied
    }

    /// Applies the rules that start no program: the same text always becomes the same.
    pub fn rewrite(&self, text: &str, language: Option<&str>) -> Applied {
        let language = language.map_or_else(|| "en".to_owned(), words::language);
        let mut applied = Applied { text: text.to_owned(), ..Applied::default() };
        if self.commands {
            let text = commands::carry_out(&applied.text, &language);
            applied.take("spoken commands", text);
        }
        if !self.replacements.is_empty() {
            let (text, problems) = replacements::replace(&self.replacements, &applied.text);
            applied.take("replacements", text);
            applied.problems = problems;
        }
        if self.fillers.on {
            let text = fillers::leave_out(&self.fillers.of(&language), &applied.text);
            applied.take("fillers", text);
        }
        applied
    }
}

impl Applied {
    fn take(&mut self, rule: &'static str, text: String) {
        if text != self.text {
            self.text.clone_from(&text);
            self.steps.push(Step { rule, text });
        }
    }
}

#[cfg(test)]
mod tests;
