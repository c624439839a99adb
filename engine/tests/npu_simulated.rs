//! Whisper's encoder as instruction streams for the resident design, on the simulated array, with the demo model's
//! weights: states and transcripts against those of the CPU.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::engine::Mel;
use common::npu::relative_l2;
use common::{clip, model};
use hark_engine::audio::Samples;
use hark_engine::encoder::{
    Backend, BackendError, BackendInfo, BackendKind, CpuBackend, EncoderOutput, Evidence,
};
use hark_engine::mel::MelWindow;
use hark_engine::metrics::Monitor;
use hark_engine::model::{Model, ModelError};
use hark_engine::schedule::{Limits, Request, Scheduler, Turned};
use hark_engine::transcribe::{News, Options, Way, transcribe};
use hark_engine::transcript::Transcript;
use hark_engine::{Cancel, Precision, Whisper, Workers};
use hark_kernels::design::encoder::Program;
use hark_kernels::design::resident;
use hark_kernels::op::Buffer;
use hark_kernels::plan::Shape;
use hark_kernels::sim::{Settings, Simulator, Speed};
use hark_kernels::tile::Kernels;
use hark_kernels::txn::{Device, encode};
use std::sync::atomic::{AtomicU32, Ordering};

/// Relative L2 of a position, in the middle and at most. The design's activations are bfloat16.
const MEAN: f64 = 0.015;
const WORST: f64 = 0.03;

/// An encoder on a simulated array.
struct Simulated {
    program: Program,
    streams: Vec<Vec<u32>>,
    simulator: Simulator,
    buffers: [Vec<AtomicU32>; 5],
    evidence: Evidence,
}

fn shape(model: &Model) -> Shape {
    let dims = model.dims;
    Shape {
        mels: dims.n_mels,
        positions: dims.n_audio_ctx,
        state: dims.n_audio_state,
        heads: dims.n_audio_head,
        layers: dims.n_audio_layer,
    }
}

fn store(bytes: &[u8], words: &[AtomicU32]) {
    for (word, bytes) in words.iter().zip(bytes.as_chunks().0) {
        word.store(u32::from_le_bytes(*bytes), Ordering::Relaxed);
    }
}

impl Simulated {
    fn new(model: &Model, device: Device, shape: &Shape, clips: usize) -> Self {
        let program = Program::encoder(shape, device, clips).unwrap();
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

    /// States of clips, each `[positions, state]`, from mels `[mels, frames]`.
    fn states(&mut self, mels: &[&[f32]]) -> Result<Vec<Vec<f32>>, String> {
        let mut input = vec![0; self.program.input_len];
        for (clip, mel) in mels.iter().enumerate() {
            self.program.write_input(clip, mel, &mut input).map_err(|e| e.to_string())?;
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
        let states = (0..mels.len()).map(|clip| {
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
            let data = self.states(&[&window.data]).map_err(BackendError::Device)?.remove(0);
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

fn cpu(model: &Model) -> CpuBackend {
    CpuBackend::new(model, &Workers::new(2), Precision::F32).unwrap()
}

fn compare(what: &str, own: &[f32], right: &[f32], state: usize) {
    assert!(own.iter().all(|v| v.is_finite()), "{what}");
    let rows = own.chunks_exact(state).zip(right.chunks_exact(state));
    let apart: Vec<f64> = rows.map(|(own, right)| relative_l2(own, right)).collect();
    let mean = apart.iter().sum::<f64>() / apart.len() as f64;
    let worst = apart.iter().copied().fold(0.0, f64::max);
    println!("{what}: relative L2 {mean:.5}, at most {worst:.5}");
    assert!(mean <= MEAN && worst <= WORST, "{what}: relative L2 {mean:.4}, at most {worst:.4}");
}

#[test]
fn the_states_are_those_of_the_cpu() {
    let model = model("demo");
    let window = Mel::new(&model, &clip("short01")).window(0);
    let right = cpu(&model).encode(std::slice::from_ref(&window), &Cancel::new()).unwrap().remove(0);
    for device in [Device::npu1(4), Device::npu2(8)] {
        let mut npu = Simulated::new(&model, device, &shape(&model), 1);
        let own = npu.states(&[&window.data]).unwrap().remove(0);
        compare(&format!("{:?}", device.generation), &own, &right.data, right.state);
    }
}

/// Two short clips side by side are each what they are alone.
#[test]
fn two_clips_do_not_touch() {
    let model = model("demo");
    let short = Shape { positions: 512, layers: 2, ..shape(&model) };
    let mels = ["short01", "short09"].map(|name| {
        let window = Mel::new(&model, &clip(name)).window(0);
        window.data.chunks_exact(3000).flat_map(|row| row[..1024].to_vec()).collect::<Vec<_>>()
    });
    let device = Device::npu2(8);
    let both = Simulated::new(&model, device, &short, 2).states(&[&mels[0], &mels[1]]).unwrap();
    let mut alone = Simulated::new(&model, device, &short, 1);
    for (mel, own) in mels.iter().zip(&both) {
        assert!(alone.states(&[mel]).unwrap()[0] == *own);
    }
    assert!(both[0] != both[1]);
}

#[test]
fn the_text_is_that_of_the_cpu_alone_and_in_company() {
    let model = model("demo");
    let options = Options { way: Way::Strict, ..Options::default() };
    let whisper = |backend: Box<dyn Backend>| {
        Whisper::with_backend(model.clone(), backend, &Workers::new(2), Precision::F32).unwrap()
    };
    let texts = |transcript: &Transcript| {
        transcript.segments.iter().map(|segment| segment.text.clone()).collect::<Vec<_>>()
    };
    let alone = |whisper: &mut Whisper, name| {
        let samples = Samples(clip(name).into());
        transcribe(whisper, &samples, &options, &Cancel::new(), &mut |_| ()).unwrap().0
    };
    let mut npu = whisper(Box::new(Simulated::new(&model, Device::npu1(4), &shape(&model), 1)));
    let mut on_cpu = whisper(Box::new(cpu(&model)));
    let names = ["short01", "short09", "noisy01"];
    let own = names.map(|name| {
        let own = alone(&mut npu, name);
        assert!(!own.segments.is_empty());
        assert_eq!(texts(&own), texts(&alone(&mut on_cpu, name)), "{name}");
        own
    });
    let mut together = vec![None, None];
    let mut scheduler = Scheduler::new(&mut npu, Limits::default(), Monitor::default());
    let mut on_news = |number: u64, news| {
        if let News::Ended(result) = news {
            together[number as usize] = Some(result.unwrap().0);
        }
    };
    for (number, name) in (0..).zip(&names[..2]) {
        let source = Box::new(Samples(clip(name).into()));
        let request = Request { number, source, options: options.clone(), cancel: Cancel::new() };
        scheduler.admit(request, &mut on_news).unwrap();
    }
    while scheduler.turn(&mut on_news).unwrap() != Turned::Idle {}
    // Equal to the bit.
    assert_eq!(together, own[..2].iter().cloned().map(Some).collect::<Vec<_>>());
}
