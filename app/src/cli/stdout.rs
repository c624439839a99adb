//! Standard output, flushed piece by piece so that a reader sees text as it comes.

use super::exit::{Complaint, Exit, Failure};
use crate::text::reason;
use std::io::{self, ErrorKind, Write};

/// Writes a text and flushes it.
///
/// # Errors
/// If nobody reads any more (a quiet end, as `hark … | head` wants it), or the output cannot be
/// written.
pub fn put(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Exit::Ok.quietly(),
        _ => {
            Exit::Failed.with(Complaint::new(format!("cannot write to standard output: {}", reason(&error))))
        }
    })
}

/// Writes a value as indented JSON with a line break.
///
/// # Errors
/// As for [`put`].
pub fn put_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Exit::Failed.with(Complaint::new(format!("cannot write JSON: {error}"))))?;
    put(&(text + "\n"))
}
