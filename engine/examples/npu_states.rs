//! Encodes a window with the demo model on a device, and prints a hash of all bits of the states: to compare devices.
//!
//! ```text
//! npu_states LIBRARY XCLBIN
//! ```
//! The device takes instruction streams.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hark_engine::Cancel;
use hark_engine::encoder::npu::{NpuEncoder, NpuLimits, Takes};
use hark_engine::model::{Model, ModelSpec};
use std::path::Path;
use std::time::Duration;

/// Far above what a simulator takes.
const LIMITS: NpuLimits = NpuLimits { window: Duration::from_secs(600) };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, xclbin] = arguments.as_slice() else { panic!("npu_states LIBRARY XCLBIN") };
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let program = std::fs::read(xclbin).unwrap();
    let mut npu = NpuEncoder::open(Path::new(library), &program, Takes::Streams, &model, LIMITS).unwrap();
    eprintln!("{:?}", npu.info());
    let dims = model.dims;
    let mut states = vec![0.0f32; dims.n_audio_ctx * dims.n_audio_state];
    let mel: Vec<f32> = (0..dims.n_mels as u32 * 3000).map(wave).collect();
    npu.encode(&mel, &mut states, &Cancel::new()).unwrap();
    println!("{} values, {:016x}", states.len(), hash(&states));
    println!("{} commands", npu.counters().commands);
}

/// Values like those of a mel.
fn wave(i: u32) -> f32 {
    let noise = i.wrapping_mul(2_654_435_761) >> 16;
    (i as f32 * 0.001).sin() * 0.5 + noise as f32 / 131_072.0 - 0.25
}

/// FNV-1a of all bits.
fn hash(values: &[f32]) -> u64 {
    let bytes = values.iter().flat_map(|v| v.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
