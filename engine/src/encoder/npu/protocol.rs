//! What the worker process and its parent say to each other: one JSON object a line, of bounded length.
//!
//! Windows and states do not travel here but through shared memory ([`super::Exchange`]).

use super::call::Call;
use super::fault::{Fault, FaultKind};
use super::report::{Counters, DeviceFacts, NpuKind, SelfCheck};
use super::step::Step;
use crate::model::ModelSpec;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Bytes that a line may have, its end included.
pub const LONGEST_LINE: usize = 64 * 1024;
/// Changes with the meaning of messages: an update may replace the program while it runs.
pub const VERSION: u32 = 4;
/// Bytes of a line that is no message that its error quotes.
const QUOTED: usize = 80;

/// What the parent asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Open the device and prepare the encoder of a model; the first request.
    Open(Box<Open>),
    /// Encode the first `windows` windows of the shared memory, one after the other.
    Encode {
        /// Comes back with each answer.
        id: u64,
        /// How many.
        windows: usize,
    },
    /// Try the device out step by step, from the simplest launch to the encoder of a model, close it and end; the
    /// first request. Nothing of the shared memory is used.
    TryOut(Box<Open>),
    /// Close the device and end.
    Close,
}

/// What is to be opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// [`VERSION`] of who asks.
    pub version: u32,
    /// What the library drives.
    pub kind: NpuKind,
    /// The implementation of `nx_*`.
    pub library: PathBuf,
    /// The device's program; `None` is the one that devices without hardware take.
    pub xclbin: Option<PathBuf>,
    /// The model whose encoder is prepared.
    pub model: ModelSpec,
    /// CPU threads for preparing it.
    pub threads: usize,
    /// How long the parent waits for a window.
    pub run_limit: Duration,
    /// Where the shared memory is.
    pub shared: String,
    /// Windows that it has room for.
    pub windows: usize,
}

/// What the worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Reply {
    /// A call begins, whose deadline counts from here.
    Entering {
        /// Which.
        call: Call,
    },
    /// The encoder is ready.
    Opened(Box<Opened>),
    /// The states of a window are in the shared memory.
    Encoded {
        /// Of the request.
        id: u64,
        /// Which of its windows, from 0, in order.
        window: usize,
        /// What ran.
        ran: Ran,
    },
    /// The device that is tried out, with the program in it.
    Facts(DeviceFacts),
    /// A step of trying out is done, whatever came of it.
    Tried(Box<Step>),
    /// What was asked for last failed.
    Failed(Fault),
    /// The device is closed; the worker ends.
    Closed,
}

/// What there is to know of an encoder that is ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The device.
    pub device: DeviceFacts,
    /// What became of the first block's comparison with the CPU.
    pub check: SelfCheck,
    /// What ran up to now.
    pub counters: Counters,
}

/// What ran for a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// From the start of the run list to its end, in milliseconds.
    pub device_ms: f64,
    /// The same with all that the worker does around it.
    pub total_ms: f64,
    /// Since the worker was started.
    pub counters: Counters,
    /// If one of its blocks was compared with the CPU's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<SpotCheck>,
}

/// The comparison of one block's states with the CPU's, for a window that somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpotCheck {
    /// Which block, from 0.
    pub block: usize,
    /// The distance.
    pub check: SelfCheck,
    /// How long the window waited for it, in milliseconds.
    pub ms: f64,
}

impl SpotCheck {
    /// What it means if it did not pass.
    pub fn fault(&self) -> Fault {
        let Self { block, check, .. } = self;
        check.fault(&format!("in the middle of a session, block {block}"))
    }
}

/// Why a line is no message.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The other side has closed its end.
    #[error("it ended without a word")]
    Ended,
    /// The other side has closed its end in the middle of a line.
    #[error("it ended in the middle of a message")]
    Half,
    /// More than [`LONGEST_LINE`] bytes without an end.
    #[error("it sent a line of more than {LONGEST_LINE} bytes")]
    TooLong,
    /// Something else than a message.
    #[error("it sent what is no message ({what}): {quoted:?}")]
    Garbage {
        /// What is wrong with it.
        what: String,
        /// Its beginning.
        quoted: String,
    },
    /// The pipe failed.
    #[error("its pipe failed: {0}")]
    Pipe(#[from] io::Error),
}

impl From<LineError> for Fault {
    fn from(error: LineError) -> Self {
        let kind = match error {
            LineError::Ended | LineError::Half => FaultKind::Died,
            LineError::TooLong | LineError::Garbage { .. } => FaultKind::Protocol,
            LineError::Pipe(_) => FaultKind::Internal,
        };
        Self::new(kind, format!("the NPU's process cannot be understood: {error}"))
    }
}

/// Writes a message.
///
/// # Errors
/// If it cannot be written, is too long, or holds a path that is not UTF-8.
pub fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    if line.len() > LONGEST_LINE {
        return Err(io::Error::other(format!("a message has {} bytes", line.len())));
    }
    to.write_all(&line)?;
    to.flush()
}

/// Reads the next message; holds no more of the other side's words than one line.
///
/// # Errors
/// [`LineError`]: the end, or what is no message.
pub fn receive<T: DeserializeOwned>(from: &mut impl BufRead) -> Result<T, LineError> {
    let mut line = Vec::new();
    match from.take(LONGEST_LINE as u64).read_until(b'\n', &mut line) {
        // Who ends without having read everything breaks the line.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        result => drop(result?),
    }
    match line.last() {
        None => Err(LineError::Ended),
        Some(b'\n') => serde_json::from_slice(&line).map_err(|error| {
            let quoted = String::from_utf8_lossy(&line[..line.len().min(QUOTED)]).trim_end().to_owned();
            LineError::Garbage { what: error.to_string(), quoted }
        }),
        Some(_) if line.len() >= LONGEST_LINE => Err(LineError::TooLong),
        Some(_) => Err(LineError::Half),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn read(bytes: &[u8]) -> Result<Reply, LineError> {
        receive(&mut BufReader::with_capacity(16, bytes))
    }

    #[test]
    fn messages_survive_the_way() {
        let open = Request::Open(Box::new(Open {
            version: VERSION,
            kind: NpuKind::Fake,
            library: "lib.so".into(),
            xclbin: None,
            model: ModelSpec::Path("a model.bin".into()),
            threads: 2,
            run_limit: Duration::from_secs(2),
            shared: "fd 7".into(),
            windows: 8,
        }));
        for message in [open, Request::Encode { id: 7, windows: 2 }, Request::Close] {
            let mut line = Vec::new();
            send(&mut line, &message).unwrap();
            assert_eq!(receive::<Request>(&mut line.as_slice()).unwrap(), message);
        }
        let fault = Fault::new(FaultKind::Command, "command 3 failed\nand more");
        for message in [Reply::Entering { call: Call::Context }, Reply::Failed(fault), Reply::Closed] {
            let mut line = Vec::new();
            send(&mut line, &message).unwrap();
            assert_eq!(line.iter().filter(|b| **b == b'\n').count(), 1, "one line, whatever the text");
            assert_eq!(receive::<Reply>(&mut line.as_slice()).unwrap(), message);
        }
    }

    #[test]
    fn what_is_no_message_is_told_apart() {
        assert!(matches!(read(b""), Err(LineError::Ended)));
        assert!(matches!(read(b"{\"answer\":\"clo"), Err(LineError::Half)));
        for garbage in [&b"\n"[..], b"hello\n", b"{}\n", b"{\"answer\":\"fly\"}\n", b"\xff\xfe\0\n", b"[1]\n"]
        {
            let error = read(garbage).unwrap_err();
            assert!(matches!(error, LineError::Garbage { .. }), "{garbage:?}: {error}");
        }
        let endless = vec![b'x'; LONGEST_LINE + 1];
        assert!(matches!(read(&endless), Err(LineError::TooLong)));
        let fault: Fault = read(&[b"noise ".repeat(1000), b"\n".to_vec()].concat()).unwrap_err().into();
        assert!(fault.kind == FaultKind::Protocol && fault.message.len() < 300, "{fault}");
    }

    #[test]
    fn deep_nesting_and_numbers_of_any_size_are_only_garbage() {
        let deep = [b"[".repeat(60_000), b"\n".to_vec()].concat();
        assert!(matches!(read(&deep), Err(LineError::Garbage { .. })));
        let negative = b"{\"answer\":\"encoded\",\"id\":-1,\"window\":0,\"ran\":{}}\n";
        assert!(matches!(read(negative), Err(LineError::Garbage { .. })));
    }

    #[test]
    fn too_long_a_message_is_not_sent() {
        let fault = Fault { kind: FaultKind::Driver, message: "x".repeat(LONGEST_LINE) };
        let mut out = Vec::new();
        assert!(send(&mut out, &Reply::Failed(fault)).is_err() && out.is_empty());
    }
}
