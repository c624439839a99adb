//! `hark keys`: which keys work everywhere, and what to write into the desktop's settings for the others.

use super::exit::{Exit, Failure};
use super::stdout;
use crate::bindings::hints::{Desktop, hint};
use crate::bindings::{Plan, Planned};
use crate::control::KeysStatus;
use crate::keys::{planned, standing};
use crate::language;
use std::fmt::Write;

/// Prints the bindings, how they stand, and the lines for each desktop, the one that runs first.
pub fn run() -> Result<Exit, Failure> {
    let plan = planned();
    stdout::put(&text(&plan, &standing(&plan), Desktop::running()))?;
    Ok(Exit::Ok)
}

fn text(plan: &Plan, standing: &KeysStatus, running: Option<Desktop>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for Planned { chord, action, manner } in &plan.keys {
        let _ = write!(text, "{:<18} {}", chord.to_string(), action.name());
        if action.begins() {
            if let Some(code) = &manner.language {
                let _ = write!(text, ", {}", language::name_of(code));
            }
            for (asked, words) in [(manner.translate, ", into English"), (manner.enter, ", then Enter")] {
                text.push_str(if asked { words } else { "" });
            }
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{}{}", if plan.keys.is_empty() { "" } else { "\n" }, standing.way);
    for problem in &standing.problems {
        let _ = writeln!(text, "{problem}");
    }
    if plan.keys.is_empty() {
        text.push_str("Keys are chosen in the window, under “Dictate anywhere”.\n");
        return text;
    }
    let others = Desktop::ALL.into_iter().map(|(desktop, _)| desktop).filter(|d| Some(*d) != running);
    for desktop in running.into_iter().chain(others) {
        let hint = hint(desktop, &plan.keys);
        let here = if Some(desktop) == running { " (this desktop)" } else { "" };
        let _ = writeln!(text, "\n{}{here}: {}", desktop.name(), hint.how);
        for line in hint.lines {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::{Action, Binding, Choices, plan};
    use crate::session::Manner;

    #[test]
    fn keys_come_with_how_they_stand_and_this_desktop_first() {
        let manner = Manner { language: Some("de".into()), translate: true, enter: true };
        let bindings = [
            Binding { key: "ctrl+alt+space".into(), action: Action::Toggle, manner },
            Binding { key: "F8".into(), action: Action::Cancel, manner: Manner::default() },
        ];
        let plan = plan(&bindings, &Choices::default());
        let problems = vec!["F8 is taken.".to_owned()];
        let standing = KeysStatus { way: "one key grabbed on X11".into(), nowhere: false, problems };
        let text = text(&plan, &standing, Some(Desktop::Niri));
        let mut lines = text.lines();
        let expected = [
            "Ctrl+Alt+Space     Start and stop, German, into English, then Enter",
            "F8                 Cancel",
            "",
            "one key grabbed on X11",
            "F8 is taken.",
            "",
        ];
        assert_eq!(lines.by_ref().take(6).collect::<Vec<_>>(), expected);
        assert!(lines.next().unwrap().starts_with("niri (this desktop): "));
        assert_eq!(text.matches("(this desktop)").count(), 1);
    }
}
