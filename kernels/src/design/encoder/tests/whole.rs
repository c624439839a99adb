//! A whole encoder on an array of plain loops, from packed weights and a packed mel to states, against the plan's own
//! operations.

use super::array::{Array, HALF};
use super::numbers::{Half, Numbers, carry_out};
use crate::design::encoder::Program;
use crate::op::Buffer;
use crate::plan::{Plan, Shape};
use crate::txn::Device;
use std::collections::HashMap;

const BYTES: usize = 4 * HALF as usize;

/// Deterministic values in [-1, 1).
fn values(name: &str, n: usize) -> Vec<f32> {
    let seed = name.bytes().fold(7u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..n).map(next).collect()
}

/// Tensors as a trained model may have them: sums of about the size of what goes in.
fn tensor(shape: &Shape, name: &str) -> Result<Vec<f32>, std::convert::Infallible> {
    let Shape { mels, positions, state, .. } = *shape;
    let (rows, inputs) = match name.rsplit_once('.').unwrap_or((name, "")) {
        (name, "weight") if name.ends_with("conv1") => (state, 3 * mels),
        (name, "weight") if name.ends_with("conv2") => (state, 3 * state),
        (name, "weight") if name.ends_with("mlp.0") => (4 * state, state),
        (name, "weight") if name.ends_with("mlp.2") => (state, 4 * state),
        (name, "weight") if name.contains(".attn.") => (state, state),
        (name, "bias") if name.ends_with("mlp.0") => (4 * state, 0),
        (_, "positional_embedding") => (positions, state),
        _ => (state, 0),
    };
    let raw = values(name, rows * inputs.max(1));
    let scale = if inputs > 0 { (3.0 / inputs as f32).sqrt() } else { 0.3 };
    // Keys and queries that differ, so that attention looks somewhere.
    let scale = if name.contains("query.w") || name.contains("key.w") { 2.0 * scale } else { scale };
    let is_gain = name.contains("ln") && name.ends_with("weight");
    Ok(raw.iter().map(|v| if is_gain { 1.0 + 0.3 * v } else { v * scale }).collect())
}

fn plain(shape: &Shape, mel: &[f32]) -> Vec<f32> {
    let plan = Plan::encoder(shape).unwrap();
    let mut bytes = plan.buffer_lens().map(|len| vec![0; len]);
    plan.weights(&mut |name| tensor(shape, name), &mut bytes[0]).unwrap();
    plan.write_input(mel, &mut bytes[1]).unwrap();
    let mut floats = bytes.map(|bytes| {
        bytes.chunks_exact(4).map(|v| f32::from_le_bytes(v.try_into().unwrap())).collect::<Vec<_>>()
    });
    carry_out(&plan, &mut floats);
    floats[Buffer::Output as usize][..shape.positions * shape.state].to_vec()
}

fn to_memory(bytes: &[u8]) -> HashMap<u32, Half> {
    assert!(bytes.len().is_multiple_of(BYTES));
    let half = |bytes: &[u8]| bytes.chunks_exact(2).map(|v| u16::from_le_bytes([v[0], v[1]])).collect();
    (0..).zip(bytes.chunks_exact(BYTES).map(half)).collect()
}

fn to_bytes(memory: &HashMap<u32, Half>, len: usize) -> Vec<u8> {
    (0..(len / BYTES) as u32).flat_map(|i| memory[&i].iter().flat_map(|v| v.to_le_bytes())).collect()
}

/// Relative L2 of each position.
fn apart(own: &[f32], right: &[f32], state: usize) -> Vec<f64> {
    let apart = own.chunks_exact(state).zip(right.chunks_exact(state)).map(|(own, right)| {
        let square = |v: f32| f64::from(v).powi(2);
        let difference: f64 = own.iter().zip(right).map(|(a, b)| square(a - b)).sum();
        (difference / right.iter().map(|v| square(*v)).sum::<f64>()).sqrt()
    });
    apart.collect()
}

fn compare(shape: &Shape, device: Device, clips: usize) {
    let program = Program::encoder(shape, device, clips).unwrap();
    let lens = program.buffer_lens();
    let mut bytes = [vec![0xff; lens[0]], vec![0xff; lens[1]]];
    program.weights(&mut |name| tensor(shape, name), &mut bytes[0]).unwrap();
    let frames = 2 * shape.positions;
    let mels: Vec<Vec<f32>> =
        (0..clips).map(|clip| values(&format!("clip {clip}"), shape.mels * frames)).collect();
    for (clip, mel) in mels.iter().enumerate() {
        program.write_input(clip, mel, &mut bytes[1]).unwrap();
    }
    let cores = Numbers { generation: device.generation, statistics: HashMap::new() };
    let mut array = Array::new(&program, cores);
    array.memory[0] = to_memory(&bytes[0]);
    array.memory[1] = to_memory(&bytes[1]);
    for launch in &program.launches {
        array.run(launch);
    }
    let output = to_bytes(&array.memory[Buffer::Output as usize], program.output_len);
    for (clip, mel) in mels.iter().enumerate() {
        let mut own = vec![0.0; shape.positions * shape.state];
        program.read_output(clip, &output, &mut own).unwrap();
        let apart = apart(&own, &plain(shape, mel), shape.state);
        let worst = apart.iter().copied().fold(0.0, f64::max);
        let mean = apart.iter().sum::<f64>() / apart.len() as f64;
        println!("{device:?}, clip {clip} of {clips}: relative L2 {mean:.5}, at most {worst:.5}");
        assert!(mean <= 0.015 && worst <= 0.04, "{device:?}, clip {clip} of {clips}: {mean:.4}, {worst:.4}");
    }
}

#[test]
fn an_encoder_comes_out_on_an_xdna1() {
    let shape = Shape { mels: 24, positions: 270, state: 192, heads: 3, layers: 1 };
    compare(&shape, Device::npu1(2), 1);
}

#[test]
fn an_encoder_comes_out_on_an_xdna2() {
    let shape = Shape { mels: 24, positions: 100, state: 128, heads: 2, layers: 2 };
    compare(&shape, Device::npu2(8), 1);
    compare(&Shape { layers: 1, ..shape }, Device::npu2(1), 1);
}

#[test]
fn two_clips_see_each_their_own_keys() {
    let shape = Shape { mels: 24, positions: 90, state: 320, heads: 5, layers: 1 };
    compare(&shape, Device::npu1(4), 2);
}
