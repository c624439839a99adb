//! The encoder on the functional fake of an NPU, and what its tests share.

use hark_engine::Precision;
use hark_engine::cancel::Cancel;
use hark_engine::encoder::npu::{NpuEncoder, NpuLimits, Takes};
use hark_engine::encoder::{Backend, BackendError, BackendInfo, BackendKind, EncoderOutput, Evidence};
use hark_engine::mel::MelWindow;
use hark_engine::model::Model;
use hark_xdna::Generation;
use hark_xdna::xclbin::write::minimal;
use std::path::PathBuf;
use std::time::Duration;

/// The fake, which is built with the tests and lies beside them.
pub fn fake_library() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.with_file_name(format!(
        "{}hark_kernels{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ))
}

/// A program that the fake accepts.
pub fn program() -> Vec<u8> {
    minimal(Generation::Xdna1)
}

/// Far above what a window takes on a busy machine.
pub const LIMITS: NpuLimits = NpuLimits { window: Duration::from_secs(120) };

/// Values like those of a mel, the same for the same seed.
pub fn window(n_mels: usize, seed: u64) -> MelWindow {
    let mut state = seed;
    let value = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    MelWindow { n_mels, data: (0..n_mels * 3000).map(value).collect() }
}

/// √(Σ(a − b)² / Σb²)
pub fn relative_l2(own: &[f32], right: &[f32]) -> f64 {
    assert_eq!(own.len(), right.len());
    let square = |v: f64| v * v;
    let apart: f64 = own.iter().zip(right).map(|(a, b)| square(f64::from(*a) - f64::from(*b))).sum();
    (apart / right.iter().map(|v| square(f64::from(*v))).sum::<f64>()).sqrt()
}

/// The encoder as a backend, without the process that keeps its faults away.
pub struct InProcess {
    pub encoder: NpuEncoder,
    model: Model,
    evidence: Evidence,
}

impl InProcess {
    pub fn open(model: &Model) -> Self {
        let encoder =
            NpuEncoder::open(&fake_library(), &program(), Takes::Operations, model, LIMITS).unwrap();
        Self { encoder, model: model.clone(), evidence: Evidence::default() }
    }
}

impl Backend for InProcess {
    fn describe(&self) -> BackendInfo {
        let name = self.encoder.info().name.clone();
        BackendInfo { kind: BackendKind::Npu, name, precision: Precision::F32, threads: 1 }
    }

    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        let dims = self.model.dims;
        let (positions, state, expected) = (dims.n_audio_ctx, dims.n_audio_state, dims.n_mels * 3000);
        let mut outputs = Vec::new();
        for window in windows {
            let given = window.data.len();
            if given != expected || window.n_mels != dims.n_mels {
                return Err(BackendError::Shape { expected, given });
            }
            let mut data = vec![0.0; positions * state];
            self.encoder.encode(&window.data, &mut data, cancel)?;
            outputs.push(EncoderOutput { positions, state, data });
            self.evidence.windows += 1;
            self.evidence.layers += dims.n_audio_layer as u64;
        }
        Ok(outputs)
    }

    fn cpu(&mut self) -> &mut dyn Backend {
        self
    }

    fn evidence(&self) -> Evidence {
        self.evidence
    }
}
