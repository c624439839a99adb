//! The person's filter program: the text goes in at its standard input and comes out at its standard output.
//!
//! Nothing that the program does can cost the text or more than [`LIMIT`]: what it prints is read while the
//! text is written, each on a thread of its own, and a program that takes too long is ended with everything
//! that it has started.

use crate::text::reason;
use crossbeam_channel::{Receiver, bounded};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take, from its start until the last of its output has been read.
const LIMIT: Duration = Duration::from_secs(5);
/// What a program may print, in bytes.
const OUTPUT: usize = 1 << 20;
/// What is kept of a program's complaints, in bytes.
const COMPLAINTS: usize = 4096;
/// How long the complaints of a program that has ended are waited for: others may hold them open.
const COMPLAINING: Duration = Duration::from_millis(100);

/// The program that has the last word about a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Whether it is run.
    pub on: bool,
    /// The program and its arguments, as they are: no shell is between.
    pub command: Vec<String>,
}

/// Why the text stays as it was before the program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The text is as it was before the filter program {program:?}: {why}.")]
pub struct FilterError {
    program: String,
    why: Why,
}

/// What went wrong with a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("no program is named")]
    Nameless,
    #[error("it cannot be started ({0})")]
    NotStarted(String),
    #[error("it took longer than {} s and was ended", LIMIT.as_secs())]
    TooLong,
    #[error("it had ended, but something that it started still held its output after {} s", LIMIT.as_secs())]
    HeldOpen,
    #[error("it printed more than {} MB and was ended", OUTPUT >> 20)]
    TooMuch,
    #[error("it failed ({0})")]
    Failed(String),
    #[error("what it printed is no text")]
    NoText,
    #[error("it printed nothing")]
    Nothing,
    #[error("it did not read the whole text")]
    NotRead,
    #[error("its output cannot be read ({0})")]
    Unreadable(String),
}

impl Filter {
    /// Runs the program, if there is one that is on, and returns what it made of the text. The environment
    /// variable `HARK_LANGUAGE` tells it the code of the language, if that is known. A text without words
    /// is not given to it.
    ///
    /// # Errors
    /// If the program made no text of it, for whatever reason.
    pub fn run(&self, text: &str, language: Option<&str>) -> Result<Option<String>, FilterError> {
        if !self.on || text.trim().is_empty() {
            return Ok(None);
        }
        let fail = |why| FilterError { program: self.command.first().cloned().unwrap_or_default(), why };
        let (program, arguments) = self.command.split_first().ok_or_else(|| fail(Why::Nameless))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("HARK_LANGUAGE").envs(language.map(|code| ("HARK_LANGUAGE", code)));
        in_a_group_of_its_own(&mut command);
        let deadline = Instant::now() + LIMIT;
        let child = command.spawn().map_err(|error| fail(Why::NotStarted(reason(&error))))?;
        let printed = converse(child, text, deadline).map_err(fail)?;
        understood(printed, text).map(Some).map_err(fail)
    }
}

/// What a program printed, once it has ended well.
fn converse(mut child: Child, text: &str, deadline: Instant) -> Result<Vec<u8>, Why> {
    let spoken = exchange(&mut child, text, deadline).and_then(|ways| {
        let printed = ways.printed.recv_deadline(deadline).map_err(|_| late(&mut child))?;
        let printed = printed.map_err(|error| Why::Unreadable(reason(&error)))?;
        if printed.len() > OUTPUT {
            return Err(Why::TooMuch);
        }
        let status = ended(&mut child, deadline)?;
        if !status.success() {
            let complaint = ways.complaints.recv_timeout(COMPLAINING).ok().and_then(Result::ok);
            return Err(Why::Failed(failure(status, &complaint.unwrap_or_default())));
        }
        let written = ways.written.recv_deadline(deadline).unwrap_or(false);
        if written { Ok(printed) } else { Err(Why::NotRead) }
    });
    // Those that have ended have given their number back.
    let has_ended = matches!(spoken, Ok(_) | Err(Why::Failed(_) | Why::NotRead));
    if !has_ended {
        end_all(&mut child);
    }
    spoken
}

/// What comes from the threads that speak with a program. Each ends with its pipe.
struct Ways {
    printed: Receiver<io::Result<Vec<u8>>>,
    complaints: Receiver<io::Result<Vec<u8>>>,
    /// Whether all of the text was taken.
    written: Receiver<bool>,
}

fn exchange(child: &mut Child, text: &str, deadline: Instant) -> Result<Ways, Why> {
    let unreadable = || Why::Unreadable("it has none".into());
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take().ok_or_else(unreadable)?);
    let stderr = child.stderr.take().ok_or_else(unreadable)?;
    let no_thread = |error: io::Error| Why::NotStarted(reason(&error));
    let (tell, written) = bounded(1);
    let text = text.to_owned();
    let write = move || {
        let result = stdin.map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()));
        let _ = tell.send(result.is_ok());
    };
    thread::Builder::new().name("hark-filter-in".into()).spawn(write).map_err(no_thread)?;
    let (tell, printed) = bounded(1);
    let read = move || {
        let mut bytes = Vec::new();
        let result = stdout.take(OUTPUT as u64 + 1).read_to_end(&mut bytes);
        let _ = tell.send(result.map(|_| bytes));
    };
    thread::Builder::new().name("hark-filter-out".into()).spawn(read).map_err(no_thread)?;
    let (tell, complaints) = bounded(1);
    let listen = move || {
        let (mut bytes, mut stderr) = (Vec::new(), stderr);
        let result = (&mut stderr).take(COMPLAINTS as u64).read_to_end(&mut bytes);
        let more = bytes.len() == COMPLAINTS;
        let _ = tell.send(result.map(|_| bytes));
        if more && Instant::now() < deadline {
            // It may go on complaining as long as it lives.
            let _ = io::copy(&mut stderr, &mut io::sink());
        }
    };
    thread::Builder::new().name("hark-filter-err".into()).spawn(listen).map_err(no_thread)?;
    Ok(Ways { printed, complaints, written })
}

/// Waits for the end of a program that has closed its output: it comes at once, as a rule.
fn ended(child: &mut Child, deadline: Instant) -> Result<ExitStatus, Why> {
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() >= deadline => return Err(Why::TooLong),
            Ok(None) => thread::sleep(pause),
            Err(error) => return Err(Why::Failed(reason(&error))),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// The text in what was printed. A line break at the end that was not in the text is the program's habit.
fn understood(printed: Vec<u8>, text: &str) -> Result<String, Why> {
    let printed = String::from_utf8(printed).map_err(|_| Why::NoText)?.replace("\r\n", "\n");
    if printed.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Why::NoText);
    }
    if printed.trim().is_empty() {
        return Err(Why::Nothing);
    }
    let breaks = |text: &str| text.len() - text.trim_end_matches('\n').len();
    let habit = usize::from(breaks(&printed) > breaks(text));
    Ok(printed[..printed.len() - habit].to_owned())
}

/// How a program failed, with the last line of what it said about that.
fn failure(status: ExitStatus, complaint: &[u8]) -> String {
    let complaint = String::from_utf8_lossy(complaint);
    let last = complaint.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last: String = last.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
    if last.is_empty() { status.to_string() } else { format!("{status}; it says: {last}") }
}

#[cfg(unix)]
fn in_a_group_of_its_own(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn in_a_group_of_its_own(_: &mut Command) {}

/// Why a program's output has no end in time. It is not waited for: until it is, nobody else gets its number.
#[cfg(unix)]
fn late(child: &mut Child) -> Why {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(Pid::from_child(child)), options) {
        Ok(Some(_)) => Why::HeldOpen,
        _ => Why::TooLong,
    }
}

#[cfg(not(unix))]
fn late(_: &mut Child) -> Why {
    Why::TooLong
}

/// Ends a program and what it has started.
fn end_all(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        // Fails if all have ended by themselves.
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
    // What was killed ends at once, unless it hangs in the system, where waiting does not help.
    let _ = ended(child, Instant::now() + Duration::from_millis(200));
}

#[cfg(test)]
#[cfg(unix)]
#[path = "filter_tests.rs"]
mod tests;
