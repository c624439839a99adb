//! The device behind a library `nx_*`, as the worker drives it.

use super::call::Call;
use super::device::{Device, Entering};
use super::encoder::{NpuContext, NpuDevice, NpuEncoder, NpuError, NpuLimits, Takes};
use super::fault::{Fault, FaultKind};
use super::protocol::Open;
use super::report::{Counters, DeviceFacts, NpuKind};
use crate::cancel::Cancel;
use crate::model::Model;
use hark_kernels::{design, mlir, txn};
use hark_xdna::xclbin::Manifest;
use hark_xdna::{DeviceInfo, ErrorKind, Generation, xclbin};
use std::time::Duration;

/// The worker waits this much less for the device than the parent waits for the worker, so that a command that never
/// ends can still be told.
const EARLIER: f64 = 0.9;

/// A device that is open, with a model's encoder.
pub struct Npu(NpuEncoder);

impl Npu {
    /// Opens the device, and brings to it what `model` needs.
    pub(super) fn open(open: &Open, model: &Model, entering: Entering<'_>) -> Result<Self, Fault> {
        let context = context(open, entering)?;
        entering(Call::Memory)?;
        let mut memory = context.memory(model)?;
        entering(Call::Weights)?;
        memory.prepare(model)?;
        entering(Call::Memory)?;
        Ok(Self(memory.encoder(limits(open))?))
    }
}

/// Opens the device, and a context with the program in it.
pub(super) fn context(open: &Open, entering: Entering<'_>) -> Result<NpuContext, Fault> {
    let (program, manifest) = match &open.xclbin {
        Some(path) => {
            let program = std::fs::read(path).map_err(|error| {
                Fault::new(FaultKind::Program, format!("cannot read {}: {error}", path.display()))
            })?;
            let manifest = xclbin::check_file(path, &program, None).map_err(NpuError::from)?;
            (program, manifest)
        }
        None => (xclbin::write::minimal(hark_kernels::stand_in()), None),
    };
    let made_for = manifest.as_ref().map(|manifest| manifest.generation);
    manifest.iter().try_for_each(is_of_today)?;
    let takes = if open.kind == NpuKind::Fake { Takes::Operations } else { Takes::Streams };
    entering(Call::Device)?;
    let device = NpuDevice::open(&open.library)?;
    entering(Call::Context)?;
    Ok(device.context(&program, made_for, takes)?)
}

/// Whether the design that was compiled is the one that instructions are made for today.
fn is_of_today(manifest: &Manifest) -> Result<(), Fault> {
    let device = match manifest.generation {
        Generation::Xdna1 => txn::Device::npu1(4),
        Generation::Xdna2 => txn::Device::npu2(8),
    };
    let text = mlir::text(&design::resident(device), Some(&mlir::reference(device)));
    let text = text.map_err(|error| Fault::new(FaultKind::Internal, error.to_string()))?;
    Ok(manifest.check_text(&text).map_err(NpuError::from)?)
}

pub(super) fn limits(open: &Open) -> NpuLimits {
    NpuLimits { window: open.run_limit.mul_f64(EARLIER).max(Duration::from_millis(1)) }
}

impl Device for Npu {
    fn facts(&self) -> DeviceFacts {
        self.0.info().clone().into()
    }

    fn encode(&mut self, mel: &[f32], states: &mut [f32]) -> Result<f64, Fault> {
        Ok(self.0.encode(mel, states, &Cancel::new())?.as_secs_f64() * 1000.0)
    }

    fn first_block(&mut self, mel: &[f32], states: &mut [f32]) -> Result<(), Fault> {
        Ok(self.0.first_block(mel, states).map(drop)?)
    }

    fn block(
        &mut self,
        block: usize,
        mel: &[f32],
        before: &mut [f32],
        behind: &mut [f32],
    ) -> Result<(), Fault> {
        Ok(self.0.block(block, mel, before, behind)?)
    }

    fn counters(&self) -> Counters {
        let ran = self.0.counters();
        Counters {
            commands: ran.commands,
            allocations: ran.buffers.allocations,
            reuses: ran.buffers.reuses,
            bytes: ran.buffers.bytes,
            syncs: ran.buffers.syncs,
            synced_bytes: ran.buffers.synced_bytes,
        }
    }
}

impl From<DeviceInfo> for DeviceFacts {
    fn from(info: DeviceInfo) -> Self {
        let DeviceInfo { name, address, runtime, firmware, .. } = info;
        Self { name, address, runtime, firmware }
    }
}

impl From<NpuError> for Fault {
    fn from(error: NpuError) -> Self {
        let kind = match &error {
            NpuError::Model(_) | NpuError::Plan(_) | NpuError::Traffic(_) => FaultKind::Model,
            NpuError::Program(_) | NpuError::Foreign => FaultKind::Program,
            NpuError::Device(error) | NpuError::Launch { error, .. } => of(error.kind),
            NpuError::NotFinite => FaultKind::Wrong,
            NpuError::Cancelled(_) => FaultKind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}

/// What an error of the device means for going on.
fn of(kind: ErrorKind) -> FaultKind {
    match kind {
        ErrorKind::Library | ErrorKind::Abi => FaultKind::Library,
        ErrorKind::NoDevice => FaultKind::NoDevice,
        ErrorKind::Driver => FaultKind::Driver,
        ErrorKind::Xclbin => FaultKind::Program,
        ErrorKind::ContextLimit => FaultKind::ContextLimit,
        ErrorKind::Memory | ErrorKind::SharedMemory => FaultKind::Memory,
        ErrorKind::Command => FaultKind::Command,
        ErrorKind::Timeout | ErrorKind::Poisoned => FaultKind::Hung,
        _ => FaultKind::Internal,
    }
}
