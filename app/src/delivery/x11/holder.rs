//! A small process that keeps the clipboard's content when Hark has ended, until somebody copies
//! something else, as xclip does.

use super::content::Content;
use super::owner;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// The hidden command by which the same program becomes the keeper.
pub const COMMAND: &str = "hold-clipboard";

/// Starts the keeper and waits until it owns the clipboard. Reading ends when it does, in any case.
///
/// # Errors
/// If there is no such process to have.
pub fn start(content: &Content) -> io::Result<()> {
    let mut keeper = Command::new(std::env::current_exe()?)
        .arg(COMMAND)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // What ends Hark's group from a terminal does not end this.
        .process_group(0)
        .spawn()?;
    if let Some(mut input) = keeper.stdin.take() {
        content.write(&mut input)?;
    }
    if let Some(mut output) = keeper.stdout.take() {
        // One byte when it is ready; the end if it is not going to be.
        let _ = output.read(&mut [0; 1])?;
    }
    Ok(())
}

/// Is the keeper: reads content from standard input and returns when somebody else owns the clipboard.
///
/// # Errors
/// What happened, for people.
pub fn keep() -> Result<(), String> {
    let content = Content::read(&mut io::stdin().lock()).map_err(|e| e.to_string())?;
    owner::hold(content, || {
        let _ = io::stdout().write_all(b"\n").and_then(|()| io::stdout().flush());
    })
}
