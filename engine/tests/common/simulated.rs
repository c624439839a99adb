//! Whisper's encoder as instruction streams for the resident design, on the simulated array.

use super::npu::relative_l2;
use hark_engine::Cancel;
use hark_engine::encoder::{
    Backend, BackendError, BackendInfo, BackendKind, EncoderOutput, Evidence, Precision,
};
use hark_engine::mel::MelWindow;
use hark_engine::model::{Model, ModelError};
use hark_kernels::design::encoder::Program;
use hark_kernels::design::resident;
use hark_kernels::op::Buffer;
use hark_kernels::plan::Shape;
use hark_kernels::sim::{Settings, Simulator, Speed};
use hark_kernels::tile::Kernels;
use hark_kernels::txn::{Device, encode};
use std::sync::atomic::{AtomicU32, Ordering};

/// All columns of both devices.
pub const DEVICES: [(&str, Device); 2] = [("npu1", Device::npu1(4)), ("npu2", Device::npu2(8))];

/// An encoder on a simulated array.
pub struct Simulated {
    program: Program,
    streams: Vec<Vec<u32>>,
    simulator: Simulator,
    buffers: [Vec<AtomicU32>; 5],
    evidence: Evidence,
}

/// The shape of a model's encoder for so many positions.
pub fn shape(model: &Model, positions: usize) -> Shape {
    let dims = model.dims;
    Shape {
        mels: dims.n_mels,
        positions,
        state: dims.n_audio_state,
        heads: dims.n_audio_head,
        layers: dims.n_audio_layer,
    }
}

/// The beginning of a window, for an encoder of so many positions.
pub fn cut(window: &MelWindow, positions: usize) -> MelWindow {
    let frames = window.data.len() / window.n_mels;
    let rows = window.data.chunks_exact(frames);
    MelWindow { n_mels: window.n_mels, data: rows.flat_map(|row| row[..2 * positions].to_vec()).collect() }
}

/// Relative L2 of each position's states.
pub fn distances(own: &[f32], right: &[f32], state: usize) -> Vec<f64> {
    assert!(own.iter().all(|v| v.is_finite()));
    let rows = own.chunks_exact(state).zip(right.chunks_exact(state));
    rows.map(|(own, right)| relative_l2(own, right)).collect()
}

fn store(bytes: &[u8], words: &[AtomicU32]) {
    for (word, bytes) in words.iter().zip(bytes.as_chunks().0) {
        word.store(u32::from_le_bytes(*bytes), Ordering::Relaxed);
    }
}

impl Simulated {
    /// For so many positions and clips at once.
    pub fn new(model: &Model, device: Device, positions: usize, clips: usize) -> Self {
        let program = Program::encoder(&shape(model, positions), device, clips).unwrap();
        // What nobody wrote are no numbers.
        let buffer = |len: usize| (0..len / 4).map(|_| AtomicU32::new(u32::MAX)).collect::<Vec<_>>();
        let buffers = program.buffer_lens().map(buffer);
        let mut weights = vec![0; program.weights_len];
        let mut tensor = |name: &str| -> Result<Vec<f32>, ModelError> { model.tensor(name) };
        program.weights(&mut tensor, &mut weights).unwrap();
        store(&weights, &buffers[Buffer::Weights as usize]);
        let streams = program.launches.iter().map(|launch| encode(&launch.stream().unwrap())).collect();
        let settings = Settings::new(&device, Speed::Functional);
        let kernels = Box::new(Kernels::new(device.generation));
        let simulator = Simulator::new(&resident(device), kernels, settings).unwrap();
        Self { program, streams, simulator, buffers, evidence: Evidence::default() }
    }

    /// States of clips, each `[positions, state]`, from mels `[mels, 2 · positions]`.
    pub fn states(&mut self, windows: &[&MelWindow]) -> Result<Vec<Vec<f32>>, String> {
        let mut input = vec![0; self.program.input_len];
        for (clip, window) in windows.iter().enumerate() {
            self.program.write_input(clip, &window.data, &mut input).map_err(|e| e.to_string())?;
        }
        store(&input, &self.buffers[Buffer::Input as usize]);
        let arguments = self.buffers.each_ref().map(|buffer| &buffer[..]);
        for (launch, words) in self.program.launches.iter().zip(&self.streams) {
            let run = self.simulator.run(words, &arguments);
            run.map_err(|e| format!("{}: {e}", launch.name))?;
        }
        let words = &self.buffers[Buffer::Output as usize];
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.load(Ordering::Relaxed).to_le_bytes()).collect();
        let Shape { positions, state, .. } = self.program.shape;
        let states = (0..windows.len()).map(|clip| {
            let mut states = vec![0.0; positions * state];
            self.program.read_output(clip, &bytes, &mut states).map_err(|e| e.to_string())?;
            Ok(states)
        });
        states.collect()
    }
}

impl Backend for Simulated {
    fn describe(&self) -> BackendInfo {
        let (kind, name) = (BackendKind::Simulated, "NPU (simulated)".to_owned());
        BackendInfo { kind, name, precision: Precision::F32, threads: 1 }
    }

    fn encode(&mut self, windows: &[MelWindow], _: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        let Shape { positions, state, layers, .. } = self.program.shape;
        let mut outputs = Vec::new();
        for window in windows {
            let data = self.states(&[window]).map_err(BackendError::Device)?.remove(0);
            outputs.push(EncoderOutput { positions, state, data });
            self.evidence.windows += 1;
            self.evidence.layers += layers as u64;
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
