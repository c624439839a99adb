//! An encoder's streams on the resident design with the kernels that stand for a core's, against the same encoder in
//! f32.

use super::designs::values;
use crate::design::encoder::Program;
use crate::design::resident;
use crate::fake::Fake;
use crate::plan::{Plan, Shape};
use crate::runtime::{Argument, Command, Device as _, POISON, View};
use crate::sim::{Outcome, Settings, Simulator, Speed};
use crate::tile;
use crate::txn::{self, encode};
use std::sync::atomic::{AtomicU32, Ordering};

/// Small, and with a head more than four columns divide into.
const SHAPE: Shape = Shape { mels: 80, positions: 512, state: 192, heads: 3, layers: 1 };

fn noise(name: &str, count: usize, size: f32) -> Vec<f32> {
    let seed = name.bytes().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * size
    };
    (0..count).map(next).collect()
}

/// Weights as large as those of a model.
fn tensor(shape: &Shape, name: &str) -> Result<Vec<f32>, ()> {
    let Shape { mels, positions, state, .. } = *shape;
    let layer = name.rsplit('.').nth(1).unwrap_or_default();
    let inputs = match layer {
        "conv1" => 3 * mels,
        "conv2" => 3 * state,
        "2" => 4 * state,
        _ => state,
    };
    let outputs = if layer == "0" { 4 * state } else { state };
    let is_norm = layer.contains("ln");
    Ok(if name.ends_with("positional_embedding") {
        noise(name, positions * state, 0.5)
    } else if name.ends_with("bias") {
        noise(name, outputs, 0.1)
    } else if is_norm {
        noise(name, state, 0.3).iter().map(|v| v + 1.0).collect()
    } else {
        noise(name, outputs * inputs, 1.7 / (inputs as f32).sqrt())
    })
}

fn mel(shape: &Shape) -> Vec<f32> {
    noise("mel", shape.mels * shape.positions * 2, 1.0)
}

fn words(bytes: &[u8]) -> Vec<AtomicU32> {
    bytes.as_chunks().0.iter().map(|word| AtomicU32::new(u32::from_le_bytes(*word))).collect()
}

pub fn bytes(words: &[AtomicU32]) -> Vec<u8> {
    values(words).into_iter().flat_map(u32::to_le_bytes).collect()
}

fn unwritten(bytes: usize) -> Vec<AtomicU32> {
    (0..bytes / 4).map(|_| AtomicU32::new(POISON)).collect()
}

/// The states by the fake, in f32.
fn in_floats() -> Vec<f32> {
    let plan = Plan::encoder(&SHAPE).unwrap();
    let view = |bytes: &[u8]| {
        let view = View::new(bytes.len().max(4), 0, 0);
        view.words().iter().zip(words(bytes)).for_each(|(to, from)| {
            to.store(from.into_inner(), Ordering::Relaxed);
        });
        view
    };
    let (mut weights, mut input) = (vec![0; plan.weights_len], vec![0; plan.input_len]);
    plan.weights(&mut |name| tensor(&SHAPE, name), &mut weights).unwrap();
    plan.write_input(&mel(&SHAPE), &mut input).unwrap();
    let output = View::new(plan.output_len, 0, 0);
    let data = [view(&weights), view(&input), output.clone(), View::new(plan.scratch_len, 0, 0), view(&[])];
    let fake = Fake::new();
    for launch in &plan.launches {
        let list: Vec<u8> = launch.op_list().into_iter().flat_map(u32::to_le_bytes).collect();
        let head =
            [Argument::Number(3), Argument::Buffer(view(&list)), Argument::Number(list.len() as u64 / 4)];
        let data = data.iter().cloned().map(Argument::Buffer);
        let arguments = head.into_iter().chain(data).collect();
        fake.run(&Command { kernel: "K".into(), arguments, wrong: None }).unwrap();
    }
    let mut states = vec![0.0; SHAPE.positions * SHAPE.state];
    plan.read_output(&bytes(output.words()), &mut states).unwrap();
    states
}

/// A program, and what lies in its buffers.
pub struct Encoder {
    program: Program,
    pub buffers: [Vec<AtomicU32>; 5],
}

impl Encoder {
    /// As small as an encoder can be.
    pub fn small(device: txn::Device) -> Self {
        Self::new(device, &Shape { state: 64, heads: 1, ..SHAPE })
    }

    fn new(device: txn::Device, shape: &Shape) -> Self {
        let program = Program::encoder(shape, device, 1).unwrap();
        let [weights_len, input_len, output, scratch, spare] = program.buffer_lens();
        let (mut weights, mut input) = (vec![0; weights_len], vec![0; input_len]);
        program.weights(&mut |name| tensor(shape, name), &mut weights).unwrap();
        program.write_input(0, &mel(shape), &mut input).unwrap();
        let buffers =
            [words(&weights), words(&input), unwritten(output), unwritten(scratch), unwritten(spare)];
        Self { program, buffers }
    }

    pub fn streams(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        self.program.launches.iter().map(|launch| encode(&launch.stream().unwrap()))
    }

    fn run(&self, simulator: &mut Simulator) -> Vec<Outcome> {
        let arguments = self.buffers.each_ref().map(|buffer| &buffer[..]);
        self.streams().map(|words| simulator.run(&words, &arguments).unwrap()).collect()
    }

    fn states(&self) -> Vec<f32> {
        let mut states = vec![0.0; SHAPE.positions * SHAPE.state];
        self.program.read_output(0, &bytes(&self.buffers[2]), &mut states).unwrap();
        states
    }
}

fn apart(own: &[f32], right: &[f32]) -> f64 {
    let square = |sum: f64, v: f64| sum + v * v;
    let difference = own.iter().zip(right).map(|(a, b)| f64::from(a - b)).fold(0.0, square);
    (difference / right.iter().map(|v| f64::from(*v)).fold(0.0, square)).sqrt()
}

#[test]
fn an_encoder_is_that_of_floats() {
    let right = in_floats();
    for device in [txn::Device::npu1(4), txn::Device::npu2(8)] {
        let mut states = Vec::new();
        for speed in [Speed::Functional, Speed::TIMED] {
            let encoder = Encoder::new(device, &SHAPE);
            let kernels = Box::new(tile::Kernels::new(device.generation));
            let settings = Settings::new(&device, speed);
            let mut simulator = Simulator::new(&resident(device), kernels, settings).unwrap();
            let outcomes = encoder.run(&mut simulator);
            let cycles: u64 = outcomes.iter().map(|outcome| outcome.cycles).sum();
            let own = encoder.states();
            let apart = apart(&own, &right);
            println!("{device:?}, {speed:?}: {cycles} cycles, relative L2 {apart:e}");
            assert!(apart < 0.02, "{device:?}, {speed:?}: relative L2 {apart:e}");
            // A second window in what the first left.
            let first = values(&encoder.buffers[2]);
            encoder.run(&mut simulator);
            assert_eq!(first, values(&encoder.buffers[2]));
            states.push(first);
        }
        assert_eq!(states[0], states[1]);
    }
}
