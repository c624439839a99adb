//! The way of text to other apps on Wayland compositors that let programs type: `wtype` is their keyboard.
//!
//! It needs the compositor's virtual-keyboard protocol, which sway, Hyprland and niri have, and GNOME and KDE
//! have not. Its keyboard has a layout of its own, so that it types any character. Text is typed rather than
//! pasted: nobody says here when a paste was served, and apps made with GTK 3 take its letters, but not its
//! Ctrl+V.

use super::choices::Way;
use super::clipboard::SystemClipboard;
use super::outlet::{Insertion, NotInserted, Outlet};
use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const TOOL: &str = "wtype";
/// Typing 100,000 characters takes no longer.
const TYPING: Duration = Duration::from_secs(120);
/// Pause between two looks at whether it has ended.
const LOOK: Duration = Duration::from_millis(2);
/// Milliseconds that an app gets to take in the layout of a new keyboard.
const LAYOUT_MS: &str = "30";

/// Clipboard and keyboard of such a compositor.
#[derive(Default)]
pub struct Wayland(SystemClipboard);

impl Outlet for Wayland {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        self.0.copy(text)
    }

    fn insert(&mut self, insertion: &Insertion) -> Result<Option<String>, NotInserted> {
        let Insertion { text, way, afterwards, enter, focus, .. } = insertion;
        if self.focused().as_ref() != Some(focus) {
            return Err(NotInserted::Moved);
        }
        run(&["-s", LAYOUT_MS, "-"], text)?;
        if *enter {
            run(&["-s", LAYOUT_MS, "-k", "Return"], "")?;
        }
        // Behind the typing: an app that is told of a new clipboard at that moment may miss all of its letters.
        let to_copy = afterwards.as_deref().filter(|_| *way != Way::Type);
        Ok(to_copy.and_then(|text| self.0.copy(text).err()))
    }
}

/// Whether the tool is there and the compositor lets it type: it lets go of a key that nobody holds.
///
/// # Errors
/// Why not.
pub fn try_out() -> Result<(), NotInserted> {
    run(&["-m", "shift"], "")
}

fn run(arguments: &[&str], input: &str) -> Result<(), NotInserted> {
    let failed = |what: String| NotInserted::Failed(format!("{TOOL} {what}"));
    let mut command = Command::new(TOOL);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut tool = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => NotInserted::Failed(format!("the program {TOOL} is not installed")),
        _ => failed(format!("cannot be started ({error})")),
    })?;
    if let Some(mut stdin) = tool.stdin.take() {
        let input = input.to_owned();
        // A tool that does not read would hold this one up; how it ends says whether it has.
        std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    }
    let end = Instant::now() + TYPING;
    loop {
        match tool.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(_)) => return Err(failed("was refused by the compositor".into())),
            Ok(None) if Instant::now() < end => sleep(LOOK),
            Ok(None) | Err(_) => {
                let _ = tool.kill().and_then(|()| tool.wait());
                return Err(failed("did not come to an end".into()));
            }
        }
    }
}
