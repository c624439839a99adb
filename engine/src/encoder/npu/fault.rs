//! What can go wrong with an NPU, as far as anybody acts on it.

use serde::{Deserialize, Serialize};

/// The longest text of a fault, in bytes: what a driver says has no bound of its own.
const LONGEST: usize = 2000;

/// Why the NPU does not serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What it means for going on.
    pub kind: FaultKind,
    /// What happened and what to do.
    pub message: String,
}

/// What a fault means for going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The runtime's library is missing, or is another version's.
    Library,
    /// There is no device, or it went away.
    NoDevice,
    /// The driver refused.
    Driver,
    /// The device's program is missing, damaged or for another device.
    Program,
    /// Other programs hold all contexts of the device.
    ContextLimit,
    /// There is no memory, or none may be locked.
    Memory,
    /// The device reports a failed command.
    Command,
    /// A call did not come back in time.
    Hung,
    /// The worker process ended.
    Died,
    /// The worker process sent what is no answer.
    Protocol,
    /// The model cannot be read there, or the device cannot run it.
    Model,
    /// The result is wrong.
    Wrong,
    /// The worker process cannot be ended: the driver holds it.
    Stuck,
    /// Anything else.
    Internal,
}

impl Fault {
    /// A fault with its text, cut off if it is very long.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        let mut message: String = message.into();
        if message.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
            message.truncate(end);
            message.push('…');
        }
        Self { kind, message }
    }
}

impl FaultKind {
    /// Whether a new process may fare better.
    pub fn may_pass(self) -> bool {
        match self {
            Self::Driver
            | Self::ContextLimit
            | Self::Command
            | Self::Hung
            | Self::Died
            | Self::Protocol
            | Self::Internal => true,
            Self::Library
            | Self::NoDevice
            | Self::Program
            | Self::Memory
            | Self::Model
            | Self::Wrong
            | Self::Stuck => false,
        }
    }

    /// Two or three words, for the badge.
    pub fn brief(self) -> &'static str {
        match self {
            Self::Library => "NPU runtime missing",
            Self::NoDevice => "NPU not found",
            Self::Driver => "NPU driver refused",
            Self::Program => "no NPU program",
            Self::ContextLimit => "NPU in use",
            Self::Memory => "no memory for the NPU",
            Self::Command | Self::Internal | Self::Protocol => "NPU failed",
            Self::Hung => "NPU hung",
            Self::Died => "NPU stopped",
            Self::Model => "model not for the NPU",
            Self::Wrong => "NPU computed wrongly",
            Self::Stuck => "NPU stuck",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let fault = Fault::new(FaultKind::Driver, "ä".repeat(LONGEST));
        assert!(fault.message.len() <= LONGEST + '…'.len_utf8() && fault.message.ends_with("ä…"));
        assert_eq!(Fault::new(FaultKind::Died, "short").to_string(), "short");
    }
}
