//! What the worker may be in when it falls silent: deadlines, messages and moments name it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A call of the worker that may never come back, and has a deadline of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// From the start of the process to its first word.
    Start,
    /// Opening the library and the device.
    Device,
    /// Loading the program and making a context.
    Context,
    /// Allocating memory, and bringing to the device what stays there.
    Memory,
    /// Reading and preparing the weights; no call of the driver.
    Weights,
    /// Comparing the first block with the CPU.
    Check,
    /// Encoding a window.
    Run,
    /// Closing.
    Close,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "the start of its process",
            Self::Device => "opening the device",
            Self::Context => "making a context",
            Self::Memory => "setting up its memory",
            Self::Weights => "preparing the weights",
            Self::Check => "the self-check",
            Self::Run => "encoding a window",
            Self::Close => "closing the device",
        })
    }
}
