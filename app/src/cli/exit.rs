//! How a command ends, and how it says what went wrong.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// The exit codes. They are part of the interface and do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Ok = 0,
    Failed = 1,
    Usage = 2,
    DemoOnly = 3,
    Model = 4,
    NotRunning = 5,
    Worse = 6,
    Interrupted = 130,
}

const MEANINGS: [(Exit, &str); 8] = [
    (Exit::Ok, "everything was done"),
    (Exit::Failed, "a file failed, or something could not be read or written"),
    (Exit::Usage, "wrong usage"),
    (Exit::DemoOnly, "only the demo model is there, and the audio is not one of its clips"),
    (Exit::Model, "the model is unknown or cannot be used"),
    (Exit::NotRunning, "no Hark is running that could be asked"),
    (Exit::Worse, "something is worse than what was kept of it (`hark bench --compare`)"),
    (Exit::Interrupted, "interrupted; what was finished is kept"),
];

/// The codes and their meanings, for the end of `--help`.
pub fn meanings() -> String {
    let mut text = String::from("Exit codes:\n");
    for (exit, meaning) in MEANINGS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:>3}  {meaning}", exit as u8);
    }
    text.pop();
    text
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What went wrong and, if there is something, what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    error: String,
    hint: Option<String>,
}

impl Complaint {
    /// `error` is a sentence without a period.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: error.into(), hint: None }
    }

    /// Adds what helps.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Writes it to standard error.
    pub fn print(&self) {
        // With standard error closed there is nowhere left to complain.
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "error: {}", self.error);
        if let Some(hint) = &self.hint {
            let _ = writeln!(err, "hint: {hint}");
        }
    }
}

/// Says something on standard error that is worth knowing and no error.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "note: {text}");
}

/// The end of a command that could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    /// `None` if there is nobody to tell, or everything was said.
    pub complaint: Option<Complaint>,
}

impl Exit {
    /// The code of several files: the one that says more about what to do.
    pub fn or(self, other: Self) -> Self {
        let weight = |exit| match exit {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::DemoOnly => 2,
            Self::Usage => 3,
            Self::Model => 4,
            Self::NotRunning => 5,
            Self::Worse => 6,
            Self::Interrupted => 7,
        };
        if weight(other) > weight(self) { other } else { self }
    }

    /// Ends the command with this code and complaint.
    pub fn with(self, complaint: Complaint) -> Failure {
        Failure { exit: self, complaint: Some(complaint) }
    }

    /// Ends the command with this code and without a word.
    pub fn quietly(self) -> Failure {
        Failure { exit: self, complaint: None }
    }
}
