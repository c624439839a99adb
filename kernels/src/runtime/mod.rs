//! What stands between the C interface and a device made of software: handles, buffers with a host's and a device's
//! side, runs that go on while the caller does something else, and faults on demand. The device itself is a
//! [`Device`]: the fake, or a simulator.

mod buffer;
mod calls;
mod faults;
mod handles;
mod host;
mod objects;
mod progress;
mod queue;
mod run;
mod tables;
#[cfg(test)]
mod tests;

pub use buffer::{POISON, View};
pub use calls::Call;
pub use faults::Faults;
pub use host::Host;
pub use run::State;

use crate::op::Buffer;
use hark_xdna::Generation;
use std::sync::atomic::Ordering;

/// `nx_status`, without `NX_OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[allow(missing_docs, reason = "nx.h says what they are")]
pub enum Status {
    Argument = 1,
    NoDevice = 2,
    Driver = 3,
    Xclbin = 4,
    ContextLimit = 5,
    Memory = 6,
    Group = 7,
    Command = 8,
    Timeout = 9,
    Busy = 10,
    Unsupported = 11,
    Internal = 12,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Argument,
        Self::NoDevice,
        Self::Driver,
        Self::Xclbin,
        Self::ContextLimit,
        Self::Memory,
        Self::Group,
        Self::Command,
        Self::Timeout,
        Self::Busy,
        Self::Unsupported,
        Self::Internal,
    ];
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure it is.
    pub status: Status,
    /// An errno, or 0.
    pub os_error: i32,
    /// What happened.
    pub message: String,
}

impl Failure {
    /// A failure without an errno.
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, os_error: 0, message: message.into() }
    }

    fn argument(message: impl Into<String>) -> Self {
        Self::new(Status::Argument, message)
    }
}

/// What can be asked of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Info {
    /// As the driver would say it.
    Name,
    /// Its address on the bus.
    Address,
    /// What stands in for the runtime, and its version.
    Runtime,
    /// What stands in for the firmware.
    Firmware,
}

/// Who computes.
pub trait Device: Send + Sync {
    /// Texts about it.
    fn info(&self, what: Info) -> String;

    /// For which NPU its designs are made.
    fn generation(&self) -> Generation;

    /// How many contexts it has.
    fn contexts(&self) -> usize;

    /// Carries out a command to its end.
    ///
    /// # Errors
    /// What a device would report, or punish without a word.
    fn run(&self, command: &Command) -> Result<(), String>;
}

/// A kernel with its arguments, under way.
#[derive(Clone)]
pub struct Command {
    /// The kernel's name.
    pub kernel: String,
    /// In the kernel's order.
    pub arguments: Vec<Argument>,
    /// Whether to leave a wrong result, as a device that is broken.
    pub wrong: Option<Wrong>,
}

/// How a result is wrong: finite and of the right size in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Its values are of no use.
    Values,
    /// Its rows are right, and in the wrong places: what looks at single rows does not notice.
    Places,
}

/// The opcode of a kernel that carries out instructions.
const CARRY_OUT: u64 = 3;

impl Command {
    /// The instructions and the buffers, if the kernel is called as one that carries out instructions must be.
    ///
    /// # Errors
    /// What is wrong with the arguments.
    pub fn instructions(&self) -> Result<(Vec<u32>, [&View; Buffer::ALL.len()]), String> {
        let [Argument::Number(opcode), Argument::Buffer(list), Argument::Number(words), data @ ..] =
            &self.arguments[..]
        else {
            return Err(format!("{} does not take instructions", self.kernel));
        };
        if *opcode != CARRY_OUT {
            return Err(format!("opcode {opcode}, not {CARRY_OUT}"));
        }
        let views = data.iter().filter_map(|argument| match argument {
            Argument::Buffer(view) => Some(view),
            Argument::Number(_) => None,
        });
        let views = <[&View; Buffer::ALL.len()]>::try_from(views.collect::<Vec<_>>());
        let views = views.map_err(|views| format!("{} buffers for data, not 5", views.len()))?;
        let words = usize::try_from(*words).ok().and_then(|words| list.words().get(..words));
        let words = words.ok_or("more instructions than their buffer holds")?;
        Ok((words.iter().map(|word| word.load(Ordering::Relaxed)).collect(), views))
    }
}

/// The value of an argument.
#[derive(Clone)]
pub enum Argument {
    /// A number.
    Number(u64),
    /// A buffer.
    Buffer(View),
}
