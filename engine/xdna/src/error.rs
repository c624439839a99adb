//! What can go wrong, and what to do next.

use std::fmt;

/// The cause of an [`Error`], so that a caller can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The library could not be opened: it is missing, or something that it needs is.
    Library,
    /// The library speaks another version of the interface, or lacks a function of it.
    Abi,
    /// A mistake of the caller: an impossible size, index or range, or a handle of something else.
    Argument,
    /// There is no such device, or it went away.
    NoDevice,
    /// The driver refused; [`Error::os_error`] has its number.
    Driver,
    /// The file is no xclbin, or one for another device.
    Xclbin,
    /// The device has no place for another context.
    ContextLimit,
    /// There is no memory, or no more may be locked.
    Memory,
    /// The buffer's memory group is not the one that the kernel expects.
    Group,
    /// The device reports that a command failed.
    Command,
    /// Not done within the time limit.
    Timeout,
    /// The run or one of its buffers is under way.
    Busy,
    /// An earlier run never came back: its context takes no more work, and its buffers can't be used.
    Poisoned,
    /// This library or this runtime cannot do that.
    Unsupported,
    /// Memory could not be shared between two processes.
    SharedMemory,
    /// Anything else; the message has it.
    Internal,
}

impl ErrorKind {
    /// What to do next, as a clause.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Library => "install the NPU runtime (XRT), or use the CPU",
            Self::Abi => "the library and the program are of different versions: install both from one build",
            Self::Argument => "this is a mistake in the program: please report it",
            Self::NoDevice => "see `hark doctor` for what keeps the NPU from being used",
            Self::Driver => "see `hark doctor` and the kernel's log (`journalctl -k -g amdxdna`)",
            Self::Xclbin => "install the kernels that belong to this NPU",
            Self::ContextLimit => "close another program that uses the NPU, then try again",
            Self::Memory => "raise the memlock limit (see `hark doctor`) or close other programs",
            Self::Group => "allocate the buffer in the group that the kernel's argument has",
            Self::Command => "run again on the CPU, and open the context anew",
            Self::Timeout | Self::Poisoned => "give up this context: run on the CPU, or open the NPU anew",
            Self::Busy => "wait for the run that is under way",
            Self::Unsupported => "use another library, or a newer NPU runtime",
            Self::SharedMemory => "free some memory, or use the CPU",
            Self::Internal => "run again on the CPU, and please report it",
        }
    }
}

/// What happened, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({})", kind.advice())]
pub struct Error {
    /// The cause.
    pub kind: ErrorKind,
    /// What happened, in words.
    pub message: String,
    /// The operating system's error number, or 0.
    pub os_error: i32,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string(), os_error: 0 }
    }

    /// The library refused the call before it did anything.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Argument
                | ErrorKind::Group
                | ErrorKind::Busy
                | ErrorKind::Unsupported
                | ErrorKind::Poisoned
        )
    }

    pub(crate) fn argument(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Argument, message)
    }
}

/// Why a run list did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{error}", .failed.map(|index| format!("run {index} of the list: ")).unwrap_or_default())]
pub struct ListError {
    /// The index of the run that failed, if one did and it is known.
    pub failed: Option<u32>,
    /// What happened.
    #[source]
    pub error: Error,
}
