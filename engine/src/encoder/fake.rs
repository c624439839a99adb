//! A stand-in for tests: the right shapes and manners, no model behind them.

use super::{Backend, BackendError, BackendInfo, BackendKind, EncoderOutput, Evidence, Precision};
use crate::cancel::Cancel;
use crate::dims::WINDOW_FRAMES;
use crate::mel::MelWindow;
use crate::model::ModelDims;

/// States made from the window's own values: the same window always gives the same states, and
/// different windows different ones.
pub struct FakeBackend {
    dims: ModelDims,
    evidence: Evidence,
}

impl FakeBackend {
    /// A fake for models of these dimensions.
    pub fn new(dims: &ModelDims) -> Self {
        Self { dims: *dims, evidence: Evidence::default() }
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

    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        let (positions, state) = (self.dims.n_audio_ctx, self.dims.n_audio_state);
        let expected = self.dims.n_mels * WINDOW_FRAMES;
        let mut outputs = Vec::with_capacity(windows.len());
        for window in windows {
            cancel.check()?;
            let given = window.data.len();
            if given != expected || window.n_mels != self.dims.n_mels {
                return Err(BackendError::Shape { expected, given });
            }
            let data = (0..positions * state).map(|i| window.data[(i * 7) % given]).collect();
            outputs.push(EncoderOutput { positions, state, data });
            self.evidence.windows += 1;
            self.evidence.layers += self.dims.n_audio_layer as u64;
        }
        Ok(outputs)
    }

    fn evidence(&self) -> Evidence {
        self.evidence
    }

    fn cpu(&mut self) -> &mut dyn Backend {
        self
    }
}
