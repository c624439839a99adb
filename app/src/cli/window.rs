//! From the command line to the window.

use super::exit::{Complaint, Exit, Failure};
use super::machine;
use crate::gui;
use crate::session::{Config, ConfigError, Session};

/// Opens the window with this model, or with the usual choice, and returns when it is closed and
/// everything is on disk.
pub fn open_window(model: Option<&str>) -> Result<Exit, Failure> {
    let config = Config::of_this_machine(model, machine::physical_cores()).map_err(|error| {
        let complaint = Complaint::new(error.to_string());
        match error {
            ConfigError::Model(_) => Exit::Model.with(complaint.hint("`hark models` lists what is found")),
            ConfigError::Homeless => Exit::Failed.with(complaint),
        }
    })?;
    let mut session = None;
    let closed = gui::run(|wake| {
        let handle = Session::spawn(config, wake)?;
        session = Some(handle.join);
        Ok((handle.commands, handle.snapshots))
    });
    // The window has dropped its sender, so the session finishes what is on disk and ends.
    let ended = session.is_none_or(|session| session.join().is_ok());
    closed.map_err(|error| {
        let complaint = Complaint::new(format!("cannot open a window: {error}"));
        Exit::Failed.with(complaint.hint("the command line works without one: `hark transcribe FILE`"))
    })?;
    if ended {
        return Ok(Exit::Ok);
    }
    let complaint = Complaint::new("the session ended by a defect of its own");
    Err(Exit::Failed
        .with(complaint.hint("please report it; recordings are kept and found at the next start")))
}
