//! From the bindings as they were written to keys that can be asked for.

use super::chord::{Chord, ChordError};
use super::{Action, Binding, Choices};
use crate::language;
use crate::wish::Manner;
use std::time::Duration;

/// What is to be asked of the desktop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub keys: Vec<Planned>,
    pub longest_hold: Duration,
    /// Bindings that cannot be, and why, one sentence each.
    pub problems: Vec<String>,
    /// For a moment, the keys are left to the window that has the focus.
    pub resting: bool,
}

/// A binding that can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub chord: Chord,
    pub action: Action,
    pub manner: Manner,
}

/// Why a binding cannot be.
#[derive(Debug, thiserror::Error)]
enum BindingError {
    #[error("The key {0:?} is not bound: {1}.")]
    Chord(String, ChordError),
    #[error("{key} is bound twice: it already stands for “{}”; give one of them another key.", action.name())]
    Twice { key: String, action: Action },
    #[error("{0} is not bound: {1}.")]
    Language(String, language::UnknownLanguage),
}

/// Reads the bindings; the first of several with the same key holds.
pub fn plan(bindings: &[Binding], choices: &Choices) -> Plan {
    let mut plan = Plan { longest_hold: choices.longest_hold(), ..Plan::default() };
    // One without a key is still being written.
    for binding in bindings.iter().filter(|binding| !binding.key.trim().is_empty()) {
        match planned(binding, &plan.keys) {
            Ok(key) => plan.keys.push(key),
            Err(error) => plan.problems.push(error.to_string()),
        }
    }
    plan
}

fn planned(binding: &Binding, earlier: &[Planned]) -> Result<Planned, BindingError> {
    let Binding { key, action, manner } = binding;
    let chord: Chord = key.parse().map_err(|error| BindingError::Chord(key.clone(), error))?;
    let name = chord.to_string();
    if let Some(other) = earlier.iter().find(|other| other.chord == chord) {
        return Err(BindingError::Twice { key: name, action: other.action });
    }
    let known = language::code_of(manner.language.as_deref());
    let language = known.map_err(|error| BindingError::Language(name, error))?;
    Ok(Planned { chord, action: *action, manner: Manner { language, ..manner.clone() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(key: &str, action: Action, language: Option<&str>) -> Binding {
        let manner = Manner { language: language.map(str::to_owned), ..Manner::default() };
        Binding { key: key.into(), action, manner }
    }

    #[test]
    fn what_cannot_be_bound_costs_only_itself() {
        let bindings = [
            binding("f9", Action::Toggle, Some("German")),
            binding("Space", Action::Toggle, None),
            binding("F9", Action::Cancel, None),
            binding(" ", Action::Toggle, None),
            binding("F10", Action::HoldToTalk, Some("klingon")),
            binding("Ctrl+Alt+Space", Action::HoldToTalk, None),
        ];
        let plan = plan(&bindings, &Choices::default());
        let keys: Vec<_> =
            plan.keys.iter().map(|key| (key.chord.to_string(), key.manner.language.as_deref())).collect();
        assert_eq!(keys, [("F9".into(), Some("de")), ("Ctrl+Alt+Space".into(), None)]);
        let expected = [
            "The key \"Space\" is not bound: Space alone would be missing in every other app; add a modifier, such as Ctrl+Alt+Space.",
            "F9 is bound twice: it already stands for “Start and stop”; give one of them another key.",
            "F10 is not bound: there is no language \"klingon\"; write a code such as de, its English name, or auto.",
        ];
        assert_eq!(plan.problems, expected);
        assert_eq!(plan.longest_hold, Duration::from_secs(300));
    }
}
