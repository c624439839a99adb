//! The device behind a library `nx_*`, as the worker drives it.

use super::encoder::{NpuEncoder, NpuError, NpuLimits};
use super::fault::{Fault, FaultKind};
use super::protocol::{Call, Open};
use super::report::{Counters, DeviceFacts};
use super::worker::{Device, Entering, Opener};
use crate::cancel::Cancel;
use crate::mel::MelWindow;
use crate::model::Model;
use hark_xdna::{Generation, xclbin};
use std::time::Duration;

/// The worker waits this much less for the device than the parent waits for the worker, so that a command that never
/// ends can still be told.
const EARLIER: f64 = 0.9;

/// Opens devices.
pub struct OpensNpu;

/// A device that is open, with a model's encoder.
pub struct Npu {
    encoder: NpuEncoder,
    facts: DeviceFacts,
    n_mels: usize,
}

impl Opener for OpensNpu {
    type Device = Npu;

    fn open(&mut self, open: &Open, model: &Model, entering: Entering<'_>) -> Result<Npu, Fault> {
        let program = match &open.xclbin {
            Some(path) => std::fs::read(path).map_err(|error| {
                Fault::new(FaultKind::Program, format!("cannot read {}: {error}", path.display()))
            })?,
            None => xclbin::write::minimal(Generation::Xdna2),
        };
        let limits = NpuLimits { window: open.run_limit.mul_f64(EARLIER).max(Duration::from_millis(1)) };
        entering(Call::Device)?;
        let encoder = NpuEncoder::open(&open.library, &program, model, limits)?;
        Ok(Npu { encoder, facts: DeviceFacts::default(), n_mels: model.dims.n_mels })
    }
}

impl Npu {
    fn window(&self, mel: &[f32]) -> MelWindow {
        MelWindow { n_mels: self.n_mels, data: mel.to_vec() }
    }
}

impl Device for Npu {
    fn facts(&self) -> DeviceFacts {
        self.facts.clone()
    }

    fn encode(&mut self, mel: &[f32], states: &mut [f32]) -> Result<f64, Fault> {
        let before = self.encoder.counters().device_ms;
        self.encoder.encode(&self.window(mel), states, &Cancel::new())?;
        Ok(self.encoder.counters().device_ms - before)
    }

    fn first_block(&mut self, mel: &[f32], states: &mut [f32]) -> Result<(), Fault> {
        Ok(self.encoder.first_block(&self.window(mel), states)?)
    }

    fn counters(&self) -> Counters {
        let ran = self.encoder.counters();
        Counters {
            commands: ran.commands,
            allocations: ran.allocations,
            bytes: ran.allocated_bytes,
            syncs: ran.syncs,
            synced_bytes: ran.synced_bytes,
        }
    }
}

impl From<NpuError> for Fault {
    fn from(error: NpuError) -> Self {
        let kind = match &error {
            NpuError::Model(_) => FaultKind::Model,
            _ => FaultKind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}
