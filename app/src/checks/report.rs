//! The checks as a text to give to somebody else, without what tells who the person is.

use super::{Check, without_folders};
use std::env;

/// Names shorter than this stand in too many other words.
const SHORTEST_NAME: usize = 3;

/// The checks as text for others: no folders, no name of the person or the computer, and no name of a microphone,
/// which often has the person's.
pub fn report(checks: Vec<Check>) -> String {
    without_names(checks, &secrets())
}

/// A text without the names of the person, their folder and the computer.
pub fn without_persons(text: String) -> String {
    without_secrets(text, &secrets())
}

/// What tells who the person is, and what stands instead.
fn secrets() -> [(Option<String>, &'static str); 3] {
    let home = directories::BaseDirs::new().map(|folders| folders.home_dir().display().to_string());
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| env::var(name).ok());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    [(home, "~"), (user, "[user]"), (host, "[computer]")]
}

fn without_names(checks: Vec<Check>, secrets: &[(Option<String>, &str)]) -> String {
    let mut checks = without_folders(checks);
    for check in &mut checks {
        if check.name == "microphone" && check.fix.is_none() {
            check.found = "works".into();
        }
    }
    let mut text =
        format!("Hark {} on {} {}\n", env!("CARGO_PKG_VERSION"), env::consts::OS, env::consts::ARCH);
    text.push_str(&super::text(&checks));
    without_secrets(text, secrets)
}

fn without_secrets(mut text: String, secrets: &[(Option<String>, &str)]) -> String {
    for (secret, instead) in secrets {
        let secret = secret.as_deref().unwrap_or_default().trim();
        if secret.len() >= SHORTEST_NAME && secret != "root" {
            text = replace_words(&text, secret, instead);
        }
    }
    text
}

/// Replaces a name where it does not stand inside of a longer word.
fn replace_words(text: &str, name: &str, instead: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let part = |c: char| c.is_alphanumeric();
        let inside = before.chars().next_back().is_some_and(part) || after.chars().next().is_some_and(part);
        replaced.push_str(before);
        replaced.push_str(if inside { name } else { instead });
        rest = after;
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_nobody() {
        let home = format!("{}home{}ada", std::path::MAIN_SEPARATOR, std::path::MAIN_SEPARATOR);
        let checks = vec![
            Check::ok("microphone", "Ada's headset"),
            Check::warn("models", format!("{home}/x is broken; adamant"), "ask ada, on babbage").at(&home),
            Check::fail("microphone", "the sound system does not answer", "restart it"),
        ];
        let secrets = [
            (Some(home.clone()), "~"),
            (Some("ada".into()), "[user]"),
            (Some("babbage\n".into()), "[computer]"),
        ];
        let text = without_names(checks, &secrets);
        let lines: Vec<_> = text.lines().skip(1).collect();
        let expected = [
            "ok    microphone  works",
            "warn  models      ~/x is broken; adamant",
            "                  fix: ask [user], on [computer]",
            "FAIL  microphone  the sound system does not answer",
            "                  fix: restart it",
        ];
        assert_eq!(lines, expected);
        assert!(text.starts_with("Hark "));
    }
}
