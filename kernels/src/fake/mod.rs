//! A device that computes op lists on the CPU, in f32: the whole way of a window through the C interface without
//! hardware. It is as strict as hardware is unforgiving: what would be a wrong result or a hang there is a failed
//! command here, which says what is wrong.

mod compute;
#[cfg(test)]
mod tests;
mod values;

use crate::op;
use crate::runtime::{Command, Device, Info};
use compute::Machine;
use hark_simd::Team;
use hark_xdna::Generation;
use values::Buffers;

/// The hardware that it stands for has so many contexts.
const CONTEXTS: usize = 6;
/// Threads that it takes at most.
const MOST_THREADS: usize = 8;

/// The device.
pub struct Fake {
    machine: Machine,
}

impl Fake {
    /// One with as many threads as there are cores.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { machine: Machine::new(Team::new(cores.min(MOST_THREADS))) }
    }
}

impl Default for Fake {
    fn default() -> Self {
        Self::new()
    }
}

impl Device for Fake {
    fn info(&self, what: Info) -> String {
        match what {
            Info::Name => "NPU (fake)".into(),
            Info::Address => "0000:00:00.0".into(),
            Info::Runtime => format!("hark-kernels {}", env!("CARGO_PKG_VERSION")),
            Info::Firmware => "none".into(),
        }
    }

    fn generation(&self) -> Generation {
        Generation::Xdna1
    }

    fn contexts(&self) -> usize {
        CONTEXTS
    }

    fn run(&self, command: &Command) -> Result<(), String> {
        let (instructions, buffers) = command.instructions()?;
        let ops = op::decode(&instructions).map_err(|error| error.to_string())?;
        let buffers = Buffers::new(buffers);
        for op in &ops {
            op.check(&buffers.lens()).map_err(|error| error.to_string())?;
            self.machine.compute(op, &buffers).map_err(|error| format!("{}: {error}", op.name()))?;
        }
        if let Some((how, last)) = command.wrong.zip(ops.last()) {
            buffers.spoil(&last.writes(), how);
        }
        Ok(())
    }
}
