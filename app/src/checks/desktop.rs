//! The desktop: where the window, the keys, the text and the sign of dictation go.

use super::Check;
use crate::{delivery, keys as bound};
use std::env;

/// The display that the window opens on.
pub fn display() -> Check {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    match (set("WAYLAND_DISPLAY"), set("DISPLAY")) {
        (true, _) => Check::ok("display", "Wayland"),
        (false, true) => Check::ok("display", "X11"),
        _ if cfg!(target_os = "linux") => Check::warn(
            "display",
            "neither WAYLAND_DISPLAY nor DISPLAY is set",
            "start the window from a desktop session; commands work without one",
        ),
        _ => Check::ok("display", "the system's own"),
    }
}

/// The keys that work everywhere.
pub fn keys() -> Check {
    let standing = bound::standing(&bound::planned());
    let found =
        std::iter::once(standing.way).chain(standing.problems.iter().cloned()).collect::<Vec<_>>().join("; ");
    match (standing.nowhere, standing.problems.is_empty()) {
        (false, true) => Check::ok("keys", found),
        (true, _) => Check::warn(
            "keys",
            found,
            "let the desktop's settings run `hark toggle`; `hark keys` has the lines",
        ),
        (false, false) => {
            Check::warn("keys", found, "choose other keys in the window, under “Dictate anywhere”")
        }
    }
}

/// How text comes into other apps.
pub fn insertion() -> Check {
    match (delivery::readiness(), delivery::chords()) {
        (Ok(found), Ok(())) => Check::ok("insertion", found),
        (Ok(found), Err(but)) => Check::ok("insertion", format!("{found}. {but}")),
        (Err((found, fix)), _) => Check::warn("insertion", found, fix),
    }
}

/// What comes of inserting text into a window of Hark's own, which takes the focus for a moment.
pub fn tried_out() -> Check {
    let fix = "in the app's row under “Dictate anywhere”, choose a way that works, or paste by hand";
    match delivery::self_test() {
        Ok(report) if report.works() => Check::ok("tried out", report.to_string()),
        Ok(report) => Check::fail("tried out", report.to_string(), fix),
        Err(why) => Check::warn("tried out", why, fix),
    }
}

/// What shows over other apps how dictation stands.
#[cfg(target_os = "linux")]
pub fn indicator() -> Check {
    match crate::indicator::check() {
        Ok(way) => Check::ok("indicator", format!("shown over other apps ({way})")),
        Err(why) => Check::warn(
            "indicator",
            format!("not over other apps: {why}"),
            "the icon in the panel shows how dictation stands, and `hark status --follow` tells it",
        ),
    }
}

/// What shows over other apps how dictation stands.
#[cfg(not(target_os = "linux"))]
pub fn indicator() -> Check {
    Check::warn("indicator", "not on this system yet", "look at Hark's window")
}
