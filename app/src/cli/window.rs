//! From the command line to the window.

use super::exit::{Complaint, Exit};
use std::process::ExitCode;

/// Opens the window with this model, or with the usual choice, and returns when it is closed.
///
/// The one place where the window is to be wired up.
pub fn open_window(_model: Option<String>) -> ExitCode {
    Complaint::new("this build has no window").hint("`hark --help` lists the commands").print();
    Exit::Failed.into()
}
