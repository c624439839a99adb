//! The desktop: where the window, the keys, the text and the sign of dictation go.

use super::{Check, remedies};
use crate::{delivery, keys as bound};
use std::env;

/// The display that the window opens on.
pub fn display() -> Check {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    match (set("WAYLAND_DISPLAY"), set("DISPLAY")) {
        (true, _) => Check::ok("display", "Wayland"),
        (false, true) => Check::ok("display", "X11"),
        _ if cfg!(target_os = "linux") => {
            Check::warn("display", "neither WAYLAND_DISPLAY nor DISPLAY is set", remedies::NO_DISPLAY)
        }
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
        (true, _) => Check::warn("keys", found, remedies::NO_KEYS),
        (false, false) => Check::warn("keys", found, remedies::OTHER_KEYS),
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
    match delivery::self_test() {
        Ok(report) if report.works() => Check::ok("tried out", report.to_string()),
        Ok(report) => Check::fail("tried out", report.to_string(), remedies::INSERTION),
        Err(why) => Check::warn("tried out", why, remedies::INSERTION),
    }
}

/// What shows over other apps how dictation stands.
#[cfg(target_os = "linux")]
pub fn indicator() -> Check {
    match crate::indicator::check() {
        Ok(way) => Check::ok("indicator", format!("shown over other apps ({way})")),
        Err(why) => Check::warn("indicator", format!("not over other apps: {why}"), remedies::NO_INDICATOR),
    }
}

/// What shows over other apps how dictation stands.
#[cfg(not(target_os = "linux"))]
pub fn indicator() -> Check {
    Check::warn("indicator", "not on this system yet", "look at Hark's window")
}
