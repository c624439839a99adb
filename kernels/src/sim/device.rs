//! The simulated array with the resident design as a device, for programs that know a device by the C interface.

use super::{Settings, Simulator, Speed};
use crate::design::resident;
use crate::op::Buffer;
use crate::runtime::{Command, Device, Info, POISON, View};
use crate::{tile, txn};
use hark_xdna::Generation;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// The hardware that it stands for has so many contexts.
const CONTEXTS: usize = 6;

/// A device that carries out instruction streams, as slowly as computing every tile takes.
pub struct Simulated {
    device: txn::Device,
    /// None before the first command, and after one that went wrong.
    simulator: Mutex<Option<Simulator>>,
}

impl Simulated {
    /// All columns of a generation.
    pub fn new(generation: Generation) -> Self {
        let device = match generation {
            Generation::Xdna1 => txn::Device::npu1(4),
            Generation::Xdna2 => txn::Device::npu2(8),
        };
        Self { device, simulator: Mutex::new(None) }
    }

    /// Carries out an instruction stream on the kernel's buffers.
    ///
    /// # Errors
    /// What hardware would report, or punish without a word.
    pub fn carry_out(&self, instructions: &[u32], buffers: &[&[AtomicU32]]) -> Result<(), String> {
        let mut simulator = self.simulator.lock().unwrap_or_else(PoisonError::into_inner);
        // What goes wrong leaves none, as a context would have to be opened again.
        let mut own = simulator.take().map_or_else(|| self.configured(), Ok)?;
        own.run(instructions, buffers).map_err(|error| error.to_string())?;
        *simulator = Some(own);
        Ok(())
    }

    fn configured(&self) -> Result<Simulator, String> {
        let kernels = Box::new(tile::Kernels::new(self.device.generation));
        let settings = Settings::new(&self.device, Speed::Functional);
        Simulator::new(&resident(self.device), kernels, settings).map_err(|error| error.to_string())
    }
}

impl Device for Simulated {
    fn info(&self, what: Info) -> String {
        match what {
            Info::Name => "NPU (simulated)".into(),
            Info::Address => "0000:00:00.0".into(),
            Info::Runtime => format!("hark-kernels {}", env!("CARGO_PKG_VERSION")),
            Info::Firmware => "none".into(),
        }
    }

    fn generation(&self) -> Generation {
        match self.device.generation {
            txn::Generation::Npu1 => Generation::Xdna1,
            txn::Generation::Npu2 => Generation::Xdna2,
        }
    }

    fn contexts(&self) -> usize {
        CONTEXTS
    }

    fn run(&self, command: &Command) -> Result<(), String> {
        let (instructions, buffers) = command.instructions()?;
        self.carry_out(&instructions, &buffers.map(View::words))?;
        if command.wrong.is_some() {
            spoil(buffers[Buffer::Scratch as usize]);
            spoil(buffers[Buffer::Output as usize]);
        }
        Ok(())
    }
}

/// Turns the sign of every second value around.
fn spoil(view: &View) {
    for word in view.words() {
        if word.load(Ordering::Relaxed) != POISON {
            word.fetch_xor(0x8000, Ordering::Relaxed);
        }
    }
}
