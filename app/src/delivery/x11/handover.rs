//! Hands the clipboard's content to a [process of its own](super::holder) when Hark ends.

use super::content::Content;
use std::io::{self, Read};
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
