//! Whisper's encoder on an NPU, in this process.

use crate::cancel::{Cancel, Cancelled};
use crate::mel::MelWindow;
use crate::model::{Model, ModelError};
use std::path::Path;
use std::time::Duration;

/// How long each call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NpuLimits {
    /// All launches of one window.
    pub window: Duration,
}

/// What really ran on the device.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NpuCounters {
    /// Windows encoded to the end.
    pub windows: u64,
    /// Commands that the device completed.
    pub commands: u64,
    /// Time from the start of the commands to their end, in milliseconds.
    pub device_ms: f64,
    /// Ranges of buffers brought to the device or back.
    pub syncs: u64,
    /// Bytes of them.
    pub synced_bytes: u64,
    /// Buffers allocated.
    pub allocations: u64,
    /// Bytes of them.
    pub allocated_bytes: u64,
}

/// Why the NPU does not encode.
#[derive(Debug, thiserror::Error)]
pub enum NpuError {
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The model's weights could not be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Not built yet.
    #[error("{0}")]
    Unbuilt(&'static str),
}

/// Weights resident on the device, buffers allocated once, one run list.
pub struct NpuEncoder(());

impl NpuEncoder {
    /// Opens the device behind `library` and prepares the encoder of `model`.
    ///
    /// # Errors
    /// [`NpuError`].
    pub fn open(
        _library: &Path,
        _xclbin: &[u8],
        _model: &Model,
        _limits: NpuLimits,
    ) -> Result<Self, NpuError> {
        Err(NpuError::Unbuilt("the NPU's encoder is not built yet"))
    }

    /// Encodes a window into `states` (`positions × state` values).
    ///
    /// # Errors
    /// [`NpuError`].
    pub fn encode(
        &mut self,
        _window: &MelWindow,
        _states: &mut [f32],
        _cancel: &Cancel,
    ) -> Result<(), NpuError> {
        Err(NpuError::Unbuilt("the NPU's encoder is not built yet"))
    }

    /// The states after the stem and the first block, for comparison with the CPU's.
    ///
    /// # Errors
    /// [`NpuError`].
    pub fn first_block(&mut self, _window: &MelWindow, _states: &mut [f32]) -> Result<(), NpuError> {
        Err(NpuError::Unbuilt("the NPU's encoder is not built yet"))
    }

    /// What ran since it was opened.
    pub fn counters(&self) -> NpuCounters {
        NpuCounters::default()
    }
}
