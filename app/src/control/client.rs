//! The other side of the socket: Hark's own commands.

use super::ControlError;
use super::place;
use super::protocol::{Answer, Request};
use crate::text::reason;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A window that is just opening answers when its session begins.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the running Hark answers, line by line.
#[derive(Debug)]
pub struct Answers {
    lines: BufReader<UnixStream>,
}

/// Asks the Hark that runs in the usual place.
///
/// # Errors
/// [`ControlError::NotRunning`], or whatever else keeps it from being asked.
pub fn ask(request: &Request) -> Result<Answers, ControlError> {
    ask_in(&place::folder(), request)
}

/// As [`ask`], in a folder of the caller's.
pub(super) fn ask_in(folder: &Path, request: &Request) -> Result<Answers, ControlError> {
    let socket = place::socket_in(folder)?;
    let mut stream = UnixStream::connect(socket).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => ControlError::NotRunning,
        _ => no_answer(&error),
    })?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(|e| no_answer(&e))?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(|e| no_answer(&e))?;
    let line = request.to_line().map_err(|e| ControlError::NoAnswer(e.to_string()))?;
    match stream.write_all(line.as_bytes()) {
        // Who refuses does not read to the end, and says why.
        Err(error) if !is_closed(&error) => return Err(no_answer(&error)),
        _ => {}
    }
    Ok(Answers { lines: BufReader::new(stream) })
}

impl Answers {
    /// The next answer; `None` after the last. Only the first is waited for with a limit.
    ///
    /// # Errors
    /// [`ControlError::Refused`] if the request was refused, [`ControlError::NoAnswer`] if there is none
    /// in time or it makes no sense.
    pub fn next(&mut self) -> Result<Option<Answer>, ControlError> {
        let mut line = Vec::new();
        match self.lines.read_until(b'\n', &mut line) {
            Ok(_) => {}
            Err(error) if is_closed(&error) => return Ok(None),
            Err(error) => return Err(no_answer(&error)),
        }
        if line.is_empty() {
            return Ok(None);
        }
        // Changes may be hours apart.
        self.lines.get_ref().set_read_timeout(None).map_err(|e| no_answer(&e))?;
        match Answer::parse(&line) {
            Ok(Answer::Refused(refusal)) => Err(refusal.into()),
            Ok(answer) => Ok(Some(answer)),
            Err(_) => Err(ControlError::NoAnswer("it is not the Hark that was expected".into())),
        }
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}

fn no_answer(error: &io::Error) -> ControlError {
    ControlError::NoAnswer(match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "nothing came in time".into(),
        _ => reason(error),
    })
}
