//! `hark completions` and `hark manual`: what the command line says of itself, for shells and for `man`.

use super::args::Args;
use super::exit::{Complaint, Exit, Failure};
use super::stdout;
use crate::text::reason;
use clap::CommandFactory;
use clap_complete::Shell;
use std::path::Path;

/// Prints what makes this shell complete Hark's commands and options.
pub fn completions(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "hark", &mut script);
    stdout::put(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}

/// Writes a page for each command, `hark.1` and `hark-NAME.1`.
pub fn pages(folder: &Path) -> Result<Exit, Failure> {
    clap_mangen::generate_to(Args::command(), folder).map_err(|error| {
        Exit::Failed.with(Complaint::new(format!("cannot write the pages: {}", reason(&error))))
    })?;
    Ok(Exit::Ok)
}
